"""A server under test, the inputs that the cases send it, and curl."""

import base64
import json
import subprocess
import tempfile
from pathlib import Path

import numpy

from records import NO_ANSWER, structure, tensor

SMALL_SHAPE, PICTURE_SHAPE = (3, 4, 4), (3, 227, 227)


def numbers(shape, batch=1):
    """Whole numbers, like a picture with its mean taken off: exact in JSON, short to read."""
    return numpy.random.default_rng(3).integers(-128, 128, (batch, *shape)).astype(numpy.float32)


def small_input(batch=1):
    return numbers(SMALL_SHAPE, batch)


def picture_input(batch=1):
    return numbers(PICTURE_SHAPE, batch)


class Target:
    """Addresses HOST:PORT of one server; keeps every exchange of curl word by word."""

    def __init__(self, http, grpc):
        self.http, self.grpc = http, grpc
        self.exchanges = []

    def curl(self, path, *options, body=None, headers=(), seconds=20, method=None):
        """The answer as a dict: status, headers (lower case), data, JSON where it is some, seconds till it began."""
        with tempfile.TemporaryDirectory() as folder:
            head, data = Path(folder) / "head", Path(folder) / "data"
            command = ["curl", "--silent", "--globoff", "--max-time", str(seconds), "--dump-header", str(head)]
            command += ["--output", str(data), "--write-out", "%{http_code} %{time_starttransfer} %{num_connects}"]
            if method:
                command += ["--request", method]
            for header in headers:
                command += ["--header", header]
            if body is not None:
                command += ["--data-binary", "@-"]
            command += [*options, f"http://{self.http}{path}"]
            result = subprocess.run(command, input=body, capture_output=True, timeout=seconds + 10)
            code, begun, connections = result.stdout.decode().split()[-3:]
            head = head.read_text("latin-1") if head.exists() else ""
            data = data.read_bytes() if data.exists() else b""
        answer = {"status": int(code) or NO_ANSWER, "begun": float(begun), "connections": int(connections)}
        answer["headers"] = dict(
            (name.strip().lower(), value.strip())
            for name, colon, value in (line.partition(":") for line in head.splitlines()) if colon)
        answer["data"] = data
        length = answer["headers"].get("inference-header-content-length")
        try:
            answer["json"] = json.loads(data[: int(length)] if length else data)
        except ValueError:
            answer["json"] = None
        self.exchanges.append({
            "method": method or ("POST" if body is not None else "GET"), "path": path, "request_headers": list(headers),
            "options": list(options), "request_body": readable(body), "status": answer["status"],
            "answer_head": head, "answer_body": readable(data)})
        return answer


def readable(data, most=4000):
    """Bytes for a human: text, or the text before the first binary byte and the rest in base64; long ones cut."""
    if data is None:
        return None
    text = data.decode("utf-8", "replace")
    if "\ufffd" not in text and "\0" not in text:
        return text if len(text) <= most else f"{text[:most]}... ({len(data)} bytes)"
    end = data.rfind(b"}", 0, most) + 1
    cut = base64.b64encode(data[end : end + 240]).decode()
    return f"{data[:end].decode('utf-8', 'replace')}<{len(data) - end} bytes, base64 of the first 240: {cut}>"


def record(answer, **facts):
    """The record of an answer to curl."""
    found = {"status": answer["status"], **facts}
    if answer["status"] == NO_ANSWER:
        return found
    found["content_type"] = answer["headers"].get("content-type")
    if answer["json"] is not None:
        body = answer["json"]
        if isinstance(body, dict) and "error" in body:
            # The name of the request, which deeper adds for those who look into its logs.
            body = {key: value for key, value in body.items() if key != "request_id"}
        found["body"] = structure(body)
    else:
        found["body"] = "text" if answer["data"] else "empty"
    return found


def inference(answer, **facts):
    """The record of an answer to an inference: with its tensors, from JSON or from the bytes after it."""
    found = record(answer, **facts)
    if answer["status"] != 200 or not answer["json"]:
        return found
    length = answer["headers"].get("inference-header-content-length")
    found["binary"] = length is not None
    rest = answer["data"][int(length) if length else len(answer["data"]):]
    found["id"] = answer["json"].get("id")
    found["tensors"] = []
    for output in answer["json"]["outputs"]:
        values = output.get("data")
        if (size := output.get("parameters", {}).get("binary_data_size")) is not None:
            values, rest = unpack(rest[:size], output["datatype"]), rest[size:]
        found["tensors"].append(tensor(output["name"], output["datatype"], output["shape"], values))
    found["bytes_left"] = len(rest)
    return found


def unpack(data, datatype):
    if datatype == "FP32":
        return numpy.frombuffer(data, "<f4")
    texts = []
    while data:
        size = int.from_bytes(data[:4], "little")
        texts.append(data[4 : 4 + size])
        data = data[4 + size :]
    return texts
