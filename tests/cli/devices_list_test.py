#!/usr/bin/env python3
"""Models over several devices, as a user asks for them (ctest name: cli_devices_list). The second CPU device stands
in for a card. Usage: devices_list_test.py STRADDLE REPOSITORY"""
import json
import os
import re
import subprocess
import time

from program import run_with_program

LINE = re.compile(r"^(\S+): ([\d.]+) (B|kB|MB|GB) held, ([\d.]+) (B|kB|MB|GB) read per token, ([\d.]+) GB/s "
                  r"\(([\d.]+) of ([\d.]+)( guessed)?\), busy ([\d.e-]+) ms of ([\d.e-]+) ms a token, "
                  r"(\d+) % of the weights$", re.M)
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}
LISTS = ("cpu", "cpu,cpu", "reference", "reference,reference", "reference,cpu", "cpu,reference", "cpu,cpu,cpu")
GREEDY = ("--set", "temperature=0", "--set", "seed=1")


class Devices:
    def __init__(self, program):
        self.program, self.toy = program, program.toy

    def run(self, *words):
        status, said, errors = self.program.run(*words, timeout=1800)
        assert status == 0, (words, status, errors)
        return said, errors

    def refused(self, code, text, *words):
        status, said, errors = self.program.run(*words)
        assert status == code and text in errors and errors.count("\n") == 1, (words, status, said, errors)

    def plan(self, model, *words):
        return json.loads(self.run("plan", model, *words, "--json")[0])


def lines_of(errors):
    """What --verbose says of each device."""
    out = {}
    for found in LINE.finditer(errors):
        name, held, unit, read, of, rate, share, limit, _, busy, wall, percent = found.groups()
        out[name] = {"held": float(held) * UNITS[unit], "read": float(read) * UNITS[of], "GBps": float(rate),
                     "busy": float(busy), "wall": float(wall), "percent": int(percent)}
    return out


def test_the_same_logits_on_every_list(devices):
    """Whatever computes them: the reference rounds nothing, so that its differ a little from the CPU's."""
    said = {}
    for each in LISTS:
        said[each], _ = devices.run("logits", devices.toy, "--tokens", "1,2,3", "--top", "3", "--device", each)
    assert said["cpu"] == said["cpu,cpu"] == said["cpu,cpu,cpu"], said
    assert said["reference"] == said["reference,reference"], said
    best = {each: text.split()[0] for each, text in said.items()}
    assert len(set(best.values())) == 1, best


def test_every_command_says_what_each_device_did(devices):
    text = devices.program.folder / "text"
    text.write_text("Once upon a time there was a little girl. " * 40)
    for command in (("run", devices.toy, "--raw", "Once", *GREEDY, "--set", "num_predict=8"),
                    ("logits", devices.toy, "--tokens", "1,2,3"),
                    ("perplexity", devices.toy, "--file", text, "--ctx", "64"),
                    ("bench", devices.toy, "--repeat", "1", "--rows", "1")):
        for each in ("cpu", "cpu,cpu", "cpu,reference"):
            _, errors = devices.run(*command, "--device", each, "--verbose")
            lines = lines_of(errors)
            names = each.replace("cpu,cpu", "cpu,cpu1").split(",")
            assert list(lines) == names, (command, each, errors)
            assert sum(line["percent"] for line in lines.values()) in (99, 100, 101), errors
            for line in lines.values():
                assert line["busy"] <= line["wall"] * 1.001 and line["wall"] > 0, errors
    _, errors = devices.run("run", devices.toy, "--raw", "Once", "--device", "cpu,cpu", "--verbose")
    assert re.search(r"^offloaded \d/6 layers to GPU", errors, re.M), errors


def test_a_device_that_holds_nothing_has_a_line(devices):
    _, errors = devices.run("logits", devices.toy, "--tokens", "1", "--device", "cpu,cpu", "--vram", "0", "--verbose")
    second = lines_of(errors)["cpu1"]
    assert second["held"] == 0 and second["percent"] == 0 and second["busy"] >= 0, errors


def test_layers_and_pins(devices):
    """-ngl and --pin do what plan says, and num_gpu is -ngl."""
    for words, percent in ((("-ngl", "99"), 100), (("--set", "num_gpu=99"), 100), (("-ngl", "0"), 0),
                           (("--pin", "*=cpu1@most"), 100), (("--pin", "*.ffn=cpu1"), None)):
        flags = ("--device", "cpu,cpu", *words)
        _, errors = devices.run("logits", devices.toy, "--tokens", "1", "--verbose", *flags)
        second = lines_of(errors)["cpu1"]
        if percent is not None:
            assert abs(second["percent"] - percent) <= 15, (words, errors)
        if words[0] == "--set":
            continue
        planned = {d["name"]: d for d in devices.plan(devices.toy, "--kv", "f32", *flags)["devices"]}["cpu1"]
        bytes_planned = planned["weights"] + planned["kv"] + planned["scratch"]
        assert abs(second["held"] - bytes_planned) <= 0.01 * bytes_planned + (1 << 16), (words, planned, errors)


