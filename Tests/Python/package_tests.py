"""What Python programs rely on: the typed interface of the package, and its adapter for ONNX Runtime's users. Run by
`make test-library` on the wheel that it installed."""

import copy
import errno
import io
import os
import pickle
import tempfile
import unittest
from pathlib import Path

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper
from PIL import Image

import deeper
import deeper.onnxruntime

DATA = Path(os.environ.get("DEEPER_TEST_DATA") or Path(__file__).resolve().parents[2] / "../shared/data")


def sum_and_difference():
    """x + y and x - y of float32[N, 3]."""
    return helper.make_model(
        helper.make_graph(
            [helper.make_node("Add", ["x", "y"], ["sum"]), helper.make_node("Sub", ["x", "y"], ["difference"])], "two",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3]) for name in "xy"],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3]) for name in ("sum", "difference")]),
        opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


class LoadingTests(unittest.TestCase):
    def test_a_path_bytes_and_a_message_give_the_same_model(self):
        message = sum_and_difference()
        x, y = numpy.full((2, 3), 5, numpy.float32), numpy.full((2, 3), 3, numpy.float32)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "two.onnx"
            onnx.save(message, path)
            for source in (path, str(path), message.SerializeToString(), message):
                model = deeper.load(source)
                outputs = model(x, y)
                numpy.testing.assert_array_equal(outputs["sum"], 8)
                numpy.testing.assert_array_equal(outputs["difference"], 2)
            self.assertEqual(deeper.load(path).path, str(path))

    def test_ports_have_dtypes_and_shapes_on_both_sides(self):
        model = deeper.load(sum_and_difference())
        self.assertEqual(
            [(port.name, port.dtype, port.shape) for port in model.inputs + model.outputs],
            [(name, numpy.dtype("float32"), (None, 3)) for name in ("x", "y", "sum", "difference")])

    def test_the_precision_is_chosen_or_checked(self):
        self.assertEqual(deeper.load("builtin").precision, "float32")
        self.assertEqual(deeper.load("builtin", precision="int8").precision, "int8")
        with self.assertRaisesRegex(deeper.InvalidInputError, "float32.*int8"):
            deeper.load(sum_and_difference(), precision="int8")
        with self.assertRaisesRegex(ValueError, "float16"):
            deeper.load("builtin", precision="float16")

    def test_exceptions_are_also_those_of_python(self):
        for kind, code, of in (
            (FileNotFoundError, "file_not_found", lambda: deeper.load("no such file.onnx")),
            (ValueError, "invalid_model", lambda: deeper.load(b"\x08\x08\xff")),
            (TypeError, "invalid_input", lambda: deeper.load(3)),
            (ValueError, "invalid_input", lambda: deeper.load("builtin", threads=-1)),
            (NotImplementedError, "unsupported", lambda: deeper.load(helper.make_model(helper.make_graph(
                [helper.make_node("NoSuch", ["x"], ["y"])], "g",
                [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
                [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])])))),
        ):
            with self.subTest(code=code, kind=kind), self.assertRaises(kind) as caught:
                of()
            self.assertIsInstance(caught.exception, deeper.DeeperError)
            self.assertEqual(caught.exception.code, code)
            again = pickle.loads(pickle.dumps(caught.exception))
            self.assertEqual((type(again), again.code, str(again)),
                             (type(caught.exception), code, str(caught.exception)))
        with self.assertRaisesRegex(TypeError, "thread"):
            deeper.load("builtin", thread=1)
        with self.assertRaises(FileNotFoundError) as caught:
            deeper.load("no such file.onnx")
        self.assertEqual(caught.exception.errno, errno.ENOENT)

    def test_options_are_checked_before_they_reach_the_library(self):
        for kind, options in (
            (ValueError, {"threads": 2**32 + 1}), (TypeError, {"threads": "2"}), (TypeError, {"threads": True}),
            (ValueError, {"memory_limit_bytes": 2**64 + 5}), (ValueError, {"prepared_plans": 0}),
            (ValueError, {"algorithm": "auto\0direct"}), (TypeError, {"gemm": 3}), (ValueError, {"threads": 5000}),
        ):
            with self.subTest(options=options), self.assertRaises(kind):
                deeper.load("builtin", **options)
        with self.assertRaisesRegex(ValueError, "NUL"):
            deeper.load("two.onnx\0.evil")

    def test_a_model_that_could_not_be_made_is_of_no_use_but_does_no_harm(self):
        model = deeper.Model.__new__(deeper.Model)
        with self.assertRaises(ValueError):
            model.__init__("builtin", threads=5000)
        self.assertEqual(model.precision, "float32")
        self.assertGreater(model.operation_counts().macs, 0)

    def test_the_precision_does_not_depend_on_known_shapes(self):
        relu = helper.make_model(helper.make_graph(
            [helper.make_node("Relu", ["x"], ["y"])], "open", [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]), ir_version=8,
            opset_imports=[helper.make_opsetid("", 13)])
        self.assertEqual(deeper.load(relu, precision="float32").precision, "float32")

    def test_a_path_called_builtin_is_a_file(self):
        with self.assertRaises(FileNotFoundError):
            deeper.load(Path("builtin"))


