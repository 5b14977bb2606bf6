#!/usr/bin/env python3
"""Whether plans from this machine's own measured profile predict what `bench` then measures.

  prediction.py [--straddle EXE] [--write FILE.md] MODEL.gguf ...

For each model: `devices --measure`, then `bench` (decode, one row, at three depths) and `plan` for the same depths,
both with f16 keys and values; up to --tries times, each with a profile of its own, until every line held. The
profile is kept in a folder of this run, not the user's.

A line says nothing, and is marked invalid, where reading memory moved by more than a tenth: between profile and
case (medians of turns), or among the turns of the case (the middle half of them; the largest less the smallest is
the spread that is printed, and on a shared machine it is nearly always more). Exit 1 where a valid line is off by
more than a tenth, 77 where none is valid.
"""
import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "peers"))
from compare import ROOT, Failure, processor, run, write_section  # noqa: E402

DEPTHS = (0, 1024, 2000)
MOVED = CLOSE = 0.1
SKIPPED = 77


@dataclasses.dataclass
class Line:
    model: str
    depth: int
    predicted: float
    measured: float
    profile_GBps: float
    reads: list
    others: float  # cores that other programs used meanwhile

    def off(self):
        return self.predicted / self.measured - 1

    def moved(self):
        return max(self.middle_half(), abs(self.read_GBps() / self.profile_GBps - 1))

    def read_GBps(self):
        return statistics.median(self.reads)

    def spread(self):
        return (max(self.reads) - min(self.reads)) / self.read_GBps()

    def middle_half(self):
        low, _, high = statistics.quantiles(self.reads, n=4)
        return (high - low) / self.read_GBps()

    def verdict(self):
        if self.moved() > MOVED:
            return "invalid"
        return "holds" if abs(self.off()) <= CLOSE else "OFF"


# ---- what others do

def busy_seconds():
    """Of all cores, since the machine started."""
    first = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()
    user, nice, system = (int(word) for word in first[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def own_seconds():
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


class Others:
    """Cores that other programs use while this is entered."""

    def __enter__(self):
        self.start = datetime.datetime.now()
        self.before = busy_seconds() - own_seconds()
        return self

    def __exit__(self, *_):
        seconds = (datetime.datetime.now() - self.start).total_seconds()
        self.cores = max(0, busy_seconds() - own_seconds() - self.before) / seconds


# ---- what straddle says

class Straddle:
    def __init__(self, program, cache):
        self.program = program
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}

    def json(self, *words):
        return json.loads(run([self.program, *words, "--json"], env=self.environment).stdout)

    def planned(self, model, depth):
        """Tokens per second at a depth: an empty context, or a full one."""
        speeds = self.json("plan", model, "--kv", "f16", "--ctx", str(max(depth, 256)))["tokens_per_s"]
        return speeds["full" if depth else "empty"]

    def lines(self, model, repeat):
        with Others() as others:
            profile = self.json("devices", "--measure")["measured"]["cpu"]
            cases = self.json("bench", model, "--rows", "1", "--prompts", "0", "--kv", "f16", "--repeat", str(repeat),
                              "--depth", ",".join(map(str, DEPTHS)))["cases"]
        return [Line(pathlib.Path(model).stem, case["depth"], self.planned(model, case["depth"]), case["tokens_per_s"],
                     profile["read_GBps"], case["read_turns"], others.cores) for case in cases]


def better(old, new):
    """Of two tries at the same case: the one in which reading moved less."""
    return new if old is None or new.moved() < old.moved() else old


def measure(straddle, models, tries, repeat):
    kept = {}
    for model in models:
        for _ in range(tries):
            for line in straddle.lines(model, repeat):
                print(row(line), flush=True)
                kept[model, line.depth] = better(kept.get((model, line.depth)), line)
            if all(kept[model, depth].moved() <= MOVED for depth in DEPTHS):
                break
    return list(kept.values())


# ---- what is said

def row(line):
    return "| %s | %d | %.2f | %.2f | %+.1f %% | %.1f, %.1f | %.0f, %.0f %% | %.1f | %s |" % (
        line.model, line.depth, line.predicted, line.measured, 100 * line.off(), line.profile_GBps, line.read_GBps(),
        100 * line.spread(), 100 * line.middle_half(), line.others, line.verdict())


def table(lines, tries, repeat):
    head = ["### Planned and measured", "",
            "%s, %d cores; %s; decode of one row, f16 keys and values, %d turns; of up to %d tries, each with a profile "
            "of its own, that in which reading moved least." % (
                processor(), len(os.sched_getaffinity(0)), datetime.date.today(), repeat, tries), "",
            "| model | depth | planned tokens/s | measured | off | read GB/s in profile, in bench | spread, middle half | others, cores |"
            " |", "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    return "\n".join(head + [row(line) for line in lines]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", metavar="MODEL.gguf", nargs="+")
    parser.add_argument("--straddle", default=ROOT / "build" / "release" / "straddle")
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--cache", help="folder for the profiles (default: a temporary one)")
    parser.add_argument("--write", metavar="FILE.md")
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as cache:
            lines = measure(Straddle(given.straddle, given.cache or cache), given.models, given.tries, given.repeat)
    except Failure as failure:
        print("prediction: %s" % failure, file=sys.stderr)
        return 1
    section = table(lines, given.tries, given.repeat)
    print("\n" + section)
    if given.write:
        write_section(pathlib.Path(given.write), "prediction", section)
    verdicts = {line.verdict() for line in lines}
    return 1 if "OFF" in verdicts else 0 if "holds" in verdicts else SKIPPED


if __name__ == "__main__":
    sys.exit(main())
