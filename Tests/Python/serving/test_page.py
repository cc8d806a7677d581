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

    def test_fits_a_phone_a_tablet_and_a_desk_in_light_and_dark(self):
        """No width needs sideways scrolling, nothing is wider than the window, and both colour schemes are legible."""
        with browser.Browser() as page:
            page.call("Page.navigate", url=self.address)
            page.wait_for("document.body && document.body.innerText.includes('READY')")
            for scheme in ("light", "dark"):
                page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                for width in (390, 820, 1440):
                    with self.subTest(width=width, scheme=scheme):
                        page.call(
                            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                            mobile=width < 500)
                        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                        wide = page.evaluate(WIDER_THAN_WINDOW)
                        self.assertEqual([], json.loads(wide))
                        self.assertGreater(page.evaluate(LEAST_CONTRAST), 4.5)


# Elements that stick out of the window and do not scroll by themselves.
WIDER_THAN_WINDOW = """
JSON.stringify([...document.querySelectorAll('body *')].filter(element => {
    for (let up = element.parentElement; up; up = up.parentElement)
        if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(up).overflowX)) return false;
    return element.getBoundingClientRect().right > innerWidth + 1;
}).map(element => element.tagName + '.' + element.className))"""

# The least contrast of texts with the background that they are on, as WCAG defines it.
LEAST_CONTRAST = """
(() => {
    const light = color => {
        const [r, g, b] = color.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const parts = text => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    let least = 21;
    for (const element of document.querySelectorAll('body *')) {
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
        if (!own || !element.offsetParent) continue;
        let back = null;
        for (let up = element; up && !back; up = up.parentElement) {
            const color = parts(getComputedStyle(up).backgroundColor);
            if (color[3] === 255) back = color;
        }
        back = back || (matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255]);
        const [a, b] = [light(parts(getComputedStyle(element).color).slice(0, 3)), light(back.slice(0, 3))];
        least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
    }
    return least;
})()"""
