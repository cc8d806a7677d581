"""Networks of Caffe in deeper and in OpenCV's dnn module, which reads Caffe's files too.

Each case is a network of one or a few layers with seeded weights. The answers agree within 1e-5 of the largest number.
"""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Dict, List, Optional

import cv2
import deeper
import numpy as np
import onnx
import onnxruntime
from caffe_files import blob, caffemodel, field, inputs
from onnx import helper, numpy_helper

X = [2, 6, 9, 11]
DATA = Path(os.environ.get("DEEPER_TEST_DATA") or Path(__file__).resolve().parents[2] / "../shared/data")


def layer(kind: str, parameters: str = "", *, name: str = "out", bottoms: str = "x", tops: str = "") -> str:
    lines = [f'bottom: "{each}"' for each in bottoms.split()] + [f'top: "{each}"' for each in (tops or name).split()]
    return f'layer {{ name: "{name}" type: "{kind}" {" ".join(lines)} {parameters} }}\n'


class Network:
    """A network's two files in a folder of its own."""

    def __init__(self, text: str, weights: Optional[bytes]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.text = Path(self.folder.name, "net.prototxt")
        self.weights = Path(self.folder.name, "net.caffemodel")
        self.text.write_text(text)
        if weights is not None:
            self.weights.write_bytes(weights)

    def deeper(self, arrays: Dict[str, np.ndarray]) -> Dict[str, np.ndarray]:
        model = deeper.load(self.text)
        return model.run({port.name: arrays[port.name] for port in model.inputs})

    def opencv(self, arrays: Dict[str, np.ndarray], names: List[str]) -> Dict[str, np.ndarray]:
        net = cv2.dnn.readNetFromCaffe(str(self.text), str(self.weights) if self.weights.exists() else "")
        net.enableFusion(False)
        for name, array in arrays.items():
            net.setInput(array, name)
        return dict(zip(names, net.forward(names)))


class LayerTests(unittest.TestCase):
    def setUp(self) -> None:
        self.random = np.random.default_rng(7)

    def array(self, *shape: int, low: float = -1, high: float = 1) -> np.ndarray:
        return self.random.uniform(low, high, shape).astype(np.float32)

    def agree(self, text: str, weights: Dict[str, List[np.ndarray]], *, low: float = -1, high: float = 1,
              outputs: str = "out", opencv: Optional[str] = None, **shapes: List[int]) -> None:
        """Compares the outputs of both; `opencv` is another spelling of the network for OpenCV."""
        shapes = shapes or {"x": X}
        arrays = {name: self.array(*shape, low=low, high=high) for name, shape in shapes.items()}
        network = Network(inputs(**shapes) + text, caffemodel(weights))
        found = network.deeper(arrays)
        names = outputs.split()
        self.assertEqual(sorted(found), sorted(names))
        expected = (Network(inputs(**shapes) + opencv, caffemodel(weights)) if opencv else network).opencv(arrays, names)
        for name in names:
            # OpenCV drops axes of a few layers.
            self.assertEqual(found[name].size, expected[name].size, name)
            difference = np.abs(found[name].ravel() - expected[name].ravel()).max()
            self.assertLessEqual(difference, 1e-5 * max(1, np.abs(expected[name]).max()), name)

    def test_convolution(self) -> None:
        for text, weights in [
            ("num_output: 8 kernel_size: 3", [(8, 6, 3, 3), (8,)]),
            ("num_output: 8 kernel_size: 3 pad: 1 stride: 2 bias_term: false", [(8, 6, 3, 3)]),
            ("num_output: 6 kernel_h: 2 kernel_w: 5 pad_h: 1 pad_w: 2 stride_h: 1 stride_w: 3 group: 3 engine: CAFFE",
             [(6, 2, 2, 5), (6,)]),
            ("num_output: 4 kernel_size: 3 dilation: 2 pad: 2", [(4, 6, 3, 3), (4,)]),
            ("num_output: 6 kernel_size: 3 group: 6", [(6, 1, 3, 3), (6,)]),
        ]:
            with self.subTest(text):
                self.agree(layer("Convolution", f"convolution_param {{ {text} }}"),
                           {"out": [self.array(*shape) for shape in weights]})

    def test_deconvolution(self) -> None:
        for text, weights in [
            ("num_output: 4 kernel_size: 4 stride: 2 pad: 1", [(6, 4, 4, 4), (4,)]),
            ("num_output: 6 kernel_size: 4 stride: 2 pad: 1 group: 6 bias_term: false", [(6, 1, 4, 4)]),
        ]:
            with self.subTest(text):
                self.agree(layer("Deconvolution", f"convolution_param {{ {text} }}"),
                           {"out": [self.array(*shape) for shape in weights]})

    def test_inner_product(self) -> None:
        self.agree(layer("InnerProduct", "inner_product_param { num_output: 5 }"),
                   {"out": [self.array(5, 6 * 9 * 11), self.array(5)]})
        self.agree(layer("InnerProduct", "inner_product_param { num_output: 5 axis: 2 bias_term: false }"),
                   {"out": [self.array(5, 99)]})

    def test_pooling(self) -> None:
        for text in ["pool: MAX kernel_size: 3 stride: 2", "pool: AVE kernel_size: 3 stride: 2",
                     "pool: AVE kernel_size: 3 stride: 2 pad: 1", "pool: MAX kernel_size: 2 stride: 2 pad: 1",
                     "pool: MAX kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 3 pad_h: 1 pad_w: 0", "kernel_size: 4 stride: 3",
                     "pool: AVE global_pooling: true", "pool: MAX global_pooling: true",
                     "pool: AVE kernel_size: 5 stride: 3 pad: 2"]:
            with self.subTest(text):
                self.agree(layer("Pooling", f"pooling_param {{ {text} }}"), {})

    def test_normalization(self) -> None:
        for text in ["local_size: 3 alpha: 0.7 beta: 0.75", "local_size: 5 alpha: 2 beta: 0.5 k: 1",
                     "local_size: 3 alpha: 0.9 beta: 0.75 norm_region: WITHIN_CHANNEL"]:
            with self.subTest(text):
                self.agree(layer("LRN", f"lrn_param {{ {text} }}"), {})
        for text in ["", "across_channels: true", "normalize_variance: false", "eps: 0.1"]:
            with self.subTest(f"MVN {text}"):
                # OpenCV adds eps to the variance, Caffe to the deviation.
                if "eps" not in text:
                    self.agree(layer("MVN", f"mvn_param {{ {text} }}"), {})
        statistics = [self.array(6), self.array(6, low=0.5, high=2), np.array([1.5], np.float32)]
        self.agree(layer("BatchNorm"), {"out": statistics})
        self.agree(layer("BatchNorm", "batch_norm_param { use_global_stats: true eps: 0.01 }", name="norm")
                   + layer("Scale", "scale_param { bias_term: true }", bottoms="norm"),
                   {"norm": statistics, "out": [self.array(6), self.array(6)]})

    def test_normalize(self) -> None:
        self.agree(layer("Normalize", "norm_param { across_spatial: false channel_shared: false }"),
                   {"out": [self.array(6)]})
        self.agree(layer("Normalize", "norm_param { across_spatial: false channel_shared: true }"),
                   {"out": [self.array(1)]})

    def test_element_wise(self) -> None:
        for kind, text in [
            ("ReLU", ""), ("ReLU", "relu_param { negative_slope: 0.1 }"), ("ELU", "elu_param { alpha: 0.7 }"),
            ("Sigmoid", ""), ("TanH", ""), ("AbsVal", ""), ("BNLL", ""),
            ("Power", "power_param { power: 2 scale: 3 shift: 0.5 }"), ("Power", "power_param { scale: 0.5 }"),
            ("Power", ""), ("Dropout", "dropout_param { dropout_ratio: 0.4 }"),
            ("Exp", ""), ("Exp", "exp_param { base: 2 scale: 0.5 shift: 0.3 }"),
        ]:
            with self.subTest(f"{kind} {text}"):
                self.agree(layer(kind, text), {})
        self.agree(layer("Power", "power_param { power: -0.5 scale: 2 shift: 0.1 }"), {}, low=0.1, high=2)
        self.agree(layer("PReLU"), {"out": [self.array(6)]})
        self.agree(layer("PReLU", "prelu_param { channel_shared: true }"), {"out": [self.array(1)]})

    def test_logarithm(self) -> None:
        """OpenCV does not know Log."""
        for text, answer in [("", np.log), ("base: 10 scale: 2 shift: 0.5", lambda x: np.log10(2 * x + 0.5))]:
            x = self.array(*X, low=0.1, high=3)
            found = Network(inputs(x=X) + layer("Log", f"log_param {{ {text} }}"), None).deeper({"x": x})["out"]
            self.assertLessEqual(np.abs(found - answer(x.astype(np.float64))).max(), 1e-5)

    def test_several_bottoms(self) -> None:
        for text in ["", "operation: PROD", "operation: MAX", "operation: SUM coeff: 1 coeff: -0.5"]:
            with self.subTest(text):
                self.agree(layer("Eltwise", f"eltwise_param {{ {text} }}", bottoms="x y"), {}, x=X, y=X)
        self.agree(layer("Concat", bottoms="x y"), {}, x=X, y=[2, 3, 9, 11])
        self.agree(layer("Concat", "concat_param { axis: -1 }", bottoms="x y"), {}, x=X, y=[2, 6, 9, 2])
        self.agree(layer("Scale", "scale_param { axis: 0 }", bottoms="x y"), {}, x=X, y=[2, 6])

    def test_scale_and_bias(self) -> None:
        self.agree(layer("Scale"), {"out": [self.array(6)]})
        self.agree(layer("Scale", "scale_param { bias_term: true }"), {"out": [self.array(6), self.array(6)]})
        x = self.array(*X)
        scales = self.array(9, 11)
        text = layer("Scale", "scale_param { axis: 2 num_axes: -1 }") + layer("Bias", name="more", bottoms="out")
        shift = self.array(6)
        network = Network(inputs(x=X) + text, caffemodel({"out": [scales], "more": [shift]}))
        np.testing.assert_allclose(
            network.deeper({"x": x})["more"], x * scales + shift[:, None, None], rtol=1e-6, atol=1e-6)

    def test_shapes(self) -> None:
        self.agree(layer("Flatten"), {})
        self.agree(layer("Flatten", "flatten_param { axis: 2 }"), {})
        self.agree(layer("Flatten", "flatten_param { axis: 1 end_axis: 2 }"), {})
        self.agree(layer("Reshape", "reshape_param { shape { dim: 0 dim: -1 dim: 3 } }"), {})
        self.agree(layer("Reshape", "reshape_param { shape { dim: 3 dim: -1 } axis: 1 num_axes: 1 }"), {})
        self.agree(layer("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }"), {})
        self.agree(layer("Softmax"), {})
        self.agree(layer("Softmax", "softmax_param { axis: 2 }"), {})
        self.agree(layer("Crop", "crop_param { axis: 2 offset: 1 offset: 3 }", bottoms="x y"), {}, x=X, y=[2, 6, 4, 5])
        # OpenCV finds outputs by the names of layers, which must have one top.
        parts = "".join(layer("AbsVal", name=f"{each}1", bottoms=each) for each in "abc")
        self.agree(layer("Slice", "slice_param { slice_point: 1 slice_point: 4 }", name="s", tops="a b c") + parts, {},
                   outputs="a1 b1 c1")
        self.agree(layer("Slice", "slice_param { axis: 1 }", name="s", tops="a b c") + parts, {}, outputs="a1 b1 c1")
        self.agree(layer("Split", name="s", tops="a b") + layer("ReLU", name="r", bottoms="a")
                   + layer("AbsVal", name="t", bottoms="b"), {}, outputs="r t")

    def test_resizing(self) -> None:
        self.agree(layer("Interp", "interp_param { height: 17 width: 33 }"), {})
        self.agree(layer("Interp", "interp_param { zoom_factor: 2 }"), {})

    def test_unpooling(self) -> None:
        text = (layer("Pooling", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }", name="pool", tops="pool mask")
                + layer("Upsample", "upsample_param { scale: 2 }", bottoms="pool mask"))
        x = self.array(2, 3, 8, 6)
        found = Network(inputs(x=[2, 3, 8, 6]) + text, None).deeper({"x": x})["out"]
        blocks = x.reshape(2, 3, 4, 2, 3, 2)
        largest = blocks.max(axis=(3, 5), keepdims=True)
        np.testing.assert_array_equal(found, np.where(blocks == largest, blocks, 0).reshape(x.shape))

    def test_priors(self) -> None:
        shapes = {"x": [1, 6, 5, 4], "y": [1, 3, 60, 50]}
        for text in [
            "min_size: 20 aspect_ratio: 2 clip: false variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2",
            "min_size: 20 max_size: 40 aspect_ratio: 2 aspect_ratio: 3 flip: true clip: true variance: 0.1",
            "min_size: 10 max_size: 30 clip: false flip: false aspect_ratio: 2 step: 12 offset: 0.25 variance: 0.1",
        ]:
            with self.subTest(text):
                prior = layer("PriorBox", f"prior_box_param {{ {text} }}", name="prior", bottoms="x y")
                # A network of constants alone has no output that depends on its inputs.
                network = Network(inputs(**shapes) + prior + layer("Power", name="out", bottoms="x"), None)
                arrays = {name: self.array(*shape) for name, shape in shapes.items()}
                expected = network.opencv(arrays, ["prior"])["prior"]
                found = deeper.load(network.text).run({"x": arrays["x"]})["prior"]
                np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)

    def test_sizes_of_priors(self) -> None:
        """SSD's layer keeps sizes in ints; OpenCV does not."""
        def priors(text: str) -> np.ndarray:
            prior = layer("PriorBox", f"prior_box_param {{ {text} aspect_ratio: 2 }}", name="prior", bottoms="x y")
            network = Network(inputs(x=[1, 6, 5, 4], y=[1, 3, 60, 50]) + prior + layer("Power", bottoms="x"), None)
            return network.deeper({"x": self.array(1, 6, 5, 4)})["prior"]

        np.testing.assert_array_equal(priors("min_size: 35.84 max_size: 76.8"), priors("min_size: 35 max_size: 76"))


