#!/usr/bin/env python3
"""Holds the cost model of `straddle plan` against published figures of another engine.

An article gives tokens a second of Ollama 0.5.11 on one machine (Ryzen 5 5600X, Radeon RX 7600 XT), with all layers on
the CPU and with the last N on the card. share/machines has that machine; four of its figures are fitted here: how fast
the CPU reads weights of 4 to 8 bits, of 2 to 3 bits, how fast the card does, and the time that a token takes more where
both compute. With -ngl every byte has its place, so a token's time is the sum of these figures, each times a number
that `straddle plan --json` knows: a linear fit. Files are headers alone, made by `straddle synth`.

Prints what the fit says of each row, and of each row that was left out of it; ends with 1 where a limit is passed, or
where the profile has other figures.
Usage: bench/fit_ollama.py [STRADDLE]
"""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROFILE = ROOT / "share/machines/ryzen-5600x-rx-7600-xt-ollama-0.5.11.json"
GiB = 1 << 30

# (shape, type, layers on the card, texts at once, tokens/s, GiB shown: of VRAM where the card is used, else of RAM)
ROWS = (
    ("llama3.3:70b", "Q4_K_M", 0, 4, 0.99, 42),
    ("llama3.3:70b", "Q4_K_M", 27, 1, 1.34, 15.2),
    ("llama3.3:70b", "Q2_K", 0, 4, 1.46, 27.2),
    ("llama3.3:70b", "Q2_K", 46, 1, 2.42, 15.7),
    ("tanuki:8x8b", "Q4_K_M", 0, 4, 5.08, 27.6),
    ("tanuki:8x8b", "Q4_K_M", 14, 1, 6.44, 13.2),
    ("tanuki:8b", "Q6_K", 0, 4, 6.77, 6.8),
    ("tanuki:8b", "Q6_K", 33, 1, 37.5, None),
)
FIT, LEFT_OUT, VRAM, RAM = 0.05, 0.12, 0.03, 0.015  # the largest errors that are allowed


def set_cpu(family):
    def put(profile, value):
        profile["cpu"]["rates"][family] = scaled(profile["cpu"]["rates"][family], value)
    return put


def scaled(rates, value):
    """The rate of one row becomes `value`; those of more rows keep their ratio to it."""
    return {rows: round(rate * value / rates["1"], 2) for rows, rate in rates.items()}


def set_gpu(profile, value):
    gpu = profile["gpus"][0]
    gpu["rates"] = {family: scaled(rates, value) for family, rates in gpu["rates"].items()}


def set_fixed(profile, value):
    profile["fixed_mixed_ms"] = value


# (name, unit, how it is put into a profile, whether time falls with it)
FIGURES = (
    ("CPU, 4 to 8 bits", "GB/s", set_cpu("4..8"), True),
    ("CPU, 2 to 3 bits", "GB/s", set_cpu("2..3"), True),
    ("card", "GB/s", set_gpu, True),
    ("both compute", "ms", set_fixed, False),
)
BASE = (40.0, 35.0, 200.0, 30.0)


def most(profile):
    """The largest value of each figure that a machine can have; None: any."""
    cpu = profile["cpu"]["nominal_GBps"]
    return (cpu, cpu, profile["gpus"][0]["nominal_GBps"], None)


def said(profile):
    rates, gpu = profile["cpu"]["rates"], profile["gpus"][0]["rates"]
    return (rates["4..8"]["1"], rates["2..3"]["1"], gpu["4..8"]["1"], profile["fixed_mixed_ms"])


class Planner:
    def __init__(self, straddle, folder):
        self.straddle, self.folder = straddle, pathlib.Path(folder)
        self.profile = json.loads(PROFILE.read_text())
        for shape, kind in sorted({row[:2] for row in ROWS}):
            subprocess.run([straddle, "synth", shape, self.file(shape, kind), "--type", kind, "--header-only"],
                           check=True, stdout=subprocess.DEVNULL)

    def file(self, shape, kind):
        return str(self.folder / ("%s-%s.gguf" % (shape.replace(":", "-"), kind)))

    def with_figures(self, values):
        profile = json.loads(json.dumps(self.profile))
        for (_, _, put, _), value in zip(FIGURES, values):
            put(profile, value)
        return profile

    def plan(self, row, values):
        shape, kind, layers, texts = row[:4]
        path = self.folder / "machine.json"
        path.write_text(json.dumps(self.with_figures(values)))
        done = subprocess.run([self.straddle, "plan", self.file(shape, kind), "--machine", path, "--ctx", "2048",
                               "--parallel", str(texts), "-ngl", str(layers), "--json"],
                              check=True, capture_output=True)
        return json.loads(done.stdout)


def parameters(values):
    """In which a token's time is linear: 1 / rate, and the fixed time."""
    return [1 / value if falls else value for value, (_, _, _, falls) in zip(values, FIGURES)]


def figures(x):
    return [1 / value if falls else value for value, (_, _, _, falls) in zip(x, FIGURES)]


def ms(plan):
    return 1000 / plan["tokens_per_s"]["empty"]


