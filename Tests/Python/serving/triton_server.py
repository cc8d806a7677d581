"""Starts a real Triton server over ONNX Runtime, to see what it answers.

Triton comes from nvidia-pytriton, which has the Python backend only: the models run there, in one ONNX Runtime session
each. Run as a program it serves until it is interrupted.
"""

import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from arguments import Parser
from models import MAX_BATCH, Model, conformance_models
from processes import Server, ServerError, free_ports

MODEL = Path(__file__).with_name("triton_model.py")


def installed():
    return importlib.util.find_spec("pytriton") is not None


def config(model, max_batch, threads, delay, instances):
    """The model's config.pbtxt."""
    lines = [f'name: "{model.name}"', 'backend: "python"', f"max_batch_size: {max_batch}"]
    for kind, ports in (("input", model.inputs), ("output", model.outputs)):
        for index, port in enumerate(ports):
            labels = ' label_filename: "labels.txt"' if kind == "output" and index == 0 and model.labels else ""
            lines.append(f'{kind} [ {{ name: "{port.name}" data_type: TYPE_FP32 dims: {port.shape}{labels} }} ]')
    lines.append(f"dynamic_batching {{ max_queue_delay_microseconds: {delay} }}")
    lines.append(f"instance_group [ {{ kind: KIND_CPU count: {instances} }} ]")
    for key, value in (("file", model.path.resolve()), ("threads", threads)):
        lines.append(f'parameters {{ key: "{key}" value: {{ string_value: {json.dumps(str(value))} }} }}')
    return "\n".join(lines) + "\n"


def write_repository(folder, models, max_batch=MAX_BATCH, threads=1, delay=100, instances=1):
    for model in models:
        version = folder / model.name / "1"
        version.mkdir(parents=True)
        shutil.copy(MODEL, version / "model.py")
        (folder / model.name / "config.pbtxt").write_text(config(model, max_batch, threads, delay, instances))
        if model.labels:
            (folder / model.name / "labels.txt").write_text("".join(f"{label}\n" for label in model.labels))


class TritonServer(Server):
    def __init__(self, models, prefix=(), **settings):
        if not installed():
            raise ServerError("nvidia-pytriton is not installed: pip install -r requirements-triton.txt")
        package = Path(importlib.util.find_spec("pytriton").origin).parent
        distribution = package / "tritonserver"
        self.folder = tempfile.TemporaryDirectory(prefix="deeper-triton-")
        work = Path(self.folder.name)
        write_repository(work / "models", models, **settings)
        # The backend looks for its stub in its own folder, and there is one for every version of Python.
        backend = work / "backends" / "python"
        shutil.copytree(distribution / "backends" / "python", backend)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        shutil.copy(distribution / "python_backend_stubs" / version / "triton_python_backend_stub", backend)

        http, grpc, metrics = free_ports(3)
        self.metrics = f"127.0.0.1:{metrics}"
        command = [
            *prefix, str(distribution / "bin" / "tritonserver"),
            f"--model-repository={work / 'models'}", f"--backend-directory={work / 'backends'}",
            "--model-control-mode=explicit", "--load-model=*", "--disable-auto-complete-config",
            f"--backend-config=python,shm-region-prefix-name=deeper_{os.getpid()}_{http}_",
            "--http-address=127.0.0.1", f"--http-port={http}", "--grpc-address=127.0.0.1", f"--grpc-port={grpc}",
            "--metrics-address=127.0.0.1", f"--metrics-port={metrics}", "--allow-gpu-metrics=false",
            "--exit-timeout-secs=5",
        ]
        libraries = [str(package.parent / "nvidia_pytriton.libs"), os.environ.get("LD_LIBRARY_PATH", "")]
        environment = dict(
            os.environ, LD_LIBRARY_PATH=":".join(filter(None, libraries)),
            # The backend's interpreter finds this environment's packages by the python that comes first.
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        super().__init__("triton", command, environment, f"127.0.0.1:{http}", f"127.0.0.1:{grpc}")

    def stop(self, seconds=15):
        code = super().stop(seconds)
        self.folder.cleanup()
        return code


def main() -> int:
    parser = Parser(__doc__)
    parser.add_argument("--model", action="append", default=[], metavar="NAME=FILE",
                        help="default: the models of the conformance cases")
    parser.add_argument("--max-batch", type=int, default=MAX_BATCH)
    parser.add_argument("--threads", type=int, default=1, help="of ONNX Runtime within one call")
    parser.add_argument("--instances", type=int, default=1, help="of every model")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory() as folder:
        given = [each.partition("=") for each in arguments.model]
        try:
            models = [Model(name, Path(file)) for name, _, file in given] or conformance_models(folder)
            server = TritonServer(models, max_batch=arguments.max_batch, threads=arguments.threads,
                                  instances=arguments.instances)
        except (OSError, ServerError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 66
        with server:
            server.wait_until_ready()
            print(f"listening on http://{server.http}\nlistening on grpc://{server.grpc}", file=sys.stderr)
            print(f"metrics on http://{server.metrics}/metrics", file=sys.stderr)
            while True:
                signal.pause()


if __name__ == "__main__":
    sys.exit(main())
