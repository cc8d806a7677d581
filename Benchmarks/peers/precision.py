"""Compares precision with precision: every engine's float32 and its int8, in time and in answers.

deeper quantises by `deeper quantize`, OpenVINO by NNCF, ONNX Runtime by its own static quantiser (QDQ, uint8 and int8, a scale for
each filter, after its own pre-processing), all from the same pictures: every second one of a folder. The others say for how many pictures a network names
the same best class as deeper's float32. ncnn is measured in float32 only: its package has no quantiser.

Rounds alternate as in compare.py. Prints a table; writes JSON and a plot where asked.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import compare
import engines
import numpy

SUFFIXES = {".jpeg", ".jpg", ".png"}
QUANTISERS = {"deeper": "deeper quantize", "openvino": "NNCF", "onnxruntime": "ONNX Runtime"}


def pictures(arguments):
    """The pictures as networks read them: arrays of [1, 3, crop, crop]."""
    from PIL import Image

    mean = numpy.array(arguments.mean, numpy.float32)
    std = numpy.array(arguments.std, numpy.float32)
    arrays = []
    for path in sorted(path for path in arguments.pictures.iterdir() if path.suffix.lower() in SUFFIXES):
        picture = Image.open(path).convert("RGB").resize((arguments.resize, arguments.resize), Image.BILINEAR)
        margin = (arguments.resize - arguments.crop) // 2
        pixels = numpy.asarray(picture, numpy.float32)[margin : margin + arguments.crop, margin : margin + arguments.crop]
        if arguments.order == "bgr":
            pixels = pixels[..., ::-1]
        arrays.append((path, numpy.ascontiguousarray(((pixels - mean) / std).transpose(2, 0, 1)[None])))
    return arrays


def with_opset_13(model, folder):
    """A scale for each filter needs opset 13."""
    import onnx

    network = onnx.load(str(model))
    if network.opset_import[0].version < 13:
        network = onnx.version_converter.convert_version(network, 13)
    target = folder / f"{model.stem}-13.onnx"
    onnx.save(network, str(target))
    return target


def quantise(engine, model, arguments, calibration):
    """The engine's int8 network."""
    target = arguments.work / f"{model.stem}-{engine}-int8.onnx"
    name = input_name(model)
    if engine == "deeper":
        with tempfile.TemporaryDirectory() as folder:
            for path, _ in calibration:
                (pathlib.Path(folder) / path.name).symlink_to(path.resolve())
            options = ["--preset", "raw", "--filter", "bilinear", "--order", arguments.order]
            options += ["--resize", f"{arguments.resize}x{arguments.resize}", "--crop", str(arguments.crop)]
            options += ["--mean", ",".join(map(str, arguments.mean)), "--std", ",".join(map(str, arguments.std))]
            command = [arguments.deeper, "quantize", str(model), "-o", str(target), "--calibrate", folder, *options]
            subprocess.run(command, check=True, capture_output=True)
    elif engine == "openvino":
        import nncf
        import onnx

        dataset = nncf.Dataset([array for _, array in calibration], lambda array: {name: array})
        network = onnx.load(str(with_opset_13(model, arguments.work)))
        onnx.save(nncf.quantize(network, dataset, subset_size=len(calibration)), str(target))
    else:
        from onnxruntime import quantization

        class Reader(quantization.CalibrationDataReader):
            def __init__(self):
                self.arrays = iter([{name: array} for _, array in calibration])

            def get_next(self):
                return next(self.arrays, None)

        prepared = arguments.work / f"{model.stem}-prepared.onnx"
        quantization.shape_inference.quant_pre_process(
            str(with_opset_13(model, arguments.work)), str(prepared), skip_symbolic_shape=True
        )
        quantization.quantize_static(
            str(prepared), str(target), Reader(),
            quant_format=quantization.QuantFormat.QDQ, per_channel=True,
            activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
        )
    return target


