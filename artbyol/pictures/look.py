"""What decoding a file would take, by a look at its header: time, memory, and a source without what only holds it up.

Pillow believes headers and goes through them piece by piece: a few kilobytes can keep it busy for minutes or fill the
memory, and a fault beside the pixels condemns them. Here only lengths are followed; nothing is decoded.
"""

import bisect
import io
import itertools
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from artbyol.pictures.progressive import components_of, quantisation_tables, spans_needed
from artbyol.pictures.psd import read_header
from artbyol.pictures.reduction import jpeg_reduction
from artbyol.pictures.skips import unusable

SECONDS: Final = 20
PIXELS_A_SECOND: Final = 10_000_000
"""A file may take so many seconds of one core, and one more for every so many pixels."""

_SLOW = 2.0  # seconds
_LARGE = 480 << 20  # bytes: 60 megapixels, and a copy of them

_PIXEL, _BYTE, _SCAN = 15e-9, 20e-9, 1.2e-9  # seconds for a pixel, for a byte of the file, for a coefficient a scan
_RUN = 1e-6  # seconds for a byte of run lengths in a BMP, which Pillow reads in Python

_MOST_PARTS = 5000  # segments, blocks or tags before the picture: real files have some dozens, or a few hundred
_READ_WHOLE = 256 << 20  # bytes; of some formats Pillow reads the whole file
_LONGEST_TEXT = 16 << 20  # bytes of a colour profile, or of metadata
_LARGEST_TILE = 4096 * 4096  # pixels, of a picture that is smaller
_BLOCK, _TAIL = 1 << 20, 1 << 14

_Parts = list[tuple[int, int]]


@dataclass(frozen=True)
class Look:
    """A look at a file.

    Attributes:
        source: what to decode: the file, or the file without what is not the picture.
        info: of what was left out, what belongs into `Image.info`.
        size: (width, height) as the header has it; (0, 0): not known.
        memory, seconds: bytes, and time of one core, that decoding takes at most, roughly.
        apart: whether it is to be decoded in a process of its own: it is large, slow, or of a kind that crashes most.
        reduction: of a JPEG: 2, 4 or 8 where it is to be decoded at a half, a quarter or an eighth.
    """

    source: BinaryIO
    info: dict[str, Any] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)
    memory: int = 0
    seconds: float = 0.0
    apart: bool = False
    reduction: int = 1

    @property
    def pixels(self) -> int:
        return self.size[0] * self.size[1]


def look_at(file: BinaryIO, kind: str, short_side: int) -> Look:
    """What it takes to decode a file of this kind (`artbyol.pictures.formats.sniff`) down to a short side.

    Args:
        short_side: 0: the header is all that will be read.

    Raises:
        DecodeError: "too-costly" or "truncated": it is not worth a try.
    """
    look = _LOOKS[kind](file, file.seek(0, 2), short_side)
    if look.seconds > seconds_allowed(look.pixels):
        raise unusable("too-costly", f"about {look.seconds:,.0f} seconds of computing")
    look.source.seek(0)
    return replace(look, apart=look.apart or look.seconds > _SLOW or look.memory > _LARGE)


def seconds_allowed(pixels: int) -> float:
    """Time of one core that a file of so many pixels may take."""
    return SECONDS + pixels / PIXELS_A_SECOND


def _plain(file: BinaryIO, size: int, width: int, height: int, **more: Any) -> Look:
    """Of a file whose pixels are decoded one after the other, at their full number, and copied once."""
    pixels = width * height
    return Look(file, size=(width, height), memory=8 * pixels, seconds=_PIXEL * pixels + _BYTE * size, **more)


_SEGMENT = re.compile(rb"\xff[\xc0-\xcf\xd9-\xfe]")
_END = re.compile(rb"\xff\xd9")
_SCAN_START = re.compile(rb"\xff\xda")
_PROGRESSIVE = (0xC2, 0xCA)
_SCANNED = 64 << 20  # bytes of scans up to which those are sought that can be left out


