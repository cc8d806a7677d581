"""Averages over crops as `deeper classify --crops` computes them, by NumPy, Pillow and ONNX Runtime.

usage: crops.py COMMAND MODEL CROPS PICTURE...

Compares the probabilities of all classes for each picture, and prints the largest difference. Exits with 1 if it is more
than 1e-4. The model takes square crops, blue first, minus (104, 117, 123). The 144 crops are those of arXiv 1409.4842,
section 7, with scales in proportion to the model's extent.
"""

import json
import subprocess
import sys
from typing import List

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

SCALES = (256, 288, 320, 352)
MEAN = np.array([104, 117, 123], np.float32)


def middle(picture: Image.Image, side: int) -> Image.Image:
    left, top = (int(round((extent - side) / 2)) for extent in picture.size)
    return picture.crop((left, top, left + side, top + side))


def five(picture: Image.Image, crop: int) -> List[Image.Image]:
    right, bottom = picture.width - crop, picture.height - crop
    corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)]
    return [picture.crop((x, y, x + crop, y + crop)) for x, y in corners] + [middle(picture, crop)]


def crops(picture: Image.Image, count: int, crop: int) -> List[Image.Image]:
    if count == 144:
        parts = []
        for scale in SCALES:
            side = (scale * crop + 112) // 224
            shorter, longer = sorted(picture.size)
            other = side * longer // shorter
            whole = picture.resize((side, other) if picture.width <= picture.height else (other, side), Image.BILINEAR)
            for square in (whole.crop((0, 0, side, side)), middle(whole, side),
                           whole.crop((whole.width - side, whole.height - side, whole.width, whole.height))):
                parts += five(square, crop) + [square.resize((crop, crop), Image.BILINEAR)]
    else:
        whole = picture.resize((256, 256), Image.BILINEAR)
        if count == 1:
            return [middle(whole, crop)]
        parts = five(whole, crop)
    return parts + [ImageOps.mirror(part) for part in parts]


def main() -> int:
    command, model, count, files = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    printed = subprocess.run(
        [command, "classify", "--model", model, "--preset", "caffe", "--labels", "none", "--crops", str(count), "--json",
         "--top", "1000000", *files], check=True, stdout=subprocess.PIPE, text=True).stdout
    answers = {answer["file"]: answer["top"] for answer in map(json.loads, printed.splitlines())}
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    (port,) = session.get_inputs()
    worst = 0.0
    for file in files:
        picture = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
        batch = np.stack([(np.asarray(part, np.float32)[:, :, ::-1] - MEAN).transpose(2, 0, 1)
                          for part in crops(picture, count, port.shape[3])])
        rows = [session.run(None, {port.name: batch[i:i + 16]})[0].reshape(len(batch[i:i + 16]), -1)
                for i in range(0, len(batch), 16)]
        expected = np.concatenate(rows).astype(np.float64).mean(axis=0)
        found = np.zeros_like(expected)
        for entry in answers[file]:
            found[entry["index"]] = entry["score"]
        worst = max(worst, float(np.abs(found - expected).max()))
    print(f"{len(files)} pictures, {count} crops: the largest difference is {worst:.2e}")
    return 0 if worst <= 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main())
