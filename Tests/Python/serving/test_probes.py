"""Part of serving_tests.py: health probes while large requests are read and answered."""

import tempfile
import threading
import time
import unittest

import grpc
import numpy

import grpc_calls
from deeper_server import DeeperServer, deeper_file
from models import small, wide
from requests_oip import body_binary, body_json
from wire import Connection, head

# Almost as large as a request may be.
BYTES = 60 << 20
# A probe waits for a time slice of two busy cores at most, not for a request.
LONGEST_SECONDS = 1
FORM = "Content-Type: multipart/form-data; boundary=xx"
HEADERS = b'--xx\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'


class ProbeTests(unittest.TestCase):
    """Work that grows with a request is done on threads that no probe needs."""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        server = DeeperServer(deeper_file(), [small(folder), wide(folder)], "--max-batch", 1)
        cls.server = cls.enterClassContext(server).wait_until_ready()
        cls.values = numpy.random.default_rng(1).random((1, 3, 2048, 2048), numpy.float32)

    def post(self, path, body, *lines):
        """Sends a request twice at once; gives the statuses."""
        def send(statuses):
            with Connection(self.server.http, seconds=60) as connection:
                connection.send(head(path, len(body), *lines))
                connection.send(body)
                statuses.append(connection.answer()[0])

        return self.twice(send)

    def twice(self, send):
        """Calls send twice at once and asks for the server's health meanwhile; gives what was appended."""
        found, waits = [], []
        threads = [threading.Thread(target=send, args=(found,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        with Connection(self.server.http, seconds=60) as probe:
            while any(thread.is_alive() for thread in threads):
                begin = time.monotonic()
                probe.send(head("/v2/health/live", 0, method="GET"))
                status = probe.answer()[0]
                waits.append(time.monotonic() - begin)
                self.assertEqual(200, status)
                time.sleep(0.01)
        self.assertEqual(2, len(found))
        self.assertLess(max(waits), LONGEST_SECONDS, f"{len(waits)} probes")
        return set(found)

    def test_a_form_that_looks_like_boundaries_everywhere(self):
        for filling in (b"\r\n--x", b"\r", b"--"):
            body = HEADERS + filling * (BYTES // len(filling)) + b"\r\n--xx--\r\n"
            self.assertLessEqual(self.post("/v2/models/small/classify", body, FORM), {400, 415})

    def test_a_form_of_nothing_but_parts_or_headers(self):
        for body in (b"--xx\r\n\r\n\r\n" * (BYTES // 10), b"--xx\r\n" + b"a: b\r\n" * (BYTES // 6)):
            self.assertEqual({400}, self.post("/v2/models/small/classify", body, FORM))

    def test_classification_of_a_huge_output(self):
        body, line = body_binary(self.values, outputs=[{"name": "relu", "parameters": {"classification": 65536}}])
        self.assertEqual({200}, self.post("/v2/models/wide/infer", body, line))

    def test_huge_tensors(self):
        body, line = body_binary(self.values, outputs=[{"name": "relu", "parameters": {"binary_data": True}}])
        self.assertEqual({200}, self.post("/v2/models/wide/infer", body, line))

    def test_huge_texts(self):
        body = body_json(self.values[:, :, :400])
        self.assertEqual({400}, self.post("/v2/models/wide/infer", body))
        self.assertLessEqual(
            self.post("/v2/repository/index", b'{"ready": false, "x": [' + b"[0]," * 250_000 + b"0]}"), {200, 400})

    def test_huge_messages(self):
        for raw in (True, False):
            request = grpc_calls.infer_request(self.values, raw=raw, model="wide", outputs=(("relu", 65536),))

            def send(codes, request=request):
                answer = grpc_calls.call(self.server, "ModelInfer", request, timeout=60)
                codes.append(answer.code() if isinstance(answer, grpc.RpcError) else grpc.StatusCode.OK)

            self.assertEqual({grpc.StatusCode.OK}, self.twice(send))
