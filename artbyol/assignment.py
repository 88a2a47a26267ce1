"""New works and kept groups, over vectors only: which group is nearest, how sure that is, and who belongs nowhere.

A group's centre is the mean of its kept works' vectors at length 1. How far is too far, and how sure is sure, is read
off the kept works themselves, each compared with the centre of the *others* of its group: compared with a centre that
holds it already, every work of a small group looks typical.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artbyol.partition import Labels, Vectors

NOWHERE = -1
_ENOUGH = 8  # kept works from which a group has a fence of its own; smaller ones share one
_BLOCK = 5_000  # works compared with all centres at a time


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Works without a group, and where they belong; all arrays (m,), in the order of `rows`.

    Attributes:
        rows: int64, their rows of the vectors.
        labels: int64, the nearest group; -1: they lie outside all of them.
        nearest, second: int64, the nearest and the second nearest group, outside or not; -1: there is none.
        likeness: float64, cosine to the nearest centre.
        sure: float64, 0 to 1: of the kept works that lay between two groups like this one, how many were the nearer
            one's. NaN where there are fewer than two groups to choose from.
        percentile: float64, 0 to 100: how many of the group's kept works lie farther from its centre.
    """

    rows: NDArray[np.int64]
    labels: Labels
    nearest: NDArray[np.int64]
    second: NDArray[np.int64]
    likeness: NDArray[np.float64]
    sure: NDArray[np.float64]
    percentile: NDArray[np.float64]


def _sums(vectors: Vectors, labels: Labels, groups: int) -> NDArray[np.float64]:
    """Sums (groups, d) of the vectors of each group's works; their directions are the centres."""
    sums = np.zeros((groups, vectors.shape[1]))
    held = labels >= 0
    np.add.at(sums, labels[held], vectors[held].astype(np.float64))
    return sums


def assign(vectors: Vectors, labels: Labels, groups: int) -> Newcomers:
    """Where the works labelled -1 belong.

    A work is taken in by the nearest group unless it lies below that group's fence, Q1 - 1.5 IQR (Tukey 1977) of its
    kept works' cosines, each to the centre of the others. Groups of fewer than 8 share the fence of all works together.

    Args:
        vectors: (n, d), rows of length 1.
        labels: (n,) the group of each kept work, from 0 to groups - 1; -1: none. Groups may be empty; they take no one.
    """
    sums = _sums(vectors, labels, groups)
    rows, held = np.flatnonzero(labels < 0), np.flatnonzero(labels >= 0)
    filled = np.flatnonzero(np.bincount(labels[held], minlength=groups) > 0)
    if not len(filled) or not len(rows):
        empty = np.full(len(rows), np.nan)
        none = np.full(len(rows), NOWHERE, np.int64)
        return Newcomers(rows, none, none, none, empty, empty, empty)
    own, margins = _kept(vectors, labels, held, sums, filled)
    nearest, second, likeness, lead = _nearest(vectors[rows], sums, filled)
    fences = _fences(own, labels[held], groups)
    inside = likeness >= fences[nearest] - 1e-6  # rounding puts no one outside
    return Newcomers(
        rows,
        np.where(inside, nearest, NOWHERE),
        nearest,
        second,
        likeness,
        _sureness(margins, lead),
        _percentiles(own, labels[held], nearest, likeness),
    )


def closer_elsewhere(vectors: Vectors, labels: Labels, groups: int) -> NDArray[np.int64]:
    """Rows of kept works that lie closer to another group's centre than to that of the others of their own."""
    sums, held = _sums(vectors, labels, groups), np.flatnonzero(labels >= 0)
    filled = np.flatnonzero(np.bincount(labels[held], minlength=groups) > 0)
    if len(filled) < 2:
        return np.empty(0, np.int64)
    _, margins = _kept(vectors, labels, held, sums, filled)
    return held[margins < 0]  # a work alone in its group has no margin, NaN


