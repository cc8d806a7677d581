"""Compares deeper's answers on random networks with those of ONNX Runtime.

Usage: random_networks.py FOLDER

FOLDER/N holds one network: model.onnx, its inputs as input_I.npy in the order of the model's inputs, and deeper's
outputs as raw_I.npy and simplified_I.npy in the order of the model's outputs. Prints every difference; exit code 1 if
there is one, 2 if there is no network.
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime

# Float32 sums in another order, through some layers.
RELATIVE_TO_LARGEST = 1e-4


def is_close(actual, expected):
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return False
    finite = expected[np.isfinite(expected)]
    tolerance = RELATIVE_TO_LARGEST * (np.abs(finite).max() if finite.size else 0)
    return np.allclose(actual, expected, rtol=0, atol=tolerance, equal_nan=True)


def main(folder):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    count = differences = 0
    for network in sorted(Path(folder).iterdir(), key=lambda path: int(path.name)):
        session = onnxruntime.InferenceSession(network / "model.onnx", options, providers=["CPUExecutionProvider"])
        inputs = {port.name: np.load(network / f"input_{i}.npy") for i, port in enumerate(session.get_inputs())}
        for index, expected in enumerate(session.run(None, inputs)):
            for form in ["raw", "simplified"]:
                if not is_close(np.load(network / f"{form}_{index}.npy"), expected):
                    differences += 1
                    print(f"seed {network.name}, output {index}, {form}: differs from ONNX Runtime")
        count += 1
    print(f"{count} networks, {differences} differences")
    return 2 if count == 0 else min(differences, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
