#!/usr/bin/env python3
"""`straddle bench`: its table, its JSON, and what it refuses (ctest name: cli_bench). How fast a machine is no
test can know. Usage: bench_test.py STRADDLE REPOSITORY"""
import json

from program import run_with_program

PATIENCE = 900  # seconds; the machine may be busy
KEYS = ["read_GBps", "int8_Gops", "threads", "isa", "cases"]
CASE = ["name", "rows", "depth", "tokens_per_s", "bytes_per_step", "share_of_limit", "spread", "turns",
        "read_turns", "int8_turns"]
KV = 5 * 4 * 16 * 2  # bytes of a token: layers, heads, keys and values, f16
WEIGHTS = 1040128


def bench(program, *words):
    status, said, errors = program.run("bench", program.toy, "--repeat", "1", *words, timeout=PATIENCE)
    assert status == 0, (words, status, errors)
    return said, errors


def close(a, b):
    return abs(a - b) <= 1e-6 * abs(b)


def check_case(report, case):
    assert list(case) == CASE, case
    assert case["tokens_per_s"] > 0 and case["share_of_limit"] > 0 and case["spread"] >= 0, case
    if case["name"] == "decode":
        assert case["bytes_per_step"] == WEIGHTS + case["rows"] * (case["depth"] + 1) * KV, case
        steps = case["tokens_per_s"] / case["rows"]
        assert close(case["share_of_limit"], case["bytes_per_step"] * steps / 1e9 / report["read_GBps"]), case


def test_json_as_specified(program):
    said, _ = bench(program, "--json", "--threads", "1")
    report = json.loads(said)
    assert list(report) == KEYS and report["threads"] == 1 and report["isa"], report
    assert report["read_GBps"] > 0 and report["int8_Gops"] > 0, report
    cases = [(case["name"], case["rows"], case["depth"]) for case in report["cases"]]
    assert cases == [("decode", 1, 0), ("decode", 2, 0), ("decode", 4, 0), ("decode", 8, 0), ("prompt", 128, 0),
                     ("prompt", 512, 0)], cases
    for case in report["cases"]:
        check_case(report, case)


def test_prompts_are_chosen_or_left_out(program):
    for given, expected in (("0", []), ("16,8", [8, 16])):
        report = json.loads(bench(program, "--json", "--rows", "1", "--prompts", given)[0])
        assert [case["rows"] for case in report["cases"] if case["name"] == "prompt"] == expected, report
        assert all(len(case[name]) == 1 for case in report["cases"] for name in CASE[-3:]), report


def test_depths_and_rows(program):
    said, _ = bench(program, "--json", "--depth", "70,0", "--rows", "3", "--isa", "generic", "--kv", "f16")
    report = json.loads(said)
    assert report["isa"] == "generic", report
    cases = [(case["name"], case["rows"], case["depth"]) for case in report["cases"]]
    assert cases == [(name, rows, depth) for depth in (0, 70)
                     for name, rows in (("decode", 3), ("prompt", 128), ("prompt", 512))], cases
    for case in report["cases"]:
        check_case(report, case)


def test_a_table_for_a_person(program):
    said, _ = bench(program, "--rows", "1")
    lines = said.splitlines()
    assert "thread" in lines[0] and "GB/s" in lines[1] and "GMAC/s" in lines[1], lines
    heads = [line for line in lines if line.startswith("NAME")]
    assert len(heads) == 1 and "OF LIMIT" in heads[0], lines
    rows = lines[lines.index(heads[0]) + 1:][:3]
    assert [line.split()[:3] for line in rows] == [["decode", "1", "0"], ["prompt", "128", "0"],
                                                         ["prompt", "512", "0"]], lines


def test_refusals(program):
    for words, code, text in ((("--depth", "x"), 2, "--depth"), (("--depth", "-1"), 2, "--depth"),
                              (("--rows", "0"), 2, "--rows"), (("--rows", "65"), 2, "--rows"),
                              (("--isa", "mmx"), 2, "mmx")):
        status, _, errors = program.run("bench", program.toy, *words)
        assert status == code and text in errors, (words, status, errors)
    status, _, errors = program.run("bench", "no-such-model")
    assert status == 3, errors
    status, _, errors = program.run("bench", program.toy, "--depth", "16000000")
    assert status == 4 and "--depth" in errors, errors


run_with_program(globals())
