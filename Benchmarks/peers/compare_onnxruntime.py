"""Times deeper and ONNX Runtime on one model in alternating rounds, each round in processes of its own.

Prints the medians and, because the machine's speed drifts, the ratio round by round.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def median_of(command: list[str]) -> float:
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output)["median_ms_per_image"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--deeper", default=str(HERE.parent.parent / ".build" / "release" / "deeper"))
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--iterations", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    common = ["--batch", str(arguments.batch), "--threads", str(arguments.threads)]
    common += ["--iterations", str(arguments.iterations)]
    ours = [arguments.deeper, "bench", arguments.model, "--json", *common]
    theirs = [sys.executable, str(HERE / "onnxruntime_process.py"), arguments.model, *common]
    rounds = []
    for number in range(arguments.rounds):
        pair = (median_of(ours), median_of(theirs))
        rounds.append(pair)
        print(f"round {number + 1}: deeper {pair[0]:.2f} ms, ONNX Runtime {pair[1]:.2f} ms", file=sys.stderr)
    ratios = sorted(theirs / ours for ours, theirs in rounds)
    report = {
        "batch": arguments.batch,
        "threads": arguments.threads,
        "rounds": arguments.rounds,
        "deeper_median_ms": statistics.median(pair[0] for pair in rounds),
        "onnxruntime_median_ms": statistics.median(pair[1] for pair in rounds),
        "ratio_median": statistics.median(ratios),
        "ratio_min": ratios[0],
        "ratio_max": ratios[-1],
    }
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    print(
        f"batch {report['batch']}, {report['threads']} threads, {report['rounds']} alternating rounds\n"
        f"deeper {report['deeper_median_ms']:.2f} ms, ONNX Runtime {report['onnxruntime_median_ms']:.2f} ms an image\n"
        f"speed-up {report['ratio_median']:.2f} ({report['ratio_min']:.2f} to {report['ratio_max']:.2f})"
    )


if __name__ == "__main__":
    main()
