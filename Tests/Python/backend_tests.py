"""ONNX's own BackendTest on deeper's Python package, for the cases that belong to an engine for image networks: run by
`make test-library`. The results must be those of `deeper check`."""

import contextlib
import os
import unittest
import warnings
from pathlib import Path

import numpy
import onnx
import onnx.backend.test
from onnx.backend.test.runner import BackendIsNotSupposedToImplementIt

from deeper import DeeperError
from deeper.backend import DeeperBackend

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(os.environ.get("DEEPER_TEST_DATA") or ROOT / "../shared/data") / "onnx/node_cases.txt"
# Training forms (six) and opset 1 (three), as in README.md.
SKIPPED = 9
# Where ONNX Runtime and OpenVINO agree against ONNX's reference, deeper follows them: docs/numerics.md.
DECIDED_OTHERWISE = {
    "test_resize_downsample_scales_cubic_align_corners_cpu",
    "test_resize_downsample_scales_linear_align_corners_cpu",
}


@contextlib.contextmanager
def counted():
    """What is not supported counts as skipped: the runner alone would let it pass."""
    try:
        yield
    except BackendIsNotSupposedToImplementIt as error:
        raise unittest.SkipTest(str(error)) from error


class Direct(DeeperBackend):
    """ONNX's tolerances are relative to every element, which Winograd's rounding does not promise."""

    @classmethod
    def prepare(cls, model, device="CPU", **kwargs):
        with counted():
            prepared = super().prepare(model, device, algorithm="direct", **kwargs)
        run = prepared.run

        def run_counted(inputs, **kwargs):
            with counted():
                return run(inputs, **kwargs)

        prepared.run = run_counted
        return prepared


@unittest.skipUnless(CASES.exists(), "needs the test data: set DEEPER_TEST_DATA or put it into ../shared/data")
class BackendTests(unittest.TestCase):
    def test_results_are_those_of_deeper_check(self):
        names = CASES.read_text().split()
        with warnings.catch_warnings():
            # The cases are computed here, overflow and all.
            warnings.simplefilter("ignore", RuntimeWarning)
            runner = onnx.backend.test.BackendTest(Direct, __name__)
        tests = {test.id().rsplit(".", 1)[1]: test for test in runner.test_suite}
        chosen = unittest.TestSuite(tests[f"{name}_cpu"] for name in names)
        result = unittest.TestResult()
        chosen.run(result)
        failed = {test.id().rsplit(".", 1)[1]: text for test, text in result.failures + result.errors}
        for name, text in failed.items():
            if name not in DECIDED_OTHERWISE:
                print(name, text)
        self.assertEqual(result.testsRun, len(names))
        self.assertEqual(set(failed), DECIDED_OTHERWISE)
        self.assertEqual(len(result.skipped), SKIPPED, [text for _, text in result.skipped])
        print(f"{len(names) - SKIPPED - len(failed)} passed, {len(failed)} decided otherwise, {SKIPPED} skipped")


class InitializerTests(unittest.TestCase):
    """Initialisers that the graph lists as inputs are defaults."""

    def test_a_list_of_all_inputs_replaces_them(self):
        def info(name, shape):
            return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)

        graph = onnx.helper.make_graph(
            [onnx.helper.make_node("Add", ["x", "b"], ["y"])], "g", [info("x", [2]), info("b", [2])], [info("y", [2])],
            [onnx.numpy_helper.from_array(numpy.array([1, 2], numpy.float32), "b")])
        opsets = [onnx.helper.make_opsetid("", 17)]
        model = DeeperBackend.prepare(onnx.helper.make_model(graph, opset_imports=opsets, ir_version=8))
        x, b = numpy.array([10, 20], numpy.float32), numpy.array([5, 6], numpy.float32)
        for inputs, expected in ([x], [11, 22]), ([x, b], [15, 26]), ({"b": b, "x": x}, [15, 26]):
            self.assertEqual(expected, model.run(inputs)[0].tolist())
        with self.assertRaisesRegex(DeeperError, "3 arrays for 1 inputs: x"):
            model.run([x, b, b])


if __name__ == "__main__":
    unittest.main()
