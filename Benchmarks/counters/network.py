"""An ONNX graph as PyTorch modules: counters hook modules, so every node becomes the one that people would write."""

import onnx
import onnx.numpy_helper
import torch
from torch import nn


def _attributes(node):
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def _padding(attributes):
    """Equal padding on both sides; counters never look at it, so the wider side may stand for both."""
    pads = attributes.get("pads", [0, 0, 0, 0])
    half = len(pads) // 2
    return tuple(max(before, after) for before, after in zip(pads[:half], pads[half:])), pads[:half] == pads[half:]


def _convolution(attributes, inputs):
    weight = inputs[1]
    padding, even = _padding(attributes)
    layer = nn.Conv2d(
        weight.shape[1] * attributes.get("group", 1), weight.shape[0], tuple(weight.shape[2:]),
        tuple(attributes.get("strides", [1, 1])), padding if even else 0, tuple(attributes.get("dilations", [1, 1])),
        attributes.get("group", 1), bias=len(inputs) > 2,
    )
    if even:
        return layer
    before, after = attributes["pads"][:2], attributes["pads"][2:]
    return nn.Sequential(nn.ZeroPad2d((before[1], after[1], before[0], after[0])), layer)


def _window(kind):
    def make(attributes, inputs):
        padding, even = _padding(attributes)
        options = {"ceil_mode": bool(attributes.get("ceil_mode", 0))}
        shape, strides = tuple(attributes["kernel_shape"]), tuple(attributes.get("strides", [1, 1]))
        if even:
            return kind(shape, strides, padding, **options)
        before, after = attributes["pads"][:2], attributes["pads"][2:]
        pad = nn.ZeroPad2d((before[1], after[1], before[0], after[0]))
        return nn.Sequential(pad, kind(shape, strides, 0, **options))

    return make


def _linear(attributes, inputs):
    rows, columns = inputs[1].shape if attributes.get("transB", 0) else inputs[1].shape[::-1]
    return nn.Linear(columns, rows, bias=len(inputs) > 2)


class _Concatenation(nn.Module):
    def __init__(self, axis):
        super().__init__()
        self.axis = axis

    def forward(self, *tensors):
        return torch.cat(tensors, self.axis)


class _Sum(nn.Module):
    def forward(self, a, b):
        return torch.add(a, b)


class _Reshape(nn.Module):
    def forward(self, x):
        return torch.flatten(x, 1)


MODULES = {
    "Add": lambda a, i: _Sum(),
    "Sum": lambda a, i: _Sum(),
    "AveragePool": _window(nn.AvgPool2d),
    "BatchNormalization": lambda a, i: nn.BatchNorm2d(i[1].shape[0]),
    "Clip": lambda a, i: nn.ReLU6(),
    "Concat": lambda a, i: _Concatenation(a["axis"]),
    "Conv": _convolution,
    "Dropout": lambda a, i: nn.Dropout(a.get("ratio", 0.5)),
    "Flatten": lambda a, i: nn.Flatten(a.get("axis", 1)),
    "Gemm": _linear,
    "GlobalAveragePool": lambda a, i: nn.AdaptiveAvgPool2d(1),
    "LRN": lambda a, i: nn.LocalResponseNorm(a["size"], a.get("alpha", 1e-4), a.get("beta", 0.75), a.get("bias", 1.0)),
    "MaxPool": _window(nn.MaxPool2d),
    "Relu": lambda a, i: nn.ReLU(),
    "Reshape": lambda a, i: _Reshape(),
    "Softmax": lambda a, i: nn.Softmax(a.get("axis", 1)),
}


class Network(nn.Module):
    """The modules of a graph with one input, in order. Values are irrelevant: only shapes are counted."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        constants = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
        self.layers = nn.ModuleList()
        self.steps = []
        self.input = next(value.name for value in graph.input if value.name not in constants)
        for node in graph.node:
            attributes = _attributes(node)
            if node.op_type in ("Constant", "ConstantOfShape"):
                constants[node.output[0]] = self._shape(node, attributes, graph)
                continue
            inputs = [
                torch.empty(constants[name], device="meta") if name in constants else None
                for name in node.input if name
            ]
            self.layers.append(MODULES[node.op_type](attributes, inputs))
            names = [name for name in node.input if name and name not in constants]
            self.steps.append((names, node.output[0], node.op_type))
        self.output = graph.output[0].name

    @staticmethod
    def _shape(node, attributes, graph):
        if node.op_type == "Constant":
            return tuple(attributes["value"].dims)
        source = next(tensor for tensor in graph.initializer if tensor.name == node.input[0])
        return tuple(int(extent) for extent in onnx.numpy_helper.to_array(source))

    def forward(self, x):
        values = {self.input: x}
        for layer, (names, output, _) in zip(self.layers, self.steps):
            values[output] = layer(*[values[name] for name in names])
        return values[self.output]
