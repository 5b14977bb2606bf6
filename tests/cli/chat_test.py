#!/usr/bin/env python3
"""The chat as a person meets it, on a terminal of this process (ctest name: cli_chat).
Usage: chat_test.py STRADDLE REPOSITORY SCRIPTED_MODEL [PART_OF_A_TEST'S_NAME ...]
SCRIPTED_MODEL: the program of tests/testing that makes one

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

    def leave_now(self):
        """With something typed."""
        self.keys("ctrl-c")
        self.leave()

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


def test_a_message_of_any_size_is_in_the_history_of_this_chat(home):
    with Chat(home, *GREEDY, "--set", "num_ctx=64") as chat:
        chat.keys(terminal.paste("x" * 300000 + "\nlast line"), "enter")  # more than the context holds
        chat.ready()
        for i in range(101):
            chat.keys("/set quiet", "ctrl-l" if i % 2 else "ctrl-e", " " * (i % 2), "enter")
        chat.ready()
        chat.keys(*["up"] * 101)
        chat.keys("up")
        chat.expect_text("... last line")
        chat.leave_now()


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
    with Chat(home, *GREEDY, "--set", "num_ctx=128", "--system", "Tell tales", columns=200) as chat:
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


# ---- keys while an answer runs

ENDLESS = ["--set", "num_predict=100000", "--set", "num_ctx=200000", "--set", "seed=1"]


def expect_more(chat, much=400):
    """The answer goes on."""
    chat.take()
    before = len(chat.written)
    chat.wait(lambda: chat.take() and len(chat.written) > before + much, "expected: more of the answer")


def test_what_is_pasted_while_an_answer_runs_waits_as_one_message(home):
    with Chat(home, *ENDLESS) as chat:
        chat.keys("Once upon a time", "enter")
        expect_more(chat)
        assert chat.written.rindex(b"\x1b[?2004h") > chat.written.rfind(b"\x1b[?2004l"), "pastes are marked"
        chat.keys("one: ", terminal.paste("two\n  three\n"), "four", "left")
        expect_more(chat)
        chat.signal(signal.SIGINT)
        chat.expect([">>> one: two", "...   three", "... four"], cursor=(2, 7))
        chat.keys("enter")
        expect_more(chat)
        chat.keys("ctrl-c")
        chat.ready()
        assert users(chat.saved()) == ["Once upon a time", "one: two\n  three\nfour"], users(chat.saved())
        chat.leave()


def test_a_message_typed_while_an_answer_runs_is_sent_behind_it(home):
    with Chat(home, *ENDLESS) as chat:
        chat.keys("Once upon a time", "enter")
        expect_more(chat)
        chat.keys("second", "enter", "third")
        expect_more(chat)
        chat.signal(signal.SIGINT)
        chat.expect_text(">>> second")
        expect_more(chat)
        chat.keys("ctrl-c")
        chat.expect_text(">>> third")
        chat.keys("ctrl-c")
        chat.ready()
        assert users(chat.saved()) == ["Once upon a time", "second"]
        chat.leave()


def test_ctrl_c_sends_nothing_of_what_was_typed_before_it(home):
    with Chat(home, *ENDLESS) as chat:
        chat.keys("Once upon a time", "enter")
        expect_more(chat)
        chat.keys("half", "enter", "of it", "enter", "ctrl-c")
        chat.expect([">>> half", "... of it"], cursor=(1, 9))
        chat.keys("ctrl-c")
        chat.ready()
        assert users(chat.saved()) == ["Once upon a time"]
        chat.keys("Go on", "enter")
        expect_more(chat)
        chat.send(b"all \rat once\r\x03, and behind it")
        chat.expect([">>> all", "... at once, and behind it"])
        chat.leave_now()


def test_ctrl_c_right_behind_a_message_stops_its_answer(home):
    with Chat(home, *ENDLESS) as chat:
        for _ in range(20):
            chat.send(b"Once upon a time\r\x03kept")
            chat.expect([">>> kept"])
            chat.send(b"\x15")
            chat.ready()
        chat.leave()


def test_more_is_typed_than_a_terminal_holds(home):
    text = "".join("line %d\n" % i for i in range(20000))
    with Chat(home, *ENDLESS) as chat:
        chat.keys("Once upon a time", "enter")
        expect_more(chat)
        chat.keys(terminal.paste(text), "x", "ctrl-c")
        chat.expect_text("... line 19999")
        chat.leave_now()


class Shell(terminal.PyteSession):
    """A chat under a shell that can stop it."""

    def __init__(self, shell, home, *flags, dumb=False, begins=""):
        super().__init__(shell, columns=60, rows=40, term="xterm", env={
            "PS1": "$ ", "HOME": home, "XDG_STATE_HOME": home, "STRADDLE_SHARE": str(ROOT / "share"), "ENV": "",
            "HISTFILE": ""})
        self.expect_text("$")
        self.is_bash = shell[0] == "bash"
        if self.is_bash:
            self.keys("bind 'set enable-bracketed-paste off'", "enter")
        self.keys("clear", "enter")
        self.expect(["$"])
        variable = ["TERM=dumb"] if dumb else []
        self.keys(" ".join([*variable, str(STRADDLE), "run", "stories260K", *flags, begins]), "enter")
        if not begins:
            self.expect_text(">>>" if dumb else HINT)
        self.wait(lambda: self.take() and self.children(), "expected: a process of the shell's")
        self.chat = self.children()[0]

    def children(self):
        """Those of the shell that are the program."""
        def name(process):
            try:
                stat = pathlib.Path("/proc/%s/stat" % process).read_text()
                return "" if ") Z" in stat else stat[stat.index("(") + 1:stat.rindex(")")]
            except (FileNotFoundError, ProcessLookupError):  # it has ended
                return ""
        listed = pathlib.Path("/proc/%d/task/%d/children" % (self.child.pid, self.child.pid)).read_text().split()
        return [int(process) for process in listed if name(process) == STRADDLE.name]

    def at_the_shell(self):
        self.wait(lambda: self.screen()[-1:] == ["$"], "expected: the shell's prompt")

    def modes(self, home):
        """The terminal's, as the shell has it."""
        path = pathlib.Path(home) / "modes"
        self.keys("stty -a > %s.part; mv %s.part %s" % (path, path, path), "enter")
        self.wait(path.exists, "expected: the words of stty")
        words = path.read_text().replace(";", "").split()
        path.unlink()
        self.at_the_shell()
        return words

    def expect_state(self, *letters):
        """T: stopped."""
        def state():
            return pathlib.Path("/proc/%d/stat" % self.chat).read_text().rsplit(")", 1)[1].split()[0]
        self.wait(lambda: self.take() and state() in letters, "expected: a process in state " + str(letters))


