"""Writes TFLite files of a few operators, by the numbers of the format's schema."""

from typing import Any, Dict, List, Optional, Sequence, Tuple

import flatbuffers
import numpy as np

TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int16": 7, "complex64": 8, "int8": 9}

# Each operator's number, and that of its table of options.
OPERATORS = {
    "ABS": (101, 78), "ADD": (0, 11), "ADD_N": (106, 82), "ARG_MAX": (56, 40), "ARG_MIN": (79, 57),
    "AVERAGE_POOL_2D": (1, 5), "BATCH_MATMUL": (126, 101), "BATCH_TO_SPACE_ND": (37, 24), "BROADCAST_TO": (130, 104),
    "CAST": (53, 37), "CEIL": (104, 0), "COMPLEX_ABS": (135, 0), "CONCATENATION": (2, 10), "CONV_2D": (3, 1),
    "COS": (108, 84), "CUMSUM": (128, 102), "DENSIFY": (124, 99), "DEPTHWISE_CONV_2D": (4, 2), "DEPTH_TO_SPACE": (5, 94),
    "DEQUANTIZE": (6, 38), "DIV": (42, 29), "ELU": (111, 0), "EQUAL": (71, 53), "EXP": (47, 33), "EXPAND_DIMS": (70, 52),
    "FILL": (94, 68), "FLOOR": (8, 0), "FLOOR_DIV": (90, 65), "FLOOR_MOD": (95, 72), "FULLY_CONNECTED": (9, 8),
    "GATHER": (36, 23), "GATHER_ND": (107, 83), "GELU": (150, 116), "GREATER": (61, 44), "GREATER_EQUAL": (62, 45),
    "HARD_SWISH": (117, 91), "IMAG": (134, 0), "L2_NORMALIZATION": (11, 12), "L2_POOL_2D": (12, 5),
    "LEAKY_RELU": (98, 75), "LESS": (58, 41), "LESS_EQUAL": (63, 46), "LOCAL_RESPONSE_NORMALIZATION": (13, 13),
    "LOG": (73, 0), "LOGICAL_AND": (86, 62), "LOGICAL_NOT": (87, 63), "LOGICAL_OR": (84, 60), "LOGISTIC": (14, 0),
    "LOG_SOFTMAX": (50, 36), "MAXIMUM": (55, 39), "MAX_POOL_2D": (17, 5), "MEAN": (40, 27), "MINIMUM": (57, 39),
    "MIRROR_PAD": (100, 77), "MUL": (18, 21), "NEG": (59, 42), "NOT_EQUAL": (72, 54), "PACK": (83, 59), "PAD": (34, 22),
    "PADV2": (60, 43), "POW": (78, 56), "PRELU": (54, 0), "QUANTIZE": (114, 89), "RANGE": (96, 73), "RANK": (110, 86),
    "REAL": (133, 0), "REDUCE_MAX": (82, 27), "REDUCE_MIN": (89, 27), "REDUCE_PROD": (81, 27), "RELU": (19, 0),
    "RELU6": (21, 0), "RELU_0_TO_1": (152, 0), "RELU_N1_TO_1": (20, 0), "RESHAPE": (22, 17), "RESIZE_BILINEAR": (23, 15),
    "RESIZE_NEAREST_NEIGHBOR": (97, 74), "REVERSE_V2": (105, 81), "RFFT2D": (131, 105), "ROUND": (116, 0),
    "RSQRT": (76, 0), "SELECT": (64, 47), "SELECT_V2": (123, 98), "SHAPE": (77, 55), "SIGN": (158, 123), "SIN": (66, 0),
    "SLICE": (65, 48), "SOFTMAX": (25, 9), "SPACE_TO_BATCH_ND": (38, 25), "SPACE_TO_DEPTH": (26, 19), "SPLIT": (49, 35),
    "SPLIT_V": (102, 79), "SQRT": (75, 0), "SQUARE": (92, 66), "SQUARED_DIFFERENCE": (99, 76), "SQUEEZE": (43, 30),
    "STRIDED_SLICE": (45, 32), "SUB": (41, 28), "SUM": (74, 27), "TANH": (28, 0), "TILE": (69, 51), "TOPK_V2": (48, 34),
    "TRANSPOSE": (39, 26), "TRANSPOSE_CONV": (67, 49), "UNPACK": (88, 64), "ZEROS_LIKE": (93, 67),
}

# Those that the interpreter knows in a later version only.
VERSIONS = {130: 2}

# A field of a table: its position, the kind of number, and the value.
Field = Tuple[int, str, Any]


