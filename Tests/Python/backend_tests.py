"""ONNX's own BackendTest on deeper's Python package, for the cases that belong to an engine for image networks: run by
`make test-library`. The results must be those of `deeper check`."""

import contextlib
import os
import unittest
import warnings
from pathlib import Path

import onnx.backend.test
from onnx.backend.test.runner import BackendIsNotSupposedToImplementIt

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


if __name__ == "__main__":
    unittest.main()