SHELLS = (["bash", "--norc", "--noprofile", "-i"], ["dash", "-i"])


def test_ctrl_z_gives_the_terminal_back_and_fg_goes_on(home):
    for shell in SHELLS:
        for stop in ("ctrl-z", signal.SIGTSTP):
            with Shell(shell, home, *ENDLESS) as chat:
                chat.keys("Once upon a time", "enter")
                expect_more(chat)
                chat.keys("typed ", "early")
                expect_more(chat)
                chat.keys("ctrl-z") if stop == "ctrl-z" else os.kill(chat.chat, stop)
                chat.expect_state("T")
                chat.at_the_shell()
                modes = chat.modes(home)
                assert {"echo", "icanon", "isig", "icrnl"} <= set(modes), (shell, modes)
                assert chat.written.rindex(b"\x1b[?2004l") > chat.written.rindex(b"\x1b[?2004h"), shell
                assert "typed" not in "\n".join(chat.screen()).split("$")[-1], "the shell got the chat's keys"
                chat.keys("fg", "enter")
                expect_more(chat)
                chat.keys(" and later", "enter", "ctrl-c")
                chat.expect_text(">>> typed early and later")
                chat.keys("ctrl-z")  # the prompt, too
                chat.at_the_shell()
                assert {"echo", "icanon"} <= set(chat.modes(home))
                chat.keys("fg", "enter")
                chat.wait(lambda: chat.screen()[-1:] == [">>> typed early and later"], "expected: the prompt")
                chat.keys("ctrl-u", "/bye", "enter")
                chat.at_the_shell()
                assert {"echo", "icanon"} <= set(chat.modes(home))


def test_fg_takes_the_terminal_again_after_a_stop_that_nobody_can_catch(home):
    with Shell(SHELLS[0], home, *ENDLESS) as chat:
        chat.keys("Once upon a time", "enter")
        expect_more(chat)
        os.kill(chat.chat, signal.SIGSTOP)
        chat.at_the_shell()  # bash puts its terminal in order itself
        chat.keys("fg", "enter")
        expect_more(chat)
        chat.keys("typed", "enter", "ctrl-c")
        chat.expect_text(">>> typed")
        chat.keys("ctrl-u", "/bye", "enter")
        chat.at_the_shell()
        assert {"echo", "icanon"} <= set(chat.modes(home))