def _jpeg(file: BinaryIO, size: int, short_side: int) -> Look:
    parts: _Parts = [(0, 2)]
    frame, tables, position = b"", dict[int, NDArray[np.float64]](), 2
    for _ in range(_MOST_PARTS):
        file.seek(position)
        head = file.read(4)
        length = int.from_bytes(head[2:], "big")
        if not _SEGMENT.match(head) or (length < 2 and head[1] != 0xD9):
            # Filling and marks without content: legal, or harmless, but Pillow takes them one by one.
            position = next(_matches(file, position + 1, _SEGMENT), size)
            if position == size:
                return Look(file)
            continue
        marker, end = head[1], position + 2 + length
        if marker == 0xDA:
            break
        if marker == 0xD9:
            return Look(file)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            frame = head[1:2] + file.read(64)
        if marker == 0xDB:
            tables |= quantisation_tables(file.read(length - 2))
        parts.append((position, end))
        position = end
    else:
        raise unusable("too-costly", f"more than {_MOST_PARTS:,} segments before the picture")
    if len(frame) < 10:
        return Look(file)
    if all(next(_matches(file, start, _END), -1) < 0 for start in (max(position, size - _TAIL), position)):
        raise unusable("truncated")  # the zeros that fill up a copy that broke off would pass for grey
    height, width = struct.unpack_from(">HH", frame, 2)
    samplings = [max(1, byte >> 4) * max(1, byte & 15) for byte in frame[8 : 7 + 3 * frame[6] : 3]] or [1]
    coefficients = width * height * sum(samplings) // max(samplings)
    reduction = jpeg_reduction((width, height), short_side) if short_side and width and height else 1
    file.seek(position + 4)
    scans, memory, left = 1, 0, [(position, size)]
    if frame[0] not in (0xC0, 0xC1, 0xC9) or file.read(1) != frame[6:7]:
        scans, memory = sum(1 for _ in _matches(file, position, _SCAN_START)), 2 * coefficients
        if reduction > 1 and frame[0] in _PROGRESSIVE and size - position <= _SCANNED:
            file.seek(position)
            if needed := spans_needed(file.read(), components_of(frame[6:]), tables, reduction):
                scans, left = needed[1], [(position + start, position + end) for start, end in needed[0]]
    return Look(
        _joined(file, [*parts, *left]),
        size=(width, height),
        memory=memory + 8 * width * height // reduction**2,
        seconds=_PIXEL * coefficients + _SCAN * coefficients * scans + _BYTE * sum(end - start for start, end in left),
        reduction=reduction,
    )


_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_SHORTEST = {b"iCCP": 4, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"eXIf": 8, b"tRNS": 1}
_TRANSPARENCY = {0: 2, 2: 6}  # bytes, of grey and of colour
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_XMP, _OLD_EXIF = b"XML:com.adobe.xmp", b"Raw profile type exif"  # the second is ImageMagick's, in hexadecimal digits


def _png(file: BinaryIO, size: int, short_side: int) -> Look:
    """Pillow gets the pixels alone. Whatever lies beside them cannot condemn them, however large or damaged."""
    parts: _Parts = [(0, 8)]
    info: dict[str, Any] = {}
    position, number, width, height, colours = 8, 0, 0, 0, 0
    most = _MOST_PARTS + size // 1024
    while position < size and number < most:
        number += 1
        file.seek(position)
        head = file.read(8)
        name, length = head[4:], int.from_bytes(head[:4], "big")
        end = position + 12 + length
        if name == b"IHDR" and number == 1:
            width, height, colours = struct.unpack(">IIxB", file.read(10).ljust(10, b"\0"))
        if name in _CRITICAL or end > size:
            parts.append((position, end))
            if name == b"IDAT" and end <= size and short_side and not _sum_is_right(file, position + 4, length):
                raise unusable("damaged", "the checksum of its pixels is wrong")  # Pillow does not look
        elif (
            (name in _SHORTEST or name in _TEXTS)
            and _SHORTEST.get(name, 0) <= length <= _LONGEST_TEXT
            and _sum_is_right(file, position + 4, length)
        ):
            file.seek(position + 8)
            body = file.read(length)
            if name == b"tRNS":
                parts += [(position, end)] if length >= _TRANSPARENCY.get(colours, 1) else []
            else:
                info = _said(name, body) | info
        position = end
        if name == b"IEND":
            break
    if number == most:
        raise unusable("too-costly", f"more than {most:,} chunks")
    info = {"exif": b""} | info  # without any, Pillow decodes the picture to look for one behind it
    return replace(_plain(_joined(file, parts), size, width, height), info=info)


def _sum_is_right(file: BinaryIO, position: int, length: int) -> bool:
    """Whether a chunk has the checksum that stands behind it."""
    file.seek(position)
    left, checksum = length + 4, 0
    while left and (block := file.read(min(left, _BLOCK))):
        checksum = zlib.crc32(block, checksum)
        left -= len(block)
    return file.read(4) == checksum.to_bytes(4, "big")


