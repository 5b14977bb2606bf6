"""Drives a program behind a terminal as a person would: keys go in, the screen is looked at.

    with PyteSession(["straddle", "run", "MODEL"], columns=60) as session:
        session.keys("hello", "ctrl-a", "right")
        session.expect([">>> hello"], cursor=(0, 5))

Two terminals, because they differ where it matters: pyte (in this process; sees every byte, breaks no
row when its window shrinks, loses its way at joined emoji) and tmux (emoji; breaks rows). Debian's
python3-pexpect, python3-pyte and tmux; without them `missing()` says what lacks.
"""
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unicodedata

try:
    import pexpect
    import pyte
except ImportError:
    pexpect = pyte = None

PATIENCE = 120  # seconds until what is expected must be there; the machine may be busy

KEYS = {
    "enter": b"\r", "tab": b"\t", "escape": b"\x1b", "backspace": b"\x7f", "delete": b"\x1b[3~",
    "up": b"\x1b[A", "down": b"\x1b[B", "right": b"\x1b[C", "left": b"\x1b[D",
    "home": b"\x1b[H", "end": b"\x1b[F", "alt-b": b"\x1bb", "alt-f": b"\x1bf",
    "ctrl-right": b"\x1b[1;5C", "ctrl-left": b"\x1b[1;5D", "alt-enter": b"\x1b\r",
}
KEYS.update({"ctrl-" + letter: bytes([ord(letter) - 96]) for letter in "abcdefghijklmnopqrstuvwxyz"})


def missing(*needed):
    """Of "pyte" and "tmux", what cannot be used here; empty where all is there."""
    have = {"pyte": pyte is not None, "tmux": shutil.which("tmux") is not None}
    return [name for name in needed if not have[name]]


def encode(key):
    """A key by its name, else text as it is."""
    return key if isinstance(key, bytes) else KEYS.get(key, key.encode())


def paste(text):
    """What a terminal sends for a paste: marks around it, newlines as carriage returns."""
    return b"\x1b[200~" + text.encode().replace(b"\n", b"\r") + b"\x1b[201~"


class Session:
    """What both have in common. A subclass has send(bytes), screen() and cursor()."""

    def keys(self, *keys):
        for key in keys:
            self.send(encode(key))

    def wait(self, holds, what):
        end = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > end:
                raise AssertionError("%s\nscreen, cursor %s:\n%s" % (
                    what, self.cursor(), "\n".join("  |" + row for row in self.screen())))
            time.sleep(0.01)

    def expect(self, rows, cursor=None):
        """The screen ends with these rows (as visible() gives them); the cursor, if given, is (row of them, column)."""
        def holds():
            screen, (row, column) = self.screen(), self.cursor()
            top = len(screen) - len(rows)
            return screen[max(top, 0):] == rows and (cursor is None or (row - top, column) == cursor)
        self.wait(holds, "expected, cursor %s:\n%s" % (cursor, "\n".join("  |" + row for row in rows)))

    def expect_text(self, text):
        self.wait(lambda: text in "\n".join(self.screen()), "expected on the screen: %r" % text)

    def expect_written(self, text):
        """As expect_text, of what may be gone from the screen again when it is looked at."""
        self.wait(lambda: self.take() and text.encode() in self.written, "expected to be written: %r" % text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def visible(rows):
    """Rows without blanks at their ends and without empty ones at the bottom, accents composed."""
    rows = [unicodedata.normalize("NFC", row).rstrip() for row in rows]
    while rows and not rows[-1]:
        rows.pop()
    return rows


class PyteSession(Session):
    """The program on a terminal of this process. `written` is every byte that it has written."""

    def __init__(self, command, columns=40, rows=12, env=None, term="linux"):
        self.pyte_screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.pyte_screen)
        self.written = b""
        self.child = pexpect.spawn(command[0], list(command[1:]), dimensions=(rows, columns), echo=True,
                                   env={**os.environ, "TERM": term, "LANG": "C.UTF-8", **(env or {})})
        os.set_blocking(self.child.child_fd, False)

    def send(self, data):
        terminal = self.child.child_fd
        while data:
            readable, writable, _ = select.select([terminal], [terminal], [])
            if readable and not self.take():
                return
            if writable:
                data = data[os.write(terminal, data[:1 << 16]):]

    def take(self, timeout=0):
        """Shows what has been written; False at its end."""
        try:
            while True:
                data = self.child.read_nonblocking(1 << 16, timeout)
                self.written += data
                self.stream.feed(data)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False

    def screen(self):
        self.take()
        # The second column of a wide character is an empty cell.
        return visible("".join(row[x].data for x in range(self.pyte_screen.columns))
                       for row in (self.pyte_screen.buffer[y] for y in range(self.pyte_screen.lines)))

    def cursor(self):
        self.take()
        return self.pyte_screen.cursor.y, self.pyte_screen.cursor.x

    def resize(self, columns, rows):
        self.take()
        self.pyte_screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def processor_seconds(self):
        """That the program has used: other work on the machine does not count."""
        with open("/proc/%d/stat" % self.child.pid) as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def signal(self, number):
        self.child.kill(number)

    def hang_up(self):
        """The terminal is gone, as when its window is closed."""
        self.take()
        self.child.ptyproc.fileobj.close()

    def end(self):
        """Waits for the program's end: its exit status, or minus the signal that ended it."""
        self.wait(lambda: not self.take(0.01), "expected: the end of the program")
        self.child.wait()
        return -self.child.signalstatus if self.child.exitstatus is None else self.child.exitstatus

    def close(self):
        self.child.close(force=True)


class TmuxSession(Session):
    """The program in a tmux of its own."""

    def __init__(self, command, columns=40, rows=12, env=None):
        self.folder = tempfile.TemporaryDirectory()
        settings = ["-e" + name + "=" + value for name, value in (env or {}).items()]
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), *settings, "--", *command)

    def tmux(self, *words):
        return subprocess.run(["tmux", "-u", "-S", self.folder.name + "/socket", "-f", "/dev/null", *words],
                              check=True, stdout=subprocess.PIPE, env={**os.environ, "LANG": "C.UTF-8"}).stdout.decode()

    def send(self, data):
        for at in range(0, len(data), 500):
            self.tmux("send-keys", "-H", *["%02x" % byte for byte in data[at:at + 500]])

    def screen(self):
        return visible(self.tmux("capture-pane", "-p").split("\n"))

    def cursor(self):
        row, column = self.tmux("display-message", "-p", "#{cursor_y} #{cursor_x}").split()
        return int(row), int(column)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self):
        subprocess.run(["tmux", "-S", self.folder.name + "/socket", "kill-server"], check=False,
                       stderr=subprocess.DEVNULL)
        self.folder.cleanup()
