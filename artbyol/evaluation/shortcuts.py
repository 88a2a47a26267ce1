"""What can pass for style without being it: the colours of a picture, and the shape and size of its file.

An encoder that tells styles apart must do better than these. Plain numpy, no network.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 8
"""Per channel of RGB: 512 colours."""


def colour_histogram(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels (h, w, 3) -> the square roots of the shares of 8 x 8 x 8 colours (512,), of length 1 together.

    The cosine of two such vectors is the Bhattacharyya coefficient of the histograms, and ranks as their Hellinger
    distance does.
    """
    level = pixels.reshape(-1, 3) // (256 // BINS)
    colour = (level[:, 0].astype(np.int64) * BINS + level[:, 1]) * BINS + level[:, 2]
    return np.sqrt(np.bincount(colour, minlength=BINS**3) / len(colour)).astype(np.float32)


def shape_and_size(widths: ArrayLike, heights: ArrayLike) -> NDArray[np.float32]:
    """Sides in pixels (n,) -> log(width / height) and log(width x height), each of mean 0 and variance 1 over the
    works; float32 (n, 2), to be compared by distance. What all works share stays 0."""
    width, height = np.log(np.asarray(widths, np.float64)), np.log(np.asarray(heights, np.float64))
    both = np.stack([width - height, width + height], axis=1)
    spread = both.std(axis=0)
    return np.asarray((both - both.mean(axis=0)) / np.where(spread > 1e-9, spread, np.inf), dtype=np.float32)
