#!/usr/bin/env python3
"""Runs or checks the code blocks of the documentation; scripts/docs/blocks.py says which, and how one is left out.

usage: scripts/docs/run-code.py [--list] [PAGE...]

Swift is type-checked against built modules, C and C++ against deeper.h. Python and the commands of shell blocks are run
in a new folder for each page, with the test data that the block names. These variables say what to use:

    DEEPER            the built command                   (.build/debug/deeper)
    DEEPER_BUILD      the build folder with the modules   (.build/debug)
    DEEPER_TEST_DATA  the test data                       (../shared/data)
    DOCS_PYTHON       a Python that has the package       (.venv/bin/python)
    SWIFTC, CC, CXX   the compilers                       (swiftc, cc, c++)

Prints each block that failed, with the end of its output, and a summary. --list also prints the blocks that are left
out, and why.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from blocks import ROOT, Block, blocks_of, pages, unlabelled
from testdata import missing, provide

SECONDS = 50


def setting(name: str, default: str) -> str:
    """A variable's value; a relative path is one of the checkout."""
    value = os.environ.get(name, default)
    return str(ROOT / value) if "/" in value else value


def swift_command(file: Path, manifest: bool) -> List[str]:
    build = Path(setting("DEEPER_BUILD", ".build/debug"))
    command = [setting("SWIFTC", "swiftc"), "-typecheck", "-swift-version", "6", "-I", str(build / "Modules")]
    for folder in sorted((ROOT / "Sources/SystemLibraries").iterdir()):
        command += ["-I", str(folder)]
    maps = [*build.glob("*.build/module.modulemap"),
            *build.parent.glob("checkouts/*/Sources/*/include/module.modulemap")]
    for path in sorted(maps):
        if not path.parent.name.endswith("-tool.build"):
            command += ["-Xcc", f"-fmodule-map-file={path}"]
    if manifest:
        library = Path(shutil.which(command[0]) or command[0]).resolve().parents[1] / "lib/swift/pm/ManifestAPI"
        command += ["-package-description-version", "6.2.0", "-I", str(library)]
    return [*command, str(file)]


def swift(block: Block, folder: Path) -> List[str]:
    code = "\n".join(each.code for each in block.chain())
    file = folder / "main.swift"
    imports = "".join(f"import {name}\n" for name in ("Deeper", "Foundation") if f"import {name}\n" not in code)
    manifest = "import PackageDescription" in code
    file.write_text(code if manifest or block.complete else
                    f"{imports}func given<T>() -> T {{ fatalError() }}\n{block.given()}\n{code}")
    return swift_command(file, manifest)


def c(block: Block, folder: Path) -> List[str]:
    file = folder / ("block.c" if block.language == "c" else "block.cpp")
    file.write_text('#include <deeper.h>\n#include <stdio.h>\n#include <stdlib.h>\n'
                    f"{block.given()}\nvoid block(void) {{\n{''.join(each.code for each in block.chain())}}}\n")
    compiler = setting("CC", "cc") if block.language == "c" else setting("CXX", "c++")
    return [compiler, "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused", "-Wno-missing-field-initializers", "-Werror",
            "-I", str(ROOT / "Sources/Interfaces/CDeeper/include"), str(file)]


def python(block: Block, folder: Path) -> List[str]:
    return [setting("DOCS_PYTHON", ".venv/bin/python"), "-c",
            block.given() + "\n" + "\n".join(each.code for each in block.chain())]


def shell(block: Block, folder: Path) -> List[str]:
    """Commands, each of which must succeed or exit as the block says."""
    code = block.code
    if block.language == "console":
        code = "".join(line[2:] + "\n" for line in re.findall(r"^\$ (?:.*\\\n)*.*", code, re.M))
    statuses = "|".join(["0", *block.marks.get("exits", "").split()])
    check = f'trap \'case $? in {statuses}) ;; *) echo "failed: $BASH_COMMAND" >&2; exit 1 ;; esac\' ERR'
    return ["bash", "-u", "-o", "pipefail", "-c", f"{block.given()}\n{check}\n{code}"]


RUNNERS = {"swift": swift, "c": c, "c++": c, "python": python, "shell": shell, "console": shell}


def environment(folder: Path) -> Dict[str, str]:
    """With `deeper` and `python` on the path, in a folder that the blocks of the page do not see."""
    tools = folder.parent / "bin"
    tools.mkdir(exist_ok=True)
    for name, path in (("deeper", setting("DEEPER", ".build/debug/deeper")),
                       ("python", setting("DOCS_PYTHON", ".venv/bin/python"))):
        script = tools / name
        script.write_text(f'#!/bin/sh\nexec "{path}" "$@"\n')
        script.chmod(0o755)
    return {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}


def failure(block: Block, folder: Path) -> Optional[str]:
    """What went wrong, or None."""
    command = RUNNERS[block.language](block, folder.parent if block.language in ("swift", "c", "c++") else folder)
    try:
        process = subprocess.Popen(command, cwd=folder, env=environment(folder), stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
                                   start_new_session=True)
    except OSError as error:
        return str(error)
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"took longer than {SECONDS} s"
    finally:
        # Whatever the block left running.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return None if process.returncode == 0 else "\n".join(output.strip().split("\n")[-12:])


def run_page(page: str) -> List[Tuple[str, Block, str]]:
    """The outcome of each block of a page: "failed", "run", "marked" or "missing", and what there is to say of it."""
    outcomes = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "page")
        folder.mkdir()
        for block in blocks_of(page, (ROOT / page).read_text()):
            if "not run" in block.marks:
                outcomes.append(("marked" if block.marks["not run"] else "failed", block, block.marks["not run"]))
                continue
            names = block.code + block.given()
            absent = missing(names) if block.language in ("python", "shell", "console") else []
            if absent:
                outcomes.append(("missing", block, ", ".join(absent)))
                continue
            if block.language in ("python", "shell", "console"):
                provide(names, folder)
            text = failure(block, folder)
            outcomes.append(("run", block, "") if text is None else ("failed", block, text))
    return outcomes


def main() -> int:
    listing = sys.argv[1:2] == ["--list"]
    names = sys.argv[1 + listing:] or list(pages())
    bare = [place for page in names for place in unlabelled(page, (ROOT / page).read_text())]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = [each for page in pool.map(run_page, names) for each in page]
    for place in bare:
        print(f"{place}: a block without a language; write ```text if it is not code")
    for outcome, block, text in outcomes:
        if outcome == "failed" or listing and outcome != "run":
            print(f"{block.place}: {outcome} ({block.language}): {text or 'no reason given'}")
    count = {name: sum(each[0] == name for each in outcomes) for name in ("run", "missing", "marked", "failed")}
    print(f"run-code: {count['run']} blocks run or checked, {count['missing']} skipped for missing data, "
          f"{count['marked']} marked as not run, {count['failed'] + len(bare)} failed")
    return 1 if count["failed"] or bare else 0


if __name__ == "__main__":
    sys.exit(main())
