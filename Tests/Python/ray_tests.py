"""Bulk scoring with Ray Data: every picture gives one row, whatever fails meanwhile.

Run by `make check-ray` in an environment of its own, since Ray takes hundreds of megabytes. With
DEEPER_RAY_PICTURES=2000 actors are also ended in the middle of that many pictures, and the rate of two actors is
printed next to that of two engines, ROUNDS times.
"""

import contextlib
import errno
import fcntl
import io
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib
from pathlib import Path
from unittest import mock

import numpy
import pyarrow.parquet
import ray
from PIL import Image

import deeper
from deeper import _bulk_job, _bulk_scorer
from deeper import ray as scoring

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("DEEPER_TEST_DATA") or ROOT / "../shared/data").resolve()
MODELS = DATA / "models"
MODEL = MODELS / "mobilenet_v1_025_224.onnx"
SLOW_MODEL = MODELS / "bvlc_googlenet.onnx"
PHOTOGRAPHS = DATA / "images/imagenet"
MANY = int(os.environ.get("DEEPER_RAY_PICTURES", 0))


def png(pixels):
    """A PNG file of an array [H, W, 3]."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def actors(ancestor):
    """Process IDs of Ray's actors that score for this process."""
    found, parents = [], {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if b"ray::MapWorker" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))

    def descends(process):
        return process == ancestor or (process in parents and descends(parents[process]))

    return [process for process in found if descends(process)]


class Deadly(_bulk_scorer.Scorer):
    """Ends as a fault in the library would, at one of the pictures."""

    def row(self, path):
        if b"deadly" in path:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().row(path)


