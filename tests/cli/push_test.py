#!/usr/bin/env python3
"""Pushing to a registry of the tests, which takes what it is sent or does not (ctest name: cli_push).
Usage: push_test.py STRADDLE REPOSITORY"""
import fcntl
import hashlib
import os
import pathlib
import pty
import re
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True
from mock_registry import MockRegistry  # noqa: E402
from program import run_all, wait_for  # noqa: E402
from pull_test import Puller, large  # noqa: E402

PIECE = 64 << 20  # bytes of one request


class Pusher(Puller):
    """The program with a store of its own; what it holds was created there."""

    def create(self, registry, model="library/tiny", system="Be kind.", weights_file=None):
        file = self.folder / "Modelfile"
        file.write_text("FROM %s\nSYSTEM %s\n" % (weights_file or self.toy, system))
        code, _, err = self.run("create", registry.name(model), "-f", file)
        assert code == 0, err
        return self.manifest(registry, model).read_bytes()

    def push(self, registry, model="library/tiny", flags=("--insecure",)):
        return self.run("push", *flags, registry.name(model))

    def pushed(self, registry, model="library/tiny"):
        """What it said on standard error."""
        code, out, err = self.push(registry, model)
        assert (code, out) == (0, "\nYou can find your model at:\n\n\t%s\n" % registry.name(model)), (code, out, err)
        return err

    def push_fails(self, registry, text, code=1, **options):
        got, out, err = self.push(registry, **options)
        assert (got, out) == (code, "") and text in err.splitlines()[-1], (got, out, err)
        assert not registry.manifests, "a manifest came of a push that failed"
        return err

    def forget(self):
        shutil.rmtree(self.models)


def blobs_of(manifest):
    return re.findall(rb'"digest":"(sha256:[0-9a-f]+)"', manifest)


def large_model(pusher, registry, megabytes=24):
    """In the store, with weights that are only large; their digest."""
    with MockRegistry() as other:
        digest = large(other, megabytes)
        pusher.pulled(other)
        code, _, err = pusher.run("cp", other.name(), registry.name())
        assert code == 0, err
    return digest


def patches(registry):
    return [asked for asked in registry.asked if asked[1] == "PATCH"]


# ---- all is well

def test_what_was_pushed_is_pulled_again(pusher):
    with MockRegistry() as registry:
        manifest = pusher.create(registry)
        lines = pusher.pushed(registry).splitlines()
        assert lines[0] == "retrieving manifest" and lines[-2:] == ["pushing manifest", "success"], lines
        rows = [line.split() for line in lines[1:-2]]
        digests = [digest.decode() for digest in blobs_of(manifest)]
        digests = digests[1:] + digests[:1]  # the config is the first of the text, and the last to come
        assert [row[:3] for row in rows] == [["pushing", d[7:19] + ":", "100%"] for d in digests], rows
        assert registry.manifests == {("library/tiny", "latest"): manifest}
        assert [a[2] for a in registry.asked if a[1] == "PUT"][-1] == "/v2/library/tiny/manifests/latest"
        pusher.forget()
        pusher.pulled(registry)
        assert pusher.manifest(registry).read_bytes() == manifest
        assert pusher.run("show", registry.name(), "--system")[1] == "Be kind."


