"""Part of serving_tests.py: the page for people at / and the metrics for Prometheus."""

import json
import re
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from tritonclient.grpc import service_pb2

import browser
import grpc_calls
from deeper_server import DeeperServer, Reference, deeper_file
from models import ROOT, small
from requests_oip import body_json
from target import Target
from test_pictures import pictures


class MetricsTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.server = cls.enterClassContext(DeeperServer(deeper_file(), [small(folder)])).wait_until_ready()
        cls.target = Target(cls.server.http, cls.server.grpc)

    def metrics(self):
        for body in (body_json(), b"{"):
            self.target.curl("/v2/models/small/infer", body=body)
        answer = self.target.curl("/metrics")
        self.assertEqual(200, answer["status"])
        self.assertTrue(answer["headers"]["content-type"].startswith("text/plain"), answer["headers"])
        return answer["data"]

    def test_has_samples_of_the_model(self):
        lines = [line for line in self.metrics().decode().splitlines() if line and not line.startswith("#")]
        self.assertTrue(any('model="small"' in line for line in lines), lines[:20])

    def test_has_samples_of_the_process(self):
        samples = dict(
            line.rsplit(" ", 1) for line in self.metrics().decode().splitlines() if line and not line.startswith("#"))
        lines = Path(f"/proc/{self.server.pid}/status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines)
        resident = int(status["VmRSS"].split()[0]) * 1024
        self.assertAlmostEqual(resident, float(samples["process_resident_memory_bytes"]), delta=resident / 4)
        self.assertGreater(float(samples["process_open_fds"]), 5)
        self.assertGreater(float(samples["process_cpu_seconds_total"]), 0)
        self.assertLess(abs(float(samples["process_start_time_seconds"]) - time.time()), 600)
        self.assertEqual(1, float(samples['deeper_connections{protocol="http"}']))
        self.assertEqual(0, float(samples['deeper_connections{protocol="grpc"}']))
        self.assertGreater(float(samples["deeper_held_limit_bytes"]), float(samples["deeper_held_bytes"]))

    def test_dashboard_asks_for_metrics_that_exist(self):
        dashboard = json.loads((ROOT / "integrations" / "grafana" / "dashboard.json").read_text())
        asked = set()
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                asked |= set(re.findall(r"\b(?:deeper|process)_\w+", target["expr"]))
        grpc_calls.call(self.server, "ServerLive", service_pb2.ServerLiveRequest())
        found = set(re.findall(r"^(\w+)", self.metrics().decode(), re.MULTILINE))
        self.assertGreater(len(asked), 10)
        self.assertEqual(set(), asked - found)

    @unittest.skipUnless(shutil.which("promtool"), "no promtool (Debian's package prometheus)")
    def test_promtool_is_content(self):
        result = subprocess.run(["promtool", "check", "metrics"], input=self.metrics(), capture_output=True)
        self.assertEqual((0, b""), (result.returncode, result.stdout + result.stderr))


@unittest.skipUnless(browser.browser_file(), "no Chromium (Debian's package chromium)")
class PageTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(DeeperServer(deeper_file(), [])).wait_until_ready()
        cls.address = f"http://{cls.server.http}/"

    def test_page(self):
        """It shows the models, classifies a dropped picture, and sends requests only to its own server."""
        with browser.Browser() as page:
            page.call("Page.navigate", url=self.address)
            page.wait_for("document.body && document.body.innerText.includes('READY')")
            self.assertIn("builtin", page.evaluate("document.body.innerText"))
            if pictures():
                page.wait_for("document.querySelector('#model').value")
                page.drop(pictures()[0], "#drop")
                best = Reference(deeper_file()).classify(pictures()[0])[0]["label"]
                page.wait_for("document.querySelectorAll('#answer li').length")
                self.assertIn(best, page.evaluate("document.querySelector('#answer li').innerText"))
                self.assertTrue(page.wait_for("document.querySelector('#picture').naturalWidth > 0"))
            outside = [url for url in page.requests if not url.startswith((self.address, f"blob:{self.address}"))]
            self.assertEqual([], [url for url in outside if url != "about:blank"])
            # Browsers ask for an icon of their own accord.
            self.assertEqual([], [text for text in page.errors if "404" not in text])
