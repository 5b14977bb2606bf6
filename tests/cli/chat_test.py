#!/usr/bin/env python3
"""The chat as a person meets it, on a terminal of this process (ctest name: cli_chat).
Usage: chat_test.py STRADDLE REPOSITORY SCRIPTED_MODEL (the program of tests/testing that makes one)

The toy model of the clone answers: it only knows tales, so what it says is not looked at, but where it
stands, what is remembered and what is computed.
"""
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time

STRADDLE, ROOT, SCRIPTED_MODEL = (pathlib.Path(word) for word in sys.argv[1:4])
sys.path.insert(0, str(ROOT / "tests" / "terminal"))
import session as terminal  # noqa: E402

HINT = "Send a message (/? for help)"
GREEDY = ["--set", "temperature=0", "--set", "num_predict=8"]


class Chat(terminal.PyteSession):
    """A chat in a home of its own; `say` waits for the next prompt."""

    def __init__(self, home, *flags, model="stories260K", term="xterm", columns=60, rows=40, env=None):
        self.home = pathlib.Path(home)
        places = {"XDG_DATA_HOME": home + "/data", "XDG_STATE_HOME": home + "/state", "HOME": home,
                  "STRADDLE_SHARE": str(ROOT / "share"), "STRADDLE_MODELS": home + "/models"}
        self.prompts = 0
        super().__init__([str(STRADDLE), "run", model, *(flags or GREEDY)], columns=columns, rows=rows,
                         env={**places, **(env or {})}, term=term)
        self.ready()

    def ready(self):
        """One more empty prompt than before has been shown, and stands there."""
        def holds():
            standing = self.screen()[-1:] == [">>> " + HINT]
            return standing and self.written.count(HINT.encode()) > self.prompts
        self.wait(holds, "expected: an empty prompt")
        self.prompts = self.written.count(HINT.encode())

    def say(self, *keys):
        self.keys(*keys, "enter")
        self.ready()

    def say_on_clear_screen(self, *keys):
        self.keys("ctrl-l")
        self.ready()
        self.say(*keys)

    def saved(self, name="s"):
        self.say("/save " + name)
        return json.loads((self.home / "data" / "straddle" / "sessions" / (name + ".json")).read_text())

    def leave(self):
        self.keys("/bye", "enter")
        status = self.end()
        assert status == 0, "exit status %d" % status


def users(saved):
    return [m["content"] for m in saved["messages"] if m["role"] == "user"]


def real_model(name):
    """Its path; none where it is not here, which is said."""
    folder = os.environ.get("STRADDLE_MODELS") or os.path.expanduser(
        os.environ.get("XDG_DATA_HOME", "~/.local/share") + "/straddle/models")
    path = "%s/%s.gguf" % (folder, name)
    if os.path.exists(path):
        return path
    print("skipped the next: no %s (tools/get_model %s)" % (path, name))
    return None


# ---- what is said

def test_a_message_is_answered_and_remembered(home):
    with Chat(home) as chat:
        chat.say("Hello")
        roles = [m["role"] for m in chat.saved()["messages"]]
        assert roles == ["user", "assistant"], roles
        chat.keys("ctrl-d")
        assert chat.end() == 0


def test_quotes_make_a_message_of_more_lines(home):
    with Chat(home) as chat:
        chat.keys('"""one', "enter")
        chat.expect_text("...")
        chat.say('  two"""')
        chat.say('"""/three"""')
        chat.say('"""say """four""" to me"""')
        chat.say("a", "ctrl-j", "b")
        assert users(chat.saved()) == ["one\n  two", "/three", 'say """four""" to me', "a\nb"], users(chat.saved())
        chat.leave()


def test_a_paste_keeps_its_lines(home):
    with Chat(home) as chat:
        chat.say(terminal.paste("one\ntwo"))
        assert users(chat.saved()) == ["one\ntwo"]
        chat.leave()


def test_japanese_is_edited_by_character(home):
    with Chat(home) as chat:
        chat.keys("日語", "left")
        chat.expect([">>> 日語"], cursor=(0, 6))
        chat.keys("本")
        chat.expect([">>> 日本語"], cursor=(0, 8))
        chat.keys("home", "delete", "end", "です")
        chat.expect([">>> 本語です"], cursor=(0, 12))
        chat.say("")
        assert users(chat.saved()) == ["本語です"]
        chat.leave()


