#!/usr/bin/env python3
"""`straddle plan --json` adds up (ctest name: cli_plan_json). Usage: plan_test.py STRADDLE REPOSITORY"""
import json

from program import run_with_program

MACHINE = "ryzen-5600x-rx-7600-xt"
KEYS = ["fits", "model", "file_bytes", "machine", "corrections", "request", "devices", "tensors", "kv", "read_bytes",
        "stages", "ms", "crossings", "tokens_per_s", "bound_tokens_per_s", "why_unused", "changes"]
# Each kind of part, tied and fused tables, rings of windows, states, latent keys and values.
SHAPES = ("llama3.3:70b", "tanuki:8x8b", "gemma3:27b", "gpt-oss:120b", "qwen3.6:35b-a3b", "deepseek-r1:671b",
          "phi3:14b", "smollm2:135m")
REQUESTS = ((), ("-ngl", "5"), ("--vram", "3GiB", "--kv", "q8_0"), ("--pin", "*.mixer=vulkan:0@0.5"),
            ("--vram", "0", "--parallel", "3"))


class Plans:
    def __init__(self, program):
        self.program = program
        self.files = {}

    def header(self, shape, kind="Q4_K_M"):
        if (shape, kind) not in self.files:
            path = self.program.folder / ("%s-%s.gguf" % (shape.replace(":", "-"), kind))
            status, _, errors = self.program.run("synth", shape, path, "--type", kind, "--header-only")
            assert status == 0, errors
            self.files[shape, kind] = path
        return self.files[shape, kind]

    def text(self, file, *flags, machine=MACHINE):
        return self.program.run("plan", file, "--machine", machine, *flags, "--json")

    def plan(self, file, *flags, machine=MACHINE):
        status, said, errors = self.text(file, *flags, machine=machine)
        assert status == 0, (file, flags, errors)
        return json.loads(said)


def by(items, key):
    out = {}
    for item in items:
        out.setdefault(item[key], []).append(item)
    return out


def check_devices(plan):
    for d in plan["devices"]:
        assert d["weights"] + d["kv"] + d["scratch"] + d["other"] + d["unused"] == d["budget"], d
        assert min(d[key] for key in d if key not in ("name", "kind")) >= 0, d
    assert [d["kind"] for d in plan["devices"]][:2] == ["cpu", "gpu"]


def check_shards(tensor):
    shards = sorted(tensor["shards"], key=lambda s: s["first"])
    assert sum(s["bytes"] for s in shards) == tensor["bytes"], tensor
    assert len({s["axis"] for s in shards}) == 1, tensor
    end = 0
    for s in shards:
        assert s["first"] == end and s["count"] > 0, tensor
        end += s["count"]
    for s in shards:
        assert s["bytes"] * end == tensor["bytes"] * s["count"], tensor


def check_tensors(plan, shown):
    first = [t for t in plan["tensors"] if not t.get("copy")]
    assert [(t["name"], t["bytes"]) for t in first] == [(t["name"], t["bytes"]) for t in shown["tensors"]]
    assert sum(t["bytes"] for t in first) == shown["bytes"] <= plan["file_bytes"]
    for t in plan["tensors"]:
        check_shards(t)


def check_weights(plan):
    """A device holds what it has shards of; a table that is input and output may lie there once."""
    for d in plan["devices"]:
        listed = [(s["bytes"], t.get("copy")) for t in plan["tensors"] if not t.get("unread") for s in t["shards"]
                  if s["device"] == d["name"]]
        shards, copies = sum(b for b, _ in listed), sum(b for b, copy in listed if copy)
        assert shards - copies <= d["weights"] <= 1.01 * shards + (1 << 16), (d, shards, copies)


def check_kv(plan):
    held = by(plan["kv"], "device")
    for d in plan["devices"]:
        assert sum(k["bytes"] for k in held.get(d["name"], [])) == d["kv"], d


def close(a, b, within=1e-6):
    return abs(a - b) <= within * max(abs(a), abs(b), 1)


def check_times(plan):
    ms = plan["ms"]
    parts = sum(s["wall_ms"] for s in plan["stages"]) + ms["crossings"] + ms["host"]
    first_block = 12 if ms["disk"] else 0  # 32 MiB from the disk of this profile
    assert close(ms["total"], max(parts, ms["disk"]), 1e-6) or 0 < ms["total"] - max(parts, ms["disk"]) < first_block
    speeds = plan["tokens_per_s"]
    assert close(speeds["expected"], 1000 / ms["total"])
    assert speeds["empty"] >= speeds["expected"] >= speeds["full"] > 0, speeds
    assert plan["bound_tokens_per_s"] >= speeds["expected"] * (1 - 1e-9)
    # What a token waits for, by the keys alone.
    waits = max(ms["disk"], sum(s["wall_ms"] for s in plan["stages"]) + ms["crossings"] + ms["host"])
    assert abs(waits + ms["first_block"] + ms["two_devices"] - ms["total"]) < 1e-5 * ms["total"], ms
    assert (ms["first_block"] > 0) == (ms["disk"] > 0), ms
    for d in plan["devices"]:
        if d["kind"] != "disk":
            assert close(ms[d["name"]], sum(s["ms"].get(d["name"], 0) for s in plan["stages"])), (d, ms)
    changes = [c["tokens_per_s"] for c in plan["changes"]]
    assert len(changes) <= 3 and changes == sorted(changes, reverse=True)
    assert all(c > speeds["expected"] for c in changes)


