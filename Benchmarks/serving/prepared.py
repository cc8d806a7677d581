"""Requests as bytes, made before anything is timed, and the arguments that say which."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Python" / "serving"))

import grpc_calls  # noqa: E402
from arguments import Parser  # noqa: E402,F401
from models import Model, model_file  # noqa: E402
from requests_oip import body_binary, body_json, input_json  # noqa: E402
from wire import head  # noqa: E402

METHOD = "/inference.GRPCInferenceService/ModelInfer"
DEFAULT_MODEL = "squeezenet_v1.1.onnx"


def http_request(model, batch=1, json=False, seed=3):
    array, name = model.input_array(batch, seed), model.inputs[0].name
    path = f"/v2/models/{model.name}/infer"
    if json:
        body = body_json(inputs=[input_json(array, name)])
        return head(path, len(body), "Content-Type: application/json") + body
    body, line = body_binary(array, name, parameters={"binary_data_output": True})
    return head(path, len(body), line) + body


def grpc_request(model, batch=1, seed=3):
    array, name = model.input_array(batch, seed), model.inputs[0].name
    return grpc_calls.infer_request(array, name, model=model.name, outputs=()).SerializeToString()


def add_arguments(parser):
    parser.add_argument("--http", metavar="HOST:PORT")
    parser.add_argument("--model", metavar="NAME=FILE", help=f"default: squeezenet={DEFAULT_MODEL} of the test data")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="send numbers as JSON, not as bytes")
    parser.add_argument("--pid", type=int, help="the server's process, to report its use of the processor")


def model_of(arguments):
    """The model of the arguments; ends the program where the address or the file is missing."""
    if not arguments.http and not getattr(arguments, "grpc", None):
        print("error: --http or --grpc is needed", file=sys.stderr)
        sys.exit(64)
    name, _, file = (arguments.model or f"squeezenet={model_file(DEFAULT_MODEL)}").partition("=")
    if not Path(file).is_file():
        print(f"error: {file} is missing: give --model, or set DEEPER_TEST_DATA", file=sys.stderr)
        sys.exit(66)
    return Model(name, Path(file))