def detector(output: str, classes: int, *, variances: str = "", batch: int = 1) -> str:
    """A detector with boxes of two feature maps, as SSD has them; x are the pictures."""
    text = inputs(x=[batch, 3, 48, 40])
    text += layer("Pooling", "pooling_param { pool: AVE kernel_size: 8 stride: 8 }", name="m0", bottoms="x")
    text += layer("Pooling", "pooling_param { pool: AVE kernel_size: 2 stride: 2 }", name="m1", bottoms="m0")
    for number, (least, most) in enumerate([(9, 18), (18, 30)]):
        for kind, count in [("loc", 4 * 4), ("conf", 4 * classes)]:
            name = f"{kind}{number}"
            text += layer("Convolution", f"convolution_param {{ num_output: {count} kernel_size: 1 }}",
                          name=name, bottoms=f"m{number}")
            text += layer("Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }",
                          name=f"{name}_perm", bottoms=name)
            text += layer("Flatten", "flatten_param { axis: 1 }", name=f"{name}_flat", bottoms=f"{name}_perm")
        text += layer("PriorBox", f"prior_box_param {{ min_size: {least} max_size: {most} aspect_ratio: 2 clip: false "
                      f"{variances or 'variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2'} }}",
                      name=f"prior{number}", bottoms=f"m{number} x")
    text += layer("Concat", "concat_param { axis: 1 }", name="loc", bottoms="loc0_flat loc1_flat")
    text += layer("Concat", "concat_param { axis: 1 }", name="conf", bottoms="conf0_flat conf1_flat")
    text += layer("Concat", "concat_param { axis: 2 }", name="priors", bottoms="prior0 prior1")
    text += layer("Reshape", f"reshape_param {{ shape {{ dim: 0 dim: -1 dim: {classes} }} }}",
                  name="grouped", bottoms="conf")
    text += layer("Softmax", "softmax_param { axis: 2 }", name="softmax", bottoms="grouped")
    text += layer("Flatten", "flatten_param { axis: 1 }", name="scores", bottoms="softmax")
    for field, value in [("share_location", "true"), ("background_label_id", "0")]:
        # OpenCV wants what Caffe has defaults for.
        output += "" if field in output else f" {field}: {value}"
    return text + layer("DetectionOutput", f"detection_output_param {{ num_classes: {classes} {output} }}",
                        bottoms="loc scores priors")