class Network:
    """A graph whose tensors are named; `bytes` gives the file."""

    def __init__(self) -> None:
        self.tensors: List[Dict[str, Any]] = []
        self.operations: List[Dict[str, Any]] = []
        self.inputs: List[int] = []
        self.outputs: List[int] = []
        self.signature: Optional[Tuple[Dict[str, int], Dict[str, int]]] = None
        self.metadata: Optional[bytes] = None

    def tensor(self, name: str, shape: Sequence[int], kind: str = "float32", *, scale: Any = None, zero: Any = 0,
               axis: int = 0, signature: Optional[Sequence[int]] = None, data: Optional[bytes] = None) -> int:
        scales = None if scale is None else np.atleast_1d(np.asarray(scale, np.float32))
        zeros = None if scales is None else np.broadcast_to(np.asarray(zero, np.int64), scales.shape)
        self.tensors.append({"name": name, "shape": list(shape), "type": TYPES[kind], "scales": scales, "zeros": zeros,
                             "axis": axis, "signature": signature, "data": data})
        return len(self.tensors) - 1

    def input(self, name: str, shape: Sequence[int], kind: str = "float32", **options: Any) -> int:
        self.inputs.append(self.tensor(name, shape, kind, **options))
        return self.inputs[-1]

    def constant(self, name: str, array: np.ndarray, **options: Any) -> int:
        return self.tensor(name, array.shape, array.dtype.name, data=np.ascontiguousarray(array).tobytes(), **options)

    def node(self, operator: str, inputs: Sequence[int], outputs: Sequence[int], options: Sequence[Field] = ()) -> None:
        code, table = OPERATORS[operator]
        self.operations.append({"code": (code, ""), "table": table, "inputs": list(inputs), "outputs": list(outputs),
                                "options": list(options)})

    def custom(self, operator: str, inputs: Sequence[int], outputs: Sequence[int], options: bytes) -> None:
        """Adds an operator that the schema does not have."""
        self.operations.append({"code": (32, operator), "table": 0, "inputs": list(inputs), "outputs": list(outputs),
                                "custom": options})

    def flattened(self, value: int, count: int) -> int:
        """The rows of a value of four axes, by a shape that is computed from its own, as converters write it."""
        shape = self.tensor("shape", [4], "int32")
        self.node("SHAPE", [value], [shape], [(0, "byte", 2)])
        bounds = [self.constant(name, np.array([number], np.int32)) for name, number in zip("abc", (0, 1, 1))]
        batch = self.tensor("batch", [], "int32")
        self.node("STRIDED_SLICE", [shape, *bounds], [batch], [(4, "int", 1)])
        pair = self.tensor("pair", [2], "int32")
        self.node("PACK", [batch, self.constant("rest", np.array(count, np.int32))], [pair], [(0, "int", 2)])
        flat = self.tensor("flat", [1, count], signature=[-1, count])
        self.node("RESHAPE", [value, pair], [flat])
        return flat

    def bytes(self) -> bytes:
        builder = flatbuffers.Builder(1024)
        buffers = [b""] + [tensor["data"] for tensor in self.tensors if tensor["data"] is not None]
        if self.metadata is not None:
            buffers.append(self.metadata)
        stored = [table(builder, [(0, "bytes", data)] if data else []) for data in buffers]
        used, tensors = 0, []
        for tensor in self.tensors:
            fields: List[Field] = [(0, "ints", tensor["shape"]), (1, "byte", tensor["type"]), (3, "text", tensor["name"])]
            if tensor["data"] is not None:
                used += 1
                fields.append((2, "int", used))
            if tensor["scales"] is not None:
                fields.append((4, "table", table(builder, [
                    (2, "floats", tensor["scales"]), (3, "longs", tensor["zeros"]), (6, "int", tensor["axis"])])))
            if "sparsity" in tensor:
                fields.append((6, "table", sparsity(builder, *tensor["sparsity"])))
            if tensor["signature"] is not None:
                fields.append((7, "ints", tensor["signature"]))
            tensors.append(table(builder, fields))
        codes = sorted({operation["code"] for operation in self.operations})
        operations = [table(builder, [
            (0, "int", codes.index(each["code"])), (1, "ints", each["inputs"]), (2, "ints", each["outputs"]),
            *([(3, "byte", each["table"]), (4, "table", table(builder, each["options"]))] if each["table"] else []),
            *([(5, "bytes", each["custom"])] if "custom" in each else []),
        ]) for each in self.operations]
        graph = table(builder, [(0, "tables", tensors), (1, "ints", self.inputs), (2, "ints", self.outputs),
                                (3, "tables", operations)])
        fields = [
            (0, "int", 3),
            (1, "tables", [table(builder, [(0, "byte", min(code, 127)), *([(1, "text", name)] if name else []),
                                           (2, "int", VERSIONS.get(code, 1)), (3, "int", code)])
                           for code, name in codes]),
            (2, "tables", [graph]), (4, "tables", stored),
        ]
        if self.metadata is not None:
            fields.append((6, "tables", [table(builder, [(0, "text", "TFLITE_METADATA"), (1, "int", len(buffers) - 1)])]))
        if self.signature:
            ports = [[table(builder, [(0, "text", name), (1, "int", tensor)]) for name, tensor in names.items()]
                     for names in self.signature]
            fields.append((7, "tables", [table(builder, [(0, "tables", ports[0]), (1, "tables", ports[1]),
                                                         (2, "text", "serving_default")])]))
        builder.Finish(table(builder, fields), b"TFL3")
        return bytes(builder.Output())


