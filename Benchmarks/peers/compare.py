"""Times deeper beside the engines that users would pick instead.

Every round runs every engine once, each in a process of its own, so that a change of the machine's speed meets all of
them. Prints medians, the ratio of each engine's time to deeper's, round by round, and its spread; writes JSON and a
plot where asked.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

import onnx

import engines
import networks

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COMPILED = "deeper, compiled"


def input_shape(model, batch):
    graph = onnx.load(model, load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    port = next(value for value in graph.input if value.name not in constants)
    extents = [dimension.dim_value for dimension in port.type.tensor_type.shape.dim]
    return [batch, *extents[1:]]


def measure(engine, model, arguments, batch, threads):
    """One process, one round: the parsed report, or None if the engine cannot run the model."""
    shape = input_shape(model, batch)
    if engine.startswith("deeper"):
        file = compiled_file(model, arguments) if engine == COMPILED else model
        command = [arguments.deeper, "bench", str(file), "--json", "--seconds", str(arguments.seconds)]
        command += ["--batch", str(batch), "--threads", str(threads)]
    else:
        command = [sys.executable, str(HERE / "run_engine.py"), engine, str(model), "--folder", str(arguments.work)]
        command += ["--shape", "x".join(map(str, shape)), "--threads", str(threads)]
        command += ["--seconds", str(arguments.seconds)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        print(f"{engine} failed on {model.name}: {result.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return json.loads(result.stdout if engine.startswith("deeper") else result.stdout.strip().splitlines()[-1])


def compiled_file(model, arguments):
    return arguments.work / f"{model.stem}.deeper"


def compare(model, arguments, batch, threads):
    names = ["deeper", *([COMPILED] if arguments.compiled else []), *arguments.engines]
    if arguments.compiled:
        command = [arguments.deeper, "compile", str(model), "--output", str(compiled_file(model, arguments))]
        subprocess.run(command, check=True, capture_output=True)
    for name in arguments.engines:
        try:
            engines.prepare(name, model, arguments.work, input_shape(model, batch))
        except subprocess.CalledProcessError:
            print(f"{name} cannot convert {model.name}", file=sys.stderr)
    rounds = {name: [] for name in names}
    for number in range(arguments.rounds):
        for name in names:
            report = measure(name, model, arguments, batch, threads) if rounds[name] is not None else None
            if report is None:
                rounds[name] = None
            else:
                rounds[name].append(report)
        done = [f"{name} {all[-1]['median_ms_per_image']:.2f}" for name, all in rounds.items() if all]
        print(f"{model.stem} b{batch} t{threads} round {number + 1}: {', '.join(done)}", file=sys.stderr)
    ours = [report["median_ms_per_image"] for report in rounds["deeper"]]
    rows = []
    for name, reports in rounds.items():
        if not reports:
            continue
        times = [report["median_ms_per_image"] for report in reports]
        ratios = sorted(theirs / mine for theirs, mine in zip(times, ours))
        rows.append(
            {
                "model": model.stem,
                "batch": batch,
                "threads": threads,
                "engine": name,
                "rounds": len(times),
                "median_ms": statistics.median(times),
                "min_ms": min(report["min_ms_per_image"] for report in reports),
                "ratio_median": statistics.median(ratios),
                "ratio_min": ratios[0],
                "ratio_max": ratios[-1],
                "load_to_first_result_ms": statistics.median(r["load_to_first_result_ms"] for r in reports),
                "peak_rss_mib": statistics.median(r["peak_rss_bytes"] for r in reports) / 2**20,
            }
        )
    return sorted(rows, key=lambda row: row["median_ms"])


def table(rows):
    lines = [
        "| model | batch | threads | engine | median ms | min ms | times deeper's | spread | load ms | peak MiB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['model']} | {row['batch']} | {row['threads']} | {row['engine']} | {row['median_ms']:.2f} "
            f"| {row['min_ms']:.2f} | {row['ratio_median']:.2f} | {row['ratio_min']:.2f}-{row['ratio_max']:.2f} "
            f"| {row['load_to_first_result_ms']:.0f} | {row['peak_rss_mib']:.0f} |"
        )
    return "\n".join(lines)


def plot(rows, path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    settings = list(dict.fromkeys((row["model"], row["batch"], row["threads"]) for row in rows))
    names = list(dict.fromkeys(row["engine"] for row in rows))
    names.sort(key=lambda name: (not name.startswith("deeper"), name))
    figure, axes = pyplot.subplots(figsize=(max(6, 2.2 * len(settings)), 4.5))
    width = 0.8 / len(names)
    for index, name in enumerate(names):
        heights = []
        for setting in settings:
            found = [r for r in rows if (r["model"], r["batch"], r["threads"]) == setting and r["engine"] == name]
            heights.append(found[0]["ratio_median"] if found else 0)
        places = [number + index * width for number in range(len(settings))]
        axes.bar(places, heights, width, label=name)
    axes.axhline(1, color="black", linewidth=0.8)
    axes.set_xticks([number + 0.4 - width / 2 for number in range(len(settings))])
    axes.set_xticklabels([f"{model}\nbatch {batch}, {threads} threads" for model, batch, threads in settings])
    axes.set_ylabel("time an image, deeper = 1")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", help=f"ONNX files, or one of {', '.join(networks.NETWORKS)}")
    parser.add_argument("--deeper", default=str(ROOT / ".build" / "release" / "deeper"))
    parser.add_argument("--engines", default=",".join(engines.available()), help="default: all that are installed")
    parser.add_argument("--compiled", action="store_true", help="also measure deeper on a file of deeper compile")
    parser.add_argument("--batch", default="1", help="one or several, 1,16")
    parser.add_argument("--threads", default="2", help="one or several, 1,2")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=1.0, help="of timed runs for each engine in a round")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "peers", help="for converted models")
    parser.add_argument("--json", type=pathlib.Path, help="write the rows there")
    parser.add_argument("--plot", type=pathlib.Path, help="write a picture there, .svg or .png")
    arguments = parser.parse_args()
    arguments.engines = [name for name in arguments.engines.split(",") if name]
    arguments.work = arguments.work.resolve()

    rows = []
    for name in arguments.models:
        model = networks.write(name, arguments.work) if name in networks.NETWORKS else pathlib.Path(name).resolve()
        for batch in map(int, arguments.batch.split(",")):
            for threads in map(int, arguments.threads.split(",")):
                rows += compare(model, arguments, batch, threads)
    print(table(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")
    if arguments.plot:
        plot(rows, arguments.plot)


if __name__ == "__main__":
    main()