class DetectionTests(unittest.TestCase):
    """The last layer of SSD."""

    CLASSES = 6
    OUTPUTS = [
        "code_type: CENTER_SIZE nms_param { nms_threshold: 0.45 top_k: 40 } keep_top_k: 20 confidence_threshold: 0.1",
        "code_type: CENTER_SIZE nms_param { nms_threshold: 0.3 } keep_top_k: 7 confidence_threshold: 0.01",
        "code_type: CORNER nms_param { nms_threshold: 0.6 top_k: 5 } keep_top_k: 100 confidence_threshold: 0.1",
        "code_type: 1 nms_param { nms_threshold: 0.6 top_k: 9 } confidence_threshold: 0.2 background_label_id: 2",
        "code_type: CENTER_SIZE variance_encoded_in_target: true nms_param { nms_threshold: 0.4 top_k: 30 } "
        "keep_top_k: 30 confidence_threshold: 0.15",
        "code_type: CENTER_SIZE nms_param { nms_threshold: 0.45 top_k: 40 } keep_top_k: 20 confidence_threshold: 0.99",
        "code_type: CENTER_SIZE clip: true nms_param { nms_threshold: 0.5 top_k: 20 } keep_top_k: 50 "
        "confidence_threshold: 0.1",
    ]

    def setUp(self) -> None:
        random = np.random.default_rng(11)
        self.x = random.uniform(-4, 4, (3, 3, 48, 40)).astype(np.float32)
        self.weights = caffemodel({
            f"{kind}{number}": [random.uniform(-2, 2, (count, 3, 1, 1)).astype(np.float32),
                                random.uniform(-1, 1, count).astype(np.float32)]
            for number in range(2) for kind, count in [("loc", 16), ("conf", 4 * self.CLASSES)]})

    def rows(self, output: str, x: np.ndarray, **options: object) -> np.ndarray:
        found = Network(detector(output, self.CLASSES, **options), self.weights).deeper({"x": x})["out"]
        self.assertEqual(found.shape[:2] + found.shape[3:], (1, 1, 7))
        self.assertEqual(found.shape[2] % len(x), 0)
        return found.reshape(len(x), -1, 7)

    def test_opencv(self) -> None:
        for output in self.OUTPUTS:
            with self.subTest(output):
                # OpenCV has memory for keep_top_k rows only.
                most = "" if "keep_top_k" in output else " keep_top_k: 500"
                # Where variances are encoded, it reads beyond its memory; variances of 1 are the same.
                encoded = "variance_encoded_in_target: true"
                ones = " ".join(["variance: 1"] * 4) if encoded in output else ""
                text = detector(output.replace(encoded, "") + most, self.CLASSES, variances=ones)
                network = Network(text, self.weights)
                found = self.rows(output, self.x[:1])[0]
                expected = network.opencv({"x": self.x[:1]}, ["out"])["out"].reshape(-1, 7)
                expected = expected[expected[:, 2] > 0]
                used = found[found[:, 0] >= 0]
                self.assertEqual(len(used), len(expected))
                np.testing.assert_array_equal(found[len(used):], -1)
                # Rows are ordered by class, as Caffe has them; OpenCV orders them by score.
                np.testing.assert_array_equal(used[:, 1], np.sort(used[:, 1]))
                used = used[np.argsort(-used[:, 2], kind="stable")]
                np.testing.assert_array_equal(used[:, :2], expected[:, :2])
                np.testing.assert_allclose(used[:, 2:], expected[:, 2:], rtol=1e-5, atol=1e-5)

    def test_batch(self) -> None:
        """Pictures of a batch have the rows that they have alone, with their numbers; the batch is open."""
        together = self.rows(self.OUTPUTS[0], self.x)
        for number, rows in enumerate(together):
            alone = self.rows(self.OUTPUTS[0], self.x[number:number + 1])[0]
            used = alone[:, 0] >= 0
            alone[used, 0] = number
            np.testing.assert_array_equal(rows, alone)
            self.assertTrue(used.any())

    @unittest.skipUnless(os.environ.get("DEEPER"), "needs the command deeper: set DEEPER to it")
    def test_converted(self) -> None:
        """ONNX Runtime opens the converted network, in which the layer is a function, and finds the same rows."""
        for output in self.OUTPUTS:
            with self.subTest(output):
                network = Network(detector(output, self.CLASSES), self.weights)
                written = Path(network.folder.name, "net.onnx")
                subprocess.run([os.environ["DEEPER"], "convert", network.text, "-o", written], check=True,
                               capture_output=True)
                onnx.checker.check_model(onnx.load(written), full_check=True)
                expected = self.rows(output, self.x)
                session = onnxruntime.InferenceSession(written)
                for found in [session.run(None, {"x": self.x})[0], deeper.load(written).run({"x": self.x})["out"]]:
                    np.testing.assert_allclose(found.reshape(expected.shape), expected, rtol=1e-5, atol=1e-5)

    def test_refused(self) -> None:
        good = self.OUTPUTS[0]
        for output, message in [
            (good + " share_location: false", "share_location"),
            (good.replace("top_k: 40", "top_k: 40 eta: 0.9"), "eta"),
            (good.replace("keep_top_k: 20", "keep_top_k: 0"), "keeps no boxes"),
            (good + " num_classes: 7", r"44 boxes|\d+ boxes and 7 classes"),
            (good.replace("CENTER_SIZE", "MIDDLE"), "CORNER, CENTER_SIZE, CORNER_SIZE"),
            (good + " objectness_score: 0.1", "objectness_score"),
        ]:
            network = Network(detector(output, self.CLASSES), self.weights)
            with self.subTest(output), self.assertRaisesRegex(deeper.DeeperError, message):
                deeper.load(network.text)


