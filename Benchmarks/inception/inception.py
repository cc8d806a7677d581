"""Counts, times and reduces Inception modules with deeper, and writes docs/naive-vs-reduced.md.

The tables come from `deeper ops`, `deeper compare` and `deeper reduce`; the curve of reductions is drawn here. The
pictures are split into two halves: the network is calibrated on one half and evaluated on the other, and vice versa.
"""

import argparse
import datetime
import json
import os
import pathlib
import shlex
import subprocess
import tempfile

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LAYERS = ["--layers", "*/3x3", "*/5x5"]
SHARES = [0.7, 0.6, 0.5, 0.4, 0.3]


class Deeper:
    """Runs the command, and writes sections that quote the command line."""

    def __init__(self, path):
        self.path = path

    def text(self, *arguments):
        return subprocess.run([self.path, *map(str, arguments)], capture_output=True, text=True, check=True).stdout

    def section(self, *arguments):
        command = shlex.join(["deeper", *map(str, arguments)])
        return f"`{command}`\n\n{self.text(*arguments).strip()}\n"


def machine():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown CPU")
    return f"{name}, {os.cpu_count()} CPUs"


def halves(folder, work):
    """Two folders, each with every second picture of the given folder."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    result = []
    for part in (0, 1):
        half = work / f"half{part}"
        half.mkdir()
        for path in files[part::2]:
            (half / path.name).symlink_to(path.resolve())
        result.append(half)
    return result


def reduce(deeper, model, output, method, share, half, others, algorithm="auto"):
    arguments = ["reduce", model, "-o", output, *LAYERS, "--method", method, "--macs", share, "--evaluate", others]
    arguments += ["--algorithm", algorithm, "--json"]
    if half:
        arguments += ["--calibrate", half]
    return json.loads(deeper.text(*arguments))


def judge(deeper, model, output, method, share, parts, algorithm="auto"):
    """Agreement over all pictures, each evaluated by a network not calibrated with it; times of the last network."""
    reports = [reduce(deeper, model, output, method, share, half, others, algorithm) for half, others in parts]
    total = reports[-1]["total"]
    return {
        "method": method,
        "share": total["macs_after"] / total["macs_before"],
        "pictures": sum(report["agreement"]["pictures"] for report in reports),
        "top1": sum(report["agreement"]["same_top1"] for report in reports),
        "top5": sum(report["agreement"]["top1_in_top5"] for report in reports),
        "before": total["ms_before"],
        "after": total["ms_after"],
        "ratio": total["ratio"],
        "spread": total["ratio_spread"],
        "layers": reports[-1]["layers"],
    }


def agreement_with_onnxruntime(deeper, model, work):
    """The largest difference of outputs between deeper and ONNX Runtime for one random picture."""
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    picture = (numpy.random.default_rng(1).random((1, 3, 224, 224)) * 255 - 117).astype(numpy.float32)
    numpy.save(work / "picture.npy", picture)
    expected = session.run(None, {name: picture})[0]
    deeper.text("run", model, "--input", f"{name}={work / 'picture.npy'}", "--output-dir", work / "outputs")
    found = numpy.load(next((work / "outputs").glob("*.npy")))
    return float(numpy.abs(found - expected).max())


def curve(points, path):
    figure, axes = pyplot.subplots(figsize=(6.4, 4.2))
    for label in dict.fromkeys(point["label"] for point in points):
        own = [point for point in points if point["label"] == label]
        axes.plot(
            [100 * point["share"] for point in own], [100 * point["top1"] / point["pictures"] for point in own],
            marker="o", label=label)
    axes.set_xlabel("% of the MACs of the 3x3 and 5x5 convolutions kept")
    axes.set_ylabel("% of the pictures with the same best class")
    axes.axhline(85, color="grey", linewidth=0.6)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def reduction_section(deeper, model, pictures, images):
    lines = []
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        first, second = halves(pictures, work)
        crossed, plain = [(first, second), (second, first)], [(None, pictures)]
        output = work / "reduced.onnx"
        points = []
        for label, parts in [("spatial, calibrated", crossed), ("spatial, weights alone", plain)]:
            for share in SHARES:
                points.append({"label": label, **judge(deeper, model, output, "spatial", share, parts)})
        for method in ("tucker2", "svd"):
            points.append({"label": f"{method}, calibrated", **judge(deeper, model, output, method, 0.5, crossed)})
        direct = {
            method: judge(deeper, model, output, method, 0.5, crossed, "direct")
            for method in ("svd", "tucker2", "spatial")
        }
        difference = agreement_with_onnxruntime(deeper, output, work)
        curve(points, images / "reduction.svg")
    total = points[0]["pictures"]
    lines += [
        f"`deeper reduce {model.name} -o reduced.onnx --layers '*/3x3' '*/5x5' --method METHOD --macs SHARE "
        "--calibrate HALF --evaluate OTHER`",
        "",
        f"{total} photographs, no training. Calibrated networks are evaluated on the half that was not used for\n"
        "calibration, and each half is used once for each purpose.",
        "",
        "![Agreement against the share of MACs kept](images/reduction.svg)",
        "",
        f"| method | MACs kept | same best class of {total} | best class in top five | ms before | after | "
        "times as fast | spread |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [row(point["label"], point) for point in points]
    lines += [
        "", "The same with both networks computed directly (`--algorithm direct`), calibrated, at half the MACs:", "",
    ]
    lines += [
        f"| method | MACs kept | same best class of {total} | best class in top five | ms before | after | "
        "times as fast | spread |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [row(method, point) for method, point in direct.items()]
    lines += [
        "",
        f"Largest difference between the outputs of deeper and ONNX Runtime for the last file written: {difference:.1e}.",
        "",
    ]
    lines += ["Layers of the directly computed network that was reduced by `spatial`:", ""]
    lines += ["| layer | filters | rank | break-even | MACs before | after | weight error | output error | ms before | after |"]
    lines += ["|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for layer in direct["spatial"]["layers"]:
        lines.append(
            f"| {layer['name']} | {' x '.join(map(str, layer['shape']))} "
            f"| {', '.join(map(str, layer['ranks'])) or 'whole'} | {layer['break_even_rank']:.1f} "
            f"| {layer['macs_before']:,} | {layer['macs_after']:,} | {layer['weight_error']:.3f} "
            f"| {number(layer.get('output_error'))} | {number(layer.get('ms_before'))} | {number(layer.get('ms_after'))} |"
        )
    return "\n".join(lines)


def number(value):
    return "" if value is None else f"{value:.3f}"


def row(label, point):
    return (
        f"| {label} | {100 * point['share']:.1f} % | {point['top1']} | {point['top5']} | {point['before']:.2f} "
        f"| {point['after']:.2f} | {point['ratio']:.2f} | {point['spread'][0]:.2f}-{point['spread'][1]:.2f} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deeper", default=str(ROOT / ".build" / "release" / "deeper"))
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / ".." / "shared" / "data", help="model and pictures")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs" / "naive-vs-reduced.md")
    options = parser.parse_args()
    deeper = Deeper(options.deeper)
    images = options.output.parent / "images"
    images.mkdir(exist_ok=True)
    compare = ["compare", "--markdown", "--rounds", options.rounds]
    sections = [
        "# Naive and reduced modules",
        f"Generated by `make bench-inception`, {datetime.date.today().isoformat()}, {machine()}.\n"
        "Everything below is the output of the commands shown. [operation-counts.md](operation-counts.md) defines what\n"
        "is counted.",
        "## The article's example\n\n" + deeper.section("ops", "--article", "--markdown"),
        "## Table 1 of the paper\n\n" + deeper.section("ops", "googlenet", "--paper", "--markdown"),
        "## GoogLeNet by module\n\n" + deeper.section("ops", "googlenet", "--by", "module", "--markdown"),
        "## Counted and measured\n\n![MACs, times and roofline](images/naive-vs-reduced.svg)\n",
        deeper.section(*compare, "--plot", images / "naive-vs-reduced.svg").replace(str(images) + "/", ""),
        "## Direct computation\n\n" + deeper.section(*compare, "--algorithm", "direct"),
    ]
    model, pictures = options.data / "models" / "bvlc_googlenet.onnx", options.data / "images" / "imagenet"
    if model.exists() and pictures.exists():
        sections.append("## Reduction by linear algebra\n\n" + reduction_section(deeper, model, pictures, images))
    else:
        sections.append(f"## Reduction by linear algebra\n\nNot run: {model} or {pictures} does not exist.")
    options.output.write_text("\n\n".join(section.strip() for section in sections) + "\n")
    print(f"wrote {options.output}")


main()
