"""What the site has in addition to docs/: pages kept elsewhere in the checkout, and links between all of them.

A path is one of the checkout, with slashes ("python/README.md"). A page is a path below docs/ ("python.md"), which
MkDocs turns into an address.
"""

import posixpath
import re
from pathlib import Path
from typing import Dict, Optional
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[2]

# Pages that stand elsewhere in the checkout, and where the site has them.
ELSEWHERE: Dict[str, str] = {
    "README.md": "overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "python/README.md": "python.md",
    "packaging/README.md": "packaging.md",
    "Examples/swift-server/README.md": "swift-server.md",
    "Sources/Engine/Deeper/Deeper.docc/GettingStarted.md": "swift.md",
    **{f"integrations/{name}/README.md": f"integrations/{name}.md" for name in
       ("container", "grafana", "kserve", "ray", "triton")},
}

# Files from which pages are made, and these pages.
REFERENCE: Dict[str, str] = {"Sources/Interfaces/CDeeper/include/deeper.h": "c-reference.md"}

LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
CODE = re.compile(r"(^ *```.*?^ *```$|`+[^`]+`+)", re.M | re.S)


def page_of(path: str) -> Optional[str]:
    """The page that shows this file or folder, or None."""
    if path == "docs/decisions":
        return "index.md"
    if path in ELSEWHERE or path in REFERENCE:
        return ELSEWHERE.get(path) or REFERENCE[path]
    if path.startswith("docs/") and path.endswith((".md", ".svg", ".png")):
        return path.removeprefix("docs/")
    return page_of(f"{path}/README.md") if (ROOT / path / "README.md").is_file() else None


def with_links(text: str, path: str, page: str, sources: Optional[str]) -> str:
    """The text of `path`, shown as `page`, with its relative links leading to pages, or to `sources` followed by a
    path.

    Without `sources`, a link to a file that is no page becomes the file's name. Raises FileNotFoundError if the file
    that a link leads to does not exist.
    """
    def moved(match: re.Match) -> str:
        mark, label, target = match.groups()
        name, _, anchor = target.partition("#")
        if not name or re.match(r"[a-z]+:", name):
            return match[0]
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(name)))
        if not (ROOT / wanted).exists():
            raise FileNotFoundError(f"{path}: a link to {target}, but there is no {wanted}")
        shown = page_of(wanted)
        if shown is not None:
            return f"{mark}[{label}]({relative(shown, page)}{'#' + anchor if anchor else ''})"
        if sources:
            return f"{mark}[{label}]({sources.rstrip('/')}/{wanted})"
        return label if posixpath.basename(wanted) in label else f"{label} (`{wanted}`)"

    parts = CODE.split(text)
    return "".join(part if index % 2 else LINK.sub(moved, part) for index, part in enumerate(parts))


def relative(target: str, page: str) -> str:
    return posixpath.relpath(target, posixpath.dirname(page) or ".")


def nested_by_four(text: str) -> str:
    """The text in the form that Python-Markdown wants: the contents of a list item are indented by four columns instead
    of by the width of the item's mark, and an empty line comes before a list."""
    lines, items, fence, blank = [], [], "", True
    for line in text.split("\n"):
        body = line.lstrip(" ")
        indent = len(line) - len(body)
        if not body:
            lines.append("")
            blank = True
            continue
        if not fence:
            # A line that is indented less than an item's text ends the item, unless it goes on lazily.
            while items and indent < items[-1] and (blank or is_item(body)):
                items.pop()
        inside = [width for width in items if width <= indent]
        moved = 4 * len(inside) + indent - (inside[-1] if inside else 0)
        mark = None if fence else re.match(r"([-*+]|\d+[.)]) +", body)
        if mark and not blank and not items and not is_item(lines[-1].lstrip()):
            lines.append("")
        lines.append(" " * moved + body)
        if mark and moved % 4 == 0:
            items = inside + [indent + len(mark[0])]
        if body.startswith("```"):
            fence = "" if fence else "```"
        blank = False
    return "\n".join(lines)


def is_item(body: str) -> bool:
    return re.match(r"([-*+]|\d+[.)]) ", body) is not None