def _kept(
    vectors: Vectors, labels: Labels, held: NDArray[np.int64], sums: NDArray[np.float64], filled: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each kept work: cosine to the centre of the others of its group, and how much that is above the best other
    group's. NaN where it is alone."""
    own, margins = np.full(len(held), np.nan), np.full(len(held), np.nan)
    directions = _directions(sums[filled])
    sizes = np.bincount(labels[held], minlength=len(sums))
    place = np.zeros(len(sums), np.int64)
    place[filled] = np.arange(len(filled))
    for at in range(0, len(held), _BLOCK):
        part = slice(at, at + _BLOCK)
        rows, groups = vectors[held[part]].astype(np.float64), labels[held[part]]
        others = sums[groups] - rows
        lengths = np.linalg.norm(others, axis=1)
        alone = sizes[groups] < 2
        cosine = (rows * others).sum(axis=1) / np.where(lengths > 0, lengths, 1.0)
        own[part] = np.where(alone, np.nan, cosine)
        elsewhere = rows @ directions.T
        elsewhere[np.arange(len(rows)), place[groups]] = -np.inf
        margins[part] = own[part] - elsewhere.max(axis=1) if len(filled) > 1 else np.nan
    return own, margins


def _nearest(
    vectors: Vectors, sums: NDArray[np.float64], filled: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Of each work: the nearest and the second nearest group, cosine to the nearest, and by how much it is nearer."""
    directions = _directions(sums[filled])
    nearest, second = np.empty((2, len(vectors)), np.int64)
    likeness, lead = np.empty((2, len(vectors)))
    for at in range(0, len(vectors), _BLOCK):
        part = slice(at, at + _BLOCK)
        cosines = vectors[part].astype(np.float64) @ directions.T
        order = np.argsort(-cosines, axis=1, kind="stable")
        every = np.arange(len(cosines))
        nearest[part], likeness[part] = filled[order[:, 0]], cosines[every, order[:, 0]]
        second[part] = filled[order[:, 1]] if len(filled) > 1 else NOWHERE
        lead[part] = likeness[part] - cosines[every, order[:, 1]] if len(filled) > 1 else np.nan
    return nearest, second, likeness, lead


def _fences(own: NDArray[np.float64], labels: Labels, groups: int) -> NDArray[np.float64]:
    known = ~np.isnan(own)
    fences = np.full(groups, _fence(own[known]))
    for group in range(groups):
        cosines = own[known & (labels == group)]
        if len(cosines) >= _ENOUGH:
            fences[group] = _fence(cosines)
    return fences


def _fence(cosines: NDArray[np.float64]) -> float:
    if len(cosines) < 4:
        return -1.0  # nothing to go by: everyone is let in
    low, high = np.quantile(cosines, (0.25, 0.75))
    return float(low - 1.5 * (high - low))


def _sureness(margins: NDArray[np.float64], lead: NDArray[np.float64]) -> NDArray[np.float64]:
    """Isotonic regression of "the nearest group was its own" on the lead of the nearest group, over the kept works."""
    from sklearn.isotonic import IsotonicRegression

    known = ~np.isnan(margins)
    if not known.any() or np.isnan(lead).any():
        return np.full(len(lead), np.nan)
    # A work's own group leads by its margin, or another leads by as much.
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    fitted.fit(np.abs(margins[known]), (margins[known] > 0).astype(np.float64))
    return np.asarray(fitted.predict(lead), dtype=np.float64)


def _percentiles(
    own: NDArray[np.float64], labels: Labels, nearest: NDArray[np.int64], likeness: NDArray[np.float64]
) -> NDArray[np.float64]:
    found = np.full(len(likeness), np.nan)
    for group in np.unique(nearest):
        cosines = np.sort(own[(labels == group) & ~np.isnan(own)])
        meant = nearest == group
        if len(cosines):
            found[meant] = 100.0 * np.searchsorted(cosines, likeness[meant]) / len(cosines)
    return found


def _directions(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.linalg.norm(sums, axis=1, keepdims=True)
    return sums / np.where(lengths > 0, lengths, 1.0)  # opposite vectors have no mean direction
