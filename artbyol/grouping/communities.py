"""Groups as communities: works that are more often near each other than chance would have them.

Leiden (Traag, Waltman and van Eck 2019) seeks the division of the neighbour graph with the greatest modularity (Newman
and Girvan 2004; Reichardt and Bornholdt 2006 for its resolution). How many groups there are comes out by itself. How
far a group is owed to chance is seen by dividing again and again without a fifth of the works (Hennig 2007).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from artbyol.base.vectors import Doubles, Ints
from artbyol.grouping.algorithms import Labels, canonical

STABLE: Final = 0.75
"""Mean Jaccard index from which groups hold (Hennig 2007). A cloud without parts, of 40 works or more in 16 or more
dimensions, stayed below it in all of 120 trials; of real groups about two in three have parts that reach it."""

_MANY = 20_000  # works from which fewer runs have to do
_LEFT_OUT = 0.2  # of the works, in each resample
_STEPS = 16  # halvings of the resolution's range
_SMALLEST_PART = 3  # works; fewer are no part
_DIVISIBLE = 2 * _SMALLEST_PART


@dataclass(frozen=True, eq=False)
class Stability:
    """What is left of k groups of n works when a fifth of the works is left out, again and again.

    Attributes:
        groups: float64 (k,), mean Jaccard index of each group and the community most like it, 0..1.
        works: float64 (n,), in how many of the resamples that had it a work was in its group, 0..1.
        second: int64 (n,), the other group that it was in most often; -1: it was in no other.
    """

    groups: Doubles
    works: Doubles
    second: Ints


def communities(graph: Any, resolution: float = 1.0, seed: int = 0) -> Labels:
    """Communities (n,) of a symmetric sparse graph (n, n), in any order. More come of a greater resolution."""
    n = graph.shape[0]
    return _leiden(graph, resolution, seed, trials=4 if n <= _MANY else 1)


def exactly(graph: Any, k: int, seed: int = 0, known: dict[float, Labels] | None = None) -> tuple[Labels | None, float]:
    """A division into k communities, None where no resolution gives one, and the resolution.

    Args:
        known: divisions by their resolution, from this graph and with this seed; those found now are added.
    """
    from scipy.sparse.csgraph import connected_components

    if connected_components(graph, directed=False, return_labels=False) > k:  # no community spans two of them
        return None, 1.0
    low, high = -8.0, 8.0 + np.log2(graph.shape[0])
    middle, known = 0.0, {} if known is None else known
    for _ in range(_STEPS):
        if (found := known.get(2.0**middle)) is None:
            found = known[2.0**middle] = communities(graph, 2.0**middle, seed)
        count = int(found.max()) + 1
        if count == k:
            return found, 2.0**middle
        low, high = (low, middle) if count > k else (middle, high)
        middle = (low + high) / 2
    return None, 2.0**middle


def about(graph: Any, numbers: Sequence[int], seed: int = 0) -> Iterator[tuple[Labels, float]]:
    """Divisions into about so many communities each, with their resolution: as `exactly` finds them, so that whoever
    asks for as many as there are gets the same ones; of a number that no resolution gives, the nearest that was met."""
    known: dict[float, Labels] = {}
    for k in numbers:
        found, resolution = exactly(graph, k, seed, known)
        if found is None and known:
            nearest = min((int(some.max()) + 1 for some in known.values()), key=lambda count: (abs(count - k), count))
            found, resolution = exactly(graph, nearest, seed, known)
        if found is not None:
            yield found, resolution


def stability(graph: Any, labels: Labels, resolution: float = 1.0, seed: int = 0) -> Stability:
    """How far these groups (n,), -1 for none, hold when the communities are sought again without a fifth of the
    works: 20 times, of more than 20,000 works 8 times."""
    n, k = len(labels), int(labels.max(initial=-1)) + 1
    rng, draws = np.random.default_rng(seed), 20 if n <= _MANY else 8
    votes, alike, seen = np.zeros((n, k), np.int64), np.zeros(k), np.zeros(k)
    for draw in range(draws):
        rows = np.flatnonzero((rng.random(n) >= _LEFT_OUT) & (labels >= 0))
        if not len(rows):
            continue
        found = _leiden(graph[rows][:, rows], resolution, seed + draw, trials=1)
        shared = np.zeros((k, int(found.max()) + 1))
        np.add.at(shared, (labels[rows], found), 1)
        of_groups, of_found = shared.sum(axis=1, keepdims=True), shared.sum(axis=0)
        jaccard = shared / (of_groups + of_found - shared)
        votes[rows, jaccard.argmax(axis=0)[found]] += 1  # a community is the group that it is most like
        alike += jaccard.max(axis=1)
        seen += of_groups[:, 0] > 0
    grouped = np.flatnonzero(labels >= 0)
    own = np.full(n, np.nan)
    total = votes.sum(axis=1)
    own[grouped] = votes[grouped, labels[grouped]] / np.maximum(total[grouped], 1)
    own[total == 0] = np.nan
    votes[grouped, labels[grouped]] = 0
    second = np.where(votes.max(axis=1, initial=0) > 0, votes.argmax(axis=1) if k else -1, -1)
    return Stability(alike / np.maximum(seen, 1), own, second)


def parts(graph: Any, labels: Labels, depth: int, seed: int = 0) -> Ints:
    """Groups divided further, and their parts again: int64 (n, depth), numbers from 1, the largest part first.

    0 where a group, or a part, is not divided: it has too few works, is one community, or its parts do not hold when
    works are left out (`STABLE`); and for works that are in none of its parts.
    """
    found = np.zeros((len(labels), depth), np.int64)
    for level in range(depth):
        whole = labels if level == 0 else found[:, level - 1] - 1
        above = np.column_stack([labels, found[:, :level]])[whole >= 0]
        for one in np.unique(above, axis=0) if len(above) else ():
            rows = np.flatnonzero((labels == one[0]) & (found[:, :level] == one[1:]).all(axis=1))
            if len(rows) >= _DIVISIBLE:
                found[rows, level] = _divided(graph[rows][:, rows], seed)
    return found


def _divided(graph: Any, seed: int) -> Ints:
    """The parts of a group (m,), 0 for none."""
    own = canonical(communities(graph, seed=seed))
    own[np.bincount(own)[own] < _SMALLEST_PART] = -1
    if own.max() < 1 or stability(graph, own, seed=seed).groups.mean() < STABLE:
        return np.zeros(len(own), np.int64)
    return own + 1


def _leiden(graph: Any, resolution: float, seed: int, trials: int) -> Labels:
    from graspologic_native import leiden_csr

    n = graph.shape[0]
    if not graph.nnz:
        return np.arange(n)
    _, found = leiden_csr(
        graph.indptr.astype(np.int64),
        graph.indices.astype(np.int32),
        graph.data.astype(np.float64),
        n,
        resolution=resolution,
        iterations=4 if n <= _MANY else 1,
        seed=seed,
        trials=trials,
    )
    return np.array([found[row] for row in range(n)], np.int64)
