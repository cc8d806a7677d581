"""Part of serving_tests.py: what changes while a server runs: models, their versions, certificates, logs."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import grpc
import onnx
from onnx import TensorProto, helper
from tritonclient.grpc import service_pb2, service_pb2_grpc

from deeper_server import DeeperServer, deeper_file
from models import small
from target import Target
from wire import Connection, head

SECONDS = 20


def write_constant(path, value):
    """A model that adds `value` to its input."""
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 1]) for name in ("x", "y")]
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1], [value])
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", ports[:1], ports[1:], [weight])
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), temporary)
    temporary.rename(path)


def until(test, condition, what):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    test.fail(what)


class ModelFolderTests(unittest.TestCase):
    """Models and versions that are added, changed and removed."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def serve(self, *options):
        server = DeeperServer(deeper_file(), [], "--model-folder", self.folder, *options)
        self.server = self.enterContext(server).wait_until_ready()
        self.target = Target(self.server.http, self.server.grpc)

    def answer(self, model, version=None):
        """What the model adds; None where there is no such model."""
        path = f"/v2/models/{model}" + (f"/versions/{version}" if version else "") + "/infer"
        body = json.dumps({"inputs": [{"name": "x", "shape": [1, 1], "datatype": "FP32", "data": [0]}]}).encode()
        found = self.target.curl(path, body=body)
        return found["json"]["outputs"][0]["data"][0] if found["status"] == 200 else None

    def index(self):
        found = self.target.curl("/v2/repository/index", body=b"{}")["json"]
        return sorted((each["name"], each.get("version")) for each in found)

    def test_hangup(self):
        write_constant(self.folder / "a" / "1" / "model.onnx", 1)
        write_constant(self.folder / "b" / "1" / "model.onnx", 10)
        self.serve()
        self.assertEqual((1, 10, None), (self.answer("a"), self.answer("b"), self.answer("c")))
        write_constant(self.folder / "a" / "2" / "model.onnx", 2)
        write_constant(self.folder / "c" / "model.onnx", 100)
        shutil.rmtree(self.folder / "b")
        self.assertEqual((1, 10), (self.answer("a"), self.answer("b")))
        os.kill(self.server.pid, signal.SIGHUP)
        until(self, lambda: self.index() == [("a", "1"), ("a", "2"), ("c", "1")], "the models are not taken over")
        self.assertEqual((2, 1, None, 100), (self.answer("a"), self.answer("a", 1), self.answer("b"), self.answer("c")))

    def test_poll(self):
        write_constant(self.folder / "a" / "1" / "model.onnx", 1)
        self.serve("--model-poll", 0.2, "--version-policy", "latest:1")
        write_constant(self.folder / "a" / "2" / "model.onnx", 2)
        until(self, lambda: self.answer("a") == 2, "version 2 is not served")
        self.assertEqual([("a", "2")], self.index())
        write_constant(self.folder / "a" / "2" / "model.onnx", 3)
        until(self, lambda: self.answer("a") == 3, "the changed file is not read")
        # A model that cannot be read says why, and does not make the server unready.
        (self.folder / "bad").mkdir()
        (self.folder / "bad" / "model.onnx").write_bytes(b"nonsense")
        until(self, lambda: ("bad", None) in self.index(), "the model does not appear")
        self.assertTrue(self.server.ready())
        # A changed file that cannot be read leaves the old model.
        (self.folder / "a" / "2" / "model.onnx").write_bytes(b"nonsense")
        until(self, lambda: "".join(self.server.lines).count("model=a") >= 4, "the broken file is not looked at")
        self.assertEqual(3, self.answer("a"))

    def test_no_answer_is_lost(self):
        """SIGHUP under load: every request is answered, by the old model or by the new one."""
        write_constant(self.folder / "a" / "1" / "model.onnx", 1)
        self.serve()
        found, stopping = [], threading.Event()

        def ask():
            while not stopping.is_set():
                found.append(self.answer("a"))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for value in (2, 3, 4):
            write_constant(self.folder / "a" / "1" / "model.onnx", value)
            os.kill(self.server.pid, signal.SIGHUP)
            until(self, lambda: value in found[-4:], f"{value} is not served")
        stopping.set()
        for thread in threads:
            thread.join()
        self.assertLessEqual(set(found), {1, 2, 3, 4})
        self.assertEqual(found[-1], 4)


