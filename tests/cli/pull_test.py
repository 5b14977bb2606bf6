#!/usr/bin/env python3
"""Pulling from a registry of the tests that goes wrong in every way that is known (ctest name: cli_pull).
Usage: pull_test.py STRADDLE REPOSITORY"""
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from mock_registry import MockRegistry  # noqa: E402
from program import Program, run_all, wait_for  # noqa: E402

MEGABYTE = 1 << 20
SEED = 21  # with its name, of each test: it cuts at the same points alone
RANDOM = random.Random(SEED)


class Puller(Program):
    """The program with a store of its own, and little patience."""

    def __init__(self, path, root, folder):
        super().__init__(path, root, folder)
        self.models = self.folder / "models"
        self.variables = {"STRADDLE_PULL_PATIENCE": "0.3"}

    def environment(self):
        return {**super().environment(), "STRADDLE_MODELS": str(self.models), "STRADDLE_OFFLINE": "",
                **self.variables}

    def pull(self, registry, model="library/tiny", tag="latest", flags=("--insecure",)):
        return self.run("pull", *flags, registry.name(model, tag))

    def pulled(self, registry, *words):
        code, out, err = self.pull(registry, *words)
        assert (code, out) == (0, ""), (code, out, err)
        self.check()
        return err

    def fails(self, registry, text, code=1, **options):
        got, out, err = self.pull(registry, **options)
        assert (got, out) == (code, "") and text in err.splitlines()[-1], (got, out, err)
        self.check(whole=False)
        return err

    def check(self, whole=True):
        """No file claims what it is not; and with `whole`, nothing lies there that no model needs."""
        words = [sys.executable, str(self.root / "tests/store/check_store.py"), str(self.models)]
        lines = subprocess.run(words, stdout=subprocess.PIPE, check=False).stdout.decode().splitlines()
        lines = [line for line in lines if whole or "no manifest names it" not in line]
        assert not lines, lines
        assert not whole or not self.partial(), self.partial()

    def partial(self):
        return sorted(p.name for p in (self.models / "blobs").glob("*-partial*"))

    def manifest(self, registry, model="library/tiny", tag="latest"):
        return self.models / "manifests" / registry.host() / model / tag

    def begin(self, registry):
        return self.start("pull", "--insecure", registry.name())


def weights(megabytes):
    """A file that begins as a model does, and no two blocks of it are the same."""
    block = RANDOM.randbytes(MEGABYTE)
    return b"GGUF" + b"".join(i.to_bytes(4, "big") + block[8:] for i in range(int(megabytes)))[:-4]


def large(registry, megabytes=40):
    """A model whose weights come in several pieces; the digest of these."""
    data = weights(megabytes)
    registry.add("library/tiny", "latest", [("model", data), ("params", '{"temperature":0}')])
    return "sha256:" + hashlib.sha256(data).hexdigest()


# ---- all is well

def test_a_model_is_pulled_and_run(puller):
    with MockRegistry() as registry:
        model = pathlib.Path(puller.toy).read_bytes()
        text = registry.add("library/tiny", "latest", [("model", model), ("system", "Be kind."), ("license", "MIT")])
        said = puller.pulled(registry)
        hashes = [hashlib.sha256(model).hexdigest(), *(hashlib.sha256(t).hexdigest() for t in (b"Be kind.", b"MIT"))]
        lines = said.splitlines()
        assert lines[0] == "pulling manifest" and lines[-3:] == ["verifying sha256 digest", "writing manifest", "success"]
        assert [line.split() for line in lines[1:4]] == [
            ["pulling", hashes[0][:12] + ":", "100%", "1.1", "MB"], ["pulling", hashes[1][:12] + ":", "100%", "8", "B"],
            ["pulling", hashes[2][:12] + ":", "100%", "3", "B"]], lines
        assert puller.manifest(registry).read_bytes() == text
        assert hashlib.sha256(text).hexdigest()[:12] in puller.run("list")[1]
        assert puller.run("show", registry.name(), "--system")[1] == "Be kind."
        before = len(registry.asked)
        puller.pulled(registry)
        assert [asked[2] for asked in registry.asked[before:]] == ["/v2/library/tiny/manifests/latest"]
        code, out, err = puller.run("run", registry.name(), "--set", "num_predict=3", "Once")
        assert code == 0 and out.strip(), err