def test_history_comes_back_in_the_next_chat(home):
    with Chat(home) as chat:
        chat.say("first")
        chat.say("/set nohistory")
        chat.say("second")
        chat.leave()
    with Chat(home) as chat:
        chat.keys("draft", "up", "up")
        chat.expect_text(">>> first")
        chat.keys("down", "down", "down")
        chat.expect_text(">>> draft")
        chat.keys("ctrl-u", "ctrl-d")
        assert chat.end() == 0
    written = (chat.home / "state" / "straddle" / "history").read_text()
    assert "first" in written and "second" not in written, written
    with Chat(home, env={"OLLAMA_NOHISTORY": "1"}) as chat:
        chat.say("third")
        chat.leave()
    assert "third" not in (chat.home / "state" / "straddle" / "history").read_text()


def test_a_turn_computes_only_what_is_new(home):
    """From the second turn on; the first is no part of the second where a model has no template."""
    def computed(chat, words):
        chat.say_on_clear_screen(words)
        counts = dict(re.findall(r"prompt (reused|eval count):\s+(\d+)", "\n".join(chat.screen())))
        return int(counts.get("reused", 0)), int(counts["eval count"])

    with Chat(home, *GREEDY, "--verbose") as chat:
        computed(chat, "Once upon a time there was a cat who had a very long story to tell")
        reused, new = computed(chat, "Go on")
        again, newer = computed(chat, "Go on")
        assert again >= reused + new, (reused, new, again, newer)
        assert newer < new / 2, (reused, new, again, newer)
        chat.leave()


def test_the_oldest_turns_go_where_the_context_is_full(home):
    with Chat(home, *GREEDY, "--set", "num_ctx=128", "--system", "Tell tales", columns=120) as chat:
        for _ in range(6):
            chat.say("Once upon a time there was a little girl")
        chat.expect_text("oldest messages no longer fit in the context of 128")
        assert b"/set parameter num_ctx N" in chat.written
        saved = chat.saved()
        assert len(saved["messages"]) == 12 and saved["system"] == "Tell tales", saved
        chat.say("/set verbose")
        chat.say("/set parameter num_ctx 512")
        chat.say("Go on")  # a larger context has room for them again
        assert int(re.findall(r"prompt eval count:\s+(\d+)", "\n".join(chat.screen()))[-1]) > 128
        chat.leave()


# ---- answers without words

# Takes no empty answer, and users and assistants in turn only; the comment tells how its model thinks.
STRICT = """{% for m in messages %}{% if m.role == 'assistant' and not m.content %}{{ raise_exception('empty') }}
{%- endif %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('not in turn') }}
{%- endif %}{{ m.role ~ ':' ~ m.content }}{% endfor %}{{ '<|go|>' }}{# [THINK] #}"""


def thinker(home):
    """Thinks "I think", then says "Hello."."""
    path, template = home + "/thinker.gguf", pathlib.Path(home + "/template")
    template.write_text(STRICT)
    subprocess.run([SCRIPTED_MODEL, path, template, "control:[THINK]", "I", "▁think", "control:[/THINK]", "Hello", "."],
                   check=True)
    return path


def test_an_answer_that_was_cut_in_its_thoughts_does_not_lock_the_chat(home):
    left_out = "an answer without words is left out"
    with Chat(home, "--set", "temperature=0", "--set", "num_predict=2", model=thinker(home), columns=120) as chat:
        chat.say("first")
        chat.say("/set parameter num_predict 20")
        chat.say_on_clear_screen("second")
        chat.expect_text("Hello.")
        chat.expect_text(left_out)
        chat.say_on_clear_screen("third")
        chat.expect_text("Hello.")
        assert left_out not in "\n".join(chat.screen()), "it is said once"
        said = chat.saved()["messages"]
        assert [m["content"] for m in said] == ["first", "", "second", "Hello.", "third", "Hello."], said
        chat.leave()
    with Chat(home, "--set", "temperature=0", model="s", columns=120) as chat:
        chat.say_on_clear_screen("fourth")
        chat.expect_text("Hello.")
        chat.expect_text(left_out)
        chat.leave()


