"""`deeper serve` as a child process, and what `deeper run` and `deeper classify` say of the same inputs."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy

from models import ROOT
from processes import Server, ServerError


def deeper_file(given=None):
    """The command to test: as given, DEEPER, or what `make build` made."""
    path = Path(given or os.environ.get("DEEPER") or ROOT / ".build" / "release" / "deeper")
    if not path.is_file():
        raise ServerError(f"{path} is missing: make build, or set DEEPER")
    return path.resolve()


class DeeperServer(Server):
    """Serves models (of models.py) on free ports of the loopback; `options` are flags of `deeper serve`."""

    def __init__(self, deeper, models, *options):
        self.folder = tempfile.TemporaryDirectory(prefix="deeper-serve-")
        command = [str(deeper), "serve", "--host", "127.0.0.1", "--port", "0", "--grpc-port", "0"]
        for model in models:
            command += ["--model", f"{model.name}={model.path}"]
            if model.labels:
                file = Path(self.folder.name) / f"{model.name}.txt"
                file.write_text("".join(f"{label}\n" for label in model.labels))
                command += ["--labels", f"{model.name}={file}"]
        super().__init__("deeper serve", [*command, *map(str, options)])

    def wait_until_ready(self, seconds=60):
        self.wait_until(lambda: self.http and self.grpc, "did not say where it listens", seconds)
        return super().wait_until_ready(seconds)

    def stop(self, seconds=15):
        code = super().stop(seconds)
        self.folder.cleanup()
        return code


class Reference:
    """What the command computes, without a server."""

    def __init__(self, deeper, *options):
        self.deeper, self.options, self._known = deeper, options, {}

    def run(self, model, array):
        """Outputs by name, as `deeper run` writes them."""
        key = (str(model.path), array.shape, array.tobytes())
        if key not in self._known:
            with tempfile.TemporaryDirectory() as folder:
                given, outputs = Path(folder) / "given.npy", Path(folder) / "outputs"
                numpy.save(given, array)
                command = [str(self.deeper), "run", str(model.path), "--input", f"{model.inputs[0].name}={given}",
                           "--output-dir", str(outputs), "--json", *self.options]
                result = subprocess.run(command, capture_output=True, text=True)
                if result.returncode != 0:
                    raise ServerError(f"deeper run failed: {result.stderr}")
                found = json.loads(result.stdout)["outputs"]
                self._known[key] = {each["name"]: numpy.load(each["file"]) for each in found}
        return self._known[key]

    def classify(self, picture, *options):
        """The entries that `deeper classify --json` prints for one picture."""
        command = [str(self.deeper), "classify", "--json", *map(str, options), str(picture)]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode != 0:
            raise ServerError(f"deeper classify failed: {result.stderr}")
        return json.loads(result.stdout)["top"]
