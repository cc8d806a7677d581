"""ONNX files of networks whose weights are not at hand: the real shapes with seeded random weights."""

import pathlib

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


class Builder:
    """Adds nodes one after the other; every method takes and returns the name of a value."""

    def __init__(self, name, seed=1):
        self.name = name
        self.random = numpy.random.default_rng(seed)
        self.nodes = []
        self.weights = []
        self.channels = {"data": 3}

    def _value(self):
        return f"v{len(self.nodes)}"

    def _node(self, operator, inputs, **attributes):
        output = self._value()
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def _weight(self, shape, fan_in):
        name = f"w{len(self.weights)}"
        array = self.random.normal(0, (2 / fan_in) ** 0.5, shape).astype(numpy.float32)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def conv(self, x, filters, kernel, stride=1, pad=None, groups=1, relu=True):
        pad = kernel // 2 if pad is None else pad
        channels = self.channels[x] // groups
        fan_in = channels * kernel * kernel
        w = self._weight([filters, channels, kernel, kernel], fan_in)
        b = self._weight([filters], 1e6)
        y = self._node(
            "Conv", [x, w, b], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4, group=groups
        )
        self.channels[y] = filters
        return self.same(self._node("Relu", [y]), y) if relu else y

    def same(self, y, x):
        self.channels[y] = self.channels[x]
        return y

    def max_pool(self, x, kernel, stride, pad=0):
        return self.same(
            self._node("MaxPool", [x], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4), x
        )

    def add(self, x, y):
        return self.same(self._node("Relu", [self._node("Add", [x, y])]), x)

    def dense(self, x, inputs, outputs, relu=True):
        w, b = self._weight([outputs, inputs], inputs), self._weight([outputs], 1e6)
        y = self._node("Gemm", [x, w, b], transB=1)
        return self._node("Relu", [y]) if relu else y

    def finish(self, x, path):
        y = self._node("Softmax", [x], axis=1)
        shapes = [("data", ["N", 3, 224, 224]), (y, ["N", 1000])]
        ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes]
        graph = helper.make_graph(self.nodes, self.name, ports[:1], ports[1:], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, path)


def resnet50(b):
    x = b.max_pool(b.conv("data", 64, 7, 2), 3, 2, 1)
    for stage, (width, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)]):
        for block in range(blocks):
            stride = 2 if block == 0 and stage > 0 else 1
            shortcut = b.conv(x, 4 * width, 1, stride, relu=False) if block == 0 else x
            y = b.conv(b.conv(x, width, 1), width, 3, stride)
            x = b.add(b.conv(y, 4 * width, 1, relu=False), shortcut)
    x = b._node("Flatten", [b._node("GlobalAveragePool", [x])])
    return b.dense(x, 2048, 1000, relu=False)


def vgg16(b):
    x = "data"
    for width, layers in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
        for _ in range(layers):
            x = b.conv(x, width, 3)
        x = b.max_pool(x, 2, 2)
    x = b.dense(b.dense(b._node("Flatten", [x]), 512 * 49, 4096), 4096, 4096)
    return b.dense(x, 4096, 1000, relu=False)


def alexnet(b):
    x = b.max_pool(b.conv("data", 64, 11, 4, 2), 3, 2)
    x = b.max_pool(b.conv(x, 192, 5), 3, 2)
    x = b.max_pool(b.conv(b.conv(b.conv(x, 384, 3), 256, 3), 256, 3), 3, 2)
    x = b.dense(b.dense(b._node("Flatten", [x]), 256 * 36, 4096), 4096, 4096)
    return b.dense(x, 4096, 1000, relu=False)


def mobilenet(b):
    x = b.conv("data", 32, 3, 2)
    for filters, stride in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + 5 * [(512, 1)] + [
        (1024, 2),
        (1024, 1),
    ]:
        x = b.conv(b.conv(x, b.channels[x], 3, stride, groups=b.channels[x]), filters, 1)
    x = b._node("Flatten", [b._node("GlobalAveragePool", [x])])
    return b.dense(x, 1024, 1000, relu=False)


NETWORKS = {"resnet50": resnet50, "vgg16": vgg16, "alexnet": alexnet, "mobilenet_v1": mobilenet}


def write(name: str, folder: pathlib.Path) -> pathlib.Path:
    """The ONNX file of a network, made unless it exists."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.onnx"
    if not path.exists():
        builder = Builder(name)
        builder.finish(NETWORKS[name](builder), path)
    return path
