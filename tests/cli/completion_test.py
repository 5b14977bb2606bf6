#!/usr/bin/env python3
"""What Tab offers behind `straddle`, asked of real shells (ctest name: cli_completion): bash by its function
and by keys on a terminal, zsh and fish where they are installed. Usage: completion_test.py STRADDLE REPOSITORY"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

STRADDLE, ROOT = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "terminal"))
import session as terminal  # noqa: E402

MODELS = ["stories260K", "tiny tale", "日本語"]
TYPES = ["Q4_0", "Q4_1", "Q4_K_M", "Q8_0"]  # some of them
# What is typed, and what is offered: all of it, or (a set) at least that.
CASES = [
    ("", {"run", "show", "list", "quantize", "help"}),
    ("qu", ["quantize"]),
    ("help per", ["perplexity"]),
    ("help o", ["options"]),
    ("show ", MODELS),
    ("run ", [*MODELS, "about cats"]),
    ("run ab", ["about cats"]),
    ("run stories260K --k", ["--keepalive", "--kv"]),
    ("run stories260K --kv ", ["f16", "f32"]),
    ("run stories260K --format ", ["json"]),
    ("run stories260K --device ", ["cpu", "cpu,cpu", "reference"]),
    ("run stories260K --isa avx", ["avx2", "avx512"]),
    ("run stories260K --set temp", ["temperature="]),
    ("run stories260K --set num_", {"num_ctx=", "num_predict="}),
    ("run --kv f16 s", ["stories260K"]),
    ("run --raw s", ["stories260K"]),
    ("logits stories260K --c", ["--chunk", "--check", "--ctx"]),
    ("quantize s", ["stories260K"]),
    ("quantize in.gguf out.gguf Q", set(TYPES)),
    ("quantize in.gguf out.gguf q4_k_", ["q4_k_m", "q4_k_s"]),
    ("run TINY", []),
    ("run -- --r", []),
    ("run -- s", ["stories260K"]),
    ("--", ["--help", "--version"]),
    ("synth gpt", ["gpt-oss:20b", "gpt-oss:120b"]),
    ("synth gpt-oss:20b out.gguf --type Q", set(TYPES)),
    ("manual ", ["man", "bash", "zsh", "fish"]),
]
# Where bash has cut at "=": only what stands behind it.
AFTER_EQUALS = [("run m --set kv_type=", ["f16", "f32"]), ("run m --kv=f3", ["f32"]),
                ("run m --think=m", ["medium", "max"])]
# Not the program's to say: bash offers the names of files.
FILES = ["show ./sto", "perplexity m --file tex", "run m --system Be"]

ASK_BASH = """source "$1"
COMP_LINE=$2 COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
read -ra COMP_WORDS <<<"${2//=/ = }"
[[ $2 == *[=\\ ] ]] && COMP_WORDS+=("")
[[ $2 == *= ]] && unset 'COMP_WORDS[-1]'
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_straddle
printf '%s\\n' "${COMPREPLY[@]}"
"""
ASK_ZSH = """_describe() { local name; for name in $4 $2; do print -l -- "${(P@)name}"; done }
_files() { }
compdef() { }
source "$1"
words=(${(z)2}) PREFIX=
[[ $2 == *" " ]] && words+=('') || PREFIX=$words[-1]
CURRENT=$#words
_straddle
"""


def ask(shell, script, *words, environment):
    done = subprocess.run([shell, *words[:1], script, shell, *words[1:]], stdin=subprocess.DEVNULL, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert not done.stderr, "%s complains: %s" % (shell, done.stderr)
    return [line for line in done.stdout.splitlines() if line]


def compare(shell, typed, offered, expected):
    exact = isinstance(expected, list)
    right = sorted(offered) == sorted(expected) if exact else expected <= set(offered)
    assert right, "%s, behind 'straddle %s': %s, not %s" % (shell, typed, offered, expected)


def check_bash(folder, environment):
    script = str(folder / "bash")
    for typed, expected in CASES + AFTER_EQUALS + [(typed, []) for typed in FILES]:
        compare("bash", typed, ask("bash", ASK_BASH, "-c", script, "straddle " + typed, environment=environment),
                expected)


def check_bash_keys(folder, environment):
    """What stands in the line after Tab: blanks are quoted, a value follows "=" at once, files are found."""
    if terminal.missing("pyte"):
        print("skipped: keys in bash, for there is no python3-pexpect, python3-pyte")
        return
    rc_file = folder / "bashrc"  # comes after the system's own, which may have another prompt
    rc_file.write_text((folder / "bash").read_text() + "PS1='$ '\n")
    with terminal.PyteSession(["bash", "--noprofile", "--rcfile", str(rc_file)], columns=80, rows=10, term="xterm",
                              env=environment) as shell:
        for typed, becomes in (("run ab", "run about\\ cats"), ("run m --set temp", "run m --set temperature="),
                               ("run m --set kv_type=f3", "run m --set kv_type=f32"),
                               ("show long-n", "show long-name.gguf"), ("qua", "quantize")):
            shell.wait(lambda: shell.screen()[-1:] == ["$"], "expected: a prompt")
            shell.keys("straddle " + typed, "tab")
            shell.wait(lambda text=becomes: shell.screen()[-1] == "$ straddle " + text, "expected: " + becomes)
            shell.keys("ctrl-u")


def check_zsh(folder, environment):
    for typed, expected in CASES:
        found = ask("zsh", ASK_ZSH, "-fc", str(folder / "zsh"), "straddle " + typed, environment=environment)
        compare("zsh", typed, [re.split(r"(?<!\\):", line)[0].replace("\\:", ":") for line in found], expected)


def check_fish(folder, environment):
    for typed, expected in CASES + [("run m --set kv_type=", ["kv_type=f16", "kv_type=f32"])]:
        found = ask("fish", "source $argv[2]; complete -C $argv[3]", "-c", str(folder / "fish"), "straddle " + typed,
                    environment=environment)
        compare("fish", typed, [line.split("\t")[0] for line in found], expected)


def check_accepted(environment):
    """What is offered behind a flag is what the program takes (but for instructions that this machine lacks)."""
    for flag in ("--kv", "--device", "--format", "--think="):
        words = "run stories260K " + flag + ("" if flag.endswith("=") else " ")
        lines = subprocess.run([STRADDLE, "__complete", *words.split(" ")], stdout=subprocess.PIPE, text=True,
                               check=True, env=environment).stdout.splitlines()
        assert len(lines) > 0, "nothing is offered behind " + flag
        for offered in (line.split("\t")[0] for line in lines):
            given = [offered] if flag.endswith("=") else [flag, offered]
            subprocess.run([STRADDLE, "run", "stories260K", "Once", "--set", "num_predict=1", *given], check=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env=environment)


def make_home(home):
    """A person's models, one saved session, and files in the folder where the shell is."""
    (home / "models").mkdir()
    for name in MODELS[1:]:
        shutil.copy(ROOT / "share/models/stories260K.gguf", home / "models" / (name + ".gguf"))
    sessions = home / "data/straddle/sessions"
    sessions.mkdir(parents=True)
    (sessions / "about cats.json").write_text("{}")
    (home / "long-name.gguf").write_text("")
    for shell in ("bash", "zsh", "fish"):
        (home / shell).write_bytes(subprocess.run([STRADDLE, "manual", shell], stdout=subprocess.PIPE,
                                                  check=True).stdout)
    return {"PATH": "%s:%s" % (STRADDLE.parent, os.environ["PATH"]), "HOME": str(home), "LANG": "C.UTF-8",
            "XDG_DATA_HOME": str(home / "data"), "STRADDLE_MODELS": str(home / "models"),
            "STRADDLE_SHARE": str(ROOT / "share"), "TERM": "xterm"}


def main():
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        environment = make_home(home)
        os.chdir(home)
        check_accepted(environment)
        for shell, checks in (("bash", (check_bash, check_bash_keys)), ("zsh", (check_zsh,)), ("fish", (check_fish,))):
            if shutil.which(shell) is None:
                print("skipped: %s is not here" % shell)
                continue
            for check in checks:
                check(home, environment)
            print("%s: %d words completed" % (shell, len(CASES)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
