"""How far the neighbours of works share a label beyond chance: what leaks into the vectors that should not be there.

The label says where a work comes from: its folder, scanner, format. Of the neighbours of a work of a source that has
9 % of all others, 9 % would be of that source if vectors knew nothing of it. Where sources go with hands, so that each
painter comes from one museum mostly, compare within the hand: among the works of the query's own painter only.
"""

from dataclasses import dataclass

import numpy as np

from artbyol.base.bootstrap import Estimate, estimate, resampled_means
from artbyol.base.vectors import Doubles, Floats, Ints, LabelColumn, codes_of

NEIGHBOURS = 10

_BLOCK = 256


@dataclass(frozen=True)
class LabelLeak:
    """Means over the queries of one label; fractions, 0 to 1, as in `Leak`."""

    label: str
    queries: int
    share: float
    chance: float


@dataclass(frozen=True)
class Leak:
    """How far neighbours share a label; fractions, 0 to 1, means over the queries.

    Attributes:
        queries: works asked that have another one to find.
        share: of a work's nearest, how many have its own label.
        chance: of all others that could be found, how many have it: what `share` would be if vectors knew nothing of
            the label.
        beyond: `share` minus `chance`.
        by_label: the labels, the one most of the queries have first.
    """

    queries: int
    share: Estimate
    chance: float
    beyond: Estimate
    by_label: tuple[LabelLeak, ...]


def leak(
    nearest: Ints, queries: Ints, labels: LabelColumn, within: LabelColumn | None = None, seed: int = 0
) -> Leak | None:
    """How far neighbours share a label, with 95 % bootstrap intervals over the queries; None: nobody has any.

    Args:
        nearest: (q, k), rows of the works nearest to each query, in any order; -1 where there are no more.
        queries: (q,), rows of the works that ask.
        labels: (n,), of all works.
        within: (n,), as the painter: `nearest` are among the works that share it with the query (`nearest_others`).
        seed: of the bootstrap.
    """
    shares, chances = shared(nearest, queries, labels, within)
    answered = np.isfinite(shares)
    if not answered.any():
        return None
    values = np.stack([shares, chances], axis=1)[answered]
    share, chance = values.mean(axis=0)
    drawn = resampled_means(values, seed)
    own = np.array([str(labels[query]) for query in queries[answered].tolist()], dtype=object)
    by_label = [
        LabelLeak(label, int((own == label).sum()), *values[own == label].mean(axis=0).tolist()) for label in set(own)
    ]
    return Leak(
        len(values),
        estimate(share, drawn[:, 0]),
        float(chance),
        estimate(share - chance, drawn[:, 0] - drawn[:, 1]),
        tuple(sorted(by_label, key=lambda one: (-one.queries, one.label))),
    )


def shared(
    nearest: Ints, queries: Ints, labels: LabelColumn, within: LabelColumn | None = None
) -> tuple[Doubles, Doubles]:
    """Of each query, the share of its nearest that have its label (q,), and of all others that could be found (q,).
    Both are NaN where there is no other. The arguments are those of `leak`."""
    codes = codes_of(labels)
    kin = np.zeros_like(codes) if within is None else codes_of(within)
    both = codes_of(list(zip(codes.tolist(), kin.tolist(), strict=True)))
    others = np.bincount(kin)[kin][queries] - 1
    alike = np.bincount(both)[both][queries] - 1
    there = nearest >= 0
    hits = (codes[nearest] == codes[queries, None]) & there
    with np.errstate(invalid="ignore"):
        found = hits.sum(axis=1) / there.sum(axis=1)
        return np.where(others > 0, found, np.nan), np.where(np.isfinite(found), alike / others, np.nan)


def nearest_others(vectors: Floats, queries: Ints, k: int = NEIGHBOURS, within: LabelColumn | None = None) -> Ints:
    """Rows of the k works of greatest cosine to each query but itself (q, k), in no order; -1 where there are no more.

    Args:
        vectors: (n, d), of length 1. Works equally alike count in the order they are in: shuffle where it means much.
        within: (n,): only works that share it with the query.
    """
    k = min(k, len(vectors) - 1)
    kin = None if within is None else codes_of(within)
    found = np.full((len(queries), max(k, 0)), -1)
    for start in range(0, len(queries) if k > 0 else 0, _BLOCK):
        rows = queries[start : start + _BLOCK]
        cosines = vectors[rows] @ vectors.T
        cosines[np.arange(len(rows)), rows] = -np.inf
        if kin is not None:
            cosines[kin[rows, None] != kin] = -np.inf
        nearest = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        there = np.isfinite(np.take_along_axis(cosines, nearest, axis=1))
        found[start : start + len(rows)] = np.where(there, nearest, -1)
    return found