def test_a_turn_that_failed_leaves_the_chat_as_it_was(home):
    with Chat(home, "--set", "temperature=0", "--set", "num_ctx=64", model=thinker(home), columns=120) as chat:
        chat.say("first")
        chat.say("x" * 100)
        chat.expect_text("Error: ")
        assert users(chat.saved()) == ["first"], chat.saved()
        chat.say_on_clear_screen("second")
        chat.expect_text("Hello.")
        chat.leave()


def test_ctrl_c_before_the_answer_takes_the_message_back(home):
    with Chat(home, "--set", "num_batch=1", "--set", "num_ctx=200000", "--set", "num_predict=8", columns=120) as chat:
        chat.keys(terminal.paste("once upon a time " * 2000), "enter")
        time.sleep(0.5)
        chat.keys("ctrl-c")
        chat.ready()
        chat.expect_text("stopped before the answer began: the message is not kept")
        assert not chat.saved()["messages"]
        chat.say("Hello")
        assert users(chat.saved()) == ["Hello"]
        chat.leave()


# ---- stopping

def test_keys_beyond_float16_are_said_once(home):
    model = bytearray((ROOT / "share" / "models" / "stories260K.gguf").read_bytes())
    model[-165120:-165116] = struct.pack("<f", 1e9)  # a weight of blk.4.attn_k
    (pathlib.Path(home) / "models").mkdir()
    (pathlib.Path(home) / "models" / "large.gguf").write_bytes(model)
    with Chat(home, *GREEDY, model="large", columns=160) as chat:
        for _ in range(2):
            chat.say("Hello")
            assert chat.written.count(b"beyond float16") == 1
        assert b"(/set parameter kv_type f32 keeps them as they are)" in chat.written
        chat.say("/set parameter kv_type f32")
        chat.say("Hello")
        assert chat.written.count(b"beyond float16") == 1
        chat.leave()


def test_ctrl_c_stops_the_answer_and_keeps_it(home):
    with Chat(home, "--set", "num_predict=100000", "--set", "num_ctx=200000", "--set", "seed=1") as chat:
        before = len(chat.written)
        chat.keys("Once upon a time", "enter")
        chat.wait(lambda: chat.take() and len(chat.written) > before + 400, "expected: an answer")
        chat.keys("ctrl-c", "ctrl-c")  # pressed twice
        chat.ready()
        said = chat.saved()["messages"]
        assert len(said) == 2 and len(said[1]["content"]) > 100, said
        shown = "\n".join(chat.screen()).split(">>>")[1]
        assert shown.split()[4:] == said[1]["content"].split(), "nothing of it is lost"
        chat.leave()


def test_ctrl_c_at_the_prompt(home):
    with Chat(home) as chat:
        chat.keys("thrown away", "ctrl-c")
        chat.ready()
        chat.keys("ctrl-c")
        chat.ready()
        chat.expect_text("Use Ctrl + d or /bye to exit.")
        assert not chat.saved()["messages"]
        chat.leave()


def test_ctrl_c_stops_loading_and_the_chat_goes_on(home):
    model = real_model("gemma3-270m")
    if not model:
        return
    with Chat(home) as chat:
        chat.keys("/load " + model, "enter")
        chat.expect_written("Loading")
        chat.keys("ctrl-c")
        chat.ready()
        chat.say("Once upon a time")
        assert chat.saved()["messages"][1]["content"]
        chat.leave()


def test_a_request_to_end_ends_the_chat_at_any_time(home):
    with Chat(home) as chat:
        chat.keys('"""one', "enter")
        chat.expect_text("...")
        chat.signal(signal.SIGTERM)
        assert chat.end() == 143
    with Chat(home, "--set", "num_predict=100000", "--set", "num_ctx=200000") as chat:
        before = len(chat.written)
        chat.keys("Once upon a time", "enter")
        chat.wait(lambda: chat.take() and len(chat.written) > before + 400, "expected: an answer")
        chat.signal(signal.SIGTERM)
        assert chat.end() == 143


def test_a_terminal_that_goes_away_ends_the_chat(home):
    with Chat(home) as chat:
        chat.signal(signal.SIGHUP)
        assert chat.end() == 129


# ---- commands

