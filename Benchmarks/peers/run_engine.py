"""Times one engine on one model in this process and prints JSON: milliseconds per image, load time, memory."""

import argparse
import json
import pathlib
import statistics
import time

import numpy

import engines


def peak_memory_bytes():
    """Not getrusage: its figure begins with the parent's."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=sorted(engines.LOADERS))
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="where converted models lie")
    parser.add_argument("--shape", required=True, help="extents of the input with its batch, 1x3x224x224")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.0, help="time to spend on timed runs")
    parser.add_argument("--warmup", type=int, default=5)
    arguments = parser.parse_args()

    shape = [int(extent) for extent in arguments.shape.split("x")]
    engines.SHAPES[arguments.model] = shape
    data = numpy.random.default_rng(1).random(shape, dtype=numpy.float32)
    start = time.perf_counter()
    run = engines.LOADERS[arguments.engine][1](arguments.model, arguments.folder, shape[0], arguments.threads)
    run(data)
    load_ms = (time.perf_counter() - start) * 1e3
    for _ in range(arguments.warmup - 1):
        run(data)
    times = []
    end = time.perf_counter() + arguments.seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        run(data)
        times.append((time.perf_counter() - start) * 1e3 / shape[0])
    report = {
        "median_ms_per_image": statistics.median(times),
        "min_ms_per_image": min(times),
        "runs": len(times),
        "load_to_first_result_ms": load_ms,
        "peak_rss_bytes": peak_memory_bytes(),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