def metadata(*, mean: Sequence[float] = (), std: Sequence[float] = (), grey: bool = False,
             files: Sequence[Tuple[str, int, str]] = (), identifier: bytes = b"M001") -> bytes:
    """What TFLite's tools write about a network with one input and one output; `files` have a name, a kind and a language."""
    builder = flatbuffers.Builder(256)
    colours = table(builder, [(0, "byte", 2 if grey else 1)])
    content = table(builder, [(0, "byte", 2), (1, "table", colours)])
    options = table(builder, [(0, "floats", mean), (1, "floats", std)])
    units = [table(builder, [(0, "byte", 1), (1, "table", options)])] if len(mean) else []
    port = table(builder, [(3, "table", content), (4, "tables", units)])
    labels = [table(builder, [(0, "text", name), (2, "byte", kind), *([(3, "text", language)] if language else [])])
              for name, kind, language in files]
    result = table(builder, [(6, "tables", labels)])
    graph = table(builder, [(2, "tables", [port]), (3, "tables", [result])])
    builder.Finish(table(builder, [(0, "text", "network"), (3, "tables", [graph])]), identifier)
    return bytes(builder.Output())


def sparsity(builder: flatbuffers.Builder, order: Sequence[int], blocks: Sequence[int], levels: Sequence[Any]) -> int:
    """A level is an extent, or the starts of its segments and their indices."""
    made = []
    for level in levels:
        if isinstance(level, int):
            made.append(table(builder, [(0, "byte", 0), (1, "int", level)]))
        else:
            starts, indices = (table(builder, [(0, "ints", numbers)]) for numbers in level)
            made.append(table(builder, [(0, "byte", 1), (2, "byte", 1), (3, "table", starts), (4, "byte", 1),
                                        (5, "table", indices)]))
    return table(builder, [(0, "ints", order), (1, "ints", blocks), (2, "tables", made)])


def table(builder: flatbuffers.Builder, fields: Sequence[Field]) -> int:
    """Writes a table, and gives its place."""
    ready = []
    for position, kind, value in fields:
        if kind == "text":
            value = builder.CreateString(value)
        elif kind == "bytes":
            # Weights begin at a multiple of 16.
            builder.StartVector(1, len(value), 16)
            builder.head -= len(value)
            builder.Bytes[builder.head:builder.head + len(value)] = value
            value = builder.EndVector()
        elif kind == "ints":
            value = builder.CreateNumpyVector(np.asarray(value, np.int32))
        elif kind == "longs":
            value = builder.CreateNumpyVector(np.asarray(value, np.int64))
        elif kind == "floats":
            value = builder.CreateNumpyVector(np.asarray(value, np.float32))
        elif kind == "tables":
            builder.StartVector(4, len(value), 4)
            for entry in reversed(value):
                builder.PrependUOffsetTRelative(entry)
            value = builder.EndVector()
        ready.append((position, kind, value))
    builder.StartObject(1 + max((position for position, _, _ in ready), default=-1))
    for position, kind, value in ready:
        if kind in ("byte", "flag"):
            builder.PrependInt8Slot(position, int(value), -1)
        elif kind == "int":
            builder.PrependInt32Slot(position, value, -(1 << 31))
        elif kind == "float":
            builder.PrependFloat32Slot(position, value, np.nan)
        else:
            builder.PrependUOffsetTRelativeSlot(position, value, 0)
    return builder.EndObject()
