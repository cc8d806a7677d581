"""Networks that the check serves, in addition to those of Tests/Python/serving/models.py."""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

# Every element type of deeper.h: as NumPy, ONNX, a model configuration and a request name it.
TYPES = [
    (numpy.float32, TensorProto.FLOAT, "TYPE_FP32", "FP32"),
    (numpy.float64, TensorProto.DOUBLE, "TYPE_FP64", "FP64"),
    (numpy.int8, TensorProto.INT8, "TYPE_INT8", "INT8"),
    (numpy.uint8, TensorProto.UINT8, "TYPE_UINT8", "UINT8"),
    (numpy.int16, TensorProto.INT16, "TYPE_INT16", "INT16"),
    (numpy.uint16, TensorProto.UINT16, "TYPE_UINT16", "UINT16"),
    (numpy.int32, TensorProto.INT32, "TYPE_INT32", "INT32"),
    (numpy.uint32, TensorProto.UINT32, "TYPE_UINT32", "UINT32"),
    (numpy.int64, TensorProto.INT64, "TYPE_INT64", "INT64"),
    (numpy.uint64, TensorProto.UINT64, "TYPE_UINT64", "UINT64"),
    (numpy.bool_, TensorProto.BOOL, "TYPE_BOOL", "BOOL"),
]


def save(path, nodes, inputs, outputs, weights=()):
    """`inputs` and `outputs` are (name, type, shape)."""
    values = [[helper.make_tensor_value_info(*each) for each in group] for group in (inputs, outputs)]
    graph = helper.make_graph(nodes, "check", *values, list(weights))
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), path)
    return path


def write_types(path):
    """x_TYPE [N,3] -> y_TYPE [N,3], for every type."""
    names = [dtype.__name__.rstrip("_") for dtype, *_ in TYPES]
    return save(
        path,
        [helper.make_node("Identity", [f"x_{name}"], [f"y_{name}"]) for name in names],
        [(f"x_{name}", kind, ["N", 3]) for name, (_, kind, *_) in zip(names, TYPES)],
        [(f"y_{name}", kind, ["N", 3]) for name, (_, kind, *_) in zip(names, TYPES)])


def write_gather(path):
    """index [N] -> the table's element there: a request may be wrong only in its numbers."""
    table = numpy_helper.from_array(numpy.arange(10, 20, dtype=numpy.float32), "table")
    return save(
        path, [helper.make_node("Gather", ["table", "index"], ["found"])],
        [("index", TensorProto.INT64, ["N"])], [("found", TensorProto.FLOAT, ["N"])], [table])


def write_fixed(path):
    """x [1,4] -> y [1,4]: a network without a batch."""
    return save(
        path, [helper.make_node("Relu", ["x"], ["y"])],
        [("x", TensorProto.FLOAT, [1, 4])], [("y", TensorProto.FLOAT, [1, 4])])


def write_open(path):
    """x [N,1,H,W] -> y of the same shape."""
    shape = ["N", 1, "H", "W"]
    return save(
        path, [helper.make_node("Relu", ["x"], ["y"])],
        [("x", TensorProto.FLOAT, shape)], [("y", TensorProto.FLOAT, shape)])
