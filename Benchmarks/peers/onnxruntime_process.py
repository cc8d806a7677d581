"""Times one model in ONNX Runtime and prints what `deeper bench --json` prints: milliseconds an image."""

import argparse
import json
import statistics
import time

import numpy
import onnxruntime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--warmup", type=int, default=5)
    arguments = parser.parse_args()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
    port = session.get_inputs()[0]
    shape = [extent if isinstance(extent, int) else arguments.batch for extent in port.shape]
    data = numpy.random.default_rng(1).random(shape, dtype=numpy.float32)

    times = []
    for iteration in range(arguments.warmup + arguments.iterations):
        start = time.perf_counter()
        session.run(None, {port.name: data})
        if iteration >= arguments.warmup:
            times.append((time.perf_counter() - start) * 1e3 / arguments.batch)
    print(json.dumps({"median_ms_per_image": statistics.median(times), "min_ms_per_image": min(times)}))


if __name__ == "__main__":
    main()
