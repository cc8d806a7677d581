#!/usr/bin/env python3
"""Writes the fuzzer's seeds in TFLite's format, which the unit tests read too: Tests/Fuzzing/corpus/tflite.

usage: .venv/bin/python scripts/make-tflite-seeds.py
"""

import io
import pathlib
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests" / "Python"))

import numpy as np  # noqa: E402
from flatbuffers import flexbuffers  # noqa: E402
from tflite_files import Network, metadata  # noqa: E402


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


def elements():
    """Functions of numbers, sums and products, reductions, and a product of two computed matrices."""
    made = Network()
    x, random = picture(made)
    extents = [1, 6, 6, 2]

    def unary(operator, value, options=()):
        made.node(operator, [value], [made.tensor(operator, extents, signature=[-1, 6, 6, 2])], options)
        return len(made.tensors) - 1

    def binary(operator, one, other, kind="float32", options=()):
        made.node(operator, [one, other], [made.tensor(operator, extents, kind, signature=[-1, 6, 6, 2])], options)
        return len(made.tensors) - 1

    value = x
    for operator in ["ABS", "SQRT", "EXP", "LOG", "HARD_SWISH", "LOGISTIC", "TANH", "RELU6", "RSQRT", "SQUARE", "ROUND",
                     "SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION", "GELU"]:
        value = unary(operator, value, [(0, "float", 1.0)] if operator == "SOFTMAX" else ())
    value = unary("LEAKY_RELU", value, [(0, "float", 0.1)])
    value = unary("LOCAL_RESPONSE_NORMALIZATION", value, [(0, "int", 1), (1, "float", 1.0), (2, "float", 1.0), (3, "float", 0.5)])
    channels = made.constant("k", random.normal(size=2).astype(np.float32))
    for operator in ["MUL", "SUB", "DIV", "MAXIMUM", "MINIMUM", "POW", "PRELU", "SQUARED_DIFFERENCE", "FLOOR_MOD"]:
        value = binary(operator, value, channels)
    larger = binary("GREATER", value, x, "bool")
    both = binary("LOGICAL_AND", larger, binary("NOT_EQUAL", value, x, "bool"), "bool")
    chosen = made.tensor("chosen", extents, signature=[-1, 6, 6, 2])
    made.node("SELECT_V2", [both, value, x], [chosen])
    summed = made.tensor("summed", extents, signature=[-1, 6, 6, 2])
    made.node("ADD_N", [chosen, value, x], [summed])
    product = made.tensor("product", [1, 6, 6, 6], signature=[-1, 6, 6, 6])
    made.node("BATCH_MATMUL", [summed, x], [product], [(1, "flag", True)])
    widened = made.tensor("widened", [1, 12, 12, 3], signature=[-1, 12, 12, 3])
    size = made.constant("size", np.array([1, 12, 12, 3], np.int32))
    made.node("TRANSPOSE_CONV", [size, made.constant("w", random.normal(size=(3, 2, 2, 2)).astype(np.float32)), summed],
              [widened], [(1, "int", 2), (2, "int", 2)])
    most = made.tensor("most", [1, 12, 12], "int32", signature=[-1, 12, 12])
    made.node("ARG_MAX", [widened, made.constant("axis", np.array(3, np.int32))], [most], [(0, "byte", 2)])
    worst = made.tensor("worst", [1, 1, 6, 6], signature=[-1, 1, 6, 6])
    made.node("REDUCE_MIN", [product, made.constant("rows", np.array([1], np.int32))], [worst], [(0, "flag", True)])
    made.outputs = [most, worst]
    return made


