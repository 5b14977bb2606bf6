#!/usr/bin/env python3
"""Installs into a folder of its own, as README.md says, uses what lies there, and takes everything away
again (ctest name: install). Usage: tests/install.py BUILD_FOLDER

What `cmake --build BUILD_FOLDER --target straddle` makes must be enough for it.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

EXPECTED = ("bin/straddle", "share/straddle/models/stories260K.gguf", "share/straddle/shapes.tsv",
            "share/straddle/models/NOTICE.md", "share/straddle/machines/ryzen-5600x-rx-7600-xt.json",
            "share/man/man1/straddle.1", "share/bash-completion/completions/straddle",
            "share/zsh/site-functions/_straddle", "share/fish/vendor_completions.d/straddle.fish",
            "share/doc/straddle/copyright")
ROFF_WARNINGS = ["groff", "-man", "-Tutf8", "-ww", "-z"]


def stop(line):
    sys.exit("install: " + line)


def run(words, **options):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, check=False, **options)
    if done.returncode != 0:
        stop("%s ended with %d: %s" % (words[0], done.returncode, done.stderr.strip()[-500:]))
    return done.stdout + done.stderr


def check_program(prefix, home):
    """The installed program finds the installed model, not that of the source: no variables."""
    environment = {"PATH": "%s/bin:/usr/bin:/bin" % prefix, "HOME": home}
    listed = run(["straddle", "list", "--json"], cwd=home, env=environment)
    if str(prefix / "share/straddle/models/stories260K.gguf") not in listed:
        stop("the installed program finds other models: " + listed)
    said = run(["straddle", "run", "stories260K", "--raw", "Once upon a time", "--set", "temperature=0",
                "--set", "num_predict=20"], cwd=home, env=environment)
    if len(said.split()) < 5:
        stop("the installed program said only: " + said)


def check_pages(prefix):
    """The manual is one that `man` shows without a warning; the completions are scripts of their shells."""
    page = prefix / "share/man/man1/straddle.1"
    if shutil.which("groff"):
        warnings = run([*ROFF_WARNINGS, page])
        if warnings:
            stop("the manual page: " + warnings)
    else:
        print("skipped: the manual page's roff, for there is no groff")
    for shell, name in (("bash", "share/bash-completion/completions/straddle"),
                        ("zsh", "share/zsh/site-functions/_straddle"),
                        ("fish", "share/fish/vendor_completions.d/straddle.fish")):
        if shutil.which(shell):
            run([shell, "-n", prefix / name])
        else:
            print("skipped: the completion of %s, which is not here" % shell)


def check_round_trip(build, folder):
    prefix, own = folder / "prefix", folder / "prefix/share/man/man1/other.1"
    own.parent.mkdir(parents=True)
    own.write_text("a person's own\n")
    run(["cmake", "--install", build, "--prefix", prefix])
    missing = [name for name in EXPECTED if not (prefix / name).is_file()]
    if missing:
        stop("not installed: " + ", ".join(missing))
    check_program(prefix, folder)
    check_pages(prefix)
    run(["cmake", "-P", build / "uninstall.cmake"])
    left = sorted(p for p in prefix.rglob("*"))
    if left != [prefix / "share", prefix / "share/man", own.parent, own]:
        stop("after uninstalling there is: " + ", ".join(map(str, left)))


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    # A person may have installed from this build: what is needed to take that away stays.
    notes = [build / "install_manifest.txt", build / "install_folders.txt"]
    kept = [(note, note.read_bytes()) for note in notes if note.exists()]
    for note, _ in kept:
        note.unlink()
    try:
        with tempfile.TemporaryDirectory() as folder:
            check_round_trip(build, pathlib.Path(folder))
    finally:
        for note, content in kept:
            note.write_bytes(content)
    print("install: %d files and more came and went" % len(EXPECTED))
    return 0


if __name__ == "__main__":
    sys.exit(main())
