"""Palette: which colours, and how much of each, wherever they lie.

The square root of a soft histogram over CIELAB, so that the cosine of two vectors is the Bhattacharyya coefficient of
two palettes (Bhattacharyya 1943): 1 the same colours in the same amounts, 0 no colour in common. Chroma is compressed
as in the CIE94 colour difference (S_C = 1 + 0.045 C*): a step between greys weighs more than the same step between
saturated colours, as it does for the eye.
"""

import functools
import itertools

import numpy as np
from numpy.typing import NDArray

from artbyol.pictures.measures.surface import Floats, Surface, lab_of

_LIGHTNESS_STEP = 100 / 7  # L* between neighbouring bins
_CHROMA_STEP = 11.0  # compressed a*, b* between neighbouring bins
_REACH = 4  # bins on either side of neutral: the most saturated sRGB blue, C* 134, is 43 compressed
_SHAPE = (8, 2 * _REACH + 1, 2 * _REACH + 1)


def palette(surface: Surface) -> Floats:
    """The palette vector (d,), of length 1; d bins are all that sRGB can reach."""
    return np.asarray(np.sqrt(colour_shares(surface.lab)), np.float32)


def colour_shares(lab: Floats) -> Floats:
    """How much of a picture (..., 3) each of the d bins holds, summing to 1."""
    reached = _soft_histogram(lab.reshape(-1, 3))[reachable()]
    return np.asarray(reached / reached.sum(), np.float32)


@functools.cache
def reachable() -> NDArray[np.bool_]:
    """The bins that any sRGB colour falls into, from every eighth code of each channel."""
    codes = np.array([*range(0, 256, 8), 255], np.uint8)
    cube = np.stack(np.meshgrid(codes, codes, codes), axis=-1)
    found: NDArray[np.bool_] = _soft_histogram(lab_of(cube).reshape(-1, 3)) > 0
    return found


def _soft_histogram(lab: Floats) -> NDArray[np.float64]:
    """Each colour is shared out among the eight bins around it, so that colours just to either side of a border between
    bins still count as alike."""
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    shrink = np.log1p(0.045 * chroma) / (0.045 * np.maximum(chroma, 1e-6))
    where = np.column_stack([lab[:, 0] / _LIGHTNESS_STEP, lab[:, 1:] * (shrink / _CHROMA_STEP)[:, None] + _REACH])
    below = np.clip(where.astype(np.int64), 0, np.array(_SHAPE) - 2)
    part = np.clip(where - below, 0.0, 1.0)
    shares = (1 - part, part)
    counts = np.zeros(np.prod(_SHAPE))
    first = np.ravel_multi_index(tuple(below.T), _SHAPE)
    for corner in itertools.product((0, 1), repeat=3):
        weights = shares[corner[0]][:, 0] * shares[corner[1]][:, 1] * shares[corner[2]][:, 2]
        counts += np.bincount(first + np.ravel_multi_index(corner, _SHAPE), weights, len(counts))
    return counts.reshape(_SHAPE)
