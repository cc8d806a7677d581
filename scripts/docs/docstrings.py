"""Griffe extension: lines "name: what it is" of a docstring become a list, as Markdown would join them otherwise."""

import re

import griffe

ENTRY = re.compile(r"^(\w+(?:, \w+)*): (?=\S)", re.M)


class Docstrings(griffe.Extension):
    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring:
            obj.docstring.value = ENTRY.sub(
                lambda match: "- " + ", ".join(f"`{name}`" for name in match[1].split(", ")) + ": ",
                obj.docstring.value)
