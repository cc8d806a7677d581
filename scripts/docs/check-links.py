#!/usr/bin/env python3
"""Checks that every link of the built site leads to a page and an anchor that exist, and that no page loads anything
from other servers.

usage: scripts/docs/check-links.py SITE_FOLDER

DocC's pages, below SITE_FOLDER/api, are drawn by JavaScript from JSON files: what these files refer to must have a
file of its own. Prints each broken link with its page, and fails if there is one.
"""

import json
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Set
from urllib.parse import unquote, urlsplit

# Attributes that make a browser load what they name, and those that only lead there.
LOADED = {("img", "src"), ("script", "src"), ("source", "src"), ("iframe", "src"), ("link", "href")}
LEADING = {("a", "href")}
# Not loaded: what <link> says of the page itself.
STATEMENTS = {"canonical", "next", "prev"}


class Link(NamedTuple):
    target: str
    is_loaded: bool


class Page(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: List[Link] = []
        self.anchors: Set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        if tag == "link" and values.get("rel") in STATEMENTS:
            return
        for name, value in attributes:
            if value is not None and (tag, name) in LOADED | LEADING:
                self.links.append(Link(value, (tag, name) in LOADED))


def broken_links(site: Path) -> Iterator[str]:
    """The broken links of the guides."""
    paths = [path for path in sorted(site.rglob("*.html")) if path.relative_to(site).parts[0] != "api"]
    pages: Dict[Path, Page] = {path: Page(path.read_text()) for path in paths}
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link.target)
            if parts.scheme or parts.netloc:
                if link.is_loaded and parts.scheme != "data":
                    yield f"{path.relative_to(site)}: loads {link.target}"
                continue
            target = (path.parent / unquote(parts.path)).resolve() if not parts.path.startswith("/") else \
                (site / unquote(parts.path).lstrip("/")).resolve()
            target = path if not parts.path else target / "index.html" if target.is_dir() else target
            if not target.is_file():
                yield f"{path.relative_to(site)}: {link.target} is not there"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{path.relative_to(site)}: {link.target} has no such anchor"


def broken_references(api: Path) -> Iterator[str]:
    """References of DocC's JSON files to pages or pictures that are not there.

    Chapters of tutorials are titles without links: their identifiers begin with that of the table of contents.
    """
    for path in sorted((api / "data").rglob("*.json")):
        content = json.loads(path.read_text())
        contents = content.get("hierarchy", {}).get("reference")
        for name, reference in content.get("references", {}).items():
            if contents and name.startswith(f"{contents}/"):
                continue
            url = urlsplit(reference.get("url", ""))
            if url.path.startswith("/") and not url.netloc and not (api / f"data{url.path}.json").is_file():
                yield f"{path.relative_to(api)}: {url.path} is not there"


def main() -> int:
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "index.html").is_file():
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 64
    site = Path(sys.argv[1]).resolve()
    broken = [*broken_links(site), *broken_references(site / "api")]
    print(*broken, sep="\n", end="\n" if broken else "")
    print(f"check-links: {len(broken)} broken links")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