def test_run_pulls_what_is_absent(puller):
    with MockRegistry() as registry:
        model = pathlib.Path(puller.toy).read_bytes()
        registry.add("someone/other", "v1", [("model", model)])
        words = ["run", "--insecure", registry.name("someone/other", "v1"), "--set", "num_predict=3", "--raw", "Once"]
        code, out, err = puller.run(*words)
        assert code == 0 and out.strip() and "pulling manifest" in err and "success" in err, err
        code, out, err = puller.run(*words)
        assert code == 0 and "pulling" not in err, err
        code, out, err = puller.run("run", "--insecure", registry.name("someone/none"), "Once")
        assert (code, out) == (3, "") and "Error: pull model manifest: file does not exist" in err, err
        puller.variables["STRADDLE_OFFLINE"] = "1"
        before = len(registry.asked)
        code, out, err = puller.run("run", "--insecure", registry.name("someone/none"), "Once")
        assert code == 3 and "pull" not in err and len(registry.asked) == before, err
        puller.variables["STRADDLE_OFFLINE"] = ""


# ---- what was cut off

def state_of(puller, digest):
    path = puller.models / "blobs" / (digest.replace(":", "-") + "-partial-0")
    return json.loads(path.read_text()) if path.exists() else {"Done": []}


def ranges_asked(registry, digest, since):
    asked = [a for a in registry.asked[since:] if a[0] == "data" and digest[len("sha256:"):] in a[2]]
    return [tuple(map(int, re.findall(r"\d+", given["Range"]))) for _, _, _, given in asked]


def check_asks_for_what_lacks(puller, registry, digest, done, since):
    for begin, end in ranges_asked(registry, digest, since):
        assert not any(a < end + 1 and begin < b for a, b in done), ((begin, end), done)


def slow_registry(registry, digest):
    """So slow that there is time to stop it."""
    def data(handler, which):
        registry.send(handler, which, pace=(1 << 16, 0.005 if which == digest else 0))
    registry.data = data


def pulled_to_the_end(puller, registry, digest):
    """The rest comes: each byte that was not there once, and no other."""
    if puller.manifest(registry).exists():  # a slow machine: the last one came to its end
        return
    have = sum(end - begin for begin, end in state_of(puller, digest)["Done"])
    registry.wait_until_idle()
    before = registry.bytes_sent(digest)
    puller.pulled(registry)
    assert registry.bytes_sent(digest) - before == len(registry.blobs[digest].data) - have


def stop_at(puller, registry, digest, how, share):
    """Begins a pull and ends it once this share of what lacks has come. True where it was done before."""
    size = len(registry.blobs[digest].data)
    have = lambda: sum(end - begin for begin, end in state_of(puller, digest)["Done"])
    goal = have() + share * (size - have())
    child = puller.begin(registry)
    wait_for(lambda: child.poll() is not None or have() >= goal, "a share of the file")
    child.send_signal(how)
    _, err = child.communicate(timeout=60)
    assert child.returncode in (130, -9, 0), (child.returncode, err)
    return child.returncode == 0


def test_what_ctrl_c_cuts_off_goes_on(puller):
    with MockRegistry() as registry:
        digest = large(registry, 24)
        slow_registry(registry, digest)
        for _ in range(10):
            done, since = state_of(puller, digest)["Done"], len(registry.asked)
            whole = stop_at(puller, registry, digest, signal.SIGINT, RANDOM.random() / 4)
            check_asks_for_what_lacks(puller, registry, digest, done, since)
            assert not puller.manifest(registry).exists() or whole
            puller.check(whole=False)
        del registry.data
        pulled_to_the_end(puller, registry, digest)


def lost_bytes(puller, registry, digest):
    """Of what was written, what the state does not know of."""
    path, block = puller.models / "blobs" / (digest.replace(":", "-") + "-partial"), 1 << 14
    if not path.exists():
        return 0
    came, right = path.read_bytes(), registry.blobs[digest].data
    done = state_of(puller, digest)["Done"]
    known = lambda at: any(begin <= at and at + block <= end for begin, end in done)
    for begin, end in done:
        assert came[begin:end] == right[begin:end], "it says that there is what is not"
    blocks = [at for at in range(0, len(came), block) if came[at:at + block] == right[at:at + block]]
    return sum(block for at in blocks if not known(at))


