#!/usr/bin/env python3
"""Two CPU devices of one thread each at work. Whether plans predict them: prediction.py --two.

Usage: bench/two_devices.py STRADDLE MODEL.gguf [--depth N] [--cap SIZE] [--runs N]
           in turns with one device of two threads: decode, medians over the turns in which memory was read within a
           tenth of the median of all; and tokens for each GB that memory gave in the same moment, over all turns
       bench/two_devices.py STRADDLE MODEL.gguf --overlap
           from --trace: how much of the time of the device that computes less lies inside the other's, and what
           crossings take of a token; medians over Steps
The cap is that of the second device; default: half of the weights.
"""
import argparse
import collections
import json
import pathlib
import statistics
import subprocess
import tempfile

LIST = ("--device", "cpu,cpu")
DECODE = ("--rows", 1, "--prompts", 0)
HELD = 0.1


def straddle(program, *words):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit("straddle %s: %s" % (" ".join(map(str, words)), done.stderr.strip()))
    return done.stdout


def half_of_weights(program, model):
    return sum(device["weights"] for device in json.loads(straddle(program, "plan", model, "--json"))["devices"]) // 2


# ---- beside one device

def turns(program, model, depth, *flags):
    """Of a run: tokens a second and GB/s that memory gave around each."""
    case, = json.loads(straddle(program, "bench", model, *DECODE, "--depth", depth, "--repeat", 9, "--json",
                                *flags))["cases"]
    return list(zip(case["turns"], case["read_turns"]))


def beside(program, model, depth, cap, runs):
    found = {"one device": [], "two devices": []}
    for _ in range(runs):
        found["one device"] += turns(program, model, depth)
        found["two devices"] += turns(program, model, depth, *LIST, "--vram", cap)
    usual = statistics.median(read for all_turns in found.values() for _, read in all_turns)
    print("memory was read at %.1f GB/s (median)" % usual)
    of = {}
    for name, all_turns in found.items():
        counting = [speed for speed, read in all_turns if abs(read / usual - 1) <= HELD]
        of[name] = statistics.median(counting or [0]), statistics.median(speed / read for speed, read in all_turns)
        print("%-12s %6.2f tokens/s in %d of %d turns, %6.3f tokens a GB" % (
            name, of[name][0], len(counting), len(all_turns), of[name][1]))
    (one, one_GB), (two, two_GB) = of.values()
    print("two of one: %.3f of the speed, %.3f of the tokens a GB" % (two / max(one, 1e-9), two_GB / one_GB))


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


def overlap(program, model, depth, cap):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "trace.json"
        straddle(program, "bench", model, *DECODE, "--depth", depth, "--repeat", 15, *LIST, "--vram", cap, "--trace", file)
        steps = collections.defaultdict(list)
        for event in json.loads(file.read_text())["traceEvents"]:
            if event["ph"] == "X" and event["args"]["rows"] == 1:
                steps[event["args"]["step"]].append(event)
    shares = [step_shares(events) for events in steps.values() if len({event["pid"] for event in events}) == 2]
    together, crossing = (statistics.median(column) for column in zip(*shares))
    print("cap %s, %d Steps: %.0f %% of the shorter device's time lies inside the other's; crossings and waits that no "
          "device is longest in take %.1f %% of a token" % (cap, len(shares), 100 * together, 100 * crossing))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("model")
    parser.add_argument("--depth", type=int, default=64)
    parser.add_argument("--cap", help="of the second device (default: half of the weights)")
    parser.add_argument("--runs", type=int, default=5, help="of each")
    parser.add_argument("--overlap", action="store_true", help="how much both work at the same time")
    asked = parser.parse_args()
    cap = asked.cap or half_of_weights(asked.program, asked.model)
    if asked.overlap:
        overlap(asked.program, asked.model, asked.depth, cap)
    else:
        beside(asked.program, asked.model, asked.depth, cap, asked.runs)


main()