def test_what_is_there_is_not_sent(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        pusher.pushed(registry)
        registry.asked.clear()
        pusher.pushed(registry)
        assert {asked[1] for asked in registry.asked} == {"HEAD", "PUT"}, registry.asked
        pusher.create(registry, system="Be brief.")
        registry.received.clear()
        pusher.pushed(registry)
        assert len(registry.received) == 2, registry.received  # the system message and the config


def test_the_same_registry_lends_what_it_has(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        pusher.pushed(registry)
        code, _, err = pusher.run("cp", registry.name(), registry.name("someone/copy"))
        assert code == 0, err
        registry.received.clear()
        pusher.pushed(registry, "someone/copy")
        assert not registry.received and ("someone/copy", "latest") in registry.manifests
        pusher.create(registry, "someone/third")
        registry.repositories.clear()  # it lends nothing any more
        pusher.pushed(registry, "someone/third")
        assert len(registry.received) == 3


def test_large_files_go_in_pieces(pusher):
    with MockRegistry() as registry:
        digest = large_model(pusher, registry, 150)
        pusher.pushed(registry)
        assert registry.blobs[digest].data == \
            (pusher.models / "blobs" / digest.replace(":", "-")).read_bytes()
        size = len(registry.blobs[digest].data)
        assert [r[1:] for r in registry.received if r[0] == "upload-1"] == \
            [(0, PIECE), (PIECE, 2 * PIECE), (2 * PIECE, size)], registry.received


def test_small_files(pusher):
    with MockRegistry() as registry:
        for system in ("x", "xy"):
            manifest = pusher.create(registry, system=system)
            pusher.pushed(registry)
            assert registry.manifests["library/tiny", "latest"] == manifest


def rows_on_a_terminal(program, *words):
    """What stands there at the end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 80, 0, 0))
    child = program.start(*words, stdin=theirs, stdout=theirs, stderr=theirs,
                          env={**program.environment(), "TERM": "xterm"})
    os.close(theirs)
    said = b""
    try:
        for more in iter(lambda: os.read(ours, 1 << 16), b""):
            said += more
    except OSError:  # how a terminal ends
        pass
    os.close(ours)
    assert child.wait() == 0, said
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", said.decode())
    return [row.split("\r")[-1].rstrip() for row in text.replace("\r\n", "\n").split("\n")]


def test_a_terminal_shows_rows_as_ollama_does(pusher):
    with MockRegistry() as registry:
        manifest = pusher.create(registry)
        config, model, system = [digest.decode()[7:19] for digest in blobs_of(manifest)]
        bar = lambda verb, digest, size: "%sing %s: 100%% ▕%s▏ %6s" % (verb, digest, "█" * 18, size)
        sizes = [(model, "1.1 MB"), (system, "8 B"), (config, "%d B" % len(registry_text(pusher, manifest)))]
        rows = rows_on_a_terminal(pusher, "push", "--insecure", registry.name())
        assert rows == ["retrieving manifest", *(bar("push", *size) for size in sizes), "pushing manifest", "success",
                        "", "You can find your model at:", "", "\t" + registry.name(), ""], rows
        pusher.forget()
        rows = rows_on_a_terminal(pusher, "pull", "--insecure", registry.name())
        assert rows == ["pulling manifest", *(bar("pull", *size) for size in sizes), "verifying sha256 digest",
                        "writing manifest", "success", ""], rows


def registry_text(pusher, manifest):
    return (pusher.models / "blobs" / blobs_of(manifest)[0].decode().replace(":", "-")).read_bytes()


# ---- in trouble

def test_one_byte_that_came_is_no_end(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        cuts = iter([1])
        registry.patch = lambda handler, model, which: MockRegistry.patch(
            registry, handler, model, which, most=next(cuts, None))
        pusher.pushed(registry)


def test_what_breaks_is_taken_up_where_the_registry_is(pusher):
    with MockRegistry() as registry:
        digest = large_model(pusher, registry)
        size = len((pusher.models / "blobs" / digest.replace(":", "-")).read_bytes())
        cuts = iter([2, 300000, 3000000, 70000, 2000000])
        registry.patch = lambda handler, model, which: MockRegistry.patch(
            registry, handler, model, which, most=next(cuts, None))
        pusher.pushed(registry)
        first = [(begin, end) for which, begin, end in registry.received if which == "upload-1"]
        assert first[-1][1] == size and all(a[1] == b[0] for a, b in zip(first, first[1:])), first
        assert len(first) == 6, first


def test_an_upload_that_is_forgotten_begins_anew(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        forgot = []

        def patch(handler, model, which):
            if not forgot:
                forgot.append(registry.uploads.pop(which))
                handler.take_content()
                return handler.say(404, {"errors": [{"code": "BLOB_UPLOAD_UNKNOWN"}]})
            return MockRegistry.patch(registry, handler, model, which)
        registry.patch = patch
        pusher.pushed(registry)
        assert forgot and ("library/tiny", "latest") in registry.manifests


def test_an_answer_that_is_lost_is_no_harm(pusher):
    """The registry has the blob, and the connection ends before it says so."""
    with MockRegistry() as registry:
        pusher.create(registry)
        lost = []

        def finish(handler, model, which, content, digest):
            if lost:
                return MockRegistry.finish_upload(registry, handler, model, which, content, digest)
            lost.append(which)
            say, handler.say = handler.say, lambda *_: handler.leave()
            MockRegistry.finish_upload(registry, handler, model, which, content, digest)
            handler.say = say
        registry.finish_upload = finish
        pusher.pushed(registry)
        assert lost and len([r for r in registry.received if r[1] == 0]) == 3, registry.received


def test_a_busy_registry_is_given_time(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        times = {}

        def busy(kind, status, go_on):
            def answer(handler, *which):
                times.setdefault(kind, []).append(time.monotonic())
                if len(times[kind]) == 1:
                    handler.take_content()
                    return handler.say(status, b"busy", [("Retry-After", "1")])
                return go_on(handler, *which)
            return answer
        registry.begin_upload = busy("begin", 503, registry.begin_upload)
        registry.patch = busy("patch", 500, registry.patch)
        registry.put_manifest = busy("manifest", 429, registry.put_manifest)
        pusher.pushed(registry)
        assert set(times) == {"begin", "patch", "manifest"}
        assert all(all_times[1] - all_times[0] >= 1 for all_times in times.values()), times


def test_a_registry_that_fails_for_good(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        answers = []

        def patch(handler, *_):
            answers.append(1)
            handler.take_content()
            handler.say(500, {"errors": [{"code": "UNKNOWN", "message": "out of order"}]})
        registry.patch = patch
        pusher.push_fails(registry, "500: UNKNOWN: out of order")
        assert len(answers) == 7  # one, and six tries more
        registry.patch = lambda handler, *_: time.sleep(60)
        pusher.push_fails(registry, "127.0.0.1")  # silent
    pusher.push_fails(registry, "127.0.0.1")  # gone


def test_refusals_are_told(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        for status, text in ((401, "401: unauthorized (it may be private: straddle cannot log in"),
                             (403, "403: DENIED: read only"), (404, "file does not exist"), (405, "405: DENIED")):
            registry.begin_upload = lambda handler, *_, status=status: handler.say(
                status, {"errors": [{"code": "DENIED", "message": "read only\x1b[31m"}]})
            err = pusher.push_fails(registry, text, code=3 if status == 404 else 1)
            assert "\x1b" not in err
        del registry.begin_upload
        registry.patch = lambda handler, *_: (handler.say(413, b"too large"), handler.leave())
        pusher.push_fails(registry, "413: too large")
        del registry.patch
        registry.put_manifest = lambda handler, *_: handler.say(400, {"errors": [{"code": "MANIFEST_INVALID"}]})
        pusher.push_fails(registry, "400: MANIFEST_INVALID")


def test_damaged_files_are_refused(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        digest = hashlib.sha256(pathlib.Path(pusher.toy).read_bytes()).hexdigest()
        path = pusher.models / "blobs" / ("sha256-" + digest)
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        pusher.push_fails(registry, "400: DIGEST_INVALID: provided digest did not match uploaded content")
        path.write_bytes(whole[:-1])
        registry.asked.clear()
        pusher.push_fails(registry, "but the manifest says")
        path.unlink()
        pusher.push_fails(registry, "this part of the model is not there", code=3)
        assert not registry.asked


def test_ctrl_c_leaves_cleanly(pusher):
    with MockRegistry() as registry:
        large_model(pusher, registry)

        def patch(handler, model, which):
            read = handler.rfile.read1

            def slowly(size):
                time.sleep(0.02)
                return read(size)
            handler.rfile.read1 = slowly
            return MockRegistry.patch(registry, handler, model, which)
        registry.patch = patch
        child = pusher.start("push", "--insecure", registry.name())
        wait_for(lambda: patches(registry), "the first bytes")
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
        assert (child.returncode, out) == (130, b"") and b"Error" not in err, (child.returncode, err)
        assert not registry.manifests
        del registry.patch
        pusher.pushed(registry)
        pusher.check()


# ---- who is sent what

def test_a_model_goes_to_its_registry_alone(pusher):
    with MockRegistry() as registry, MockRegistry() as other:
        pusher.create(registry)
        right = registry.upload_headers
        port = registry.host().split(":")[1]
        for place in (other.url() + "/v2/x/blobs/uploads/1", "http://localhost:%s/v2/x/blobs/uploads/1" % port,
                      "https://%s/v2/x/blobs/uploads/1" % registry.host(), "file:///etc/passwd", "ftp://127.0.0.1/x",
                      "//%s/x" % other.host(), "http://user@%s/x" % other.host()):
            registry.upload_headers = lambda *_, place=place: [("Location", place), ("Range", "0-0")]
            pusher.push_fails(registry, "wants the model sent to ")
            later = iter([right])  # the first one is right
            registry.upload_headers = lambda *which, place=place, later=later: \
                next(later, lambda *_: [("Location", place), ("Range", "0-0")])(*which)
            pusher.push_fails(registry, "wants the model sent to ")
        assert not other.asked
        registry.upload_headers = lambda *_: []
        pusher.push_fails(registry, "does not say where the bytes of a blob shall go")
        registry.upload_headers = right
        for status in (301, 302, 307, 308):
            registry.patch = lambda handler, *_, status=status: handler.redirect(other.url() + "/x", status)
            pusher.push_fails(registry, "redirected to " + other.url())
        del registry.patch
        registry.put_manifest = lambda handler, *_: handler.redirect(other.url() + "/x", 307)
        pusher.push_fails(registry, "redirected to " + other.url())
        assert not other.asked


def test_a_token_goes_to_the_registry_alone(pusher):
    with MockRegistry() as registry, MockRegistry() as other:
        pusher.create(registry)
        registry.token = "secret"
        registry.realm = other.url() + "/token"
        pusher.push_fails(registry, "wants a token of")
        assert not other.asked
        registry.realm = None
        # The registry has it elsewhere, which is asked for nothing.
        digest = hashlib.sha256(b"Be kind.").hexdigest()
        registry.repositories["library/tiny"] = {"sha256:" + digest}
        pusher.pushed(registry)
        assert registry.sent_by("Authorization") == {("registry", "Authorization")}
        assert not registry.count("data")


def test_a_token_that_expires_is_asked_for_again(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        registry.token = "first"

        def begin(handler, *which):
            registry.token = "after-%d" % len(registry.asked)
            MockRegistry.begin_upload(registry, handler, *which)
        registry.begin_upload = begin
        pusher.pushed(registry)
        assert registry.count("registry", "/token") == 4


def test_lies_about_what_came(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        right = registry.upload_headers
        for claim in ("0-0", "0-18446744073709551615", "5-9", "x", "0-999999999999"):
            registry.upload_headers = lambda *which, claim=claim: right(*which)[:1] + [("Range", claim)]
            code, _, err = pusher.push(registry)
            assert code in (0, 1) and len(registry.received) < 100, err
            assert (code == 0) == (claim != "0-0"), (claim, err)
            registry.repositories.clear()
            registry.received.clear()


def test_names_that_cannot_be_pushed(pusher):
    with MockRegistry() as registry:
        pusher.create(registry)
        pusher.push_fails(registry, "not found", code=3, model="library/other")
        code, _, err = pusher.run("push", "http://" + registry.name())
        assert code == 2 and "insecure protocol http" in err, err
        code, _, err = pusher.run("cp", registry.name(), "tiny")
        assert code == 0, err
        code, _, err = pusher.run("push", "--insecure", "tiny")
        assert code == 1 and "cannot log in" in err and "straddle cp tiny:latest HOST/" in err, err
        shutil.copy(pusher.toy, pusher.models / "file.gguf")
        code, _, err = pusher.run("push", "file")
        assert code == 2 and "lies in no store" in err, err
        assert not registry.asked


def main():
    with tempfile.TemporaryDirectory() as folder:
        tests = {name: test for name, test in globals().items() if not sys.argv[3:] or name in sys.argv[3:]}
        for name, test in tests.items():
            if name.startswith("test_"):
                own = pathlib.Path(folder) / name
                own.mkdir()
                run_all({name: test}, Pusher(sys.argv[1], sys.argv[2], own))
                shutil.rmtree(own)


if __name__ == "__main__":
    main()
