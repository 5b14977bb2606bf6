#!/usr/bin/env python3
"""The program's own words against golden text. Usage: golden_run.py STRADDLE REPOSITORY GOLDEN

`straddle run` greedily continues the 12 prompts of stories260K.greedy.json and the one of the Q4_0 file;
`straddle perplexity` finds the mean NLL of tinystories_sample.txt. A step may differ from the golden one only
where the best two logits are closer than 5e-3 and the second was taken; that prompt is compared no further.
"""
import json
import pathlib
import subprocess
import sys

CLOSE = 5e-3


def straddle(program, *words, stdin=""):
    done = subprocess.run([program, *map(str, words)], input=stdin, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit("straddle %s: exit %d: %s" % (words[0], done.returncode, done.stderr))
    return done.stdout


def texts(program, model, lists):
    """Text of each list of ids, without token 1, which is not shown."""
    lines = "".join(json.dumps([i for i in ids if i != 1]) + "\n" for ids in lists)
    path = pathlib.Path("golden_run.jsonl")
    path.write_text(lines)
    out = [json.loads(line) for line in straddle(program, "detokenize", model, "--batch", path).splitlines()]
    path.unlink()
    return out


def compare(program, model, prompt, prompt_ids, ids, margins, seconds):
    said = straddle(program, "run", model, "--raw", prompt, "--set", "temperature=0",
                    "--set", "num_predict=%d" % len(ids))
    said = said[:-2]  # the two line ends after the answer
    starts = texts(program, model, [prompt_ids + ids[:n] for n in range(len(ids) + 1)])
    before = len(starts[0])
    starts = [s[before:] for s in starts]
    if said == starts[-1]:
        return "exact"
    step = max(n for n in range(len(ids)) if said.startswith(starts[n]))
    other = texts(program, model, [prompt_ids + ids[:step] + [seconds[step]]])[0][before:] if seconds else None
    if margins[step] >= CLOSE or other is None or not said.startswith(other):
        sys.exit("%r differs at step %d (margin %g):\n%s\n%s" % (prompt, step, margins[step], said, starts[-1]))
    return "equal up to step %d, whose margin is %g" % (step, margins[step])


def main():
    program, repository, golden = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    models = golden / "models" if golden.is_dir() else repository / "tests/golden/models"
    model, reference = repository / "share/models/stories260K.gguf", models / "reference"
    golden = json.loads((reference / "stories260K.greedy.json").read_text())
    for item in golden["items"]:
        result = compare(program, model, item["prompt"], item["prompt_ids"], item["ids"], item["margins"],
                         item["second_ids"])
        print("%-40r %s" % (item["prompt"], result))
    q4 = json.loads((reference / "stories260K.q4_0.json").read_text())
    print("Q4_0:", compare(program, models / "stories260K.q4_0.gguf", "Once upon a time", q4["greedy_prompt_ids"],
                           q4["greedy_ids_ref_float64"], q4["greedy_margins_ref"], None))
    out = straddle(program, "perplexity", model, "--split", "<|endoftext|>", "--file",
                   reference / "tinystories_sample.txt", "--json")
    found = json.loads(out)
    print("mean NLL %.8f over %d tokens" % (found["mean_nll"], found["tokens"]))
    if abs(found["mean_nll"] - 1.6254808) > 1e-5 or found["tokens"] != 6476:
        sys.exit("mean NLL should be 1.6254808 over 6476 tokens")


if __name__ == "__main__":
    main()
