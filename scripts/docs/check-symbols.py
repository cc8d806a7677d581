#!/usr/bin/env python3
"""Checks that every public symbol has a documentation comment, of its own or inherited.

usage: scripts/docs/check-symbols.py SYMBOLS_FOLDER

SYMBOLS_FOLDER has the symbol graphs that scripts/docs/api.sh extracts. Symbols without a place in the source, which the
compiler makes up, are left out. Prints each symbol without a comment with its place, and fails if there is one.
"""

import json
import sys
from pathlib import Path
from typing import Iterator, Tuple
from urllib.parse import unquote, urlparse

ROOT = Path(__file__).resolve().parents[2]


def place(symbol: dict) -> str:
    """The file and line where a symbol is declared; empty if the compiler made it up."""
    location = symbol.get("location")
    if not location:
        return ""
    path = unquote(urlparse(location["uri"]).path)
    if "/Sources/" in path:
        path = "Sources/" + path.split("/Sources/", 1)[1]
    return f"{path}:{location['position']['line'] + 1}"


def symbols(folder: Path) -> Iterator[Tuple[str, dict]]:
    for path in sorted(folder.rglob("*.symbols.json")):
        for symbol in json.loads(path.read_text())["symbols"]:
            where = place(symbol)
            if where:
                yield where, symbol


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 64
    found = {(where, ".".join(symbol["pathComponents"])): "docComment" in symbol
             for where, symbol in symbols(Path(sys.argv[1]))}
    if not found:
        print(f"check-symbols: no symbol graphs below {sys.argv[1]}", file=sys.stderr)
        return 66
    undocumented = [each for each, documented in sorted(found.items()) if not documented]
    for where, name in undocumented:
        print(f"{where}: {name} has no documentation comment")
    print(f"check-symbols: {len(found)} public symbols, {len(undocumented)} without a comment")
    return 1 if undocumented else 0


if __name__ == "__main__":
    sys.exit(main())
