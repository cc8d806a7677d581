"""Part of serving_tests.py: who may ask, over which wire, and where the settings come from."""

import json
import shutil
import ssl
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc

import grpc_calls
from deeper_server import DeeperServer, deeper_file
from models import small
from target import Target

INDEX, UNLOAD = "/v2/repository/index", "/v2/repository/models/small/unload"


class TokenTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "token").write_text("s3cret\n")
        (cls.folder / "server.json").write_text(json.dumps({"token-file": str(cls.folder / "token"), "max-batch": 3}))
        options = ["--config", cls.folder / "server.json", "--no-model-control"]
        server = DeeperServer(deeper_file(), [small(cls.folder)], *options)
        cls.server = cls.enterClassContext(server).wait_until_ready()
        cls.target = Target(cls.server.http, cls.server.grpc)

    def test_token(self):
        """Health and the bare page are open, all else is not."""
        for path in ("/v2/health/live", "/v2/health/ready", "/", "/status.js"):
            self.assertEqual(200, self.target.curl(path)["status"], path)
        for path in ("/v2", "/v2/models/small", "/metrics", INDEX):
            answer = self.target.curl(path)
            self.assertEqual((401, "Bearer"), (answer["status"], answer["headers"]["www-authenticate"]), path)
            for wrong in ("s3cre", "s3crets", ""):
                self.assertEqual(401, self.target.curl(path, headers=[f"Authorization: Bearer {wrong}"])["status"])
            self.assertEqual(200, self.target.curl(path, headers=["Authorization: Bearer s3cret"])["status"], path)

    def test_grpc_token(self):
        self.assertTrue(grpc_calls.call(self.target, "ServerReady", service_pb2.ServerReadyRequest()).ready)
        message = service_pb2.ServerMetadataRequest()
        refusal = grpc_calls.call(self.target, "ServerMetadata", message)
        self.assertEqual(grpc.StatusCode.UNAUTHENTICATED, refusal.code())
        right = [("authorization", "Bearer s3cret")]
        self.assertEqual("deeper", grpc_calls.call(self.target, "ServerMetadata", message, metadata=right).name)

    def test_file_is_read(self):
        answer = self.target.curl("/v2/models/small/config", headers=["Authorization: Bearer s3cret"])
        self.assertEqual(3, answer["json"]["max_batch_size"])

    def test_no_model_control(self):
        answer = self.target.curl(UNLOAD, body=b"{}", headers=["Authorization: Bearer s3cret"])
        self.assertEqual(403, answer["status"])
        self.assertEqual(200, self.target.curl("/v2/health/ready")["status"])


class OriginTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.server = cls.enterClassContext(DeeperServer(deeper_file(), [small(folder)])).wait_until_ready()
        cls.target = Target(cls.server.http, cls.server.grpc)

    def test_foreign_pages_change_nothing(self):
        for origin in ("http://evil.example", "null", f"http://{self.server.http}0"):
            answer = self.target.curl(UNLOAD, body=b"{}", headers=[f"Origin: {origin}"])
            self.assertEqual(403, answer["status"], origin)
        self.assertEqual("READY", self.target.curl(INDEX, body=b"")["json"][0]["state"])
        own = self.target.curl(UNLOAD, body=b"{}", headers=[f"Origin: http://{self.server.http}"])
        self.assertEqual(200, own["status"])


@unittest.skipUnless(shutil.which("openssl"), "no openssl to make a certificate with")
class TLSTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.certificate, key = cls.folder / "certificate.pem", cls.folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key),
             "-out", str(cls.certificate)], check=True, capture_output=True)
        server = DeeperServer(
            deeper_file(), [small(cls.folder)], "--certificate", cls.certificate, "--private-key", key)
        cls.server = cls.enterClassContext(server)
        cls.server.wait_until(lambda: cls.server.https and cls.server.grpc, "did not say where it listens")

    def test_https(self):
        context = ssl.create_default_context(cafile=str(self.certificate))
        with urllib.request.urlopen(f"https://{self.server.https}/v2/health/ready", context=context, timeout=10) as it:
            self.assertEqual(200, it.status)

    def test_plain_text_is_refused(self):
        with self.assertRaises((urllib.error.URLError, ConnectionError)):
            urllib.request.urlopen(f"http://{self.server.https}/v2/health/ready", timeout=10)

    def test_grpc(self):
        roots = grpc.ssl_channel_credentials(self.certificate.read_bytes())
        with grpc.secure_channel(self.server.grpc, roots) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            self.assertTrue(stub.ServerReady(service_pb2.ServerReadyRequest(), timeout=10).ready)
