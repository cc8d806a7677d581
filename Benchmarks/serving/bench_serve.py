"""Requests per second and latencies of `deeper serve`, FastAPI with ONNX Runtime and a real Triton.

Every round runs every server once, so that a change of the machine's speed meets all of them, with the same closed loop
of 16 connections. The engine alone, `deeper bench` with as many callers as the server has instances, gives the
upper bound. Prints a table in Markdown; writes JSON and a plot where asked.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import closed_loop
import poisson
import reports
from prepared import DEFAULT_MODEL, grpc_request, http_request

from arguments import Parser
from deeper_server import DeeperServer, deeper_file
from models import Model, model_file
from processes import Server, ServerError
from triton_server import TritonServer

HERE = Path(__file__).parent

# The share of its capacity at which a server still has to answer soon.
LOAD = 0.7


def engine_alone(deeper, model, batch, instances, threads, seconds):
    """Rows a second of the engine without a server."""
    command = [str(deeper), "bench", str(model.path), "--json", "--batch", str(batch), "--callers", str(instances),
               "--threads", str(threads), "--seconds", str(seconds)]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise ServerError(f"deeper bench failed: {result.stderr}")
    return json.loads(result.stdout)["images_per_second"]


def calls(arguments):
    """Batches at once and threads of each, for those who have to be told: as many as there are CPUs, of one thread."""
    return arguments.instances or os.cpu_count(), arguments.threads or 1


def start(name, model, arguments):
    """One server of one model."""
    if name == "deeper":
        options = ["--max-batch", arguments.max_batch]
        for flag, value in (("--instances", arguments.instances), ("--threads", arguments.threads)):
            options += [flag, value] if value else []
        return DeeperServer(deeper_file(arguments.deeper), [model], *options)
    instances, threads = calls(arguments)
    if name == "fastapi":
        command = [sys.executable, str(HERE / "peer_fastapi.py"), "--model", f"{model.name}={model.path}"]
        command += ["--instances", str(instances), "--threads", str(threads)]
        return Server("fastapi", command)
    return TritonServer([model], max_batch=arguments.max_batch, threads=threads, instances=instances)


def measure(name, model, arguments):
    """The figures of one server by transport."""
    settings = {"connections": arguments.connections, "seconds": arguments.seconds}
    found = {}
    with start(name, model, arguments) as server:
        server.wait_until_ready()
        if "binary" in arguments.transports:
            request = http_request(model, arguments.batch)
            found["binary"] = closed_loop.http(server.http, request, **settings, server_pid=server.pid)
        if "json" in arguments.transports:
            request = http_request(model, arguments.batch, json=True)
            found["json"] = closed_loop.http(server.http, request, **settings, server_pid=server.pid)
        if "grpc" in arguments.transports and server.grpc:
            request = grpc_request(model, arguments.batch)
            found["grpc"] = closed_loop.grpc_calls(server.grpc, request, **settings, server_pid=server.pid)
        if "binary" in found:
            # Its own capacity, not that of the fastest: a queue that overflows says nothing about latency.
            rate = LOAD * found["binary"]["requests_per_second"]
            if "poisson" in arguments.transports:
                request = http_request(model, arguments.batch)
                found["poisson"] = poisson.run(
                    server.http, request, rate, 2 * arguments.seconds, server_pid=server.pid)
            if arguments.loadgen:
                found["loadgen"] = loadgen_scenarios(server.http, model, rate, arguments)
    return found


def loadgen_scenarios(address, model, rate, arguments):
    """MLPerf's scenarios, in a process of their own: LoadGen has threads that stay."""
    command = [sys.executable, str(HERE / "loadgen.py"), "--http", address, "--model", f"{model.name}={model.path}",
               "--batch", str(arguments.batch), "--rate", str(rate), "--seconds", str(2 * arguments.seconds)]
    result = subprocess.run(command, capture_output=True, text=True)
    if not result.stdout:
        raise ServerError(f"loadgen.py failed: {result.stderr}")
    return {each["scenario"]: each for each in json.loads(result.stdout)}


def parse():
    parser = Parser(__doc__)
    parser.add_argument("--deeper", help="default: DEEPER, or .build/release/deeper")
    parser.add_argument("--model", metavar="NAME=FILE", help=f"default: squeezenet={DEFAULT_MODEL} of the test data")
    parser.add_argument("--servers", default="deeper,fastapi,triton")
    parser.add_argument("--transports", default="binary,grpc,json,poisson",
                        help="poisson: binary requests at random moments, at 70 %% of the closed loop's rate")
    parser.add_argument("--loadgen", action="store_true", help="MLPerf LoadGen's scenarios too")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--batch", type=int, default=1, help="rows of one request")
    parser.add_argument("--max-batch", type=int, default=8, help="rows of one batch, of the servers that make some")
    parser.add_argument("--instances", type=int, help="batches computed at once (deeper: its default; peers: the CPUs)")
    parser.add_argument("--threads", type=int, help="of each of them (deeper: its default; peers: 1)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of each server, transport and round")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="SVG or PNG")
    return parser.parse_args()


def main():
    arguments = parse()
    servers, arguments.transports = arguments.servers.split(","), arguments.transports.split(",")
    if unknown := {*servers} - {"deeper", "fastapi", "triton"} | {*arguments.transports} - {*reports.TRANSPORTS}:
        print(f"error: unknown: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 64
    name, _, file = (arguments.model or f"squeezenet={model_file(DEFAULT_MODEL)}").partition("=")
    try:
        model, deeper = Model(name, Path(file)), deeper_file(arguments.deeper)
        engine = {batch: [] for batch in sorted({1, arguments.batch, arguments.max_batch})}
        rounds = []
        for number in range(arguments.rounds):
            for batch, found in engine.items():
                found.append(engine_alone(
                    deeper, model, batch, *calls(arguments), arguments.seconds / 2))
            # Each server is first in some round.
            turned = servers[number % len(servers):] + servers[: number % len(servers)]
            rounds.append({each: measure(each, model, arguments) for each in turned})
            print(f"round {number + 1} of {arguments.rounds} done", file=sys.stderr)
    except (OSError, ServerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 66
    rows = reports.rows(rounds, servers)
    print(reports.table(rows, engine))
    if arguments.loadgen:
        print(reports.loadgen_table(rounds, servers))
    if arguments.json:
        settings = {key: str(value) for key, value in vars(arguments).items()}
        data = {"settings": settings, "engine_rows_per_second": engine, "rows": rows, "rounds": rounds}
        arguments.json.write_text(json.dumps(data, indent=1) + "\n")
    if arguments.plot:
        reports.plot(rows, engine, arguments.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
