"""An ONNX graph as a PyTorch module: the operators of the networks that are compared, nothing more."""

import onnx
import onnx.numpy_helper
import torch
from torch.nn import functional


def _attributes(node):
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def _pads(attributes):
    """The same padding on both sides, or what goes to functional.pad (last axis first, before and after)."""
    pads = attributes.get("pads", [0, 0, 0, 0])
    if pads[:2] == pads[2:]:
        return pads[:2], None
    return [0, 0], [pads[1], pads[3], pads[0], pads[2]]


def _convolution(attributes, x, weight, bias=None):
    pads, uneven = _pads(attributes)
    x = functional.pad(x, uneven) if uneven else x
    strides, dilations = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    return functional.conv2d(x, weight, bias, strides, pads, dilations, attributes.get("group", 1))


def _maximum(attributes, x):
    pads, uneven = _pads(attributes)
    x = functional.pad(x, uneven, value=float("-inf")) if uneven else x
    shape, strides = attributes["kernel_shape"], attributes.get("strides", [1, 1])
    return functional.max_pool2d(x, shape, strides, pads, ceil_mode=bool(attributes.get("ceil_mode", 0)))


def _average(attributes, x):
    pads, uneven = _pads(attributes)
    if uneven:
        raise NotImplementedError("average pooling with uneven padding")
    return functional.avg_pool2d(
        x,
        attributes["kernel_shape"],
        attributes.get("strides", [1, 1]),
        pads,
        bool(attributes.get("ceil_mode", 0)),
        bool(attributes.get("count_include_pad", 0)),
    )


def _normalisation(attributes, x):
    size, alpha = attributes["size"], attributes.get("alpha", 1e-4)
    return functional.local_response_norm(x, size, alpha, attributes.get("beta", 0.75), attributes.get("bias", 1.0))


def _gemm(attributes, a, b, c=None):
    a = a.t() if attributes.get("transA", 0) else a
    b = b.t() if attributes.get("transB", 0) else b
    product = attributes.get("alpha", 1.0) * (a @ b) if attributes.get("alpha", 1.0) != 1 else a @ b
    return product if c is None else product + attributes.get("beta", 1.0) * c


def _batch_normalisation(attributes, x, scale, shift, mean, variance):
    return functional.batch_norm(x, mean, variance, scale, shift, eps=attributes.get("epsilon", 1e-5))


OPERATORS = {
    "Add": lambda attributes, a, b: a + b,
    "AveragePool": _average,
    "BatchNormalization": _batch_normalisation,
    "Clip": lambda attributes, x, low=None, high=None: torch.clamp(
        x, attributes.get("min", low), attributes.get("max", high)
    ),
    "Concat": lambda attributes, *all: torch.cat(all, attributes["axis"]),
    "Conv": _convolution,
    "Dropout": lambda attributes, x, *rest: x,
    "Flatten": lambda attributes, x: torch.flatten(x, attributes.get("axis", 1)),
    "Gemm": _gemm,
    "GlobalAveragePool": lambda attributes, x: x.mean((2, 3), keepdim=True),
    "LRN": _normalisation,
    "MaxPool": _maximum,
    "Relu": lambda attributes, x: torch.relu(x),
    "Reshape": lambda attributes, x, shape: x.reshape([x.shape[0], *shape.tolist()[1:]]),
    "Softmax": lambda attributes, x: torch.softmax(x, attributes.get("axis", 1)),
}


class Network(torch.nn.Module):
    """Runs the nodes in order. Raises NotImplementedError for an operator that is not in OPERATORS."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(str(path)).graph
        missing = {node.op_type for node in graph.node} - OPERATORS.keys()
        if missing:
            raise NotImplementedError(f"operators {', '.join(sorted(missing))}")
        self.constants = {}
        for number, tensor in enumerate(graph.initializer):
            value = torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
            if value.dim() == 4:
                value = value.contiguous(memory_format=torch.channels_last)
            self.register_buffer(f"constant_{number}", value)
            self.constants[tensor.name] = f"constant_{number}"
        self.input = next(port.name for port in graph.input if port.name not in self.constants)
        self.output = graph.output[0].name
        self.nodes = [(node.op_type, _attributes(node), list(node.input), node.output[0]) for node in graph.node]

    def forward(self, data):
        values = {self.input: data}
        for operator, attributes, inputs, output in self.nodes:
            operands = [
                None if not name else getattr(self, self.constants[name]) if name in self.constants else values[name]
                for name in inputs
            ]
            values[output] = OPERATORS[operator](attributes, *operands)
        return values[self.output]
