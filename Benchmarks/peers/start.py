"""Times whole processes that answer once, from their start to their end, as seen from outside.

Every round starts every process once. deeper is the command `deeper run`; the other engines are Python programs that
import their engine, load the model and run it once, so the time of a Python program that only imports NumPy is listed
too. Files are in the page cache.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BARE = "Python with NumPy, no engine"


def answer_once(engine, model, folder, shape, threads):
    import engines
    import numpy

    engines.SHAPES[model] = shape
    data = numpy.random.default_rng(1).random(shape, dtype=numpy.float32)
    engines.LOADERS[engine][1](model, folder, shape[0], threads)(data)


def process(command):
    """Milliseconds and peak MiB of one process."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    elapsed = (time.perf_counter() - start) * 1e3
    if status != 0:
        raise SystemExit(f"{' '.join(command)} failed: {errors.decode()}")
    return elapsed, usage.ru_maxrss / 1024


def measure(work):
    """Rounds of all processes. In a small process of its own: the peak of a child begins with its parent's."""
    rounds = {name: [] for name in work["processes"]}
    for _ in range(work["rounds"]):
        for name, command in work["processes"].items():
            rounds[name].append(process(command))
    return rounds


def commands(arguments, input_name, shape):
    import numpy

    model, folder = arguments.model, arguments.work
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "start.npy"
    numpy.save(data, numpy.random.default_rng(1).random(shape, dtype=numpy.float32))
    compiled = folder / f"{model.stem}.deeper"
    subprocess.run(
        [arguments.deeper, "compile", model, "--output", compiled, "--threads", str(arguments.threads)],
        check=True,
        capture_output=True,
    )
    options = ["--input", f"{input_name}={data}", "--threads", str(arguments.threads)]
    options += ["--output-dir", str(folder / "start")]
    python = [sys.executable, str(HERE / "start.py"), str(model), "--work", str(folder)]
    python += ["--threads", str(arguments.threads), "--shape", "x".join(map(str, shape)), "--once"]
    result = {
        "deeper, compiled": [arguments.deeper, "run", str(compiled), *options],
        "deeper": [arguments.deeper, "run", str(model), *options],
        BARE: [sys.executable, "-c", "import numpy"],
    }
    return result | {name: [*python, name] for name in arguments.engines}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path, help="an ONNX file with one input")
    parser.add_argument("--deeper", default=str(ROOT / ".build" / "release" / "deeper"))
    parser.add_argument("--engines", default="ncnn,onnxruntime")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "peers", help="for converted models")
    parser.add_argument("--once", help=argparse.SUPPRESS)
    parser.add_argument("--shape", help=argparse.SUPPRESS)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.engines = [name for name in arguments.engines.split(",") if name]
    arguments.model, arguments.work = arguments.model.resolve(), arguments.work.resolve()

    if arguments.once:
        shape = [int(extent) for extent in arguments.shape.split("x")]
        return answer_once(arguments.once, arguments.model, arguments.work, shape, arguments.threads)

    if arguments.measure:
        return print(json.dumps(measure(json.load(sys.stdin))))

    # Not at the top of the file: the processes that are timed start there too.
    import engines
    import onnx

    shape = [1, *engines.network_input(arguments.model)[1:]]
    input_name = onnx.load(arguments.model, load_external_data=False).graph.input[0].name
    for name in arguments.engines:
        engines.prepare(name, arguments.model, arguments.work, shape)
    work = {"rounds": arguments.rounds, "processes": commands(arguments, input_name, shape)}
    command = [sys.executable, __file__, str(arguments.model), "--measure"]
    result = subprocess.run(command, input=json.dumps(work), stdout=subprocess.PIPE, text=True, check=True)
    rounds = json.loads(result.stdout)
    print("| process | ms, median | ms, least and most | peak MiB |\n|---|---|---|---|")
    for name, measured in rounds.items():
        times = [elapsed for elapsed, _ in measured]
        memory = statistics.median(peak for _, peak in measured)
        print(f"| {name} | {statistics.median(times):.1f} | {min(times):.1f}-{max(times):.1f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