def test_an_answer_goes_on_in_the_background(home):
    for shell in SHELLS:
        with Shell(shell, home, *ENDLESS) as chat:
            chat.keys("Once upon a time", "enter")
            expect_more(chat)
            chat.keys("ctrl-z")
            chat.at_the_shell()
            chat.keys("bg", "enter")
            expect_more(chat, 2000)
            chat.keys("echo the sum is $((1+1))", "enter")  # the shell gets the keys, all of them
            chat.expect_written("the sum is 2")
            expect_more(chat)
            chat.keys("fg", "enter", "in front ")
            expect_more(chat, 2000)
            chat.keys("again", "ctrl-c")
            chat.expect_text(">>> in front again")
            chat.keys("ctrl-c", "Go on", "enter")
            expect_more(chat)
            chat.keys("ctrl-z")
            chat.expect_state("T")
            chat.keys("bg", "enter")
            expect_more(chat)
            os.kill(chat.chat, signal.SIGINT)
            chat.expect_state("T")  # it has something to ask now
            assert {"echo", "icanon"} <= set(chat.modes(home)) or shell[0] == "bash"
            chat.keys("fg", "enter")
            chat.wait(lambda: chat.screen()[-1:] == [">>> " + HINT], "expected: the prompt")
            chat.keys("/bye", "enter")
            chat.at_the_shell()
            assert {"echo", "icanon"} <= set(chat.modes(home))


def test_what_ends_a_chat_while_it_answers_gives_the_terminal_back(home):
    for end in (signal.SIGHUP, signal.SIGQUIT, "ctrl-\\", signal.SIGTERM):
        with Shell(["dash", "-i"], home, *ENDLESS) as chat:
            chat.keys("Once upon a time", "enter")
            expect_more(chat)
            chat.send(b"\x1c") if end == "ctrl-\\" else os.kill(chat.chat, end)
            chat.at_the_shell()
            modes = chat.modes(home)
            assert {"echo", "icanon"} <= set(modes), (end, modes)


def ends_of_a_job():
    """What a shell's `kill` sends (bash adds SIGCONT to some), and the status that the shell then tells."""
    return (("TERM", 143), ("HUP", 129), ("INT", 130))


def kill_job(chat, name, status):
    """What was stopped once stays so to dash's `wait`, which therefore cannot tell the status."""
    words = "clear; kill -%s %%1; kill -CONT %%1" % name
    chat.keys(words + ("; wait %1; echo status $?" if chat.is_bash else ""), "enter")
    chat.wait(lambda: chat.take() and not chat.children(), "expected: the end of the chat by SIG" + name)
    if chat.is_bash:
        chat.wait(lambda: "status %d" % status in chat.screen(), "expected: status %d of SIG%s" % (status, name))
    chat.keys("clear; echo done", "enter")
    chat.wait(lambda: "done" in chat.screen() and chat.screen()[-1] == "$", "expected: the shell's prompt")


def test_a_chat_that_is_stopped_at_its_prompt_can_be_killed(home):
    for shell in SHELLS:
        for name, status in ends_of_a_job():
            for goes_on in ("", "bg", "bg, dumb", "dumb"):
                with Shell(shell, home, *GREEDY, dumb="dumb" in goes_on) as chat:
                    chat.keys("ctrl-z")
                    chat.expect_state("T")
                    chat.at_the_shell()
                    if "bg" in goes_on:
                        chat.keys("bg", "enter")
                        chat.expect_state("T")  # it waits for the terminal
                    kill_job(chat, name, status)
                    assert {"echo", "icanon"} <= set(chat.modes(home)), (shell, name, goes_on)


def test_a_chat_that_was_stopped_by_sigstop_can_be_killed(home):
    for name, status in ends_of_a_job():
        with Shell(SHELLS[0], home, *GREEDY) as chat:
            os.kill(chat.chat, signal.SIGSTOP)
            chat.at_the_shell()
            kill_job(chat, name, status)


def test_a_chat_whose_answer_ended_in_the_background_can_be_killed(home):
    for shell in SHELLS:
        for name, status in ends_of_a_job():
            with Shell(shell, home, *ENDLESS) as chat:
                chat.keys("Once upon a time", "enter")
                expect_more(chat)
                chat.keys("ctrl-z")
                chat.at_the_shell()
                chat.keys("bg", "enter")
                expect_more(chat)
                os.kill(chat.chat, signal.SIGINT)
                chat.expect_state("T")
                kill_job(chat, name, status)


def test_a_chat_that_began_in_the_background_can_be_killed(home):
    for shell in SHELLS:
        for name, status in ends_of_a_job():
            with Shell(shell, home, *GREEDY, begins="&") as chat:
                chat.expect_state("T")
                kill_job(chat, name, status)


