#!/usr/bin/env python3
"""Installs into a folder of its own, runs the program from there, takes everything away again (ctest
name: install). Usage: tests/install.py BUILD_FOLDER"""
import os
import pathlib
import subprocess
import sys
import tempfile

PREFIX = "usr/local"
EXPECTED = ("bin/straddle", "share/straddle/models/stories260K.gguf", "share/straddle/models/NOTICE.md",
            "share/man/man1/straddle.1", "share/bash-completion/completions/straddle",
            "share/zsh/site-functions/_straddle", "share/fish/vendor_completions.d/straddle.fish",
            "share/doc/straddle/copyright")


def run(words, **options):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, check=False, **options)
    if done.returncode != 0:
        sys.exit("install: %s ended with %d: %s" % (words[0], done.returncode, done.stderr.strip()[-500:]))
    return done.stdout


def files_below(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir())


def check_program(root, folder):
    """The installed program finds the installed model: no source folder, no variables."""
    environment = {"PATH": os.environ["PATH"], "HOME": folder}
    said = run([root / "bin" / "straddle", "run", "stories260K", "--raw", "Once upon a time", "--set", "temperature=0",
                "--set", "num_predict=20"], cwd=folder, env=environment)
    if len(said.split()) < 5:
        sys.exit("install: the installed program said only: " + said)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    manifest = build / "install_manifest.txt"
    kept = manifest.read_bytes() if manifest.exists() else None
    with tempfile.TemporaryDirectory() as folder:
        root, environment = pathlib.Path(folder) / PREFIX, dict(os.environ, DESTDIR=folder)
        run(["cmake", "--install", build, "--prefix", "/" + PREFIX], env=environment)
        missing = [name for name in EXPECTED if not (root / name).is_file()]
        if missing:
            sys.exit("install: not installed: " + ", ".join(missing))
        check_program(root, folder)
        run(["cmake", "-P", build / "uninstall.cmake"], env=environment)
        left = files_below(root)
        if left:
            sys.exit("install: left after uninstall: " + ", ".join(left))
    if kept is not None:
        manifest.write_bytes(kept)
    print("install: %d files and more came and went" % len(EXPECTED))
    return 0


if __name__ == "__main__":
    sys.exit(main())