def test_kill_9_costs_little(puller):
    with MockRegistry() as registry:
        digest = large(registry, 24)
        slow_registry(registry, digest)
        for i in range(20):
            share = 1 if i % 5 == 4 else RANDOM.random() / 8  # 1: while the digest is made or the file gets its name
            if stop_at(puller, registry, digest, signal.SIGKILL, share):
                puller.check()
                assert puller.run("rm", registry.name())[0] == 0
            assert lost_bytes(puller, registry, digest) <= 4 * MEGABYTE
            puller.check(whole=False)
        del registry.data
        pulled_to_the_end(puller, registry, digest)


def test_connections_that_break_cost_nothing(puller):
    with MockRegistry() as registry:
        digest = large(registry)
        cuts = iter([1, *(RANDOM.randrange(2 * MEGABYTE) for _ in range(9))])
        registry.data = lambda handler, which: registry.send(handler, which, most=next(cuts, None))
        puller.pulled(registry)
        assert registry.bytes_sent(digest) == len(registry.blobs[digest].data)
        assert next(cuts, None) is None


def test_what_ollama_began_is_taken_over(puller):
    with MockRegistry() as registry:
        digest = large(registry, 8)
        data, blobs = registry.blobs[digest].data, puller.models / "blobs"
        blobs.mkdir(parents=True)
        name = digest.replace(":", "-") + "-partial"
        half = len(data) // 2
        (blobs / name).write_bytes(data[:half] + bytes(half))
        for i, part in enumerate([(0, half, half), (half, len(data) - half, 0)]):
            state = dict(zip(("Offset", "Size", "Completed"), part), N=i)
            (blobs / (name + "-%d" % i)).write_text(json.dumps(state))
        puller.pulled(registry)
        assert registry.bytes_sent(digest) == len(data) - half


def test_old_partial_files_go(puller):
    blobs = puller.models / "blobs"
    blobs.mkdir(parents=True)
    old, new = [blobs / ("sha256-" + c * 64 + "-partial") for c in "ab"]
    for path in (old, new):
        path.write_bytes(b"half")
    week = time.time() - 8 * 86400
    os.utime(old, (week, week))
    with MockRegistry() as registry:
        puller.fails(registry, "file does not exist", code=3)
    assert not old.exists() and new.exists()


def test_two_pulls_at_once_fetch_once(puller):
    with MockRegistry() as registry:
        digest = large(registry, 16)
        slow_registry(registry, digest)
        children = [puller.begin(registry) for _ in range(3)]
        for child in children:
            _, err = child.communicate(timeout=120)
            assert child.returncode == 0, err
        puller.check()
        assert registry.bytes_sent(digest) == len(registry.blobs[digest].data)


def test_what_the_name_stood_for_goes(puller):
    with MockRegistry() as registry:
        registry.add("library/tiny", "latest", [("model", weights(1)), ("system", "old"), ("license", "MIT")])
        puller.pulled(registry)
        model = pathlib.Path(puller.toy).read_bytes()
        registry.add("library/tiny", "latest", [("model", model), ("system", "new"), ("license", "MIT")])
        puller.pulled(registry)  # whose check finds what no manifest names
        assert puller.run("show", registry.name(), "--system")[1] == "new"


# ---- servers that lie

def test_wrong_bytes_never_get_a_name(puller):
    with MockRegistry() as registry:
        digest = large(registry, 8)
        wrong = lambda data: data[:-1] + bytes([data[-1] ^ 1])
        registry.data = lambda handler, which: registry.send(handler, which, change=wrong)
        puller.fails(registry, "digest mismatch, file must be downloaded again: want " + digest)
        assert not puller.partial() and not puller.manifest(registry).exists()
        del registry.data
        puller.pulled(registry)


def test_lengths_that_lie_are_refused(puller):
    with MockRegistry() as registry:
        digest = large(registry, 8)
        right = registry.blobs[digest].data
        for wrong in (right + b"more", right[:-1000]):
            registry.blobs[digest].data = wrong
            puller.fails(registry, "the manifest says %d bytes" % len(right))
            registry.data = lambda handler, which: registry.send_whole(handler, which)
            puller.fails(registry, "has %d bytes, and the manifest says %d bytes" % (len(wrong), len(right)))
            del registry.data
        registry.blobs[digest].data = right
        puller.pulled(registry)