def test_set(home):
    with Chat(home) as chat:
        for typed, said in (
                ("/set parameter temperature 0.5", "Set parameter 'temperature' to '0.5'"),
                ("/set parameter stop END ###", "Set parameter 'stop' to 'END, ###'"),
                ("/set parameter nonsense 1", "Couldn't set parameter: "),
                ("/set parameter", "Common parameters:"),
                ("/set system Be brief", "Set system message."),
                ("/set verbose", "Set 'verbose' mode."),
                ("/set quiet", "Set 'quiet' mode."),
                ("/set wordwrap", "Set 'wordwrap' mode."),
                ("/set nowordwrap", "Set 'nowordwrap' mode."),
                ("/set format json  ", "Set format to 'json' mode."),
                ("/set noformat ", "Disabled format."),
                ("/set think", "Set 'think' mode."),
                ("/set think max", "Set 'think' mode to 'max'."),
                ("/set think deeply", "'deeply' is unknown"),
                ("/set nothink", "Set 'nothink' mode."),
                ("/set history", ""),
                ("/set", "/set parameter OPTION VALUE")):
            chat.say_on_clear_screen(typed)
            chat.expect_text(said)
        saved = chat.saved()
        assert saved["system"] == "Be brief", saved
        assert saved["parameters"][1:] == [["temperature", "0.5"], ["stop", "END"], ["stop", "###"]], saved
        chat.leave()


def test_a_system_message_of_more_lines(home):
    with Chat(home) as chat:
        chat.keys('/set system """Be brief.', "enter")
        chat.say('And kind."""')
        assert chat.saved()["system"] == "Be brief.\nAnd kind."
        chat.leave()


def test_show(home):
    with Chat(home) as chat:
        chat.say("/set system Be brief")
        chat.say("/set parameter top_k 5")
        for typed, said in (
                ("/show info", "architecture"), ("/show license", "licen"), ("/show system", "Be brief"),
                ("/show template", "messages"), ("/show parameters", "top_k 5"),
                ("/show modelfile", "PARAMETER top_k 5"), ("/show", "/show info"),
                ("/list", "stories260K"), ("/?", "/bye"), ("/help set", "/set parameter"),
                ("/? shortcuts", "Ctrl + w"), ("/nonsense", "Unknown command '/nonsense'. Type /? for help")):
            chat.say_on_clear_screen(typed)
            chat.expect_text(said)
        chat.leave()


def test_clear_load_and_save(home):
    with Chat(home) as chat:
        chat.say("/set system Be brief")
        chat.say("/set parameter num_ctx 256")
        chat.say("Remember me")
        chat.say("/save talk")
        chat.say("/clear")
        chat.expect_text("Cleared session context")
        assert chat.saved("empty")["messages"] == [] and chat.saved("empty")["system"] == "Be brief"
        chat.say("/load nowhere")
        chat.expect_text("Couldn't find model 'nowhere'")
        chat.say("/load talk")
        assert users(chat.saved()) == ["Remember me"]
        chat.say("/load " + str(ROOT / "share" / "models" / "stories260K.gguf"))
        fresh = chat.saved("fresh")
        assert fresh["model"].startswith("/"), fresh
        chat.say("/save stories260K")
        chat.expect_text("'stories260K' is a model's name")
        assert not fresh["messages"] and not fresh["system"] and fresh["model"].endswith(".gguf"), fresh
        chat.leave()
    assert (chat.home / "data" / "straddle" / "sessions").stat().st_mode & 0o077 == 0
    with Chat(home, "--set", "num_ctx=300", model="talk") as chat:
        chat.expect_text(">>> Remember me")
        assert dict(chat.saved("again")["parameters"])["num_ctx"] == "300", "the command line wins"
        assert users(chat.saved("again")) == ["Remember me"]
        chat.keys("/exit", "enter")
        assert chat.end() == 0


def test_without_a_home_nothing_is_written(home):
    nowhere = {"HOME": "", "XDG_DATA_HOME": "", "XDG_STATE_HOME": ""}
    with Chat(home, env=nowhere) as chat:
        chat.say("Hello")
        chat.say("/save s")
        chat.expect_text("HOME is not set")
        chat.say("/save %s/s.json" % home)
        assert users(json.loads((chat.home / "s.json").read_text())) == ["Hello"]
        chat.leave()