def input_name(model):
    import onnx

    graph = onnx.load(str(model), load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    return next(value.name for value in graph.input if value.name not in constants)


def best_classes(engine, model, arguments, arrays):
    if engine != "deeper":
        run = engines.LOADERS[engine][1](model, arguments.work, 1, max(arguments.threads))
        return [int(numpy.argmax(run(array))) for _, array in arrays]
    classes = []
    with tempfile.TemporaryDirectory() as folder:
        for _, array in arrays:
            numpy.save(f"{folder}/input.npy", array)
            command = [arguments.deeper, "run", str(model), "--input", f"{input_name(model)}={folder}/input.npy"]
            subprocess.run([*command, "--output-dir", f"{folder}/out"], check=True, capture_output=True)
            classes.append(int(numpy.argmax(numpy.load(next(pathlib.Path(f"{folder}/out").glob("*.npy"))))))
    return classes


def measured(model, arguments, threads, entries):
    """Rows of all engines and precisions, measured in turns."""
    times = {key: [] for key in entries}
    for number in range(arguments.rounds):
        for (engine, precision), file in entries.items():
            report = compare.measure(engine, file, arguments, 1, threads)
            times[engine, precision].append(report["median_ms_per_image"] if report else None)
        print(f"{model.stem} t{threads} round {number + 1}", file=sys.stderr)
    rows = []
    for (engine, precision), own in times.items():
        if None in own or None in times["deeper", precision]:
            continue
        ratios = sorted(theirs / mine for theirs, mine in zip(own, times["deeper", precision]))
        rows.append(
            {
                "model": model.stem,
                "threads": threads,
                "engine": engine,
                "precision": precision,
                "median_ms": statistics.median(own),
                "ratio_median": statistics.median(ratios),
                "ratio_min": ratios[0],
                "ratio_max": ratios[-1],
            }
        )
    return rows


def compared(model, arguments):
    arrays = pictures(arguments)
    calibration, evaluation = arrays[::2], arrays[1::2]
    engines.SHAPES[model] = [1, 3, arguments.crop, arguments.crop]
    entries = {}
    for engine in ["deeper", *arguments.engines]:
        entries[engine, "float32"] = model
        if engine != "deeper":
            engines.prepare(engine, model, arguments.work, engines.SHAPES[model])
        if engine in QUANTISERS:
            entries[engine, "int8"] = quantise(engine, model, arguments, calibration)
            engines.SHAPES[entries[engine, "int8"]] = engines.SHAPES[model]
    reference = best_classes("deeper", model, arguments, evaluation)
    agreement = {}
    for (engine, precision), file in entries.items():
        own = best_classes(engine, file, arguments, evaluation)
        agreement[engine, precision] = sum(a == b for a, b in zip(own, reference))
    rows = [row for threads in arguments.threads for row in measured(model, arguments, threads, entries)]
    for row in rows:
        row["same_class"] = agreement[row["engine"], row["precision"]]
        row["pictures"] = len(evaluation)
        row["quantiser"] = QUANTISERS[row["engine"]] if row["precision"] == "int8" else ""
    return rows


def table(rows):
    lines = [
        "| model | threads | precision | engine | quantised by | median ms | times deeper's | spread | best class as float32 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in sorted(rows, key=lambda row: (row["model"], row["threads"], row["precision"], row["median_ms"])):
        lines.append(
            f"| {row['model']} | {row['threads']} | {row['precision']} | {row['engine']} | {row['quantiser']} "
            f"| {row['median_ms']:.2f} | {row['ratio_median']:.2f} | {row['ratio_min']:.2f}-{row['ratio_max']:.2f} "
            f"| {row['same_class']} of {row['pictures']} |"
        )
    return "\n".join(lines)


def plot(rows, path):
    """A panel for each model and number of threads: the time of each engine in both precisions, with the agreement."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    settings = list(dict.fromkeys((row["model"], row["threads"]) for row in rows))
    figure, all_axes = pyplot.subplots(1, len(settings), figsize=(6 * len(settings), 4.2), squeeze=False)
    for axes, (model, threads) in zip(all_axes[0], settings):
        own = [row for row in rows if (row["model"], row["threads"]) == (model, threads)]
        names = list(dict.fromkeys(row["engine"] for row in own))
        for offset, precision in ((-0.2, "float32"), (0.2, "int8")):
            part = [row for row in own if row["precision"] == precision]
            places = [names.index(row["engine"]) + offset for row in part]
            bars = axes.bar(places, [row["median_ms"] for row in part], 0.38, label=precision)
            axes.bar_label(bars, [f"{100 * row['same_class'] / row['pictures']:.0f} %" for row in part], fontsize=8)
        axes.set_xticks(range(len(names)), names)
        axes.set_ylabel("ms per image")
        axes.set_title(f"{model}, {threads} threads; above bars: same best class", fontsize=9)
        axes.margins(y=0.12)
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path, help="an ONNX file of float32")
    parser.add_argument("--pictures", type=pathlib.Path, required=True, help="a folder; every second one calibrates")
    parser.add_argument("--resize", type=int, default=256, help="height and width before the crop")
    parser.add_argument("--crop", type=int, default=224, help="height and width of the network's input")
    parser.add_argument("--order", choices=["rgb", "bgr"], default="rgb")
    parser.add_argument("--mean", type=lambda text: [float(part) for part in text.split(",")], default=[0, 0, 0])
    parser.add_argument("--std", type=lambda text: [float(part) for part in text.split(",")], default=[1, 1, 1])
    parser.add_argument("--deeper", default=str(compare.ROOT / ".build" / "release" / "deeper"))
    parser.add_argument("--engines", default="openvino,onnxruntime,ncnn", help="default: %(default)s")
    parser.add_argument("--threads", default="1,2", help="one or several, 1,2")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0.3, help="of timed runs for each engine in a round")
    parser.add_argument("--work", type=pathlib.Path, default=compare.ROOT / "build" / "peers", help="for converted models")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows there")
    parser.add_argument("--plot", type=pathlib.Path, help="write a picture there, .svg or .png")
    arguments = parser.parse_args()
    arguments.engines = [name for name in arguments.engines.split(",") if name]
    arguments.threads = [int(count) for count in arguments.threads.split(",")]
    arguments.work = arguments.work.resolve()
    arguments.work.mkdir(parents=True, exist_ok=True)

    rows = compared(arguments.model.resolve(), arguments)
    print(table(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")
    if arguments.plot:
        plot(rows, arguments.plot)


if __name__ == "__main__":
    main()