def _said(name: bytes, body: bytes) -> dict[str, Any]:
    """What a chunk beside the pixels says, as Pillow has it in `Image.info`; nothing where it makes no sense."""
    with suppress(ValueError, IndexError, zlib.error):
        if name == b"eXIf":
            return {"exif": b"Exif\0\0" + body}
        if name == b"sRGB":
            return {"srgb": body[0]}
        if name == b"gAMA":
            return {"gamma": int.from_bytes(body[:4], "big") / 100_000}
        if name == b"cHRM":
            return {"chromaticity": tuple(value / 100_000 for value in struct.unpack(">8I", body[:32]))}
        key, value = body.split(b"\0", 1)
        if name == b"iCCP":
            return {"icc_profile": _inflated(value[1:])}
        if key in (_XMP, _OLD_EXIF):
            packed = name == b"zTXt"
            if name == b"iTXt":
                packed, value = value[0] == 1, value[2:].split(b"\0", 2)[2]
            value = _inflated(value[name == b"zTXt" :]) if packed else value
            return {"xmp": value} if key == _XMP else {"exif": bytes.fromhex("".join(value.decode().split("\n")[3:]))}
    return {}


def _inflated(packed: bytes) -> bytes:
    stream = zlib.decompressobj()
    data = stream.decompress(packed, _LONGEST_TEXT)
    return data if stream.eof else b""


def _gif(file: BinaryIO, size: int, short_side: int) -> Look:
    file.seek(6)
    width, height, flags = struct.unpack("<HHB", file.read(5).ljust(5, b"\0"))
    position = 13 + (6 << (flags & 7) if flags & 128 else 0)
    in_extension = False
    for _ in range(_MOST_PARTS):
        file.seek(position)
        head = file.read(10)
        if in_extension:
            position += 1 + sum(head[:1])
            in_extension = head[:1] > b"\0"
        elif head[:1] == b"!":
            position += 2
            in_extension = True
        elif head[:1] == b"," and len(head) == 10:  # a frame may be larger than the screen, which grows then
            left, top, frame_width, frame_height = struct.unpack("<HHHHx", head[1:])
            return _plain(file, size, max(width, left + frame_width), max(height, top + frame_height))
        elif head[:1] in (b";", b""):
            return Look(file)
        else:
            position += 1
    raise unusable("too-costly", f"more than {_MOST_PARTS:,} blocks before the picture")


def _bmp(file: BinaryIO, size: int, short_side: int) -> Look:
    file.seek(14)
    head = file.read(20).ljust(20, b"\0")
    width, height = struct.unpack_from("<HH" if head[0] == 12 else "<ii", head, 4)
    look = _plain(file, size, abs(width), abs(height))
    packed = head[0] != 12 and head[16] in (1, 2)
    return replace(look, seconds=look.seconds + _RUN * size + look.pixels * _BYTE) if packed else look


_USUAL_COMPRESSIONS = (1, 2, 3, 4, 5, 7, 8, 32_773, 32_946)
"""None, fax, LZW, JPEG, deflate and PackBits. The rest of libtiff is less often read, and less often mended."""


