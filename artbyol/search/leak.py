"""How far the neighbours of works share a label beyond chance: what leaks into the vectors that should not be there.

The label says where a work comes from: its folder, scanner, format. Of the neighbours of a work of a source that has
9 % of all others, 9 % would be of that source if vectors knew nothing of it. Where sources go with hands, so that each
painter comes from one museum mostly, compare within the hand: among the works of the query's own painter only.
"""

from collections.abc import Sized
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

    @property
    def strength(self) -> float:
        """As of `Leak`."""
        return (self.share - self.chance) / (1 - self.chance) if self.chance < 1 else 0.0


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

    @property
    def strength(self) -> float:
        """`beyond` as a fraction of what it could be: 0 is chance, 1 that all neighbours share the label."""
        return self.beyond.value / (1 - self.chance) if self.chance < 1 else 0.0


def leak(
    nearest: Ints,
    queries: Ints,
    labels: LabelColumn,
    within: LabelColumn | None = None,
    apart: LabelColumn | None = None,
    seed: int = 0,
) -> Leak | None:
    """How far neighbours share a label, with 95 % bootstrap intervals over the queries; None: nobody has any.

    Args:
        nearest: (q, k), rows of the works nearest to each query, in any order; -1 where there are no more.
        queries: (q,), rows of the works that ask.
        labels: (n,), of all works.
        within, apart: (n,), what works had to share with the query, and what they had to differ in, to be among its
            nearest (`nearest_others`): as the painter, and the folder.
        seed: of the bootstrap.
    """
    shares, chances = shared(nearest, queries, labels, within, apart)
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
    nearest: Ints,
    queries: Ints,
    labels: LabelColumn,
    within: LabelColumn | None = None,
    apart: LabelColumn | None = None,
) -> tuple[Doubles, Doubles]:
    """Of each query, the share of its nearest that have its label (q,), and of all others that could be found (q,).
    Both are NaN where there is no other. The arguments are those of `leak`."""
    codes, kin, aside = codes_of(labels), _within(labels, within), _apart(labels, apart)

    def others(*columns: Ints) -> Ints:
        """How many works that could be found share these with each query."""
        with_aside, without = (codes_of(list(zip(*of, strict=True))) for of in ((*columns, aside), columns))
        return np.asarray((np.bincount(without)[without] - np.bincount(with_aside)[with_aside])[queries])

    there, among = nearest >= 0, others(kin)
    hits = (codes[nearest] == codes[queries, None]) & there
    with np.errstate(invalid="ignore", divide="ignore"):
        return (
            np.where(among > 0, hits.sum(axis=1) / there.sum(axis=1), np.nan),
            np.where(among > 0, others(codes, kin) / among, np.nan),
        )


def nearest_others(
    vectors: Floats,
    queries: Ints,
    k: int = NEIGHBOURS,
    within: LabelColumn | None = None,
    apart: LabelColumn | None = None,
) -> Ints:
    """Rows of the k works of greatest cosine to each query but itself (q, k), in no order; -1 where there are no more.

    Args:
        vectors: (n, d), of length 1. Works equally alike count in the order they are in: shuffle where it means much.
        within, apart: (n,): only works that share the one with the query, and do not share the other.
    """
    k = min(k, len(vectors) - 1)
    kin, aside = _within(vectors, within), _apart(vectors, apart)
    found = np.full((len(queries), max(k, 0)), -1)
    for start in range(0, len(queries) if k > 0 else 0, _BLOCK):
        rows = queries[start : start + _BLOCK]
        cosines = vectors[rows] @ vectors.T
        cosines[(kin[rows, None] != kin) | (aside[rows, None] == aside)] = -np.inf
        nearest = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        there = np.isfinite(np.take_along_axis(cosines, nearest, axis=1))
        found[start : start + len(rows)] = np.where(there, nearest, -1)
    return found


def _within(works: Sized, within: LabelColumn | None) -> Ints:
    return np.zeros(len(works), np.int64) if within is None else codes_of(within)


def _apart(works: Sized, apart: LabelColumn | None) -> Ints:
    """What a query's neighbours must differ in: at least, they are not the query itself."""
    return np.arange(len(works)) if apart is None else codes_of(apart)
