#!/usr/bin/env python3
"""Writes the diagram of the modules into docs/architecture.md, from Package.swift.

usage: scripts/draw-modules.py [--check]

--check changes nothing and fails if the page does not agree with Package.swift. Both forms fail if a target imports a
target of a folder above its own.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn by scripts/draw-modules.py: begin -->\n", "<!-- end -->\n"


def dump():
    swift = os.environ.get("SWIFT", "swift")
    result = subprocess.run([swift, "package", "dump-package"], cwd=ROOT, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"draw-modules: swift package dump-package failed: {result.stderr}")
    return json.loads(result.stdout)


def imports(target):
    """Names of the package's own targets, and of other packages."""
    own, others = [], []
    for each in target["dependencies"]:
        if "product" in each:
            others.append(each["product"][1])
        else:
            own.append((each.get("byName") or each["target"])[0])
    return own, others


def drawing():
    package = dump()
    text = (ROOT / "Package.swift").read_text()
    groups = re.findall(r'^    case \w+ = "(\w+)"$', text, re.M)
    targets = {each["name"]: each for each in package["targets"] if (each.get("path") or "").startswith("Sources/")}
    place = {name: groups.index(each["path"].split("/")[1]) for name, each in targets.items()}
    below = {name: imports(each)[0] for name, each in targets.items()}
    wrong = [(a, b) for a in targets for b in below[a] if place[b] > place[a]]
    if wrong:
        sys.exit("draw-modules: imports upwards: " + ", ".join(f"{a} -> {b}" for a, b in wrong))

    def reach(name):
        found = set()
        for each in below[name]:
            found |= {each} | reach(each)
        return found

    lines = ["```text"]
    for number in reversed(range(len(groups))):
        lines.append(f"Sources/{groups[number]}")
        members = [name for name in targets if place[name] == number]
        # A target that imports others of its folder is listed above them.
        members.sort(key=lambda name: (-len(reach(name)), name))
        width = max(map(len, members))
        for name in members:
            own, others = imports(targets[name])
            # Imports of imported targets are left out.
            implied = set().union(*(reach(each) for each in own)) if own else set()
            direct = sorted(each for each in own if each not in implied)
            shown = direct + [f"[{each}]" for each in sorted({*others})]
            first, room = f"    {name:{width}}" + (" -> " if shown else ""), 116
            rows, row = [], first
            for index, each in enumerate(shown):
                part = each + (", " if index + 1 < len(shown) else "")
                if len(row) + len(part.rstrip()) > room:
                    rows.append(row.rstrip())
                    row = " " * len(first)
                row += part
            lines += [*rows, row.rstrip()]
        lines.append("")
    lines[-1] = "```"
    return "\n".join(lines) + "\n"


def main():
    page = PAGE.read_text()
    begin, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    wanted = page[:begin] + drawing() + page[end:]
    if sys.argv[1:] == ["--check"]:
        if page != wanted:
            sys.exit("draw-modules: docs/architecture.md is out of date: run scripts/draw-modules.py")
    elif sys.argv[1:]:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 64
    else:
        PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
