"""Small ICC profiles made by hand (ICC.1:2001-04), because Pillow can make none but sRGB."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

XYZ_TO_SRGB_D50 = np.array(
    [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540], [0.0719453, -0.2289914, 1.4052427]]
)
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))


def matrix_profile(primaries: Sequence[Sequence[float]], gamma: float) -> bytes:
    """An RGB display profile: the XYZ (D50) of red, green and blue, one gamma."""
    tags = {name: _xyz(value) for name, value in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags | {name: _curve(gamma) for name in (b"rTRC", b"gTRC", b"bTRC")})


def grey_profile(gamma: float) -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _curve(gamma)})


def cmyk_profile(lab: Callable[[tuple[int, int, int, int]], tuple[int, int, int]]) -> bytes:
    """A printer profile from the Lab of the 16 full overprints of the four inks."""
    ramp = bytes(range(256))
    grid = b"".join(struct.pack("3B", *_lab_bytes(lab(inks))) for inks in itertools.product((0, 1), repeat=4))
    identity = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + identity + ramp * 4 + grid + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table, b"A2B1": table})


def to_srgb(rgb: npt.NDArray[np.uint8], primaries: Sequence[Sequence[float]], gamma: float) -> npt.NDArray[np.float64]:
    """What a matrix profile means, by the formulas: (..., 3) values of 255 -> sRGB values of 255."""
    linear = (rgb / 255.0) ** gamma @ np.array(primaries) @ XYZ_TO_SRGB_D50.T
    linear = np.clip(linear, 0, 1)
    return 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _lab_bytes(lab: tuple[int, int, int]) -> tuple[int, int, int]:
    return round(lab[0] * 2.55), lab[1] + 128, lab[2] + 128


def _xyz(value: Sequence[float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in value))


def _curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    text = b"made by hand\0"
    tags = tags | {
        b"wtpt": _xyz((0.9642, 1.0, 0.8249)),
        b"cprt": b"text" + bytes(4) + text,
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78),
    }
    offset = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sIII8sI3i", offset + len(body), b"none", 0x02400000, kind, space, connection, bytes(12),
        b"acsp", b"none", 0, 0, 0, bytes(8), 0, 63190, 65536, 54061,
    )  # fmt: skip
    return header + bytes(128 - len(header)) + table + body