class CertificateTests(unittest.TestCase):
    """Certificates are read again, and clients' own are checked."""

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def certificate(self, name, host="localhost", signer=None):
        """A key and a certificate; signed by itself or by another one."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                   "-addext", f"subjectAltName=DNS:{host}", "-out", certificate, "-keyout", key]
        if signer:
            command += ["-CA", self.folder / f"{signer}.pem", "-CAkey", self.folder / f"{signer}.key"]
        subprocess.run(command, check=True, capture_output=True)
        return certificate, key

    def serve(self, *options):
        server = DeeperServer(deeper_file(), [small(self.folder)], *options)
        self.server = self.enterContext(server)
        self.server.wait_until(lambda: self.server.https and self.server.grpc, "did not say where it listens")

    def common_name(self, roots, own=None, address=None):
        context = ssl.create_default_context(cafile=roots)
        context.check_hostname = False
        if own:
            context.load_cert_chain(*own)
        host, port = (address or self.server.https).rsplit(":", 1)
        with context.wrap_socket(socket.create_connection((host, int(port)), 5)) as line:
            line.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            data = line.recv(1 << 12)
            return dict(each[0] for each in line.getpeercert()["subject"])["commonName"], data[:15]

    def test_certificates_are_read_again(self):
        first, second = self.certificate("first"), self.certificate("second")
        used = self.folder / "used.pem", self.folder / "used.key"
        for source, target in zip(first, used):
            shutil.copy(source, target)
        self.serve("--certificate", used[0], "--private-key", used[1])
        self.assertEqual(("first", b"HTTP/1.1 200 OK"), self.common_name(first[0]))
        # A key that does not fit leaves the old pair.
        shutil.copy(second[1], used[1])
        os.kill(self.server.pid, signal.SIGHUP)
        until(self, lambda: "does not belong" in "".join(self.server.lines), "the wrong key is not noticed")
        self.assertEqual("first", self.common_name(first[0])[0])
        shutil.copy(second[0], used[0])
        os.kill(self.server.pid, signal.SIGHUP)
        until(self, lambda: "notice reloaded" in "".join(self.server.lines), "the certificate is not taken over")
        self.assertEqual("second", self.common_name(second[0])[0])

    def test_certificate_and_key_that_do_not_belong_together(self):
        first, second = self.certificate("first"), self.certificate("second")
        command = [deeper_file(), "serve", "--port", "0", "--grpc-port", "0", "--certificate", first[0],
                   "--private-key", second[1]]
        result = subprocess.run(command, capture_output=True, text=True, timeout=20)
        self.assertEqual(65, result.returncode)
        self.assertEqual(
            f"error: the private key in {second[1]} does not belong to the certificate in {first[0]}\n", result.stderr)

    def test_clients_certificates(self):
        server, authority = self.certificate("server"), self.certificate("authority")
        client, stranger = self.certificate("client", signer="authority"), self.certificate("stranger")
        self.serve("--certificate", server[0], "--private-key", server[1], "--client-certificates", authority[0])
        self.assertEqual("server", self.common_name(server[0], own=client)[0])
        for own in (None, stranger):
            with self.assertRaises((ssl.SSLError, OSError)):
                # The refusal may come with the first bytes that are read.
                name, data = self.common_name(server[0], own=own)
                raise OSError if not data else AssertionError(f"answered {data}")
        self.grpc_calls(server[0], client, stranger)

    def grpc_calls(self, roots, client, stranger):
        for own, is_welcome in ((client, True), (stranger, False)):
            credentials = grpc.ssl_channel_credentials(
                roots.read_bytes(), own[1].read_bytes(), own[0].read_bytes())
            options = [("grpc.ssl_target_name_override", "localhost")]
            with grpc.secure_channel(self.server.grpc, credentials, options) as channel:
                stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
                try:
                    self.assertTrue(stub.ServerLive(service_pb2.ServerLiveRequest(), timeout=5).live)
                    self.assertTrue(is_welcome)
                except grpc.RpcError:
                    self.assertFalse(is_welcome)


class LogTests(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_access_log(self):
        """A line for every request, under the name that the client gave it or got; moved away, it begins anew."""
        log = self.folder / "access.log"
        server = self.enterContext(DeeperServer(deeper_file(), [small(self.folder)], "--access-log", log))
        target = Target(server.wait_until_ready().http, server.grpc)
        known = target.curl("/v2/models/nothing?x=1", headers=["X-Request-Id: abc-1"])
        self.assertEqual(("abc-1", "abc-1"), (known["headers"]["x-request-id"], known["json"]["request_id"]))
        other = target.curl("/v2", headers=["X-Request-Id: two words"])["headers"]["x-request-id"]
        self.assertRegex(other, "^[0-9a-f]{16}$")

        def lines(file):
            return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

        until(self, lambda: {"abc-1", other} <= {each["request_id"] for each in lines(log)}, "lines are missing")
        line = next(each for each in lines(log) if each["request_id"] == "abc-1")
        self.assertEqual(("GET", "/v2/models/nothing", "404"), (line["method"], line["path"], line["status"]))
        self.assertIn("nothing", line["error"])
        self.assertIn("127.0.0.1", line["client"])
        log.rename(self.folder / "old")
        os.kill(server.pid, signal.SIGHUP)
        until(self, log.exists, "the log is not opened anew")
        target.curl("/v2", headers=["X-Request-Id: after"])
        until(self, lambda: [each["request_id"] for each in lines(log)] == ["after"], "the new log has no line")

    def test_full_log_pipe(self):
        """Nobody reads standard error, and every request is logged: answers come all the same."""
        command = [str(deeper_file()), "serve", "--port", "0", "--grpc-port", "off", "--log-level", "debug",
                   "--model", f"small={small(self.folder).path}"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            address = None
            while not address:
                line = process.stderr.readline()
                self.assertTrue(line)
                if " listening on http://" in line:
                    address = line.strip().split("http://")[1]
            # A pipe holds 64 KiB, a line takes some 150 bytes.
            with Connection(address) as connection:
                for _ in range(2000):
                    connection.send(head("/v2/health/live", 0, method="GET"))
                    self.assertEqual(200, connection.answer()[0])
            process.send_signal(signal.SIGTERM)
            self.assertEqual(0, process.wait(10))
        finally:
            process.kill()
            process.stderr.close()
            process.wait()
