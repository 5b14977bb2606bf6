#!/usr/bin/env python3
"""Plans over two CPU devices beside what `straddle bench` then measures, at several caps of the second one. On a
machine where nothing else runs: what disturbs it shows as spread.

Usage: bench/two_devices.py STRADDLE MODEL.gguf [--depth N] [--caps SIZE,SIZE] [--turns N] [--measure]
       bench/two_devices.py STRADDLE MODEL.gguf --overlap: at the largest cap, from --trace, how much of the time of
       the device that computes less lies inside the other's, and what crossings take of a token; medians over Steps
"""
import argparse
import collections
import json
import pathlib
import statistics
import subprocess
import tempfile

LIST = ("--device", "cpu,cpu")
PROMPT = 512  # tokens that bench has room for behind the depth


def straddle(program, *words):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit("straddle %s: %s" % (" ".join(map(str, words)), done.stderr.strip()))
    return done.stdout


def plan(program, model, depth, cap):
    """The plan for the context that bench asks for, filled as deep as it decodes."""
    context = depth + PROMPT
    flags = ("--ctx", context, "--fill", depth / context) + (LIST + ("--vram", cap) if cap is not None else ())
    return json.loads(straddle(program, "plan", model, *flags, "--json"))


def bench(program, model, depth, cap, prompts):
    flags = LIST + ("--vram", cap) if cap is not None else ()
    out = json.loads(straddle(program, "bench", model, "--rows", 1, "--depth", depth, "--repeat", 3, "--json", *flags,
                              *prompts))
    return next(case["tokens_per_s"] for case in out["cases"] if case["name"] == "decode"), out["read_GBps"]


# ---- from a trace

def without(spans, holes):
    """The parts of sorted spans that lie in no hole."""
    out = []
    for begin, end in spans:
        for low, high in holes:
            if low < end and high > begin:
                if low > begin:
                    out.append((begin, low))
                begin = max(begin, high)
        if begin < end:
            out.append((begin, end))
    return out


def length(spans):
    return sum(end - begin for begin, end in spans)


def common(one, other):
    return length(one) - length(without(one, other))


def step_shares(events):
    """Of a Step: overlap, crossings as a share of its time."""
    of = collections.defaultdict(lambda: collections.defaultdict(list))  # device, category
    for event in sorted(events, key=lambda event: event["ts"]):
        category = "stage" if event["cat"] == "stage" else "idle"
        of[event["pid"]][category].append((event["ts"], event["ts"] + event["dur"], event["name"]))
    busy, stages = {}, collections.defaultdict(list)
    for device, kinds in of.items():
        idle = [span[:2] for span in kinds["idle"]]
        busy[device] = without([span[:2] for span in kinds["stage"]], idle)
        for begin, end, name in kinds["stage"]:
            stages[name].append(length(without([(begin, end)], idle)))
    shorter, longer = sorted(busy.values(), key=length)
    whole = max(e["ts"] + e["dur"] for e in events) - min(e["ts"] for e in events)
    return common(shorter, longer) / max(length(shorter), 1e-9), 1 - sum(map(max, stages.values())) / whole


def overlap(program, model, depth, cap, prompts):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "trace.json"
        straddle(program, "bench", model, "--rows", 1, "--depth", depth, "--repeat", 15, *LIST, "--vram", cap, *prompts,
                 "--trace", file)
        steps = collections.defaultdict(list)
        for event in json.loads(file.read_text())["traceEvents"]:
            if event["ph"] == "X" and event["args"]["rows"] == 1:
                steps[event["args"]["step"]].append(event)
    shares = [step_shares(events) for events in steps.values() if len({event["pid"] for event in events}) == 2]
    together, crossing = (statistics.median(column) for column in zip(*shares))
    print("cap %s, %d Steps: %.0f %% of the shorter device's time lies inside the other's; crossings and waits that no "
          "device is longest in take %.1f %% of a token" % (cap, len(shares), 100 * together, 100 * crossing))


def no_prompts(program):
    """bench measures prompts too where it cannot be told not to."""
    return ("--prompts", "0") if "--prompts" in straddle(program, "bench", "--help") else ()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("model")
    parser.add_argument("--depth", type=int, default=64)
    parser.add_argument("--caps", default="", help="of the second device; default: 0.1, 0.25 and 0.5 of the weights")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--overlap", action="store_true", help="how much both devices work at the same time")
    parser.add_argument("--measure", action="store_true", help="the machine first: alone, and both at the same time")
    return parser.parse_args()


def main():
    asked = arguments()
    if asked.measure:
        straddle(asked.program, "devices", "--measure")
        straddle(asked.program, "devices", "--measure", *LIST)
    weights = sum(d["weights"] for d in plan(asked.program, asked.model, asked.depth, None)["devices"])
    caps = asked.caps.split(",") if asked.caps else [int(weights * share) for share in (0.1, 0.25, 0.5)]
    if asked.overlap:
        return overlap(asked.program, asked.model, asked.depth, caps[-1], no_prompts(asked.program))
    measured, reads, prompts = {cap: [] for cap in [None, *caps]}, [], no_prompts(asked.program)
    for _ in range(asked.turns):
        for cap, speeds in measured.items():
            speed, read = bench(asked.program, asked.model, asked.depth, cap, prompts)
            speeds.append(speed)
            reads.append(read)
    print("memory was read at %.1f to %.1f GB/s" % (min(reads), max(reads)))
    print("%14s %12s %12s %8s %8s" % ("CAP", "PLANNED", "MEASURED", "SPREAD", "OFF"))
    for cap, speeds in measured.items():
        planned = plan(asked.program, asked.model, asked.depth, cap)["tokens_per_s"]["expected"]
        middle = statistics.median(speeds)
        print("%14s %8.2f t/s %8.2f t/s %6.0f %% %+6.1f %%" % (
            "one device" if cap is None else cap, planned, middle, 100 * (max(speeds) - min(speeds)) / middle,
            100 * (planned / middle - 1)))
    return None


main()
