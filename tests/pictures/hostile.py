"""Hostile pictures, made on the fly: every format that is read, and whatever could hold up or bring down its decoder.

`python -m tests.pictures.hostile FOLDER` fills a folder with them. The same seed makes the same files.
"""

from __future__ import annotations

import io
import os
import random
import socket
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, features

from artbyol.pictures.preview import reads_raw
from tests.pictures.layered import dng, layers, psd

Made = Iterator[tuple[str, bytes]]

_LIES: Final = (0, 1, 255, 40_000, 65_535)
"""Widths and heights that a header claims."""


def hostile_files(seed: int = 0) -> Made:
    """(name, content) of some hundred files; names are unique, and say what is wrong."""
    for name, content in (*_others(), *_jpegs(), *_pngs(), *_tiffs(), *_gifs(), *_bmps(), *_webps(), *_boxes()):
        yield name, content
    rng = random.Random(seed)
    for base, content in valid_files().items():
        stem, suffix = os.path.splitext(base)
        for share in (0.02, 0.2, 0.5, 0.8, 0.97):
            yield f"cut-{stem}-{share}{suffix}", content[: int(len(content) * share)]
        for number in range(4):
            yield f"bent-{stem}-{number}{suffix}", mutated(content, rng)
        yield f"padded-{stem}{suffix}", content + bytes(1 << 16)
        yield f"zero-tail-{stem}{suffix}", content[: len(content) // 2] + bytes(len(content) - len(content) // 2)


def make_hostile_folder(folder: Path, seed: int = 0) -> int:
    """Fill a folder; also with what is no regular file, or cannot be opened. Gives back how many entries it made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in hostile_files(seed):
        (folder / name).write_bytes(content)
    (folder / "folder.jpg").mkdir()
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    (folder / "circle-a.png").symlink_to("circle-b.png")
    (folder / "circle-b.png").symlink_to("circle-a.png")
    (folder / "zero.tif").symlink_to("/dev/zero")
    (folder / "unreadable.jpg").write_bytes(valid_files()["plain.jpg"])
    (folder / "unreadable.jpg").chmod(0)
    (folder / "name\nwith \x1b[31m.jpg").write_bytes(b"no picture")
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.jpg")
        here = Path.cwd()
        os.chdir(folder)  # the names of sockets must be short
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("socket.png")
        os.chdir(here)
    return len(list(folder.iterdir()))


def valid_files() -> dict[str, bytes]:
    """A small sound file of every kind, by name: what is bent, cut and fuzzed."""
    if not _VALID:
        scene = _scene()
        grey16 = Image.fromarray(np.asarray(scene.convert("L"), np.uint16) * 257)
        exif = Image.Exif()
        exif[0x0112] = 6
        kinds: list[tuple[str, Image.Image, dict[str, Any]]] = [
            ("plain.jpg", scene, {"exif": exif}),
            ("progressive.jpg", scene, {"progressive": True}),
            ("cmyk.jpg", scene.convert("CMYK"), {}),
            ("grey.jpg", scene.convert("L"), {}),
            ("plain.png", scene, {"exif": exif}),
            ("palette.png", scene.convert("P"), {"transparency": 3}),
            ("alpha.png", scene.convert("RGBA"), {}),
            ("grey16.png", grey16, {}),
            ("animated.png", scene, {"save_all": True, "append_images": [scene.rotate(90)]}),
            ("plain.gif", scene.convert("P"), {}),
            ("animated.gif", scene.convert("P"), {"save_all": True, "append_images": [scene.rotate(90)]}),
            ("plain.bmp", scene, {}),
            ("palette.bmp", scene.convert("P"), {}),
            ("plain.tif", scene, {}),
            ("lzw.tif", scene, {"compression": "tiff_lzw"}),
            ("deflate.tif", scene.convert("RGBA"), {"compression": "tiff_adobe_deflate"}),
            ("jpeg.tif", scene, {"compression": "jpeg"}),
            ("fax.tif", scene.convert("1"), {"compression": "group4"}),
            ("grey16.tif", grey16, {}),
            ("float.tif", Image.fromarray(np.asarray(scene.convert("L"), np.float32) / 255), {}),
            ("lossy.webp", scene, {}),
            ("lossless.webp", scene.convert("RGBA"), {"lossless": True}),
            ("animated.webp", scene, {"save_all": True, "append_images": [scene.rotate(90)]}),
        ]
        for name, im, options in kinds:
            _VALID[name] = _encoded(im, os.path.splitext(name)[1], options)
        channels = list(np.asarray(scene).transpose(2, 0, 1))
        _VALID["plain.psd"], _VALID["packed.psb"] = psd(channels, 3), psd(channels, 3, packed=True, large=True)
        _VALID["plain.ora"] = layers(scene)
        if reads_raw():
            _VALID["plain.dng"] = dng(scene)
        if features.check("avif"):
            _VALID["plain.avif"] = _encoded(scene, ".avif", {"quality": 60})
            _VALID["alpha.avif"] = _encoded(scene.convert("RGBA"), ".avif", {})
        try:
            import pillow_heif

            buffer = io.BytesIO()
            pillow_heif.from_pillow(scene).save(buffer, quality=60)
            _VALID["plain.heic"] = buffer.getvalue()
        except ImportError:
            pass
    return dict(_VALID)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """The content with some bytes changed, moved, doubled or taken out; mostly near its beginning."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 2, 4, 16))):
        at = rng.randrange(min(len(data), rng.choice((32, 200, 1000, len(data)))))
        kind = rng.random()
        if kind < 0.6:
            data[at] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        elif kind < 0.75:
            data[at : at + 4] = struct.pack(rng.choice("<>") + "I", rng.choice((0, 1, 2**31 - 1, 2**32 - 1, len(data))))
        elif kind < 0.85:
            del data[at : at + rng.randrange(1, 9)]
        else:
            data[at:at] = data[at : at + rng.randrange(1, 64)]
    return bytes(data)


_VALID: dict[str, bytes] = {}


def _scene() -> Image.Image:
    rng = np.random.default_rng(0)
    pixels = np.kron(rng.integers(0, 256, (6, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    return Image.fromarray(pixels)


def _encoded(im: Image.Image, suffix: str, options: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    im.save(buffer, {".jpg": "JPEG", ".tif": "TIFF"}.get(suffix, suffix[1:].upper()), **options)
    return buffer.getvalue()


def _others() -> Made:
    yield "empty.jpg", b""
    yield "one-byte.png", b"\x89"
    yield "zeros.webp", bytes(4000)
    yield "text.jpg", b"This is no picture.\n" * 50
    yield "page.png", b"<!DOCTYPE html><html><body>404</body></html>"
    yield "drawing.gif", b"<svg xmlns='http://www.w3.org/2000/svg' width='9999999' height='9999999'/>"
    yield "program.bmp", b"\x7fELF" + bytes(range(256))
    yield "photoshop.tif", b"8BPS\0\1" + bytes(400)
    yield "jxl.avif", b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(100)
    yield "mail.heic", b"From: a@b.c\n\nftypheic"
    for name, content in (
        ("jpg-named.tif", "plain.jpg"),
        ("tif-named.jpg", "plain.tif"),
        ("webp-named.png", "lossy.webp"),
    ):
        yield name, valid_files()[content]
    inside = valid_files()["plain.png"]
    yield "png-behind-jpg.jpg", valid_files()["plain.jpg"] + inside
    yield "magic-only.jpg", b"\xff\xd8\xff"
    for name, magic in (("a.png", b"\x89PNG\r\n\x1a\n"), ("b.gif", b"GIF89a"), ("c.tif", b"II*\0"), ("d.bmp", b"BM")):
        yield f"magic-only-{name}", magic
        yield f"magic-then-noise-{name}", magic + random.Random(name).randbytes(5000)


# JPEG


def jpeg_of_scans(width: int, height: int, scans: int) -> bytes:
    """A progressive grey JPEG: every scan refines all coefficients of all blocks, and says that none changes."""
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    frame = _segment(0xC2, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")
    table = _segment(0xDB, b"\0" + b"\1" * 64)
    # One code, of one bit: "no difference" for the first coefficient, "the next 2^14 blocks end here" for the others.
    huffman = _segment(0xC4, b"\0\1" + bytes(15) + b"\0") + _segment(0xC4, b"\x10\1" + bytes(15) + b"\xe0")
    first = _segment(0xDA, b"\1\1\0\0\0\0") + bytes(blocks // 8 + 1)
    again = _segment(0xDA, b"\1\1\0\1\x3f\x10") + bytes(2 * (blocks >> 14) + 8)
    return b"\xff\xd8" + frame + table + huffman + first + again * (scans - 1) + b"\xff\xd9"


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 255, marker, len(body) + 2) + body


def _jpegs() -> Made:
    plain = valid_files()["plain.jpg"]
    start, rest = plain[:2], plain[2:]
    tables = plain.index(b"\xff\xdb")
    yield "scans-400.jpg", jpeg_of_scans(1200, 1200, 400)
    yield "scans-2000-small.jpg", jpeg_of_scans(400, 400, 2000)
    yield "scans-400-wide.jpg", jpeg_of_scans(20_000, 20_000, 400)
    yield "scans-8-wide.jpg", jpeg_of_scans(20_000, 20_000, 8)
    yield "padding-of-ff.jpg", plain[:tables] + b"\xff" * 5_000_000 + plain[tables:]
    yield "padding-of-zeros.jpg", plain[:tables] + bytes(5_000_000) + plain[tables:]
    yield "padding-of-junk.jpg", plain[:tables] + b"ab" * 2_500_000 + plain[tables:]
    yield "segments-of-nothing.jpg", start + b"\xff\xfe\0\2" * 1_000_000 + rest
    yield "restarts-of-nothing.jpg", start + b"\xff\xd0" * 2_000_000 + rest
    yield "segment-of-no-length.jpg", start + b"\xff\xe1\0\0" + rest
    yield "segment-past-the-end.jpg", start + b"\xff\xe1\xff\xff" + rest[:100]
    yield (
        "profile-of-255-parts.jpg",
        start
        + b"".join(_segment(0xE2, b"ICC_PROFILE\0" + bytes((n, 255)) + bytes(9000)) for n in range(1, 256))
        + rest,
    )
    yield "no-frame.jpg", start + _segment(0xDA, b"\1\1\0\0\x3f\0") + bytes(100) + b"\xff\xd9"
    yield "frame-in-frame.jpg", start + _segment(0xE1, plain[:600]) + rest
    yield "exif-loop.jpg", start + _segment(0xE1, b"Exif\0\0" + _loop_of_directories()) + rest
    yield "exif-of-many-tags.jpg", start + _segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(60_000)) + rest
    frame = plain.index(b"\xff\xc0")
    for width in _LIES:
        for height in (0, 65_500):
            lied = plain[: frame + 5] + struct.pack(">HH", height, width) + plain[frame + 9 :]
            yield f"size-{width}x{height}.jpg", lied
    for bits, kind in ((12, 0xC1), (8, 0xC3), (8, 0xC5), (8, 0xC9), (8, 0xCB), (16, 0xC3)):
        yield (
            f"frame-{kind:x}-{bits}-bits.jpg",
            plain[:frame] + bytes((255, kind)) + plain[frame + 2 : frame + 4] + bytes((bits,)) + plain[frame + 5 :],
        )


def _loop_of_directories() -> bytes:
    entry = struct.pack(">HHII", 0x8769, 4, 1, 8)
    return b"MM\0*\0\0\0\x08\0\1" + entry + struct.pack(">I", 8)


# PNG


def png_chunk(kind: bytes, body: bytes, wrong: int = 0) -> bytes:
    """A chunk; `wrong` is added to its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", (zlib.crc32(kind + body) + wrong) % 2**32)


def png_with(*chunks: bytes, behind: bytes = b"", base: str = "plain.png") -> bytes:
    """A sound PNG with chunks before its pixels, and behind them."""
    plain = valid_files()[base]
    end = plain.index(b"IEND") - 4
    return plain[:33] + b"".join(chunks) + plain[33:end] + behind + plain[end:]


def png_of(width: int, height: int, depth: int, colour: int, packed: bytes, interlaced: int = 0) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")


def _pngs() -> Made:
    plain = valid_files()["plain.png"]
    bomb = zlib.compress(bytes(60_000_000), 9)
    for width in (0, 1, 2**31 - 1, 2**32 - 1, 60_000):
        for height in (1, 60_000):
            yield f"size-{width}x{height}.png", png_of(width, height, 8, 2, zlib.compress(bytes(99)))
    yield "pixels-bomb.png", png_of(12_000, 12_000, 1, 0, zlib.compress(bytes(1501 * 12_000), 9))
    yield "pixels-bomb-interlaced.png", png_of(8_000, 8_000, 8, 3, zlib.compress(bytes(90_000_000), 9), 1)
    yield "pixels-more-than-fit.png", png_of(50, 50, 8, 2, bomb)
    yield "pixels-too-few.png", png_of(5000, 5000, 8, 2, zlib.compress(bytes(5000)))
    yield "text-bomb.png", png_with(png_chunk(b"zTXt", b"Comment\0\0" + bomb))
    yield "text-bomb-behind.png", png_with(behind=png_chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb))
    yield "text-bombs.png", png_with(png_chunk(b"zTXt", b"C\0\0" + zlib.compress(bytes(1_000_000))) * 100)
    yield "profile-bomb.png", png_with(png_chunk(b"iCCP", b"p\0\0" + bomb))
    yield "profile-of-rubbish.png", png_with(png_chunk(b"iCCP", b"p\0\0" + bytes(50)))
    yield "chunks-of-nothing.png", png_with(png_chunk(b"prVt", b"") * 400_000)
    yield "chunks-of-nothing-behind.png", png_with(behind=png_chunk(b"tEXt", b"") * 400_000)
    yield "pixels-in-nothings.png", plain[:33] + png_chunk(b"IDAT", b"") * 400_000 + plain[33:]
    yield "chunk-of-2-gigabytes.png", plain[:33] + struct.pack(">I", 2**31 - 1) + b"tEXt" + plain[33:]
    yield "chunk-of-4-gigabytes.png", plain[:33] + b"\xff\xff\xff\xffIDAT" + plain[33:]
    yield "chunk-of-no-name.png", png_with(png_chunk(b"\0\1\2\3", b"x"))
    yield "chunk-nobody-knows.png", png_with(png_chunk(b"ABCD", b"x"))
    yield "header-twice.png", png_with(plain[8:33])
    yield "palette-too-long.png", png_with(png_chunk(b"PLTE", bytes(3 * 5000)))
    yield "transparency-short.png", png_with(png_chunk(b"tRNS", b"\0"))
    yield "wrong-sum-of-header.png", plain[:29] + b"abcd" + plain[33:]
    yield "wrong-sum-of-pixels.png", plain.replace(b"IEND", b"IENE")
    yield "exif-loop.png", png_with(png_chunk(b"eXIf", _loop_of_directories()))
    yield "png-in-png.png", png_with(png_chunk(b"tEXt", b"inside\0" + plain) * 50)
    frames = png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    outside = png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 9999, 9999, 9999, 9999, 1, 1, 0, 0))
    yield "frames-2-billion.png", png_with(frames)
    yield "frame-outside.png", png_with(frames, outside)


# TIFF


def tiff(entries: list[tuple[int, int, tuple[int, ...]]], behind: bytes = b"", big_endian: bool = False) -> bytes:
    """A TIFF of one directory; every entry is (tag, type, values). Tag 273 or 324 of value -1: where `behind` lies."""
    order, sizes = ">" if big_endian else "<", {1: "B", 2: "B", 3: "H", 4: "I", 7: "B", 11: "I", 13: "I"}
    start = 8 + 2 + 12 * len(entries) + 4
    outside = b""
    body = struct.pack(order + "H", len(entries))
    length = sum(size for _, kind, values in entries if (size := struct.calcsize(sizes[kind]) * len(values)) > 4)
    for tag, kind, values in sorted(entries):
        values = tuple(start + length if value == -1 else value for value in values)
        packed = struct.pack(f"{order}{len(values)}{sizes[kind]}", *values)
        if len(packed) > 4:
            packed, outside = struct.pack(order + "I", start + len(outside)), outside + packed
        body += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    head = (b"MM\0*" if big_endian else b"II*\0") + struct.pack(order + "I", 8)
    return head + body + bytes(4) + outside + behind


def _usual(width: int, height: int, **more: Any) -> list[tuple[int, int, tuple[int, ...]]]:
    tags = {
        256: width,
        257: height,
        258: (8, 8, 8),
        259: 1,
        262: 2,
        273: -1,
        277: 3,
        278: height,
        279: width * height * 3,
    }
    tags |= {int(name[1:]): value for name, value in more.items()}
    known = ((tag, value if isinstance(value, tuple) else (value,)) for tag, value in tags.items() if value is not None)
    return [(tag, 3 if tag in (258, 259, 262, 277, 284, 317, 320) else 4, values) for tag, values in known]


def _tiffs() -> Made:
    pixels = bytes(range(256)) * 12
    sound = {"width": 32, "height": 32}
    yield (
        "tile-of-a-billion.tif",
        tiff(
            _usual(64, 64, t259=5, t273=None, t278=None, t279=None, t322=32_768, t323=32_768, t324=-1, t325=3000),
            pixels,
        ),
    )
    grey = {"t258": 8, "t262": 1, "t277": 1, "t273": None, "t278": None, "t279": None}
    yield (
        "tile-of-a-billion-grey.tif",
        tiff(_usual(64, 64, t259=5, **grey, t322=32_768, t323=32_768, t324=-1, t325=3000), pixels),
    )
    yield "tile-of-nothing.tif", tiff(_usual(**sound, t273=None, t322=0, t323=0, t324=-1, t325=3000), pixels)
    yield "strips-a-million.tif", tiff(_usual(**sound, t273=(400,) * 1_000_000, t278=32), pixels)
    yield "strips-a-million-large.tif", tiff(_usual(3000, 300, t273=(400,) * 400_000, t278=299), bytes(2_800_000))
    yield "strips-of-no-row.tif", tiff(_usual(**sound, t278=0), pixels)
    yield "strips-of-4-billion-rows.tif", tiff(_usual(**sound, t278=2**32 - 1), pixels)
    yield "strip-past-the-end.tif", tiff(_usual(**sound, t273=2**31), pixels)
    yield "strip-in-the-header.tif", tiff(_usual(**sound, t273=0), pixels)
    for width, height in ((0, 32), (1, 1), (2**31, 2**31), (2**32 - 1, 1), (20_000, 20_000), (60_000, 8)):
        yield f"size-{width}x{height}.tif", tiff(_usual(width, height, t278=8, t279=3000), pixels)
    yield (
        "size-20000x20000-deflate.tif",
        tiff(_usual(20_000, 20_000, t259=8, t258=8, t262=1, t277=1, t279=3000), zlib.compress(bytes(10**6))),
    )
    for bits in (0, 1, 3, 7, 24, 32, 64, 65_535):
        yield f"bits-{bits}.tif", tiff(_usual(**sound, t258=(bits,) * 3), pixels)
    for samples in (0, 2, 5, 65_535):
        yield f"samples-{samples}.tif", tiff(_usual(**sound, t277=samples), pixels)
    for packing in (
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        32_766,
        32_773,
        32_809,
        32_908,
        32_909,
        34_676,
        34_677,
        34_712,
        34_925,
        50_000,
        50_001,
    ):
        yield f"compression-{packing}.tif", tiff(_usual(**sound, t259=packing), pixels)
    for colours in (0, 3, 4, 5, 6, 8, 9, 10, 32_803, 34_892, 65_535):
        yield f"photometric-{colours}.tif", tiff(_usual(**sound, t262=colours), pixels)
    yield "palette-short.tif", tiff(_usual(**sound, t258=8, t262=3, t277=1, t320=(1, 2, 3)), pixels)
    yield "palette-none.tif", tiff(_usual(**sound, t258=8, t262=3, t277=1), pixels)
    yield "planes-16-bit-short.tif", tiff(_usual(**sound, t258=(16,) * 3, t284=2), pixels)
    yield "next-directory-is-this.tif", b"II*\0\x08\0\0\0\0\0\x08\0\0\0"
    loop = bytearray(tiff(_usual(**sound), pixels))
    struct.pack_into("<I", loop, 10 + 12 * 9, 8)
    yield "directory-loop.tif", bytes(loop)
    yield "subdirectory-loop.tif", tiff([*_usual(**sound), (330, 4, (8,) * 50), (34_665, 4, (8,))], pixels)
    yield "directory-past-the-end.tif", b"II*\0\xff\xff\xff\x7f"
    yield "tags-65535.tif", b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 256, 3, 1, 50) * 65_535
    yield "tags-of-4-billion.tif", b"II*\0\x08\0\0\0\2\0" + struct.pack("<HHII", 256, 12, 2**32 - 1, 8) * 2 + bytes(99)
    yield "big-tags.tif", b"II\x2b\0\x08\0\0\0" + struct.pack("<Q", 16) + b"\xff" * 8 + bytes(3000)
    yield "big-values.tif", b"II\x2b\0\x08\0\0\0" + struct.pack("<QQHHQQ", 16, 1, 256, 16, 2**61, 16) + bytes(3000)
    yield "orientation-5.tif", tiff([*_usual(24, 32), (274, 3, (5,))], pixels)
    yield "orientation-99.tif", tiff([*_usual(24, 32), (274, 3, (99,))], pixels)
    yield "text-of-pages.tif", tiff([*_usual(**sound), (270, 2, tuple(b"word " * 200_000))], pixels)


# The others


def _gifs() -> Made:
    plain = valid_files()["plain.gif"]
    head = plain[:781]  # with a palette of 256 colours
    for width in _LIES:
        yield f"size-{width}.gif", plain[:6] + struct.pack("<HH", width, 65_535) + plain[10:]
    yield "comments.gif", head + b"!\xfe\1a\0" * 600_000 + plain[781:]
    yield "comment-without-end.gif", head + b"!\xfe" + (b"\xff" + b"a" * 255) * 20_000
    yield "extensions.gif", head + b"!\xff\0" * 1_000_000 + plain[781:]
    yield "no-frame.gif", head + b";"
    yield "frames-of-nothing.gif", head + b",\0\0\0\0\0\0\0\0\0\2\0" * 100_000 + b";"
    yield "frame-outside.gif", head + b"," + struct.pack("<HHHHB", 65_000, 65_000, 500, 500, 0) + b"\x08\0;"
    yield "frame-64k.gif", head + b"," + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x08\2\0\1\0;"
    for size in (0, 1, 12, 13, 255):
        at = plain.index(b",", 781)
        yield f"code-size-{size}.gif", plain[: at + 10] + bytes((size,)) + plain[at + 11 :]
    yield "no-palette.gif", plain[:10] + b"\0" + plain[11:13] + plain[781:]


def _bmps() -> Made:
    def bmp(width: int, height: int, bits: int, packing: int, body: bytes, colours: int = 0, size: int = 40) -> bytes:
        info = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, packing, len(body), 0, 0, colours, 0)
        return b"BM" + struct.pack("<IHHI", 54 + len(body), 0, 0, 54) + info + body

    for width, height in ((0, 9), (2**31 - 1, 9), (-9, 9), (9, -(2**31)), (30_000, 30_000), (32, -32)):
        yield f"size-{width}x{height}.bmp", bmp(width, height, 24, 0, bytes(5000))
    for bits in (0, 1, 2, 4, 8, 16, 24, 32, 64):
        for packing in (0, 1, 2, 3, 4, 6):
            yield f"bits-{bits}-packing-{packing}.bmp", bmp(32, 32, bits, packing, bytes(range(256)) * 20)
    yield "run-lengths.bmp", bmp(9000, 9000, 8, 1, b"\xff\1" * 200_000)
    yield "jumps.bmp", bmp(9000, 9000, 8, 1, b"\0\2\xff\xff" * 200_000)
    yield "colours-4-billion.bmp", bmp(32, 32, 8, 0, bytes(5000), 2**32 - 1)
    for size in (0, 12, 16, 64, 108, 124, 2**31):
        yield f"header-of-{size}.bmp", bmp(32, 32, 24, 0, bytes(5000), 0, size)


def _webps() -> Made:
    def riff(*chunks: tuple[bytes, bytes]) -> bytes:
        body = b"WEBP" + b"".join(n + struct.pack("<I", len(c)) + c + b"\0" * (len(c) % 2) for n, c in chunks)
        return b"RIFF" + struct.pack("<I", len(body)) + body

    plain = valid_files()["lossy.webp"]
    pixels = plain[20:]
    frame = bytes(6) + b"\x2f\0\0\x2f\0\0" + bytes(4) + b"VP8 " + struct.pack("<I", len(pixels)) + pixels
    for side in (1, 48, 16_383, 2**24):
        canvas = struct.pack("<I", 2) + (side - 1).to_bytes(3, "little") * 2
        yield f"canvas-{side}.webp", riff((b"VP8X", canvas), (b"ANIM", bytes(6)), (b"ANMF", frame))
    small = struct.pack("<I", 2) + (47).to_bytes(3, "little") * 2
    yield "frames-5000.webp", riff((b"VP8X", small), (b"ANIM", bytes(6)), *[(b"ANMF", frame[:200])] * 5000)
    yield (
        "chunks-of-nothing.webp",
        riff((b"VP8X", bytes(1) + small[1:]), *[(b"XXXX", b"")] * 300_000, (b"VP8 ", pixels)),
    )
    yield "riff-in-riff.webp", riff((b"RIFF", plain), (b"VP8 ", pixels))
    yield "length-4-gigabytes.webp", plain[:4] + b"\xff\xff\xff\xff" + plain[8:]
    yield "pixels-4-gigabytes.webp", plain[:16] + b"\xff\xff\xff\xff" + plain[20:]
    for name, body in (
        ("lossless-16384", b"\x2f\xff\xff\xff\x0f" + bytes(2000)),
        ("lossless-noise", b"\x2f\xff\xff\xff\x0f" + b"\xa5" * 2000),
    ):
        yield f"{name}.webp", riff((b"VP8L", body))


def _boxes() -> Made:
    """AVIF and HEIC: boxes in boxes (ISO 14496-12)."""

    def box(kind: bytes, body: bytes, length: int | None = None) -> bytes:
        return struct.pack(">I", len(body) + 8 if length is None else length) + kind + body

    for suffix, brand in (("avif", b"avif"), ("heic", b"heic")):
        plain = valid_files().get(f"plain.{suffix}")
        if plain is None:
            continue
        head = box(b"ftyp", brand + bytes(4) + b"mif1" + brand)
        yield f"head-only.{suffix}", head
        deep = b""
        for _ in range(5000):
            deep = box(b"iprp", deep)
        yield f"boxes-in-boxes.{suffix}", head + box(b"meta", bytes(4) + deep)
        yield f"boxes-of-nothing.{suffix}", head + box(b"free", b"") * 300_000 + plain
        for length in (0, 1, 7, 2**31, 2**32 - 1):
            yield f"box-of-{length}.{suffix}", head + box(b"meta", bytes(99), length)
        size = plain.index(b"ispe") + 8
        for width in (0, 1, 65_535, 2**31, 2**32 - 1):
            yield f"size-{width}.{suffix}", plain[:size] + struct.pack(">II", width, width) + plain[size + 8 :]
        place = plain.index(b"iloc")
        for value in (0, 255):
            yield f"places-{value}.{suffix}", plain[: place + 8] + bytes((value,)) * 20 + plain[place + 28 :]
        yield f"items-60000.{suffix}", plain.replace(b"iinf\0\0\0\0\0\1", b"iinf\0\0\0\0\xea\x60")


def _main() -> None:
    print(make_hostile_folder(Path(sys.argv[1])))


if __name__ == "__main__":
    _main()
