"""Part of serving_tests.py: gRPC clients that are slow, silent or bring more than the server may hold."""

import gzip
import socket
import tempfile
import time
import unittest

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

import grpc_calls
from deeper_server import DeeperServer, deeper_file
from http2 import Closed, HTTP2Client, prefixed
from mixed_load import resident_mib
from models import small, wide

MIB = 1 << 20
STREAM_PATH = "/inference.GRPCInferenceService/ModelStreamInfer"
OK, INVALID_ARGUMENT, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE = 0, 3, 4, 8, 14


class GRPCTimeoutTests(unittest.TestCase):
    """gRPC has the time-outs that HTTP has."""

    @classmethod
    def setUpClass(cls):
        cls.model = small(cls.enterClassContext(tempfile.TemporaryDirectory()))
        server = DeeperServer(deeper_file(), [cls.model], "--transfer-timeout", 1, "--idle-timeout", 3)
        cls.server = cls.enterClassContext(server).wait_until_ready()

    def message(self):
        return prefixed(grpc_calls.infer_request().SerializeToString())

    def test_silent_connection(self):
        """A client that connects and sends nothing is disconnected."""
        host, port = self.server.grpc.rsplit(":", 1)
        begin = time.monotonic()
        with socket.create_connection((host, int(port)), timeout=10) as line:
            while line.recv(1 << 10):
                pass
        self.assertLess(time.monotonic() - begin, 5)

    def test_half_sent_message(self):
        for path in (None, STREAM_PATH):
            with self.subTest(path), HTTP2Client(self.server.grpc) as client:
                stream = client.open(*[path] if path else [])
                client.send(stream, self.message()[:-1])
                begin = time.monotonic()
                self.assertEqual(DEADLINE_EXCEEDED, client.status(stream))
                self.assertLess(time.monotonic() - begin, 5)

    def test_no_message(self):
        with HTTP2Client(self.server.grpc) as client:
            self.assertEqual(DEADLINE_EXCEEDED, client.status(client.open()))

    def test_stream_may_pause_but_not_for_ever(self):
        with HTTP2Client(self.server.grpc) as client:
            stream = client.open(STREAM_PATH)
            for _ in range(2):
                client.send(stream, self.message())
                time.sleep(1.5)
            client.receive()
            self.assertNotIn(stream, client.ended)
            self.assertEqual(UNAVAILABLE, client.status(stream))
            self.assertGreater(len(client.data[stream]), 0)

    def test_answer_that_nobody_reads(self):
        """Windows of one byte: the answer cannot leave, and the call ends."""
        with HTTP2Client(self.server.grpc, window=1) as client:
            stream = client.open()
            client.send(stream, self.message(), end=True)
            begin = time.monotonic()
            self.assertIsNone(client.status(stream))
            self.assertLess(time.monotonic() - begin, 5)

    def test_others_are_answered_meanwhile(self):
        self.assertEqual("small", grpc_calls.call(self.server, "ModelInfer", grpc_calls.infer_request()).model_name)


