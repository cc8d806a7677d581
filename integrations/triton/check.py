"""Runs the backend in the real Triton and compares its answers with the Python package's, bit by bit.

usage: check.py BACKENDS [HOST_TEST]

BACKENDS is the folder that has deeper/libtriton_deeper.so; Triton comes from nvidia-pytriton. HOST_TEST is the program
of that name, a stand-in for Triton. DEEPER_LIBRARY names the library that the package loads, if it has none of its own.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE / "test"), str(ROOT / "Tests/Python/serving"), str(ROOT / "python")]

import numpy  # noqa: E402
from tritonclient.utils import InferenceServerException  # noqa: E402

import deeper  # noqa: E402
import networks  # noqa: E402
from models import Model, model_file, write_small  # noqa: E402
from triton import Triton, config, libraries, parameter  # noqa: E402

PROTOCOLS = ("http", "grpc")
BATCHES = (1, 2, 3, 5, 8)
SMALL_INPUTS = [("x", "TYPE_FP32", [3, 4, 4])]
SMALL_OUTPUTS = [("prob", "TYPE_FP32", [5]), ("relu", "TYPE_FP32", [8, 4, 4])]
JOINING = "dynamic_batching { max_queue_delay_microseconds: 20000 }"
TWO_INSTANCES = "instance_group [ { kind: KIND_CPU count: 2 } ]"
ONE_INSTANCE = "instance_group [ { kind: KIND_CPU count: 1 } ]"

triton = folder = None


def setUpModule():
    global triton, folder
    folder = tempfile.TemporaryDirectory(prefix="deeper-check-")
    write_small(folder.name)
    triton = Triton(backends).wait_until_ready()


def tearDownModule():
    code = triton.stop()
    folder.cleanup()
    if code != 0:
        raise AssertionError(f"Triton ended with {code}:\n" + "".join(triton.lines[-30:]))


def small_file():
    return Path(folder.name) / "small.onnx"


def numbers(*shape, seed=3):
    return numpy.random.default_rng(seed).integers(-128, 128, shape).astype(numpy.float32)


class Case(unittest.TestCase):
    def assertSameBits(self, found, expected):
        self.assertEqual(sorted(found), sorted(expected))
        for name, array in expected.items():
            self.assertEqual(found[name].dtype, array.dtype, name)
            self.assertEqual(found[name].shape, array.shape, name)
            self.assertEqual(found[name].tobytes(), array.tobytes(), name)

    def assertRefused(self, text, body):
        with self.assertRaises(InferenceServerException) as caught:
            body()
        self.assertIn(text, str(caught.exception))


class Answers(Case):
    def test_batches(self):
        triton.add("batches", small_file(), config("batches", SMALL_INPUTS, SMALL_OUTPUTS, max_batch=8))
        model = deeper.load(small_file(), sets_blas_threads=True)
        for protocol in PROTOCOLS:
            for batch in BATCHES:
                with self.subTest(protocol=protocol, batch=batch):
                    arrays = {"x": numbers(batch, 3, 4, 4, seed=batch)}
                    self.assertSameBits(triton.infer(protocol, "batches", arrays), model.run(arrays))

    def test_squeezenet(self):
        file = model_file("squeezenet_v1.1.onnx")
        if file is None:
            self.skipTest("no test data")
        network = Model("squeezenet", file)
        ports = [[(port.name, "TYPE_FP32", port.shape) for port in each] for each in (network.inputs, network.outputs)]
        triton.add("squeezenet", file, config("squeezenet", *ports, parameter("threads", 2), max_batch=8))
        model = deeper.load(file, threads=2, sets_blas_threads=True)
        for protocol in PROTOCOLS:
            for batch in (1, 4, 8):
                with self.subTest(protocol=protocol, batch=batch):
                    arrays = {network.inputs[0].name: network.input_array(batch)}
                    self.assertSameBits(triton.infer(protocol, "squeezenet", arrays), model.run(arrays))

    def test_example(self):
        file = model_file("squeezenet_v1.1.onnx")
        if file is None:
            self.skipTest("no test data")
        triton.add("example", file, (HERE / "example/squeezenet/config.pbtxt").read_text())
        arrays = {"data": numbers(3, 3, 227, 227)}
        expected = deeper.load(file, threads=2, sets_blas_threads=True).run(arrays)
        found = triton.infer("http", "example", arrays)
        self.assertSameBits(found, {name: array.reshape(3, 1000) for name, array in expected.items()})

    def test_outputs_asked_for(self):
        triton.add("asked", small_file(), config("asked", SMALL_INPUTS, SMALL_OUTPUTS, max_batch=8))
        arrays = {"x": numbers(2, 3, 4, 4)}
        expected = deeper.load(small_file()).run(arrays)
        for protocol in PROTOCOLS:
            for name in expected:
                with self.subTest(protocol=protocol, name=name):
                    self.assertSameBits(
                        triton.infer(protocol, "asked", arrays, [name]), {name: expected[name]})

    def test_outputs_configured(self):
        triton.add("one-output", small_file(), config("one-output", SMALL_INPUTS, SMALL_OUTPUTS[1:], max_batch=8))
        arrays = {"x": numbers(1, 3, 4, 4)}
        expected = deeper.load(small_file()).run(arrays)
        self.assertSameBits(triton.infer("http", "one-output", arrays), {"relu": expected["relu"]})

    def test_types(self):
        file = networks.write_types(Path(folder.name) / "types.onnx")
        names = [dtype.__name__.rstrip("_") for dtype, *_ in networks.TYPES]
        ports = [
            [(f"{letter}_{name}", type, [3]) for name, (_, _, type, _) in zip(names, networks.TYPES)]
            for letter in "xy"]
        triton.add("types", file, config("types", *ports, max_batch=4))
        arrays = {
            f"x_{name}": numpy.array([[0, 1, 1], [1, 0, 0]]).astype(dtype)
            for name, (dtype, *_) in zip(names, networks.TYPES)}
        expected = {name.replace("x_", "y_"): array for name, array in arrays.items()}
        for protocol in PROTOCOLS:
            with self.subTest(protocol=protocol):
                self.assertSameBits(triton.infer(protocol, "types", arrays), expected)

    def test_without_batch(self):
        file = networks.write_fixed(Path(folder.name) / "fixed.onnx")
        ports = [("x", "TYPE_FP32", [1, 4])], [("y", "TYPE_FP32", [1, 4])]
        triton.add("fixed", file, config("fixed", *ports, max_batch=0))
        arrays = {"x": numpy.array([[-1, 2, -3, 4]], numpy.float32)}
        self.assertSameBits(triton.infer("http", "fixed", arrays), {"y": numpy.maximum(arrays["x"], 0)})

    def test_shared_memory(self):
        import tritonclient.http
        from tritonclient.utils import shared_memory

        triton.add("shared", small_file(), config("shared", SMALL_INPUTS, SMALL_OUTPUTS, max_batch=8))
        array = numbers(3, 3, 4, 4)
        expected = deeper.load(small_file()).run({"x": array})["prob"]
        with triton.client() as client:
            regions = []
            try:
                for name, byte_count in (("input", array.nbytes), ("output", expected.nbytes)):
                    key = f"/deeper-check-{os.getpid()}-{name}"
                    regions.append(shared_memory.create_shared_memory_region(name, key, byte_count))
                    client.register_system_shared_memory(name, key, byte_count)
                shared_memory.set_shared_memory_region(regions[0], [array])
                given = tritonclient.http.InferInput("x", array.shape, "FP32")
                given.set_shared_memory("input", array.nbytes)
                wanted = tritonclient.http.InferRequestedOutput("prob")
                wanted.set_shared_memory("output", expected.nbytes)
                client.infer("shared", [given], outputs=[wanted])
                found = shared_memory.get_contents_as_numpy(regions[1], numpy.float32, expected.shape)
                self.assertEqual(found.tobytes(), expected.tobytes())
            finally:
                client.unregister_system_shared_memory()
                for region in regions:
                    shared_memory.destroy_shared_memory_region(region)


class Completion(Case):
    """A configuration that names only the backend."""

    def test_of_a_batched_network(self):
        triton.add("completed", small_file(), 'backend: "deeper"\n')
        with triton.client() as client:
            found = client.get_model_config("completed")
            ports = client.get_model_metadata("completed")
        self.assertEqual(found["max_batch_size"], 4)
        self.assertIn("dynamic_batching", found)
        self.assertEqual([(each["name"], each["shape"]) for each in ports["inputs"]], [("x", [-1, 3, 4, 4])])
        self.assertEqual(
            [(each["name"], each["datatype"], each["shape"]) for each in ports["outputs"]],
            [("prob", "FP32", [-1, 5]), ("relu", "FP32", [-1, 8, 4, 4])])
        arrays = {"x": numbers(4, 3, 4, 4)}
        self.assertSameBits(triton.infer("grpc", "completed", arrays), deeper.load(small_file()).run(arrays))

    def test_of_a_fixed_network(self):
        file = networks.write_fixed(Path(folder.name) / "fixed2.onnx")
        triton.add("completed-fixed", file, 'backend: "deeper"\ndefault_model_filename: "net.onnx"\n', "net.onnx")
        with triton.client() as client:
            self.assertEqual(client.get_model_config("completed-fixed")["max_batch_size"], 0)
            self.assertEqual(client.get_model_metadata("completed-fixed")["outputs"][0]["shape"], [1, 4])

    def test_of_every_type(self):
        file = networks.write_types(Path(folder.name) / "types2.onnx")
        triton.add("completed-types", file, 'backend: "deeper"\n')
        with triton.client() as client:
            ports = client.get_model_metadata("completed-types")
        for kind in ("inputs", "outputs"):
            self.assertEqual([each["datatype"] for each in ports[kind]], [each[3] for each in networks.TYPES])

    def test_of_an_open_network(self):
        file = networks.write_open(Path(folder.name) / "open.onnx")
        triton.write("open", file, 'backend: "deeper"\n')
        with triton.client() as client:
            self.assertRefused("have to be configured", lambda: client.load_model("open"))

    def test_of_outputs_alone(self):
        triton.add("completed-outputs", small_file(), config("completed-outputs", SMALL_INPUTS, max_batch=2))
        with triton.client() as client:
            found = client.get_model_config("completed-outputs")
        self.assertEqual(found["max_batch_size"], 2)
        self.assertEqual([each["name"] for each in found["output"]], ["prob", "relu"])


class Joining(Case):
    def run_together(self, calls):
        """What the calls, of one thread each, gave or raised, in order."""
        results = [None] * len(calls)
        barrier = threading.Barrier(len(calls))

        def run(index):
            try:
                barrier.wait()
                results[index] = calls[index]()
            except Exception as error:
                results[index] = error

        threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    def test_clients_at_once(self):
        triton.add("joined", small_file(), config(
            "joined", SMALL_INPUTS, SMALL_OUTPUTS, JOINING, TWO_INSTANCES, max_batch=8))
        model = deeper.load(small_file(), sets_blas_threads=True)
        clients, requests = 8, 25

        def work(number):
            protocol = PROTOCOLS[number % 2]
            wrong = 0
            with triton.client(protocol) as client:
                for request in range(requests):
                    arrays = {"x": numbers(1 + (number + request) % 3, 3, 4, 4, seed=100 * number + request)}
                    found = triton.infer(protocol, "joined", arrays, client=client)
                    wrong += any(found[name].tobytes() != array.tobytes() for name, array in model.run(arrays).items())
            return wrong

        wrong = self.run_together([lambda number=number: work(number) for number in range(clients)])
        self.assertEqual(wrong, [0] * clients)
        rows = sum(1 + (number + request) % 3 for number in range(clients) for request in range(requests))
        found = triton.statistics("joined")
        self.assertEqual(int(found["inference_count"]), rows)
        self.assertEqual(int(found["inference_stats"]["success"]["count"]), clients * requests)
        self.assertEqual(int(found["inference_stats"]["fail"].get("count", 0)), 0)
        self.assertLess(int(found["execution_count"]), clients * requests)
        sizes = {int(each["batch_size"]): int(each["compute_infer"]["count"]) for each in found["batch_stats"]}
        self.assertEqual(sum(size * count for size, count in sizes.items()), rows)
        self.assertGreater(max(sizes), 3)
        print(f"  {clients * requests} requests of {rows} rows in {found['execution_count']} runs of {sizes}")

    def test_one_wrong_request(self):
        file = networks.write_gather(Path(folder.name) / "gather.onnx")
        # Triton has no shapes without extents: it adds one, and takes it off before the network.
        ports = [[(name, type, "[ 1 ] reshape { shape: [ ] }")] for name, type in (
            ("index", "TYPE_INT64"), ("found", "TYPE_FP32"))]
        triton.add("gather", file, config("gather", *ports, JOINING, ONE_INSTANCE, max_batch=8))
        results = self.run_together([
            lambda index=index: triton.infer("grpc", "gather", {"index": numpy.array([[index]])})["found"].tolist()
            for index in (1, 2, 99, 4)])
        self.assertEqual([results[0], results[1], results[3]], [[[11]], [[12]], [[14]]], str(results[0]))
        self.assertIsInstance(results[2], InferenceServerException)
        self.assertIn("an index lies outside its axis", str(results[2]))
        found = triton.statistics("gather")["inference_stats"]
        self.assertEqual((int(found["success"]["count"]), int(found["fail"]["count"])), (3, 1))

    def test_cancelled(self):
        file = model_file("squeezenet_v1.1.onnx")
        if file is None:
            self.skipTest("no test data")
        import tritonclient.grpc

        network = Model("squeezenet", file)
        triton.add("cancelled", file, config("cancelled", [
            (port.name, "TYPE_FP32", port.shape) for port in network.inputs], [
            (port.name, "TYPE_FP32", port.shape) for port in network.outputs], ONE_INSTANCE, max_batch=8))
        array = network.input_array(8)
        given = tritonclient.grpc.InferInput(network.inputs[0].name, array.shape, "FP32")
        given.set_data_from_numpy(array)
        ended, done = [], threading.Semaphore(0)

        def callback(result, error):
            ended.append(error)
            done.release()

        with triton.client("grpc") as client:
            calls = [client.async_infer("cancelled", [given], callback) for _ in range(6)]
            for call in calls[1:]:
                call.cancel()
            for _ in calls:
                self.assertTrue(done.acquire(timeout=60))
        errors = [str(error) for error in ended if error is not None]
        self.assertGreater(len(errors), 0)
        for error in errors:
            self.assertIn("CANCELLED", error)
        print(f"  {len(errors)} of {len(ended)} cancelled")
        arrays = {network.inputs[0].name: network.input_array(1)}
        self.assertEqual(len(triton.infer("grpc", "cancelled", arrays)), 1)


class Refusals(Case):
    def test_requests(self):
        triton.add("refusing", small_file(), config(
            "refusing", [("x", "TYPE_FP32", [-1, -1, -1])], SMALL_OUTPUTS, JOINING, max_batch=8))
        for protocol in PROTOCOLS:
            with self.subTest(protocol=protocol):
                # Triton checks these by itself.
                self.assertRefused("batch-size", lambda: triton.infer(
                    protocol, "refusing", {"x": numbers(9, 3, 4, 4)}))
                self.assertRefused("data-type", lambda: triton.infer(
                    protocol, "refusing", {"x": numbers(1, 3, 4, 4).astype(numpy.int32)}))
                self.assertRefused("unexpected shape", lambda: triton.infer(protocol, "refusing", {"x": numbers(1, 3)}))
                self.assertRefused("unexpected inference output", lambda: triton.infer(
                    protocol, "refusing", {"x": numbers(1, 3, 4, 4)}, ["logits"]))
                # And these are deeper's.
                self.assertRefused("invalid_input", lambda: triton.infer(
                    protocol, "refusing", {"x": numbers(1, 2, 4, 4)}))
                arrays = {"x": numbers(2, 3, 4, 4)}
                self.assertSameBits(
                    triton.infer(protocol, "refusing", arrays), deeper.load(small_file()).run(arrays))
        found = triton.statistics("refusing")["inference_stats"]
        self.assertEqual(int(found["fail"]["count"]), 2)
        self.assertEqual(int(found["success"]["count"]), 2)

    def test_outputs_configured_wrongly(self):
        arrays = {"x": numbers(2, 3, 4, 4)}
        for name, text, outputs in (
            ("wrong-shape", "the model gives [2, 5]", [("prob", "TYPE_FP32", [6])]),
            ("wrong-rank", "the model gives [2, 5]", [("prob", "TYPE_FP32", [5, 1])]),
            ("wrong-type", "the model gives TYPE_FP32", [("prob", "TYPE_INT32", [5])]),
        ):
            triton.add(name, small_file(), config(name, SMALL_INPUTS, outputs, max_batch=8))
            self.assertRefused(text, lambda: triton.infer("http", name, arrays))

    def refused(self, name, text, file, config_text):
        triton.write(name, file, config_text)
        with triton.client() as client:
            self.assertRefused(text, lambda: client.load_model(name))
            self.assertFalse(client.is_model_ready(name))
            self.assertTrue(client.is_server_live())

    def test_files(self):
        bad = Path(folder.name) / "bad.onnx"
        bad.write_bytes(b"\x08\x08 this is no model")
        self.refused("bad-file", "invalid_model", bad, 'backend: "deeper"\n')
        self.refused("no-file", "file_not_found", None, 'backend: "deeper"\n')

    def test_configurations(self):
        fixed = networks.write_fixed(Path(folder.name) / "fixed3.onnx")
        relu = [("x", "TYPE_FP32", [4])], [("y", "TYPE_FP32", [4])]
        small = SMALL_INPUTS, SMALL_OUTPUTS
        for number, (text, file, *given) in enumerate([
            ("has the fixed shape [1, 4]", fixed, *relu, 8),
            ('no input "picture"', small_file(), [("picture", "TYPE_FP32", [3, 4, 4])], SMALL_OUTPUTS, 8),
            ('no output "logits"', small_file(), SMALL_INPUTS, [("logits", "TYPE_FP32", [5])], 8),
            ("configured as TYPE_INT32", small_file(), [("x", "TYPE_INT32", [3, 4, 4])], SMALL_OUTPUTS, 8),
            ("the model has [-1, 3, 4, 4]", small_file(), [("x", "TYPE_FP32", [1, 4, 4])], SMALL_OUTPUTS, 8),
            ("the model has [-1, 3, 4, 4]", small_file(), [("x", "TYPE_FP32", [3, 4])], SMALL_OUTPUTS, 8),
            ("deeper has FP32", small_file(), [("x", "TYPE_FP16", [3, 4, 4])], SMALL_OUTPUTS, 8),
            ("the parameter threads", small_file(), *small, 8, parameter("threads", "many")),
            ("threads", small_file(), *small, 8, parameter("threads", "5000")),
            ("algorithm", small_file(), *small, 8, parameter("algorithm", "magic")),
        ]):
            inputs, outputs, max_batch, *lines = given
            name = f"contradiction-{number}"
            with self.subTest(text=text):
                self.refused(name, text, file, config(name, inputs, outputs, *lines, max_batch=max_batch))


class Header(Case):
    def test_values(self):
        result = subprocess.run(
            [sys.executable, HERE / "test/header.py", HERE / "include/triton/core/tritonbackend.h"],
            env={**os.environ, "LD_LIBRARY_PATH": str(libraries())}, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class Host(Case):
    def test_played_by_a_program(self):
        if host_test is None:
            self.skipTest("no host_test")
        version = Path(folder.name) / "host" / "1"
        version.mkdir(parents=True)
        shutil.copy(small_file(), version / "model.onnx")
        result = subprocess.run([host_test, version.parent], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        print("  " + result.stdout.splitlines()[-1])


class Memory(Case):
    def test_requests_leave_nothing(self):
        triton.add("requests", small_file(), config("requests", SMALL_INPUTS, SMALL_OUTPUTS, max_batch=8))
        arrays = {"x": numbers(8, 3, 4, 4)}
        with triton.client("grpc") as client:
            def run(count):
                for _ in range(count):
                    triton.infer("grpc", "requests", arrays, client=client)
                return triton.resident_bytes()

            before = run(1000)
            growth = run(3000) - before
        print(f"  3000 requests: {growth / 1024:+.0f} KiB")
        # Its outputs alone, if kept, would be 12 MiB.
        self.assertLess(growth, 4 << 20)

    def test_models_leave_nothing(self):
        file = model_file("squeezenet_v1.1.onnx")
        if file is None:
            self.skipTest("no test data")
        triton.write("again", file, 'backend: "deeper"\n')

        def load(count):
            with triton.client() as client:
                for _ in range(count):
                    client.load_model("again")
                    client.unload_model("again")
                    triton.wait_until(lambda: not client.is_model_ready("again"), "did not unload")
            return triton.resident_bytes()

        before = load(5)
        growth = load(15) - before
        print(f"  15 loads of {file.stat().st_size >> 10} KiB: {growth / 1024:+.0f} KiB")
        self.assertLess(growth, 5 * file.stat().st_size)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    backends = Path(sys.argv.pop(1)).resolve()
    host_test = Path(sys.argv.pop(1)).resolve() if sys.argv[1:] and not sys.argv[1].startswith("-") else None
    program = unittest.main(exit=False, verbosity=2, warnings="ignore")
    failed = len(program.result.failures) + len(program.result.errors)
    print(f"{program.result.testsRun - failed - len(program.result.skipped)} passed, {failed} failed, "
          f"{len(program.result.skipped)} skipped")
    sys.exit(0 if program.result.wasSuccessful() else 1)
