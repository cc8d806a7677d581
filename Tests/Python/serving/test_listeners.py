"""Part of serving_tests.py: sockets and ports, what happens when they run out, and heads that proxies read otherwise."""

import json
import os
import socket
import struct
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import grpc_calls
from deeper_server import DeeperServer, deeper_file
from models import small
from target import Target
from wire import Closed, Connection, head
from tritonclient.grpc import service_pb2

RST = struct.pack("ii", 1, 0)


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class HealthPortTests(unittest.TestCase):
    """A port for probes stays reachable when the connections of the other are used up."""

    def test_used_up_connections(self):
        with tempfile.TemporaryDirectory() as folder, DeeperServer(
                deeper_file(), [small(folder)], "--max-connections", 4, "--health-port", 0) as server:
            server.wait_until_ready()
            server.wait_until(lambda: server.health, "did not say where probes are answered")
            hold = [Connection(server.http, seconds=2) for _ in range(8)]
            try:
                time.sleep(0.2)
                with Connection(server.http, seconds=1) as late, self.assertRaises((TimeoutError, Closed)):
                    late.send(head("/v2/health/live", 0, method="GET"))
                    late.answer()
                target = Target(server.health, None)
                for path, status in (("/v2/health/live", 200), ("/v2/health/ready", 200), ("/metrics", 200), ("/v2", 404)):
                    self.assertEqual(status, target.curl(path)["status"], path)
            finally:
                for each in hold:
                    each.socket.close()
            self.assertTrue(server.ready())


class SocketTests(unittest.TestCase):
    def test_unix_socket(self):
        """A stale socket is replaced, one that is in use is not."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "deeper.sock"
            with socket.socket(socket.AF_UNIX) as stale:
                stale.bind(str(path))
            with DeeperServer(deeper_file(), [small(folder)], "--socket", path) as server:
                server.wait_until_ready()
                command = ["curl", "--silent", "--unix-socket", path, "http://localhost/v2/models/small"]
                self.assertEqual("small", json.loads(subprocess.run(command, capture_output=True).stdout)["name"])
                command = [deeper_file(), "serve", "--port", "0", "--grpc-port", "off", "--socket", path]
                result = subprocess.run(command, capture_output=True, text=True, timeout=20)
                self.assertEqual(65, result.returncode)
                self.assertEqual(f"error: unix:{path} cannot be listened on: Address already in use\n", result.stderr)


class DescriptorTests(unittest.TestCase):
    def test_descriptors_run_out(self):
        """Accepting stops and continues, without a busy loop, and the log says so."""
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "deeper"
            script.write_text(f"#!/bin/bash\nulimit -n 120 && exec {deeper_file()} \"$@\"\n")
            script.chmod(0o755)
            with DeeperServer(script, [small(folder)]) as server:
                server.wait_until_ready()
                hold = []
                try:
                    for _ in range(200):
                        hold.append(socket.create_connection(server.http.rsplit(":", 1), timeout=2))
                    time.sleep(0.5)
                    begin = cpu_seconds(server.pid)
                    time.sleep(2)
                    self.assertLess(cpu_seconds(server.pid) - begin, 0.5)
                finally:
                    for each in hold:
                        each.close()
                server.wait_until_ready(10)
                self.assertTrue(grpc_calls.call(server, "ServerReady", service_pb2.ServerReadyRequest()).ready)
                said = [line for line in server.lines if "connections are used" in line]
                self.assertEqual(1, len(said), server.lines[-5:])
                self.assertTrue(any("file descriptors" in line for line in server.lines), server.lines)


class HeadTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        server = DeeperServer(deeper_file(), [small(cls.folder)], "--cors-origins", "https://page.example")
        cls.server = cls.enterClassContext(server).wait_until_ready()
        cls.target = Target(cls.server.http, cls.server.grpc)

    def answer(self, *lines, body=b""):
        with Connection(self.server.http) as connection:
            connection.send("\r\n".join([*lines, "", ""]).encode() + body)
            return connection.answer()

    def test_hosts_and_codings(self):
        get = "GET /v2/health/live HTTP/1.1"
        self.assertEqual(200, self.answer(get, "Host: localhost")[0])
        for lines in ([], ["Host: localhost", "Host: localhost"], ["Host: a b"], ["Host: localhost:x"],
                      ["Host: localhost", "Transfer-Encoding: gzip, chunked"]):
            status, headers, body = self.answer(get, *lines)
            self.assertEqual((400, "close"), (status, headers["connection"]), lines)
            self.assertIn(b"error", body)

    def test_garbage_after_a_request(self):
        """It ends the connection, but does not take the answer from the request."""
        with Connection(self.server.http) as connection:
            body = b"{}"
            connection.send(head("/v2/repository/index", len(body)) + body + b"\0\1 NONSENSE\r\n\r\n")
            status, headers, _ = connection.answer()
            self.assertEqual((200, "close"), (status, headers.get("connection")))

    def test_numbers_beyond_the_type(self):
        for number in ("1e999", "-1e39"):
            entry = f'{{"name":"x","shape":[1,3,4,4],"datatype":"FP32","data":[{number}{",0" * 47}]}}'
            found = self.target.curl("/v2/models/small/infer", body=f'{{"inputs":[{entry}]}}'.encode())
            self.assertEqual(400, found["status"])
            self.assertIn("range", found["json"]["error"])

    def test_load_with_a_configuration(self):
        """Triton takes a model or a configuration with the request; here neither may seem to be taken."""
        body = json.dumps({"parameters": {"config": "{}"}}).encode()
        found = self.target.curl("/v2/repository/models/small/load", body=body)
        self.assertEqual(400, found["status"])
        self.assertIn("config", found["json"]["error"])
        request = service_pb2.RepositoryModelLoadRequest(model_name="small")
        request.parameters["file:1/model.onnx"].bytes_param = b"x"
        self.assertEqual("INVALID_ARGUMENT", grpc_calls.call(self.server, "RepositoryModelLoad", request).code().name)

    def test_a_reset_is_no_error(self):
        """A client that resets its connection within a body is no fault of the server's."""
        before = len(self.server.lines)
        for _ in range(5):
            with Connection(self.server.http) as connection:
                connection.send(head("/v2/models/small/infer", 1000) + b"{")
                time.sleep(0.05)
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        time.sleep(0.3)
        self.assertEqual([], [line for line in self.server.lines[before:] if " error " in line])
        self.assertNotIn('status="500"', self.target.curl("/metrics")["data"].decode())

    def test_cors(self):
        """Pages of origins that are allowed may ask, others may not."""
        path, ask = "/v2/models/small/infer", "Access-Control-Request-Method: POST"
        allowed = self.target.curl(path, method="OPTIONS", headers=["Origin: https://page.example", ask])
        self.assertEqual((204, "https://page.example", "POST"), (
            allowed["status"], allowed["headers"]["access-control-allow-origin"],
            allowed["headers"]["access-control-allow-methods"]))
        other = self.target.curl(path, method="OPTIONS", headers=["Origin: https://other.example", ask])
        self.assertEqual((405, None), (other["status"], other["headers"].get("access-control-allow-origin")))
        for origin, status in (("https://page.example", 400), ("https://other.example", 403)):
            answer = self.target.curl(path, body=b"{}", headers=[f"Origin: {origin}"])
            self.assertEqual(status, answer["status"], origin)
