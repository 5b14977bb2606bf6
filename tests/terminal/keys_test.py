#!/usr/bin/env python3
"""The line editor, key by key, behind a terminal. Usage: keys_test.py ECHO_LINES [unittest's words]"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import session
from session import PyteSession, paste

ECHO_LINES = sys.argv.pop(1)
EMPTY = ">>> Send a message"


def start(columns=40, rows=12, words=(), term="linux", **env):
    """A session in which the first prompt stands; without history unless HISTORY is given."""
    opened = PyteSession([ECHO_LINES, *words], columns, rows, {"HISTORY": "", "EDITOR": "", "NO_COLOR": "", **env}, term)
    opened.expect_text(">>>")
    return opened


# (name, keys, what stands after the prompt, column of the cursor behind the prompt)
ONE_ROW = [
    ("typed", ["hello"], "hello", 5),
    ("line start", ["hello", "ctrl-a", "X"], "Xhello", 1),
    ("home", ["hello", "home", "X"], "Xhello", 1),
    ("line end", ["hello", "ctrl-a", "ctrl-e", "X"], "helloX", 6),
    ("end", ["hello", "home", "end", "X"], "helloX", 6),
    ("back and forth", ["hello", "ctrl-b", "ctrl-b", "ctrl-f", "X"], "hellXo", 5),
    ("arrows", ["hello", "left", "left", "right", "X"], "hellXo", 5),
    ("arrows stop", ["ab", "left", "left", "left", "X", "end", "right", "Y"], "XabY", 4),
    ("word left", ["one two three", "alt-b", "alt-b", "X"], "one Xtwo three", 5),
    ("word right", ["one two three", "ctrl-a", "alt-f", "X"], "oneX two three", 4),
    ("ctrl and arrows", ["one two", "ctrl-left", "X", "ctrl-a", "ctrl-right", "Y"], "oneY Xtwo", 4),
    ("backspace", ["hello", "backspace", "ctrl-h"], "hel", 3),
    ("delete", ["hello", "ctrl-a", "delete", "ctrl-d"], "llo", 0),
    ("erase word", ["one two  ", "ctrl-w"], "one", 4),
    ("erase word inside", ["one two three", "alt-b", "ctrl-w"], "one three", 4),
    ("erase to the end", ["hello", "left", "left", "ctrl-k"], "hel", 3),
    ("erase to the start", ["hello", "left", "left", "ctrl-u"], "lo", 0),
    ("tab", ["a", "tab", "b"], "a        b", 10),
    ("tab, one", ["/se", "tab", "x"], "/set x", 6),
    ("tab, one of Japanese", ["日", "tab", "x"], "日本語 です x", 13),
    ("tab, inside", ["/se y", "left", "left", "tab"], "/set  y", 5),
    ("tab, the common beginning", ["/sh", "tab", "l", "tab", "s", "tab"], "/show list ", 11),
    ("tab, none", ["/x", "tab", "y"], "/x        y", 11),
    ("Japanese", ["日本語"], "日本語", 6),
    ("Japanese, inside", ["日本語", "left", "left", "X"], "日X本語", 3),
    ("Japanese, backspace", ["日本語", "left", "backspace"], "日語", 2),
    ("Japanese, erase to the end", ["日本語", "ctrl-a", "right", "ctrl-k"], "日", 2),
    ("a mark goes with its letter", ["ae\u0301b", "left", "left", "X"], "aX\u00e9b", 2),
    ("a mark is erased with its letter", ["ae\u0301b", "left", "backspace"], "ab", 1),
    ("invalid UTF-8", [b"a\xff\xe6\x97b"], "a\ufffd\ufffd\ufffdb", 5),
    ("unknown sequences", [b"a\x1b[99;99~\x1b[<1;2;3M\x1bx\x1bOxb\x00\x1c"], "ab", 2),
    ("sent in single bytes", [bytes([b]) for b in "é日".encode() + b"\x1b[D"], "é日", 1),
    ("C1 controls", ["a\u009b31mb"], "a31mb", 5),
    ("enough Down", ["ab", "down", "down", "ctrl-n", "c"], "abc", 3),
]


class Keys(unittest.TestCase):
    def test_table(self):
        with start() as s:
            for name, keys, text, column in ONE_ROW:
                with self.subTest(name):
                    s.keys("ctrl-c", "ctrl-l", *keys)
                    s.expect([(">>> " + text).rstrip()], None if column is None else (0, 4 + column))

    def test_line_is_what_was_typed(self):
        with start() as s:
            s.keys("a \"quote\" 日本", "enter")
            s.expect([">>> a \"quote\" 日本", 'line "a \\"quote\\" 日本"', EMPTY], (2, 4))
            s.keys("enter")
            s.expect(['line ""', EMPTY])

    def test_placeholder_vanishes_at_the_first_key(self):
        with start() as s:
            s.expect([EMPTY], (0, 4))
            s.keys("x")
            s.expect([">>> x"], (0, 5))
            s.keys("backspace")
            s.expect([EMPTY], (0, 4))
            s.keys("enter")
            s.expect([">>>", 'line ""', EMPTY])

    def test_interrupt_and_end(self):
        with start() as s:
            s.keys("ctrl-c")
            s.expect([">>>", 'interrupted ""', EMPTY])
            s.keys("some text", "left", "ctrl-c")
            s.expect([">>> some text", 'interrupted "some text"', EMPTY])
            s.keys("ctrl-d")
            s.expect([">>>", 'end ""'])
            self.assertEqual(s.end(), 0)

    def test_one_ctrl_c_after_another(self):
        with start() as s:
            for i in range(30):
                s.send(b"\x03a%d\x03\x03b" % i)
                s.expect(['interrupted "a%d"' % i, ">>>", 'interrupted ""', ">>> b"])

    def test_clear_screen(self):
        with start() as s:
            s.keys("one", "enter", "two", "left", "ctrl-l")
            s.expect([">>> two"], (0, 6))
            self.assertEqual(s.screen(), [">>> two"])

    def test_keys_typed_early(self):
        with start(words=["--wait", "1"]) as s:
            s.keys("one", "enter")
            s.expect_text('line "one"')
            s.expect_written("thinking \u280b")
            s.keys("two", "enter", "three")
            s.expect([">>> one", 'line "one"', ">>> two", 'line "two"', ">>> three"], (4, 9))


class Completion(unittest.TestCase):
    def test_a_second_tab_lists_the_choice(self):
        with start() as s:
            s.keys("/sh", "tab")
            s.expect([">>> /show"], (0, 10))
            s.keys("tab")
            s.expect([">>> /show", "info     licence  list", ">>> /show"], (2, 10))
            s.keys("li", "tab", "enter")
            s.expect([">>> /show li", 'line "/show li"', EMPTY])

    def test_what_is_sure_is_put_in_before_anything_is_listed(self):
        with start() as s:
            s.keys("/s", "tab", "tab")
            s.expect([">>> /s", "/set           /show info", "/show licence  /show list", ">>> /s"])

    def test_the_list_stands_below_a_message_of_more_rows(self):
        with start(rows=6) as s:
            s.keys("/show ", "tab", "left", "right", "tab", "tab")
            s.expect([">>> /show", "info     licence  list", ">>> /show"], (2, 10))
            s.keys("ctrl-a", "日本", "tab", "ctrl-k", "enter")
            s.expect_text('line "日本語 です "')


class Rows(unittest.TestCase):
    def test_newline(self):
        with start() as s:
            s.keys("one", "ctrl-j", "two", "alt-enter", "three")
            s.expect([">>> one", "... two", "... three"], (2, 9))
            s.keys("ctrl-a", "backspace")
            s.expect([">>> one", "... twothree"], (1, 7))
            s.keys("enter")
            s.expect([">>> one", "... twothree", 'line "one\\ntwothree"', EMPTY])

    def test_up_and_down_go_by_rows(self):
        with start() as s:
            s.keys("long one", "ctrl-j", "b", "ctrl-j", "long three", "up")
            s.expect([">>> long one", "... b", "... long three"], (1, 5))
            s.keys("up")
            s.expect([">>> long one", "... b", "... long three"], (0, 12))
            s.keys("down", "down")
            s.expect([">>> long one", "... b", "... long three"], (2, 14))

    def test_long_line(self):
        with start(columns=20) as s:
            s.keys("0123456789abcdefghij")
            s.expect([">>> 0123456789abcde", "    fghij"], (1, 9))
            s.keys("up", "X")
            s.expect([">>> 01234X56789abcd", "    efghij"], (0, 10))
            s.keys("ctrl-a", "delete", "delete", "delete", "delete", "delete", "delete")
            s.expect([">>> 56789abcdefghij"], (0, 4))
            s.keys("end")
            s.expect([">>> 56789abcdefghij"], (0, 19))
            s.keys("k")
            s.expect([">>> 56789abcdefghij", "    k"], (1, 5))
            s.keys("backspace", "backspace")
            s.expect([">>> 56789abcdefghi"], (0, 18))

    def test_wide_character_at_the_margin(self):
        with start(columns=20) as s:
            s.keys("日本語日本語日")  # 14 of 15 columns
            s.expect([">>> 日本語日本語日"], (0, 18))
            s.keys("本")
            s.expect([">>> 日本語日本語日", "    本"], (1, 6))
            s.keys("left", "left")
            s.expect([">>> 日本語日本語日", "    本"], (0, 16))
            s.keys("x")
            s.expect([">>> 日本語日本語x日", "    本"], (0, 17))
            s.keys("up", "enter")
            s.expect(['line "日本語日本語x日', '本"', EMPTY])

    def test_message_taller_than_the_window(self):
        with start(rows=5) as s:
            for i in range(9):
                s.keys("row %d" % i, "ctrl-j")
            s.expect(["... row 5", "... row 6", "... row 7", "... row 8", "..."], (4, 4))
            s.keys(*["up"] * 7)
            s.expect(["... row 2", "... row 3", "... row 4", "... row 5", "... row 6"], (0, 4))
            s.keys("X", *["up"] * 2)
            s.expect([">>> row 0", "... row 1", "... Xrow 2", "... row 3", "... row 4"], (0, 5))
            s.keys("enter")
            s.expect_text('Xrow 2\\nrow 3')

    def test_at_the_bottom_of_the_screen(self):
        with start(rows=4) as s:
            s.keys("a", "enter", "b", "enter")
            s.expect([">>> b", 'line "b"', EMPTY], (2, 4))
            s.keys("one", "ctrl-j", "two", "ctrl-j", "three", "up", "up", "X")
            s.expect([">>> oneX", "... two", "... three"], (0, 8))


class Resize(unittest.TestCase):
    def test_wider_and_narrower(self):
        with start(columns=30) as s:
            s.keys("before", "enter", "0123456789abcdefghijklmnopqrst", "left", "left")
            s.expect(['line "before"', ">>> 0123456789abcdefghijklmno", "    pqrst"], (2, 7))
            s.resize(50, 12)
            s.expect(['line "before"', ">>> 0123456789abcdefghijklmnopqrst"], (1, 32))
            s.resize(20, 12)
            s.expect(['line "before"', ">>> 0123456789abcde", "    fghijklmnopqrst"], (2, 17))
            s.keys("X")
            s.expect([">>> 0123456789abcde", "    fghijklmnopqrXs", "    t"], (1, 18))

    def test_narrower_than_the_prompt(self):
        with start(columns=30) as s:
            s.keys("hello 日本")
            s.resize(6, 12)
            s.expect(["hello", " 日本"], (1, 5))
            s.resize(30, 12)
            s.expect([">>> hello 日本"], (0, 14))


class Pasting(unittest.TestCase):
    def test_newlines_stay(self):
        with start() as s:
            s.keys(paste("one\ntwo\tx\n日本"))
            s.expect([">>> one", "... two        x", "... 日本"], (2, 8))
            s.keys("enter")
            s.expect_text('line "one\\ntwo\\tx\\n日本"')

    def test_controls_are_dropped(self):
        with start() as s:
            s.keys(b"\x1b[200~a\x1b[31mb\x07\x03\x04c\x1b[20\x1b]0;t\x07\x9bd\r\ne\x1b[201~")
            s.expect([">>> a[31mbc[20]0;t\ufffdd", "... e"], (1, 5))

    def test_in_the_middle(self):
        with start() as s:
            s.keys("ad", "left", paste("b\nc"))
            s.expect([">>> ab", "... cd"], (1, 5))

    def test_a_megabyte_is_fast(self):
        with start() as s:
            for text in ("word " * 200000 + "\n", "日本語 " * 100000):
                begin = s.processor_seconds()
                s.keys(paste(text), "enter")
                s.expect_text("line %d bytes" % len(text.encode()))
                taken = s.processor_seconds() - begin
                print("pasted %.1f MB in %.2f s" % (len(text.encode()) / 1e6, taken))
                self.assertLess(taken, 1)
                s.keys("ctrl-l")

    def test_a_megabyte_typed(self):
        with start() as s:
            s.keys(b"x" * 1000000, "enter")
            s.expect_text("line 1000000 bytes")

    def test_limit(self):
        with start() as s:
            s.send(b"\x1b[200~" + (b"y" * 1023 + b"\r") * (17 << 10) + b"\x1b[201~")
            s.keys("enter")
            s.expect_text("line %d bytes" % 16_000_000)
            self.assertIn(b"\a", s.written)


class Histories(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = folder.name + "/deeper/history"

    def test_up_down_and_the_draft(self):
        with start(HISTORY=self.path) as s:
            s.keys("first", "enter", "second", "enter", "dra日", "up")
            s.expect([">>> second"], (0, 10))
            s.keys("ctrl-p")
            s.expect([">>> first"], (0, 9))
            s.keys("up", "down")
            s.expect([">>> second"], (0, 10))
            s.keys("ctrl-n")
            s.expect([">>> dra日"], (0, 9))

    def test_rows_first(self):
        with start(HISTORY=self.path) as s:
            s.keys("old", "enter", "one", "ctrl-j", "two", "enter", "up")
            s.expect([">>> one", "... two"], (1, 7))
            s.keys("up")
            s.expect([">>> one", "... two"], (0, 7))
            s.keys("up")
            s.expect(['line "one\\ntwo"', ">>> old"], (1, 7))
            s.keys("down", "enter")
            s.expect(['line "one\\ntwo"', EMPTY])

    def test_kept_in_a_file(self):
        with start(HISTORY=self.path) as s:
            s.keys("one", "ctrl-j", "two", "enter", "last", "enter")
            s.expect(['line "last"', EMPTY])
        with start(HISTORY=self.path) as s:
            s.keys("up", "up")
            s.expect([">>> one", "... two"])

    def test_a_file_cannot_write_to_the_terminal(self):
        os.mkdir(os.path.dirname(self.path))
        with open(self.path, "wb") as file:
            file.write(b"\x1b]0;owned\x07\x1b[2Jx\xff\n")
        with start(HISTORY=self.path) as s:
            s.keys("up")
            s.expect([">>> ]0;owned[2Jx\ufffd"])

    def test_warns_once(self):
        with start(HISTORY="/dev/null/history") as s:
            s.keys("one", "enter")
            s.expect_text("Warning: /dev/null/history: cannot")
            s.keys("ctrl-l", "two", "enter", "up", "up")
            s.expect([">>> one"])
            self.assertEqual(s.written.count(b"Warning"), 1)


class Searches(unittest.TestCase):
    def setUp(self):
        self.s = start(columns=60)
        self.addCleanup(self.s.close)
        for message in ("the first thing", "日本の首都", "the last thing"):
            self.s.keys(message, "enter")
            self.s.expect_text('line "%s"' % message)
        self.s.keys("ctrl-l", "draft", "left", "ctrl-r")
        self.s.expect(["(search)`': draft"], (0, 16))

    def test_letter_by_letter_and_on(self):
        self.s.keys("th")
        self.s.expect(["(search)`th': the last thing"], (0, 23))
        self.s.keys("e")
        self.s.expect(["(search)`the': the last thing"], (0, 15))
        self.s.keys("ctrl-r")
        self.s.expect(["(search)`the': the first thing"], (0, 15))
        self.s.keys("ctrl-r")
        self.s.expect(["(failed search)`the': the first thing"], (0, 22))
        self.s.keys("enter")
        self.s.expect([">>> the first thing", 'line "the first thing"', EMPTY])

    def test_backspace_looks_again(self):
        self.s.keys("日x")
        self.s.expect(["(failed search)`日x': draft"])
        self.s.keys("backspace")
        self.s.expect(["(search)`日': 日本の首都"], (0, 14))

    def test_taken_for_editing(self):
        for key, column in (("escape", 8), ("right", 9), ("left", 7), ("ctrl-e", 18)):
            with self.subTest(key):
                self.s.keys("ctrl-r", "last", key)
                self.s.expect([">>> the last thing"], (0, column))

    def test_given_up(self):
        for key in ("ctrl-c", "ctrl-g"):
            with self.subTest(key):
                self.s.keys("last")
                self.s.expect_text("': the last thing")
                self.s.keys(key)
                self.s.expect([">>> draft"], (0, 8))
                self.s.keys("ctrl-r")

    def test_what_it_finds_has_more_rows(self):
        self.s.keys("ctrl-g", "ctrl-u", "ctrl-k", "one", "ctrl-j", "two", "enter")
        self.s.expect_text('line "one\\ntwo"')
        self.s.keys("ctrl-l", "ctrl-r", "two")
        self.s.expect(["(search)`two': one", "... two"], (1, 4))
        self.s.keys("ctrl-g")
        self.s.expect([EMPTY], (0, 4))


class Processes(unittest.TestCase):
    def ends_by(self, number, folder):
        """A signal while something is typed, under a shell: its own terminal settings before and after."""
        files = [folder + "/before", folder + "/after"]
        with PyteSession(["bash", "--norc"], env={"PS1": "$ ", "HISTORY": ""}) as s:
            s.expect_text("$")
            s.keys("stty -a > %s; %s; stty -a > %s" % (files[0], ECHO_LINES, files[1]), "enter")
            s.expect_text("Send a message")
            s.keys("typed")
            s.expect_text(">>> typed")
            with open("/proc/%d/task/%d/children" % (s.child.pid, s.child.pid)) as children:
                os.kill(int(children.read()), number)
            s.wait(lambda: s.screen()[-1] == "$", "expected: the shell's prompt")
            self.assertGreater(s.written.rindex(b"\x1b[?2004l"), s.written.rindex(b"typed"))
        return [pathlib.Path(path).read_text() for path in files]

    def test_signals_end_the_program_and_the_terminal_is_as_before(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV):
            with self.subTest(number), tempfile.TemporaryDirectory() as folder:
                before, after = self.ends_by(number, folder)
                self.assertEqual(before, after)

    def test_interrupt_from_outside(self):
        with start() as s:
            s.keys("abc")
            s.expect([">>> abc"])
            s.signal(signal.SIGINT)
            s.expect(['interrupted "abc"', EMPTY])

    def test_suspend_and_foreground(self):
        with PyteSession(["bash", "--norc", "--noprofile", "-i"], columns=60, env={"PS1": "$ ", "HISTORY": ""}) as s:
            s.keys("bind 'set enable-bracketed-paste off'; clear; " + ECHO_LINES, "enter")
            s.expect_text("Send a message")
            s.keys("one", "ctrl-j", "two", "up", "ctrl-z")
            s.wait(lambda: s.screen()[-1] == "$", "expected: the shell's prompt")
            s.keys("echo in between", "enter")
            s.expect(["in between", "$"])
            s.keys("fg", "enter")
            s.expect([">>> one", "... two"], None)
            s.keys("X", "enter")
            s.expect(['line "oneX\\ntwo"', EMPTY])

    def test_the_terminal_goes_away(self):
        with start() as s:
            s.keys("text")
            s.hang_up()
            s.wait(lambda: not s.child.isalive(), "expected: the end of the program")

    def test_external_editor(self):
        with tempfile.TemporaryDirectory() as folder:
            editor = folder + "/editor"
            with open(editor, "w") as file:
                file.write("#!/bin/sh\n[ -t 0 ] && [ -t 1 ] && sed -i 's/two/2\\n日本/' \"$1\" && stat -c %a \"$1\" > "
                           + folder + "/mode\n")
            os.chmod(editor, 0o755)
            with start(EDITOR=editor, TMPDIR=folder) as s:
                s.keys("one two", "ctrl-g")
                s.expect([">>> one 2", "... 日本"], (1, 8))
                s.keys("!", "enter")
                s.expect(['line "one 2\\n日本!"', EMPTY])
            self.assertEqual(sorted(os.listdir(folder)), ["editor", "mode"])
            with open(folder + "/mode") as file:
                self.assertEqual(file.read(), "600\n")

    def test_external_editor_fails(self):
        for editor, said in (("/no/editor", "cannot start"), ("false", "ended with an error"), ("", "no editor is set")):
            with self.subTest(editor), start(columns=70, EDITOR=editor) as s:
                s.keys("text", "ctrl-g")
                s.expect_text(said)
                s.expect([">>> text"], (0, 8))


class Plain(unittest.TestCase):
    def test_dumb_terminal(self):
        for term in ("dumb", ""):
            with self.subTest(term), start(term=term) as s:
                s.keys(b"hello\n")
                s.expect(['line "hello"', ">>>"], (1, 4))
                s.keys(b"\x03")
                s.expect(['>>> ^C', 'interrupted ""', ">>>"], (2, 4))
                s.keys(b"\x04")
                self.assertEqual(s.end(), 0)
                self.assertNotIn(b"\x1b", s.written)

    def run_piped(self, data, **how):
        return subprocess.run([ECHO_LINES], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              env={**os.environ, "TERM": "xterm"}, **how)

    def test_pipe(self):
        done = self.run_piped("one\ntwo 日本\r\n\x1b[31mlast".encode())
        self.assertEqual(done.stdout.decode(), 'line "one"\nline "two 日本"\nline "[31mlast"\nend ""\n')
        self.assertEqual(done.returncode, 0)

    def test_empty_pipe(self):
        self.assertEqual(self.run_piped(b"").stdout, b'end ""\n')

    def test_endless_line(self):
        done = self.run_piped(b"x" * (100 << 20))
        self.assertEqual(done.stderr, b"input: a line is longer than 16 MB (send less at once)\n")
        self.assertEqual(done.returncode, 1)

    def test_closed_output(self):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.Popen([ECHO_LINES], stdin=subprocess.PIPE, stdout=writing, stderr=subprocess.PIPE)
        self.assertEqual(done.communicate(b"one\n", timeout=20)[1], b"")
        os.close(writing)

    def test_no_colour(self):
        with start(NO_COLOR="1") as s:
            s.expect([">>>"], (0, 4))
            self.assertNotIn(b"\x1b[38", s.written)


if __name__ == "__main__":
    if session.missing("pyte"):
        print("skipped: python3-pexpect or python3-pyte is not installed")
        sys.exit(77)
    unittest.main()