def test_every_byte_is_there_once(plans):
    for shape in SHAPES:
        file = plans.header(shape)
        status, said, errors = plans.program.run("show", file, "--tensors", "--json")
        assert status == 0, errors
        shown = json.loads(said)
        for flags in REQUESTS:
            status, said, errors = plans.text(file, *flags)
            if status == 4:
                check_nearest(plans, file, json.loads(said))
                continue
            assert status == 0, (shape, flags, errors)
            plan = json.loads(said)
            assert list(plan) == KEYS and plan["fits"] is True
            check_devices(plan)
            check_tensors(plan, shown)
            check_weights(plan)
            check_kv(plan)
            check_times(plan)
            assert set(plan["why_unused"]) == {d["name"] for d in plan["devices"] if d["kind"] != "disk"}
            assert all(plan["why_unused"].values())


def flags_of(request):
    flags = ["--ctx", request["context"], "--kv", request["kv"], "--parallel", request["sequences"],
             "--fill", request["fill"]]
    for name, key in (("--ram", "ram"), ("--vram", "vram"), ("-ngl", "gpu_layers")):
        if request[key] is not None:
            flags += [name, request[key]]
    for pin in request["pins"]:
        flags += ["--pin", pin]
    return flags


def check_nearest(plans, file, said):
    """What is said to fit does, and is as fast as it is said to be."""
    assert said["fits"] is False and said["error"], said
    nearest = said["nearest"]
    plan = plans.plan(file, *flags_of(nearest))
    assert close(plan["tokens_per_s"]["expected"], nearest["tokens_per_s"]), nearest


def test_the_nearest_request_fits(plans):
    file = plans.header("llama3.3:70b")
    refused = ("--vram", "1GiB", "-ngl", "40"), ("--vram", "6GB", "--pin", "*=vulkan:0"), ("--ram", "100MB"), \
        ("--ctx", "100000", "--parallel", "8", "--ram", "44GB")
    for flags in refused:
        status, said, errors = plans.text(file, *flags)
        assert status == 4 and errors.count("\n") == 1 and "fits" in errors, (flags, status, errors)
        check_nearest(plans, file, json.loads(said))


def test_the_same_request_gives_the_same_bytes(plans):
    file = plans.header("tanuki:8x8b")
    assert plans.text(file, "--vram", "6GiB") == plans.text(file, "--vram", "6GiB")


def test_rings_of_windows(plans):
    """Layers with a window hold far less of a long context than the others."""
    for shape, windows in (("gemma3:27b", 52), ("gpt-oss:120b", 18)):
        plan = plans.plan(plans.header(shape), "--ctx", "32768")
        layers = {k["layer"]: 0 for k in plan["kv"]}
        for k in plan["kv"]:
            layers[k["layer"]] += k["bytes"]
        most = max(layers.values())
        assert sum(10 * held < most for held in layers.values()) == windows, (shape, layers)


def test_shares_of_pins(plans):
    plan = plans.plan(plans.header("llama3.3:70b"), "--pin", "*=cpu", "--pin", "10-19.ffn=vulkan:0@0.25")
    up = {t["name"]: t["shards"] for t in plan["tensors"] if t["name"].endswith("ffn_up.weight")}
    for layer in range(80):
        shards = {s["device"]: s["count"] for s in up["blk.%d.ffn_up.weight" % layer]}
        wanted = 0.25 if 10 <= layer < 20 else 0
        assert abs(shards.get("vulkan:0", 0) / 28672 - wanted) < 0.01, (layer, shards)


def test_as_fast_as_promised(plans):
    """The figures that straddle is made for, and plans close to the bound at every size of card."""
    for shape, kind, least, gap in (("llama3.3:70b", "Q4_K_M", 1.50, 0.015), ("llama3.3:70b", "Q2_K", 3.40, 0.015),
                                    ("tanuki:8x8b", "Q4_K_M", 10.0, 0.035)):
        file = plans.header(shape, kind)
        best = plans.plan(file, "--ctx", "2048")["tokens_per_s"]["expected"]
        assert best >= least, (shape, kind, best)
        last = 0
        for cap in range(2, 22, 2):
            plan = plans.plan(file, "--ctx", "2048", "--vram", "%dGiB" % cap)
            speed = plan["tokens_per_s"]["expected"]
            assert speed >= (1 - gap) * plan["bound_tokens_per_s"], (shape, kind, cap, speed)
            assert speed >= last * (1 - 1e-6), "slower with more memory"
            last = speed


def test_this_machine_needs_no_profile(plans):
    status, said, errors = plans.program.run("plan", plans.program.toy)
    assert status == 0 and "\nfigures  cpu " in said, (said, errors)


run_with_program(globals(), Plans)
