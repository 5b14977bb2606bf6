#!/usr/bin/env python3
"""--trace FILE.json, as whoever opens it needs it (ctest name: cli_trace). Usage: trace_test.py STRADDLE REPOSITORY"""
import collections
import json
import re
import signal

from program import PATIENCE, read_until, run_with_program

BUSY = re.compile(r"^(\S+): .* busy ([\d.e-]+) ms of ([\d.e-]+) ms a token", re.M)
HALF = ("--device", "cpu,cpu", "--pin", "*=cpu1@0.5", "--pin", "embedding=cpu")
GREEDY = ("--set", "temperature=0", "--set", "seed=1")


class Trace:
    """By device, in the order of the list; times in whole ns."""

    def __init__(self, file):
        events = json.loads(file.read_text())["traceEvents"]
        self.names = {e["pid"]: e["args"]["name"] for e in events if e["ph"] == "M" and e["name"] == "process_name"}
        self.events = collections.defaultdict(list)
        for event in events:
            if event["ph"] != "X":
                continue
            event["start"], event["length"] = round(event["ts"] * 1000), round(event["dur"] * 1000)
            event["end"] = event["start"] + event["length"]
            self.events[event["pid"]].append(event)

    def of(self, pid, category, rows=None):
        return [e for e in self.events[pid] if e["cat"] == category and rows in (None, e["args"]["rows"])]

    def check(self):
        """Stages of a Step follow each other; all else lies inside of one, and apart from each other."""
        for pid in self.names:
            stages = self.of(pid, "stage")
            for before, after in zip(stages, stages[1:]):
                same_step = before["args"]["step"] == after["args"]["step"]
                assert before["end"] == after["start"] if same_step else before["end"] < after["start"], (before, after)
            inside = sorted((e for e in self.events[pid] if e["cat"] != "stage"), key=lambda e: e["start"])
            for before, after in zip(inside, inside[1:]):
                assert before["end"] <= after["start"], (before, after)
            for event in inside:
                assert event["cat"] in ("wait", "crossing"), event
                assert any(s["start"] <= event["start"] and event["end"] <= s["end"] for s in stages), event

    def busy_ms(self, pid, rows):
        """Of all Steps of so many rows."""
        length = {cat: sum(e["length"] for e in self.of(pid, cat, rows)) for cat in ("stage", "wait")}
        return (length["stage"] - length["wait"]) / 1e6


def traced(program, *words):
    file = program.folder / "trace.json"
    status, said, errors = program.run(*words, "--trace", file)
    assert status == 0, (words, status, errors)
    trace = Trace(file)
    trace.check()
    file.unlink()
    return trace, said, errors


def test_a_track_for_each_device_with_the_stages_of_the_model(program):
    answer = ("run", program.toy, "--raw", "Once upon", *GREEDY, "--set", "num_predict=12")
    trace, said, _ = traced(program, *answer, *HALF)
    assert said == program.run(*answer)[1], said
    assert list(trace.names.values()) == ["cpu", "cpu1"], trace.names
    parts = ["%d.%s" % (layer, part) for layer in range(5) for part in ("attention", "ffn")]
    for pid, stages in ((0, ["embedding", *parts, "output"]), (1, [*parts, "output"])):
        steps = collections.defaultdict(list)
        for event in trace.of(pid, "stage"):
            steps[event["args"]["step"]].append(event["name"])
        assert len(steps) == 12 and all(names == stages for names in steps.values()), (stages, steps)
    sent = [e for e in trace.of(0, "crossing") if e["name"] == "to cpu1"]
    taken = [e for e in trace.of(1, "crossing") if e["name"] == "from cpu"]
    assert len(sent) == len(taken) > 0
    for one, other in zip(sent, taken):
        assert one["start"] <= other["start"], (one, other)


def test_its_sums_are_those_of_verbose(program):
    for devices in (HALF, ("--device", "cpu"), ("--device", "reference,cpu")):
        trace, _, errors = traced(program, "run", program.toy, "--raw", "Once", *GREEDY, "--set", "num_predict=40",
                                  "--verbose", *devices)
        said = BUSY.findall(errors)
        assert [name for name, _, _ in said] == list(trace.names.values()), errors
        for pid, (_, busy, _) in enumerate(said):
            steps = {e["args"]["step"] for e in trace.of(pid, "stage", 1)}
            assert len(steps) in (0, 39), steps  # the first token comes out of the prompt
            if steps:
                own = trace.busy_ms(pid, 1) / len(steps)
                assert abs(own - float(busy)) <= 0.02 * float(busy) + 0.005, (pid, own, errors)


def test_every_command_that_computes_writes_one(program):
    text = program.folder / "text"
    text.write_text("Once upon a time there was a little girl. " * 40)
    for command in (("logits", program.toy, "--tokens", "1,2,3"), ("logits", program.toy, "--tokens", "1,2", "--check"),
                    ("perplexity", program.toy, "--file", text, "--ctx", "64"),
                    ("bench", program.toy, "--repeat", "1", "--rows", "1", "--prompts", "128")):
        trace, _, _ = traced(program, *command)
        assert all(trace.of(pid, "stage") for pid in trace.names) and trace.names, command


def test_it_is_written_where_the_command_ends_early(program):
    file = program.folder / "early.json"
    with program.start("logits", program.toy, "--tokens", ",".join(["1"] * 500), "--all", "--step", "--top", "1",
                       "--device", "reference", "--trace", file) as process:
        read_until(process.stdout, b"\n")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, process.returncode
    trace = Trace(file)
    trace.check()
    assert 0 < len(trace.of(0, "stage")) < 500 * 12


def test_a_file_that_cannot_be_written_is_said_first(program):
    status, said, errors = program.run("run", program.toy, "Hello", "--trace", program.folder / "none" / "t.json")
    assert status == 1 and not said and errors.count("\n") == 1 and "none/t.json" in errors, (status, said, errors)


run_with_program(globals())