def test_a_server_without_ranges_sends_all(puller):
    with MockRegistry() as registry:
        digest = large(registry)
        cuts = iter([5000000, 20000000])
        registry.data = lambda handler, which: registry.send_whole(
            handler, which, most=next(cuts, None) if which == digest else None)
        puller.pulled(registry)


def test_manifests_that_are_none_are_refused(puller):
    with MockRegistry() as registry:
        large(registry, 1)
        for text, why in ((b"{}", "is no manifest"), (b"[" * 100000, "is no manifest"), (b"x" * 2000000, "large"),
                          (b'{"layers":[]}', "computed by a service"),
                          (b'{"layers":[{"mediaType":"a","digest":"sha256:../../x","size":1}]}', "no sha256 digest")):
            registry.manifests["library/tiny", "latest"] = text
            puller.fails(registry, why)


# ---- servers in trouble

def test_an_address_that_expires_is_asked_for_again(puller):
    with MockRegistry() as registry:
        digest = large(registry)
        asked = []

        def data(handler, which):
            asked.append(which)
            if len(asked) in (3, 6):
                registry.signature += 1
            MockRegistry.data(registry, handler, which)
        registry.data = data
        puller.pulled(registry)
        # Streams that were on their way with the old address may each ask once more.
        assert 2 <= registry.count("registry", "/blobs/" + digest) <= 12
        assert registry.bytes_sent(digest) == len(registry.blobs[digest].data)


def test_a_busy_server_is_given_time(puller):
    with MockRegistry() as registry:
        large(registry, 8)
        times = {}

        def busy(kind, status, go_on):
            def answer(handler, *which):
                times.setdefault(kind, []).append(time.monotonic())
                if len(times[kind]) == 1:
                    return handler.say(status, b"busy", [("Retry-After", "1")])
                return go_on(handler, *which)
            return answer
        registry.manifest = busy("manifest", 503, registry.manifest)
        registry.locate = busy("locate", 429, registry.locate)
        registry.data = busy("data", 429, registry.data)
        puller.pulled(registry)
        assert times["manifest"][1] - times["manifest"][0] >= 1 and times["locate"][1] - times["locate"][0] >= 1
        registry.manifest = lambda handler, *_: handler.say(503, b"busy", [("Retry-After", "86400")])
        puller.fails(registry, "503: busy")


def test_a_server_that_falls_silent_is_left(puller):
    with MockRegistry() as registry:
        digest = large(registry, 8)
        stalls = []

        def data(handler, which):
            if which == digest and len(stalls) < 3:
                stalls.append(1)
                registry.send(handler, which, pace=(20000, 60) if len(stalls) < 3 else (10, 0.05))
            else:
                registry.send(handler, which)
        registry.data = data
        puller.pulled(registry)
        assert len(stalls) == 3
        registry.manifest = lambda handler, *_: time.sleep(60)
        puller.fails(registry, "pull model manifest: ")


def test_a_server_that_is_gone(puller):
    with MockRegistry() as registry:
        large(registry, 1)
    puller.fails(registry, "pull model manifest: ")


# ---- who is asked, and who is told what

def test_a_token_goes_to_the_registry_alone(puller):
    with MockRegistry() as registry:
        large(registry, 8)
        registry.token = "secret"
        puller.pulled(registry)
        assert registry.sent_by("Authorization") == {("registry", "Authorization")}
        assert any("scope=repository%3Ax%3Apull" in path for _, _, path, _ in registry.asked)


def test_a_realm_on_another_host_is_refused(puller):
    with MockRegistry() as registry:
        large(registry, 1)
        registry.token = "secret"
        for realm in (registry.url("data") + "/token", "http://localhost:1/token", "file:///etc/passwd"):
            registry.realm = realm
            puller.fails(registry, "wants a token of")
        assert registry.count("data") == 0


