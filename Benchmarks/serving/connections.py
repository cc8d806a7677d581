"""HTTP connections in one thread, for clients that must take little of the processor that the server runs on.

Requests are bytes made beforehand; of an answer only the status and the length are looked at.
"""

import select
import socket
import time

LARGEST_HEAD = 16 << 10


class _Line:
    """One connection: what is still to be sent, and what is known of the answer."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), 30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.number = self.socket.fileno()

    def begin(self, request, begun, mark):
        self.unsent, self.begun, self.mark = memoryview(request), begun, mark
        self.head, self.status, self.left = b"", None, None

    def send(self):
        """Whether all is sent."""
        while self.unsent:
            try:
                self.unsent = self.unsent[self.socket.send(self.unsent):]
            except BlockingIOError:
                return False
        return True

    def receive(self, space):
        """Whether the answer is complete."""
        try:
            count = self.socket.recv_into(space)
        except BlockingIOError:
            return False
        if count == 0:
            raise ConnectionError("the server closed a connection")
        if self.status is None:
            self.head += bytes(space[:count])
            end = self.head.find(b"\r\n\r\n")
            if end < 0 and len(self.head) < LARGEST_HEAD:
                return False
            self._read_head(end)
        else:
            self.left -= count
        return self.left <= 0

    def _read_head(self, end):
        lower = self.head[:end].lower()
        place = lower.find(b"content-length:")
        if end < 0 or place < 0:
            raise ConnectionError("the answer has no Content-Length")
        self.status = int(lower[9:12])
        self.left = int(lower[place + 15 :].split(b"\r\n", 1)[0]) - (len(self.head) - end - 4)


class Connections:
    """Keep-alive connections to one server; `start` sends a request on an idle one, `poll` collects answers."""

    def __init__(self, address, count, request):
        self.request, self.space = request, bytearray(1 << 20)
        self.epoll = select.epoll()
        self.idle = [_Line(address) for _ in range(count)]
        self.lines = {line.number: line for line in self.idle}
        for number in self.lines:
            self.epoll.register(number, select.EPOLLIN)

    def start(self, begun=None, mark=None):
        """Sends a request; its latency counts from `begun`, now if none is given."""
        line = self.idle.pop()
        line.begin(self.request, time.perf_counter() if begun is None else begun, mark)
        if not line.send():
            self.epoll.modify(line.number, select.EPOLLIN | select.EPOLLOUT)

    def poll(self, seconds):
        """Answers that are complete, as (status, latency in seconds, mark); waits for some at most that long."""
        found = []
        for number, events in self.epoll.poll(seconds):
            line = self.lines[number]
            if events & select.EPOLLOUT and line.send():
                self.epoll.modify(number, select.EPOLLIN)
            if events & ~select.EPOLLOUT and line.receive(self.space):
                self.idle.append(line)
                found.append((line.status, time.perf_counter() - line.begun, line.mark))
        return found

    def close(self):
        self.epoll.close()
        for line in self.lines.values():
            line.socket.close()
