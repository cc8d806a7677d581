"""Networks of TFLite in deeper and in LiteRT, Google's interpreter of the format.

Each case is a network of one or a few operators with seeded weights. Real numbers agree within 1e-5 of the largest one,
integers of quantised networks within one step.
"""

import io
import os
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import deeper
import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from flatbuffers import flexbuffers
from tflite_files import Field, Network, metadata

PICTURE = [2, 6, 7, 4]
SAME, VALID = 0, 1


def litert(data: bytes) -> Interpreter:
    # The interpreter's own kernels: the accelerated ones take a part of the operators, and round differently.
    interpreter = Interpreter(
        model_content=data, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    interpreter.allocate_tensors()
    return interpreter


def answers(data: bytes, arrays: Sequence[np.ndarray]) -> List[np.ndarray]:
    interpreter = litert(data)
    for detail, array in zip(interpreter.get_input_details(), arrays):
        interpreter.set_tensor(detail["index"], array)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def load(data: bytes) -> deeper.Model:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.tflite")
        path.write_bytes(data)
        return deeper.load(path)


def run(data: bytes, arrays: Sequence[np.ndarray]) -> List[np.ndarray]:
    model = load(data)
    found = model.run({port.name: array for port, array in zip(model.inputs, arrays)})
    return [found[port.name] for port in model.outputs]


class Comparison(unittest.TestCase):
    def setUp(self) -> None:
        self.random = np.random.default_rng(7)

    def array(self, *shape: int, low: float = -1, high: float = 1) -> np.ndarray:
        return self.random.uniform(low, high, shape).astype(np.float32)

    def check(self, network: Network, arrays: Sequence[np.ndarray], step: float = 0) -> None:
        data = network.bytes()
        expected, found = answers(data, arrays), run(data, arrays)
        self.assertEqual(len(expected), len(found))
        for one, other in zip(expected, found):
            self.assertEqual((one.shape, one.dtype), (other.shape, other.dtype))
            if one.dtype == np.float32:
                bound = max(step, 1e-5 * max(1, np.abs(one).max()))
            else:
                bound = step
            difference = np.abs(one.astype(np.float64) - other.astype(np.float64)).max() if one.size else 0
            self.assertLessEqual(difference, bound)


class RealTests(Comparison):
    def agree(self, operator: str, inputs: Sequence[Any], options: Sequence[Field] = (), *, results: Sequence[str] = ("float32",),
              constants: Optional[Sequence[int]] = None, draft: Sequence[int] = (1,)) -> None:
        """Compares one operator. Inputs are arrays; those after the first are constants unless `constants` says which are."""
        fixed = set(range(1, len(inputs)) if constants is None else constants)

        def network(shapes: Sequence[Sequence[int]]) -> Tuple[Network, List[np.ndarray]]:
            made, tensors, arrays = Network(), [], []
            for place, array in enumerate(inputs):
                if array is None:
                    continue
                if place in fixed:
                    tensors.append(made.constant(f"c{place}", array))
                else:
                    tensors.append(made.input(f"x{place}", array.shape, array.dtype.name))
                    arrays.append(array)
            made.outputs = [made.tensor(f"y{place}", shape, kind) for place, (shape, kind) in enumerate(zip(shapes, results))]
            made.node(operator, tensors, made.outputs, options)
            return made, arrays

        # LiteRT knows the shapes of the results, which a file has to give.
        first, arrays = network([draft] * len(results))
        shapes = [result.shape for result in answers(first.bytes(), arrays)]
        with self.subTest(operator=operator, options=options, shapes=[np.shape(each) for each in inputs]):
            self.check(network(shapes)[0], arrays)

    def test_convolution(self) -> None:
        for padding in (SAME, VALID):
            for stride, dilation, activation in [(1, 1, 0), (2, 1, 1), (1, 2, 3), (3, 1, 2)]:
                options = [(0, "byte", padding), (1, "int", stride), (2, "int", 1), (3, "byte", activation),
                           (4, "int", dilation), (5, "int", 1)]
                self.agree("CONV_2D", [self.array(*PICTURE), self.array(5, 3, 2, 4), self.array(5)], options)
        options = [(1, "int", 1), (2, "int", 1)]
        self.agree("CONV_2D", [self.array(*PICTURE), self.array(6, 3, 3, 2), self.array(6)], options)
        self.agree("CONV_2D", [self.array(*PICTURE), self.array(6, 1, 1, 4), self.array(6)], options)

    def test_depthwise_convolution(self) -> None:
        for multiplier in (1, 3):
            for padding, stride, dilation in [(SAME, 1, 1), (SAME, 2, 1), (VALID, 1, 2)]:
                options = [(0, "byte", padding), (1, "int", stride), (2, "int", stride), (3, "int", multiplier),
                           (4, "byte", 1), (5, "int", dilation), (6, "int", dilation)]
                self.agree("DEPTHWISE_CONV_2D",
                           [self.array(*PICTURE), self.array(1, 3, 3, 4 * multiplier), self.array(4 * multiplier)], options)

    def test_transposed_convolution(self) -> None:
        for padding, stride, kernel, extents in [
            (SAME, 2, 3, [2, 12, 14, 5]), (SAME, 2, 3, [2, 11, 13, 5]), (VALID, 2, 3, [2, 13, 15, 5]),
            (SAME, 3, 2, [2, 18, 21, 5]), (VALID, 2, 2, [2, 12, 14, 5]), (VALID, 3, 2, [2, 18, 21, 5]),
        ]:
            options = [(0, "byte", padding), (1, "int", stride), (2, "int", stride)]
            inputs = [np.array(extents, np.int32), self.array(5, kernel, kernel, 4), self.array(*PICTURE), self.array(5)]
            self.agree("TRANSPOSE_CONV", inputs, options, constants=[0, 1, 3])

    def test_products(self) -> None:
        for keeps, activation in [(0, 0), (0, 1), (1, 3)]:
            options = [(0, "byte", activation), (2, "flag", keeps)]
            self.agree("FULLY_CONNECTED", [self.array(3, 8), self.array(5, 8), self.array(5)], options)
            self.agree("FULLY_CONNECTED", [self.array(3, 2, 2, 8), self.array(5, 8), None], options)
        self.agree("FULLY_CONNECTED", [self.array(2, 2, 3, 4), self.array(5, 24), self.array(5)])
        for first in (0, 1):
            for second in (0, 1):
                shapes = [(2, 3, 4, 5)[:2] + ((5, 4) if first else (4, 5)), (2, 3) + ((6, 5) if second else (5, 6))]
                self.agree("BATCH_MATMUL", [self.array(*shape) for shape in shapes],
                           [(0, "flag", first), (1, "flag", second)], constants=[])

    def test_pooling(self) -> None:
        for operator in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"):
            for padding, stride, width, height, activation in [(SAME, 2, 3, 3, 0), (VALID, 1, 2, 3, 0), (SAME, 3, 2, 2, 1)]:
                options = [(0, "byte", padding), (1, "int", stride), (2, "int", stride), (3, "int", width),
                           (4, "int", height), (5, "byte", activation)]
                self.agree(operator, [self.array(*PICTURE)], options)

    def test_unary(self) -> None:
        x = self.array(*PICTURE, low=-8, high=8)
        for operator in ["ABS", "CEIL", "COS", "ELU", "EXP", "FLOOR", "HARD_SWISH", "LOGISTIC", "NEG", "RELU", "RELU6",
                         "RELU_0_TO_1", "RELU_N1_TO_1", "ROUND", "SIGN", "SIN", "SQUARE", "TANH", "ZEROS_LIKE"]:
            self.agree(operator, [x])
        for operator in ["LOG", "RSQRT", "SQRT"]:
            self.agree(operator, [np.abs(x) + 0.1])
        self.agree("LEAKY_RELU", [x], [(0, "float", 0.3)])
        self.agree("GELU", [x], [(0, "flag", 0)])
        self.agree("GELU", [x], [(0, "flag", 1)])
        self.agree("CAST", [x], [(0, "byte", 0), (1, "byte", 2)], results=["int32"])
        self.agree("LOGICAL_NOT", [x > 0], results=["bool"])

    def test_binary(self) -> None:
        x, y = self.array(*PICTURE, low=0.5, high=4), self.array(*PICTURE, low=0.5, high=4)
        for operator in ["ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "POW", "SQUARED_DIFFERENCE", "FLOOR_DIV",
                         "FLOOR_MOD"]:
            self.agree(operator, [x, y], constants=[])
            for shape in [(4,), (7, 1), (1, 1, 1, 1), ()]:
                self.agree(operator, [x, np.asarray(self.array(*shape, low=0.5, high=4))])
        for activation in (1, 2, 3):
            self.agree("ADD", [x - 2, y - 2], [(0, "byte", activation)], constants=[])
        self.agree("FLOOR_MOD", [np.array([0.9, 5.5, -0.9, 1000000.5, -2], np.float32),
                                 np.array([0.1, 0.1, 0.1, 0.3, 2], np.float32)])
        self.agree("ADD_N", [x, y, x], constants=[])
        self.agree("PRELU", [x - 2, self.array(1, 1, 4)])
        x, y = np.round(x), np.round(y)
        for operator in ["EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "NOT_EQUAL"]:
            self.agree(operator, [x, y], results=["bool"], constants=[])
        for operator in ["LOGICAL_AND", "LOGICAL_OR"]:
            self.agree(operator, [x > 2, y > 2], results=["bool"], constants=[])
        integers = self.random.integers(-9, 9, (2, 5)).astype(np.int32)
        divisors = np.array([-3, -1, 1, 2, 4], np.int32)
        for operator in ["FLOOR_DIV", "FLOOR_MOD"]:
            self.agree(operator, [integers, divisors], results=["int32"])
        for operator in ["SELECT", "SELECT_V2"]:
            self.agree(operator, [x > y, x, y], constants=[])
        self.agree("SELECT", [np.array([True, False]), x, y], constants=[])

    def test_normalization(self) -> None:
        self.agree("SOFTMAX", [self.array(*PICTURE)], [(0, "float", 1)])
        self.agree("SOFTMAX", [self.array(3, 10)], [(0, "float", 0.5)])
        self.agree("LOG_SOFTMAX", [self.array(3, 10)])
        self.agree("L2_NORMALIZATION", [self.array(*PICTURE)])
        self.agree("L2_NORMALIZATION", [self.array(2, 4) * np.float32(1e-4)])
        self.agree("LOCAL_RESPONSE_NORMALIZATION", [self.array(2, 3, 3, 9)],
                   [(0, "int", 2), (1, "float", 1), (2, "float", 0.3), (3, "float", 0.75)])

    def test_reduction(self) -> None:
        x = self.array(*PICTURE)
        for operator in ["MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"]:
            for axes in ([1, 2], [3], [-1, 1], [0, 1, 2, 3], [2]):
                for keeps in (0, 1):
                    self.agree(operator, [x, np.array(axes, np.int32)], [(0, "flag", keeps)])
        for operator in ["ARG_MAX", "ARG_MIN"]:
            self.agree(operator, [x, np.array([3], np.int32)], [(0, "byte", 2)], results=["int32"])
            self.agree(operator, [x, np.array([1], np.int32)], [(0, "byte", 4)], results=["int64"])
        self.agree("CUMSUM", [x, np.array([2], np.int32)], [(0, "flag", 1), (1, "flag", 1)])
        self.agree("TOPK_V2", [self.array(3, 9), np.array([4], np.int32)], results=["float32", "int32"])

    def test_resizing(self) -> None:
        for operator, first in [("RESIZE_BILINEAR", 2), ("RESIZE_NEAREST_NEIGHBOR", 0)]:
            for size in ([12, 14], [5, 9], [3, 3], [1, 20]):
                for aligned, centred in [(0, 0), (1, 0), (0, 1)]:
                    self.agree(operator, [self.array(*PICTURE), np.array(size, np.int32)],
                               [(first, "flag", aligned), (first + 1, "flag", centred)])

    def test_shapes(self) -> None:
        x = self.array(*PICTURE)
        self.agree("RESHAPE", [x, np.array([3, -1, 8], np.int32)], [(0, "ints", [3, -1, 8])])
        for axis in (0, 2, -1):
            self.agree("EXPAND_DIMS", [x, np.array([axis], np.int32)])
        self.agree("SQUEEZE", [self.array(1, 5, 1, 3)])
        self.agree("SQUEEZE", [self.array(1, 5, 1, 3)], [(0, "ints", [2])])
        self.agree("SHAPE", [x], [(0, "byte", 2)], results=["int32"])
        self.agree("RANK", [x], results=["int32"])
        for order in ([0, 3, 1, 2], [0, 2, 3, 1], [3, 1, 0, 2]):
            self.agree("TRANSPOSE", [x, np.array(order, np.int32)])
        self.agree("BROADCAST_TO", [self.array(1, 3), np.array([4, 3], np.int32)])
        self.agree("SPACE_TO_BATCH_ND", [x, np.array([3, 4], np.int32), np.array([[0, 0], [0, 1]], np.int32)])
        self.agree("SPACE_TO_BATCH_ND", [x, np.array([2, 3], np.int32), np.array([[1, 1], [2, 0]], np.int32)])
        self.agree("SPACE_TO_BATCH_ND", [self.array(2, 7, 4), np.array([4], np.int32), np.array([[1, 0]], np.int32)])
        self.agree("BATCH_TO_SPACE_ND", [self.array(8, 2, 4), np.array([4], np.int32), np.array([[0, 1]], np.int32)])
        self.agree("BATCH_TO_SPACE_ND",
                   [self.array(12, 3, 2, 4), np.array([3, 2], np.int32), np.array([[1, 0], [0, 1]], np.int32)])

    def test_movement(self) -> None:
        x, y = self.array(*PICTURE), self.array(*PICTURE)
        for axis in (1, 3, -1):
            self.agree("CONCATENATION", [x, y, x], [(0, "int", axis)], constants=[])
            self.agree("CONCATENATION", [x, y], [(0, "int", axis)])
        for axis in (0, 4, -1):
            self.agree("PACK", [x, y], [(0, "int", 2), (1, "int", axis)], constants=[])
        self.agree("UNPACK", [x], [(0, "int", 4), (1, "int", 3)], results=["float32"] * 4)
        self.agree("SPLIT", [np.array(3, np.int32), x], [(0, "int", 2)], results=["float32"] * 2, constants=[0])
        self.agree("SPLIT_V", [x, np.array([1, -1, 2], np.int32), np.array(2, np.int32)], [(0, "int", 3)],
                   results=["float32"] * 3)
        self.agree("SLICE", [x, np.array([0, 1, 2, 1], np.int32), np.array([2, 4, -1, 2], np.int32)], draft=[2, 4, 5, 2])
        for operator in ("PAD", "PADV2"):
            pads = np.array([[0, 1], [2, 0], [1, 1], [0, 3]], np.int32)
            self.agree(operator, [x, pads] + ([np.float32(2.5) * np.ones(1, np.float32)] if operator == "PADV2" else []))
        for mode in (0, 1):
            self.agree("MIRROR_PAD", [x, np.array([[0, 0], [2, 1], [1, 2], [0, 0]], np.int32)], [(0, "byte", mode)])
        self.agree("REVERSE_V2", [x, np.array([1], np.int32)])
        self.agree("TILE", [x, np.array([1, 2, 1, 3], np.int32)])
        self.agree("GATHER", [x, np.array([[2, 0], [1, 3]], np.int32)], [(0, "int", 1)])
        self.agree("GATHER_ND", [x, np.array([[0, 2], [1, 3]], np.int32)])
        self.agree("DEPTH_TO_SPACE", [self.array(2, 3, 4, 12)], [(0, "int", 2)])
        self.agree("SPACE_TO_DEPTH", [self.array(2, 6, 4, 3)], [(0, "int", 2)])

    def test_strided_slices(self) -> None:
        x = self.array(*PICTURE)
        for begins, ends, strides, masks in [
            ([0, 1, 2, 0], [2, 5, 7, 4], [1, 2, 3, 1], {}),
            ([0, 5, 6, 0], [2, 0, -9, 4], [1, -1, -2, 1], {}),
            ([1, 5, 2, 1], [1, 2, 3, 3], [1, -2, 1, 1], {0: 0b0001, 1: 0b0011}),
            ([0, -1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1], {0: 0b1101, 1: 0b1101, 4: 0b0010}),
            ([1, 2], [2, 4], [1, 1], {4: 0b01}),
            ([0, 1], [0, 3], [1, 1], {2: 0b01}),
            ([0, 1, 0, 1], [0, 3, 0, 3], [1, 1, 1, 1], {2: 0b0001, 3: 0b0100}),
        ]:
            numbers = [np.array(each, np.int32) for each in (begins, ends, strides)]
            self.agree("STRIDED_SLICE", [x, *numbers], [(field, "int", mask) for field, mask in masks.items()])

    def test_fourier_transforms(self) -> None:
        def network(extents: Sequence[int], lengths: Sequence[int], operator: str) -> Network:
            made = Network()
            x = made.input("x", extents)
            size = made.constant("size", np.array(lengths, np.int32))
            shape = [*extents[:-2], lengths[0], lengths[1] // 2 + 1]
            complex_ = made.tensor("complex", shape, "complex64")
            made.node("RFFT2D", [x, size], [complex_])
            made.outputs = [made.tensor("y", shape)]
            options = [(0, "byte", 8), (1, "byte", 0)] if operator == "CAST" else []
            made.node(operator, [complex_], made.outputs, options)
            return made

        for operator in ("REAL", "IMAG", "COMPLEX_ABS", "CAST"):
            for extents, lengths in [([3, 1, 64], [1, 64]), ([2, 8, 16], [8, 16]), ([9, 1, 100], [1, 128])]:
                with self.subTest(operator, extents=extents):
                    self.check(network(extents, lengths, operator), [self.array(*extents)])

    def test_networks(self) -> None:
        """Operators that follow one another keep the order of axes of what they read."""
        made = Network()
        x = made.input("x", PICTURE)
        convolved = made.tensor("convolved", [2, 6, 7, 6])
        weights = made.constant("weights", self.array(6, 3, 3, 4).astype(np.float16))
        dense = made.tensor("dense", [6, 3, 3, 4])
        made.node("DEQUANTIZE", [weights], [dense])
        made.node("CONV_2D", [x, dense, made.constant("bias", self.array(6))], [convolved],
                  [(0, "byte", SAME), (1, "int", 1), (2, "int", 1), (3, "byte", 1)])
        scaled = made.tensor("scaled", [2, 6, 7, 6])
        made.node("MUL", [convolved, made.constant("factors", self.array(6))], [scaled])
        joined = made.tensor("joined", [2, 6, 7, 12])
        made.node("CONCATENATION", [scaled, convolved], [joined], [(0, "int", 3)])
        padded = made.tensor("padded", [2, 8, 9, 12])
        made.node("PAD", [joined, made.constant("pads", np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32))], [padded])
        rows = made.tensor("rows", [2, 8, 12])
        made.node("REDUCE_MAX", [padded, made.constant("axis", np.array([2], np.int32))], [rows])
        means = made.tensor("means", [2, 12])
        made.node("MEAN", [padded, made.constant("axes", np.array([1, 2], np.int32))], [means])
        turned = made.tensor("turned", [2, 12, 8, 9])
        made.node("TRANSPOSE", [padded, made.constant("order", np.array([0, 3, 1, 2], np.int32))], [turned])
        flat = made.tensor("flat", [2, 864])
        made.node("RESHAPE", [padded, made.constant("shape", np.array([2, -1], np.int32))], [flat])
        made.outputs = [rows, means, turned, flat, convolved]
        self.check(made, [self.array(*PICTURE)])

    def test_open_batch(self) -> None:
        made = Network()
        x = made.input("x", [1, 4, 5, 2], signature=[-1, 4, 5, 2])
        y = made.tensor("y", [1, 4, 5, 3], signature=[-1, 4, 5, 3])
        made.node("CONV_2D", [x, made.constant("weights", self.array(3, 3, 3, 2)), made.constant("bias", self.array(3))], [y],
                  [(1, "int", 1), (2, "int", 1)])
        made.outputs = [made.flattened(y, 60)]
        data = made.bytes()
        array = self.array(3, 4, 5, 2)
        expected = np.concatenate([answers(data, [array[index:index + 1]])[0] for index in range(3)])
        self.assertEqual(tuple(load(data).inputs[0].shape), (None, 4, 5, 2))
        np.testing.assert_allclose(run(data, [array])[0], expected, atol=1e-5)

    def test_names(self) -> None:
        made = Network()
        x, y = made.input("serving_default_x:0", [2, 3]), made.tensor("StatefulPartitionedCall:0", [2, 3])
        made.node("ABS", [x], [y])
        made.outputs = [y]
        model = load(made.bytes())
        self.assertEqual((model.inputs[0].name, model.outputs[0].name), ("serving_default_x:0", "StatefulPartitionedCall:0"))
        made.signature = ({"picture": x}, {"answer": y})
        model = load(made.bytes())
        self.assertEqual((model.inputs[0].name, model.outputs[0].name), ("picture", "answer"))

    def test_sparse_constants(self) -> None:
        """Blocks of four numbers in a row, of which half are stored."""
        dense = np.zeros((4, 8), np.float32)
        blocks = [(0, 1), (1, 0), (1, 1), (3, 0)]
        values = []
        for row, block in blocks:
            values.append(self.array(4))
            dense[row, 4 * block:4 * block + 4] = values[-1]
        made = Network()
        x, y = made.input("x", [2, 8]), made.tensor("y", [2, 4])
        sparse = made.tensor("sparse", [4, 8], data=np.concatenate(values).tobytes())
        made.tensors[sparse]["sparsity"] = ([0, 1, 2], [1], [4, ([0, 1, 3, 3, 4], [1, 0, 1, 0]), 4])
        weights = made.tensor("weights", [4, 8])
        made.node("DENSIFY", [sparse], [weights])
        made.node("FULLY_CONNECTED", [x, weights, -1], [y])
        made.outputs = [y]
        array = self.array(2, 8)
        self.check(made, [array])
        np.testing.assert_allclose(run(made.bytes(), [array])[0], array @ dense.T, atol=1e-5)

    def test_open_pixels(self) -> None:
        """Pads follow the extents that the network is run with, also after a tensor whose signature is not given."""
        made = Network()
        x = made.input("x", [1, 5, 5, 2], signature=[1, -1, -1, 2])
        middle = made.tensor("middle", [1, 5, 5, 2])
        made.node("ABS", [x], [middle])
        made.outputs = [made.tensor("y", [1, 3, 3, 3], signature=[1, -1, -1, 3])]
        made.node("CONV_2D", [middle, made.constant("w", self.array(3, 3, 3, 2)), made.constant("b", self.array(3))],
                  made.outputs, [(1, "int", 2), (2, "int", 2)])
        data, array = made.bytes(), self.array(1, 8, 8, 2)
        interpreter = litert(data)
        interpreter.resize_tensor_input(0, array.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(0, array)
        interpreter.invoke()
        expected = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
        np.testing.assert_allclose(run(data, [array])[0], expected, atol=1e-5)

    def test_repeated_outputs(self) -> None:
        made = Network()
        x, y = made.input("x", [2, 3]), made.tensor("y", [2, 3])
        made.node("ABS", [x], [y])
        made.outputs = [y, y]
        array = self.array(2, 3)
        for found in run(made.bytes(), [array]):
            np.testing.assert_array_equal(found, np.abs(array))

    def test_hostile_files(self) -> None:
        """Each ends with an error."""
        def refused(made: Network) -> None:
            with self.assertRaises(deeper.errors.DeeperError):
                load(made.bytes())

        numbers = [np.array(each, np.int32) for each in ([0, 0, 0], [1, 1, 1], [1, 1, 1])]
        huge = [np.array(each, np.int64) for each in ([(1 << 63) - 1, 0], [(1 << 63) - 1, 2], [1, 1])]
        for given, options in [(numbers, [(2, "int", 1 << 10)]), (huge, [(4, "int", 1)]), (huge, [(5, "flag", 1)])]:
            made = Network()
            x, y = made.input("x", [3, 4]), made.tensor("y", [9])
            made.node("STRIDED_SLICE", [x, *(made.constant(f"c{place}", each) for place, each in enumerate(given))], [y],
                      options)
            made.outputs = [y]
            refused(made)
        for shape, parts in [
            ([0, 1 << 28, 1 << 28], ([0, 1, 2, 3], [0], [0, 1 << 28, 1 << 28, (1 << 31) - 1])),
            ([1 << 28, 1 << 28, 0], ([0, 1, 2], [], [1 << 28, 1 << 28, 0])),
            ([2, 1 << 30], ([0, 1], [], [2, 1 << 30])),
        ]:
            made = Network()
            x, y = made.input("x", [2, 3]), made.tensor("y", [2, 3])
            sparse, dense = made.tensor("sparse", shape, data=b"abcd"), made.tensor("dense", shape)
            made.tensors[sparse]["sparsity"] = parts
            made.node("DENSIFY", [sparse], [dense])
            made.node("ADD", [x, dense], [y])
            made.outputs = [y]
            refused(made)

    def test_errors(self) -> None:
        def refused(made: Network, text: str) -> None:
            with self.assertRaises(deeper.errors.DeeperError) as caught:
                load(made.bytes())
            self.assertIn(text, str(caught.exception))

        made = Network()
        x, y = made.input("x", [2, 3]), made.tensor("y", [2, 4])
        made.node("ABS", [x], [y])
        made.outputs = [y]
        refused(made, 'operator 0 (ABS) "y": the result has the shape [2, 3], the file says [2, 4]')
        made.tensors[y]["shape"] = [2, 3]
        made.operations[0]["code"] = (16, "")
        refused(made, 'lacks: "LSTM"; the first one is operator 0 (LSTM) "y"')
        made.operations[0].update(code=(101, ""), inputs=[7])
        refused(made, "operator 0: the operator uses tensor 7 of 2")


class QuantizedTests(Comparison):
    """Networks of integers: each real number is (integer - zero point) x scale."""

    def quantized(self, kind: str, shape: Sequence[int]) -> np.ndarray:
        limits = np.iinfo(kind)
        return self.random.integers(limits.min, limits.max, shape, endpoint=True).astype(kind)

    def compare(self, operator: str, arrays: Sequence[np.ndarray], scales: Sequence[Tuple[float, int]], shape: Sequence[int],
                result: Tuple[float, int], options: Sequence[Field] = (), constants: Sequence[np.ndarray] = ()) -> None:
        kind = arrays[0].dtype.name
        made = Network()
        tensors = [made.input(f"x{place}", array.shape, kind, scale=scale, zero=zero)
                   for place, (array, (scale, zero)) in enumerate(zip(arrays, scales))]
        tensors += [made.constant(f"c{place}", array) for place, array in enumerate(constants)]
        made.outputs = [made.tensor("y", shape, kind, scale=result[0], zero=result[1])]
        made.node(operator, tensors, made.outputs, options)
        with self.subTest(operator=operator, kind=kind):
            self.check(made, arrays, step=1)

    def test_convolution(self) -> None:
        for kind, zero in [("int8", -3), ("uint8", 120)]:
            for depthwise in (False, True):
                made = Network()
                x = made.input("x", PICTURE, kind, scale=0.05, zero=zero)
                # Only int8 has scales by channel.
                count = 4 if depthwise else 5
                per_channel = kind == "int8"
                scales = self.random.uniform(0.01, 0.05, count).astype(np.float32) if per_channel else np.float32(0.02)
                weights = self.quantized(kind, (1, 3, 3, 4) if depthwise else (5, 3, 3, 4))
                if per_channel:
                    weights = np.maximum(weights, -127)
                w = made.constant("w", weights, scale=scales, zero=0 if per_channel else 131,
                                  axis=3 if depthwise else 0)
                b = made.constant("b", self.random.integers(-900, 900, count).astype(np.int32),
                                  scale=np.float32(0.05) * scales)
                made.outputs = [made.tensor("y", [2, 6, 7, count], kind, scale=0.21, zero=zero + 5)]
                options = ([(0, "byte", SAME), (1, "int", 1), (2, "int", 1), (3, "int", 1), (4, "byte", 1)] if depthwise
                           else [(0, "byte", SAME), (1, "int", 1), (2, "int", 1), (3, "byte", 1)])
                made.node("DEPTHWISE_CONV_2D" if depthwise else "CONV_2D", [x, w, b], made.outputs, options)
                with self.subTest(kind=kind, depthwise=depthwise):
                    self.check(made, [self.quantized(kind, PICTURE)], step=1)

    def test_products(self) -> None:
        made = Network()
        x = made.input("x", [3, 8], "int8", scale=0.04, zero=7)
        w = made.constant("w", self.quantized("int8", (5, 8)), scale=0.02)
        b = made.constant("b", self.random.integers(-900, 900, 5).astype(np.int32), scale=0.0008)
        made.outputs = [made.tensor("y", [3, 5], "int8", scale=0.11, zero=-9)]
        made.node("FULLY_CONNECTED", [x, w, b], made.outputs)
        self.check(made, [self.quantized("int8", (3, 8))], step=1)

    def test_binary(self) -> None:
        for operator, result in [("ADD", (0.12, 3)), ("SUB", (0.12, 3)), ("MUL", (0.21, -8)), ("SQUARED_DIFFERENCE", (0.3, -100))]:
            for kind, zero in [("int8", 4), ("uint8", 127)]:
                if operator == "SQUARED_DIFFERENCE" and kind == "uint8":
                    continue
                self.compare(operator, [self.quantized(kind, PICTURE), self.quantized(kind, PICTURE)],
                             [(0.05, zero), (0.03, zero - 2)], PICTURE, (result[0], result[1] + zero))

    def test_unary(self) -> None:
        x = self.quantized("int8", PICTURE)
        self.compare("LOGISTIC", [x], [(0.07, 3)], PICTURE, (1 / 256, -128))
        self.compare("TANH", [x], [(0.03, 3)], PICTURE, (1 / 128, 0))
        self.compare("HARD_SWISH", [x], [(0.05, 3)], PICTURE, (0.03, -110))
        self.compare("RELU", [x], [(0.05, 3)], PICTURE, (0.03, -128))
        self.compare("LEAKY_RELU", [x], [(0.05, 3)], PICTURE, (0.04, -60), [(0, "float", 0.2)])
        self.compare("ABS", [x], [(0.05, 3)], PICTURE, (0.05, -100))
        self.compare("RSQRT", [np.abs(x.astype(np.int16) // 2).astype(np.int8) + 2], [(0.05, 0)], PICTURE, (0.04, -120))
        self.compare("QUANTIZE", [x], [(0.05, 3)], PICTURE, (0.03, -20))

    def test_normalization(self) -> None:
        self.compare("SOFTMAX", [self.quantized("int8", (3, 10))], [(0.05, 3)], (3, 10), (1 / 256, -128),
                     [(0, "float", 1)])

    def test_pooling(self) -> None:
        options = [(0, "byte", SAME), (1, "int", 2), (2, "int", 2), (3, "int", 3), (4, "int", 3)]
        for operator in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
            self.compare(operator, [self.quantized("int8", PICTURE)], [(0.05, 3)], [2, 3, 4, 4], (0.05, 3), options)

    def test_movement(self) -> None:
        x = self.quantized("int8", PICTURE)
        self.compare("CONCATENATION", [x, x], [(0.05, 3)] * 2, [2, 6, 7, 8], (0.05, 3), [(0, "int", 3)])
        self.compare("PAD", [x], [(0.05, 3)], [2, 8, 7, 4], (0.05, 3),
                     constants=[np.array([[0, 0], [1, 1], [0, 0], [0, 0]], np.int32)])
        self.compare("RESHAPE", [x], [(0.05, 3)], [2, 168], (0.05, 3), constants=[np.array([2, 168], np.int32)])

    def test_reduction(self) -> None:
        self.compare("MEAN", [self.quantized("int8", PICTURE)], [(0.05, 3)], [2, 4], (0.04, 3), [(0, "flag", 0)],
                     constants=[np.array([1, 2], np.int32)])

    def test_resizing(self) -> None:
        self.compare("RESIZE_BILINEAR", [self.quantized("int8", PICTURE)], [(0.05, 3)], [2, 12, 14, 4], (0.05, 3),
                     [(2, "flag", 0), (3, "flag", 1)], constants=[np.array([12, 14], np.int32)])

    def test_networks(self) -> None:
        """Real numbers at both ends, as converters write by default."""
        made = Network()
        x = made.input("x", PICTURE)
        q = made.tensor("q", PICTURE, "int8", scale=0.01, zero=0)
        made.node("QUANTIZE", [x], [q])
        w = made.constant("w", self.quantized("int8", (5, 1, 1, 4)), scale=0.02)
        c = made.tensor("c", [2, 6, 7, 5], "int8", scale=0.05, zero=-2)
        b = made.constant("b", np.zeros(5, np.int32), scale=0.0002)
        made.node("CONV_2D", [q, w, b], [c], [(1, "int", 1), (2, "int", 1)])
        made.outputs = [made.tensor("y", [2, 6, 7, 5])]
        made.node("DEQUANTIZE", [c], made.outputs)
        self.check(made, [self.array(*PICTURE)], step=0.0501)

    def test_casts(self) -> None:
        """What is cast are the integers."""
        made = Network()
        x = made.input("x", [4], "uint8", scale=0.1, zero=3)
        made.outputs = [made.tensor("y", [4])]
        made.node("CAST", [x], made.outputs, [(0, "byte", 3), (1, "byte", 0)])
        self.check(made, [np.array([0, 3, 10, 200], np.uint8)])

    def test_other_scales(self) -> None:
        made = Network()
        x = made.input("x", [2, 3], "int8", scale=0.05, zero=3)
        made.outputs = [made.tensor("y", [3, 2], "int8", scale=0.1, zero=0)]
        made.node("RESHAPE", [x, made.constant("shape", np.array([3, 2], np.int32))], made.outputs)
        with self.assertRaisesRegex(deeper.errors.DeeperError, "have different scales"):
            load(made.bytes())


class MetadataTests(unittest.TestCase):
    """The labels and the preprocessing that TFLite's tools write."""

    MEANS = {"mean": [127.5], "std": [127.5]}
    NAMES = ["cat", "dog", "häsli", "bird"]

    def file(self, *, channels: int = 3, kind: str = "float32", archive: Optional[Dict[str, bytes]] = None,
             compression: int = zipfile.ZIP_STORED, front: bool = False, **options: Any) -> bytes:
        made = Network()
        scales = {} if kind == "float32" else {"scale": 0.5}
        x = made.input("x", [1, 8, 10, channels], kind, **scales)
        y, means = made.tensor("y", [1, 4]), made.tensor("means", [1, channels])
        value = x
        if kind != "float32":
            value = made.tensor("real", [1, 8, 10, channels])
            made.node("DEQUANTIZE", [x], [value])
        made.node("MEAN", [value, made.constant("axes", np.array([1, 2], np.int32))], [means])
        made.node("FULLY_CONNECTED", [means, made.constant("w", np.ones((4, channels), np.float32)), -1], [y])
        made.outputs = [y]
        made.metadata = metadata(**options)
        data = made.bytes()
        if archive is None:
            return data
        stored = io.BytesIO(b"" if front else data)
        with zipfile.ZipFile(stored, "a", compression) as files:
            for name, contents in archive.items():
                files.writestr(name, contents)
        # Offsets in an archive that was made before count from its own start.
        return data + stored.getvalue() if front else stored.getvalue()

    def load(self, **options: Any) -> deeper.Model:
        return load(self.file(**options))

    def test_preprocessing(self) -> None:
        known = self.load(**self.MEANS).preprocessing
        self.assertEqual(known["resize"], {"width": 10, "height": 8})
        self.assertEqual((known["channels"], known["scale"]), ("rgb", 1))
        self.assertEqual((known["mean"], known["std"]), ([127.5] * 3, [127.5] * 3))
        known = self.load(mean=[1, 2, 3], std=[4, 5, 6]).preprocessing
        self.assertEqual((known["mean"], known["std"]), ([1, 2, 3], [4, 5, 6]))
        known = self.load(channels=1, grey=True, **self.MEANS).preprocessing
        self.assertEqual((known["channels"], known["mean"]), ("luma", [127.5]))

    def test_preprocessing_that_does_not_fit(self) -> None:
        for options in [{"mean": [0], "std": [0]}, {"mean": [1, 2], "std": [1, 2]}, {"mean": [np.nan], "std": [1]}, {},
                        {"channels": 1, **self.MEANS}, {"grey": True, **self.MEANS}, {"kind": "uint8", **self.MEANS},
                        {"identifier": b"M999", **self.MEANS}]:
            with self.subTest(options):
                self.assertIsNone(self.load(**options).preprocessing)

    def test_labels(self) -> None:
        text = "\n".join(self.NAMES).encode()
        other = "\n".join("wxyz").encode()
        for front in (False, True):
            for files, archive in [
                ([("l.txt", 2, "")], {"l.txt": text}), ([("o.txt", 2, "de"), ("l.txt", 2, "en")], {"o.txt": other, "l.txt": text}),
                ([("o.txt", 1, ""), ("l.txt", 2, "fr")], {"l.txt": text + b"\n", "o.txt": other}),
            ]:
                with self.subTest(files=files, front=front):
                    self.assertEqual(self.load(files=files, archive=archive, front=front).labels, self.NAMES)

    def test_labels_that_do_not_fit(self) -> None:
        text = "\n".join(self.NAMES).encode()
        named = [("l.txt", 2, "")]
        for options in [
            {"files": named, "archive": {"l.txt": text + b"\nfish"}}, {"files": named, "archive": {"other.txt": text}},
            {"files": named}, {"files": named, "archive": {"l.txt": text * 9}, "compression": zipfile.ZIP_DEFLATED},
            {"files": [("l.txt", 1, "")], "archive": {"l.txt": text}}, {"archive": {"l.txt": text}},
        ]:
            with self.subTest(options):
                self.assertFalse(self.load(**options).labels)

    def test_damaged(self) -> None:
        """A file with other bytes in its metadata or its archive is read or refused."""
        data = self.file(files=[("l.txt", 2, "")], archive={"l.txt": "\n".join(self.NAMES).encode()}, **self.MEANS)
        for place in range(data.index(b"M001") - 4, len(data), 3):
            for value in (b"\x00", b"\xff"):
                damaged = data[:place] + value + data[place + 1:]
                try:
                    load(damaged)
                except deeper.DeeperError as error:
                    self.assertIn("network.tflite", str(error))


class DetectionTests(Comparison):
    """The operator TFLite_Detection_PostProcess."""

    OPTIONS = {"max_detections": 12, "max_classes_per_detection": 1, "use_regular_nms": False, "num_classes": 4,
               "nms_score_threshold": 0.3, "nms_iou_threshold": 0.5, "y_scale": 10.0, "x_scale": 8.0, "h_scale": 5.0,
               "w_scale": 4.0}

    def network(self, count: int = 60, labels: int = 5, numbers: int = 4, **options: Any) -> Network:
        made = Network()
        places, scores = made.input("places", [1, count, numbers]), made.input("scores", [1, count, labels])
        anchors = np.concatenate([self.array(count, 2, low=0), self.array(count, 2, low=0.05, high=0.4)], axis=1)
        most = options.get("max_detections", self.OPTIONS["max_detections"])
        made.outputs = [made.tensor(name, shape) for name, shape in [
            ("boxes", [1, most, 4]), ("classes", [1, most]), ("best", [1, most]), ("count", [1])]]
        given = {name: value for name, value in {**self.OPTIONS, **options}.items() if value is not None}
        made.custom("TFLite_Detection_PostProcess", [places, scores, made.constant("anchors", anchors)], made.outputs,
                    bytes(flexbuffers.Dumps(given)))
        return made

    def test_rows(self) -> None:
        for options in [
            {}, {"use_regular_nms": None}, {"nms_score_threshold": 0.99}, {"labels": 4},
            {"use_regular_nms": True}, {"use_regular_nms": True, "detections_per_class": 2},
            {"use_regular_nms": True, "nms_score_threshold": 0.01, "nms_iou_threshold": 0.9, "max_detections": 200},
            {"numbers": 8}, {"nms_iou_threshold": 0.1, "max_detections": 3}, {"count": 5},
        ]:
            with self.subTest(options):
                made = self.network(**options)
                count, labels = (made.tensors[1]["shape"][1:])
                arrays = [self.array(1, count, made.tensors[0]["shape"][2], low=-3, high=3),
                          self.array(1, count, labels, low=0)]
                data = made.bytes()
                expected, found = answers(data, arrays), run(data, arrays)
                used = int(expected[3][0])
                self.assertEqual(used, int(found[3][0]))
                for one, other in zip(expected, found):
                    self.assertEqual(one.shape, other.shape)
                    # LiteRT leaves the rest as it was.
                    if one.ndim > 1:
                        np.testing.assert_allclose(other[0, :used], one[0, :used], atol=1e-5)
                        np.testing.assert_array_equal(other[0, used:], 0)

    def test_equal_to_the_threshold(self) -> None:
        made = self.network(count=3, labels=1, num_classes=1, nms_score_threshold=0.5)
        arrays = [np.zeros((1, 3, 4), np.float32), np.array([[[0.5], [0.49], [0.5]]], np.float32)]
        data = made.bytes()
        self.assertEqual(answers(data, arrays)[3], run(data, arrays)[3])

    def test_refused(self) -> None:
        for options, message in [
            ({"max_classes_per_detection": 2}, "max_classes_per_detection"), ({"num_classes": 9}, "9 classes"),
            ({"h_scale": None}, "h_scale"), ({"max_detections": 0}, "max_detections is 0"),
            ({"nms_iou_threshold": "much"}, "nms_iou_threshold"),
        ]:
            with self.subTest(options), self.assertRaisesRegex(deeper.DeeperError, message):
                load(self.network(**options).bytes())

    def test_damaged_options(self) -> None:
        """Options cut short, or with other bytes, are read or refused."""
        whole = bytes(flexbuffers.Dumps(self.OPTIONS))
        for place in range(len(whole)):
            for damaged in [whole[place:], whole[:place], whole[:place] + b"\xff" + whole[place + 1:]]:
                made = self.network()
                made.operations[0]["custom"] = damaged
                try:
                    load(made.bytes())
                except deeper.DeeperError as error:
                    self.assertIn("TFLite_Detection_PostProcess", str(error))


class ConversionTests(unittest.TestCase):
    def test_onnx(self) -> None:
        """A converted network gives ONNX Runtime the same answers."""
        random = np.random.default_rng(3)
        made = Network()
        x = made.input("x", PICTURE)
        y, z = made.tensor("y", [2, 3, 4, 6]), made.tensor("z", [2, 72])
        weights = made.constant("w", random.uniform(-1, 1, (6, 3, 3, 4)).astype(np.float32))
        bias = made.constant("b", random.uniform(-1, 1, 6).astype(np.float32))
        made.node("CONV_2D", [x, weights, bias], [y], [(1, "int", 2), (2, "int", 2), (3, "byte", 3)])
        made.node("RESHAPE", [y, made.constant("shape", np.array([2, 72], np.int32))], [z])
        made.outputs = [z]
        data = made.bytes()
        array = random.uniform(-1, 1, PICTURE).astype(np.float32)
        command = os.environ.get("DEEPER")
        if not command:
            self.skipTest("DEEPER does not name the command")
        with tempfile.TemporaryDirectory() as folder:
            read, written = Path(folder, "network.tflite"), Path(folder, "network.onnx")
            read.write_bytes(data)
            subprocess.run([command, "convert", read, "-o", written], check=True, capture_output=True)
            found = onnxruntime.InferenceSession(written).run(None, {"x": array})[0]
        np.testing.assert_allclose(found, answers(data, [array])[0], atol=1e-5)


if __name__ == "__main__":
    unittest.main()
