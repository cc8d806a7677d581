"""Draws the README's chart: the fastest other engine's time over deeper's for each network of docs/performance.md.

usage: chart.py [--page docs/performance.md] [--output docs/images/networks.svg]

Reads the table below the heading "Networks as exporters write them", so that the chart shows what the page says.
"""

import argparse
import re
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as pyplot  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
HEADING = "### Networks as exporters write them"
ROW = re.compile(r"^\| (\w+) \| ([\d.]+) \| ([\w ]+) \| ([\d.]+) \| ([\d.]+) ")
COLOURS = {"ONNX Runtime": "#3867a8", "OpenVINO": "#2f7d4f", "ncnn": "#b07a1e", "MNN": "#a33d3d", "LiteRT": "#7a4f9e"}


def rows(page: Path) -> list[tuple[str, str, float]]:
    section = page.read_text().split(HEADING, 1)[1].split("\n#", 1)[0]
    matches = (ROW.match(line) for line in section.splitlines())
    found = [(match[1], match[3], float(match[5])) for match in matches if match]
    if not found:
        raise SystemExit(f"{page}: no table of networks below {HEADING!r}")
    return sorted(found, key=lambda row: row[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "performance.md")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "images" / "networks.svg")
    arguments = parser.parse_args()
    found = rows(arguments.page)
    # The same file for the same figures.
    matplotlib.rcParams["svg.hashsalt"] = "deeper"
    matplotlib.rcParams["font.size"] = 9
    figure, axes = pyplot.subplots(figsize=(8, 0.2 * len(found) + 1.2), layout="constrained")
    axes.barh([name for name, _, _ in found], [ratio for _, _, ratio in found],
              color=[COLOURS[engine] for _, engine, _ in found])
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xlim(0, found[-1][2] * 1.08)
    axes.margins(y=0.01)
    axes.set_xlabel("time of the fastest other engine / time of deeper (above 1: deeper is faster)")
    axes.set_title("fp32, batch 1, two threads")
    for place, (_, _, ratio) in enumerate(found):
        axes.text(ratio + 0.02, place, f"{ratio:.2f}", va="center", fontsize=7)
    handles = [pyplot.Rectangle((0, 0), 1, 1, color=colour) for colour in COLOURS.values()]
    axes.legend(handles, COLOURS, title="fastest other engine", loc="lower right")
    figure.savefig(arguments.output, metadata={"Date": None})


if __name__ == "__main__":
    main()
