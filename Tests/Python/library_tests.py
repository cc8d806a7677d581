"""What users of libdeeper.so rely on, seen from Python: run by `make test-library` on the wheel it installed."""

import ctypes
import io
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

import deeper

ROOT = Path(__file__).resolve().parents[2]


def small_network(path, seed):
    """conv 3x3 -> relu -> global average -> flatten -> gemm -> softmax, N and the extents open."""
    random = numpy.random.default_rng(seed)

    def weights(name, *shape):
        return numpy_helper.from_array(random.standard_normal(shape).astype(numpy.float32), name)

    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w", "b"], ["conv"], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", ["conv"], ["relu"]),
            helper.make_node("GlobalAveragePool", ["relu"], ["pool"]),
            helper.make_node("Flatten", ["pool"], ["flat"]),
            helper.make_node("Gemm", ["flat", "m"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["prob"]),
        ],
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, "H", "W"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("prob", "relu")],
        [weights("w", 8, 3, 3, 3), weights("b", 8), weights("m", 8, 5)],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return str(path)


def integer_network(path, kind):
    """x + 1, which wraps, and whether x is above 7."""
    constants = [helper.make_tensor(name, kind, [1], [value]) for name, value in (("one", 1), ("seven", 7))]
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "one"], ["y"]), helper.make_node("Greater", ["x", "seven"], ["above"])],
        "integers", [helper.make_tensor_value_info("x", kind, ["N", 4])],
        [helper.make_tensor_value_info("y", kind, ["N", 4]),
         helper.make_tensor_value_info("above", TensorProto.BOOL, ["N", 4])], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return str(path)


def half_network(path, kind):
    """x * 3 + 0.5, all of 16 bits."""
    constants = [helper.make_tensor(name, kind, [1], [value]) for name, value in (("three", 3), ("half", 0.5))]
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "three"], ["product"]), helper.make_node("Add", ["product", "half"], ["y"])],
        "half", [helper.make_tensor_value_info("x", kind, ["N", 4])],
        [helper.make_tensor_value_info(name, kind, ["N", 4]) for name in ("y", "product")], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return str(path)