def weights(planner, row, base):
    """ms of a token = sum of weight * parameter + rest: found by changing a figure at a time."""
    out, start = [], ms(base)
    x = parameters(BASE)
    for i in range(len(FIGURES)):
        changed = list(BASE)
        changed[i] *= 1.25
        moved = parameters(changed)[i] - x[i]
        out.append((ms(planner.plan(row, changed)) - start) / moved)
    return out, start - sum(w * value for w, value in zip(out, x))


def solve(matrix, right):
    """Gauss with pivots; matrix is small and is used up. None where it is singular."""
    n = len(right)
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(matrix[r][i]))
        if abs(matrix[pivot][i]) < 1e-12:
            return None
        matrix[i], matrix[pivot], right[i], right[pivot] = matrix[pivot], matrix[i], right[pivot], right[i]
        for r in range(i + 1, n):
            factor = matrix[r][i] / matrix[i][i]
            matrix[r] = [a - factor * b for a, b in zip(matrix[r], matrix[i])]
            right[r] -= factor * right[i]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (right[i] - sum(matrix[i][j] * x[j] for j in range(i + 1, n))) / matrix[i][i]
    return x


def least_squares(rows, free, fixed):
    """Of relative errors of the times: (weights, rest, measured ms) each; `fixed`: parameter -> value."""
    scale = {i: max(abs(w[i] / t) for w, _, t in rows) or 1.0 for i in free}
    a = [[w[i] / t / scale[i] for i in free] for w, _, t in rows]
    b = [(t - rest - sum(w[i] * value for i, value in fixed.items())) / t for w, rest, t in rows]
    normal = [[sum(r[i] * r[j] for r in a) for j in range(len(free))] for i in range(len(free))]
    x = solve(normal, [sum(r[i] * y for r, y in zip(a, b)) for i in range(len(free))])
    return None if x is None else {i: value / scale[i] for i, value in zip(free, x)}


def fit(rows, limits):
    """Parameters of least squares; one that no machine has is set to its limit, and the rest fitted again."""
    least = [1 / limit if limit else 0.0 for limit in limits]
    fixed = {}
    while True:
        found = least_squares(rows, [i for i in range(len(FIGURES)) if i not in fixed], fixed)
        if found is None:
            raise SystemExit("the rows do not tell the figures apart")
        worst = min(found, key=lambda i: found[i] / (least[i] or 1.0), default=None)
        if worst is None or found[worst] >= least[worst]:
            return [found.get(i, fixed.get(i)) for i in range(len(FIGURES))]
        fixed[worst] = least[worst]


def speed(row, x):
    w, rest, _ = row
    return 1000 / (rest + sum(a * b for a, b in zip(w, x)))


def error(predicted, measured):
    return predicted / measured - 1


def taken(plan, profile, on_card):
    """GiB that a task manager would show: of VRAM with what others hold, of RAM what the model takes."""
    device = next(d for d in plan["devices"] if d["kind"] == ("gpu" if on_card else "cpu"))
    held = device["weights"] + device["kv"] + device["scratch"] + device["other"]
    return (held + (profile["gpus"][0]["other_bytes"] if on_card else 0)) / GiB


class Limits:
    def __init__(self):
        self.passed = []

    def check(self, what, value, limit):
        if abs(value) > limit:
            self.passed.append("%s: %+.1f %%, allowed are %.1f %%" % (what, 100 * value, 100 * limit))
        return "%+.1f %%" % (100 * value)


def main():
    straddle = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/release/straddle")
    limits = Limits()
    with tempfile.TemporaryDirectory() as folder:
        planner = Planner(straddle, folder)
        plans = [planner.plan(row, BASE) for row in ROWS]
        linear = [(*weights(planner, row, plan), 1000 / row[4]) for row, plan in zip(ROWS, plans)]
    bounds = most(planner.profile)
    best = fit(linear, bounds)
    print("%-30s  %8s  %9s  %8s  %8s  %7s  %6s  %s" %
          ("row", "measured", "predicted", "error", "left out", "planned", "shown", "GiB of"))
    for i, row in enumerate(ROWS):
        name = "%s %s -ngl %d" % row[:3]
        others = fit(linear[:i] + linear[i + 1:], bounds)
        inside, outside = error(speed(linear[i], best), row[4]), error(speed(linear[i], others), row[4])
        memory, kind = taken(plans[i], planner.profile, row[2] > 0), "VRAM" if row[2] else "RAM"
        shown = "%6.1f" % row[5] if row[5] else "     -"
        print("%-30s  %8.2f  %9.2f  %8s  %8s  %7.2f  %s  %s" %
              (name, row[4], speed(linear[i], best), limits.check(name, inside, FIT),
               limits.check(name + ", left out", outside, LEFT_OUT), memory, shown, kind))
        if row[5]:
            limits.check(name + ", " + kind, error(memory, row[5]), VRAM if row[2] else RAM)
    print()
    for (name, unit, _, _), value, limit, now in zip(FIGURES, figures(best), bounds, said(planner.profile)):
        print("%-18s  %6.1f %s%s" % (name, value, unit, ", of at most %.1f" % limit if limit else ""))
        if round(value, 1) != now:
            limits.passed.append("%s: the profile has %s" % (name, now))
    for line in limits.passed:
        print("passed a limit: " + line)
    return 1 if limits.passed else 0


if __name__ == "__main__":
    sys.exit(main())
