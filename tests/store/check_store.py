#!/usr/bin/env python3
"""Checks a store of models by its rules, without any code of straddle's. Usage: check_store.py FOLDER

Prints a line for each thing that is wrong, and fails where there is one. What it knows: docs/store.md.
"""
import hashlib
import json
import pathlib
import re
import sys

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = re.compile(r"application/vnd\.ollama\.image\."
                        r"(model|projector|adapter|template|prompt|system|params|messages|license|draft|tensor)")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
BLOB = re.compile(r"sha256-[0-9a-f]{64}(-partial(-[0-9]+)?)?")
FIRST, LATER = r"[A-Za-z0-9_]", r"[A-Za-z0-9_.-]"
PARTS = [re.compile(p) for p in (FIRST + r"[A-Za-z0-9_.:-]{0,349}", FIRST + r"[A-Za-z0-9_-]{0,79}",
                                 FIRST + LATER + r"{0,79}", FIRST + LATER + r"{0,79}")]


def digest_of(path):
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        for piece in iter(lambda: file.read(1 << 20), b""):
            sha.update(piece)
    return sha.hexdigest()


def check_layer_text(kind, path):
    text = path.read_bytes().decode()  # raises where it is no UTF-8
    if kind == "params":
        assert isinstance(json.loads(text), dict), "params are no object"
    if kind == "messages":
        for message in json.loads(text):
            assert set(message) <= {"role", "content", "images"}, "a message has a strange key"
            assert message["role"] in ("system", "user", "assistant"), "a message has a strange role"


def check_config(path, layers):
    config = json.loads(path.read_text())
    assert config["model_format"] == "gguf", "the format is not gguf"
    assert config["rootfs"]["type"] == "layers", "rootfs is of another type"
    assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in layers], "diff_ids are not the layers"
    assert config["model_families"] == [config["model_family"]], "families do not hold the family"


def check_blob(root, blob):
    assert DIGEST.fullmatch(blob["digest"]), "a digest of another form: %r" % blob["digest"]
    path = root / "blobs" / blob["digest"].replace(":", "-")
    assert path.is_file(), "%s is not there" % path.name
    assert path.stat().st_size == blob["size"], "%s is not of its size" % path.name
    return path


def check_manifest(root, path):
    manifest = json.loads(path.read_text())
    assert manifest["schemaVersion"] == 2 and manifest["mediaType"] == MANIFEST_TYPE, "it is of another version"
    assert manifest["config"]["mediaType"] == CONFIG_TYPE, "its config is of another type"
    kinds = []
    for layer in manifest["layers"]:
        known = LAYER_TYPE.fullmatch(layer["mediaType"])
        assert known, "a layer of another type: %s" % layer["mediaType"]
        kinds.append(known.group(1))
        blob = check_blob(root, layer)
        if kinds[-1] in ("template", "system", "params", "messages", "license"):
            check_layer_text(kinds[-1], blob)
        if kinds[-1] in ("model", "projector"):
            assert blob.read_bytes()[:4] == b"GGUF", "%s is no GGUF file" % blob.name
    for kind in ("model", "template", "system", "params", "messages"):
        assert kinds.count(kind) <= 1, "%d layers are a %s" % (kinds.count(kind), kind)
    assert "model" in kinds, "no layer is a model"
    check_config(check_blob(root, manifest["config"]), manifest["layers"])
    return {blob["digest"] for blob in manifest["layers"] + [manifest["config"]]}


def problems(root):
    used = set()
    for path in sorted(p for p in (root / "manifests").rglob("*") if not p.is_dir()):
        name = path.relative_to(root / "manifests").parts
        if len(name) != 4 or not all(rule.fullmatch(part) for rule, part in zip(PARTS, name)):
            yield "%s: is no name of a model" % path
            continue
        try:
            used |= check_manifest(root, path)
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            yield "%s: %s %s" % (path, type(error).__name__, error)
    for path in sorted((root / "blobs").iterdir()) if (root / "blobs").is_dir() else []:
        if not BLOB.fullmatch(path.name):
            yield "%s: is no blob" % path
        elif "partial" in path.name:
            continue
        elif digest_of(path) != path.name[len("sha256-"):]:
            yield "%s: holds something else than its name says" % path
        elif path.name.replace("-", ":") not in used:
            yield "%s: no manifest names it" % path


def main():
    found = list(problems(pathlib.Path(sys.argv[1])))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