def test_an_answer_in_the_background_is_killed(home):
    for name, status in (("TERM", 143), ("HUP", 129)):
        with Shell(SHELLS[0], home, *ENDLESS) as chat:
            chat.keys("Once upon a time", "enter")
            expect_more(chat)
            chat.keys("ctrl-z")
            chat.at_the_shell()
            chat.keys("bg", "enter")
            expect_more(chat)
            kill_job(chat, name, status)


def test_a_dumb_terminal_keeps_its_chat_over_a_stop(home):
    for shell in SHELLS:
        with Shell(shell, home, *GREEDY, dumb=True) as chat:
            chat.keys("hi", "enter")
            chat.wait(lambda: "\n".join(chat.screen()).count(">>>") == 2, "expected: the next prompt")
            for way in (["fg"], ["bg", "fg"]):
                chat.keys("ctrl-z")
                chat.at_the_shell()
                for word in way:
                    chat.expect_state("T")
                    chat.keys("clear", "enter")
                    chat.at_the_shell()
                    chat.keys(word, "enter")
                chat.wait(lambda: chat.screen()[-1:] == [">>>"], "expected: the prompt")
            chat.keys("again", "enter")
            chat.wait(lambda: "\n".join(chat.screen()).count(">>>") == 2, "expected: the next prompt")
            chat.keys("ctrl-d")
            chat.wait(lambda: chat.screen()[-2:] == [">>>", "$"], "expected: the shell's prompt on a row of its own")


def test_what_is_typed_while_the_program_starts_is_sent(home):
    """The shell waits until it is typed, so it is in the terminal before the program is."""
    with terminal.PyteSession(["dash", "-c", 'stty -echo; echo begun; sleep 1; exec "$@"', "dash", str(STRADDLE),
                               "run", "stories260K", *GREEDY], columns=60, rows=40, term="xterm",
                              env={"HOME": home, "XDG_STATE_HOME": home, "XDG_DATA_HOME": home,
                                   "STRADDLE_SHARE": str(ROOT / "share")}) as chat:
        chat.expect_text("begun")
        chat.keys("one", "enter", "two", "enter", "thr")
        chat.wait(lambda: chat.screen()[-1:] == [">>> thr"], "expected: two messages that were sent")
        chat.keys("ee", "enter")
        chat.wait(lambda: chat.screen()[-1:] == [">>> " + HINT], "expected: the prompt")
        chat.keys("/save s", "enter")
        chat.expect_text("session")
        chat.keys("ctrl-d")
        chat.end()
        saved = json.loads((pathlib.Path(home) / "straddle" / "sessions" / "s.json").read_text())
        assert users(saved) == ["one", "two", "three"], saved


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
                ("/set history", "Set 'history' mode."),
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
                ("/? shortcuts", "Ctrl + r"), ("/nonsense", "Unknown command '/nonsense'. Type /? for help")):
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
        assert not fresh["messages"] and fresh["system"] == "Be brief" and fresh["model"].endswith(".gguf"), fresh
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


def test_code_keeps_its_characters(home):
    """An answer with code on a narrow terminal: what a pipe gets, broken by the terminal alone."""
    code = ["    if total > limit and not   quiet:  # forty and more", "        return [0]", "", "\tx = 1"]
    answer = "Here it is, in words that are wrapped:\n```python\n" + "\n".join(code) + "\n```\n" \
             "- one\n  - a point of a list that is longer than a row"
    sessions = pathlib.Path(home) / "data" / "straddle" / "sessions"
    sessions.mkdir(parents=True)
    (sessions / "code.json").write_text(json.dumps({
        "model": "stories260K", "system": "", "parameters": [],
        "messages": [{"role": "user", "content": "Code?"}, {"role": "assistant", "content": answer}]}))
    with Chat(home, model="code", columns=40) as chat:
        rows = chat.screen()
        assert rows[rows.index(">>> Code?") + 1:] == [
            "Here it is, in words that are", "wrapped:", "```python", code[0][:40].rstrip(), code[0][40:],
            code[1], "", "        x = 1", "```", "- one", "  - a point of a list that is", "  longer than a row", "",
            ">>> " + HINT], rows
        shown = chat.written[chat.written.index(b"```python"):]
        assert shown.startswith("\r\n".join(["```python", *code, "```", ""]).encode()), shown
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
        wanted = not sys.argv[4:] or any(word in name for word in sys.argv[4:])
        if not name.startswith("test_") or not wanted:
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
