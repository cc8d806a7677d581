#!/usr/bin/env python3
"""Checks that words which readers stumble over are not in the project's prose.

usage: scripts/docs/check-prose.py [--self-test | FILE...]

Prose is the text of Markdown files and DocC tutorials, without code, link targets and file names, and the comments of
Swift, C, Python and shell sources and of the Makefile, with Python's docstrings. Without FILE, all files that git knows
or would add are read. Prints each place, and fails if there is one. --self-test shows that each kind of text is
searched, and that code is not; every run begins with it.
"""

import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import Iterator, List, Tuple

ROOT = Path(__file__).resolve().parents[2]
WORDS = re.compile(r"\b(behind|besides?|rooms?|ways?|but\s+for)\b", re.I)
# What is blanked out of prose: `code`, addresses, targets of links, names of files.
NOT_PROSE = re.compile(r"(`+)[^`].*?\1(?!`)|https?://\S+|(?<=\])\([^)\s]*\)|[\w./*-]+[./_][\w./*-]*\w", re.S)
FENCE = re.compile(r"^ *```.*?^ *```[ \t]*$|^<!-- given:.*?-->", re.M | re.S)
# Comments and strings of Swift and C; strings first, since they may have comment marks inside.
SWIFT_OR_C = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*(?:.|\n)*?\*/')
# Comments of shell scripts and of the Makefile: from a # that begins a word.
HASH = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.M)


def blank(match: re.Match) -> str:
    """As many lines as the text had, so that numbers of lines stay right."""
    return "\n" * match[0].count("\n") or " "


def python_prose(text: str) -> Iterator[Tuple[int, str]]:
    """Comments, and strings that are statements, each with the number of its first line."""
    previous = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        starts = previous in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
        if token.type == tokenize.COMMENT or token.type == tokenize.STRING and starts:
            yield token.start[0], token.string
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            previous = token.type


def parts(name: str, text: str) -> Iterator[Tuple[int, str]]:
    """The parts of a file that are prose, with the numbers of their first lines."""
    if name.endswith((".md", ".tutorial")):
        yield 1, FENCE.sub(blank, text)
    elif name.endswith(".py"):
        yield from python_prose(text)
    else:
        pattern = SWIFT_OR_C if re.search(r"\.(swift|c|h|inc|cpp|hpp|cc)$", name) else HASH
        for match in pattern.finditer(text):
            if not match[0].startswith('"'):
                yield text.count("\n", 0, match.start()) + 1, match[0]


def findings(name: str, text: str) -> List[str]:
    found = []
    for first, part in parts(name, text):
        prose = NOT_PROSE.sub(blank, part)
        for match in WORDS.finditer(prose):
            line = first + prose.count("\n", 0, match.start())
            found.append(f"{name}:{line}: \"{' '.join(match[0].split())}\"")
    return found


def files() -> List[str]:
    patterns = ["*.md", "*.tutorial", "*.swift", "*.c", "*.h", "*.inc", "*.cpp", "*.hpp", "*.py", "*.sh", ".ci/run", "Makefile"]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns], cwd=ROOT, check=True,
        capture_output=True, text=True).stdout.split("\n")
    # Generated code, and headers that other projects wrote.
    return [each for each in sorted({*listed} - {""}) if (ROOT / each).is_file() and "/Generated/" not in each
            and "/include/triton/" not in each]


def self_test() -> None:
    word = "way"
    for name, text in {
        "a.md": f"in this {word}", "a.tutorial": f"in this {word}", "a.swift": f"let a = 1  /// one {word}", "a.c": f"/* one\n * {word} */",
        "a.h": f'char *a = "//"; // {word}', "a.py": f'def a():\n    """One {word}."""', "b.py": f"a = 1  # {word}",
        "a.sh": f"true # {word}", "Makefile": f"a: ## {word}", "b.md": "none but\nfor one", "c.md": "Behind it",
    }.items():
        assert len(findings(name, text)) == 1, (name, text)
    for name, text in {
        "a.md": f"`{word}`\n```\n{word}\n```\n[x]({word}) {word}.md, always, halfway",
        "a.swift": f'let {word} = "// {word}"',
        "a.py": f'{word} = "{word}"', "a.sh": f"echo '{word}'",
    }.items():
        assert not findings(name, text), (name, text)


def main() -> int:
    self_test()
    if sys.argv[1:] == ["--self-test"]:
        print("check-prose: each kind of text is searched")
        return 0
    names = sys.argv[1:] or files()
    found = [line for name in names for line in findings(name, (ROOT / name).read_text(errors="replace"))]
    print(*found, sep="\n", end="\n" if found else "")
    print(f"check-prose: {len(names)} files, {len(found)} words to replace")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