def googlenet(path: Path) -> Network:
    """The network of an ONNX file whose layers are those of Caffe's GoogLeNet, as Caffe's two files."""
    graph = onnx.load(path).graph
    constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    text = inputs(data=[1, 3, 224, 224])
    weights: Dict[str, List[np.ndarray]] = {}
    names = {"data": "data"}
    for number, node in enumerate(graph.node):
        a = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        name, (top,) = f"{node.op_type}{number}", node.output
        kind, p, bottoms = {"Relu": "ReLU"}.get(node.op_type, node.op_type), "", [node.input[0]]
        window = (f'kernel_h: {a["kernel_shape"][0]} kernel_w: {a["kernel_shape"][1]} '
                  f'stride_h: {a["strides"][0]} stride_w: {a["strides"][1]} '
                  f'pad_h: {a.get("pads", [0])[0]} pad_w: {a.get("pads", [0, 0])[1]}' if "kernel_shape" in a else "")
        if kind == "Conv":
            weights[name] = [constants[each] for each in node.input[1:]]
            kind, p = "Convolution", f"convolution_param {{ num_output: {len(weights[name][0])} {window} }}"
        elif kind in ("MaxPool", "AveragePool"):
            p = f'pooling_param {{ pool: {"MAX" if kind == "MaxPool" else "AVE"} {window} }}'
            kind = "Pooling"
        elif kind == "LRN":
            p = f'lrn_param {{ local_size: {a["size"]} alpha: {a["alpha"]!r} beta: {a["beta"]!r} k: {a["bias"]!r} }}'
        elif kind == "Concat":
            bottoms = list(node.input)
        elif kind == "Gemm":
            assert a.get("transB") == 1
            weights[name] = [constants[each] for each in node.input[1:]]
            kind, p = "InnerProduct", f"inner_product_param {{ num_output: {len(weights[name][0])} }}"
        elif kind in ("Reshape", "Flatten", "Dropout"):
            names[top] = names[node.input[0]]
            continue
        else:
            assert kind in ("ReLU", "Softmax"), kind
        names[top] = top
        text += layer(kind, p, name=name, bottoms=" ".join(names[each] for each in bottoms), tops=top)
    return Network(text, caffemodel(weights))


