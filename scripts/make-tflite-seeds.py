#!/usr/bin/env python3
"""Writes the fuzzer's seeds in TFLite's format, which the unit tests read too: Tests/Fuzzing/corpus/tflite.

usage: .venv/bin/python scripts/make-tflite-seeds.py
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "Python"))

import numpy as np  # noqa: E402
from tflite_files import Network  # noqa: E402


def picture(made):
    x = made.input("x", [1, 6, 6, 2], signature=[-1, 6, 6, 2])
    return x, np.random.default_rng(1)


def chain():
    """A convolution with weights of float16, a residual, a resize and a classifier."""
    made = Network()
    x, random = picture(made)
    weights = made.constant("w", random.normal(size=(3, 3, 3, 2)).astype(np.float16))
    dense = made.tensor("d", [3, 3, 3, 2])
    made.node("DEQUANTIZE", [weights], [dense])
    convolved = made.tensor("c", [1, 6, 6, 3], signature=[-1, 6, 6, 3])
    made.node("CONV_2D", [x, dense, made.constant("b", np.zeros(3, np.float32))], [convolved],
              [(1, "int", 1), (2, "int", 1), (3, "byte", 1)])
    padded = made.tensor("p", [1, 6, 6, 3], signature=[-1, 6, 6, 3])
    made.node("PAD", [x, made.constant("pads", np.array([[0, 0], [0, 0], [0, 0], [0, 1]], np.int32))], [padded])
    summed = made.tensor("s", [1, 6, 6, 3], signature=[-1, 6, 6, 3])
    made.node("ADD", [convolved, padded], [summed], [(0, "byte", 3)])
    larger = made.tensor("l", [1, 9, 8, 3], signature=[-1, 9, 8, 3])
    made.node("RESIZE_BILINEAR", [summed, made.constant("size", np.array([9, 8], np.int32))], [larger], [(3, "flag", 1)])
    means = made.tensor("m", [1, 3], signature=[-1, 3])
    made.node("MEAN", [larger, made.constant("axes", np.array([1, 2], np.int32))], [means])
    classes = made.tensor("y", [1, 4], signature=[-1, 4])
    matrix = made.constant("f", random.normal(size=(4, 3)).astype(np.float32))
    made.node("FULLY_CONNECTED", [means, matrix, -1], [classes])
    made.outputs = [classes]
    made.signature = ({"picture": x}, {"classes": classes})
    return made


def quantized():
    """Integers with scales by channel, from real numbers to real numbers."""
    made = Network()
    x, random = picture(made)
    q = made.tensor("q", [1, 6, 6, 2], "int8", scale=0.02, zero=-3)
    made.node("QUANTIZE", [x], [q])
    weights = random.integers(-127, 127, (1, 3, 3, 2)).astype(np.int8)
    w = made.constant("w", weights, scale=[0.01, 0.02], axis=3)
    b = made.constant("b", np.array([9, -9], np.int32), scale=[0.0002, 0.0004])
    convolved = made.tensor("c", [1, 3, 3, 2], "int8", scale=0.05, zero=4)
    made.node("DEPTHWISE_CONV_2D", [q, w, b], [convolved], [(1, "int", 2), (2, "int", 2), (3, "int", 1)])
    pooled = made.tensor("p", [1, 2, 2, 2], "int8", scale=0.05, zero=4)
    made.node("MAX_POOL_2D", [convolved], [pooled], [(1, "int", 2), (2, "int", 2), (3, "int", 2), (4, "int", 2)])
    y = made.tensor("y", [1, 2, 2, 2])
    made.node("DEQUANTIZE", [pooled], [y])
    made.outputs = [y]
    return made


def shapes():
    """Shapes that are computed, slices, a sparse constant and a Fourier transform."""
    made = Network()
    x, random = picture(made)
    flat = made.flattened(x, 72)
    bands = made.tensor("bands", [1, 1, 65], "complex64", signature=[-1, 1, 65])
    spread = made.tensor("spread", [1, 1, 72], signature=[-1, 1, 72])
    made.node("EXPAND_DIMS", [flat, made.constant("axis", np.array([1], np.int32))], [spread])
    made.node("RFFT2D", [spread, made.constant("lengths", np.array([1, 128], np.int32))], [bands])
    narrow = made.tensor("narrow", [1, 1, 65], signature=[-1, 1, 65])
    made.node("REAL", [bands], [narrow])
    sparse = made.tensor("sparse", [2, 72], data=random.normal(size=3).astype(np.float32).tobytes())
    made.tensors[sparse]["sparsity"] = ([0, 1], [], [2, ([0, 2, 3], [4, 70, 9])])
    dense = made.tensor("dense", [2, 72])
    made.node("DENSIFY", [sparse], [dense])
    y = made.tensor("y", [1, 2], signature=[-1, 2])
    made.node("FULLY_CONNECTED", [flat, dense, -1], [y])
    made.outputs = [narrow, y]
    return made


def main():
    folder = ROOT / "Tests" / "Fuzzing" / "corpus" / "tflite"
    folder.mkdir(parents=True, exist_ok=True)
    for make in (chain, quantized, shapes):
        (folder / make.__name__).write_bytes(make().bytes())


if __name__ == "__main__":
    main()
