"""Clients that send nonsense, too much, too slowly, or go away. None of them may harm the others."""

import random
import time

import requests_oip
from target import small_input
from wire import Closed, Connection, head

INFER = "/v2/models/small/infer"
GARBAGE = [
    b"", b"{", b"[]", b"\xff" * 100, b"[" * 50_000, b'{"inputs": null}', requests_oip.body_json()[:-7],
    requests_oip.body_json(inputs=[requests_oip.input_json(small_input(), shape=[1 << 40, 1 << 40])]),
    requests_oip.body_json(inputs=[requests_oip.input_json(small_input(), data=["a"] * 48)]),
]


def _attempt(load, kind, work):
    """Does `work` until the load is over; a connection that ends is what such a client has to expect."""
    random_numbers = random.Random(kind)
    while not load.over.is_set():
        try:
            with Connection(load.http) as connection:
                load.note(kind, work(connection, random_numbers) or "done")
        except Closed:
            load.note(kind, "closed")
        except OSError as error:
            load.note(kind, "timeout" if isinstance(error, TimeoutError) else "unconnected")
        load.over.wait(0.05 if not load.stopping.is_set() else 0.5)


def malformed(load):
    """Invalid bodies and heads: 4xx, never 5xx."""

    def work(connection, random_numbers):
        body = random_numbers.choice(GARBAGE)
        lengths = ("-1", "99999999999999999999", "many", str(len(body) + 1))
        line = f"Inference-Header-Content-Length: {random_numbers.choice(lengths)}"
        lines = [line] if random_numbers.random() < 0.5 else []
        if random_numbers.random() < 0.2:
            connection.send(b"NONSENSE \x00\x01\r\n\r\n")
        else:
            connection.send(head(INFER, len(body), *lines) + body)
        status, _, data = connection.answer()
        if status == 503:
            return "refused"
        if not 400 <= status < 500:
            load.note("malformed", "wrong", f"{status} for {body[:60]!r} {lines}: {data[:100]!r}")
        return f"status-{status}"

    _attempt(load, "malformed", work)


def oversized(load, limit):
    """More bytes than allowed, with and without saying so first."""

    def work(connection, random_numbers):
        if random_numbers.random() < 0.5:
            connection.send(head(INFER, limit + 1))
            for _ in range(limit >> 16):
                connection.send(b" " * (1 << 16))
        else:
            start = head(INFER, 0, "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b"")
            connection.send(start)
            for _ in range((limit >> 16) + 2):
                connection.send(b"10000\r\n" + b" " * (1 << 16) + b"\r\n")
        status, _, _ = connection.answer()
        if status not in (413, 503):
            load.note("oversized", "wrong", f"status {status}")
        return f"status-{status}"

    _attempt(load, "oversized", work)


def _trickle(load, connection, data, seconds):
    """A byte now and then, until the server ends the connection."""
    end = time.monotonic() + seconds
    for byte in data:
        if load.over.is_set() or time.monotonic() > end:
            return "left"
        connection.send(bytes([byte]))
        load.over.wait(0.25)
    return "done"


def slow_head(load, seconds=90):
    data = head(INFER, 10, "X-Filler: " + "a" * 10_000)
    _attempt(load, "slow-head", lambda connection, _: _trickle(load, connection, data, seconds))


def slow_body(load, seconds=90):
    def work(connection, _):
        connection.send(head(INFER, 1 << 20))
        return _trickle(load, connection, b" " * (1 << 20), seconds)

    _attempt(load, "slow-body", work)


def leaving_in_the_body(load, requests):
    def work(connection, random_numbers):
        data = random_numbers.choice(requests).bytes
        connection.send(data[: random_numbers.randrange(1, len(data))])

    _attempt(load, "leaving-in-the-body", work)


def leaving_before_the_answer(load, requests):
    def work(connection, random_numbers):
        connection.send(random_numbers.choice(requests).bytes)

    _attempt(load, "leaving-before-the-answer", work)


def slow_reader(load, requests):
    """Asks many times on one connection and reads nothing for a while."""

    def work(connection, random_numbers):
        connection.socket.settimeout(5)
        connection.send(random_numbers.choice(requests).bytes * 20)
        load.over.wait(2)

    _attempt(load, "slow-reader", work)
