"""Part of serving_tests.py: the OpenAPI document against the server, by schemathesis."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from deeper_server import DeeperServer, deeper_file
from models import small
from target import Target

PARAMETERS = """[parameters]
"path.model" = "small"
"path.version" = "1"
"""


class OpenAPITests(unittest.TestCase):
    """Requests made from the document, well formed and not: no fault of the server's, no answer of another form."""

    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        self.server = self.enterContext(DeeperServer(deeper_file(), [small(self.folder)])).wait_until_ready()

    def check(self, *options):
        # A document cannot say which bytes are a picture, or which shapes a model takes.
        result = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", f"http://{self.server.http}/openapi.json", "--checks",
             "all", "--exclude-checks", "positive_data_acceptance", "--max-examples", "6", "--seed", "1",
             "--generation-database", "none", "--no-color", *options],
            capture_output=True, text=True, timeout=300, cwd=self.folder)
        self.assertEqual(0, result.returncode, result.stdout[-6000:] + result.stderr[-2000:])
        self.assertTrue(self.server.ready())

    def test_version(self):
        self.assertEqual("3.1.0", Target(self.server.http, None).curl("/openapi.json")["json"]["openapi"])

    def test_any_names(self):
        self.check()

    def test_names_that_exist(self):
        (Path(self.folder) / "schemathesis.toml").write_text(PARAMETERS)
        self.check("--exclude-operation-id", "unload")
