"""Good and bad clients at once, for minutes, against `deeper serve`; then SIGTERM in the midst of it.

Prints a report as JSON. Fails if the server died, an answer had other bits than `deeper run` gives, a request that the
server had taken stayed without an answer, a request had not exactly one outcome, or memory grew after the first minute
(the first quarter of a shorter run) by more than --allow-mib.
"""

import json
import re
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import bad_clients
import good_clients
from arguments import Parser
from deeper_server import DeeperServer, Reference, deeper_file
from models import conformance_models
from processes import ServerError
from wire import Request

BODY_LIMIT = 4 << 20
OUTCOMES = ("answered", "refused", "closed", "wrong", "lost")
OPTIONS = ["--max-body-bytes", BODY_LIMIT, "--transfer-timeout", 5, "--queue-limit", 64]


def resident_mib(pid):
    """None once the process is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    return int(found[1]) / 1024 if found else None


def prepare(reference, models):
    """Some requests of each model, batches 1 to 3, with their answers."""
    requests = []
    for model in models:
        for seed, batch in enumerate((1, 2, 3) if model.name != "squeezenet" else (1,)):
            array = model.input_array(batch, seed)
            requests.append(Request(model, array, reference.run(model, array)))
    return requests


def start_clients(load, requests):
    for number in range(3):
        turned = requests[number:] + requests[:number]
        load.start(good_clients.keep_alive, turned)
        load.start(good_clients.one_shot, turned)
        load.start(good_clients.grpc_calls, turned, load.channel())
    shared = load.channel()
    for _ in range(4):
        load.start(good_clients.grpc_calls, requests, shared)
    load.start(bad_clients.malformed)
    load.start(bad_clients.oversized, BODY_LIMIT)
    for client in (bad_clients.slow_head, bad_clients.slow_body):
        load.start(client)
        load.start(client)
    for client in (bad_clients.leaving_in_the_body, bad_clients.leaving_before_the_answer, bad_clients.slow_reader):
        load.start(client, requests)


def growth_mib(samples):
    """How much the median of the last quarter is above that of the time after the start."""
    start = min(60, len(samples) // 4)
    rest = samples[start:]
    part = max(1, min(60, len(rest) // 4))
    return statistics.median(rest[-part:]) - statistics.median(rest[:part]) if rest else 0.0


def run(deeper, models, seconds, allowed_mib=32):
    """The report; its `problems` are empty if all went well."""
    requests = prepare(Reference(deeper), models)
    with DeeperServer(deeper, models, *OPTIONS) as server:
        server.wait_until_ready()
        load = good_clients.Load(server.http, server.grpc)
        start_clients(load, requests)
        samples, end = [], time.monotonic() + seconds
        while time.monotonic() < end and server.process.poll() is None:
            time.sleep(1)
            samples.append(resident_mib(server.pid))
        died = server.process.poll() is not None
        samples = [each for each in samples if each is not None]
        load.stopping.set()
        if not died:
            server.process.send_signal(signal.SIGTERM)
        stop_begun = time.monotonic()
        try:
            code = server.process.wait(60)
        except Exception:
            code = None
        stop_seconds = time.monotonic() - stop_begun
        hanging = load.finish()
        last_lines = server.lines[-5:]
    counts = dict(sorted(load.counts.items()))
    totals = {what: load.total(what, good_clients.KINDS) for what in ("sent", *OUTCOMES, "unconnected")}
    outcomes = sum(totals[what] for what in OUTCOMES)
    problems = [f"{load.total(what)} {what}" for what in ("wrong", "lost", "broke") if load.total(what)]
    problems += [f"{outcomes} outcomes of {totals['sent']} requests"] if outcomes != totals["sent"] else []
    grown = growth_mib(samples)
    problems += [f"the server died with {code}: {last_lines}"] if died else []
    problems += [f"SIGTERM ended with {code}"] if not died and code != 0 else []
    problems += [f"{hanging} clients hang"] if hanging else []
    problems += [f"memory grew by {grown:.1f} MiB"] if grown > allowed_mib else []
    problems += ["nothing was answered"] if not totals["answered"] else []
    return {
        "seconds": seconds, "totals": totals, "counts": counts, "problems": problems, "remarks": load.remarks,
        "stop_seconds": round(stop_seconds, 2), "exit_code": code, "growth_mib": round(grown, 1),
        "resident_mib": [round(each, 1) for each in samples],
    }


def main():
    parser = Parser(__doc__)
    parser.add_argument("--deeper", help="default: DEEPER, or .build/release/deeper")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--allow-mib", type=float, default=32)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the report there")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            models = conformance_models(folder)
            report = run(deeper_file(arguments.deeper), models, arguments.seconds, arguments.allow_mib)
    except (OSError, ServerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 66
    text = json.dumps(report, indent=1)
    if arguments.json:
        arguments.json.write_text(text + "\n")
    print(text)
    return 1 if report["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
