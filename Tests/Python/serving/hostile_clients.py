"""Clients that want to stop the server for everybody else, one attack each, in processes of their own."""

import multiprocessing
import random
import socket
import time

import numpy

import grpc_calls
from http2 import Closed as HTTP2Closed
from http2 import HTTP2Client, prefixed
from requests_oip import body_binary
from wire import Closed, Connection, head

# A fork would share the threads of gRPC.
PROCESSES = multiprocessing.get_context("spawn")
MIB = 1 << 20
# Between attacks: they share the machine's cores with the server and with its good clients.
PAUSE = 0.5


def _post(http, path, body, *lines):
    with Connection(http, seconds=20) as connection:
        connection.send(head(path, len(body), *lines))
        connection.send(body)
        return connection.answer()[0]


def forms(http, _, limit):
    """A form full of what looks like its boundary."""
    boundary = "x" * 70
    body = (f"--{boundary}\r\n\r\n" + f"\r\n--{boundary[:-1]}y" * (limit // 75)).encode()[:limit]
    _post(http, "/v2/models/small/classify", body, f"Content-Type: multipart/form-data; boundary={boundary}")


def classification(http, _, limit):
    """The most classes of an output that is as large as a request may be."""
    side = int((limit / 12.5) ** 0.5)
    array = numpy.random.default_rng(1).random((1, 3, side, side), numpy.float32)
    body, line = body_binary(array, outputs=[{"name": "y", "parameters": {"classification": 65536}}])
    _post(http, "/v2/models/open/infer", body, line)


def sizes(http, _, limit):
    """A picture size that nobody asked for before."""
    height, width = (random.randrange(64, int((limit / 13) ** 0.5)) for _ in range(2))
    body, line = body_binary(numpy.zeros((1, 3, height, width), numpy.float32), outputs=[{"name": "mean"}])
    _post(http, "/v2/models/open/infer", body, line)


def unfinished_messages(_, grpc_address, limit):
    """Messages whose last byte never comes."""
    part = bytes(limit // 4)
    with HTTP2Client(grpc_address) as client:
        for _ in range(8):
            stream = client.open()
            client.send(stream, prefixed(b"", length=limit - 10))
            for _ in range(3):
                client.send(stream, part)
        time.sleep(2)


def silent_connections(http, grpc_address, _):
    """Connections on which nothing is sent, or half a request."""
    lines = []
    for address in (http, grpc_address):
        host, port = address.rsplit(":", 1)
        for number in range(20):
            lines.append(socket.create_connection((host, int(port)), timeout=5))
            if number % 2:
                lines[-1].sendall(b"POST /v2/models/small/infer HT" if address == http else b"PRI * HTTP/2.0\r\n\r\nSM\r\n")
    time.sleep(3)
    for line in lines:
        line.close()


def used_up_connections(http, _, __):
    """More connections than the server has file descriptors for."""
    host, port = http.rsplit(":", 1)
    lines = [socket.create_connection((host, int(port)), timeout=5) for _ in range(300)]
    time.sleep(1)
    for line in lines:
        line.close()
    time.sleep(4)


def unread_answers(_, grpc_address, __):
    """Calls whose answers nobody reads."""
    message = prefixed(grpc_calls.infer_request().SerializeToString())
    with HTTP2Client(grpc_address, window=1) as client:
        for _ in range(50):
            stream = client.open()
            client.send(stream, message, end=True)
        time.sleep(2)


def pipelined(http, _, limit):
    """The next requests, long before the answer to the first."""
    with Connection(http, seconds=5) as connection:
        for _ in range(8):
            connection.send(head("/v2/models/heavy/infer", limit // 2) + bytes(limit // 2))


def unfair(http, _, __):
    """A caller of an expensive model that never waits."""
    body, line = body_binary(numpy.zeros((1, 3, 64, 64), numpy.float32))
    request = head("/v2/models/heavy/infer", len(body), line) + body
    with Connection(http, seconds=20) as connection:
        while True:
            connection.send(request)
            if connection.answer()[0] != 200:
                time.sleep(PAUSE)


ATTACKS = [
    forms, classification, sizes, unfinished_messages, silent_connections, used_up_connections, unread_answers,
    pipelined, *[unfair] * 4,
]


def _repeat(attack, arguments, counts, name):
    while True:
        try:
            attack(*arguments)
            counts[f"{name} done"] = counts.get(f"{name} done", 0) + 1
        except (Closed, HTTP2Closed, OSError, ValueError):
            # The server defends itself, or ends.
            counts[f"{name} ended"] = counts.get(f"{name} ended", 0) + 1
        except Exception as error:
            counts[f"{name} broke"] = repr(error)
            return
        time.sleep(PAUSE)


def _probe(http, waits):
    """Asks for the server's health ten times a second, on a connection each time."""
    while True:
        begin = time.monotonic()
        try:
            with Connection(http, seconds=20) as connection:
                connection.send(head("/v2/health/live", 0, method="GET"))
                status = connection.answer()[0]
        except (Closed, OSError):
            status = 0
        waits.append((begin, time.monotonic() - begin, status))
        time.sleep(0.1)


class Attackers:
    """All attacks at once, and a probe; ended by `stop`."""

    def __init__(self, http, grpc_address, limit):
        self.manager = PROCESSES.Manager()
        self.counts = self.manager.dict()
        self.processes = []
        for number, attack in enumerate(ATTACKS):
            arguments = (attack, (http, grpc_address, limit), self.counts, f"{attack.__name__}-{number}")
            self.processes.append(PROCESSES.Process(target=_repeat, args=arguments, daemon=True))
        for process in self.processes:
            process.start()

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join(5)
        counts = dict(self.counts)
        self.manager.shutdown()
        return counts


class Probe:
    """How long health probes take."""

    def __init__(self, http):
        self.manager = PROCESSES.Manager()
        self.waits = self.manager.list()
        self.process = PROCESSES.Process(target=_probe, args=(http, self.waits), daemon=True)
        self.process.start()

    def stop(self):
        self.process.terminate()
        self.process.join(5)
        waits = list(self.waits)
        self.manager.shutdown()
        return waits


def report(waits):
    times = sorted(seconds for _, seconds, _ in waits)
    return {
        "probes": len(times), "p50_ms": round(1000 * times[len(times) // 2], 1),
        "p99_ms": round(1000 * times[int(len(times) * 0.99)], 1), "max_ms": round(1000 * times[-1], 1),
        "failed": sum(status != 200 for _, _, status in waits)} if times else {"probes": 0}
