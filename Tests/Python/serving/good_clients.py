"""Clients that do nothing wrong, each a thread, and what became of their requests.

Each request that is `sent` has one outcome. `answered`: 200 or OK, with exactly the expected bits. `refused`: 503,
UNAVAILABLE or RESOURCE_EXHAUSTED in the server's own words. `closed`, over HTTP/1.1 only: a server that stops closed
the connection between two requests, as the next one came. `wrong`: other bits or another status. `lost`: the server had
the request and gave no answer. `unconnected`, not sent: a server that stops takes no connection, and gRPC drops a call
that it was about to send as it heard of the end.
"""

import re
import threading
import time
from collections import Counter

import grpc
from tritonclient.grpc import service_pb2_grpc

from grpc_calls import infer_request
from wire import Closed, Connection

PAUSE = 0.05


class Load:
    """Counts of all clients; `stopping` is set when the server was told to end, `over` when clients have to."""

    def __init__(self, http, grpc_address):
        self.http, self.grpc = http, grpc_address
        self.stopping, self.over = threading.Event(), threading.Event()
        self._lock, self.counts, self.remarks = threading.Lock(), Counter(), []
        self.threads, self.channels = [], []

    def note(self, kind, what, remark=None):
        with self._lock:
            self.counts[f"{kind} {what}"] += 1
            if remark and len(self.remarks) < 50:
                when = "stopping" if self.stopping.is_set() else "serving"
                self.remarks.append(f"{kind} {what} while {when}: {remark}")

    def start(self, function, *arguments):
        thread = threading.Thread(target=self._run, args=(function, arguments), daemon=True)
        self.threads.append(thread)
        thread.start()

    def _run(self, function, arguments):
        try:
            function(self, *arguments)
        except Exception as error:
            self.note(function.__name__, "broke", repr(error))

    def total(self, what, kinds=None):
        """The count of one outcome, of some kinds of clients or of all."""
        names = (name.split(" ") for name in self.counts)
        return sum(self.counts[f"{kind} {has}"] for kind, has in names if has == what and kind in (kinds or [kind]))

    def channel(self):
        """A connection for gRPC of its own."""
        self.channels.append(grpc.insecure_channel(self.grpc, options=[("grpc.use_local_subchannel_pool", 1)]))
        return self.channels[-1]

    def finish(self, seconds=60):
        """Ends the clients; the number of those that hang."""
        self.over.set()
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0, end - time.monotonic()))
        for channel in self.channels:
            channel.close()
        return sum(thread.is_alive() for thread in self.threads)

    def judge(self, kind, request, status, headers, body):
        if status == 200:
            right = request.is_answer(headers, body)
            self.note(kind, "answered" if right else "wrong", None if right else "other bits")
        elif status == 503 and "retry-after" in headers:
            self.note(kind, "refused")
            time.sleep(PAUSE)
        else:
            self.note(kind, "wrong", f"status {status}: {body[:200]}")

    def connected(self, kind):
        """A connection; none if the server stops."""
        try:
            return Connection(self.http)
        except OSError as error:
            self.unconnected(kind, error)
            return None

    def unconnected(self, kind, error):
        """What only a server that stops may do."""
        if self.stopping.is_set():
            self.note(kind, "unconnected")
        else:
            self.note(kind, "broke", repr(error))
        time.sleep(PAUSE)

    def unanswered(self, kind, error, taken):
        """What became of a request on a connection that ended. `taken`: whether the server had said that it has it."""
        excused = self.stopping.is_set() and not taken and isinstance(error, Closed) and not error.begun
        self.note(kind, "closed" if excused else "lost", None if excused else repr(error))


KINDS = ("keep-alive", "one-shot", "grpc")


def keep_alive(load, requests):
    """One connection for as long as it lasts. A server that stops may close it between two requests."""
    while not load.over.is_set():
        if not (connection := load.connected("keep-alive")):
            return
        with connection:
            for number in range(1_000_000):
                request = requests[number % len(requests)]
                load.note("keep-alive", "sent")
                try:
                    connection.send(request.bytes)
                    answer = connection.answer()
                except (Closed, OSError) as error:
                    load.unanswered("keep-alive", error, taken=False)
                    break
                load.judge("keep-alive", request, *answer)
                if load.over.is_set() or answer[1].get("connection", "").lower() == "close":
                    break


def one_shot(load, requests):
    """A connection for each request. 100 Continue says that the server has taken it: then it has to be answered."""
    number = 0
    while not load.over.is_set():
        request = requests[number % len(requests)]
        number += 1
        if not (connection := load.connected("one-shot")):
            return
        taken = False
        with connection:
            load.note("one-shot", "sent")
            try:
                connection.send(request.expecting)
                answer = connection.answer()
                if answer[0] == 100:
                    taken = True
                    connection.send(request.body)
                    answer = connection.answer()
                load.judge("one-shot", request, *answer)
            except (Closed, OSError) as error:
                load.unanswered("one-shot", error, taken)


def grpc_calls(load, requests, channel):
    """A call after the other on a connection that others may use too."""
    messages = [infer_request(each.array, each.input, model=each.name, outputs=()) for each in requests]
    infer = service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer
    number = 0
    while not load.over.is_set():
        place = number % len(requests)
        number += 1
        try:
            answer = infer(messages[place], timeout=60)
        except grpc.RpcError as error:
            _grpc_error(load, error)
            continue
        load.note("grpc", "sent")
        right = requests[place].is_grpc_answer(answer)
        load.note("grpc", "answered" if right else "wrong", None if right else "other bits")


REFUSALS = re.compile("the queue is full|the server is stopping|would exceed .* bytes")
UNSENT = re.compile(r"failed to connect|^Stream removed \(GOAWAY received; Error code: 0; ")


def _grpc_error(load, error):
    text = error.details() or ""
    unavailable = error.code() is grpc.StatusCode.UNAVAILABLE
    if unavailable and UNSENT.search(text):
        load.unconnected("grpc", error)
        return
    load.note("grpc", "sent")
    exhausted = error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    if (unavailable or exhausted) and REFUSALS.search(text):
        load.note("grpc", "refused")
        time.sleep(PAUSE)
    else:
        load.note("grpc", "lost" if unavailable else "wrong", f"{error.code().name} {text}")
