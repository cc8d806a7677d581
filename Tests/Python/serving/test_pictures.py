"""Part of serving_tests.py: the endpoint for pictures answers what `deeper classify` prints."""

import tempfile
import unittest
from pathlib import Path

from PIL import Image

from deeper_server import DeeperServer, Reference, deeper_file
from models import Model, data_folder
from target import Target

CLASSIFY = "/v2/models/builtin/classify"


def pictures():
    return sorted((data_folder() / "images" / "imagenet").glob("*.JPEG"))[:3]


@unittest.skipUnless(pictures(), "no pictures: set DEEPER_TEST_DATA")
class PictureTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.server = cls.enterClassContext(DeeperServer(deeper_file(), [])).wait_until_ready()
        cls.target = Target(cls.server.http, cls.server.grpc)
        cls.reference = Reference(deeper_file())

    def check(self, file, *options, path=CLASSIFY, **keys):
        answer = self.target.curl(path, *options, **keys)
        self.assertEqual(200, answer["status"], answer["data"][:300])
        self.assertEqual(("builtin", "1"), (answer["json"]["model_name"], answer["json"]["model_version"]))
        self.assertEqual(self.reference.classify(file), answer["json"]["top"])

    def png(self):
        file = self.folder / "picture.png"
        Image.open(pictures()[0]).save(file)
        return file

    def test_jpeg(self):
        for file in pictures():
            self.check(file, body=file.read_bytes())

    def test_png(self):
        self.check(self.png(), body=self.png().read_bytes(), headers=["Content-Type: image/png"])

    def test_form(self):
        """What `curl -F image=@FILE` and a form of a page send."""
        for file in (pictures()[0], self.png()):
            self.check(file, "--form", f"image=@{file}")

    def test_version(self):
        self.check(pictures()[0], path="/v2/models/builtin/versions/1/classify", body=pictures()[0].read_bytes())

    def test_top(self):
        answer = self.target.curl(f"{CLASSIFY}?top=2", body=pictures()[0].read_bytes())
        self.assertEqual(self.reference.classify(pictures()[0], "--top", 2), answer["json"]["top"])

    def test_orientation(self):
        """A picture that lies on its side is turned, unless the client wants it as it is stored."""
        file = self.folder / "turned.jpg"
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.open(pictures()[0]).save(file, exif=exif)
        self.check(file, body=file.read_bytes())
        for orientation in ("upright", "stored"):
            answer = self.target.curl(f"{CLASSIFY}?orientation={orientation}", body=file.read_bytes())
            expected = self.reference.classify(file, "--orientation", orientation)
            self.assertEqual(expected, answer["json"]["top"])
        self.assertEqual(400, self.target.curl(f"{CLASSIFY}?orientation=left", body=file.read_bytes())["status"])

    def test_crops(self):
        """Averages over crops, as the command computes them; a model whose pictures are not cropped has none."""
        model = data_folder() / "models" / "squeezenet_v1.1.onnx"
        file = pictures()[1]
        with DeeperServer(deeper_file(), [Model("squeezenet", model)]) as server:
            target = Target(server.wait_until_ready().http, server.grpc)
            for crops in (1, 10, 144):
                answer = target.curl(f"/v2/models/squeezenet/classify?crops={crops}&top=3", body=file.read_bytes())
                self.assertEqual(200, answer["status"], answer["data"][:300])
                expected = self.reference.classify(
                    file, "--model", model, "--preset", "caffe", "--crops", crops, "--top", 3)
                self.assertEqual(expected, answer["json"]["top"])
        for query in ("crops=7", "crops=", "crops=10"):
            answer = self.target.curl(f"{CLASSIFY}?{query}", body=file.read_bytes())
            self.assertEqual(400, answer["status"], query)
            self.assertIn("crop", answer["json"]["error"])

    def test_no_picture(self):
        """Each of these is the client's mistake and says what is wrong."""
        whole = pictures()[0].read_bytes()
        for body in (b"", b"GIF89a", whole[:100], b"{}"):
            answer = self.target.curl(CLASSIFY, body=body)
            self.assertEqual(400, answer["status"], body[:10])
            self.assertIsInstance(answer["json"]["error"], str)
