"""One drawing in every format and orientation, for the tests of the command.

Usage: turned_pictures.py DRAWING FOLDER
       turned_pictures.py DRAWING FOLDER WIDTH HEIGHT

Writes into FOLDER: `formats/`, the drawing in every format; `turned/`, files of every format that has orientations
whose pixels have each of the eight orientations, named FORMAT-ORIENTATION, with tags that say so; `lying/`, the same
pixels as PNG files without a tag. With WIDTH and HEIGHT instead: `large.jpg`, the drawing in that size. HEIC needs
pillow_heif.
"""

import sys
from pathlib import Path

from PIL import ExifTags, Image

try:
    import pillow_heif

    pillow_heif.register_heif_opener()
except ImportError:
    pillow_heif = None

TURNS = Image.Transpose
# What brings an upright picture to where its first row and column are stored.
LYING = {1: None, 2: TURNS.FLIP_LEFT_RIGHT, 3: TURNS.ROTATE_180, 4: TURNS.FLIP_TOP_BOTTOM, 5: TURNS.TRANSPOSE,
         6: TURNS.ROTATE_90, 7: TURNS.TRANSVERSE, 8: TURNS.ROTATE_270}
FORMATS = {"jpeg": {"quality": 95}, "png": {}, "webp": {"quality": 90}, "avif": {"quality": 90}, "gif": {}, "bmp": {},
           "tiff": {}, "ppm": {}} | ({"heic": {"quality": 90, "format": "HEIF"}} if pillow_heif else {})
TURNED = ["jpeg", "png", "webp", "avif", "tiff"] + (["heic"] if pillow_heif else [])


def write(drawing, folder):
    for name in ("formats", "turned", "lying"):
        (folder / name).mkdir(parents=True)
    for ending, options in FORMATS.items():
        drawing.save(folder / "formats" / f"plain.{ending}", **options)
    for value, turn in LYING.items():
        lying = drawing.transpose(turn) if turn is not None else drawing
        lying.save(folder / "lying" / f"{value}.png")
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = value
        for ending in TURNED:
            # pillow_heif takes the orientation from bytes alone, and a TIFF file's own tag is no EXIF block.
            tag = {"tiffinfo": {ExifTags.Base.Orientation: value}} if ending == "tiff" else {"exif": exif.tobytes()}
            lying.save(folder / "turned" / f"{ending}-{value}.{ending}", **tag, **FORMATS[ending])


def main(drawing, folder, *extent):
    with Image.open(drawing) as picture:
        picture = picture.convert("RGB")
    if extent:
        picture.resize(tuple(map(int, extent)), Image.Resampling.NEAREST).save(Path(folder) / "large.jpg", quality=80)
    else:
        write(picture, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