@unittest.skipUnless(MODEL.exists(), "needs the test data: set DEEPER_TEST_DATA or put it into ../shared/data")
class JobTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        self.pictures = self.folder / "pictures"
        self.pictures.mkdir()
        self.output = self.folder / "scores.parquet"
        self.parts = self.folder / "scores.parquet.parts"
        scoring.quiet()

    def fill(self, count):
        """So many different pictures in folders, one of them broken: photographs, and then parts of them, compressed
        again, by a fixed seed."""
        photographs, chance = sorted(PHOTOGRAPHS.glob("*.JPEG")), random.Random(5)
        for number in range(count - 1):
            folder = self.pictures / f"{number % 7}"
            folder.mkdir(exist_ok=True)
            target, photograph = folder / f"{number:05}.jpg", photographs[number % len(photographs)]
            if number < len(photographs):
                target.write_bytes(photograph.read_bytes())
            else:
                picture = Image.open(photograph).convert("RGB")
                left, top = (int(chance.random() * 0.1 * extent) for extent in picture.size)
                picture.crop((left, top, *picture.size)).save(target, quality=chance.randint(80, 95))
        (self.pictures / "broken.jpg").write_bytes(photographs[0].read_bytes()[:300])

    def command(self, model, *options):
        program = [sys.executable, "-m", "deeper.ray"]
        return [
            *program, self.pictures, self.output, "--model", model, "--preprocessing", "caffe", "--actors", "2", *options]

    def rows(self):
        return pyarrow.parquet.read_table(self.output).to_pylist()

    def check(self, model, count):
        """Every picture once, with the engine's answer."""
        rows = self.rows()
        paths = sorted(str(path.relative_to(self.pictures)) for path in self.pictures.rglob("*") if path.is_file())
        self.assertEqual(len(paths), count)
        self.assertEqual([row["path"] for row in rows], paths)
        self.assertEqual([row["path"] for row in rows if row["error"]], ["broken.jpg"])
        engine = deeper.load(model)
        for row in rows:
            if not row["error"]:
                expected = engine.classify((self.pictures / row["path"]).read_bytes(), preprocessing="caffe")
                self.assertEqual(list(zip(row["index"], row["score"])), expected, row["path"])
        self.assertFalse(self.parts.exists())

    def kill(self, count, kills):
        """Has so many pictures scored by two actors, ends some in the middle, and gives the counts."""
        self.fill(count)
        process = subprocess.Popen(
            self.command(SLOW_MODEL, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        killed = []
        for done in self.progress(process, count):
            if done > count * (len(killed) + 1) // (kills + 2) and len(killed) < kills:
                killed.append(actors(process.pid)[0])
                os.kill(killed[-1], signal.SIGKILL)
        with process.stdout:
            counts = json.loads(process.stdout.read())
        self.assertEqual(len(set(killed)), kills)
        self.assertEqual((counts["rows"], counts["scored"], counts["resumed"], counts["bad"]), (count, count, 0, 1))
        self.check(SLOW_MODEL, count)
        return counts

    def progress(self, process, count):
        """Pictures done, as the command tells, until it has ended well."""
        said = []
        with process.stderr:
            for line in process.stderr:
                if f" of {count} pictures" in line:
                    yield int(line.split()[0])
                else:
                    said.append(line)
        self.assertEqual(process.wait(), 0, "".join(said))


class RayTests(JobTests):
    @classmethod
    def setUpClass(cls):
        # One cluster for the tests; those of the command start their own.
        scoring.quiet()
        ray.init(
            address="local", num_cpus=2, include_dashboard=False, object_store_memory=128 << 20, log_to_driver=False,
            logging_level="ERROR")

    @classmethod
    def tearDownClass(cls):
        ray.shutdown()

    def score(self, model=MODEL, **options):
        return scoring.score(self.pictures, self.output, model=model, preprocessing="caffe", actors=2, **options)

    def test_rows_are_what_the_engine_says(self):
        self.fill(12)
        noise = numpy.random.default_rng(7)
        arrays = {f"noise{number}.png": noise.integers(0, 256, (256, 256, 3), numpy.uint8) for number in range(3)}
        for name, pixels in arrays.items():
            (self.pictures / name).write_bytes(png(pixels))
        outcome = self.score()
        self.assertEqual((outcome.scored, outcome.resumed, outcome.bad), (15, 0, 1))
        rows = {row["path"]: row for row in self.rows()}
        model = deeper.load(MODEL)
        for name, pixels in arrays.items():
            # The preset caffe, without a resize: the middle, blue green red, less the mean.
            planes = pixels[16:240, 16:240, ::-1].transpose(2, 0, 1) - numpy.array([104, 117, 123], "f4")[:, None, None]
            [output] = model.run({model.inputs[0].name: planes[None]}).values()
            best = numpy.argsort(-output.ravel(), kind="stable")[:5]
            found = rows[name]
            self.assertEqual((found["index"], found["score"]), (best.tolist(), output.ravel()[best].tolist()))
        self.check(MODEL, 15)

    def test_bad_pictures_are_listed(self):
        good = sorted(PHOTOGRAPHS.glob("*.JPEG"))[0].read_bytes()
        name = b"caf\xe9.JPG"
        with open(os.path.join(os.fsencode(self.pictures), name), "wb") as file:
            file.write(good)
        (self.pictures / "fine.jpeg").write_bytes(good)
        (self.pictures / "empty.jpg").write_bytes(b"")
        (self.pictures / "text.png").write_text("no picture")
        (self.pictures / "note.txt").write_text("not looked at")
        (self.pictures / "link.jpg").symlink_to("nowhere")
        (self.pictures / "folder.jpg").mkdir()
        os.mkfifo(self.pictures / "pipe.jpg")
        start = png(numpy.zeros((1, 1, 3), "u1"))[:16]
        (self.pictures / "large.png").write_bytes(start + struct.pack(">II", 1 << 20, 1 << 20))
        outcome = self.score()
        self.assertEqual((outcome.scored, outcome.bad), (7, 5))
        rows = {row["path"]: row for row in self.rows()}
        words = {
            "empty.jpg": "no bytes", "large.png": "PNG", "link.jpg": "No such file", "pipe.jpg": "regular",
            "text.png": "JPEG or PNG"}
        self.assertEqual(sorted(rows), sorted(["caf\\xe9.JPG", "fine.jpeg", *words]))
        self.assertEqual(rows["caf\\xe9.JPG"]["path_bytes"], name)
        self.assertEqual(rows["caf\\xe9.JPG"]["score"], rows["fine.jpeg"]["score"])
        for path, word in words.items():
            self.assertIn(word, rows[path]["error"])
            self.assertIsNone(rows[path]["index"])

    def test_actors_that_are_killed_lose_and_double_nothing(self):
        self.kill(300, 2)

    def test_a_job_that_is_interrupted_goes_on(self):
        self.fill(300)
        process = subprocess.Popen(self.command(SLOW_MODEL), stderr=subprocess.PIPE, text=True, start_new_session=True)
        with process.stderr:
            for line in process.stderr:
                if " of 300 pictures" in line:
                    os.killpg(process.pid, signal.SIGKILL)
                    break
        process.wait()
        self.assertFalse(self.output.exists())
        kept = {path: path.read_bytes() for path in self.parts.glob("part-*.parquet")}
        done = sum(pyarrow.parquet.read_metadata(path).num_rows for path in kept)
        self.assertGreater(done, 0)
        with self.assertRaisesRegex(deeper.DeeperError, r"another job \(other top\)"):
            self.score(SLOW_MODEL, top=3)
        with self.assertRaisesRegex(deeper.DeeperError, r"another job \(other digest\)"):
            self.score(MODEL)
        self.assertEqual({path: path.read_bytes() for path in self.parts.glob("part-*.parquet")}, kept)
        outcome = self.score(SLOW_MODEL)
        self.assertEqual((outcome.scored, outcome.resumed, outcome.bad), (300 - done, done, 1))
        self.check(SLOW_MODEL, 300)

    def test_a_cluster_that_runs_is_used(self):
        self.fill(8)
        address = ray.get_runtime_context().gcs_address
        environment = {key: value for key, value in os.environ.items() if key != "RAY_ADDRESS"}
        for options, more in ((["--address", address], {}), ([], {"RAY_ADDRESS": address})):
            done = subprocess.run(
                self.command(MODEL, "--json", *options), env=environment | more, capture_output=True, text=True)
            self.assertEqual((done.returncode, json.loads(done.stdout)["scored"]), (0, 8), done.stderr)
            self.check(MODEL, 8)

    def test_a_fault_of_the_machine_is_no_row(self):
        self.fill(40)
        # Reading it is an input/output error.
        (self.pictures / "zz.jpg").symlink_to("/proc/self/mem")
        with self.assertRaisesRegex(deeper.DeeperError, "^zz.jpg: .*Input/output error") as caught:
            self.score()
        self.assertEqual(caught.exception.code, "internal_fault")
        self.assertFalse(self.output.exists())
        (self.pictures / "zz.jpg").unlink()
        outcome = self.score()
        self.assertGreater(outcome.resumed, 0)
        self.assertEqual(outcome.scored + outcome.resumed, 40)
        self.check(MODEL, 40)

    def test_a_picture_that_always_ends_its_actor_ends_the_job(self):
        self.fill(8)
        (self.pictures / "deadly.jpg").write_bytes(b"")
        with mock.patch.object(_bulk_job, "Scorer", Deadly), mock.patch.object(_bulk_job, "RETRIES", 1):
            with self.assertRaises(deeper.DeeperError) as caught:
                self.score()
        self.assertEqual(caught.exception.code, "internal_fault")


class RefusalTests(JobTests):
    @property
    def job(self):
        return self.pictures, self.output, "--model", MODEL, "--preprocessing", "caffe"

    def status(self, *arguments):
        with contextlib.redirect_stderr(io.StringIO()) as errors, contextlib.redirect_stdout(io.StringIO()) as output:
            try:
                code = scoring.main([str(argument) for argument in arguments])
            except SystemExit as exit:
                code = exit.code
        return code, errors.getvalue() + output.getvalue()

    def refused(self, expected, word, *arguments):
        code, text = self.status(*arguments)
        self.assertEqual((code, word in text), (expected, True), text)
        self.assertFalse(self.output.exists())

    def test_exit_codes(self):
        begin, damaged = (self.pictures, self.output, "--model"), self.folder / "damaged.onnx"
        damaged.write_bytes(MODEL.read_bytes()[:1000])
        self.refused(66, "/no/folder", "/no/folder", self.output, "--model", MODEL)
        self.refused(66, "/no/model.onnx", *begin, "/no/model.onnx")
        self.refused(66, "/no/such", self.pictures, "/no/such/scores.parquet", *self.job[2:])
        self.refused(65, "damaged.onnx", *begin, damaged)
        self.refused(65, "preprocessing", *begin, MODEL)
        # It wants one channel, and this preset gives three.
        self.refused(65, "Input3", *begin, MODELS / "mnist-8.onnx", "--preprocessing", "caffe")
        self.refused(65, "torchvision", *begin, MODEL, "--preprocessing", "none")
        self.refused(65, "folder", self.pictures, self.folder, "--model", MODEL, "--preprocessing", "caffe")
        self.refused(64, "at least 1", *begin, MODEL, "--actors", "0")
        self.refused(64, "--top", *begin, MODEL, "--top", "many")
        self.refused(64, "--model", self.pictures, self.output)
        self.assertFalse(ray.is_initialized())

    def test_an_empty_folder_gives_no_rows(self):
        code, text = self.status(*self.job, "--json")
        self.assertEqual((code, json.loads(text)["rows"], self.rows()), (0, 0, []))

    def test_a_cluster_decides_on_its_own_cpus(self):
        for address, environment, expected in (
            (None, {}, ("local", 2)), ("head:6379", {}, ("head:6379", None)),
            (None, {"RAY_ADDRESS": "head:6379"}, (None, None)),
        ):
            with mock.patch.dict(os.environ, environment), mock.patch("ray.init") as init:
                _bulk_job.start(2, address)
            self.assertEqual((init.call_args.kwargs["address"], init.call_args.kwargs.get("num_cpus")), expected)

    def test_one_job_an_output(self):
        self.parts.mkdir()
        handle = os.open(self.parts, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        self.refused(65, "another job", *self.job)
        os.close(handle)
        self.assertEqual(self.status(*self.job)[0], 0)

    def test_parts_that_are_no_job_are_left_alone(self):
        self.parts.mkdir()
        (self.parts / "part-00000000.parquet").write_bytes(b"")
        self.refused(65, "unknown job", *self.job)
        (self.parts / "job.json").write_text("{")
        self.refused(65, "cannot be read", *self.job)

    def test_folders_that_cannot_be_listed_are_rows(self):
        (self.pictures / "closed").mkdir()
        scandir = os.scandir

        def refusing(path):
            if isinstance(path, bytes) and path.endswith(b"closed"):
                raise PermissionError(errno.EACCES, "Permission denied", path)
            return scandir(path)

        with mock.patch("os.scandir", refusing):
            self.assertEqual(self.status(*self.job)[0], 0)
        [row] = self.rows()
        self.assertEqual((row["path"], "Permission denied" in row["error"]), ("closed", True))

    def test_whose_fault_it_is(self):
        photograph = sorted(PHOTOGRAPHS.glob("*.JPEG"))[0]
        (self.pictures / "one.jpg").write_bytes(photograph.read_bytes())
        options = {"preprocessing": "caffe", "top": 1, "algorithm": "auto"}
        scorer = _bulk_scorer.Scorer(str(self.pictures), str(MODEL), **options)

        def row(fault, lasting=False):
            """What becomes of the picture if it, and afterwards the sound one too, meets this fault."""
            effect = [fault, fault if lasting else []]
            with mock.patch.object(scorer, "classify", side_effect=effect):
                return scorer.row(b"one.jpg")

        self.assertEqual(row(deeper.DeeperError("invalid_input", "odd"))["error"], "odd")
        for fault in (
            deeper.DeeperError("limit_exceeded", "the system refused 1000 bytes of memory"),
            deeper.DeeperError("invalid_input", "JPEG: Insufficient memory (case 4)"),
            deeper.DeeperError("internal_fault", "a defect"),
            MemoryError(),
        ):
            with self.assertRaises(type(fault)):
                row(fault)
        with self.assertRaises(deeper.DeeperError):
            row(deeper.DeeperError("invalid_input", "odd"), lasting=True)
        self.assertIn("No such file", scorer.row(b"gone.jpg")["error"])
        (self.pictures / "one.jpg").unlink()
        with self.assertRaisesRegex(deeper.DeeperError, "gone.jpg"):
            scorer.row(b"gone.jpg")
        with self.assertRaisesRegex(deeper.DeeperError, "not the file"):
            _bulk_scorer.Scorer(str(self.pictures), str(MODEL), digest="0", **options)


@unittest.skipUnless(MANY, "the long run: set DEEPER_RAY_PICTURES=2000")
class ManyPicturesTests(JobTests):
    ENGINE = """
import sys, time, pathlib, deeper
model = deeper.load(sys.argv[1], concurrent_calls=1, sets_blas_threads=True)
files = sorted(pathlib.Path(sys.argv[2]).rglob("*.jpg"))[int(sys.argv[3])::2]
model.classify(files[1].read_bytes(), preprocessing="caffe")
start = time.monotonic()
for file in files:
    try:
        model.classify(file.read_bytes(), preprocessing="caffe")
    except deeper.DeeperError:
        pass
print(time.monotonic() - start)
"""

    def test_killed_actors_and_the_rate(self):
        print(self.kill(MANY, 3), flush=True)
        for number in range(int(os.environ.get("ROUNDS", 3))):
            # In turns, and each first every other time.
            ways = [self.engines, self.actors]
            rates = {way: way() for way in (ways if number % 2 else ways[::-1])}
            (alone, alone_total), (steady, total) = rates[self.engines], rates[self.actors]
            print(
                f"two engines {alone:.1f} pictures a second ({alone_total:.1f} with their start), Ray {steady:.1f} "
                f"({total:.1f} with its start): {steady / alone:.1%} ({total / alone_total:.1%})", flush=True)

    def engines(self):
        """Pictures a second of two processes with half of the pictures each: at work, and with their start."""
        begin = time.monotonic()
        command = [sys.executable, "-c", self.ENGINE, SLOW_MODEL, self.pictures]
        running = [subprocess.Popen([*command, str(half)], stdout=subprocess.PIPE, text=True) for half in (0, 1)]
        slowest = max(float(engine.communicate()[0]) for engine in running)
        return MANY / slowest, MANY / (time.monotonic() - begin)

    def actors(self):
        """The same for two actors: from the first portion of pictures on, and with Ray's start."""
        begin = time.monotonic()
        process = subprocess.Popen(
            self.command(SLOW_MODEL), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        marks = [(time.monotonic(), done) for done in self.progress(process, MANY)]
        (first, before), (last, after) = marks[0], marks[-1]
        # Of the other actor's first portion, all may have been done by then.
        return (after - before - _bulk_job.MOST_AT_ONCE) / (last - first), MANY / (time.monotonic() - begin)


if __name__ == "__main__":
    unittest.main()
