"""Open loop: requests arrive at random moments at a given rate, whether or not the server keeps up.

A latency counts from the time for which a request was scheduled, so that a client or a server that is late cannot
hide it.
"""

import json
import random
import sys
import time
from collections import deque

import closed_loop
from connections import Connections
from measuring import Stopwatch, summary
from prepared import Parser, add_arguments, http_request, model_of


def run(address, request, rate, seconds=20, connections=128, seed=1, server_pid=None):
    # Servers prepare for each number of rows when they first meet it.
    closed_loop.http(address, request, min(16, connections), seconds=0, warmup=2)
    lines = Connections(address, connections, request)
    random_numbers = random.Random(seed)
    latencies, refused, waiting, open_requests = [], 0, deque(), 0
    stopwatch = Stopwatch(server_pid)
    start = time.perf_counter()
    arrival, scheduled = start + random_numbers.expovariate(rate), 0
    while True:
        now = time.perf_counter()
        while arrival <= now and arrival < start + seconds:
            waiting.append(arrival)
            scheduled += 1
            arrival += random_numbers.expovariate(rate)
        while waiting and lines.idle:
            lines.start(waiting.popleft())
            open_requests += 1
        if arrival >= start + seconds and not waiting and not open_requests:
            break
        if now > start + 3 * seconds + 30:
            raise TimeoutError(f"{open_requests + len(waiting)} requests stay without an answer")
        pause = arrival - now if arrival < start + seconds else 1
        for status, latency, _ in lines.poll(max(0.0, min(pause, 1))):
            open_requests -= 1
            if status == 200:
                latencies.append(latency)
            elif status == 503:
                refused += 1
            else:
                raise ConnectionError(f"status {status}")
    found = summary(latencies, refused, stopwatch)
    lines.close()
    return {"rate": rate, "scheduled": scheduled, **found}


def main():
    parser = Parser(__doc__)
    add_arguments(parser)
    parser.add_argument("--rate", type=float, required=True, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--connections", type=int, default=128, help="the most requests that are open at once")
    arguments = parser.parse_args()
    model = model_of(arguments)
    request = http_request(model, arguments.batch, arguments.json)
    found = run(arguments.http, request, arguments.rate, arguments.seconds, arguments.connections,
                server_pid=arguments.pid)
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
