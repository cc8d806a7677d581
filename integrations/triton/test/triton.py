"""The real Triton with the backend under test, and clients for it."""

import importlib.util
import shutil
import tempfile
from pathlib import Path

import tritonclient.grpc
import tritonclient.http

from processes import Server, free_ports


def package():
    """The folder of nvidia-pytriton's package."""
    return Path(importlib.util.find_spec("pytriton").origin).parent


def libraries():
    """The folder of libtritonserver and what it needs."""
    return package().parent / "nvidia_pytriton.libs"


def config(name, inputs=(), outputs=(), *lines, max_batch=None):
    """A config.pbtxt. `inputs` and `outputs` are (name, data type, shape without the batch)."""
    text = [f'name: "{name}"', 'backend: "deeper"']
    if max_batch is not None:
        text.append(f"max_batch_size: {max_batch}")
    for kind, ports in (("input", inputs), ("output", outputs)):
        text += [f'{kind} [ {{ name: "{port}" data_type: {type} dims: {dims} }} ]' for port, type, dims in ports]
    return "\n".join([*text, *lines]) + "\n"


def parameter(key, value):
    return f'parameters {{ key: "{key}" value: {{ string_value: "{value}" }} }}'


class Triton(Server):
    """Serves nothing at first; `add` loads models."""

    def __init__(self, backends):
        distribution = package() / "tritonserver"
        self.folder = tempfile.TemporaryDirectory(prefix="deeper-triton-")
        self.models = Path(self.folder.name)
        http, grpc = free_ports(2)
        command = [
            str(distribution / "bin" / "tritonserver"), f"--model-repository={self.models}",
            f"--backend-directory={backends}", "--model-control-mode=explicit", "--allow-metrics=false",
            "--http-address=127.0.0.1", f"--http-port={http}", "--grpc-address=127.0.0.1", f"--grpc-port={grpc}",
            "--exit-timeout-secs=10",
        ]
        super().__init__("triton", command, http=f"127.0.0.1:{http}", grpc=f"127.0.0.1:{grpc}")

    def write(self, name, file, text, file_name="model.onnx"):
        version = self.models / name / "1"
        version.mkdir(parents=True)
        if file is not None:
            shutil.copy(file, version / file_name)
        (self.models / name / "config.pbtxt").write_text(text)

    def add(self, name, file, text, file_name="model.onnx"):
        self.write(name, file, text, file_name)
        with self.client() as client:
            client.load_model(name)

    def client(self, protocol="http"):
        if protocol == "grpc":
            return tritonclient.grpc.InferenceServerClient(self.grpc)
        return tritonclient.http.InferenceServerClient(self.http, network_timeout=120, connection_timeout=120)

    def infer(self, protocol, model, arrays, outputs=None, client=None):
        """The outputs of one request as a dictionary of arrays."""
        with_client = client or self.client(protocol)
        try:
            module = tritonclient.grpc if protocol == "grpc" else tritonclient.http
            inputs = []
            for name, array in arrays.items():
                inputs.append(module.InferInput(name, array.shape, tritonclient.http.np_to_triton_dtype(array.dtype)))
                inputs[-1].set_data_from_numpy(array)
            wanted = None if outputs is None else [module.InferRequestedOutput(name) for name in outputs]
            result = with_client.infer(model, inputs, outputs=wanted)
            answer = result.get_response()
            found = answer.outputs if protocol == "grpc" else answer["outputs"]
            names = [each.name if protocol == "grpc" else each["name"] for each in found]
            return {name: result.as_numpy(name) for name in names}
        finally:
            if client is None:
                with_client.close()

    def statistics(self, model):
        with self.client() as client:
            return client.get_inference_statistics(model)["model_stats"][0]

    def resident_bytes(self):
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * 4096

    def stop(self, seconds=30):
        code = super().stop(seconds)
        self.folder.cleanup()
        return code
