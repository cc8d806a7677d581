"""HTTP/1.1 over a plain socket: which bytes came, and when the server had taken a request, has to be known exactly."""

import json
import socket

import numpy

from requests_oip import body_binary

BINARY = {"binary_data_output": True}


class Closed(Exception):
    """The server closed the connection; `begun` tells whether part of an answer had come."""

    def __init__(self, begun):
        super().__init__(f"closed {'within' if begun else 'before'} an answer")
        self.begun = begun


class Connection:
    def __init__(self, address, seconds=30):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed(False) from error

    def _more(self):
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError as error:
            raise Closed(bool(self.buffer)) from error
        if not data:
            raise Closed(bool(self.buffer))
        self.buffer += data

    def answer(self):
        """Status, headers (lower case) and body of the next answer, 100 Continue among them."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        while len(self.buffer) < length:
            try:
                self._more()
            except Closed as error:
                raise Closed(True) from error
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return int(first.split()[1]), headers, body


def head(path, length, *lines, method="POST"):
    """The bytes before a body."""
    fields = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {length}", *lines, "", ""]
    return "\r\n".join(fields).encode()


class Request:
    """A prepared inference of one input, and the bytes that its outputs have to be."""

    def __init__(self, model, array, outputs):
        self.name, self.expected = model.name, {name: outputs[name].tobytes() for name in outputs}
        self.array, self.input = array, model.inputs[0].name
        body, line = body_binary(array, self.input, parameters=BINARY)
        path = f"/v2/models/{model.name}/infer"
        self.body = body
        self.bytes = head(path, len(body), line) + body
        self.expecting = head(path, len(body), line, "Expect: 100-continue", "Connection: close")

    def is_answer(self, headers, body):
        """Whether these are exactly the expected outputs."""
        return outputs_of(headers, body) == self.expected

    def is_grpc_answer(self, answer):
        names = [output.name for output in answer.outputs]
        return dict(zip(names, answer.raw_output_contents)) == self.expected


def outputs_of(headers, body):
    """The bytes of each output, from JSON or from the bytes after it."""
    count = int(headers.get("inference-header-content-length", len(body)))
    found, place = {}, count
    for output in json.loads(body[:count])["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size")
        if size is None:
            found[output["name"]] = numpy.array(output["data"], numpy.float32).tobytes()
        else:
            found[output["name"]] = body[place : place + size]
            place += size
    return found