class GRPCMemoryTests(unittest.TestCase):
    """Unfinished messages count as soon as they come."""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        options = ["--max-body-bytes", 32 * MIB, "--max-pending-bytes", 128 * MIB, "--max-batch", 1]
        server = DeeperServer(deeper_file(), [small(folder), wide(folder)], *options)
        cls.server = cls.enterClassContext(server).wait_until_ready()

    def test_message_over_the_limit(self):
        with HTTP2Client(self.server.grpc) as client:
            stream = client.open()
            client.send(stream, prefixed(b"x", length=32 * MIB + 1))
            self.assertEqual(RESOURCE_EXHAUSTED, client.status(stream))
            self.assertIn("more than", client.headers[stream]["grpc-message"])

    def test_message_over_the_limit_of_a_real_client(self):
        request = grpc_calls.infer_request()
        request.raw_input_contents[0] = bytes(33 * MIB)
        error = grpc_calls.call(self.server, "ModelInfer", request)
        self.assertEqual(grpc.StatusCode.RESOURCE_EXHAUSTED, error.code())

    def test_truncated_compressed_message(self):
        """The transport would inflate it for ever."""
        message = gzip.compress(grpc_calls.infer_request().SerializeToString())
        for data, status in ((message, OK), (message[:-1], INVALID_ARGUMENT), (b"\x1f", INVALID_ARGUMENT)):
            with HTTP2Client(self.server.grpc) as client:
                stream = client.open(**{"grpc-encoding": "gzip", "grpc-accept-encoding": "gzip"})
                client.send(stream, b"\1" + prefixed(data)[1:], end=True)
                self.assertEqual(status, client.status(stream), data[:4])

    def test_compression_bomb(self):
        """It is inflated up to the limit, not by the transport, and counts."""
        bomb = gzip.compress(bytes(64 * MIB))
        before = resident_mib(self.server.pid)
        with HTTP2Client(self.server.grpc) as client:
            stream = client.open(STREAM_PATH, **{"grpc-encoding": "gzip"})
            for _ in range(20):
                client.send(stream, b"\1" + prefixed(bomb)[1:])
            client.send(stream, b"", end=True)
            self.assertEqual(OK, client.status(stream))
            self.assertIn(b"33554432", client.data[stream])
        self.assertLess(resident_mib(self.server.pid) - before, 256)

    def test_message_of_empty_parts(self):
        """Two bytes each, which take a hundred when they are decoded."""
        before = resident_mib(self.server.pid)
        with HTTP2Client(self.server.grpc) as client:
            stream = client.open()
            client.send(stream, prefixed(b"\x2a\0" * (14 * MIB)), end=True)
            self.assertEqual(INVALID_ARGUMENT, client.status(stream))
        self.assertLess(resident_mib(self.server.pid) - before, 160)

    def test_long_name_in_an_error(self):
        """Names may have characters of any number of bytes; what is repeated of them has to fit into a frame."""
        name = "e" + "\u0301" * 1500
        with grpc_calls.channel(self.server.grpc) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            for _ in range(2):
                with self.assertRaises(grpc.RpcError) as caught:
                    stub.ModelMetadata(service_pb2.ModelMetadataRequest(name=name), timeout=10)
                self.assertEqual(grpc.StatusCode.NOT_FOUND, caught.exception.code())

    def test_large_message_to_a_small_method(self):
        error = grpc_calls.call(self.server, "ModelMetadata", service_pb2.ModelMetadataRequest(name="x" * MIB))
        self.assertEqual(grpc.StatusCode.RESOURCE_EXHAUSTED, error.code())

    def test_unfinished_messages(self):
        """12 connections with 8 unfinished messages of 30 MiB, 2.9 GB in all; the server may hold 128 MiB of them."""
        before, statuses, clients = resident_mib(self.server.pid), [], []
        part = bytes(6 * MIB)
        try:
            for _ in range(12):
                client = HTTP2Client(self.server.grpc)
                clients.append(client)
                for _ in range(8):
                    stream = client.open()
                    client.send(stream, prefixed(b"", length=31 * MIB))
                    for _ in range(5):
                        client.send(stream, part)
                    if stream in client.ended:
                        statuses.append(client.status(stream))
            grown = resident_mib(self.server.pid) - before
            # Nothing is left for requests, but probes are answered.
            self.assertTrue(grpc_calls.call(self.server, "ServerLive", service_pb2.ServerLiveRequest()).live)
            self.assertGreater(statuses.count(RESOURCE_EXHAUSTED), 80, statuses)
            self.assertLess(grown, 256)
            # A client that disconnects frees its memory.
        finally:
            for client in clients:
                client.close()
        for _ in range(50):
            answer = grpc_calls.call(self.server, "ModelInfer", grpc_calls.infer_request())
            if not isinstance(answer, grpc.RpcError):
                break
            time.sleep(0.1)
        self.assertEqual("small", answer.model_name)
