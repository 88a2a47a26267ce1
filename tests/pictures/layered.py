"""Small files of other programs with a finished picture in them, written by hand."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_SIZES = {1: "B", 3: "H", 4: "I"}


def psd(
    channels: Sequence[NDArray[Any]], colours: int, *, packed: bool = False, large: bool = False, resources: bytes = b""
) -> bytes:
    """A Photoshop document without layers, of channels (h, w) in 8 or 16 bits; large: a PSB."""
    height, width = channels[0].shape
    depth = 8 * channels[0].itemsize
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1 + large, len(channels), height, width, depth, colours)
    head += struct.pack(">II", 0, len(resources)) + resources + bytes(8 if large else 4)
    rows = [row.astype(row.dtype.newbyteorder(">")).tobytes() for channel in channels for row in channel]
    if not packed:
        return head + bytes(2) + b"".join(rows)
    rows = [b"".join(b"\0" + row[at : at + 1] for at in range(len(row))) for row in rows]  # each byte by itself
    lengths = b"".join(struct.pack(">I" if large else ">H", len(row)) for row in rows)
    return head + b"\0\1" + lengths + b"".join(rows)


def resource(number: int, data: bytes) -> bytes:
    """A part of such a document that is no picture."""
    return struct.pack(">4sHHI", b"8BIM", number, 0, len(data)) + data + bytes(len(data) % 2)


def layers(im: Image.Image, kind: str = "image/openraster", name: str = "mergedimage.png") -> bytes:
    """An OpenRaster or Krita archive whose layers together look like this."""
    picture, archive = io.BytesIO(), io.BytesIO()
    im.save(picture, "PNG")
    with zipfile.ZipFile(archive, "w") as parts:
        parts.writestr("mimetype", kind)
        parts.writestr("stack.xml", "<image/>")
        parts.writestr(name, picture.getvalue(), zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def dng(preview: Image.Image, orientation: int = 1) -> bytes:
    """The RAW file of a camera: a preview in the first directory, grey that the sensor saw in another."""
    out = io.BytesIO()
    preview.save(out, "JPEG", quality=95, subsampling=0)
    jpeg = out.getvalue() + bytes(len(out.getvalue()) % 2)
    seen = np.full((48, 64), 1000, "<u2").tobytes()
    first_at = 8 + len(jpeg) + len(seen)
    one = struct.pack("<ii", 1, 1)
    first: list[tuple[int, int, Any]] = [
        *[(254, 4, (1,)), (256, 4, (preview.width,)), (257, 4, (preview.height,)), (258, 3, (8, 8, 8)), (259, 3, (7,))],
        *[(262, 3, (6,)), (271, 2, b"Acme\0"), (272, 2, b"One\0"), (273, 4, (8,)), (274, 3, (orientation,))],
        *[(277, 3, (3,)), (278, 4, (preview.height,)), (279, 4, (len(jpeg),)), (50706, 1, (1, 4, 0, 0))],
        *[(50708, 2, b"Acme One\0"), (50721, 10, (one + bytes(24)) * 2 + one), (50728, 5, one * 3), (50778, 3, (21,))],
    ]
    sensor = [
        *[(254, 4, (0,)), (256, 4, (64,)), (257, 4, (48,)), (258, 3, (16,)), (259, 3, (1,)), (262, 3, (32803,))],
        *[(273, 4, (8 + len(jpeg),)), (277, 3, (1,)), (278, 4, (48,)), (279, 4, (len(seen),)), (33421, 3, (2, 2))],
        *[(33422, 1, (0, 1, 1, 2)), (50714, 4, (0,)), (50717, 4, (4000,))],
    ]
    length = len(_directory([*first, (330, 4, (0,))], first_at))
    directories = _directory([*first, (330, 4, (first_at + length,))], first_at) + _directory(sensor, first_at + length)
    return b"II*\0" + struct.pack("<I", first_at) + jpeg + seen + directories


def _directory(entries: list[tuple[int, int, Any]], at: int) -> bytes:
    """A directory of a TIFF, and behind it the values that are longer than four bytes."""
    rows, behind = b"", b""
    for tag, kind, values in sorted(entries):
        data = values if isinstance(values, bytes) else struct.pack(f"<{len(values)}{_SIZES[kind]}", *values)
        count = len(values) // 8 if kind in (5, 10) else len(values)
        where = struct.pack("<I", at + 6 + 12 * len(entries) + len(behind)) if len(data) > 4 else data.ljust(4, b"\0")
        behind += data + bytes(len(data) % 2) if len(data) > 4 else b""
        rows += struct.pack("<HHI", tag, kind, count) + where
    return struct.pack("<H", len(entries)) + rows + bytes(4) + behind
