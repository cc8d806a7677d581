#!/usr/bin/env python3
"""Adds the types that a product exports from other modules to the product's symbol graph, with their members.

usage: scripts/docs/add-exports.py EXPORTS_FILE GRAPHS_FOLDER PRODUCT_GRAPH

EXPORTS_FILE is Swift source with lines `@_exported import struct Module.Type`; GRAPHS_FOLDER has a folder with the
symbol graph of each such module. The compiler can include exported types itself, but leaves out what extensions add
to them.
"""

import json
import re
import sys
from pathlib import Path
from typing import Dict, Set

EXPORT = re.compile(r"^@_exported import \w+ (\w+)\.(\w+)$", re.M)


def exported(source: str) -> Dict[str, Set[str]]:
    """The names of the exported types, by module."""
    types: Dict[str, Set[str]] = {}
    for module, name in EXPORT.findall(source):
        types.setdefault(module, set()).add(name)
    return types


def add(types: Set[str], graph: dict, product: dict) -> None:
    symbols = [each for each in graph["symbols"] if each["pathComponents"][0] in types]
    known = {each["identifier"]["precise"] for each in symbols}
    product["symbols"] += symbols
    product["relationships"] += [each for each in graph["relationships"] if each["source"] in known]


def main() -> int:
    if len(sys.argv) != 4:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 64
    source, folder, path = map(Path, sys.argv[1:])
    product = json.loads(path.read_text())
    for module, types in exported(source.read_text()).items():
        add(types, json.loads((folder / module / f"{module}.symbols.json").read_text()), product)
    path.write_text(json.dumps(product))
    return 0


if __name__ == "__main__":
    sys.exit(main())
