"""Writes ONNX files with metadata as other programs do, and checks what other programs read in those of deeper.

Usage: onnx_metadata.py make KIND PATH
       onnx_metadata.py check PATH KEY JSON

`make` writes a classifier of five classes for pictures of 8 x 6 (square kinds: 6 x 6); the kind pixels is the kind square
with an input of N x H x W x C. `check` ends with 1 unless the
file is valid and the value of KEY is equal JSON.
"""

import json
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

NAMES = ["tench", "jack-o'-lantern", 'a "b"', "both ' and \"", "na\u00efve\u00a0\\ \U0001f41f"]
# As Ultralytics' exporter has it: the metadata's values are `str` of these.
ULTRALYTICS = {
    "description": "Ultralytics YOLOv8n-cls model trained on imagenet.yaml", "author": "Ultralytics", "stride": 1,
    "batch": 1, "task": "classify", "imgsz": [6, 6], "names": dict(enumerate(NAMES)), "args": {"half": False},
}
KINDS = {
    "deeper": {
        "deeper.labels": json.dumps(NAMES),
        "deeper.preprocessing": json.dumps({"resize": {"shorter_side": 7}, "crop": {"width": 8, "height": 6}, "std": [2, 2, 2]}),
    },
    "square": ULTRALYTICS,
    "pixels": ULTRALYTICS,
    "wide": ULTRALYTICS | {"imgsz": [6, 8]},
    "detect": ULTRALYTICS | {"task": "detect", "imgsz": [6, 8], "stride": 32},
    "count": ULTRALYTICS | {"names": {0: "person", 1: "bicycle"}},
    "both": ULTRALYTICS | {"deeper.labels": json.dumps(list("abcde"))},
}


def make(kind, path):
    random = numpy.random.default_rng(1)
    width = 6 if KINDS[kind].get("imgsz") == [6, 6] else 8

    def weights(name, *shape):
        return numpy_helper.from_array(random.standard_normal(shape).astype(numpy.float32), name)

    shape, planes = [1, 3, 6, width], []
    if kind == "pixels":
        shape, planes = [1, 6, width, 3], [helper.make_node("Transpose", ["images"], ["planes"], perm=[0, 3, 1, 2])]
    graph = helper.make_graph(
        planes + [
            helper.make_node("Flatten", ["planes" if planes else "images"], ["flat"]),
            helper.make_node("Gemm", ["flat", "w"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["output0"]),
        ],
        "main_graph",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 5])],
        [weights("w", 3 * 6 * width, 5)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    for key, value in KINDS[kind].items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, str(value)
    onnx.save(model, path)


def check(path, key, expected):
    model = onnx.load(path)
    onnx.checker.check_model(model)
    found = [entry.value for entry in model.metadata_props if entry.key == key]
    if [json.loads(value) for value in found] != [json.loads(expected)]:
        sys.exit(f"{path}: {key} is {found}, expected {expected}")


{"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
