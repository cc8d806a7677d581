"""Closed loop: so many connections, each sending its next request as soon as its answer has come.

Whole requests are made beforehand. The client's own use of the processor is part of the report: it shares the machine
with the server.
"""

import json
import sys
import threading
import time

import grpc

from connections import Connections
from measuring import Stopwatch, summary
from prepared import METHOD, Parser, add_arguments, grpc_request, http_request, model_of


def http(address, request, connections=16, seconds=10, warmup=2, server_pid=None):
    lines = Connections(address, connections, request)
    for _ in range(connections):
        lines.start()
    latencies, refused = [], 0
    end = time.perf_counter() + warmup
    while time.perf_counter() < end:
        for _ in lines.poll(1):
            lines.start()
    stopwatch = Stopwatch(server_pid)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for status, latency, _ in lines.poll(1):
            if status == 200:
                latencies.append(latency)
            elif status == 503:
                refused += 1
            else:
                raise ConnectionError(f"status {status}")
            lines.start()
    found = summary(latencies, refused, stopwatch)
    lines.close()
    return found


def grpc_calls(address, request, connections=16, seconds=10, warmup=2, server_pid=None):
    """The same over gRPC: a channel for each caller, messages as bytes."""
    options = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    channels = [grpc.insecure_channel(address, options) for _ in range(connections)]
    latencies, refused, errors, over, counting = [], [0], [], threading.Event(), threading.Event()
    open_calls = threading.Semaphore(0)

    def next_call(infer):
        begun = time.perf_counter()
        call = infer.future(request, timeout=60)

        def done(call):
            code = call.code()
            if code is grpc.StatusCode.OK:
                if counting.is_set():
                    latencies.append(time.perf_counter() - begun)
            elif code is grpc.StatusCode.UNAVAILABLE:
                refused[0] += counting.is_set()
            else:
                errors.append(f"{code.name}: {call.details()}")
                over.set()
            if over.is_set():
                open_calls.release()
            else:
                next_call(infer)

        call.add_done_callback(done)

    for channel in channels:
        next_call(channel.unary_unary(METHOD, request_serializer=None, response_deserializer=None))
    over.wait(warmup)
    stopwatch = Stopwatch(server_pid)
    counting.set()
    over.wait(seconds)
    counting.clear()
    found = summary(list(latencies), refused[0], stopwatch)
    over.set()
    for _ in channels:
        open_calls.acquire(timeout=60)
    for channel in channels:
        channel.close()
    if errors:
        raise ConnectionError(errors[0])
    return found


def main():
    parser = Parser(__doc__)
    add_arguments(parser)
    parser.add_argument("--grpc", metavar="HOST:PORT", help="instead of --http")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    model = model_of(arguments)
    settings = {"connections": arguments.connections, "seconds": arguments.seconds, "server_pid": arguments.pid}
    if arguments.grpc:
        found = grpc_calls(arguments.grpc, grpc_request(model, arguments.batch), **settings)
    else:
        found = http(arguments.http, http_request(model, arguments.batch, arguments.json), **settings)
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
