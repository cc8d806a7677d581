"""MLPerf's load generator in front of a server: SingleStream, Server and Offline over HTTP with bytes.

Results are its own summaries, written to --output; the line that says what counts is printed as JSON. The runs are
shorter than MLPerf's rules ask for, which a submission would have to follow.
"""

import json
import queue
import re
import sys
import threading
from pathlib import Path

import mlperf_loadgen

from prepared import Parser, add_arguments, http_request, model_of
from wire import Connection

SAMPLES = 16
FIGURES = {
    "SingleStream": r"90.0th percentile latency \(ns\)\s*:\s*([\d.]+)|90th percentile latency \(ns\)\s*:\s*([\d.]+)",
    "Server": r"Completed samples per second\s*:\s*([\d.]+)",
    "Offline": r"Samples per second\s*:\s*([\d.]+)",
}


class Client:
    """Threads with a connection each, which take queries off a list."""

    def __init__(self, address, requests, connections):
        self.requests, self.waiting, self.failed = requests, queue.SimpleQueue(), []
        self.threads = [threading.Thread(target=self._work, args=(address,), daemon=True) for _ in range(connections)]
        for thread in self.threads:
            thread.start()

    def _work(self, address):
        with Connection(address, 120) as line:
            while (sample := self.waiting.get()) is not None:
                line.send(self.requests[sample.index])
                status, _, _ = line.answer()
                if status != 200:
                    self.failed.append(status)
                mlperf_loadgen.QuerySamplesComplete([mlperf_loadgen.QuerySampleResponse(sample.id, 0, 0)])

    def issue(self, samples):
        for sample in samples:
            self.waiting.put(sample)

    def close(self):
        for _ in self.threads:
            self.waiting.put(None)
        for thread in self.threads:
            thread.join(10)


def settings_of(scenario, seconds, rate, latency_ms):
    settings = mlperf_loadgen.TestSettings()
    settings.scenario = getattr(mlperf_loadgen.TestScenario, scenario)
    settings.mode = mlperf_loadgen.TestMode.PerformanceOnly
    settings.min_duration_ms = int(seconds * 1000)
    settings.min_query_count = 1 if scenario == "Offline" else 100
    settings.server_target_qps = settings.offline_expected_qps = rate
    settings.server_target_latency_ns = int(latency_ms * 1e6)
    return settings


def run(scenario, address, requests, connections, seconds, rate, latency_ms, folder):
    """The figures of the summary."""
    client = Client(address, requests, 1 if scenario == "SingleStream" else connections)
    folder.mkdir(parents=True, exist_ok=True)
    output = mlperf_loadgen.LogOutputSettings()
    output.outdir, output.copy_summary_to_stdout = str(folder), False
    log = mlperf_loadgen.LogSettings()
    log.log_output, log.enable_trace = output, False
    system = mlperf_loadgen.ConstructSUT(client.issue, lambda: None)
    library = mlperf_loadgen.ConstructQSL(len(requests), len(requests), lambda _: None, lambda _: None)
    settings = settings_of(scenario, seconds, rate, latency_ms)
    mlperf_loadgen.StartTestWithLogSettings(system, library, settings, log)
    mlperf_loadgen.DestroyQSL(library)
    mlperf_loadgen.DestroySUT(system)
    client.close()
    text = (folder / "mlperf_log_summary.txt").read_text()
    found = re.search(FIGURES[scenario], text)
    percentiles = dict(re.findall(r"([\d.]+) percentile latency \(ns\)\s*:\s*(\d+)", text))
    return {
        "scenario": scenario, "figure": float(next(filter(None, found.groups()))) if found else None,
        "valid": "Result is : VALID" in text, "failed": len(client.failed),
        "percentiles_ms": {name: int(value) / 1e6 for name, value in percentiles.items()},
    }


def main():
    parser = Parser(__doc__)
    add_arguments(parser)
    parser.add_argument("--scenario", choices=list(FIGURES), action="append", help="default: all")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rate", type=float, default=50, help="requests a second of Server, expected ones of Offline")
    parser.add_argument("--latency-ms", type=float, default=100, help="of the 99th percentile of Server")
    parser.add_argument("--output", type=Path, default=Path("build/loadgen"))
    arguments = parser.parse_args()
    model = model_of(arguments)
    requests = [http_request(model, arguments.batch, arguments.json, seed) for seed in range(SAMPLES)]
    reports = [
        run(scenario, arguments.http, requests, arguments.connections, arguments.seconds, arguments.rate,
            arguments.latency_ms, arguments.output / scenario)
        for scenario in arguments.scenario or FIGURES]
    print(json.dumps(reports, indent=1))
    return 1 if any(report["failed"] for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
