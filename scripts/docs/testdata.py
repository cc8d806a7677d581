"""Files that the documentation's examples name, from the test data."""

import os
import re
import shutil
from pathlib import Path
from typing import Dict, List

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("DEEPER_TEST_DATA", ROOT.parent / "shared/data"))

# What an example calls a file, and which file of the test data that is.
FILES: Dict[str, str] = {
    **{name: f"models/{name}" for name in (
        "bvlc_googlenet.onnx", "cifar10_resnet20.onnx", "mnist-8.onnx", "mobilenet_v1_025_224.onnx",
        "squeezenet_v1.1.onnx")},
    "model.onnx": "models/bvlc_googlenet.onnx",
    "resnet50.onnx": "onnx/light/light_resnet50.onnx",
    "photo.jpg": "images/imagenet/n02391049_zebra.JPEG",
    "n01440764_tench.JPEG": "images/imagenet/n01440764_tench.JPEG",
    "synset_words.txt": "images/imagenet/synset_words.txt",
    "xcsn0g01.png": "images/odd/pngsuite/png/xcsn0g01.png",
    "input_bgr.npy": "reference/caffe-googlenet/input_bgr.npy",
    "node_cases.txt": "onnx/node_cases.txt",
    "test_batch_lossless_1000.bin": "cifar10/test_batch_lossless_1000.bin",
    "t10k-images-idx3-ubyte.gz": "mnist/t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz": "mnist/t10k-labels-idx1-ubyte.gz",
}
# Folders of photographs, one subfolder for each class, and which photographs of the test data they get.
FOLDERS: Dict[str, slice] = {"photos": slice(0, 4), "other-photos": slice(4, 8)}


def is_named(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text) is not None


def photographs() -> List[Path]:
    return sorted((DATA / "images/imagenet").glob("n*.JPEG"))


def missing(text: str) -> List[str]:
    """Files that the text names and the test data should have, but has not."""
    files = [name for name, path in FILES.items() if is_named(name, text) and not (DATA / path).is_file()]
    return files + [name for name in FOLDERS if is_named(name, text) and not photographs()]


def provide(text: str, folder: Path) -> None:
    """Copies what the text names into a folder, unless it is there."""
    for name, path in FILES.items():
        if is_named(name, text) and not (folder / name).exists():
            shutil.copyfile(DATA / path, folder / name)
    for name, chosen in FOLDERS.items():
        if is_named(name, text) and not (folder / name).exists():
            for photograph in photographs()[chosen]:
                place = folder / name / photograph.name.split("_")[0] / photograph.name
                place.parent.mkdir(parents=True)
                shutil.copyfile(photograph, place)
