#!/usr/bin/env python3
"""Writes the seeds of the fuzzers: small generated files of every kind that the readers
support.

usage: scripts/make-fuzzing-seeds.py FOLDER        needs numpy, onnx and Pillow
"""

import io
import json
import struct
import sys
from pathlib import Path

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Tests/Python"))
from caffe_files import caffemodel  # noqa: E402

random = numpy.random.default_rng(1)


def requests():
    data = numpy.arange(4, dtype=numpy.float32)
    tensor = {"name": "x", "shape": [2, 2], "datatype": "FP32"}
    classes = [{"name": "y", "parameters": {"classification": 2, "binary_data": True}}]
    bodies = {
        "flat": {"id": "1", "inputs": [{**tensor, "data": data.tolist()}]},
        "nested": {"inputs": [{"data": [[1, -2.5e3], [0.1, 4]], **tensor}], "outputs": classes, "parameters": None},
        "types": {"inputs": [{"name": kind, "shape": [2], "datatype": kind, "data": [1, 0]}
                             for kind in ("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32",
                                          "INT64", "FP64")]},
    }
    for name, body in bodies.items():
        text = json.dumps(body).encode()
        yield name, len(text).to_bytes(2, "big") + text
    text = json.dumps({"inputs": [{**tensor, "parameters": {"binary_data_size": 16}}]}).encode()
    yield "binary", len(text).to_bytes(2, "big") + text + data.tobytes()
    form = b'--X\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\nabc\r\n--X--\r\n'
    yield "form", b"\0\0" + form


