"""Times deeper against batch, threads, picture size and concurrent callers, in alternating rounds, and draws the result."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

import onnx

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "peers"))

import networks  # noqa: E402


def bench(arguments, model, **options):
    command = [arguments.deeper, "bench", str(model), "--json", "--seconds", str(arguments.seconds), "--warmup", "2"]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def open_network(folder):
    """ResNet-50, which takes pictures of any size."""
    path = folder / "resnet50_open.onnx"
    if not path.exists():
        model = onnx.load(networks.write("resnet50", folder))
        for axis, name in [(2, "height"), (3, "width")]:
            model.graph.input[0].type.tensor_type.shape.dim[axis].dim_param = name
        onnx.save(model, path)
    return path


def sweep(arguments, name, points):
    """Every point once a round; medians over the rounds."""
    reports = {label: [] for label, _, _ in points}
    for number in range(arguments.rounds):
        for label, model, options in points:
            reports[label].append(bench(arguments, model, **options))
        print(f"{name}: round {number + 1} of {arguments.rounds}", file=sys.stderr)
    return [
        {
            "sweep": name,
            "value": label,
            "median_ms_per_image": statistics.median(r["median_ms_per_image"] for r in all_of),
            "min_ms_per_image": min(r["min_ms_per_image"] for r in all_of),
            "images_per_second": statistics.median(r["images_per_second"] for r in all_of),
            "best_images_per_second": max(r["images_per_second"] for r in all_of),
        }
        for label, all_of in reports.items()
    ]


def plot(rows, path, cpus):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(11, 8))
    panels = [
        ("batch", f"images in a call, {cpus} threads", "ms per image", "min_ms_per_image", "median_ms_per_image"),
        ("threads", "threads of a call, batch 1", "ms per image", "min_ms_per_image", "median_ms_per_image"),
        ("size", f"height and width (ResNet-50), {cpus} threads", "ms per image", "min_ms_per_image", "median_ms_per_image"),
        ("callers", "concurrent callers, 1 thread each", "images/s", "best_images_per_second", "images_per_second"),
    ]
    for place, (name, across, up, best, median) in zip(axes.flat, panels):
        found = [row for row in rows if row["sweep"] == name]
        for key, label in [(median, "median"), (best, "best")]:
            place.plot([row["value"] for row in found], [row[key] for row in found], marker="o", label=label)
        place.set_xlabel(across)
        place.set_ylabel(up)
        if name == "batch":
            place.set_xscale("log", base=2)
        place.set_xticks([row["value"] for row in found], [str(row["value"]) for row in found])
        place.set_ylim(bottom=0)
        place.legend()
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="an ONNX file or a built-in network, for all but the picture sizes")
    parser.add_argument("--deeper", default=str(ROOT / ".build" / "release" / "deeper"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of timed runs for each point in a round")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "peers", help="for seeded networks")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--plot", type=pathlib.Path, help=".svg or .png")
    arguments = parser.parse_args()
    cpus = len(os.sched_getaffinity(0))
    pictures = open_network(arguments.work.resolve())
    rows = sweep(arguments, "threads", [(n, arguments.model, {"threads": n}) for n in range(1, cpus + 1)])
    rows += sweep(
        arguments, "batch", [(n, arguments.model, {"batch": n, "threads": cpus}) for n in (1, 2, 4, 8, 16, 32, 64)]
    )
    rows += sweep(
        arguments, "size", [(n, pictures, {"size": n, "threads": cpus}) for n in (112, 160, 224, 320, 448)]
    )
    rows += sweep(
        arguments, "callers", [(n, arguments.model, {"callers": n, "threads": 1}) for n in (1, 2, 3, 4, 8)]
    )
    print("| against | value | median ms per image | least | images/s |\n|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['sweep']} | {row['value']} | {row['median_ms_per_image']:.2f} | {row['min_ms_per_image']:.2f} "
            f"| {row['images_per_second']:.1f} |"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")
    if arguments.plot:
        plot(rows, arguments.plot, cpus)


if __name__ == "__main__":
    main()