class RunningTests(unittest.TestCase):
    def setUp(self):
        self.model = deeper.load("builtin")
        self.x = numpy.random.default_rng(1).random((2, 3, 32, 32), numpy.float32)
        self.y = self.model(self.x)

    def test_arguments_may_be_positional_named_a_sequence_or_a_dictionary(self):
        for other in (self.model(data=self.x), self.model.run(self.x)["prob"], self.model.run([self.x])["prob"],
                      self.model.run({"data": self.x})["prob"]):
            numpy.testing.assert_array_equal(other, self.y)
        with self.assertRaisesRegex(deeper.InvalidInputError, "2 arrays for 1 inputs: data"):
            self.model(self.x, self.x)
        with self.assertRaisesRegex(deeper.InvalidInputError, "twice"):
            self.model(self.x, data=self.x)

    def test_another_dtype_is_a_type_error_that_says_what_to_do(self):
        with self.assertRaisesRegex(TypeError, r"float64\[2, 3, 32, 32\].*astype\('float32'\)"):
            self.model(self.x.astype(float))

    def test_results_are_written_to_given_buffers(self):
        buffer = numpy.full((2, 10), -1, numpy.float32)
        found = self.model.run(self.x, out={"prob": buffer})
        self.assertIs(found["prob"], buffer)
        numpy.testing.assert_array_equal(buffer, self.y)
        for wrong in (numpy.empty((1, 10), numpy.float32), numpy.empty((2, 10)), numpy.empty((10, 2), numpy.float32).T):
            before = wrong.copy()
            with self.assertRaisesRegex(deeper.InvalidInputError, "prob"):
                self.model.run(self.x, out={"prob": wrong})
            numpy.testing.assert_array_equal(wrong, before)
        with self.assertRaisesRegex(deeper.InvalidInputError, "nothing"):
            self.model.run(self.x, out={"nothing": buffer})
        both = numpy.empty((1, 3), numpy.float32)
        ones = numpy.ones((1, 3), numpy.float32)
        with self.assertRaisesRegex(deeper.InvalidInputError, "overlap"):
            deeper.load(sum_and_difference()).run([ones, ones], out={"sum": both, "difference": both})
        # An output may take the memory of an input.
        deeper.load(sum_and_difference()).run([ones, numpy.ones((1, 3), numpy.float32)], out={"sum": ones})
        numpy.testing.assert_array_equal(ones, 2)
        buffer.flags.writeable = False
        with self.assertRaisesRegex(deeper.InvalidInputError, "read-only"):
            self.model.run(self.x, out={"prob": buffer})

    def test_dlpack_in_and_out_shares_the_memory(self):
        class Exported:
            """An array that shows itself through DLPack only."""

            def __init__(self, array):
                self.array = array
                self.asked = 0

            def __dlpack__(self, **options):
                self.asked += 1
                return self.array.__dlpack__(**options)

            def __dlpack_device__(self):
                return self.array.__dlpack_device__()

        given = Exported(self.x)
        numpy.testing.assert_array_equal(self.model(given), self.y)
        self.assertEqual(given.asked, 1)
        shared = numpy.from_dlpack(self.y)
        self.assertTrue(numpy.shares_memory(shared, self.y))

    def test_a_pickled_or_copied_model_answers_the_same(self):
        for source, options in (("builtin", {"precision": "int8"}), (sum_and_difference(), {"threads": 1})):
            model = deeper.load(source, **options)
            inputs = [self.x] if source == "builtin" else [self.x[0, 0, :2, :3].copy()] * 2
            for other in (pickle.loads(pickle.dumps(model)), copy.copy(model)):
                self.assertEqual(other.precision, model.precision)
                first, second = model.run(inputs), other.run(inputs)
                for name in first:
                    numpy.testing.assert_array_equal(first[name], second[name])

    def test_counts_summary_and_profile_agree(self):
        counts = self.model.operation_counts()
        self.assertEqual(sum(layer.macs for layer in counts.layers), counts.macs)
        self.assertEqual(sum(layer.parameters for layer in counts.layers), counts.parameters)
        lines = self.model.summary().splitlines()
        self.assertEqual(len(lines), len(counts.layers) + 3)
        self.assertIn(f"{counts.macs:,}", lines[-1])
        steps = self.model.profile(self.x)
        self.assertEqual(sum(step.macs for step in steps), 2 * counts.macs)
        self.assertTrue(all(step.nanoseconds > 0 for step in steps))
        self.model.prepare()
        self.model.prepare(self.x)


