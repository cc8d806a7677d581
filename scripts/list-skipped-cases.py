#!/usr/bin/env python3
"""Writes Tests/GraphsTests/skipped-cases.txt: ONNX's backend tests that deeper refuses, grouped by the
missing feature.

usage: deeper check FOLDER --json | scripts/list-skipped-cases.py
"""

import collections
import json
import pathlib
import re
import sys

TARGET = pathlib.Path(__file__).resolve().parents[1] / "Tests/GraphsTests/skipped-cases.txt"


def reason(text):
    if found := re.search(r"element type (\S+) is not supported", text):
        return f"element type {found.group(1)}"
    if "sequence, map or optional" in text:
        return "sequences, maps and optional values"
    if "all of the model's operators are of" in text:
        return "operators of other domains alone"
    if found := re.search(r"not supported: ([A-Z]\w+)", text):
        return f"operator {found.group(1)}"
    # The message without the place with which it begins.
    return re.sub(r"\[[\d, ]*\]", "", text.split("): ")[-1].split("onnx: ")[-1])


def main():
    groups = collections.defaultdict(list)
    for case in json.load(sys.stdin)["cases"]:
        if case["status"] == "skipped":
            groups[reason(case["reason"])].append(case["name"])
    lines = []
    for name, cases in sorted(groups.items()):
        lines += [f"# {name}", *sorted(cases), ""]
    TARGET.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