def test_refusals(devices):
    two = ("--device", "cpu,cpu")
    logits = ("logits", devices.toy, "--tokens", "1")
    for code, text, words in (
            (2, "there is no device 'npu'", ("--device", "npu")),
            (2, "nothing runs on a card", ("--device", "cpu,vulkan:0")),
            (2, "a name in the list is empty", ("--device", "cpu,")),
            (2, "there is no second device", ("-ngl", "3")),
            (2, "there is no device cpu1", ("--pin", "*=cpu1")),
            (2, "no device is called cpu7", (*two, "--vram", "cpu7=1GB")),
            (2, "no device is called cpu1", ("--vram", "cpu1=1GB")),
            (2, "there is no second device", ("--vram", "1GB")),
            (2, "cpu is home", (*two, "--vram", "cpu=1GB")),
            (2, "nothing", (*two, "--pin", "*.experts=cpu1")),
            (2, "contradicts", (*two, "-ngl", "0", "--pin", "*.ffn=cpu1")),
            (2, "--vram", (*two, "--vram", "12G")),
            (4, "does not fit", (*two, "--vram", "100kB", "--pin", "*=cpu1")),
            (4, "", (*two, "--ram", "100kB"))):
        devices.refused(code, text, *logits, *words)


def memory_of(program, *words):
    """The most memory of a run, with what it said."""
    environment = program.environment()
    process = subprocess.Popen(program.command(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, env=environment, cwd=program.folder)
    said, errors = process.stdout.read().decode(), process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, (words, errors)
    return said, errors, usage.ru_maxrss * 1024


def model_files(devices):
    """Name, file, flags; a model that is not here is skipped aloud."""
    yield "stories260K", devices.toy, ("--set", "num_batch=4", "--ctx", "64")
    home = os.path.expanduser("~/.local/share/straddle/models")
    folder = os.environ.get("STRADDLE_MODELS") or home
    for name in ("smollm2", "gemma3-270m"):
        file = os.path.join(folder, name + ".gguf")
        if os.path.exists(file):
            yield name, file, ("--ctx", "512", "--set", "num_batch=16")
        else:
            print("SKIPPED: %s is not here (tools/get_model %s)" % (name, name))
    if not os.environ.get("STRADDLE_LONG"):
        print("SKIPPED: slices of 8B and 8x7B (STRADDLE_LONG=1)")
        return
    for shape, layers in (("llama3.1:8b", 2), ("mixtral:8x7b", 4)):  # a step of experts is 65 MB
        file = devices.program.folder / (shape.replace(":", "-") + ".gguf")
        devices.run("synth", shape, file, "--layers", layers, "--type", "Q4_K_M")
        yield shape, file, ("--ctx", "512", "--set", "num_batch=16")
        file.unlink()


def test_ten_caps_of_the_second_device(devices):
    """Whatever is where: the same text, and no byte more than was allowed."""
    for name, file, flags in model_files(devices):
        command = ("run", file, "--raw", "Once upon a time", *flags, *GREEDY, "--set", "num_predict=24", "--verbose")
        alone, errors, _ = memory_of(devices.program, *command)
        assert alone, errors
        most = ("--device", "cpu,cpu", "--pin", "*=cpu1@most")
        model = devices.plan(file, *most, "--ctx", "512")["devices"][1]["weights"]
        start = time.monotonic()
        for step in range(10):
            cap = int(model * 1.2 * step / 9)
            said, errors, rss = memory_of(devices.program, *command, *most, "--vram", cap)
            lines = lines_of(errors)
            assert said == alone, (name, cap, said, alone)
            assert lines["cpu1"]["held"] <= cap * 1.005, (name, cap, errors)  # three digits
            assert lines["cpu1"]["held"] >= 0.9 * min(cap, model) * 0.995, (name, cap, model, errors)
            held = sum(line["held"] for line in lines.values())
            assert rss <= held + 300e6, (name, cap, rss, errors)
        print("%s: ten caps up to %.3g MB, the same text (%.0f s)" % (name, model * 1.2e-6, time.monotonic() - start))


run_with_program(globals(), Devices)
