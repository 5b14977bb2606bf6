#!/usr/bin/env python3
"""Emoji and broken rows behind tmux. Usage: emoji_test.py ECHO_LINES [unittest's words]

tmux draws a family of joined emoji in two columns, a skin tone in two more; the cursor must stand where
the text says it does, whatever the terminal makes of the columns.
"""
import sys
import unittest

import session
from session import TmuxSession

ECHO_LINES = sys.argv.pop(1)
EMPTY = ">>> Send a message"
FAMILY = "👨\u200d👩\u200d👧"
WAVE = "👋🏽"
HEART = "❤\ufe0f"
FLAG = "🇯🇵"


def start(columns=40, rows=12):
    opened = TmuxSession([ECHO_LINES], columns, rows, {"HISTORY": "", "EDITOR": "", "NO_COLOR": ""})
    opened.expect([EMPTY], (0, 4))
    return opened


class Emoji(unittest.TestCase):
    def test_a_cluster_is_one_character(self):
        for name, cluster in (("family", FAMILY), ("wave", WAVE), ("heart", HEART), ("flag", FLAG)):
            with self.subTest(name), start() as s:
                s.keys("a" + cluster + "b", "left", "left", "x")
                s.expect([">>> ax" + cluster + "b"], (0, 6))
                s.keys("right", "backspace")
                s.expect([">>> axb"], (0, 6))
                s.keys(cluster, "enter")
                s.expect([">>> ax" + cluster + "b", 'line "ax' + cluster + 'b"', EMPTY], (2, 4))

    def test_cursor_behind_it(self):
        """Where a character typed behind the cluster appears, there the cursor stands."""
        for name, cluster in (("family", FAMILY), ("wave", WAVE), ("heart", HEART), ("flag", FLAG)):
            with self.subTest(name), start() as s:
                s.keys(cluster, "yz")
                s.expect([">>> " + cluster + "yz"])
                end = s.cursor()[1]
                s.keys("left", "left")
                s.expect([">>> " + cluster + "yz"], (0, end - 2))

    def test_rows_of_emoji(self):
        for cluster in (FAMILY, WAVE, HEART, FLAG):
            with self.subTest(cluster), start(columns=20) as s:
                s.keys(cluster * 12, "ctrl-a", "x", "enter")
                s.expect_text(">>> x")
                s.wait(lambda: s.screen()[-1] == EMPTY, "expected: the prompt")
                shown = "".join(row[4:] for row in s.screen()[:-1] if row[:4] in (">>> ", "    "))
                self.assertEqual(shown, "x" + cluster * 12)


class Resize(unittest.TestCase):
    def test_rows_that_the_terminal_broke(self):
        with start(columns=60) as s:
            s.keys("before", "enter", "0123456789abcdefghijklmnopqrstuvwxyz", "left", "left")
            s.expect(['line "before"', ">>> 0123456789abcdefghijklmnopqrstuvwxyz"], (1, 38))
            s.resize(20, 12)
            s.expect(['line "before"', ">>> 0123456789abcde", "    fghijklmnopqrst", "    uvwxyz"], (3, 8))
            s.resize(60, 12)
            s.expect(['line "before"', ">>> 0123456789abcdefghijklmnopqrstuvwxyz"], (1, 38))
            s.keys("!", "enter")
            s.expect(['line "0123456789abcdefghijklmnopqrstuvwx!yz"', EMPTY])


if __name__ == "__main__":
    if session.missing("tmux"):
        print("skipped: tmux is not installed")
        sys.exit(77)
    unittest.main()