class PictureTests(unittest.TestCase):
    def setUp(self):
        self.model = deeper.load("builtin")
        self.pixels = numpy.random.default_rng(2).integers(0, 256, (40, 50, 3), numpy.uint8)

    def test_every_form_of_a_picture_gets_the_same_answer(self):
        image = Image.fromarray(self.pixels)
        data = io.BytesIO()
        image.save(data, "png")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture.png"
            path.write_bytes(data.getvalue())
            answers = [
                self.model.classify(picture, top=3) for picture in (path, str(path), data.getvalue(), image, self.pixels)]
        for answer in answers:
            self.assertEqual(answer, answers[0])
        best = answers[0][0]
        self.assertEqual(best.label, self.model.labels[best.index])
        self.assertEqual(self.model.classify(self.pixels, top=1, labels=[str(n) for n in range(10)])[0].label,
                         str(best.index))

    def turned(self):
        """A PNG file whose EXIF block turns it by a quarter."""
        image, data = Image.fromarray(self.pixels), io.BytesIO()
        exif = image.getexif()
        exif[0x0112] = 6
        image.save(data, "png", exif=exif)
        return data.getvalue()

    def test_a_pil_image_is_turned_upright_as_its_file_would_be(self):
        data = self.turned()
        self.assertEqual(
            self.model.classify(Image.open(io.BytesIO(data))), self.model.classify(data))

    def test_the_pixels_of_a_pil_image_may_be_taken_as_they_are_stored(self):
        data = self.turned()
        stored = self.model.classify(Image.open(io.BytesIO(data)), orientation="stored")
        self.assertEqual(stored, self.model.classify(data, orientation="stored"))
        self.assertNotEqual(stored, self.model.classify(data))

    def test_pil_images_of_more_than_8_bits_are_refused(self):
        with self.assertRaisesRegex(TypeError, "I;16.*bytes of its file"):
            self.model.classify(Image.fromarray(numpy.arange(1200, dtype=numpy.uint16).reshape(30, 40) * 50))

    def test_pictures_that_are_none_are_refused(self):
        for kind, picture in (
            (FileNotFoundError, "no such picture.jpg"), (TypeError, 5), (TypeError, self.pixels.astype(float)),
            (ValueError, self.pixels[:, :, :2]), (ValueError, self.pixels[:0]), (ValueError, b"no picture"),
        ):
            with self.subTest(kind=kind), self.assertRaises(kind):
                self.model.classify(picture)
        with self.assertRaisesRegex(ValueError, "1 labels"):
            self.model.classify(self.pixels, labels=["one"])


class OnnxRuntimeTests(unittest.TestCase):
    def script(self, onnxruntime, source, inputs):
        """What an inference script does, with either package."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        names = [each.name for each in session.get_inputs()]
        types = [each.type for each in session.get_inputs() + session.get_outputs()]
        return types, session.run(None, dict(zip(names, inputs))), session.get_providers()

    def test_a_script_gives_the_same_answers_with_either_package(self):
        x, y = numpy.random.default_rng(3).standard_normal((2, 4, 3)).astype(numpy.float32)
        source = sum_and_difference().SerializeToString()
        (types, expected, _), (own_types, found, providers) = (
            self.script(each, source, [x, y]) for each in (onnxruntime, deeper.onnxruntime))
        self.assertEqual(own_types, types)
        self.assertEqual(providers, ["CPUExecutionProvider"])
        for a, b in zip(expected, found):
            numpy.testing.assert_allclose(b, a, atol=1e-5)

    @unittest.skipUnless((DATA / "models/squeezenet_v1.1.onnx").exists(), "needs the test data")
    def test_a_real_network_gives_equal_scores(self):
        path = str(DATA / "models/squeezenet_v1.1.onnx")
        x = numpy.random.default_rng(4).random((1, 3, 227, 227), numpy.float32) * 255 - 128
        expected, found = (self.script(each, path, [x])[1] for each in (onnxruntime, deeper.onnxruntime))
        numpy.testing.assert_allclose(found[0], expected[0], atol=1e-5)

    def test_outputs_are_chosen_by_name_and_unknown_ones_refused(self):
        session = deeper.onnxruntime.InferenceSession(sum_and_difference().SerializeToString())
        ones = numpy.ones((1, 3), numpy.float32)
        [difference] = session.run(["difference"], {"x": ones, "y": ones})
        numpy.testing.assert_array_equal(difference, 0)
        with self.assertRaisesRegex(ValueError, "product"):
            session.run(["product"], {"x": ones, "y": ones})
        with self.assertRaisesRegex(ValueError, "CUDA"):
            deeper.onnxruntime.InferenceSession(
                sum_and_difference().SerializeToString(), providers=["CUDAExecutionProvider"])
        with self.assertRaises(TypeError):
            session.run("sum", {"x": ones, "y": ones})

    def test_lists_of_numbers_become_arrays_of_the_models_dtype(self):
        session = deeper.onnxruntime.InferenceSession(sum_and_difference().SerializeToString())
        [found] = session.run(["sum"], {"x": [[1.0, 2.0, 3.0]], "y": [[1, 1, 1]]})
        numpy.testing.assert_array_equal(found, [[2, 3, 4]])


if __name__ == "__main__":
    unittest.main()
