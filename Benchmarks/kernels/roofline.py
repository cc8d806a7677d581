"""Times a model's convolution shapes with `deeper kernels`, writes a table, and draws them under the core's roofline."""

import argparse
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def measure(arguments, isa):
    command = [arguments.deeper, "kernels", arguments.model, "--json", "--isa", isa, "--rounds", str(arguments.rounds)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def cell(rate):
    return f"{rate['gflops']:.0f} | {100 * rate['of_peak']:.0f}" if rate else " | "


def table(report):
    lines = [
        f"{report['isa']}: peak {report['peak_gflops']:.1f} GFLOP/s of one core, copy {report['copy_gb_per_s']:.1f} GB/s",
        "",
        "| step | lowering | rows | k | columns | GFLOP/s | % of peak | OpenBLAS | % of peak | Winograd | % of peak |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for shape in report["shapes"]:
        name = shape["name"].split(" | ")[0] + (" and siblings" if " | " in shape["name"] else "")
        lines.append(
            f"| {name} | {shape['lowering']} | {shape['m']} | {shape['k']} | {shape['n']} | {cell(shape['direct'])} "
            f"| {cell(shape.get('openblas'))} | {cell(shape.get('winograd'))} |"
        )
    return "\n".join(lines)


def plot(reports, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, all_axes = pyplot.subplots(1, len(reports), figsize=(6.5 * len(reports), 4.8), squeeze=False)
    for axes, report in zip(all_axes[0], reports):
        peak, bandwidth = report["peak_gflops"], report["copy_gb_per_s"]
        intensities = [2 * shape["macs"] / shape["bytes"] for shape in report["shapes"]]
        span = [min(intensities) / 2, max(intensities) * 2]
        ridge = peak / bandwidth
        axes.plot([span[0], ridge, span[1]], [bandwidth * span[0], peak, peak], color="black", label="peak, copy bandwidth")
        for key, marker in [("openblas", "v"), ("direct", "o"), ("winograd", "^")]:
            points = [
                (2 * shape["macs"] / shape["bytes"], shape[key]["gflops"])
                for shape in report["shapes"]
                if shape.get(key)
            ]
            label = {"openblas": "im2col + OpenBLAS", "direct": "deeper, direct", "winograd": "deeper, Winograd"}[key]
            axes.scatter(*zip(*points), marker=marker, s=22, label=label)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("FLOPs of direct computation a byte of operands")
        axes.set_ylabel("GFLOP/s, counted as direct")
        axes.set_title(f"{report['isa']}, one core, warm operands")
        axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="an ONNX file or a built-in network")
    parser.add_argument("--deeper", default=str(ROOT / ".build" / "release" / "deeper"))
    parser.add_argument("--isa", default="avx512,avx2", help="one or several")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--plot", type=pathlib.Path, help=".svg or .png")
    arguments = parser.parse_args()
    reports = [measure(arguments, isa) for isa in arguments.isa.split(",")]
    print("\n\n".join(map(table, reports)))
    if arguments.json:
        arguments.json.write_text(json.dumps(reports, indent=2) + "\n")
    if arguments.plot:
        plot(reports, arguments.plot)


if __name__ == "__main__":
    main()
