"""The fenced code blocks of the documentation, with what the comments before them ask for.

Comments before a block, for readers of the source only:

    <!-- not run: REASON -->    the block is neither run nor checked
    <!-- continues -->          the block goes on from the last one of its page in the same language
    <!-- exits: 65 -->          a command of the block may exit with this status
    <!-- given: CODE -->        CODE comes first (in Swift and C: outside any function), may have several lines

The blocks of a DocC tutorial are the files that its steps show, each of which must be complete.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, Optional

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md", "CONTRIBUTING.md", "docs/*.md", "python/README.md", "packaging/README.md", "integrations/*/README.md",
    "Examples/*/README.md", "Sources/*/*/*.docc/*.md", "Sources/*/*/*.docc/*.tutorial",
]
LANGUAGES = {
    "swift": "swift", "python": "python", "c": "c", "cpp": "c++", "c++": "c++",
    "sh": "shell", "bash": "shell", "shell": "shell", "console": "console",
}
FENCE = re.compile(
    r"(?P<comments>(?:^ *<!--(?:(?!-->).)*-->\n)*)^(?P<indent> *)```(?P<language>[\w+]*)\n(?P<code>.*?)^ *```$",
    re.M | re.S)
COMMENT = re.compile(r"<!-- *(not run|continues|exits|given)(?:: *(.*?))? *-->", re.S)


@dataclass
class Block:
    page: str
    line: int
    language: str
    code: str
    marks: Dict[str, str] = field(default_factory=dict)
    # The block that this one goes on from.
    previous: Optional["Block"] = None
    # Whether the code is a whole file, to which nothing may be added.
    complete: bool = False

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    def chain(self) -> List["Block"]:
        """The blocks that this one goes on from, and itself."""
        return [*(self.previous.chain() if self.previous else []), self]

    def given(self) -> str:
        return "\n".join(each.marks["given"] for each in self.chain() if "given" in each.marks)


def steps_of(page: str, text: str) -> Iterator[Block]:
    for match in re.finditer(r'@Code\([^)]*?\bfile: "([^"]+)"', text):
        code = (ROOT / page).with_name("Resources").joinpath(match[1]).read_text()
        yield Block(page, text.count("\n", 0, match.start()) + 1, "swift", code, complete=True)


def blocks_of(page: str, text: str) -> Iterator[Block]:
    if page.endswith(".tutorial"):
        yield from steps_of(page, text)
        return
    last: Dict[str, Block] = {}
    for match in FENCE.finditer(text):
        indent = len(match["indent"])
        code = "".join(line[indent:] if line.strip() else "\n" for line in match["code"].splitlines(keepends=True))
        language = LANGUAGES.get(match["language"])
        if language is None and code.startswith("$ "):
            language = "console"
        if language is None:
            continue
        marks = {name: value or "" for name, value in COMMENT.findall(match["comments"])}
        block = Block(page, text.count("\n", 0, match.start("language")) + 1, language, code, marks)
        if "continues" in marks:
            block.previous = last.get(language)
        last[language] = block
        yield block


def unlabelled(page: str, text: str) -> Iterator[str]:
    """Places of blocks without a language, of which nobody can tell whether they should be run."""
    for match in FENCE.finditer(text):
        if not match["language"] and not match["code"].lstrip().startswith("$ "):
            yield f"{page}:{text.count(chr(10), 0, match.start('language')) + 1}"


def pages() -> Iterator[str]:
    for pattern in PAGES:
        yield from sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(pattern))
