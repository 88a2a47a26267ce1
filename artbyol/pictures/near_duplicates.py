"""Pictures that were saved more than once: fingerprints, and what they share, without comparing each with each.

What counts is decided by `near_duplicates` alone. A tree over the fingerprints only spares it the pairs
that cannot pass: two fingerprints whose mean difference is at most m and whose largest is at most 16 lie at most
sqrt(16 · 192 · m) apart, and so do their shadows in fewer dimensions. Nothing is missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artbyol.pictures.decode import Picture

Fingerprints = NDArray[np.uint8]
Rows = NDArray[np.int64]

LARGEST_DIFFERENCE = 16
"""Of any one of the numbers of two fingerprints, of 255, up to which they may be one picture's."""

_DIMENSIONS: Final = 8
"""Of the tree: principal components of the fingerprints, which hold 85 % of their variance. With 4, ten times as many
pairs are left to look at; with 16 the tree itself takes longer."""

_TOGETHER = 16  # works asked for at a time at first; where they find few others, more
_FOUND_AT_MOST = 200_000  # pairs held at a time


def fingerprint(picture: Picture) -> bytes:
    """8 x 8 mean colours (192 bytes): equal up to small rounding in resized and recompressed copies of one picture."""
    return np.asarray(Image.fromarray(picture.pixels).resize((8, 8), Image.Resampling.BOX)).tobytes()


def near_duplicates(fingerprints: NDArray[np.uint8], of: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of (n, 192) fingerprints are the same picture as the one (192,), or as their own one of (n, 192), saved at
    another size or quality.

    The mean difference allowed grows with the picture's own contrast: two sketches on white paper differ little
    and are still two. Measured in docs/experiments/near-duplicates.md.
    """
    difference = np.abs(fingerprints.astype(np.float32) - of.astype(np.float32))
    return np.asarray((difference.mean(-1) <= allowed_difference(of)) & (difference.max(-1) <= LARGEST_DIFFERENCE))


def allowed_difference(fingerprints: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The mean difference, of 255, up to which another is the same picture as each of (..., 192) fingerprints."""
    colours = fingerprints.astype(np.float32).reshape(*fingerprints.shape[:-1], -1, 3)
    contrast = colours.std(axis=-2).mean(axis=-1)
    return np.asarray(np.minimum(4.0, np.maximum(0.75, 0.35 * contrast)), np.float32)


def same_pictures(fingerprints: Fingerprints) -> list[Rows]:
    """Groups of at least two of (n, F) fingerprints that are the same picture: rows, in the order of their first.

    The first row of a group stands for it: the others are near duplicates of that one, each, and no chain of likenesses
    leads from a picture to another one. Put the best version first.
    """
    if len(fingerprints) < 2:
        return []
    unlike, group_of = np.unique(fingerprints, axis=0, return_inverse=True)
    group_of = group_of.reshape(-1)
    first = np.full(len(unlike), len(fingerprints), np.int64)
    np.minimum.at(first, group_of, np.arange(len(fingerprints)))
    order = np.argsort(first, kind="stable")
    leader = np.empty(len(unlike), np.int64)  # of each different fingerprint, as a place in that order
    leader[order] = _leaders(unlike[order])
    led_by = first[order][leader[group_of]]
    sizes = np.bincount(led_by, minlength=len(fingerprints))
    members = np.argsort(led_by, kind="stable")
    ends = np.cumsum(sizes)
    return [members[end - size : end] for size, end in zip(sizes, ends, strict=True) if size > 1]


def _leaders(fingerprints: Fingerprints) -> Rows:
    """Of each of these different fingerprints (n, F) the row of the first that it is the same picture as, if only its
    own."""
    leader = np.full(len(fingerprints), -1, np.int64)
    for row, near in _near(fingerprints, leader):
        if leader[row] >= 0:  # another's copy, as was found while this was asked for
            continue
        free = near[leader[near] < 0]
        leader[free[near_duplicates(fingerprints[free], fingerprints[row])]] = row
        leader[row] = row
    return leader


def _near(fingerprints: Fingerprints, leader: Rows) -> Iterator[tuple[int, Rows]]:
    """Each row that nobody leads yet, in order, with the rows that may be the same picture."""
    tree, shadows = _tree(fingerprints)
    reach = np.sqrt(LARGEST_DIFFERENCE * fingerprints.shape[1] * allowed_difference(fingerprints)) + 0.01  # rounding
    done, together = 0, _TOGETHER
    while done < len(fingerprints):
        rows = np.arange(done, min(done + together, len(fingerprints)))
        done = int(rows[-1]) + 1
        rows = rows[leader[rows] < 0]
        if not len(rows):
            continue
        found = tree.query_ball_point(shadows[rows], reach[rows], return_sorted=False)
        for row, near in zip(rows.tolist(), found, strict=True):
            yield row, np.array(near, np.int64)
        together = int(np.clip(_FOUND_AT_MOST * len(rows) / max(1, sum(map(len, found))), 1, 2 * together))


def _tree(fingerprints: Fingerprints) -> tuple[Any, NDArray[np.float32]]:
    """A k-d tree (Bentley 1975) of the fingerprints' shadows in a few dimensions, and the shadows (n, dimensions)."""
    from scipy.spatial import cKDTree

    rows = fingerprints.astype(np.float32)
    rows -= rows.mean(axis=0)
    spread = rows.T @ rows
    _, axes = np.linalg.eigh(spread)
    shadows = rows @ np.ascontiguousarray(axes[:, : -_DIMENSIONS - 1 : -1], np.float32)
    return cKDTree(shadows), shadows
