"""Hooks of MkDocs: pages that are not files below docs/, links between all pages, the list of decisions."""

import sys
from pathlib import Path
from typing import Dict

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

import header  # noqa: E402
from pages import ELSEWHERE, REFERENCE, ROOT, nested_by_four, with_links  # noqa: E402

PRODUCTS: Dict[str, str] = {
    "Deeper": "Models, engines, tensors and pictures.",
    "DeeperZoo": "GoogLeNet, AlexNet and the modules of the paper as graphs.",
    "DeeperTraining": "Training steps and recipes.",
    "DeeperBuiltinModel": "The model that ships with deeper.",
    "DeeperServing": "A server of the Open Inference Protocol, to embed in a program.",
}

# What `make docs` puts into the site after MkDocs has run. MkDocs needs to know of it to check links.
ADDRESSES = ["api/documentation/index.html", *(f"api/documentation/{name.lower()}/index.html" for name in PRODUCTS)]


def swift_reference() -> str:
    lines = ["# Swift reference", "", "| product | contents |", "|---|---|"]
    lines += [f"| [{name}](api/documentation/{name.lower()}/index.html) | {text} |" for name, text in PRODUCTS.items()]
    return "\n".join(lines) + "\n"


def python_reference() -> str:
    return "\n".join(["# Python reference", "", *(f"::: {name}\n" for name in (
        "deeper", "deeper.onnxruntime", "deeper.backend", "deeper.ray"))])


def generated() -> Dict[str, str]:
    """Pages that no file of the checkout has."""
    return {
        **{page: header.page((ROOT / path).read_text()) for path, page in REFERENCE.items()},
        "swift-reference.md": swift_reference(),
        "python-reference.md": python_reference(),
    }


def on_config(config):
    """Lists the pages of a folder where the navigation names the folder, and leaves out pages whose file is missing."""
    missing = {page for path, page in ELSEWHERE.items() if not (ROOT / path).is_file()}

    def listed(entry):
        if isinstance(entry, dict):
            return {title: listed(value) for title, value in entry.items()}
        if isinstance(entry, list):
            return [listed(each) for each in entry if not isinstance(each, str) or each not in missing]
        if not entry.endswith("/"):
            return entry
        return sorted(entry + path.name for path in Path(config.docs_dir, entry).glob("*.md"))

    config.nav = listed(config.nav)
    return config


def on_files(files: Files, config) -> Files:
    for path, page in ELSEWHERE.items():
        if (ROOT / path).is_file():
            files.append(File.generated(config, page, content=(ROOT / path).read_text()))
    for page, text in generated().items():
        files.append(File.generated(config, page, content=text))
    for address in ADDRESSES:
        files.append(File.generated(config, address, content="`make docs` writes this page.\n"))
    return files


def on_page_markdown(markdown: str, page, config, files) -> str:
    name = page.file.src_uri
    path = next((path for path, shown in ELSEWHERE.items() if shown == name), f"docs/{name}")
    if not (ROOT / path).is_file():
        return markdown
    try:
        return nested_by_four(with_links(markdown, path, name, config.extra.get("sources")))
    except FileNotFoundError as error:
        raise PluginError(str(error)) from error
