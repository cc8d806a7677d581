"""The models that the serving tests and benchmarks serve."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[3]
SMALL_LABELS = ["ant", "bee", "cat", "dog", "elk"]
MAX_BATCH = 8


def data_folder():
    """The folder of test data, which may be missing."""
    return Path(os.environ.get("DEEPER_TEST_DATA", ROOT.parent / "shared" / "data"))


def model_file(name):
    """The file of a model of the test data, or None."""
    path = data_folder() / "models" / name
    return path if path.is_file() else None


@dataclass
class Port:
    name: str
    shape: list  # without the batch


@dataclass
class Model:
    """A float32 model whose first axis is an open batch."""

    name: str
    path: Path
    labels: list = field(default_factory=list)

    def __post_init__(self):
        graph = onnx.load(self.path, load_external_data=False).graph
        weights = {tensor.name for tensor in graph.initializer}

        def ports(values):
            found = []
            for value in values:
                axes = value.type.tensor_type.shape.dim
                found.append(Port(value.name, [axis.dim_value or -1 for axis in axes][1:]))
            return found

        self.inputs = ports(value for value in graph.input if value.name not in weights)
        self.outputs = ports(graph.output)

    def input_array(self, batch=1, seed=3):
        """Numbers like those of a picture with its mean taken off."""
        random = numpy.random.default_rng(seed)
        return random.integers(-128, 128, (batch, *self.inputs[0].shape)).astype(numpy.float32)


def write_small(folder):
    """x [N,3,4,4] -> conv -> relu [N,8,4,4] -> average -> gemm -> softmax -> prob [N,5]: bodies that one can read."""
    random = numpy.random.default_rng(1)

    def weights(name, *shape):
        return numpy_helper.from_array((random.integers(-8, 8, shape) / 256).astype(numpy.float32), name)

    def value(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w", "b"], ["conv"], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["conv"], ["relu"]),
            helper.make_node("GlobalAveragePool", ["relu"], ["pool"]),
            helper.make_node("Flatten", ["pool"], ["flat"]),
            helper.make_node("Gemm", ["flat", "m"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["prob"]),
        ],
        "small",
        [value("x", "N", 3, 4, 4)],
        [value("prob", "N", 5), value("relu", "N", 8, 4, 4)],
        [weights("w", 8, 3, 3, 3), weights("b", 8), weights("m", 8, 5)],
    )
    path = Path(folder) / "small.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def small(folder):
    return Model("small", write_small(folder), SMALL_LABELS)


def heavy(folder):
    """A model that takes some tens of milliseconds: convolutions of 64 channels at 64x64."""
    random = numpy.random.default_rng(2)

    def weights(name, *shape):
        return numpy_helper.from_array((random.integers(-8, 8, shape) / 256).astype(numpy.float32), name)

    nodes, tensors, last, channels = [], [], "x", 3
    for index in range(8):
        tensors.append(weights(f"w{index}", 64, channels, 3, 3))
        nodes.append(helper.make_node("Conv", [last, f"w{index}"], [f"c{index}"], pads=[1, 1, 1, 1]))
        nodes.append(helper.make_node("Relu", [f"c{index}"], [f"r{index}"]))
        last, channels = f"r{index}", 64
    nodes.append(helper.make_node("GlobalAveragePool", [last], ["mean"]))
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
             for name, shape in (("x", ["N", 3, 64, 64]), ("mean", ["N", 64, 1, 1]))]
    graph = helper.make_graph(nodes, "heavy", ports[:1], ports[1:], tensors)
    path = Path(folder) / "heavy.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return Model("heavy", path)


def wide(folder):
    """A model whose input and output are as large as a request may be: x [N,3,2048,2048] -> relu."""
    ports = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, 2048, 2048]) for name in ("x", "relu")]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["relu"])], "wide", ports[:1], ports[1:])
    path = Path(folder) / "wide.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return Model("wide", path)


def open_sizes(folder):
    """A model that takes pictures of any size: x [1,3,H,W] -> conv -> relu y [1,3,H,W] -> mean [1,3,1,1]."""
    weights = numpy_helper.from_array(
        (numpy.random.default_rng(3).integers(-8, 8, (3, 3, 3, 3)) / 256).astype(numpy.float32), "w")
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["c"], ["y"]),
            helper.make_node("GlobalAveragePool", ["y"], ["mean"]),
        ],
        "open", [value("x", TensorProto.FLOAT, [1, 3, "H", "W"])],
        [value("y", TensorProto.FLOAT, [1, 3, "H", "W"]), value("mean", TensorProto.FLOAT, [1, 3, 1, 1])], [weights])
    path = Path(folder) / "open.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return Model("open", path)


def conformance_models(folder):
    """`small` with labels, `plain` the same without, and SqueezeNet where the test data is there."""
    path = write_small(folder)
    models = [Model("small", path, SMALL_LABELS), Model("plain", path)]
    squeezenet = model_file("squeezenet_v1.1.onnx")
    return models + ([Model("squeezenet", squeezenet)] if squeezenet else [])
