"""New works and kept groups, over vectors only: which group is nearest, how sure that is, and who belongs nowhere.

How like a group a work is: the mean cosine to the five works of the group that are most like it. Not to the group's
centre: a curator's groups need not be round, and of two groups merged into one the centre lies where no work is. How
far is too far, and how sure is sure, is read off the kept works, each compared with the *others* of its group.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from artbyol.base.vectors import Doubles, Floats, Ints, one_thread_and_quiet
from artbyol.grouping.algorithms import Labels, Vectors

NOWHERE = -1
_NEAREST = 5  # works of a group that speak for it; measured: python -m tests.bench.curating
_OUTSIDE = 0.05  # of a group's works that are less like it than a work must be to join
_SHARED = 5  # works that all groups together weigh beside a group's own; measured likewise
_FEWEST = 4  # kept works, in groups of two or more, from which anything is said
_PROBES = 5_000  # kept works that fences and sureness are read off, at most
_COSINES = 20_000_000  # held at a time, of 4 bytes


@dataclass(frozen=True, eq=False)
class Newcomers:
    """Works without a group, and where they belong; all arrays (m,), in the order of `rows`.

    Attributes:
        rows: int64, their rows of the vectors.
        labels: int64, the nearest group; -1: they lie outside all of them.
        nearest, second: int64, the nearest and the second nearest group, outside or not; -1: there is none.
        likeness: mean cosine to the five most similar works of the nearest group.
        sure: 0 to 1: of the kept works that lay between two groups like this one, how many were the nearer one's. NaN
            where there are fewer than two groups to choose from.
        percentile: 0 to 100: how many of the group's kept works are less like the others of it. NaN for a lone work's.
    """

    rows: Ints
    labels: Labels
    nearest: Ints
    second: Ints
    likeness: Doubles
    sure: Doubles
    percentile: Doubles


@dataclass(frozen=True, eq=False)
class Ground:
    """Kept works, all or 5,000 of them, as if each were new; arrays (m,).

    Attributes:
        rows, labels: their rows of the vectors, and their groups.
        own: how like the others of its group each is; NaN where it is alone.
        margin: how much more than like any other group. NaN where there is no other, or it is alone.
    """

    rows: Ints
    labels: Labels
    own: Doubles
    margin: Doubles


def assign(vectors: Vectors, labels: Labels, groups: int) -> Newcomers:
    """Where the works labelled -1 belong.

    A work is taken in by the group it is most like, unless 19 of 20 kept works of that group are more like the others
    of it (`fences`). `sure` is an isotonic regression over the kept works of "the nearest group was its own" on its
    lead over the second nearest.

    Measured (`python -m tests.bench.curating`; docs/experiments/curating.md): of works of eight painters 88 % went to
    the right one of eight groups, by the groups' centres 85 %; of two unlike painters each, 91 against 70 %. Of
    works of a painter never seen 47 % were left outside at the price of 5 % of the others; with Tukey's fence (1977) in
    place of the share, 43 at the price of 7 %.

    Args:
        vectors: (n, d), rows of length 1.
        labels: (n,) the group of each kept work, from 0 to groups - 1; -1: none. Groups may be empty; they take no one.
    """
    rows, filled = np.flatnonzero(labels < 0), np.unique(labels[labels >= 0])
    if not len(filled) or not len(rows):
        empty, none = np.full(len(rows), np.nan), np.full(len(rows), NOWHERE, np.int64)
        return Newcomers(rows, none, none, none, empty, empty, empty)
    base = ground(vectors, labels)
    like = np.column_stack([_likeness(vectors, labels, rows, filled), np.full(len(rows), -np.inf)])  # the last: nowhere
    order = np.argsort(-like, axis=1, kind="stable")[:, :2]
    likeness, less = np.take_along_axis(like, order, axis=1).T
    nearest, second = np.append(filled, NOWHERE)[order].T
    lead = np.where(second == NOWHERE, np.nan, likeness - less)
    inside = likeness >= fences(base, groups)[nearest] - 1e-6  # rounding puts no one outside
    joined = np.where(inside, nearest, NOWHERE)
    percentile = _percentiles(base, nearest, likeness)
    return Newcomers(rows, joined, nearest, second, likeness, _sureness(base.margin, lead), percentile)


def ground(vectors: Vectors, labels: Labels) -> Ground:
    """What the kept works say of themselves. Arguments as for `assign`."""
    rows, filled = np.flatnonzero(labels >= 0), np.unique(labels[labels >= 0])
    if len(rows) > _PROBES:
        rows = np.sort(np.random.default_rng(0).choice(rows, _PROBES, replace=False))
    like = _likeness(vectors, labels, rows, filled)
    every, place = np.arange(len(rows)), np.searchsorted(filled, labels[rows])
    own = like[every, place].copy()
    like[every, place] = -np.inf
    margin = own - like.max(axis=1) if len(filled) > 1 else np.full(len(rows), np.nan)
    return Ground(rows, labels[rows], own, margin)


def fences(base: Ground, groups: int) -> Doubles:
    """How like a group (groups,) a work must be at least to join it: what all but a twentieth of its works reach.

    The fewer works a group has, the less its own twentieth says, and the more that of all works counts, each taken from
    the median of its group: n works weigh n / (n + 5).
    """
    known = ~np.isnan(base.own)
    own, labels = base.own[known], base.labels[known]
    if len(own) < _FEWEST:
        return np.full(groups, -1.0)  # nothing to go by: everyone is let in
    of_groups = {group: own[labels == group] for group in np.unique(labels)}
    shared = np.quantile(np.concatenate([reached - np.median(reached) for reached in of_groups.values()]), _OUTSIDE)
    found = np.full(groups, np.quantile(own, _OUTSIDE))
    for group, reached in of_groups.items():
        weight = len(reached) / (len(reached) + _SHARED)
        found[group] = weight * np.quantile(reached, _OUTSIDE) + (1 - weight) * (np.median(reached) + shared)
    return found


def _likeness(vectors: Vectors, labels: Labels, rows: Ints, filled: Ints) -> Doubles:
    """How like each group (m, filled) these works are; a work does not count as like itself. NaN: no other is there."""
    held = np.flatnonzero(labels >= 0)
    held = held[np.argsort(labels[held], kind="stable")]
    bounds = np.searchsorted(labels[held], [*filled, filled[-1] + 1])
    place = np.full(len(labels), -1)
    place[held] = np.arange(len(held))
    kept, found = vectors[held], np.empty((len(rows), len(filled)))
    step = max(1, _COSINES // max(1, len(held)))
    with one_thread_and_quiet():
        for part in (slice(at, at + step) for at in range(0, len(rows), step)):
            cosines = vectors[rows[part]] @ kept.T
            itself = place[rows[part]]
            cosines[itself >= 0, itself[itself >= 0]] = -np.inf
            for group, (start, end) in enumerate(pairwise(bounds.tolist())):
                found[part, group] = _best(cosines[:, start:end])
    return found


def _best(cosines: Floats) -> Doubles:
    """The mean of the five greatest of each row; of those there are, without the work itself (-inf)."""
    if cosines.shape[1] > _NEAREST:
        cosines = np.partition(cosines, -_NEAREST, axis=1)[:, -_NEAREST:]
    cosines = np.sort(cosines, axis=1).astype(np.float64)  # one order of summing, whatever np.partition left
    there = np.isfinite(cosines)
    number = there.sum(axis=1)
    return np.where(number > 0, np.where(there, cosines, 0.0).sum(axis=1) / np.maximum(number, 1), np.nan)


def _sureness(margins: Doubles, lead: Doubles) -> Doubles:
    from sklearn.isotonic import IsotonicRegression

    known = ~np.isnan(margins)
    if not known.any() or np.isnan(lead).any():
        return np.full(len(lead), np.nan)
    # A work's own group leads by its margin, or another leads by as much.
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    fitted.fit(np.abs(margins[known]), (margins[known] > 0).astype(np.float64))
    return np.asarray(fitted.predict(lead), dtype=np.float64)


def _percentiles(base: Ground, nearest: Ints, likeness: Doubles) -> Doubles:
    found = np.full(len(likeness), np.nan)
    for group in np.unique(nearest):
        reached = np.sort(base.own[(base.labels == group) & ~np.isnan(base.own)])
        meant = nearest == group
        if len(reached):
            found[meant] = 100.0 * np.searchsorted(reached, likeness[meant]) / len(reached)
    return found
