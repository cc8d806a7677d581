"""Writes models of one quantised node each, with inputs and what ONNX Runtime answers, as backend tests.

Usage: quantized_cases.py FOLDER

FOLDER/NAME/model.onnx, and FOLDER/NAME/test_data_set_0 with input_I.pb and output_I.pb. Everything is seeded. ONNX Runtime
computes every node as it is written, without its optimisations.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

TYPES = {"u8": np.uint8, "s8": np.int8}
RUNTIME = "com.microsoft"


class Cases:
    def __init__(self, folder):
        self.folder = folder
        self.random = np.random.default_rng(20261130)
        self.count = 0

    def bytes(self, kind, *shape):
        information = np.iinfo(TYPES[kind])
        return self.random.integers(information.min, information.max + 1, shape).astype(TYPES[kind])

    def floats(self, *shape):
        return self.random.normal(0, 2, shape).astype(np.float32)

    def scale(self, count=None, around=0.02):
        return np.float32(self.random.uniform(0.5, 1.5, () if count is None else count) * around)

    def zero(self, kind, count=None, spread=40):
        middle = 128 if kind == "u8" else 0
        shape = () if count is None else count
        return (middle + self.random.integers(-spread, spread, shape)).astype(TYPES[kind])

    def write(self, operator, inputs, outputs=1, domain="", computed=(0,), **attributes):
        """inputs: arrays, or None. Those at `computed` are inputs of the model, the others constants."""
        name = f"{self.count:03}_{operator.lower()}"
        self.count += 1
        names = ["" if value is None else f"i{index}" for index, value in enumerate(inputs)]
        results = [f"o{index}" for index in range(outputs)]
        node = helper.make_node(operator, names, results, domain=domain, **attributes)
        data = [(names[index], np.asarray(inputs[index])) for index in computed]
        constants = [
            numpy_helper.from_array(np.asarray(value), names[index])
            for index, value in enumerate(inputs)
            if value is not None and index not in computed
        ]
        graph = helper.make_graph(
            [node],
            name,
            [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in data],
            [helper.make_tensor_value_info(n, TensorProto.UNDEFINED, None) for n in results],
            constants,
        )
        for output in graph.output:
            output.ClearField("type")
        imports = [helper.make_opsetid("", 21), helper.make_opsetid(RUNTIME, 1)]
        model = helper.make_model(graph, opset_imports=imports, ir_version=10)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        answers = session.run(None, dict(data))
        folder = self.folder / name / "test_data_set_0"
        folder.mkdir(parents=True)
        onnx.save(model, self.folder / name / "model.onnx")
        for prefix, arrays in [("input", [value for _, value in data]), ("output", answers)]:
            for index, array in enumerate(arrays):
                (folder / f"{prefix}_{index}.pb").write_bytes(numpy_helper.from_array(array).SerializeToString())

    def quantize(self):
        for kind in TYPES:
            x = self.floats(2, 5, 3, 7)
            x.flat[:4] = [np.inf, -np.inf, 1e30, -1e30]
            for domain in ["", RUNTIME]:
                self.write("QuantizeLinear", [x, self.scale(), self.zero(kind)], domain=domain)
            self.write("QuantizeLinear", [x, self.scale(5), self.zero(kind, 5)], axis=1)
            self.write("QuantizeLinear", [x, self.scale(7), self.zero(kind, 7)], axis=-1)
            # Halves go to the even neighbour.
            ties = (np.arange(-300, 300, dtype=np.float32) / 2).reshape(1, 600)
            self.write("QuantizeLinear", [ties, np.float32(1), self.zero(kind)])
            stored = self.bytes(kind, 2, 5, 3, 7)
            for domain in ["", RUNTIME]:
                self.write("DequantizeLinear", [stored, self.scale(), self.zero(kind)], domain=domain)
            self.write("DequantizeLinear", [stored, self.scale(5), self.zero(kind, 5)], axis=1)
        blocked = self.floats(3, 8, 5)
        self.write(
            "QuantizeLinear",
            [blocked, self.scale((3, 2, 5)), self.zero("s8", (3, 2, 5))],
            axis=1,
            block_size=4,
        )
        self.write("DequantizeLinear", [np.int32([[-70000, 3, 1 << 24]]), self.scale(), None], computed=(0,))
        for shape in [(3, 40), (1, 1), (2, 3, 4, 5)]:
            self.write("DynamicQuantizeLinear", [self.floats(*shape)], outputs=3)

    def convolutions(self):
        shapes = [
            # image, filters, channels, kernel, attributes
            ((1, 16, 9, 8), 24, 16, (1, 1), {}),
            ((2, 5, 9, 8), 33, 5, (3, 3), {"pads": [1, 1, 1, 1]}),
            ((1, 3, 17, 15), 40, 3, (7, 7), {"pads": [3, 3, 3, 3], "strides": [2, 2]}),
            ((1, 32, 7, 7), 8, 32, (5, 5), {"pads": [2, 2, 2, 2]}),
            ((1, 12, 11, 11), 20, 12, (3, 3), {"dilations": [2, 2], "pads": [2, 2, 2, 2]}),
            ((2, 24, 9, 9), 32, 12, (3, 3), {"group": 2, "pads": [1, 1, 1, 1]}),
            ((1, 37, 10, 9), 37, 1, (3, 3), {"group": 37, "pads": [1, 1, 1, 1]}),
            ((2, 16, 11, 10), 16, 1, (5, 5), {"group": 16, "strides": [2, 2], "pads": [2, 1, 2, 1]}),
            ((1, 8, 6, 6), 16, 1, (3, 3), {"group": 8}),
            ((1, 8, 30), 16, 8, (3,), {"pads": [1, 1]}),
            ((3, 64, 1, 1), 50, 64, (1, 1), {}),
            ((1, 20, 12, 9), 17, 20, (1, 1), {"strides": [2, 2]}),
            ((1, 4, 5, 6), 6, 4, (3, 2), {"auto_pad": "SAME_UPPER"}),
        ]
        for index, (image, filters, channels, kernel, attributes) in enumerate(shapes):
            for x_kind, w_kind in [("u8", "s8"), ("s8", "s8"), ("u8", "u8")]:
                x, w = self.bytes(x_kind, *image), self.bytes(w_kind, filters, channels, *kernel)
                terms = channels * int(np.prod(kernel))
                per_filter = filters if index % 2 else None
                w_zero = np.zeros(per_filter or (), np.int8) if w_kind == "s8" else np.uint8(128 if index % 3 else 117)
                if per_filter and w_kind == "u8":
                    w_zero = np.full(filters, w_zero)
                bias = self.random.integers(-9000, 9000, filters).astype(np.int32)
                y_scale = np.float32(0.02 * 0.02 * 75 * 75 * np.sqrt(terms) / 60)
                self.write(
                    "QLinearConv",
                    [
                        x,
                        self.scale(),
                        self.zero(x_kind),
                        w,
                        self.scale(per_filter),
                        w_zero,
                        y_scale,
                        self.zero(x_kind),
                        bias if index % 4 else None,
                    ],
                    **attributes,
                )
            if len(image) == 4:
                x, w = self.bytes("u8", *image), self.bytes("u8", filters, channels, *kernel)
                self.write("ConvInteger", [x, w, self.zero("u8"), self.zero("u8")], **attributes)
                self.write("ConvInteger", [x, w, self.zero("u8")], computed=(0, 2), **attributes)

    def products(self):
        for a_shape, b_shape in [((9, 33), (33, 20)), ((2, 5, 16), (16, 40)), ((3, 4, 7), (3, 7, 6)), ((1, 64), (64, 1))]:
            for a_kind, b_kind in [("u8", "s8"), ("s8", "s8"), ("u8", "u8")]:
                a, b = self.bytes(a_kind, *a_shape), self.bytes(b_kind, *b_shape)
                result = np.float32(0.02 * 0.02 * 75 * 75 * np.sqrt(a_shape[-1]) / 60)
                operands = [a, self.scale(), self.zero(a_kind), b, self.scale(), self.zero(b_kind)]
                self.write("QLinearMatMul", [*operands, result, self.zero(a_kind)])
                if len(b_shape) == 2:
                    columns = [self.scale(b_shape[1]), np.zeros(b_shape[1], TYPES[b_kind])]
                    self.write("QLinearMatMul", [*operands[:4], *columns, result, self.zero(a_kind)])
                self.write("QLinearMatMul", [*operands, result, self.zero(a_kind)], computed=(0, 3))
                if a_kind == "u8":
                    self.write("MatMulInteger", [a, b, self.zero("u8"), self.zero(b_kind)])
                    self.write("MatMulInteger", [a, b, self.zero("u8")], computed=(0, 2))
                    self.write("MatMulInteger", [a, b], computed=(0, 1))
        for is_transposed in [0, 1]:
            a, b = self.bytes("u8", 5, 48), self.bytes("s8", *([30, 48] if is_transposed else [48, 30]))
            bias = self.random.integers(-9000, 9000, 30).astype(np.int32)
            operands = [a, self.scale(), self.zero("u8"), b, self.scale(), np.int8(0), bias]
            result = [np.float32(0.3), self.zero("u8")]
            self.write("QGemm", [*operands, *result], domain=RUNTIME, transB=is_transposed)
            self.write("QGemm", operands, domain=RUNTIME, transB=is_transposed, alpha=0.5)

    def elementwise(self):
        for kind in TYPES:
            x = self.bytes(kind, 2, 19, 6, 5)
            given, result = [self.scale(around=0.05), self.zero(kind)], [self.scale(around=0.05), self.zero(kind)]
            for operator in ["QLinearAdd", "QLinearMul"]:
                for shape in [(2, 19, 6, 5), (1, 19, 1, 1), ()]:
                    other = [self.bytes(kind, *shape), self.scale(around=0.05), self.zero(kind)]
                    self.write(operator, [x, *given, *other, *result], domain=RUNTIME, computed=(0, 3))
            self.write("QLinearSigmoid", [x, *given, np.float32(1 / 256), self.zero(kind, spread=1)], domain=RUNTIME)
            self.write("QLinearLeakyRelu", [x, *given, *result], domain=RUNTIME, alpha=0.2)
            rows = self.bytes(kind, 6, 40)
            zero = np.uint8(0) if kind == "u8" else np.int8(-128)
            self.write(
                "QLinearSoftmax", [rows, *given, np.float32(1 / 256), zero], domain=RUNTIME, axis=-1, opset=13
            )
            for attributes in [{}, {"pads": [1, 1, 1, 1], "count_include_pad": 1}, {"pads": [1, 0, 1, 0]}]:
                self.write(
                    "QLinearAveragePool",
                    [x, *given, *result],
                    domain=RUNTIME,
                    kernel_shape=[3, 3],
                    strides=[2, 1],
                    **attributes,
                )
            self.write("QLinearGlobalAveragePool", [x, *given, *result], domain=RUNTIME)
            for axis in [1, 3]:
                parts = [[self.bytes(kind, 2, 4, 5, 3), self.scale(), self.zero(kind)] for _ in range(3)]
                inputs = [*result, *sum(parts, [])]
                self.write("QLinearConcat", inputs, domain=RUNTIME, computed=(2, 5, 8), axis=axis)
            self.write(
                "MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1
            )


def main(folder):
    cases = Cases(Path(folder))
    cases.quantize()
    cases.convolutions()
    cases.products()
    cases.elementwise()
    print(f"{cases.count} cases")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
