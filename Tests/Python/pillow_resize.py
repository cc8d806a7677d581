"""Pillow's answers, for comparison with deeper's.

Usage: pillow_resize.py JOBS ANSWERS

Every line of the file JOBS is `path TAB filter TAB width TAB height`, with filter one of nearest, bilinear, bicubic,
or `decode`, which ignores width and height. ANSWERS receives one record a line, in order: width and height as
little-endian 32-bit integers and then 3 * width * height bytes of interleaved RGB. A file that Pillow refuses gives
0x0. 16-bit grey pictures give their high bytes, because Pillow's own conversion cuts them off at 255.
"""

import struct
import sys
import warnings

from PIL import Image

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def decoded(path):
    with Image.open(path) as picture:
        picture.load()
        if picture.mode == "I;16":
            high_bytes = picture.tobytes()[1::2]
            return Image.frombytes("L", picture.size, high_bytes).convert("RGB")
        return picture.convert("RGB")


def main(jobs_path, answers_path):
    warnings.simplefilter("ignore")
    last_path, picture = None, None
    with open(jobs_path, encoding="utf-8") as jobs, open(answers_path, "wb") as answers:
        for line in jobs:
            path, filter_name, width, height = line.rstrip("\n").split("\t")
            if path != last_path:
                try:
                    picture = decoded(path)
                except Exception:  # Whatever Pillow raises, it did not decode the file.
                    picture = None
                last_path = path
            answer = picture
            if picture is not None and filter_name != "decode":
                answer = picture.resize((int(width), int(height)), FILTERS[filter_name])
            answers.write(struct.pack("<II", *(answer.size if answer else (0, 0))))
            if answer is not None:
                answers.write(answer.tobytes())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