def models():
    def value(name, *shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    def weights(name, *shape):
        return numpy_helper.from_array(random.standard_normal(shape).astype(numpy.float32), name)

    chain = [
        helper.make_node("Conv", ["x", "w", "b"], ["conv"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("BatchNormalization", ["conv", "b", "b", "b", "b"], ["norm"]),
        helper.make_node("Relu", ["norm"], ["relu"]),
        helper.make_node("MaxPool", ["relu"], ["pool"], kernel_shape=[2, 2]),
        helper.make_node("Concat", ["pool", "pool"], ["join"], axis=1),
        helper.make_node("GlobalAveragePool", ["join"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Gemm", ["flat", "m"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["y"]),
    ]
    graph = helper.make_graph(chain, "g", [value("x", "N", 3, 8, 8)], [value("y", "N", 2)],
                              [weights("w", 2, 3, 3, 3), weights("b", 2), weights("m", 4, 2)])
    shapes = helper.make_graph(
        [helper.make_node("Shape", ["x"], ["s"]), helper.make_node("Reshape", ["x", "s"], ["y"])], "s",
        [value("x", 1, 2)], [value("y", 1, 2)])
    for name, each, opset in (("chain", graph, 13), ("shapes", shapes, 14)):
        model = helper.make_model(each, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        yield name, model.SerializeToString()


def safetensors():
    for name, kinds in (("one", ["F32"]), ("some", ["F32", "F16", "I64", "U8"])):
        size = {"F32": 4, "F16": 2, "I64": 8, "U8": 1}
        header, position = {"__metadata__": {"format": "pt"}}, 0
        for index, kind in enumerate(kinds):
            header[f"t{index}"] = {"dtype": kind, "shape": [2, 1], "data_offsets": [position, position + 2 * size[kind]]}
            position += 2 * size[kind]
        text = json.dumps(header).encode()
        yield name, len(text).to_bytes(8, "little") + text + random.bytes(position)


def pictures():
    for mode, bands in (("L", 1), ("RGB", 3), ("RGBA", 4), ("CMYK", 4), ("P", 1)):
        shape = (9, 7) if bands == 1 else (9, 7, bands)
        image = Image.fromarray(random.integers(0, 255, shape, dtype=numpy.uint8).squeeze(), None if mode == "P" else mode)
        image = image.convert(mode)
        for kind, options in (("PNG", {}), ("JPEG", {}), ("JPEG", {"progressive": True, "subsampling": 2})):
            if (kind == "PNG" and mode == "CMYK") or (kind == "JPEG" and mode in ("RGBA", "P")):
                continue
            file = io.BytesIO()
            image.save(file, kind, **options)
            yield f"{mode}{'-progressive' if options else ''}.{kind.lower()}", file.getvalue()
    image = Image.fromarray(random.integers(0, 255, (9, 7, 3), dtype=numpy.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind, options in (("JPEG", {}), ("PNG", {}), ("WEBP", {}), ("TIFF", {"compression": "tiff_lzw"})):
        yield f"exif.{kind.lower()}", encoded(image, kind, exif=exif, **options)
    for kind in ("BMP", "PPM", "GIF", "WEBP", "AVIF", "TIFF"):
        yield f"plain.{kind.lower()}", encoded(image, kind)
    yield "lossless.webp", encoded(image, "WEBP", lossless=True)
    yield "animated.webp", encoded(image, "WEBP", save_all=True, append_images=[image.rotate(180)])
    for name in ("jpeg", "packbits", "tiff_adobe_deflate"):
        yield f"{name}.tiff", encoded(image, "TIFF", compression=name)
    yield "text.pgm", b"P2 2 2 # grey\n9\n0 3\n6 9\n"
    yield "interlaced.gif", encoded(image.quantize(8), "GIF", interlace=1, transparency=1)
    head = b"BM" + struct.pack("<IHHI", 90, 0, 0, 62) + struct.pack("<IiiHHIIiiII", 40, 5, 2, 1, 8, 1, 28, 0, 0, 2, 0)
    yield "rle8.bmp", head + bytes(8) + bytes([3, 1, 0, 3, 1, 0, 1, 0, 0, 0, 2, 1, 0, 0, 2, 1, 0, 1])


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def networks():
    def layer(kind, name, bottoms, tops, parameters=""):
        ends = [f'bottom: "{each}"' for each in bottoms.split()] + [f'top: "{each}"' for each in tops.split()]
        return f'layer {{ name: "{name}" type: "{kind}" {" ".join(ends)} {parameters} }}\n'

    start = 'name: "n"\ninput: "x" input_shape { dim: 1 dim: 4 dim: 8 dim: 8 }\n'
    yield "chain", (
        start
        + layer("Convolution", "c", "x", "c", "convolution_param { num_output: 8 kernel_size: 3 pad: 1 group: 2 }")
        + layer("BatchNorm", "n", "c", "c", "batch_norm_param { eps: 1e-3 }")
        + layer("Scale", "s", "c", "c", "scale_param { bias_term: true }") + layer("ReLU", "r", "c", "c")
        + layer("Pooling", "p", "c", "p m", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }")
        + layer("Upsample", "u", "p m", "u") + layer("LRN", "l", "u", "l", "lrn_param { norm_region: WITHIN_CHANNEL }")
        + layer("Slice", "sl", "l", "a b", "slice_param { slice_point: 3 }") + layer("Concat", "j", "a b", "j")
        + layer("InnerProduct", "f", "j", "f", "inner_product_param { num_output: 3 }")
        + layer("Softmax", "y", "f", "y")).encode()
    yield "shapes", (
        start + layer("Permute", "p", "x", "p", "permute_param { order: 0 order: 2 order: 3 order: 1 }")
        + layer("Reshape", "r", "p", "r", "reshape_param { shape { dim: 0 dim: -1 dim: 4 } axis: 0 }")
        + layer("Flatten", "f", "x", "f", "flatten_param { axis: 1 end_axis: 2 }")
        + layer("Interp", "i", "x", "i", "interp_param { zoom_factor: 2 }")
        + layer("Crop", "c", "i x", "c", "crop_param { axis: 2 offset: 1 }")
        + layer("PriorBox", "b", "c x", "b", "prior_box_param { min_size: 3 max_size: 5 aspect_ratio: 2 }")
        + layer("MVN", "m", "c", "m") + layer("Normalize", "o", "m", "o", "norm_param { across_spatial: false }")
        + layer("Deconvolution", "d", "o", "d", "convolution_param { num_output: 2 kernel_size: 4 stride: 2 }")
        + layer("Eltwise", "e", "c x", "e", "eltwise_param { operation: SUM coeff: 1 coeff: -1 }")).encode()
    yield "detector", (
        start + layer("Convolution", "l", "x", "l", "convolution_param { num_output: 16 kernel_size: 1 }")
        + layer("Convolution", "s", "x", "s", "convolution_param { num_output: 12 kernel_size: 1 }")
        + layer("Flatten", "lf", "l", "lf") + layer("Flatten", "sf", "s", "sf")
        + layer("PriorBox", "p", "l x", "p", "prior_box_param { min_size: 3 max_size: 5 aspect_ratio: 2 }")
        + layer("DetectionOutput", "d", "lf sf p", "d", "detection_output_param { num_classes: 3 code_type: CENTER_SIZE "
                "nms_param { nms_threshold: 0.4 top_k: 9 } keep_top_k: 5 confidence_threshold: 0.1 }")).encode()
    yield "old", (
        b"layers < name: 'd' type: MEMORY_DATA top: 'x' top: 'label' memory_data_param { batch_size: 1 channels: 0x3 "
        b"height: 010 width: 8 } transform_param { scale: 0.5f mean_value: [1, 2, 3] } include: { phase: TEST } >\n"
        b"layers { name: \"p\" type: POWER bottom: 'x' top: 'p' power_param { power: 2 scale: .5 shift: 1e-3 } } # end\n"
        b"layers { name: 'l' type: SOFTMAX_LOSS bottom: 'p' bottom: 'label' }\n")


def weights():
    def array(*shape):
        return random.standard_normal(shape).astype(numpy.float32)

    layers = {"a": [array(4, 3, 3, 3), array(4)], "b": [array(4), array(4), array(1)], "c": [array(4), array(4)],
              "d": [array(4)], "e": [array(5, 144), array(5)], "f": [array(2, 6), array(2)]}
    for name, options in {"new": {}, "old": {"first": True, "legacy": True}, "numbers": {"packed": False},
                          "doubles": {"double": True}}.items():
        yield name, caffemodel(layers, **options)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    subjects = {"request": requests, "onnx": models, "safetensors": safetensors, "picture": pictures,
                "prototxt": networks, "caffemodel": weights}
    for subject, seeds in subjects.items():
        folder = Path(sys.argv[1]) / subject
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in seeds():
            (folder / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
