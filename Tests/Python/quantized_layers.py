"""Compares every quantised value of QDQ models with ONNX Runtime, layer by layer.

usage: quantized_layers.py DEEPER MODEL...

A network amplifies the last bit of its first layers, so that comparing whole runs says little. Here each layer gets the
operands that ONNX Runtime, which computes the graph as it is written, had for it. Fails unless 99.9 % of the values are within one
quantisation step.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from onnx import shape_inference, utils


class Network:
    """A QDQ model and where its values come from."""

    def __init__(self, path):
        self.model = shape_inference.infer_shapes(onnx.load(path))
        graph = self.model.graph
        self.makers = {output: node for node in graph.node for output in node.output}
        self.initializers = {tensor.name for tensor in graph.initializer}
        self.inputs = [value.name for value in graph.input if value.name not in self.initializers]
        self.known = {}
        self.quantized = [
            node.output[0]
            for node in graph.node
            if node.op_type == "QuantizeLinear" and not self.is_constant(node.input[0])
        ]

    def is_constant(self, name):
        if name not in self.known:
            maker = self.makers.get(name)
            self.known[name] = name in self.initializers or (
                maker is not None and all(self.is_constant(value) for value in maker.input if value)
            )
        return self.known[name]

    def operands(self, name):
        """The quantised values and inputs that a quantised value follows from."""
        found, waiting = set(), list(self.makers[name].input)
        while waiting:
            value = waiting.pop()
            if not value or self.is_constant(value):
                continue
            if value in self.inputs or value in self.quantized:
                found.add(value)
            else:
                waiting += self.makers[value].input
        return sorted(found)

    def with_quantized_outputs(self):
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        types = {value.name: value for value in [*self.model.graph.value_info, *self.model.graph.output]}
        present = {value.name for value in model.graph.output}
        model.graph.output.extend(types[name] for name in self.quantized if name not in present)
        return model


def values_by_onnxruntime(network):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(network.with_quantized_outputs().SerializeToString(), options)
    generator = numpy.random.default_rng(1)
    feeds = {}
    for value in session.get_inputs():
        shape = [extent if isinstance(extent, int) and extent > 0 else 1 for extent in value.shape]
        feeds[value.name] = (generator.standard_normal(shape) * 2).astype(numpy.float32)
    names = [value.name for value in session.get_outputs()]
    return feeds | dict(zip(names, session.run(None, feeds)))


def check(deeper, path):
    network = Network(path)
    if not network.quantized:
        sys.exit(f"{path}: no QuantizeLinear of a computed value")
    values = values_by_onnxruntime(network)
    extractor = utils.Extractor(network.model)
    count = differing = beyond = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in network.quantized:
            operands = network.operands(name)
            onnx.save(extractor.extract_model(operands, [name]), f"{folder}/layer.onnx")
            command = [deeper, "run", f"{folder}/layer.onnx", "--output-dir", f"{folder}/{count}", "--threads", "1"]
            for index, operand in enumerate(operands):
                numpy.save(f"{folder}/{index}.npy", values[operand])
                command += ["--input", f"{operand}={folder}/{index}.npy"]
            subprocess.run(command, check=True, capture_output=True)
            result = numpy.load(next(pathlib.Path(f"{folder}/{count}").glob("*.npy"))).astype(int)
            difference = abs(values[name].astype(int) - result)
            count += difference.size
            differing += int((difference > 0).sum())
            beyond += int((difference > 1).sum())
    print(
        f"{pathlib.Path(path).name}: {len(network.quantized)} layers, {count:,} values, "
        f"{100 - 100 * differing / count:.4f} % equal, {100 - 100 * beyond / count:.4f} % within one step",
        flush=True,
    )
    return beyond <= count / 1000


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    results = [check(sys.argv[1], path) for path in sys.argv[2:]]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
