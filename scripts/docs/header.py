#!/usr/bin/env python3
"""Prints a reference of deeper.h in Markdown: every declaration with the comment before it.

usage: scripts/docs/header.py deeper.h
"""

import re
import sys
from pathlib import Path
from typing import Dict, List

# A comment that begins a line, and the lines below it up to an empty one or the next comment that begins a line.
DECLARATION = re.compile(r"^/\*((?:(?!\*/).)*)\*/\n((?:(?!/\*|\n)[^\n]*\n)+)", re.M | re.S)
NAME = re.compile(r"^#define (\w+)|^typedef struct \w+ (\w+);|^\} (\w+);|^[\w* ]*?(\w+)\(", re.M)
MENTION = re.compile(r"(?<![`\w])((?:deeper|DEEPER)_\w+(?:\(\))?)")


def prose(comment: str) -> str:
    """The text of a comment without its stars, and names of the header as code."""
    lines = [re.sub(r"^ \* ?", "", line).rstrip() for line in comment.strip(" *\n").split("\n")]
    return "\n".join(line if line.startswith("    ") else MENTION.sub(r"`\1`", line.strip()) for line in lines)


def page(header: str) -> str:
    """The whole reference. Raises ValueError where a function has no comment."""
    start = header.index("*/")
    sections: Dict[str, List[str]] = {"Constants": [], "Types": [], "Functions": []}
    for comment, code in DECLARATION.findall(header[start + 2:]):
        code = code.replace("DEEPER_NULLABLE ", "").strip()
        if code.startswith("#ifdef"):
            continue
        name = next(filter(None, NAME.search(code).groups()))
        kind = "Constants" if code[0] == "#" else "Types" if code.startswith("typedef") else "Functions"
        sections[kind] += [f"### `{name}` {{ #{name} }}", "", "```c", code, "```", "", prose(comment), ""]
    shown = set(re.findall(r"^### `(\w+)`", "\n".join(sections["Functions"]), re.M))
    missing = set(re.findall(r"^[a-z][^\n;{}]*?\b(deeper_\w+)\(", header, re.M)) - shown
    if missing:
        raise ValueError(f"deeper.h: no comment before {', '.join(sorted(missing))}")
    lines = ["# C reference", "", "`#include <deeper.h>`. This page is made from the header.", ""]
    lines += [prose(header[header.index("/*") + 2:start]), ""]
    for heading, body in sections.items():
        lines += [f"## {heading}", "", *body]
    return "\n".join(lines)


if __name__ == "__main__":
    print(page(Path(sys.argv[1]).read_text()))
