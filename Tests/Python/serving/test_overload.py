"""Part of serving_tests.py: a full queue, and SIGTERM in the midst of load."""

import os
import signal
import tempfile
import threading
import time
import unittest

import grpc

import grpc_calls
import mixed_load
from deeper_server import DeeperServer, deeper_file
from models import conformance_models, heavy, small
from requests_oip import body_binary
from wire import Closed, Connection, head

CALLERS = 24


class FullQueueTests(unittest.TestCase):
    """One batch of one row at a time and one request that waits: of many callers most have to be refused."""

    @classmethod
    def setUpClass(cls):
        cls.model = heavy(cls.enterClassContext(tempfile.TemporaryDirectory()))
        options = ["--queue-limit", 1, "--max-batch", 1, "--instances", 1, "--threads", 1]
        server = DeeperServer(deeper_file(), [cls.model], *options)
        cls.server = cls.enterClassContext(server).wait_until_ready()

    def until_refused(self, call):
        """All answers of callers that go on until one of them was refused, or half a minute."""
        answers, refused, end = [], threading.Event(), time.monotonic() + 30

        def work():
            while not refused.is_set() and time.monotonic() < end:
                is_refusal, answer = call()
                answers.append(answer)
                if is_refusal:
                    refused.set()

        threads = [threading.Thread(target=work) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertTrue(refused.is_set(), f"{len(answers)} answers, none refused")
        return answers

    def test_http(self):
        body, line = body_binary(self.model.input_array(), self.model.inputs[0].name)

        def call():
            with Connection(self.server.http) as connection:
                connection.send(head("/v2/models/heavy/infer", len(body), line) + body)
                answer = connection.answer()
            return answer[0] == 503, answer

        for status, headers, data in self.until_refused(call):
            self.assertIn(status, (200, 503), data[:200])
            if status == 503:
                self.assertGreaterEqual(int(headers["retry-after"]), 1)
                self.assertEqual("application/json", headers["content-type"])
                self.assertIn(b'"error"', data)

    def test_grpc(self):
        request = grpc_calls.infer_request(
            self.model.input_array(), self.model.inputs[0].name, model="heavy", outputs=())

        def call():
            answer = grpc_calls.call(self.server, "ModelInfer", request, timeout=60)
            code = answer.code() if isinstance(answer, grpc.RpcError) else grpc.StatusCode.OK
            return code is grpc.StatusCode.UNAVAILABLE, code

        codes = set(self.until_refused(call))
        self.assertLessEqual(codes, {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE})


class SlowClientTests(unittest.TestCase):
    """A client that sends a byte now and then is refused, long before the request could be complete."""

    @classmethod
    def setUpClass(cls):
        cls.model = heavy(cls.enterClassContext(tempfile.TemporaryDirectory()))
        server = DeeperServer(deeper_file(), [cls.model], "--transfer-timeout", 1)
        cls.server = cls.enterClassContext(server).wait_until_ready()

    def check(self, at_once, data):
        end = time.monotonic() + 20
        with Connection(self.server.http) as connection:
            connection.send(at_once)
            try:
                for byte in data:
                    connection.send(bytes([byte]))
                    time.sleep(0.1)
                    self.assertLess(time.monotonic(), end, "the server goes on waiting")
            except Closed:
                return
        self.fail("the server read all of it")

    def test_slow_head(self):
        self.check(b"", head("/v2/models/heavy/infer", 10, "X-Filler: " + "a" * 5000))

    def test_slow_body(self):
        self.check(head("/v2/models/heavy/infer", 5000), b" " * 5000)


class StopTests(unittest.TestCase):
    def test_answers_of_a_server_that_ends_close_their_connection(self):
        with tempfile.TemporaryDirectory() as folder, DeeperServer(
                deeper_file(), [small(folder)], "--drain-delay", 2) as server:
            server.wait_until_ready()
            with Connection(server.http) as connection:
                for ending in (False, True):
                    connection.send(head("/v2/health/live", 0, method="GET"))
                    status, headers, _ = connection.answer()
                    self.assertEqual((200, "close" if ending else None), (status, headers.get("connection")))
                    if not ending:
                        os.kill(server.process.pid, signal.SIGTERM)
                        time.sleep(0.5)
            self.assertEqual(0, server.stop())

    def test_sigterm_under_64_callers_on_kept_connections(self):
        """A client that has sent a request gets its answer; the last one on a connection says that it is the last."""
        with tempfile.TemporaryDirectory() as folder, DeeperServer(deeper_file(), [small(folder)]) as server:
            server.wait_until_ready()
            body, line = body_binary()
            request = head("/v2/models/small/infer", len(body), line) + body
            answered, problems = [], []

            def call():
                try:
                    with Connection(server.http) as connection:
                        while True:
                            connection.send(request)
                            status, headers, _ = connection.answer()
                            answered.append(status)
                            if headers.get("connection") == "close":
                                return
                except (Closed, OSError) as error:
                    problems.append(repr(error))

            callers = [threading.Thread(target=call) for _ in range(64)]
            for caller in callers:
                caller.start()
            time.sleep(1)
            os.kill(server.process.pid, signal.SIGTERM)
            for caller in callers:
                caller.join(30)
            self.assertEqual(0, server.process.wait(30))
            self.assertEqual([], problems)
            self.assertEqual({200}, set(answered))
            self.assertGreater(len(answered), 64)

    def test_a_second_sigterm_ends_the_drain(self):
        with tempfile.TemporaryDirectory() as folder, DeeperServer(
                deeper_file(), [small(folder)], "--drain-timeout", 60, "--transfer-timeout", 60) as server:
            server.wait_until_ready()
            with Connection(server.http) as connection:
                # The server waits for the rest of this request.
                connection.send(head("/v2/models/small/infer", 1000) + b"{")
                time.sleep(0.5)
                os.kill(server.process.pid, signal.SIGTERM)
                time.sleep(1)
                self.assertIsNone(server.process.poll(), "the drain lasts")
                os.kill(server.process.pid, signal.SIGTERM)
                self.assertEqual(0, server.process.wait(5))

    def test_sigterm_under_load_loses_nothing(self):
        """A short mixed load, ended by SIGTERM: no lost request, no wrong bit, exit code 0."""
        with tempfile.TemporaryDirectory() as folder:
            # Memory is judged by the run of ten minutes, not here.
            report = mixed_load.run(deeper_file(), conformance_models(folder), seconds=5, allowed_mib=1 << 20)
        self.assertEqual([], report["problems"], report["remarks"])
        self.assertGreater(report["totals"]["answered"], 20)