def moves():
    """Operators that move numbers."""
    made = Network()
    x, _ = picture(made)

    def node(operator, inputs, extents, options=(), kind="float32"):
        made.node(operator, inputs, [made.tensor(operator, extents, kind)], options)
        return len(made.tensors) - 1

    def numbers(*values):
        return made.constant("n", np.array(values, np.int32))

    value = node("SPACE_TO_DEPTH", [x], [1, 3, 3, 8], [(0, "int", 2)])
    value = node("DEPTH_TO_SPACE", [value], [1, 6, 6, 2], [(0, "int", 2)])
    value = node("MIRROR_PAD", [value, made.constant("m", np.array([[0, 0], [1, 1], [0, 2], [0, 0]], np.int32))], [1, 8, 8, 2])
    pads = made.constant("p", np.zeros((2, 2), np.int32))
    value = node("SPACE_TO_BATCH_ND", [value, numbers(2, 2), pads], [4, 4, 4, 2])
    value = node("BATCH_TO_SPACE_ND", [value, numbers(2, 2), pads], [1, 8, 8, 2])
    value = node("REVERSE_V2", [value, numbers(2)], [1, 8, 8, 2])
    value = node("SLICE", [value, numbers(0, 1, 0, 0), numbers(1, 6, -1, 2)], [1, 6, 8, 2])
    value = node("STRIDED_SLICE", [value, numbers(0, 0, 7, 0), numbers(1, 6, 0, 2), numbers(1, 2, -2, 1)], [1, 3, 4, 2],
                 [(0, "int", 1)])
    value = node("TILE", [value, numbers(1, 2, 1, 1)], [1, 6, 4, 2])
    value = node("TRANSPOSE", [value, numbers(0, 2, 3, 1)], [1, 4, 2, 6])
    value = node("GATHER", [value, numbers(3, 0, 0)], [1, 3, 2, 6], [(0, "int", 1)])
    halves = [made.tensor(name, [1, 3, 2, 3]) for name in "ab"]
    made.node("SPLIT", [made.constant("axis", np.array(3, np.int32)), value], halves, [(0, "int", 2)])
    value = node("CONCATENATION", halves, [1, 3, 4, 3], [(0, "int", 2)])
    parts = [made.tensor(name, [1, 3, size, 3]) for name, size in [("c", 1), ("d", 3)]]
    made.node("SPLIT_V", [value, numbers(1, 3), made.constant("two", np.array(2, np.int32))], parts, [(0, "int", 2)])
    value = node("RESIZE_NEAREST_NEIGHBOR", [parts[1], numbers(5, 7)], [1, 5, 7, 3], [(0, "flag", True)])
    value = node("CUMSUM", [value, made.constant("one", np.array(1, np.int32))], [1, 5, 7, 3], [(0, "flag", True)])
    value = node("SQUEEZE", [value], [5, 7, 3], [(0, "ints", [0])])
    rows = [made.tensor(f"r{row}", [7, 3]) for row in range(5)]
    made.node("UNPACK", [value], rows, [(0, "int", 5)])
    value = node("PACK", [rows[4], rows[0]], [2, 7, 3], [(0, "int", 2)])
    best, places = made.tensor("best", [2, 7, 2]), made.tensor("places", [2, 7, 2], "int32")
    made.node("TOPK_V2", [value, made.constant("k", np.array(2, np.int32))], [best, places])
    corner = node("GATHER_ND", [value, made.constant("i", np.array([[1, 2], [0, 6]], np.int32))], [2, 3])
    wide = node("BROADCAST_TO", [corner, numbers(4, 2, 3)], [4, 2, 3])
    made.outputs = [best, places, wide]
    return made


def detector():
    """Boxes and the operator that selects the best of them, with its options in FlexBuffers' format."""
    made = Network()
    random = np.random.default_rng(2)
    places, scores = made.input("places", [1, 9, 4]), made.input("scores", [1, 9, 3])
    anchors = made.constant("anchors", random.uniform(0.1, 0.5, (9, 4)).astype(np.float32))
    made.outputs = [made.tensor(name, extents) for name, extents in [
        ("boxes", [1, 5, 4]), ("classes", [1, 5]), ("best", [1, 5]), ("count", [1])]]
    options = {"max_detections": 5, "max_classes_per_detection": 1, "detections_per_class": 4, "use_regular_nms": True,
               "num_classes": 2, "nms_score_threshold": 0.25, "nms_iou_threshold": 0.5, "y_scale": 10.0, "x_scale": 10.0,
               "h_scale": 5.0, "w_scale": 5.0}
    made.custom("TFLite_Detection_PostProcess", [places, scores, anchors], made.outputs, bytes(flexbuffers.Dumps(options)))
    return made


def labelled():
    """Metadata, and an archive with a file of labels after the network."""
    made = Network()
    x = made.input("x", [1, 4, 4, 3])
    means = made.tensor("m", [1, 3])
    made.node("MEAN", [x, made.constant("axes", np.array([1, 2], np.int32))], [means])
    made.outputs = [means]
    made.metadata = metadata(mean=[127.5], std=[127.5], files=[("labels.txt", 2, "en")])
    file = io.BytesIO(made.bytes())
    with zipfile.ZipFile(file, "a") as archive:
        # The same bytes whenever this runs.
        archive.writestr(zipfile.ZipInfo("labels.txt", (2026, 1, 1, 0, 0, 0)), "cat\ndog\nbird\n")
    return file.getvalue()


def main():
    folder = ROOT / "Tests" / "Fuzzing" / "corpus" / "tflite"
    folder.mkdir(parents=True, exist_ok=True)
    for make in (chain, quantized, shapes, elements, moves, detector):
        (folder / make.__name__).write_bytes(make().bytes())
    (folder / "labelled").write_bytes(labelled())


if __name__ == "__main__":
    main()
