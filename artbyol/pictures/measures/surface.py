"""A decoded picture as the axes measure it: lightness and colour in CIELAB, at fixed sizes.

CIELAB (CIE 1976, white point D65) because its lightness depends on luminance alone: what is measured on lightness does
not change with hue or saturation.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

SIDE = 384
"""The touch is measured on about this side squared of pixels, never enlarged."""

COLOUR_SIDE = 96
"""Colours are measured on about this side squared of pixels: areas of colour, not the grain of the scan."""

OCTAVES = 5
"""Scales of the touch, each half the resolution of the one before."""

_HALF = np.float32(0.5)
_CODES = np.arange(256) / 255.0
# IEC 61966-2-1, the sRGB transfer function, for every 8-bit code.
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)
# Linear sRGB -> XYZ (the same standard), each row divided by its sum, so that white is (1, 1, 1).
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_XYZ = (_XYZ / _XYZ.sum(axis=1, keepdims=True)).astype(np.float32)


def _curve(relative: Floats) -> Floats:
    """CIELAB's cube root with its straight part near black."""
    return np.where(relative > 216 / 24389, np.cbrt(relative), relative * np.float32(841 / 108) + np.float32(4 / 29))


# L* for luminance in steps of 1/65535: a cube root of every pixel would take longer than decoding a small JPEG.
_LIGHTNESS = (116 * _curve(np.linspace(0, 1, 65536, dtype=np.float32)) - 16).astype(np.float32)
_LUMINANCE = [(65534 * weight * _LINEAR).astype(np.float32) for weight in _XYZ[1]]


@dataclass(frozen=True, eq=False)
class Surface:
    """What the axes are computed from.

    Attributes:
        octaves: lightness L*, 0..100, at halving resolution: (H, W) on at most SIDE² pixels, (H/2, W/2), ...
            fewer than OCTAVES where the picture is too small.
        lab: (h, w, 3) L*, a*, b* on at most COLOUR_SIDE² pixels.
    """

    octaves: tuple[Floats, ...]
    lab: Floats

    @property
    def light(self) -> Floats:
        """Lightness L* at the finest scale."""
        return self.octaves[0]


def surface_of(pixels: NDArray[np.uint8]) -> Surface:
    """sRGB pixels (H, W, 3) at any size -> the surface."""
    fine = _resized(Image.fromarray(pixels), SIDE)
    luminance = sum(table.take(band, mode="clip") for table, band in zip(_LUMINANCE, fine.split(), strict=True))
    octaves = [_LIGHTNESS.take(np.asarray(luminance, np.uint16), mode="clip")]  # "clip": indices are not checked
    while len(octaves) < OCTAVES and min(octaves[-1].shape) >= 16:
        octaves.append(_halved(octaves[-1]))
    return Surface(tuple(octaves), lab_of(np.asarray(_resized(fine, COLOUR_SIDE))))


def lab_of(pixels: NDArray[np.uint8]) -> Floats:
    """sRGB (..., 3) uint8 -> CIELAB (..., 3): L* 0..100, a*, b*."""
    x, y, z = np.moveaxis(_curve(_LINEAR[pixels] @ _XYZ.T), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def srgb_of(lab: Floats) -> NDArray[np.uint8]:
    """CIELAB (..., 3) -> sRGB uint8; what lies outside sRGB is clipped."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, (f - 4 / 29) * (108 / 841))
    linear = np.clip(xyz @ np.linalg.inv(_XYZ).T, 0.0, 1.0)
    return np.asarray(np.round(255 * np.interp(linear, _LINEAR, _CODES)), np.uint8)


def grid(field: Floats, rows: int, columns: int) -> Floats:
    """Means of a (H, W) field over a grid of equal cells, whatever its proportions: (rows, columns)."""
    return np.asarray(Image.fromarray(field).resize((columns, rows), Image.Resampling.BOX))


def slopes(field: Floats, every: int = 1) -> tuple[Floats, Floats]:
    """Central differences of a (H, W) field across and down, each (H - 2, W - 2), per pixel; or of every other row and
    column, and so on."""
    rows, columns = slice(1, -1, every), slice(1, -1, every)
    across = (field[rows, 2::every] - field[rows, :-2:every]) * _HALF
    down = (field[2::every, columns] - field[:-2:every, columns]) * _HALF
    return across, down


def frequencies(values: NDArray[np.integer], bins: int, weights: Floats | None = None) -> Floats:
    """How often each of 0..bins-1 occurs (weighted), summing to 1; all zero where nothing weighs anything."""
    counts = np.bincount(values.ravel(), None if weights is None else weights.ravel(), minlength=bins)
    return np.asarray(counts / max(counts.sum(), 1e-9), np.float32)


def _halved(field: Floats) -> Floats:
    even = field[: field.shape[0] // 2 * 2, : field.shape[1] // 2 * 2]
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) * (_HALF * _HALF)


def _resized(image: Image.Image, side: int) -> Image.Image:
    scale = min(1.0, side / math.sqrt(image.width * image.height))
    size = (max(8, round(image.width * scale)), max(8, round(image.height * scale)))
    return image if size == image.size else image.resize(size, Image.Resampling.BOX)
