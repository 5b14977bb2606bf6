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
RANDOM = random.Random(21)


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


def main():
    with tempfile.TemporaryDirectory() as folder:
        tests = {name: test for name, test in globals().items() if not sys.argv[3:] or name in sys.argv[3:]}
        for name, test in tests.items():
            if name.startswith("test_"):
                own = pathlib.Path(folder) / name
                own.mkdir()
                run_all({name: test}, Puller(sys.argv[1], sys.argv[2], own))
                shutil.rmtree(own)


if __name__ == "__main__":
    main()