def test_what_no_chat_saved_is_refused(home):
    sessions = pathlib.Path(home) / "data" / "straddle" / "sessions"
    sessions.mkdir(parents=True)
    whole = {"model": "stories260K", "system": "", "parameters": [], "messages": []}
    for name, text in (("list", "[]"), ("half", '{"model": "stories260K"'), ("deep", "[" * 100000),
                       ("role", json.dumps({**whole, "messages": [{"role": "wizard", "content": "x"}]})),
                       ("gone", json.dumps({**whole, "model": "lost"})),
                       ("value", json.dumps({**whole, "parameters": [["num_ctx", "x"]]}))):
        (sessions / (name + ".json")).write_text(text)
    with Chat(home) as chat:
        chat.say("Hello")
        for name, said in (("list", "no session"), ("half", "no session"), ("deep", "no session"),
                           ("role", "no session"), ("gone", "lost: no model of this name"),
                           ("value", "'x' is not a whole number")):
            chat.say_on_clear_screen("/load " + name)
            chat.expect_text(said)
        assert users(chat.saved()) == ["Hello"]
        chat.leave()


# ---- terminals

def test_a_resized_window_is_painted_anew(home):
    with Chat(home, columns=60) as chat:
        chat.keys("x" * 50)
        chat.resize(40, 40)
        chat.keys("y")
        chat.wait(lambda: "".join(row.replace(">>> ", "") for row in chat.screen()[-3:]).count("x") >= 50,
                  "expected: all of the line")
        chat.say("")
        assert users(chat.saved()) == ["x" * 50 + "y"]
        chat.leave()


def test_a_window_that_is_made_narrower_wraps_what_comes(home):
    with Chat(home, "--set", "num_predict=100000", "--set", "num_ctx=200000", "--set", "seed=1",
              columns=60) as chat:
        chat.keys("Once upon a time", "enter")
        chat.wait(lambda: len(chat.screen()) > 10, "expected: an answer")
        chat.resize(40, 40)
        before = len(chat.written)
        chat.wait(lambda: chat.take() and len(chat.written) > before + 4000, "expected: more of it")
        chat.keys("ctrl-c")
        chat.ready()
        rows = [row for row in chat.screen() if not row.startswith(">>>")][-20:]
        assert all(len(row) <= 35 for row in rows), rows
        chat.leave()


def test_a_dumb_terminal_gets_no_escape_sequence(home):
    chat = terminal.PyteSession(
        [str(STRADDLE), "run", "stories260K", *GREEDY], term="dumb",
        env={"HOME": home, "XDG_STATE_HOME": home, "STRADDLE_SHARE": str(ROOT / "share")})
    with chat:
        chat.expect_text(">>>")
        chat.keys("Hello\n")
        chat.wait(lambda: "\n".join(chat.screen()).count(">>>") == 2, "expected: the next prompt")
        chat.keys("/bye\n")
        assert chat.end() == 0
        assert b"\x1b" not in chat.written, chat.written


def test_a_long_answer_is_wrapped_at_words(home):
    with Chat(home, "--set", "temperature=0", "--set", "num_predict=120", columns=40) as chat:
        chat.say("Once upon a time")
        rows = chat.screen()
        text = chat.saved()["messages"][1]["content"]
        words = [word for row in rows for word in row.split()]
        assert all(word in words for word in text.split() if len(word) < 20), (rows, text)
        assert all(len(row) <= 35 for row in rows if row.split() and row.split()[0] in text.split()), rows
        chat.leave()


def test_japanese_stays_whole_and_in_its_columns(home):
    """What a real model writes on a narrow terminal is what it writes into a pipe."""
    model = real_model("gemma3-270m")
    if not model:
        return
    command = [str(STRADDLE), "run", model, "--raw", "日本の首都は", "--set", "temperature=0", "--set",
               "num_predict=60"]
    piped = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout.decode()
    assert len(re.findall("[\u3040-\u30ff\u4e00-\u9fff]", piped)) > 20 and "\ufffd" not in piped, piped
    with terminal.PyteSession(command, columns=30, rows=40, term="xterm") as screen:
        assert screen.end() == 0
        assert "".join(screen.screen()) == piped.replace("\n", ""), (screen.screen(), piped)


def main(tests):
    """Runs what is named test_*."""
    lacking = terminal.missing("pyte")
    if lacking:
        print("cli_chat: SKIPPED: no " + ", ".join(lacking) + " (python3-pexpect, python3-pyte)")
        return 77
    failed = 0
    for name, test in sorted(tests.items()):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory() as home:
            os.makedirs(home + "/state")
            try:
                test(home)
                print("ok      " + name, flush=True)
            except AssertionError as error:
                failed += 1
                print("FAILED  %s: %s" % (name, error), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(globals()))
