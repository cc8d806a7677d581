"""Compares GoogLeNet in float16 with ONNX Runtime and with itself in float32: run by `make test-library`."""

import os
import subprocess
import sys
import tempfile
import unittest
import warnings
from pathlib import Path

import numpy
import onnx
import onnxruntime
from onnxruntime.transformers.float16 import convert_float_to_float16
from PIL import Image

import deeper

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("DEEPER_TEST_DATA") or ROOT / "../shared/data")
MODEL = DATA / "models/bvlc_googlenet.onnx"
PICTURES = sorted((DATA / "images/imagenet").glob("*.JPEG"))
# Prints the most memory that a process had after loading a model and running it once.
LOAD = """
import sys, numpy, deeper
model = deeper.load(sys.argv[1], threads=1)
[port] = model.inputs
model.run({port.name: numpy.zeros((1, 3, 224, 224), port.dtype)})
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def tensor(path):
    """A picture as the model takes it: BGR, 0 to 255 minus the mean."""
    picture = numpy.asarray(Image.open(path).convert("RGB").resize((224, 224), Image.BILINEAR), numpy.float32)
    return (picture[:, :, ::-1] - numpy.float32([104, 117, 123])).transpose(2, 0, 1)[None].astype(numpy.float16)


@unittest.skipUnless(MODEL.exists() and PICTURES, f"{MODEL} or the photographs are missing")
class Float16Tests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = Path(cls.folder.name) / "half.onnx"
        with warnings.catch_warnings():
            # Weights below what float16 holds become its smallest number.
            warnings.simplefilter("ignore")
            onnx.save(convert_float_to_float16(onnx.load(MODEL)), cls.path)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_answers_are_those_of_onnx_runtime(self):
        session, model = onnxruntime.InferenceSession(self.path), deeper.load(str(self.path), threads=2)
        [port] = model.inputs
        self.assertEqual(port.dtype, numpy.dtype(numpy.float16))
        same = 0
        for path in PICTURES:
            given = {port.name: tensor(path)}
            [expected] = session.run(None, given)
            [found] = model.run(given).values()
            self.assertEqual(found.dtype, numpy.dtype(numpy.float16))
            difference = numpy.abs(found.astype(numpy.float32) - expected.astype(numpy.float32)).max()
            self.assertLessEqual(difference, 1e-2 * float(expected.max()), path.name)
            same += int(found.argmax() == expected.argmax())
        self.assertGreaterEqual(same, 0.99 * len(PICTURES))

    def test_loading_takes_no_more_memory_than_in_float32(self):
        def least(path):
            run = [sys.executable, "-c", LOAD, str(path)]
            return min(int(subprocess.run(run, check=True, capture_output=True).stdout) for _ in range(5))

        # Half a percent is what two runs of one model differ by.
        self.assertLessEqual(least(self.path), 1.005 * least(MODEL))


if __name__ == "__main__":
    unittest.main()