class FileTests(unittest.TestCase):
    """Spellings of the files."""

    def setUp(self) -> None:
        self.random = random = np.random.default_rng(3)
        self.x = random.uniform(-1, 1, (1, 3, 8, 8)).astype(np.float32)
        self.weights = {"conv": [random.uniform(-1, 1, (4, 3, 3, 3)).astype(np.float32),
                                 random.uniform(-1, 1, 4).astype(np.float32)]}
        self.text = inputs(data=[1, 3, 8, 8]) + layer(
            "Convolution", "convolution_param { num_output: 4 kernel_size: 3 }", name="conv", bottoms="data")
        self.expected = Network(self.text, caffemodel(self.weights)).deeper({"data": self.x})["conv"]

    def same(self, text: str, weights: bytes, output: str = "conv", name: str = "data") -> None:
        found = Network(text, weights).deeper({name: self.x})
        self.assertEqual(list(found), [output])
        np.testing.assert_array_equal(found[output], self.expected)

    def test_blobs(self) -> None:
        for options in [{"legacy": True}, {"packed": False}, {"double": True}, {"first": True, "legacy": True}]:
            with self.subTest(str(options)):
                self.same(self.text, caffemodel(self.weights, **options))

    def test_texts(self) -> None:
        weights = caffemodel(self.weights)
        first = ("input: 'data' input_dim: 1 input_dim: 3; input_dim: 8, input_dim: 8 # a comment { \n"
                 "layers < name: 'conv' type: CONVOLUTION bottom: 'data' top: \"co\" 'nv' blobs_lr: 1 "
                 "convolution_param: { num_output: 0x4 kernel_size: [3] weight_filler { type: \"xavier\" } } >")
        self.same(first, weights)
        layered = self.text.split("\n", 1)[1]
        self.same('layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }'
                  + layered, weights)

    def test_phases(self) -> None:
        training = ('layer { name: "data" type: "Data" top: "data" top: "label" include { phase: TRAIN } '
                    'data_param { source: "x" batch_size: 64 backend: LMDB } transform_param { crop_size: 99 } }\n')
        testing = training.replace("TRAIN", "TEST").replace("99", "8").replace("64", "1")
        losses = ('layer { name: "loss" type: "SoftmaxWithLoss" bottom: "conv" bottom: "label" top: "loss" }\n'
                  'layer { name: "accuracy" type: "Accuracy" bottom: "conv" bottom: "label" top: "accuracy" '
                  'include { phase: TEST } accuracy_param { top_k: 5 } }')
        self.same(training + testing + self.text.split("\n", 1)[1] + losses, caffemodel(self.weights))

    def test_preprocessing(self) -> None:
        data = ('layer { name: "data" type: "ImageData" top: "data" top: "label" image_data_param { source: "list" '
                'new_height: 10 new_width: 12 batch_size: 1 } transform_param { crop_size: 8 mirror: true scale: 0.5 '
                'mean_value: 104 mean_value: 117 mean_value: 123 } }\n')
        network = Network(data + self.text.split("\n", 1)[1], caffemodel(self.weights))
        known = deeper.load(network.text).preprocessing
        self.assertEqual(known["resize"], {"width": 12, "height": 10})
        self.assertEqual(known["crop"], {"width": 8, "height": 8})
        self.assertEqual((known["channels"], known["scale"], known["mean"]), ("bgr", 0.5, [52, 58.5, 61.5]))

    def test_resize_modes(self) -> None:
        data = ('layer { name: "data" type: "ImageData" top: "data" top: "label" image_data_param { source: "list" } '
                'transform_param { crop_size: 8 resize_param { resize_mode: MODE height: 10 width: 10 } } }\n')
        rest = self.text.split("\n", 1)[1]
        for mode, expected in [("WARP", {"width": 10, "height": 10}), ("FIT_SMALL_SIZE", {"shorter_side": 10}),
                               ("2", {"shorter_side": 10})]:
            network = Network(data.replace("MODE", mode) + rest, caffemodel(self.weights))
            self.assertEqual(deeper.load(network.text).preprocessing["resize"], expected, mode)
        for text in [data.replace("MODE", "FIT_LARGE_SIZE_AND_PAD"),
                     data.replace("MODE", "FIT_SMALL_SIZE").replace("width: 10", "width: 12")]:
            network = Network(text + rest, caffemodel(self.weights))
            with self.assertRaisesRegex(deeper.DeeperError, "resize_mode FIT_.*SIZE.* to 1[02] x 10"):
                deeper.load(network.text)

    @unittest.skipUnless(os.environ.get("DEEPER"), "needs the command deeper: set DEEPER to it")
    def test_mean_option(self) -> None:
        """The means of a mean image replace the preprocessing's, in the order of its channels."""
        network = Network(self.text, caffemodel(self.weights))
        mean, written = Path(network.folder.name, "mean.binaryproto"), Path(network.folder.name, "net.onnx")
        picture = np.random.default_rng(4).uniform(0, 255, (1, 3, 10, 12)).astype(np.float32)
        mean.write_bytes(blob(picture, legacy=True))
        means = picture.astype(np.float64).mean(axis=(0, 2, 3))
        convert = [os.environ["DEEPER"], "convert", network.text, "-o", written, "--preset", "caffe",
                   "--mean", mean]
        for options, expected in [(["--order", "bgr"], means), (["--order", "rgb"], means[::-1]),
                                  (["--order", "bgr", "--scale", "0.5"], means / 2)]:
            subprocess.run([*convert, *options], check=True, capture_output=True)
            np.testing.assert_allclose(deeper.load(written).preprocessing["mean"], expected, rtol=1e-6)
        for contents, options, status, message in [
            (blob(picture), ["--order", "luma"], 65, "3 channels, the preprocessing has 1"),
            (b"\xff" * 9, ["--order", "bgr"], 65, "mean.binaryproto"), (None, ["--order", "bgr"], 66, "mean.binaryproto"),
        ]:
            mean.unlink() if contents is None else mean.write_bytes(contents)
            refused = subprocess.run([*convert, *options], capture_output=True, text=True)
            self.assertEqual(refused.returncode, status, refused.stderr)
            self.assertIn(message, refused.stderr)

    def test_mean_picture(self) -> None:
        data = ('layer { name: "data" type: "Data" top: "data" transform_param { crop_size: 8 scale: 0.25 '
                'mean_file: "/home/somebody/mean.binaryproto" } data_param { batch_size: 1 } }\n')
        network = Network(data + self.text.split("\n", 1)[1], caffemodel(self.weights))
        mean = np.random.default_rng(4).uniform(0, 255, (1, 3, 10, 12)).astype(np.float32)
        Path(network.folder.name, "mean.binaryproto").write_bytes(blob(mean, legacy=True))
        found = network.deeper({"data": self.x})["conv"]
        direct = Network(self.text, caffemodel(self.weights)).deeper(
            {"data": (self.x - mean[:, :, 1:9, 2:10]) * np.float32(0.25)})["conv"]
        np.testing.assert_allclose(found, direct, rtol=0, atol=2e-4)
        self.assertEqual(deeper.load(network.text).preprocessing["resize"], {"width": 12, "height": 10})

    def test_other_channels(self) -> None:
        """The mean and the scale of data that are no pictures are not lost."""
        data = ('layer { name: "data" type: "MemoryData" top: "data" top: "label" memory_data_param { batch_size: 1 '
                'channels: 2 height: 8 width: 8 } transform_param { scale: 0.5 mean_value: 3 } }\n')
        network = Network(data + layer("Power", bottoms="data"), None)
        np.testing.assert_array_equal(network.deeper({"data": self.x[:, :2]})["out"], (self.x[:, :2] - 3) * 0.5)

    def test_names(self) -> None:
        """Outputs have the names of blobs, although layers have these names too; inputs keep theirs."""
        text = (inputs(x=[1, 3, 8, 8]) + layer("ReLU", name="a", tops="b")
                + layer("Power", "power_param { scale: 100 }", name="b", tops="c")
                + layer("Power", "power_param { scale: -1 }", name="c", tops="a"))
        found = Network(text, None).deeper({"x": self.x})
        self.assertEqual(list(found), ["b", "c", "a"])
        for name, expected in {"b": np.maximum(self.x, 0), "c": self.x * 100, "a": -self.x}.items():
            np.testing.assert_array_equal(found[name], expected)
        found = Network(inputs(x=[1, 3, 8, 8]) + layer("ReLU", name="r", tops="x"), None).deeper({"x": self.x})
        np.testing.assert_array_equal(found["r"], np.maximum(self.x, 0))

    def test_ties(self) -> None:
        """Of equal classes, Caffe takes the last."""
        network = Network(inputs(x=[1, 3, 2, 2]) + layer("ArgMax", "argmax_param { axis: 1 }"), None)
        np.testing.assert_array_equal(network.deeper({"x": np.zeros((1, 3, 2, 2), np.float32)})["out"], 2)

    def test_batch_is_open(self) -> None:
        network = Network(self.text, caffemodel(self.weights))
        model = deeper.load(network.text)
        batch = np.concatenate([self.x, -self.x, self.x])
        np.testing.assert_array_equal(model.run({"data": batch})["conv"][::2], np.concatenate([self.expected] * 2))

    def test_weights_elsewhere(self) -> None:
        network = Network(self.text, None)
        with self.assertRaisesRegex(deeper.ModelNotFoundError, "no caffemodel file next to the prototxt"):
            deeper.load(network.text)
        elsewhere = Path(network.folder.name, "snapshot_iter_100")
        elsewhere.write_bytes(caffemodel(self.weights))
        found = deeper.load(network.text, weights=elsewhere).run({"data": self.x})["conv"]
        np.testing.assert_array_equal(found, self.expected)
        with self.assertRaisesRegex(deeper.InvalidInputError, "other file|weights"):
            deeper.load("builtin", weights=elsewhere)

    def test_shared_weights(self) -> None:
        """Layers with the same names of weights have the same weights, whether the file repeats them or not."""
        kernel, bias, other = (self.random.uniform(-1, 1, shape).astype(np.float32) for shape in [(3, 3, 1, 1), 3, 3])
        named = 'param { name: "w" } param { name: "b" } convolution_param { num_output: 3 kernel_size: 1 }'
        half = 'param { name: "w" } param { lr_mult: 2 } convolution_param { num_output: 3 kernel_size: 1 }'
        start = inputs(data=[1, 3, 8, 8]) + layer("Convolution", named, name="one", bottoms="data")

        def run(second: str, weights: Dict[str, List[np.ndarray]]) -> np.ndarray:
            text = start + layer("Convolution", second, name="two", bottoms="one")
            return Network(text, caffemodel(weights)).deeper({"data": self.x})["two"]

        plain = 'convolution_param { num_output: 3 kernel_size: 1 }'
        expected = run(plain, {"one": [kernel, bias], "two": [kernel, bias]})
        np.testing.assert_array_equal(run(named, {"one": [kernel, bias], "two": [kernel, bias]}), expected)
        np.testing.assert_array_equal(run(named, {"one": [kernel, bias]}), expected)
        np.testing.assert_array_equal(run(named, {"two": [kernel, bias]}), expected)
        # As in Caffe, which reads layer by layer into the same memory, the last weights of the file count.
        np.testing.assert_array_equal(run(named, {"one": [kernel * 2, other], "two": [kernel, bias]}), expected)
        np.testing.assert_array_equal(
            run(half, {"one": [kernel, bias], "two": [kernel, other]}),
            run(plain, {"one": [kernel, bias], "two": [kernel, other]}))

    def test_errors(self) -> None:
        weights = caffemodel(self.weights)
        for text, message in [
            (self.text + layer("Embed", bottoms="conv") + layer("SPP", bottoms="conv", name="b"),
             r'unknown types: "Embed", "SPP"; the first one is layer "out" \(Embed, line 3\)'),
            (self.text.replace("kernel_size: 3", "kernel_size: 3 dilatoin: 2"), r'"dilatoin" \(line 2\)'),
            (self.text.replace('bottom: "data"', 'bottom: "date"'), 'no layer before this one whose top is "date"'),
            (self.text.replace("num_output: 4", "num_output: 5"), r"shape \[4, 3, 3, 3\].*expected \[5, 3, 3, 3\]"),
            (self.text.replace('name: "conv"', 'name: "cone"'), 'layer "cone".*no weights for this layer'),
            (self.text + "layer { name: 'a'", "line 3: the bracket opened in line 3 is not closed"),
            (self.text.replace("num_output: 4", 'num_output: "4"'), "line 2: num_output is the text"),
            (self.text.replace("type", "kind"), 'has the field "kind"|unknown types: ""'),
            (self.text + layer("Pooling", "pooling_param { pool: STOCHASTIC kernel_size: 2 }", bottoms="conv"),
             "stochastic pooling"),
            (self.text + layer("ReLU", name="conv", bottoms="data"), 'two layers have the top "conv"'),
            (self.text + 'input: "y" input_shape { dim: 1 }\n' + layer("Interp", bottoms="conv y"), "gives the size"),
            (self.text + layer("Interp", "interp_param { height: 5 }", bottoms="conv"), "gives the size"),
            (self.text + layer("Pooling", "pooling_param { kernel_size: 2 }", bottoms="conv", tops="p m"), "positions"),
            (self.text.replace('top: "conv"', 'top: "conv" param { name: "w" }')
             + layer("Convolution", 'param { name: "w" } convolution_param { num_output: 4 kernel_size: 3 }', name="d",
                     bottoms="conv"), 'layer "d".*no weights for this layer'),
            ("layers { layer { name: 'c' type: 'conv' } bottom: 'data' top: 'c' }", "first format"),
        ]:
            with self.subTest(message), self.assertRaisesRegex(deeper.DeeperError, message) as caught:
                network = Network(text, weights)
                deeper.load(network.text)
            self.assertIn("net.prototxt", str(caught.exception))

    def test_damaged_weights(self) -> None:
        whole = caffemodel(self.weights)
        for damaged in [b"", whole[:-1], whole[:40], b"\xff" * 64, field(100, field(1, b"conv"))]:
            with self.subTest(len(damaged)), self.assertRaises(deeper.DeeperError):
                network = Network(self.text, damaged)
                deeper.load(network.text)


