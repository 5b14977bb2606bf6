#!/usr/bin/env python3
"""`straddle devices`: what is here, and what of it is kept in the cache folder (ctest name: cli_devices). How
fast a machine is no test can know. Usage: devices_test.py STRADDLE REPOSITORY"""
import json
import os
import pathlib
import signal

from program import read_until, run_with_program

PATIENCE = 900  # seconds to measure; the machine may be busy
ROWS = ["1", "2", "4", "8"]


class Here:
    """The program, and what it keeps of this machine."""

    def __init__(self, program):
        self.program = program
        self.cache = program.folder / "cache"

    def devices(self, *words):
        status, said, errors = self.program.run("devices", *words, timeout=PATIENCE)
        assert status == 0, (status, errors)
        return said, errors

    def json(self, *words):
        said, errors = self.devices("--json", *words)
        return json.loads(said), errors

    def files(self):
        return sorted(self.cache.rglob("*"))

    def kept(self):
        return pathlib.Path(self.json()[0]["file"])


def test_nothing_measured_yet(here):
    said, errors = here.devices()
    assert "cpu" in said and "memory" in said and " free" in said, said
    assert "straddle devices --measure" in said and not errors, (said, errors)
    seen, errors = here.json()
    cpu = seen["devices"][0]
    assert seen["measured"] is None and not errors, (seen, errors)
    assert cpu["name"] == "cpu" and cpu["kind"] == "cpu" and cpu["threads"] >= 1, cpu
    assert 0 < cpu["free_bytes"] <= cpu["memory_bytes"], cpu
    assert cpu["isa"] == cpu["isas"][-1] and "generic" in cpu["isas"], cpu
    assert cpu["memory_limit_bytes"] is None or cpu["memory_limit_bytes"] < cpu["memory_bytes"], cpu
    assert not here.files(), "looking leaves nothing behind"


def test_a_pipe_in_place_of_the_file_is_not_waited_for(here):
    kept = here.kept()
    kept.parent.mkdir(parents=True)
    os.mkfifo(kept)
    status, said, errors = here.program.run("devices", timeout=PATIENCE)
    kept.unlink()
    kept.parent.rmdir()
    here.cache.rmdir()
    assert status == 0 and "not measured yet" in said and str(kept) in errors.replace("\n", ""), (status, said, errors)


def test_interrupted_it_keeps_nothing(here):
    process = here.program.start("devices", "--measure")
    read_until(process.stderr, b"measuring this machine")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, process.returncode
    assert not [path for path in here.files() if path.is_file()], here.files()


def test_a_folder_that_cannot_be_written_is_told_before_measuring(here):
    kept = here.kept()
    kept.mkdir(parents=True)  # where the file would be
    process = here.program.start("devices", "--measure")
    said = read_until(process.stderr, b"measuring this machine")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    kept.rmdir()
    assert b"cannot be kept" in said.replace(b"\n", b" "), said


def test_measured_it_is_kept(here):
    seen, _ = here.json("--measure")
    assert len(seen["read_turns"]) > 20 and min(seen["read_turns"]) > 0, seen["read_turns"]
    cpu = seen["measured"]["cpu"]
    assert cpu["basis"] == "measured" and cpu["read_GBps"] > 0 and cpu["tile_GMACs"] > 0, cpu
    for name in ("Q4_K", "Q6_K", "Q2_K", "Q3_K", "Q5_K", "Q8_0", "Q4_0", "F16", "BF16", "F32", "MXFP4", "IQ4_XS",
                 "4..8", "2..3"):
        rates = cpu["rates"][name]
        assert list(rates) == ROWS and all(0 < rate <= cpu["read_GBps"] for rate in rates.values()), (name, rates)
    again, errors = here.json()
    assert again["measured"] == seen["measured"] and not errors, errors
    said, _ = here.devices()
    assert "GB/s" in said and "Q4_K" in said and "not measured" not in said, said


def stories(here):
    """A small model, and the name under which what bench shows of it is kept."""
    file = here.program.root / "share/models/stories260K.gguf"
    return str(file), "%s %d" % (file.name, file.stat().st_size)


def plan(here):
    return json.loads(here.program.run("plan", stories(here)[0], "--json", timeout=PATIENCE)[1])


