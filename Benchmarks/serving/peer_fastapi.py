"""What many people write: FastAPI and uvicorn around ONNX Runtime, one model, the Open Inference Protocol's infer.

Bodies are JSON, or JSON followed by tensors as bytes; answers have the same form. Each request is a run of its own, at
most --instances at once, each with --threads of ONNX Runtime's threads.
"""

import argparse
import json
import socket
import sys
from pathlib import Path

import anyio
import numpy
import onnxruntime
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

LENGTH = "inference-header-content-length"


def application(name, file, instances, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    outputs = [each.name for each in session.get_outputs()]
    limits = {}
    app = FastAPI()

    @app.get("/v2/health/ready")
    async def ready():
        return {"ready": True}

    @app.post(f"/v2/models/{name}/infer")
    async def infer(request: Request):
        body = await request.body()
        count = int(request.headers.get(LENGTH, len(body)))
        message = orjson.loads(body[:count])
        feed, place = {}, count
        for entry in message["inputs"]:
            size = (entry.get("parameters") or {}).get("binary_data_size")
            if size is None:
                array = numpy.array(entry["data"], numpy.float32)
            else:
                array = numpy.frombuffer(body, numpy.float32, size // 4, place)
                place += size
            feed[entry["name"]] = array.reshape(entry["shape"])
        # A limiter belongs to the event loop.
        limiter = limits.setdefault("runs", anyio.CapacityLimiter(instances))
        arrays = await anyio.to_thread.run_sync(session.run, outputs, feed, limiter=limiter)
        return answer(name, zip(outputs, arrays), (message.get("parameters") or {}).get("binary_data_output"))

    return app


def answer(name, arrays, binary):
    entries, tail = [], []
    for output, array in arrays:
        entry = {"name": output, "datatype": "FP32", "shape": list(array.shape)}
        if binary:
            entry["parameters"] = {"binary_data_size": array.nbytes}
            tail.append(array.tobytes())
        else:
            entry["data"] = array.reshape(-1)
        entries.append(entry)
    text = orjson.dumps({"model_name": name, "model_version": "1", "outputs": entries},
                        option=orjson.OPT_SERIALIZE_NUMPY)
    if not binary:
        return Response(text, media_type="application/json")
    return Response(b"".join([text, *tail]), media_type="application/octet-stream", headers={LENGTH: str(len(text))})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, metavar="NAME=FILE")
    parser.add_argument("--instances", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    name, _, file = arguments.model.partition("=")
    if not Path(file).is_file():
        print(f"error: {json.dumps(file)} is missing", file=sys.stderr)
        return 66
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application(name, file, arguments.instances, arguments.threads), log_level="error",
                            access_log=False, timeout_keep_alive=75)
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