@unittest.skipUnless((DATA / "caffe").is_dir(), "needs the test data: set DEEPER_TEST_DATA or put it into ../shared/data")
class PublishedTests(unittest.TestCase):
    """Layers with the outputs that Caffe itself gave (opencv_extra)."""

    def test_layers(self) -> None:
        folder = DATA / "caffe"
        x = np.load(folder / "blob.npy")
        for text in sorted(folder.glob("*.prototxt")):
            with self.subTest(text.name):
                weights = text.with_suffix(".caffemodel")
                model = deeper.load(text, weights=weights if weights.exists() else None)
                expected = np.load(text.with_suffix(".npy"))
                found = model.run({"input": x})["output"]
                self.assertEqual(found.shape, expected.shape)
                self.assertLessEqual(np.abs(found - expected).max(), 1e-5)

    def test_googlenet(self) -> None:
        """The same weights in Caffe's files give the bits that they give in an ONNX file."""
        original = DATA / "models/bvlc_googlenet.onnx"
        network = googlenet(original)
        x = np.load(DATA / "reference/caffe-googlenet/input_bgr.npy")
        found = network.deeper({"data": x})
        self.assertEqual(len(found), 1)
        (answer,) = found.values()
        np.testing.assert_array_equal(answer, next(iter(deeper.load(original).run({"data": x}).values())))
        published = np.load(DATA / "reference/caffe-googlenet/googlenet_prob.npy")
        self.assertLessEqual(np.abs(answer - published).max(), 1e-5)


if __name__ == "__main__":
    unittest.main()