def test_plans_go_by_what_bench_has_shown(here):
    file, (model, key) = here.kept(), stories(here)
    good, before = file.read_text(), plan(here)
    assert before["corrections"] == {}, before["corrections"]

    def kept(corrections):
        file.write_text(json.dumps({**json.loads(good), "corrections": corrections}))
        return plan(here)

    after = kept({key: {"cpu": 2.0}, "another 5": {"cpu": 7.0}})
    assert after["corrections"] == {"cpu": 2.0}, after["corrections"]
    assert after["ms"]["cpu"] > 1.9 * before["ms"]["cpu"], (before["ms"], after["ms"])
    assert "cpu takes 2.00 times as long" in here.program.run("plan", model)[1]
    assert "with what bench measured" in here.program.run("why", model)[1]
    for nonsense in (7, [], {key: 5}, {key: {"cpu": 0}}, {key: {"cpu": "2"}}, {key: {"cpu": -1}}, {key: {"cpu": 1e300}},
                     {key: {"vulkan:0": 2.0}}):
        assert kept(nonsense)["ms"] == before["ms"], nonsense
    file.write_text(good)


def test_bench_keeps_where_a_plan_is_off(here):
    file, (model, key) = here.kept(), stories(here)
    good = file.read_text()
    for _ in range(10):  # until reading is as fast as it was just before
        bench = json.loads(here.program.run("bench", model, "--rows", "1", "--prompts", "0", "--repeat", "1", "--json",
                                            timeout=PATIENCE)[1])
        profile = json.loads(good)
        profile["cpu"]["read_GBps"] = bench["read_GBps"]
        for rates in profile["cpu"]["rates"].values():
            rates.update({rows: 0.1 * bench["read_GBps"] for rows in ROWS})
        file.write_text(json.dumps(profile))
        said = here.program.run("bench", model, "--rows", "1", "--prompts", "0", "--repeat", "15", timeout=PATIENCE)
        kept = json.loads(file.read_text()).get("corrections")
        if kept:
            break
    assert kept[key]["cpu"] < 0.9 and "from now on plans of this model go by that" in said[2], (kept, said)
    assert 0.9 * kept[key]["cpu"] < plan(here)["corrections"]["cpu"], kept
    here.devices("--measure")
    assert plan(here)["corrections"] == {}, "another profile, and nothing is known of it"
    file.write_text(good)


def spoil(here, change):
    """The kept file as `change` leaves it; what is said of it."""
    file = here.kept()
    good = file.read_bytes()
    file.write_bytes(change(good))
    seen, errors = here.json()
    file.write_bytes(good)
    return seen["measured"], errors


def changed_to(key, value):
    def change(text):
        profile = json.loads(text)
        profile["measured_on"][key] = value
        return json.dumps(profile).encode()
    return change


def test_a_changed_machine_is_told(here):
    for key, value in (("memory_GiB", 1), ("cpu", "another"), ("cores", 777), ("straddle", "0.0.0")):
        measured, errors = spoil(here, changed_to(key, value))
        assert measured is None and "the machine has changed" in errors, (key, errors)


def test_a_broken_file_is_told_and_named(here):
    def without(text):
        profile = json.loads(text)
        del profile["measured_on"]
        return json.dumps(profile).encode()

    def too_fast(text):
        profile = json.loads(text)
        profile["cpu"]["rates"]["Q4_K"]["1"] = 1e8
        return json.dumps(profile).encode()

    for change in (lambda text: b"", lambda text: text[:-20], lambda text: b"[1]", lambda text: b"\xff" * 100, without,
                   too_fast):
        measured, errors = spoil(here, change)
        assert measured is None and errors.startswith("Warning: "), errors
        assert str(here.kept()) in errors.replace("\n", "") and "--measure" in errors, errors
    measured, errors = spoil(here, lambda text: text)
    assert measured and not errors, errors


def test_other_threads_are_another_file(here):
    before = here.kept()
    os.environ["OLLAMA_NUM_THREAD"] = "1"
    os.environ["STRADDLE_ISA"] = "generic"
    seen, errors = here.json()
    del os.environ["OLLAMA_NUM_THREAD"], os.environ["STRADDLE_ISA"]
    assert seen["measured"] is None and seen["file"] != str(before) and "generic" in seen["file"], (seen, errors)


def test_an_isa_that_is_not_here_is_refused(here):
    os.environ["STRADDLE_ISA"] = "mmx"
    status, _, errors = here.program.run("devices")
    del os.environ["STRADDLE_ISA"]
    assert status == 2 and "mmx" in errors, (status, errors)


run_with_program(globals(), Here)