class _Tags(dict[int, tuple[int, ...]]):
    """The first directory of a TIFF: of each tag its number, kind, how many values, and the first or where they are."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        file.seek(0)
        head = file.read(16).ljust(16, b"\0")
        order, big = "<" if head[:2] == b"II" else ">", 43 in head[2:4]
        self.shift = (48 if big else 16) if order == ">" else 0  # a short value stands in the first bytes
        file.seek(min(size, struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)[0]))
        count, entry = struct.Struct(order + ("Q" if big else "H")), struct.Struct(order + ("HHQQ" if big else "HHII"))
        (tags,) = count.unpack(file.read(count.size).ljust(count.size, b"\0"))
        if tags > _MOST_PARTS:
            raise unusable("damaged", f"a directory of {tags:,} tags")
        rows = file.read(tags * entry.size)
        super().__init__((row[0], row) for row in entry.iter_unpack(rows[: len(rows) // entry.size * entry.size]))

    def value(self, tag: int, otherwise: int) -> int:
        kind, values, number = self[tag][1:] if tag in self else (4, 1, otherwise)
        return int(number >> self.shift) & 0xFFFF if kind == 3 and values == 1 and tag in self else int(number)


_MAKER, _SUBFILE, _OTHERS, _DNG = 271, 254, 330, 50706
_SENSOR = {259: (34713, 65535), 262: (32803, 34892)}
"""Compression and photometric interpretation of what a sensor saw."""


def is_raw(file: BinaryIO) -> bool:
    """Whether a TIFF is the RAW file of a camera: a DNG, what a sensor saw, or a preview that comes before it."""
    tags = _Tags(file, file.seek(0, 2))
    preview = tags.value(_SUBFILE, 0) == 1 and _MAKER in tags and _OTHERS in tags
    return _DNG in tags or preview or any(tags.value(tag, 0) in values for tag, values in _SENSOR.items())


def _tiff(file: BinaryIO, size: int, short_side: int) -> Look:
    read = _Tags(file, size)
    value = read.value
    width, height = value(256, 0), value(257, 0)
    tile = value(322, 0) * value(323, 0)
    if tile > max(width * height, _LARGEST_TILE):
        raise unusable("damaged", f"{width} x {height} in a tile of {tile:,} pixels")
    strips = max(read[tag][2] for tag in (273, 324, 279, 325, 278) if tag in read) if read.keys() & {273, 324} else 0
    if strips > _MOST_PARTS + 6 * max(height, width * height // 64):
        raise unusable("damaged", f"{width} x {height} in {strips:,} pieces")
    look = _plain(file, size, width, height, apart=value(259, 1) not in _USUAL_COMPRESSIONS)
    deep = 2 if value(258, 1) == 32 else 1  # greys that are brought to 8 bits by way of floats
    return replace(look, memory=deep * look.memory + 4 * tile)


def _webp(file: BinaryIO, size: int, short_side: int) -> Look:
    file.seek(12)
    head = file.read(18).ljust(18, b"\0")
    width = height = 0
    if head[:4] == b"VP8X":
        width, height = (1 + int.from_bytes(head[at : at + 3], "little") for at in (12, 15))
    elif head[:4] == b"VP8L":
        bits = int.from_bytes(head[9:13], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif head[:4] == b"VP8 ":
        width, height = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (14, 16))
    return _read_whole(_plain(file, size, width, height), size)


def _boxes(file: BinaryIO, size: int, short_side: int) -> Look:
    """AVIF and HEIF (ISO 14496-12): the largest picture among the properties; their decoders run apart."""
    position, width, height = 0, 0, 0
    for _ in range(64):
        file.seek(position)
        head = file.read(16)
        length = int.from_bytes(head[:4], "big")
        if head[4:8] == b"meta":
            file.seek(position)
            properties = file.read(min(length, _BLOCK))
            for at in re.finditer(b"ispe", properties):
                sides = struct.unpack(">II", properties[at.end() + 4 : at.end() + 12].ljust(8, b"\0"))
                width, height = max((width, height), sides, key=lambda one: one[0] * one[1])
        length = int.from_bytes(head[8:], "big") if length == 1 else length
        if length < 8:
            break
        position += length
    return _read_whole(_plain(file, size, width, height, apart=True), size)


def _psd(file: BinaryIO, size: int, short_side: int) -> Look:
    head = read_header(file)
    return _plain(file, size, head.width, head.height, apart=True)


def _raw(file: BinaryIO, size: int, short_side: int) -> Look:
    """Nothing is known but what a large preview may take."""
    return Look(file, memory=_LARGE + 2 * size, seconds=_BYTE * size, apart=True)


def _read_whole(look: Look, size: int) -> Look:
    if size > _READ_WHOLE:
        raise unusable("too-costly", f"{size >> 20:,} MB, and the whole file would have to be in memory")
    return replace(look, memory=look.memory + 3 * size)


def _matches(file: BinaryIO, position: int, two_bytes: re.Pattern[bytes]) -> Iterator[int]:
    """Where a pattern of two bytes is found from a position on."""
    file.seek(position)
    before = b""
    while block := file.read(_BLOCK):
        for match in two_bytes.finditer(before + block):
            yield position - len(before) + match.start()
        position += len(block)
        before = block[-1:]


def _joined(file: BinaryIO, parts: _Parts) -> BinaryIO:
    """These parts of a file, one after the other, as a file: itself where nothing is left out."""
    merged: _Parts = []
    for start, end in parts:
        if merged and merged[-1][1] == start:
            start = merged.pop()[0]
        merged.append((start, end))
    return file if len(merged) == 1 else io.BufferedReader(_PartsOfAFile(file, merged), _TAIL)


class _PartsOfAFile(io.RawIOBase):
    def __init__(self, file: BinaryIO, parts: _Parts) -> None:
        self.file, self.parts, self.at = file, parts, 0
        self.ends = list(itertools.accumulate(end - start for start, end in parts))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = max(0, offset + (0, self.at, self.ends[-1])[whence])
        return self.at

    def readinto(self, buffer: Any) -> int:
        part = bisect.bisect_right(self.ends, self.at)
        if part == len(self.parts):
            return 0
        left = self.ends[part] - self.at
        self.file.seek(self.parts[part][1] - left)
        data = self.file.read(min(len(buffer), left))
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)


_LOOKS: dict[str, Callable[[BinaryIO, int, int], Look]] = {
    "JPEG": _jpeg, "PNG": _png, "GIF": _gif, "BMP": _bmp, "TIFF": _tiff, "WEBP": _webp, "AVIF": _boxes, "HEIF": _boxes,
    "PSD": _psd, "RAW": _raw,
}  # fmt: skip
