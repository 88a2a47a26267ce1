"""Brushwork: how the surface is built up, whatever its colours and however strong its contrast.

Two statistics of lightness at four octaves, both distributions, both measured against the picture's own mean contrast:

- local binary patterns, rotation-invariant and uniform, jointly with the contrast they occur at (Ojala, Pietikäinen and
  Mäenpää 2002, LBP riu2 with VAR): dots, edges, corners and flat ground, and how hard they are;
- coherence of the structure tensor over 8 x 8 pixels (Bigün and Granlund 1987): whether strokes run together.
"""

import numpy as np
from numpy.typing import NDArray

from artbyol.pictures.measures.surface import Floats, Surface, frequencies, grid, slopes

OCTAVES = 4
PATTERNS = 10
_CONTRASTS = (0.35, 0.8, 1.6)  # borders between classes of contrast, in units of the mean slope
_CLASSES = len(_CONTRASTS) + 1
_NOISE = 0.1  # of the mean slope: a neighbour that differs by less counts as equal
_COHERENCES = 8
_CELL = 8  # pixels


def brushwork(surface: Surface) -> Floats:
    """Square roots of the frequencies of both statistics, octave after octave: (4 x (40 + 8),).

    Octaves that a small picture does not have are zero.
    """
    features = np.zeros((OCTAVES, PATTERNS * _CLASSES + _COHERENCES), np.float32)
    for row, light in zip(features, surface.octaves, strict=False):
        across, down = slopes(light)
        slope = np.sqrt(across * across + down * down)
        mean = max(float(slope.mean()), 1e-3)
        joint = _patterns(light, _NOISE * mean) * np.uint8(_CLASSES)
        for border in _CONTRASTS:
            joint += slope > border * mean
        row[:-_COHERENCES] = frequencies(joint, PATTERNS * _CLASSES)
        coherence, energy = _coherences(across, down)
        bins = np.minimum((coherence * _COHERENCES).astype(np.int64), _COHERENCES - 1)
        row[-_COHERENCES:] = frequencies(bins, _COHERENCES, energy)
    return np.sqrt(features).ravel()


def _coherences(across: Floats, down: Floats) -> tuple[Floats, Floats]:
    """For cells of 8 x 8 pixels: how much of the slope runs in one direction, 0..1, and the slope's mean square."""
    rows, columns = max(1, across.shape[0] // _CELL), max(1, across.shape[1] // _CELL)
    xx, yy, xy = (grid(product, rows, columns) for product in (across * across, down * down, across * down))
    return np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, 1e-6), xx + yy


def _uniform_codes() -> NDArray[np.uint8]:
    """Of each of 256 patterns: the number of bits set where these lie together on the circle, 9 otherwise."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    turns = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    return np.where(turns <= 2, bits.sum(axis=1), PATTERNS - 1).astype(np.uint8)


_UNIFORM = _uniform_codes()


def _patterns(light: Floats, noise: float) -> NDArray[np.uint8]:
    """The local binary pattern of every pixel but the outermost, 0..9: which of its 8 neighbours are lighter."""
    height, width = light.shape
    centre = light[1:-1, 1:-1] + noise
    code = np.zeros(centre.shape, np.uint8)
    around = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))  # once round the circle
    for bit, (row, column) in enumerate(around):
        lighter = light[row : height - 2 + row, column : width - 2 + column] > centre
        code |= lighter.view(np.uint8) << np.uint8(bit)
    return np.take(_UNIFORM, code)