def picture():
    pixels = numpy.random.default_rng(7).integers(0, 256, (20, 30, 3), numpy.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def in_child(work):
    """Forks; returns the result of `work` in the child, or fails if there is none within a minute."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            result = work()
        except BaseException as error:
            result = error
        os.write(write, pickle.dumps(result))
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as file:
        data = file.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        raise AssertionError(f"the child ended with {status}")
    return pickle.loads(data)


def output_of_c(source, body, *flags, environment=None):
    """Compiles a C program whose `main` has this body, strictly, and gives what it prints."""
    source.write_text("#include <deeper.h>\n#include <stdio.h>\nint main(void) {" + body + "return 0; }\n")
    program = source.with_suffix("")
    subprocess.run(
        ["cc", "-std=c99", "-pedantic-errors", "-Wall", "-Werror", "-o", program, source, *flags], check=True)
    return subprocess.run([program], check=True, capture_output=True, text=True, env=environment).stdout


class LibraryTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = small_network(Path(cls.folder.name) / "small.onnx", 1)
        cls.input = numpy.random.default_rng(2).standard_normal((2, 3, 9, 11)).astype(numpy.float32)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def failure(self, code, *words, of):
        with self.assertRaises(deeper.DeeperError) as caught:
            of()
        self.assertEqual(caught.exception.code, code)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_outputs_are_those_of_onnx_runtime(self):
        expected = onnxruntime.InferenceSession(self.path).run(["prob", "relu"], {"x": self.input})
        model = deeper.load(self.path, threads=2)
        self.assertEqual([port.name for port in model.outputs], ["prob", "relu"])
        found = model.run({"x": self.input})
        for name, array in zip(("prob", "relu"), expected):
            numpy.testing.assert_allclose(found[name], array, rtol=1e-4, atol=1e-5)

    def test_float16_in_and_out(self):
        path = half_network(Path(self.folder.name) / "half.onnx", TensorProto.FLOAT16)
        given = numpy.array([[1, -2, 0.25, 1000], [0, 6e-8, 2, 3]], numpy.float16)
        expected = onnxruntime.InferenceSession(path).run(["y", "product"], {"x": given})
        model = deeper.load(path)
        self.assertEqual(model.inputs[0].dtype, numpy.dtype(numpy.float16))
        found = model.run({"x": given})
        for name, wanted in zip(("y", "product"), expected):
            self.assertEqual(found[name].dtype, numpy.dtype(numpy.float16))
            numpy.testing.assert_allclose(found[name], wanted, rtol=2**-10)

    def test_integers_of_16_bits_and_unsigned_ones(self):
        for dtype, kind in (
            (numpy.int16, TensorProto.INT16), (numpy.uint16, TensorProto.UINT16),
            (numpy.uint32, TensorProto.UINT32), (numpy.uint64, TensorProto.UINT64),
        ):
            model = deeper.load(integer_network(Path(self.folder.name) / "integers.onnx", kind))
            self.assertEqual(model.inputs[0].dtype, numpy.dtype(dtype))
            limits = numpy.iinfo(dtype)
            given = numpy.array([[limits.min, limits.max, 7, limits.max - 5]], dtype)
            found = model.run({"x": given})
            self.assertEqual(found["y"].dtype, numpy.dtype(dtype))
            numpy.testing.assert_array_equal(found["y"], given + dtype(1))
            numpy.testing.assert_array_equal(found["above"], given > 7)

    def test_ports(self):
        [port] = deeper.load(self.path).inputs
        self.assertEqual(port, deeper.Port("x", numpy.dtype(numpy.float32), (None, 3, None, None)))

    def test_arrays_of_every_memory_layout_give_the_same_bits(self):
        model = deeper.load(self.path)
        plain = model.run({"x": self.input})["prob"]
        memory = numpy.zeros(self.input.nbytes + 128, numpy.uint8)
        start = -memory.ctypes.data % 64
        for offset in (0, 4):
            view = memory[start + offset:][:self.input.nbytes].view(numpy.float32).reshape(self.input.shape)
            view[:] = self.input
            self.assertEqual(view.ctypes.data % 64, offset)
            numpy.testing.assert_array_equal(model.run({"x": view})["prob"], plain)
            numpy.testing.assert_array_equal(view, self.input)
        strided = numpy.asfortranarray(self.input)
        numpy.testing.assert_array_equal(model.run({"x": strided})["prob"], plain)
        numpy.testing.assert_array_equal(model.run({"x": self.input.astype(">f4")})["prob"], plain)

    def test_outputs_outlive_model_and_later_runs(self):
        model = deeper.load(self.path)
        first = model.run({"x": self.input})["prob"]
        kept = first.copy()
        model.run({"x": -self.input})
        del model
        numpy.testing.assert_array_equal(first, kept)

    def test_a_bounded_number_of_runs_takes_bounded_memory(self):
        model = deeper.load(self.path)
        wide = numpy.zeros((1, 3, 256, 256), numpy.float32)

        def resident():
            return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

        for _ in range(5):
            model.run({"x": wide})
        before = resident()
        # Each has 2 MiB of outputs: 400 MiB if they were kept.
        for _ in range(200):
            model.run({"x": wide})
        self.assertLess(resident() - before, 64 << 20)

    def test_errors_have_code_and_place(self):
        model = deeper.load(self.path)
        self.failure("file_not_found", "/no/such.onnx", of=lambda: deeper.load("/no/such.onnx"))
        self.failure("invalid_input", "UTF-8", of=lambda: deeper.load(os.fsdecode(b"/\xff.onnx")))
        broken = Path(self.folder.name) / "broken.onnx"
        broken.write_bytes(b"no model")
        self.failure("invalid_model", "broken.onnx", of=lambda: deeper.load(broken))
        self.failure("invalid_input", "algorithm", "fast", of=lambda: deeper.load(self.path, algorithm="fast"))
        self.failure("invalid_input", "threads", of=lambda: deeper.load(self.path, threads=-1))
        self.failure("invalid_input", "calls", of=lambda: deeper.load(self.path, concurrent_calls=2**31 - 1))
        self.failure("invalid_input", '"x"', "missing", of=lambda: model.run({}))
        self.failure("invalid_input", "float64", of=lambda: model.run({"x": self.input.astype(float)}))
        self.failure("invalid_input", '"y"', of=lambda: model.run({"y": self.input}))
        self.failure("invalid_input", "float16", of=lambda: model.run({"x": self.input.astype(numpy.float16)}))
        self.failure("invalid_input", "float32[3, 9, 11]", of=lambda: model.run({"x": self.input[0]}))
        self.failure("invalid_input", of=lambda: model.classify(b"no picture", preprocessing="raw"))
        self.failure("invalid_input", "preprocessing", of=lambda: model.classify(picture()))
        self.failure("invalid_input", '"none"', of=lambda: model.classify(picture(), preprocessing="none"))

    def test_errors_belong_to_their_thread(self):
        library = ctypes.CDLL(deeper.library_path())
        library.deeper_last_error.restype = ctypes.c_char_p
        self.failure("file_not_found", of=lambda: deeper.load("/no/such.onnx"))
        found = []
        thread = threading.Thread(target=lambda: found.append(library.deeper_last_error()))
        thread.start()
        thread.join()
        self.assertEqual(found, [b""])
        self.assertIn(b"/no/such.onnx", library.deeper_last_error())

    def test_classify_is_run_on_the_prepared_picture(self):
        model = deeper.load(self.path)
        data = picture()
        pixels = numpy.asarray(Image.open(io.BytesIO(data))).astype(numpy.float32)
        prob = model.run({"x": pixels.transpose(2, 0, 1)[None]})["prob"][0]
        order = numpy.argsort(-prob, kind="stable")
        found = model.classify(data, preprocessing="raw", top=3)
        self.assertEqual(found, [(index, prob[index], None) for index in order[:3]])
        self.assertEqual(len(model.classify(data, preprocessing="raw", top=50)), 5)

    def test_a_model_brings_its_labels_and_its_preprocessing(self):
        plain = deeper.load(self.path)
        self.assertEqual((plain.labels, plain.preprocessing), (None, None))
        network = onnx.load(self.path)
        names = ["naïve", "b", "c", "d", "e"]
        texts = {"deeper.labels": json.dumps(names), "deeper.preprocessing": '{"channels": "bgr", "scale": 0.5}'}
        onnx.helper.set_model_props(network, texts)
        path = Path(self.folder.name) / "labelled.onnx"
        onnx.save(network, path)
        model = deeper.load(path)
        self.assertEqual(model.labels, names)
        self.assertEqual((model.preprocessing["channels"], model.preprocessing["scale"]), ("bgr", 0.5))
        data = picture()
        pixels = numpy.asarray(Image.open(io.BytesIO(data))).astype(numpy.float32)[:, :, ::-1] / 2
        prob = model.run({"x": pixels.transpose(2, 0, 1)[None]})["prob"][0]
        best = int(numpy.argmax(prob))
        self.assertEqual(model.classify(data, top=1), [(best, prob[best], names[best])])
        onnx.helper.set_model_props(network, {"deeper.labels": '["a"]'})
        onnx.save(network, path)
        self.failure("invalid_model", "labelled.onnx", "deeper.labels", of=lambda: deeper.load(path))

    def test_imagenets_classes(self):
        names, wnids = deeper.imagenet_names(), deeper.imagenet_wnids()
        self.assertEqual((len(names), wnids), (1000, sorted(set(wnids))))
        self.assertEqual((wnids[0], names[0]), ("n01440764", "tench, Tinca tinca"))

    def test_a_network_that_is_no_classifier_is_refused(self):
        network = onnx.load(self.path)
        outputs = list(network.graph.output)[::-1]
        del network.graph.output[:]
        network.graph.output.extend(outputs)
        path = Path(self.folder.name) / "maps.onnx"
        onnx.save(network, path)
        self.failure(
            "invalid_input", "maps.onnx", "no classifier", '"relu" float32[1, 8, 20, 30]',
            of=lambda: deeper.load(path).classify(picture(), preprocessing="raw"))
        # Labels say which of several outputs has the scores.
        onnx.helper.set_model_props(network, {"deeper.labels": '["a", "b", "c", "d", "e"]'})
        onnx.save(network, path)
        expected = deeper.load(self.path).classify(picture(), preprocessing="raw")
        found = deeper.load(path).classify(picture(), preprocessing="raw")
        self.assertEqual([each[:2] for each in found], [each[:2] for each in expected])

    def test_pictures_are_laid_out_as_the_input_asks(self):
        network = onnx.load(self.path)
        [input] = network.graph.input
        input.CopyFrom(helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", "H", "W", 3]))
        network.graph.node.insert(0, helper.make_node("Transpose", ["pixels"], ["x"], perm=[0, 3, 1, 2]))
        path = Path(self.folder.name) / "pixels.onnx"
        onnx.save(network, path)
        expected = deeper.load(self.path).classify(picture(), preprocessing="raw")
        found = deeper.load(path).classify(picture(), preprocessing="raw")
        self.assertEqual([each.index for each in found], [each.index for each in expected])
        numpy.testing.assert_allclose([each.score for each in found], [each.score for each in expected], rtol=1e-4)

    def test_classify_turns_pictures_upright_unless_told_otherwise(self):
        model, file = deeper.load(self.path), io.BytesIO()
        upright = Image.open(io.BytesIO(picture()))
        exif = Image.Exif()
        # Stored with its top to the right, so a viewer turns it back.
        exif[0x0112] = 6
        upright.transpose(Image.Transpose.ROTATE_90).save(file, "PNG", exif=exif)
        turned, plain = file.getvalue(), io.BytesIO()
        upright.transpose(Image.Transpose.ROTATE_90).save(plain, "PNG")
        self.assertEqual(model.classify(turned, preprocessing="raw"), model.classify(picture(), preprocessing="raw"))
        self.assertEqual(
            model.classify(turned, preprocessing="raw", orientation="stored"),
            model.classify(plain.getvalue(), preprocessing="raw"))
        self.failure(
            "invalid_input", "orientation", "stored",
            of=lambda: model.classify(turned, preprocessing="raw", orientation="left"))

    def test_many_threads_share_two_models(self):
        other = small_network(Path(self.folder.name) / "other.onnx", 5)
        models = [deeper.load(self.path, threads=2), deeper.load(other)]
        expected = [model.run({"x": self.input})["prob"] for model in models]
        self.assertFalse(numpy.array_equal(*expected))
        wrong = []

        def work(number):
            for turn in range(50):
                which = (number + turn) % 2
                if not numpy.array_equal(models[which].run({"x": self.input})["prob"], expected[which]):
                    wrong.append((number, turn))

        threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_a_forked_child_is_told_and_may_make_its_own(self):
        model = deeper.load(self.path, threads=2)
        expected = model.run({"x": self.input})["prob"]
        error = in_child(lambda: model.run({"x": self.input}))
        self.assertIsInstance(error, deeper.DeeperError)
        self.assertEqual(error.code, "forked")
        # Releasing an inherited engine must not wait for threads that do not exist in the child.
        self.assertEqual(in_child(lambda: model._engine.release() or "let go"), "let go")
        own = in_child(lambda: deeper.load(self.path, threads=2).run({"x": self.input})["prob"].copy())
        numpy.testing.assert_array_equal(own, expected)
        numpy.testing.assert_array_equal(model.run({"x": self.input})["prob"], expected)

    def test_the_library_may_be_loaded_in_a_second_thread(self):
        script = (
            "import threading, sys\n"
            "def work():\n"
            "    global deeper\n"
            "    import deeper\n"
            "thread = threading.Thread(target=work); thread.start(); thread.join()\n"
            "import numpy\n"
            "x = numpy.ones((1, 3, 8, 8), numpy.float32)\n"
            "print(deeper.load(sys.argv[1], threads=2).run({'x': x})['prob'].shape)\n"
        )
        out = subprocess.run([sys.executable, "-c", script, self.path], check=True, capture_output=True, text=True)
        self.assertEqual(out.stdout, "(1, 5)\n")

    def test_the_library_exports_what_the_header_declares(self):
        listing = subprocess.run(
            ["nm", "-D", "--defined-only", deeper.library_path()], check=True, capture_output=True, text=True).stdout
        exported = {line.split()[2].split("@")[0] for line in listing.splitlines() if line.split()[1] != "A"}
        header = (ROOT / "Sources/Interfaces/CDeeper/include/deeper.h").read_text()
        declared = set(re.findall(r"^[a-z].*[ *](deeper_[a-z_]+)\(", header, re.MULTILINE))
        self.assertEqual(exported, declared)
        self.assertEqual(declared, set(deeper._library._SIGNATURES))

    def test_the_structures_are_the_headers(self):
        names = {"port": "Port", "tensor": "Tensor", "engine_options": "EngineOptions", "prediction": "Prediction"}
        prints, expected = [], []
        for name, own in names.items():
            structure = getattr(deeper._library, own)
            for field in [None] + [field for field, _ in structure._fields_]:
                term = f"offsetof(deeper_{name}, {field})" if field else f"sizeof(deeper_{name})"
                prints.append(f'printf("%zu\\n", {term});')
                expected.append(getattr(structure, field).offset if field else ctypes.sizeof(structure))
        include = ROOT / "Sources/Interfaces/CDeeper/include"
        out = output_of_c(Path(self.folder.name) / "sizes.c", "".join(prints), "-I", include)
        self.assertEqual([int(line) for line in out.split()], expected)

    def test_a_picture_of_absurd_length_is_refused_unread(self):
        lib, model = deeper._library.lib, deeper.load(self.path)
        predictions, count = (deeper._library.Prediction * 5)(), ctypes.c_size_t(5)
        for length in (1 << 62, (1 << 64) - 1):
            status = lib.deeper_engine_classify(
                model._engine.pointer, b"\x89PNG", length, b"raw", predictions, ctypes.byref(count))
            self.assertIn(lib.deeper_status_name(status), (b"limit_exceeded", b"invalid_input"))
            count.value = 5

    def test_bounds_of_a_range_beyond_numbers(self):
        path = Path(self.folder.name) / "range.onnx"
        names = ["start", "limit", "delta"]
        graph = helper.make_graph(
            [helper.make_node("Range", names, ["y"])], "range",
            [helper.make_tensor_value_info(name, TensorProto.INT64, []) for name in names],
            [helper.make_tensor_value_info("y", TensorProto.INT64, None)])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
        model = deeper.load(path)

        def run(*bounds):
            return model.run({name: numpy.array(value, numpy.int64) for name, value in zip(names, bounds)})["y"].tolist()

        self.assertEqual(run(2, 9, 3), [2, 5, 8])
        self.assertEqual(run(2**63 - 1, -(2**63), 1), [])
        self.failure("invalid_model", "no end", of=lambda: run(-(2**63), 2**63 - 1, 1))

    def test_parts_of_a_split_whose_sum_is_beyond_numbers(self):
        extent, count = (1 << 57) - 1, 65
        path = Path(self.folder.name) / "split.onnx"
        names = [f"y{number}" for number in range(count)]
        graph = helper.make_graph(
            [helper.make_node("Split", ["x", "parts"], names, axis=0)], "split",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "M"])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names],
            [numpy_helper.from_array(numpy.full(count, extent, numpy.int64), "parts")])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
        lib, model = deeper._library.lib, deeper.load(path)
        # NumPy has no array of such a shape.
        tensor = deeper._library.Tensor(
            struct_size=ctypes.sizeof(deeper._library.Tensor), name=b"x", element_type=1, rank=2,
            dimensions=(ctypes.c_int64 * 2)(extent, 0))
        outputs = ctypes.c_void_p()
        status = lib.deeper_engine_run(model._engine.pointer, ctypes.byref(tensor), 1, ctypes.byref(outputs))
        self.assertEqual(lib.deeper_status_name(status), b"invalid_model")
        self.assertIn(b"do not add up", lib.deeper_last_error())

    def test_arrays_may_be_read_while_the_interpreter_ends(self):
        script = (
            "import atexit, sys, numpy\n"
            "atexit.register(lambda: print(float(out.sum().round(4))))\n"
            "import deeper\n"
            "out = deeper.load(sys.argv[1]).run({'x': numpy.ones((1, 3, 600, 600), numpy.float32)})['prob']\n"
        )
        out = subprocess.run([sys.executable, "-c", script, self.path], check=True, capture_output=True, text=True)
        self.assertEqual(out.stdout, "1.0\n")

    def test_null_is_an_error_never_a_crash(self):
        lib = deeper._library.lib
        for name, (result, arguments) in deeper._library._SIGNATURES.items():
            nothing = [0 if kind in (ctypes.c_size_t, ctypes.c_int32) else None for kind in arguments]
            found = getattr(lib, name)(*nothing)
            if result is ctypes.c_int:
                self.assertEqual((name, lib.deeper_status_name(found)), (name, b"invalid_input"))
                self.assertIn(b"NULL", lib.deeper_last_error())
            elif result is ctypes.c_size_t:
                self.assertEqual((name, found), (name, 0))

    def test_structures_of_other_versions(self):
        class Longer(ctypes.Structure):
            _fields_ = deeper._library.EngineOptions._fields_ + [("later", ctypes.c_int64)]

        lib = deeper._library.lib
        pointer = ctypes.POINTER(deeper._library.EngineOptions)
        options = Longer(later=77)
        given = ctypes.cast(ctypes.byref(options), pointer)
        self.assertEqual(lib.deeper_engine_options_init(given, ctypes.sizeof(Longer)), 0)
        self.assertEqual((options.struct_size, options.threads, options.later), (ctypes.sizeof(Longer), 0, 77))
        for wrong in (0, ctypes.sizeof(deeper._library.EngineOptions) - 1, 1 << 40):
            self.assertEqual(lib.deeper_status_name(lib.deeper_engine_options_init(given, wrong)), b"invalid_input")
            self.assertIn(b"struct_size", lib.deeper_last_error())

    def test_tensors_that_contradict_themselves(self):
        model, lib, Tensor = deeper.load(self.path), deeper._library.lib, deeper._library.Tensor
        dimensions = (ctypes.c_int64 * 4)(*self.input.shape)

        def run(count=1, **changes):
            fields = dict(
                struct_size=ctypes.sizeof(Tensor), name=b"x", element_type=1, rank=4, dimensions=dimensions,
                data=self.input.ctypes.data, byte_count=self.input.nbytes)
            tensors = (Tensor * 2)(*[Tensor(**{**fields, **changes})] * 2)
            outputs = ctypes.c_void_p(1)
            status = lib.deeper_engine_run(model._engine.pointer, tensors, count, ctypes.byref(outputs))
            if status == 0:
                lib.deeper_outputs_release(outputs)
            else:
                self.assertIsNone(outputs.value)
            return lib.deeper_status_name(status).decode(), lib.deeper_last_error().decode()

        self.assertEqual(run()[0], "ok")
        for word, count, changes in [
            ("twice", 2, {}), ("struct_size", 1, {"struct_size": 8}), ("name is NULL", 1, {"name": None}),
            ("element_type 99", 1, {"element_type": 99}), ("rank", 1, {"rank": -1}), ("rank", 1, {"rank": 1 << 20}),
            ("dimensions", 1, {"dimensions": None}), ("data is NULL", 1, {"data": None}),
            ("byte_count", 1, {"byte_count": self.input.nbytes - 4}),
            ("negative", 1, {"dimensions": (ctypes.c_int64 * 4)(2, 3, -9, 11)}),
            ("input_count", (1 << 64) - 1, {}),
        ]:
            code, message = run(count, **changes)
            self.assertEqual(code, "invalid_input", word)
            self.assertIn(word, message)
        code, _ = run(dimensions=(ctypes.c_int64 * 4)(1 << 40, 1 << 40, 1 << 40, 1))
        self.assertEqual(code, "limit_exceeded")

    @unittest.skipUnless("DEEPER_PREFIX" in os.environ, "needs an installed tree: make test-library")
    def test_pkg_config_finds_the_installed_library(self):
        prefix = Path(os.environ["DEEPER_PREFIX"])
        environment = dict(os.environ, PKG_CONFIG_PATH=str(prefix / "lib/pkgconfig"), LD_LIBRARY_PATH=str(prefix / "lib"))
        flags = subprocess.run(
            ["pkg-config", "--cflags", "--libs", "deeper"], check=True, capture_output=True, text=True, env=environment)
        out = output_of_c(
            Path(self.folder.name) / "version.c", 'printf("%s %s", deeper_version(), DEEPER_VERSION);',
            *flags.stdout.split(), environment=environment)
        self.assertEqual(out.split(), [deeper.version()] * 2)

    @unittest.skipUnless("DEEPER_EXAMPLE" in os.environ, "needs the example that CMake built: make test-library")
    def test_the_example_service_answers_every_request_once(self):
        good, bad = Path(self.folder.name) / "good.png", Path(self.folder.name) / "bad.png"
        good.write_bytes(picture())
        bad.write_bytes(picture()[:99])
        [(index, score, _)] = deeper.load(self.path).classify(picture(), preprocessing="raw", top=1)
        requests = [good, bad, "/no/such.png"] * 20
        out = subprocess.run(
            [os.environ["DEEPER_EXAMPLE"], self.path, "raw", "3"], check=True, capture_output=True, text=True,
            input="".join(f"{path}\n" for path in requests))
        answers = {}
        for line in out.stdout.splitlines():
            path, rest = line.split("\t", 1)
            answers.setdefault(path, []).append(rest)
        self.assertEqual({path: len(found) for path, found in answers.items()}, {str(path): 20 for path in requests})
        self.assertEqual(set(answers[str(good)]), {f"{index}\t{score:.6f}"})
        self.assertTrue(all(rest.startswith("error\tinvalid_input: ") for rest in answers[str(bad)]))
        self.assertEqual(set(answers["/no/such.png"]), {"error\tcannot be opened"})
        refused = subprocess.run(
            [os.environ["DEEPER_EXAMPLE"], "/no/such.onnx", "raw"], capture_output=True, text=True, input="")
        self.assertEqual(refused.returncode, 65)
        self.assertIn("/no/such.onnx", refused.stderr)


if __name__ == "__main__":
    unittest.main()