def test_redirects_are_followed_with_care(puller):
    with MockRegistry() as registry:
        digest = large(registry, 8)
        registry.token = "secret"
        registry.data = lambda handler, which: handler.redirect(handler.path, 302)
        puller.fails(registry, "redirected more than 10 times")
        for to in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"):
            registry.data = lambda handler, which, to=to: handler.redirect(to, 302)
            puller.fails(registry, "redirected to ")
            registry.locate = lambda handler, which, to=to: handler.redirect(to, 302)
            puller.fails(registry, "redirected to ")
            del registry.locate
        del registry.data
        registry.manifest = lambda handler, model, tag: handler.redirect(registry.url("data") + "/manifest")
        puller.fails(registry, "pull model manifest")
        assert registry.sent_by("Authorization") == {("registry", "Authorization")}
        del registry.manifest
        # As Hugging Face does: a chain on its own host, then another one.
        def locate(handler, which):
            own = handler.path.split("?")[0]
            return handler.redirect(own + "?second", 302) if "?" not in handler.path else \
                MockRegistry.locate(registry, handler, which)
        registry.locate = locate
        puller.pulled(registry)
        assert registry.bytes_sent(digest) == len(registry.blobs[digest].data)


def test_what_a_registry_says_is_shown(puller):
    with MockRegistry() as registry:
        text = "The specified repository contains sharded GGUF.\x1b[31m"
        registry.manifest = lambda handler, *_: handler.say(400, {"error": text})
        err = puller.fails(registry, "pull model manifest: 400: The specified repository contains sharded GGUF.")
        assert "\x1b" not in err
        registry.manifest = lambda handler, *_: handler.say(401, {"error": "gated"})
        puller.fails(registry, "401: unauthorized (it may be private")
    code, _, err = puller.run("pull", "http://127.0.0.1:1/library/tiny")
    assert code == 2 and "insecure protocol http" in err, err


def certificate(folder):
    path = folder / "certificate.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mock", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(folder / "public.pem")]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    path.write_text(path.read_text() + (folder / "public.pem").read_text())
    return path


def test_tls_is_checked_and_never_left(puller):
    if not shutil.which("openssl"):
        print("skipped: there is no openssl to make a certificate with")
        return
    own = certificate(puller.folder)
    with MockRegistry(own) as registry, MockRegistry() as plain:
        digest = large(registry, 8)
        plain.blobs = registry.blobs
        code, _, err = puller.run("pull", registry.name())
        assert code == 1 and "SSL_CERT_FILE" in err and not registry.asked, err
        puller.variables["SSL_CERT_FILE"] = str(puller.folder / "public.pem")
        registry.locate = lambda handler, which: plain.locate(handler, which)
        puller.fails(registry, "redirected to http:, which is not followed", flags=())
        assert not plain.asked
        del registry.locate
        code, _, err = puller.run("pull", registry.name())
        assert code == 0 and registry.bytes_sent(digest) == len(registry.blobs[digest].data), err
        puller.check()


# ---- disks

def test_a_full_disk(puller):
    puller.models.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(puller.models)], check=False,
                             stderr=subprocess.DEVNULL)
    if mounted.returncode != 0:
        print("skipped: no small disk can be mounted here")
        return
    try:
        with MockRegistry() as registry:
            large(registry, 20)
            puller.fails(registry, "are free in")
            assert registry.count("data") == 0
            digest = large(registry, 12)
            slow_registry(registry, digest)
            child = puller.begin(registry)
            wait_for(lambda: state_of(puller, digest)["Done"], "a beginning")
            filler = puller.models / "filler"
            with open(filler, "wb", buffering=0) as file:
                try:
                    while file.write(b"x" * MEGABYTE):
                        pass
                except OSError:
                    pass
            _, err = child.communicate(timeout=60)
            assert child.returncode == 1 and b"free some space" in err, err
            done, since = state_of(puller, digest)["Done"], len(registry.asked)
            filler.unlink()
            puller.pulled(registry)
            check_asks_for_what_lacks(puller, registry, digest, done, since)
    finally:
        subprocess.run(["umount", "--lazy", str(puller.models)], check=True)


def main():
    print("seed %d" % SEED)
    with tempfile.TemporaryDirectory() as folder:
        tests = {name: test for name, test in globals().items() if not sys.argv[3:] or name in sys.argv[3:]}
        for name, test in tests.items():
            if name.startswith("test_"):
                RANDOM.seed("%d %s" % (SEED, name))
                own = pathlib.Path(folder) / name
                own.mkdir()
                run_all({name: test}, Puller(sys.argv[1], sys.argv[2], own))
                shutil.rmtree(own)


if __name__ == "__main__":
    main()
