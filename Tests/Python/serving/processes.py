"""Servers as child processes: started on free loopback ports, waited for, stopped."""

import http.client
import re
import signal
import socket
import subprocess
import threading
import time


class ServerError(Exception):
    pass


def free_ports(count):
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Server:
    """A child process with its addresses, `http` and `grpc`, each HOST:PORT or None. Use it with `with`."""

    def __init__(self, name, command, environment=None, http=None, grpc=None):
        self.name, self.http, self.grpc = name, http, grpc
        self.https = self.health = None
        self.lines = []
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, errors="replace")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            if found := re.search(r"listening on (health on )?(https?|grpc)://(\S+)", line):
                setattr(self, "health" if found[1] else found[2], found[3])
            # A server that logs every request must not fill the memory.
            if len(self.lines) < 10_000:
                self.lines.append(line)

    @property
    def pid(self):
        return self.process.pid

    def wait_until(self, condition, what, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise ServerError(f"{self.name} {what}:\n" + "".join(self.lines[-20:]))
            time.sleep(0.05)
        return self

    def ready(self, path="/v2/health/ready"):
        connection = http.client.HTTPConnection(self.http, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def wait_until_ready(self, seconds=60):
        return self.wait_until(lambda: self.http and self.ready(), "did not become ready", seconds)

    def stop(self, seconds=15):
        """The exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(5)
        self.process.stderr.close()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
