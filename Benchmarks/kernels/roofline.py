"""Times a model's convolution shapes with `deeper kernels`, writes a table, and draws them under the core's roofline."""

import argparse
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def measure(arguments, isa, model):
    command = [arguments.deeper, "kernels", model, "--json", "--isa", isa, "--rounds", str(arguments.rounds)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def roofs(report):
    """The peaks of what the shapes multiply, by type."""
    floats = {"float32": report["peak_gflops"]} if report.get("peak_gflops") else {}
    used = {shape["multiplied"] for shape in report["shapes"]}
    return floats | {type: peak for type, peak in report["integer_peaks_gops"].items() if type in used}


def cell(rate):
    return f"{rate['gflops']:.0f} | {100 * rate['of_peak']:.0f}" if rate else " | "


def table(report):
    peaks = ", ".join(f"{peak:.1f} Gop/s of {type}" for type, peak in roofs(report).items())
    lines = [
        f"{report['isa']}: peak {peaks} of one core, copy {report['copy_gb_per_s']:.1f} GB/s",
        "",
        "| step | lowering | rows | k | columns | Gop/s | % of peak | OpenBLAS | % of peak | Winograd | % of peak |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for shape in report["shapes"]:
        name = shape["name"].split(" | ")[0] + (" and siblings" if " | " in shape["name"] else "")
        lines.append(
            f"| {name} | {shape['lowering']} | {shape['m']} | {shape['k']} | {shape['n']} | {cell(shape['direct'])} "
            f"| {cell(shape.get('openblas'))} | {cell(shape.get('winograd'))} |"
        )
    return "\n".join(lines)


LABELS = {"openblas": "im2col + OpenBLAS", "direct": "deeper, direct", "winograd": "deeper, Winograd"}


def plot(reports, path):
    """A picture for each instruction set, with all precisions."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    sets = list(dict.fromkeys(report["isa"] for report in reports))
    figure, all_axes = pyplot.subplots(1, len(sets), figsize=(6.5 * len(sets), 4.8), squeeze=False)
    for axes, isa in zip(all_axes[0], sets):
        own = [report for report in reports if report["isa"] == isa]
        bandwidth = max(report["copy_gb_per_s"] for report in own)
        shapes = [shape for report in own for shape in report["shapes"]]
        intensities = [2 * shape["macs"] / shape["bytes"] for shape in shapes]
        span = [min(intensities) / 2, max(intensities) * 2]
        peaks = {type: peak for report in own for type, peak in roofs(report).items()}
        for (type, peak), style in zip(peaks.items(), ["-", "--", ":"]):
            ridge = peak / bandwidth
            axes.plot(
                [span[0], ridge, span[1]], [bandwidth * span[0], peak, peak], style, color="black",
                label=f"peak of {type}, copy bandwidth",
            )
        for type in peaks:
            for key, marker in [("openblas", "v"), ("direct", "o"), ("winograd", "^")]:
                points = [
                    (2 * shape["macs"] / shape["bytes"], shape[key]["gflops"])
                    for shape in shapes
                    if shape["multiplied"] == type and shape.get(key)
                ]
                if points:
                    axes.scatter(*zip(*points), marker=marker, s=22, label=f"{LABELS[key]}, {type}")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("operations of direct computation per byte of operands")
        axes.set_ylabel("Gop/s, counted as direct")
        axes.set_title(f"{isa}, one core, warm operands")
        axes.legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", help="ONNX files or built-in networks: the same one in several precisions, say")
    parser.add_argument("--deeper", default=str(ROOT / ".build" / "release" / "deeper"))
    parser.add_argument("--isa", default="avx512,avx2", help="one or several")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--plot", type=pathlib.Path, help=".svg or .png")
    arguments = parser.parse_args()
    reports = [measure(arguments, isa, model) for isa in arguments.isa.split(",") for model in arguments.models]
    print("\n\n".join(map(table, reports)))
    if arguments.json:
        arguments.json.write_text(json.dumps(reports, indent=2) + "\n")
    if arguments.plot:
        plot(reports, arguments.plot)


if __name__ == "__main__":
    main()
