#!/usr/bin/env python3
"""How fast a large file is pulled from a registry on loopback, beside what curl does with the same file, in turns.

Usage: bench/pull_loopback.py STRADDLE [--gigabytes N] [--runs N] [--folder DIR]

The registry sends by sendfile, so that it costs little. straddle's time has all of a pull: the manifest, the digest,
the file on the disk for good (fsync). curl's has none of these; a second column is curl and `sync` of its file.
Needs room for the file twice, in a folder of its own that goes at the end.
"""
import argparse
import hashlib
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "cli"))
from mock_registry import MockRegistry  # noqa: E402

PIECE = 1 << 24


def write_file(path, size):
    """Of bytes that no disk packs; its digest."""
    sha, noise = hashlib.sha256(), random.Random(21).randbytes(PIECE)
    with open(path, "wb") as file:
        for i in range(size // PIECE):
            piece = (b"GGUF" if i == 0 else i.to_bytes(4, "big")) + noise[4:]
            sha.update(piece)
            file.write(piece)
    return sha.hexdigest()


class FileRegistry(MockRegistry):
    """One model, whose weights are a file."""

    def __init__(self, path):
        super().__init__()
        self.file = open(path, "rb")
        self.size = path.stat().st_size

    def data(self, handler, digest):
        if digest != self.digest:
            return super().data(handler, digest)
        ranged = "Range" in handler.headers
        begin, end = self.range_of(handler, self.size) if ranged else (0, self.size)
        handler.send_response(206 if ranged else 200)
        if ranged:
            handler.send_header("Content-Range", "bytes %d-%d/%d" % (begin, end - 1, self.size))
        handler.send_header("Content-Length", str(end - begin))
        handler.end_headers()
        while begin < end:
            begin += os.sendfile(handler.connection.fileno(), self.file.fileno(), begin, min(PIECE, end - begin))


def most_memory(pid):
    """In MB, so far; 0 where the process has ended."""
    try:
        found = re.search(r"VmHWM:\s*(\d+) kB", pathlib.Path("/proc/%d/status" % pid).read_text())
    except OSError:
        found = None
    return int(found.group(1)) / 1024 if found else 0


def seconds(words, **options):
    """Of the wall and of the processor, and the most memory in MB; asked 50 times a second, as what the system tells
    of a process that has ended counts the one that began it."""
    begin, memory = time.monotonic(), 0
    child = subprocess.Popen(list(map(str, words)), stdout=subprocess.DEVNULL, **options)
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        memory = max(memory, most_memory(child.pid))
        time.sleep(0.02)
    wall = time.monotonic() - begin
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit("%s: exit %d" % (words, os.waitstatus_to_exitcode(status)))
    return wall, used.ru_utime + used.ru_stime, memory


def row(name, size, turns):
    speed, processor, memory = (statistics.median(column) for column in zip(*(
        (size / wall / 1e6, cpu, rss) for wall, cpu, rss in turns)))
    print("%-16s %6.0f MB/s  %5.2f s of processor  %4.0f MB" % (name, speed, processor, memory))
    return speed


def measure(program, folder, size, runs):
    weights, out = folder / "weights", folder / "out"
    digest = write_file(weights, size)
    with FileRegistry(weights) as registry:
        registry.digest = "sha256:" + digest
        text = registry.add("library/large", "latest", [("model", b"GGUF")]).decode()
        small = hashlib.sha256(b"GGUF").hexdigest()
        registry.manifests["library/large", "latest"] = text.replace(small, digest).replace(
            '"size": 4}', '"size": %d}' % size).encode()
        registry.blobs[registry.digest] = None
        address = "%s/data/%s?sig=1" % (registry.url("data"), digest)
        store = {**os.environ, "STRADDLE_MODELS": str(folder / "models")}
        found = {"curl": [], "curl, then sync": [], "straddle": []}
        for _ in range(runs):
            curl = seconds(["curl", "-sf", "-o", out, address])
            synced = seconds(["sync", out])
            out.unlink()
            found["curl"].append(curl)
            found["curl, then sync"].append((curl[0] + synced[0], curl[1] + synced[1], curl[2]))
            found["straddle"].append(seconds([program, "pull", "--insecure", registry.name("library/large")], env=store,
                                             stderr=subprocess.DEVNULL))
            subprocess.run([program, "rm", registry.name("library/large")], env=store, check=True,
                           stdout=subprocess.DEVNULL)
    print("%.2f GB, medians of %d turns" % (size / 1e9, runs))
    speeds = {name: row(name, size, turns) for name, turns in found.items()}
    ratios = [c[0] / s[0] for c, s in zip(found["curl"], found["straddle"])]
    print("straddle of curl: %.2f (of the turns: %s)" % (
        speeds["straddle"] / speeds["curl"], " ".join("%.2f" % ratio for ratio in ratios)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("straddle")
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", help="where to have it (default: the folder of temporary files)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        size = int(given.gigabytes * 1e9) // PIECE * PIECE
        measure(given.straddle, pathlib.Path(folder), size, given.runs)


if __name__ == "__main__":
    main()
