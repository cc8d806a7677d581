"""Picture files for the tests of the readers.

Usage: picture_files.py KIND FOLDER

Writes small files of a kind into FOLDER; the same ones every time. KIND is a function below, or `all`: then every kind
has a folder of its own.
"""

import io
import random
import struct
import sys
import zlib
from pathlib import Path

from PIL import Image

CHANCE = random.Random()


def noise(mode, width, height):
    bands = len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, (width, height), CHANCE.randbytes(width * height * bands))


def smooth(width, height):
    """A picture whose colours change slowly, as those of photographs do."""
    ramp = [(x * 200 // width + 20, y * 200 // height + 30, 230 - (x + y) * 200 // (width + height))
            for y in range(height) for x in range(width)]
    return Image.frombytes("RGB", (width, height), bytes(sample for pixel in ramp for sample in pixel))


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# EXIF blocks

def tiff(entries, order="<", magic=42, directory=8, count=None, tail=b"\0\0\0\0"):
    """A directory of (tag, type, count, four bytes)."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", magic, directory)
    packed = b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3] for entry in entries)
    return head + struct.pack(order + "H", len(entries) if count is None else count) + packed + tail


def oriented(value, order="<"):
    return tiff([(0x0112, 3, 1, struct.pack(order + "HH", value, 0))], order)


def segment(content, marker=0xE1):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def with_segments(jpeg, *segments):
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def with_chunks(png, *chunks, is_last=False):
    packed = b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks)
    place = len(png) - 12 if is_last else 33
    return png[:place] + packed + png[place:]


def xmp(value):
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>' % value


XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXIF = b"Exif\0\0"


def orientation():
    """Every orientation, in every place that has one."""
    jpeg, png = encoded(noise("RGB", 70, 41), "JPEG", quality=95), encoded(noise("RGB", 7, 5), "PNG")
    grey, cmyk = encoded(noise("L", 9, 66), "JPEG"), encoded(noise("CMYK", 9, 6), "JPEG")
    for value in range(10):
        for order, name in (("<", "little"), (">", "big")):
            block = oriented(value, order)
            yield f"{value}-{name}.jpg", with_segments(jpeg, segment(EXIF + block))
            yield f"{value}-{name}.png", with_chunks(png, (b"eXIf", block))
        yield f"{value}-grey.jpg", with_segments(grey, segment(EXIF + oriented(value)))
        yield f"{value}-cmyk.jpg", with_segments(cmyk, segment(EXIF + oriented(value)))
        yield f"{value}-xmp.jpg", with_segments(jpeg, segment(XMP + xmp(value)))
        element = b"<tiff:Orientation>%d</tiff:Orientation>" % value
        yield f"{value}-element.jpg", with_segments(jpeg, segment(XMP + element))
        text = b"XML:com.adobe.xmp\0\0\0\0\0"
        yield f"{value}-xmp.png", with_chunks(png, (b"iTXt", text + xmp(value)))
        text = b"XML:com.adobe.xmp\0\1\0en\0name\0"
        yield f"{value}-packed-xmp.png", with_chunks(png, (b"iTXt", text + zlib.compress(xmp(value))))
        yield f"{value}-late.png", with_chunks(png, (b"eXIf", oriented(value)), is_last=True)
        raw = b"\nexif\n%8d\n%s\n" % (len(EXIF + oriented(value)), (EXIF + oriented(value)).hex().encode())
        name = b"Raw profile type exif\0"
        yield f"{value}-profile.png", with_chunks(png, (b"zTXt", name + b"\0" + zlib.compress(raw)))
        yield f"{value}-text.png", with_chunks(png, (b"tEXt", name + raw))
        yield f"{value}-twice.jpg", with_segments(jpeg, segment(EXIF + EXIF + oriented(value)))


def segments():
    """Several APP1 segments, thumbnails, and what goes around them."""
    jpeg = encoded(noise("RGB", 24, 10), "JPEG")
    thumbnail = with_segments(encoded(noise("RGB", 4, 4), "JPEG"), segment(EXIF + oriented(3)))
    own = [(0x0112, 3, 1, struct.pack("<HH", 6, 0))]
    # A second directory with another orientation, whose thumbnail is a JPEG file with a third one.
    second = tiff([(0x0112, 3, 1, struct.pack("<HH", 8, 0)), (0x0201, 4, 1, struct.pack("<I", 60))])[8:]
    chained = tiff(own, tail=struct.pack("<I", 26)) + second + thumbnail
    yield "thumbnail.jpg", with_segments(jpeg, segment(EXIF + chained))
    lonely = tiff([(0x0100, 3, 1, b"\1\0\0\0")], tail=struct.pack("<I", 26)) + second + thumbnail
    yield "thumbnail-only.jpg", with_segments(jpeg, segment(EXIF + lonely))
    yield "xmp-first.jpg", with_segments(jpeg, segment(XMP + xmp(3)), segment(EXIF + oriented(6)))
    yield "xmp-last.jpg", with_segments(jpeg, segment(EXIF + oriented(6)), segment(XMP + xmp(3)))
    yield "two-xmp.jpg", with_segments(jpeg, segment(XMP + xmp(3)), segment(XMP + xmp(6)))
    no_orientation = tiff([(0x0100, 3, 1, b"\1\0\0\0")])
    yield "xmp-after-other-tags.jpg", with_segments(jpeg, segment(EXIF + no_orientation), segment(XMP + xmp(8)))
    yield "nonsense-before-xmp.jpg", with_segments(jpeg, segment(EXIF + oriented(77)), segment(XMP + xmp(8)))
    yield "two-blocks.jpg", with_segments(jpeg, segment(EXIF + oriented(6)), segment(EXIF + oriented(3)))
    yield "empty-first.jpg", with_segments(jpeg, segment(EXIF), segment(EXIF + oriented(3)))
    block = EXIF + oriented(5)
    yield "in-parts.jpg", with_segments(jpeg, segment(block[:20]), segment(EXIF + block[20:]))
    yield "other-segments.jpg", with_segments(
        jpeg, segment(b"ICC_PROFILE\0\1\1" + block, 0xE2), segment(block, 0xFE), segment(b"Exifx" + block),
        segment(block))
    yield "fill.jpg", jpeg[:2] + b"\xff\xff\xff" + segment(block)[1:] + jpeg[2:]
    yield "after-the-scan.jpg", jpeg[:-2] + segment(block) + jpeg[-2:]
    png = encoded(noise("RGB", 5, 3), "PNG")
    yield "two-chunks.png", with_chunks(png, (b"eXIf", oriented(6)), (b"eXIf", oriented(3)))


def hostile():
    """EXIF blocks that are cut off, lie, or repeat themselves."""
    jpeg = encoded(noise("RGB", 13, 6), "JPEG")
    six = struct.pack("<HH", 6, 0)
    good = (0x0112, 3, 1, six)
    blocks = [oriented(6)[:length] for length in range(len(oriented(6)))]
    # Every type, with values of 6 where the type can hold one.
    values = {1: b"\6", 2: b"6\0", 3: b"\6\0", 4: b"\6\0\0\0", 5: struct.pack("<II", 12, 2), 6: b"\6", 7: b"\6",
              8: b"\6\0", 9: b"\6\0\0\0", 10: struct.pack("<ii", -18, -3), 11: struct.pack("<f", 6),
              12: struct.pack("<d", 6), 13: b"\6\0\0\0", 16: struct.pack("<Q", 6)}
    for kind in range(20):
        for count in (0, 1, 2, 3):
            data = values.get(kind, b"\6\0\0\0") * count
            if len(data) <= 4:
                blocks.append(tiff([(0x0112, kind, count, data.ljust(4, b"\0"))]))
            else:
                blocks.append(tiff([(0x0112, kind, count, struct.pack("<I", 26))]) + data)
    blocks.append(tiff([(0x0112, 5, 1, struct.pack("<I", 26))]) + struct.pack("<II", 6, 0))
    blocks.append(tiff([(0x0112, 8, 1, struct.pack("<hH", -6, 0))]))
    blocks.append(tiff([(0x0112, 11, 1, struct.pack("<f", float("nan")))]))
    blocks.append(tiff([(0x0112, 11, 1, struct.pack("<f", 6.5))]))
    # Counts and addresses beyond everything, before the orientation and in it.
    for count in (0, 5, 100, 65535, 2**31, 2**32 - 1):
        for offset in (0, 8, 20, 1000, 2**31, 2**32 - 1):
            for kind in (2, 3, 12):
                entry = (0x010F, kind, count, struct.pack("<I", offset))
                blocks.append(tiff([entry, good]))
                blocks.append(tiff([(0x0112, *entry[1:]), good]))
    for directory in (0, 4, 7, 9, 10, 26, 100, 2**31, 2**32 - 1):
        blocks.append(tiff([good], directory=directory))
    for count in (0, 2, 3, 65535):
        blocks.append(tiff([good], count=count))
        blocks.append(tiff([(0x0100, 3, 1, six), good], count=count))
    blocks.append(tiff([(number, 3, 1, six) for number in range(2000, 6000)] + [good]))
    blocks.append(tiff([(0x010F, 99, 1, six), (0x0112, 99, 1, six), good]))
    blocks.append(tiff([(0x0112, 3, 1, struct.pack("<HH", 3, 0)), good]))
    # A directory that names itself as the next one.
    blocks.append(tiff([good], tail=struct.pack("<I", 8)))
    for magic in (0, 41, 43, 0x2A00, 0x2B00):
        for order in "<>":
            blocks.append(tiff([(0x0112, 3, 1, struct.pack(order + "HH", 6, 0))], order, magic))
    blocks.append(b"XX" + oriented(6)[2:])
    for _ in range(300):
        block = bytearray(tiff([(0x010F, 2, 9, struct.pack("<I", 38)), good, ]) + b"a camera\0")
        for _ in range(CHANCE.randint(1, 4)):
            block[CHANCE.randrange(8, len(block))] = CHANCE.choice([0, 1, 2, 3, 6, 18, 255, CHANCE.randrange(256)])
        blocks.append(bytes(block))
    for number, block in enumerate(blocks):
        if len(block) < 65000:
            yield f"{number:04}.jpg", with_segments(jpeg, segment(EXIF + block))
    for length in (0, 1, 2, 3, 60000):
        yield f"length-{length}.jpg", jpeg[:2] + b"\xff\xe1" + struct.pack(">H", length) + EXIF + oriented(6) + jpeg[2:]


# Formats without a library

def bmp_file(bits, width, height, data, palette=b"", compression=0, colours=0, header=40, masks=b""):
    offset = 14 + 40 + len(masks) + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(data), 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + info + masks + palette + data


def bmp():
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        for width in (1, 5, 8, 9):
            image = noise("RGB", width, 6)
            image = noise(mode, width, 6) if mode in ("RGB", "RGBA") else image.convert(mode)
            yield f"{mode}-{width}.bmp", encoded(image, "BMP")
    colours = CHANCE.randbytes(1024)
    for bits in (1, 4, 8):
        for height in (5, -5):
            data = CHANCE.randbytes((7 * bits + 31) // 32 * 4 * 5)
            palette = colours[:4 << bits]
            yield f"palette-{bits}-{height}.bmp", bmp_file(bits, 7, height, data, palette)
            few = colours[:4 * (1 << bits - 1)]
            yield f"few-{bits}-{height}.bmp", bmp_file(bits, 7, height, data, few, colours=len(few) // 4)
    data = CHANCE.randbytes(16 * 5)
    yield "16.bmp", bmp_file(16, 7, 5, data)
    yield "16-565.bmp", bmp_file(16, 7, 5, data, compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    yield "16-555.bmp", bmp_file(16, 7, -5, data, compression=3, masks=struct.pack("<III", 0x7C00, 0x3E0, 0x1F))
    data = CHANCE.randbytes(28 * 5)
    yield "32.bmp", bmp_file(32, 7, 5, data)
    yield "32-masks.bmp", bmp_file(
        32, 7, 5, data, compression=3, masks=struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00))
    core = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26 + 48) + struct.pack("<IHHHH", 12, 7, 5, 1, 4)
    yield "core.bmp", core + colours[:48] + CHANCE.randbytes(20)
    # Runs, literals, line ends, a delta and the end.
    eight = bytes([3, 1, 0, 3, 7, 8, 9, 0, 9, 5, 0, 0, 2, 6, 0, 2, 2, 1, 4, 4, 0, 0, 0, 4, 1, 2, 3, 4, 1, 9, 0, 0]) + \
        bytes([7, 200, 0, 0, 7, 201, 0, 1])
    yield "rle8.bmp", bmp_file(8, 7, 6, eight, colours, compression=1)
    four = bytes([5, 0x12, 0, 3, 0x45, 0x60, 0, 0, 7, 0x9A, 0, 0, 0, 5, 0x12, 0x34, 0x50, 0, 2, 0x77, 7, 0x88, 0, 1])
    yield "rle4.bmp", bmp_file(4, 7, 4, four, colours[:64], compression=2)


def pnm():
    for mode, ending in (("1", "pbm"), ("L", "pgm"), ("RGB", "ppm")):
        for width in (1, 8, 11):
            image = noise("L", width, 5).convert("1") if mode == "1" else noise(mode, width, 5)
            yield f"{mode}-{width}.{ending}", encoded(image, "PPM")
    yield "text.pbm", b"P1\n# a comment\n5 2\n1 0 1 0 1\n0110 # and one\n1\n"
    yield "text.pgm", b"P2 3 2 # comment\n15\n0 1 2\r\n# in between\n13 14\t15"
    yield "text.ppm", b"P3\n2 2\n255\n" + b" ".join(b"%d" % CHANCE.randrange(256) for _ in range(12)) + b"\n"
    yield "text-large.ppm", b"P3\n2 2\n60000\n" + b" ".join(b"%d" % CHANCE.randrange(60001) for _ in range(12))
    for largest in (1, 7, 100, 255, 256, 1000, 40000, 65535):
        bytes_each = 1 if largest < 256 else 2
        count = 3 * 40 * 9
        values = b"".join(CHANCE.randrange(largest + 1).to_bytes(bytes_each, "big") for _ in range(count))
        yield f"{largest}.ppm", b"P6\n40 9\n%d\n" % largest + values
        if largest < 256 or largest == 65535:
            yield f"{largest}.pgm", b"P5\n40 27\n%d\n" % largest + values
    yield "two.ppm", (b"P6 2 1 255\n" + CHANCE.randbytes(6)) * 2


# Formats with a library

def webp():
    for quality in (1, 50, 100):
        for width, height in ((16, 16), (33, 17), (1, 1)):
            yield f"lossy-{quality}-{width}.webp", encoded(noise("RGB", width, height), "WEBP", quality=quality)
    yield "smooth.webp", encoded(smooth(61, 43), "WEBP", quality=80)
    yield "alpha.webp", encoded(noise("RGBA", 21, 14), "WEBP", quality=70)
    for mode in ("RGB", "RGBA"):
        yield f"lossless-{mode}.webp", encoded(noise(mode, 29, 13), "WEBP", lossless=True)
        yield f"exact-{mode}.webp", encoded(noise(mode, 29, 13), "WEBP", lossless=True, exact=True)
    yield "palette.webp", encoded(noise("RGB", 29, 13).quantize(6), "WEBP", lossless=True)
    frames = [noise("RGBA", 20, 12) for _ in range(3)]
    for lossless in (False, True):
        yield f"animated-{lossless}.webp", encoded(
            frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=lossless, background=(9, 9, 9, 255))
    # A first frame that covers a part of the canvas: the frame of an animation moved into a larger one.
    data = bytearray(encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:2], lossless=True))
    canvas, frame = data.index(b"VP8X") + 12, data.index(b"ANMF") + 8
    data[canvas:canvas + 6] = (29).to_bytes(3, "little") + (19).to_bytes(3, "little")
    data[frame:frame + 6] = (2).to_bytes(3, "little") + (3).to_bytes(3, "little")
    yield "part.webp", bytes(data)
    for value in range(10):
        exif = EXIF + oriented(value, "<>"[value % 2])
        yield f"exif-{value}.webp", encoded(noise("RGB", 9, 6), "WEBP", lossless=True, exif=exif)
        yield f"xmp-{value}.webp", encoded(noise("RGB", 9, 6), "WEBP", lossless=True, xmp=xmp(value))


def gif_file(screen, frame, palette, indices, *, local=None, control=b"", interlaced=False):
    """A GIF file of one frame; the data are taken from a file of Pillow's."""
    width, height = frame[2:]
    image = Image.frombytes("L", (width, height), bytes(indices))
    written = encoded(image, "GIF", interlace=interlaced, optimize=False)
    place = written.index(b",\0\0\0\0" + struct.pack("<HH", width, height))
    flags = written[place + 9]
    data = written[place + 10 + (3 << (flags & 7) + 1 if flags & 128 else 0):]

    def bits(colours):
        return 0 if colours is None else 128 | (len(colours) // 3).bit_length() - 2

    head = b"GIF89a" + struct.pack("<HHBBB", *screen, bits(palette), 3, 0) + (palette or b"")
    flags = bits(local) | (64 if interlaced else 0)
    return head + control + b"," + struct.pack("<HHHHB", *frame, flags) + (local or b"") + data


def gif():
    for size in ((1, 1), (17, 23)):
        yield f"grey-{size[0]}.gif", encoded(noise("L", *size), "GIF")
        yield f"colour-{size[0]}.gif", encoded(noise("RGB", *size), "GIF")
    yield "bits.gif", encoded(noise("RGB", 9, 8).convert("1"), "GIF")
    for colours in (2, 3, 16, 200):
        image = noise("RGB", 31, 19).quantize(colours)
        for interlace in (0, 1):
            yield f"{colours}-{interlace}.gif", encoded(image, "GIF", interlace=interlace)
        yield f"transparent-{colours}.gif", encoded(image, "GIF", transparency=1)
    frames = [noise("RGB", 12, 9) for _ in range(3)]
    yield "animated.gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], disposal=2)
    colours, few = CHANCE.randbytes(768), CHANCE.randbytes(12)
    indices = CHANCE.randbytes(6 * 9)
    transparent = b"!\xf9\4\1\0\0\7\0"
    yield "small-frame.gif", gif_file((20, 15), (3, 2, 6, 9), colours, indices)
    yield "small-transparent.gif", gif_file((20, 15), (3, 2, 6, 9), colours, indices, control=transparent)
    yield "two-controls.gif", gif_file(
        (20, 15), (3, 2, 6, 9), colours, indices, control=transparent + b"!\xfe\3abc\0" + b"!\xf9\4\0\0\0\5\0")
    yield "beyond-screen.gif", gif_file((5, 4), (3, 2, 6, 9), colours, indices)
    yield "local.gif", gif_file((9, 9), (0, 0, 6, 9), colours, indices, local=CHANCE.randbytes(768))
    yield "no-palette.gif", gif_file((9, 9), (0, 0, 6, 9), None, indices)
    yield "few-colours.gif", gif_file((9, 9), (0, 0, 6, 9), few, indices)
    ramp = bytes(i for i in range(4) for _ in range(3))
    yield "short-ramp.gif", gif_file((9, 9), (0, 0, 6, 9), ramp, indices)
    yield "interlaced-part.gif", gif_file((20, 15), (3, 2, 6, 9), colours, indices, interlaced=True)


def tiff_pages():
    sixteen = Image.frombytes("I;16", (17, 9), CHANCE.randbytes(2 * 17 * 9))
    pictures = {mode: noise(mode, 37, 21) for mode in ("L", "RGB", "RGBA", "CMYK")}
    pictures |= {"1": noise("L", 37, 21).convert("1"), "P": noise("RGB", 37, 21).quantize(50), "16": sixteen,
                 "RGBX": noise("RGB", 300, 5)}
    for mode, image in pictures.items():
        for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits", "zstd", "lzma"):
            yield f"{mode}-{compression}.tiff", encoded(image, "TIFF", compression=compression)
    for compression in ("group3", "group4", "tiff_ccitt"):
        yield f"1-{compression}.tif", encoded(pictures["1"], "TIFF", compression=compression)
    for mode in ("L", "RGB", "CMYK"):
        yield f"{mode}-jpeg.tif", encoded(noise(mode, 37, 21), "TIFF", compression="jpeg", quality=90)
    yield "smooth-jpeg.tif", encoded(smooth(70, 50), "TIFF", compression="jpeg")
    for big in (False, True):
        yield f"big-{big}.tif", encoded(noise("RGB", 11, 6), "TIFF", big_tiff=big)
    yield "strips.tif", encoded(noise("RGB", 40, 50), "TIFF", compression="tiff_lzw", strip_size=700)
    yield "predictor.tif", encoded(smooth(40, 50), "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    yield "pages.tif", encoded(noise("RGB", 8, 6), "TIFF", save_all=True, append_images=[noise("RGB", 5, 5)])
    for value in range(10):
        # libtiff refuses to write others than 1 to 8.
        for compression in (None, "tiff_lzw") if 1 <= value <= 8 else (None,):
            yield f"turned-{value}-{compression}.tif", encoded(
                noise("RGB", 8, 5), "TIFF", tiffinfo={0x0112: value}, compression=compression)
    yield from tiff_by_hand()


def tiff_layout(order, width, height, tags, blocks, offsets_tag=273, counts_tag=279):
    """A TIFF file of uncompressed strips or tiles."""
    entries = {256: (4, [width]), 257: (4, [height]), 259: (3, [1]), **tags}
    entries[offsets_tag], entries[counts_tag] = (4, [0] * len(blocks)), (4, [len(block) for block in blocks])
    formats = {3: "H", 4: "I"}
    place = 8 + 2 + 12 * len(entries) + 4
    extra_size = sum(
        struct.calcsize(formats[kind]) * len(values) for kind, values in entries.values()
        if struct.calcsize(formats[kind]) * len(values) > 4)
    start = place + extra_size
    offsets = [start + sum(map(len, blocks[:i])) for i in range(len(blocks))]
    entries[offsets_tag] = (4, offsets)
    directory, extra = b"", b""
    for tag, (kind, values) in sorted(entries.items()):
        data = struct.pack(f"{order}{len(values)}{formats[kind]}", *values)
        if len(data) > 4:
            data, extra = struct.pack(order + "I", place + len(extra)), extra + data
        directory += struct.pack(order + "HHI", tag, kind, len(values)) + data.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(entries))
    return head + directory + bytes(4) + extra + b"".join(blocks)


def tiff_by_hand():
    """What Pillow reads and does not write."""
    for order, name in (("<", "little"), (">", "big")):
        for bits in (1, 2, 4, 8):
            row = (13 * bits + 7) // 8
            for photometric in (0, 1, 3):
                tags = {258: (3, [bits]), 262: (3, [photometric])}
                if photometric == 3:
                    tags[320] = (3, [CHANCE.randrange(65536) for _ in range(3 << bits)])
                yield f"{name}-{bits}-{photometric}.tif", tiff_layout(
                    order, 13, 6, tags, [CHANCE.randbytes(row * 6)])
        yield f"{name}-16-grey.tif", tiff_layout(
            order, 13, 6, {258: (3, [16]), 262: (3, [1])}, [CHANCE.randbytes(26 * 6)])
        for extra, kind in ((None, "plain"), (0, "unspecified"), (1, "associated"), (2, "unassociated")):
            samples = 3 if extra is None else 4
            tags = {258: (3, [16] * samples), 262: (3, [2]), 277: (3, [samples])}
            if extra is not None:
                tags[338] = (3, [extra])
            yield f"{name}-16-{kind}.tif", tiff_layout(
                order, 9, 6, tags, [CHANCE.randbytes(9 * 6 * samples * 2)])
            tags = {**tags, 258: (3, [8] * samples)}
            yield f"{name}-8-{kind}.tif", tiff_layout(order, 9, 6, tags, [CHANCE.randbytes(9 * 6 * samples)])
        tags = {258: (3, [16] * 4), 262: (3, [5]), 277: (3, [4])}
        yield f"{name}-16-cmyk.tif", tiff_layout(order, 9, 6, tags, [CHANCE.randbytes(9 * 6 * 8)])
    for samples, photometric in ((3, 2), (4, 5)):
        tags = {258: (3, [8] * samples), 262: (3, [photometric]), 277: (3, [samples]), 284: (3, [2]), 278: (4, [4])}
        planes = [CHANCE.randbytes(9 * rows) for _ in range(samples) for rows in (4, 2)]
        yield f"planes-{samples}.tif", tiff_layout("<", 9, 6, tags, planes)
        tags = {258: (3, [8] * samples), 262: (3, [photometric]), 277: (3, [samples]), 322: (3, [16]), 323: (3, [16])}
        tiles = [CHANCE.randbytes(256 * samples) for _ in range(6)]
        yield f"tiles-{samples}.tif", tiff_layout("<", 40, 20, tags, tiles, 324, 325)
        tiles = [CHANCE.randbytes(256) for _ in range(6 * samples)]
        yield f"tiled-planes-{samples}.tif", tiff_layout("<", 40, 20, {**tags, 284: (3, [2])}, tiles, 324, 325)


def heif():
    """HEIC and AVIF: lossy, and turned."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    image = smooth(96, 64)
    for quality in (60, 95):
        yield f"{quality}.avif", encoded(image, "AVIF", quality=quality)
        yield f"{quality}-444.avif", encoded(image, "AVIF", quality=quality, subsampling="4:4:4")
        yield f"{quality}.heic", encoded(image, "HEIF", quality=quality)
        yield f"{quality}-444.heic", encoded(image, "HEIF", quality=quality, chroma=444)
    yield "grey.avif", encoded(image.convert("L"), "AVIF", quality=90)
    yield "grey.heic", encoded(image.convert("L"), "HEIF", quality=90)
    yield "alpha.avif", encoded(image.convert("RGBA"), "AVIF", quality=90)
    for value in range(1, 9):
        exif = EXIF + oriented(value)
        yield f"turned-{value}.avif", encoded(image, "AVIF", quality=95, exif=exif)
        yield f"turned-{value}.heic", encoded(image, "HEIF", quality=95, exif=exif)
        # A tag that nothing in the container agrees with is not followed.
        for ending, kind in (("avif", "AVIF"), ("heic", "HEIF")):
            other_tag = tiff([(0x0100, 3, 1, struct.pack("<HH", value, 0))])
            data = encoded(image, kind, quality=95, exif=EXIF + other_tag)
            assert other_tag in data
            yield f"tag-alone-{value}.{ending}", data.replace(other_tag, oriented(value))
    frames = [image, image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)]
    yield "animated.avif", encoded(image, "AVIF", quality=95, save_all=True, append_images=frames[1:])


def lying_heif():
    """HEIC and AVIF files of 1536 x 1024 pixels whose containers say 64 x 64."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    for ending, kind in (("avif", "AVIF"), ("heic", "HEIF")):
        data = encoded(Image.new("RGB", (1536, 1024)), kind, quality=30)
        yield f"large.{ending}", data
        true, false = struct.pack(">II", 1536, 1024), struct.pack(">II", 64, 64)
        assert true in data
        yield f"lying.{ending}", data.replace(true, false)


KINDS = (orientation, segments, hostile, bmp, pnm, webp, gif, tiff_pages, heif, lying_heif)


def main(kind, folder):
    if kind == "all":
        for function in KINDS:
            target = Path(folder) / function.__name__
            target.mkdir()
            try:
                write(function, target)
            except ImportError:  # pillow_heif; the tests that need it are skipped.
                target.rmdir()
    else:
        write(globals()[kind], Path(folder))


def write(function, folder):
    CHANCE.seed(20)
    for name, data in function():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
