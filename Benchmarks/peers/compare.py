"""Times deeper and the engines that users would choose instead.

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

import engines
import networks
import plots

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COMPILED = "deeper, compiled"


def input_shape(model, batch):
    return [batch, *engines.network_input(model)[1:]]


def measure(engine, model, arguments, batch, threads):
    """One process, one round: the parsed report, or None if the engine cannot run the model."""
    shape = input_shape(model, batch)
    if engine.startswith("deeper"):
        file = compiled_file(model, arguments) if engine == COMPILED else model
        command = [arguments.deeper, "bench", str(file), "--json", "--seconds", str(arguments.seconds)]
        command += ["--threads", str(threads)]
        if model in engines.SHAPES:
            command += ["--shape", ",".join(map(str, shape))]
        else:
            command += ["--batch", str(batch)]
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
    if not rounds["deeper"]:
        return []
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
    parser.add_argument("--plot", type=pathlib.Path, help="write pictures there, .svg or .png: bars, and NAME-curves with the time against batch and threads")
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
        plots.bars(rows, arguments.plot)
        plots.curves(rows, arguments.plot.with_stem(arguments.plot.stem + "-curves"))


if __name__ == "__main__":
    main()
