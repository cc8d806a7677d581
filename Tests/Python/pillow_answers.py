"""Pillow's answers, for comparison with deeper's.

Usage: pillow_answers.py JOBS ANSWERS

Every line of the file JOBS is `path TAB filter TAB width TAB height`, with filter one of nearest, bilinear, bicubic,
`decode` or `stored`, which ignore width and height; `stored` alone does not turn the picture upright. ANSWERS receives
one record a line, in order: width and height as little-endian 32-bit integers and then 3 * width * height bytes of
interleaved RGB. A file that Pillow refuses gives
0x0. 16-bit grey pictures give their high bytes, those of PNM their value scaled to 255, because Pillow's own conversion
cuts them off at 255. Where Pillow cannot read an EXIF block, the picture is that of a file without one.
"""

import struct
import sys
import warnings

from PIL import ExifTags, Image, ImageOps

try:
    import pillow_heif

    pillow_heif.register_heif_opener()
except ImportError:
    pass

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def turned_upright(picture):
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # It cannot write what it read, or reads nothing.
        try:
            orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
        except Exception:
            return picture
        picture = Image.frombytes(picture.mode, picture.size, picture.tobytes())
        picture.getexif()[ExifTags.Base.Orientation] = orientation
        return ImageOps.exif_transpose(picture)


def decoded(path, is_upright):
    with Image.open(path) as picture:
        picture.load()
        if is_upright:
            picture = turned_upright(picture)
        if picture.mode in ("I;16", "I;16B"):
            high_bytes = picture.tobytes()[picture.mode == "I;16"::2]
            return Image.frombytes("L", picture.size, high_bytes).convert("RGB")
        if picture.mode == "I":
            scaled = bytes(round(value / 65535 * 255) for (value,) in struct.iter_unpack("<i", picture.tobytes()))
            return Image.frombytes("L", picture.size, scaled).convert("RGB")
        return picture.convert("RGB")


def main(jobs_path, answers_path):
    warnings.simplefilter("ignore")
    last, picture = None, None
    with open(jobs_path, encoding="utf-8") as jobs, open(answers_path, "wb") as answers:
        for line in jobs:
            path, filter_name, width, height = line.rstrip("\n").split("\t")
            is_upright = filter_name != "stored"
            if (path, is_upright) != last:
                try:
                    picture = decoded(path, is_upright)
                except Exception:  # Whatever Pillow raises, it did not decode the file.
                    picture = None
                last = path, is_upright
            answer = picture
            if picture is not None and filter_name in FILTERS:
                answer = picture.resize((int(width), int(height)), FILTERS[filter_name])
            answers.write(struct.pack("<II", *(answer.size if answer else (0, 0))))
            if answer is not None:
                answers.write(answer.tobytes())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
