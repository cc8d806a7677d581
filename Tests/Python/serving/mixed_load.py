"""Good and bad clients at once, for minutes, against `deeper serve`; then SIGTERM in the midst of it.

Prints a report as JSON. Fails if the server died, an answer had other bits than `deeper run` gives, a request that the
server had taken stayed without an answer, a request had not exactly one outcome, or memory grew after the first minute
(the first quarter of a shorter run) by more than --allow-mib.

With --hostile, attackers join them after a while (hostile_clients.py). Then it also fails if health probes are slow, the
process takes more memory than it was allowed, or good clients get less than half of the answers that they got before.
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
import hostile_clients
from arguments import Parser
from deeper_server import DeeperServer, Reference, deeper_file
from models import conformance_models, heavy, open_sizes
from processes import ServerError
from wire import Request

BODY_LIMIT = 4 << 20
OUTCOMES = ("answered", "refused", "closed", "wrong", "lost")
OPTIONS = ["--max-body-bytes", BODY_LIMIT, "--transfer-timeout", 5, "--queue-limit", 64]
MEMORY_MIB, CONNECTIONS = 512, 200
HOSTILE_OPTIONS = [
    "--memory-bytes", MEMORY_MIB << 20, "--max-pending-bytes", 128 << 20, "--max-connections", CONNECTIONS,
    "--health-port", 0, "--idle-timeout", 10]
# Seconds in which good clients are undisturbed, to be compared with.
UNDISTURBED = 15
# Of probes, in seconds: of 99 of 100, and of all.
SOON, LATEST = 0.1, 1.0


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


def sample(server, seconds):
    """The server's memory, every second."""
    samples, end = [], time.monotonic() + seconds
    while time.monotonic() < end and server.process.poll() is None:
        time.sleep(1)
        samples.append(resident_mib(server.pid))
    return [each for each in samples if each is not None]


def run(deeper, models, seconds, allowed_mib=32):
    """The report; its `problems` are empty if all went well."""
    requests = prepare(Reference(deeper), models)
    with DeeperServer(deeper, models, *OPTIONS) as server:
        server.wait_until_ready()
        load = good_clients.Load(server.http, server.grpc)
        start_clients(load, requests)
        samples = sample(server, seconds)
        result = finish(server, load)
    grown = growth_mib(samples)
    result["problems"] += [f"memory grew by {grown:.1f} MiB"] if grown > allowed_mib else []
    return {
        "seconds": seconds, **result, "growth_mib": round(grown, 1),
        "resident_mib": [round(each, 1) for each in samples]}


def run_hostile(deeper, models, folder, seconds):
    """The report of a run with attackers."""
    requests = prepare(Reference(deeper), models)
    configuration = Path(folder) / "server.json"
    configuration.write_text(json.dumps({"models": [entry(folder, model, 2) for model in models] + [
        entry(folder, model, 1) for model in (heavy(folder), open_sizes(folder))]}))
    with DeeperServer(deeper, [], "--config", configuration, *OPTIONS, *HOSTILE_OPTIONS) as server:
        server.wait_until_ready()
        server.wait_until(lambda: server.health, "did not say where probes are answered")
        load = good_clients.Load(server.http, server.grpc)
        for number in range(3):
            turned = requests[number:] + requests[:number]
            load.start(good_clients.keep_alive, turned)
            load.start(good_clients.one_shot, turned)
            load.start(good_clients.grpc_calls, turned, load.channel())
        probe = hostile_clients.Probe(server.health)
        time.sleep(2)
        rates = [rate(load, server, UNDISTURBED)[0]]
        attackers = hostile_clients.Attackers(server.http, server.grpc, BODY_LIMIT)
        disturbed, samples = rate(load, server, seconds)
        rates.append(disturbed)
        attacks = attackers.stop()
        waits = probe.stop()
        time.sleep(1)
        result = finish(server, load)
    probes = hostile_clients.report(waits)
    problems = result["problems"]
    problems += [f"attacks broke: {attacks}"] if any(name.endswith("broke") for name in attacks) else []
    problems += [f"probes: {probes}"] if (
        not probes["probes"] or probes["failed"] or probes["p99_ms"] > 1000 * SOON
        or probes["max_ms"] > 1000 * LATEST) else []
    problems += [f"{max(samples):.0f} MiB resident of {MEMORY_MIB}"] if max(samples, default=0) > MEMORY_MIB else []
    problems += [f"answers a second fell from {rates[0]:.1f} to {rates[1]:.1f}"] if rates[1] < rates[0] / 2 else []
    return {
        "seconds": seconds, **result, "probes": probes, "answers_a_second": [round(each, 1) for each in rates],
        "attacks": attacks, "largest_resident_mib": round(max(samples, default=0), 1)}


def entry(folder, model, priority):
    """A model in a configuration. Those of good callers have twice the share of each of the two that are attacked: models
    share the computing time, whoever asks for them."""
    found = {"name": model.name, "path": str(model.path), "priority": priority}
    if model.labels:
        found["labels"] = str(Path(folder) / f"{model.name}.labels")
        Path(found["labels"]).write_text("".join(f"{label}\n" for label in model.labels))
    return found


def rate(load, server, seconds):
    """Answers a second of the good clients, and the server's memory meanwhile."""
    begin, before = time.monotonic(), load.total("answered", good_clients.KINDS)
    samples = sample(server, seconds)
    return (load.total("answered", good_clients.KINDS) - before) / (time.monotonic() - begin), samples


def finish(server, load):
    """Ends the server with SIGTERM and all clients; what became of their requests."""
    died = server.process.poll() is not None
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
    problems += [f"the server died with {code}: {last_lines}"] if died else []
    problems += [f"SIGTERM ended with {code}"] if not died and code != 0 else []
    problems += [f"{hanging} clients hang"] if hanging else []
    problems += ["nothing was answered"] if not totals["answered"] else []
    return {
        "totals": totals, "counts": counts, "problems": problems, "remarks": load.remarks,
        "stop_seconds": round(stop_seconds, 2), "exit_code": code}


def main():
    parser = Parser(__doc__)
    parser.add_argument("--deeper", help="default: DEEPER, or .build/release/deeper")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--allow-mib", type=float, default=32)
    parser.add_argument("--hostile", action="store_true", help="with attackers")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the report there")
    arguments = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            models = conformance_models(folder)
            deeper = deeper_file(arguments.deeper)
            report = (run_hostile(deeper, models, folder, arguments.seconds) if arguments.hostile
                      else run(deeper, models, arguments.seconds, arguments.allow_mib))
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
