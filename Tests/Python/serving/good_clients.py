"""Clients that do nothing wrong, each a thread, and what became of their requests.

`answered`: 200 or OK, with exactly the expected bits. `refused`: 503 or UNAVAILABLE, or no connection to a server that
is stopping. `wrong`: other bits or another status. `lost`: the server had the request and gave no answer.
"""

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
        self.threads = []

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

    def total(self, what):
        return sum(count for name, count in self.counts.items() if name.split(" ")[1] == what)

    def finish(self, seconds=60):
        """Ends the clients; the number of those that hang."""
        self.over.set()
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0, end - time.monotonic()))
        return sum(thread.is_alive() for thread in self.threads)

    def judge(self, kind, request, status, headers, body):
        self.note(kind, "sent")
        if status == 200:
            right = request.is_answer(headers, body)
            self.note(kind, "answered" if right else "wrong", None if right else "other bits")
        elif status == 503 and "retry-after" in headers:
            self.note(kind, "refused")
            time.sleep(PAUSE)
        else:
            self.note(kind, "wrong", f"status {status}: {body[:200]}")


def keep_alive(load, requests):
    """One connection for as long as it lasts. A server that stops may close it between two requests."""
    while not load.over.is_set():
        try:
            connection = Connection(load.http)
        except OSError as error:
            return _no_connection(load, "keep-alive", error)
        with connection:
            for number in range(1_000_000):
                request = requests[number % len(requests)]
                try:
                    connection.send(request.bytes)
                    answer = connection.answer()
                except (Closed, OSError) as error:
                    excused = load.stopping.is_set() and isinstance(error, Closed) and not error.begun
                    load.note("keep-alive", "closed" if excused else "lost", None if excused else repr(error))
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
        taken = False
        try:
            with Connection(load.http) as connection:
                connection.send(request.expecting)
                answer = connection.answer()
                if answer[0] == 100:
                    taken = True
                    connection.send(request.body)
                    answer = connection.answer()
            load.judge("one-shot", request, *answer)
        except (Closed, OSError) as error:
            if taken or not load.stopping.is_set():
                load.note("one-shot", "lost", repr(error))
            else:
                load.note("one-shot", "refused")
                time.sleep(PAUSE)


def grpc_calls(load, requests):
    messages = [infer_request(each.array, each.input, model=each.name, outputs=()) for each in requests]
    with grpc.insecure_channel(load.grpc, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
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


def _grpc_error(load, error):
    load.note("grpc", "sent")
    text = error.details() or ""
    broken = any(sign in text for sign in ("Socket closed", "reset", "Broken pipe"))
    if error.code() is grpc.StatusCode.UNAVAILABLE and not broken:
        load.note("grpc", "refused")
        time.sleep(PAUSE)
    else:
        load.note("grpc", "lost" if broken else "wrong", f"{error.code().name} {text}")


def _no_connection(load, kind, error):
    if load.stopping.is_set():
        load.note(kind, "refused")
    else:
        load.note(kind, "lost", repr(error))
