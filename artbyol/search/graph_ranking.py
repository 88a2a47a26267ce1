"""Ranks works by how a query reaches them along chains of mutual neighbours, and by their cosine to it.

A cosine compares two works and knows nothing of what lies between them. Here the query and the works nearest to it are
a graph whose edges join mutual nearest neighbours, weighted by the third power of their cosines. A walker that starts
at the query goes from work to work: diffusion (Zhou et al. 2003; for pictures Iscen et al. 2017, arXiv 1611.05113,
whose exponent it is). Works that many short chains lead to come before those that are merely near. What the walk does
not tell apart, and what lies outside the graph, is ranked by the cosine. What it brings, and what else was tried:
docs/experiments/ranking.md.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from artbyol.base.vectors import Floats, Ints

WORKS: Final = 500
"""Works in the graph, the nearest to the query: as good as all works of the collections tried, at a cost that does not
grow with the collection (five milliseconds a query)."""

BRIDGES: Final = WORKS // 2
"""Works around a query that are not wanted themselves (`--across`) may be so many of these, the nearest."""

_NEIGHBOURS = 30  # of each work, that an edge may lead to; in small graphs a fifth of the works
_DAMPING = 0.95  # how likely the walker takes another step; 0.99, as in the paper, goes too far astray
_STEPS = 20  # as good as without end
_COSINE = 0.5  # what a cosine weighs, where the work that is reached best has 1


def graph_scores(direction: Floats, nearest: Floats) -> Floats:
    """How well works (m, d) suit a direction (d,), all of length 1; the higher the better, (m,)."""
    rows = np.concatenate([direction[None], nearest])
    cosines = rows @ rows.T
    to_query = cosines[0, 1:].copy()
    np.fill_diagonal(cosines, -1.0)
    neighbours = max(1, min(_NEIGHBOURS, len(rows) // 5))
    farthest = np.partition(cosines, -neighbours, axis=1)[:, -neighbours]  # cosine of each work's last neighbour
    mutual = cosines >= np.maximum(farthest[:, None], farthest)
    edges = np.where(mutual, cosines.clip(0.0), 0.0)
    edges = edges * edges * edges  # ten times faster than ** 3
    weights = 1.0 / np.sqrt(edges.sum(axis=1).clip(1e-12))
    step = _DAMPING * edges * weights[:, None] * weights
    there = np.zeros(len(rows), np.float32)
    there[0] = 1.0
    reached = there.copy()
    for _ in range(_STEPS):
        there = step @ there
        reached += there
    best = max(float(reached[1:].max()), 1e-12)
    return np.asarray(reached[1:] / best + _COSINE * to_query, np.float32)


def ranked(direction: Floats, nearest: Floats, bridges: Floats | None = None) -> Ints:
    """The order, rows of `nearest` (m, d), best first: the nearest stays first, the others come by `graph_scores`.

    Args:
        direction: (d,); nearest: the works nearest to it, the nearest first; all of length 1.
        bridges: (b, d), fewer than `WORKS`: works around it that are not wanted themselves, but may lead to others.
    """
    if len(nearest) < 2:
        return np.arange(len(nearest))
    others = nearest[:0] if bridges is None else bridges
    graph = min(len(nearest), WORKS - len(others))
    scores = graph_scores(direction, np.concatenate([nearest[:graph], others]))[1:graph]
    return np.concatenate([[0], 1 + np.argsort(-scores, kind="stable"), np.arange(graph, len(nearest))])


def similarities(rows: Floats, asking: Ints, aside: NDArray[np.bool_]) -> Floats:
    """How well all works suit each that asks: numbers that order them as `artbyol.similar` does, (q, n).

    Args:
        rows: (n, d), all works, of length 1; asking: (q,), which of them ask.
        aside: (q, n), what is not wanted, as works of the same hand; these and the work itself get -inf.
    """
    cosines = rows[asking] @ rows.T
    cosines[np.arange(len(asking)), asking] = -np.inf
    found = np.full(cosines.shape, -np.inf, np.float32)
    for row, one in enumerate(asking.tolist()):
        order = np.argsort(-cosines[row], kind="stable")[:-1]
        wanted = order[~aside[row, order]]
        around = order[:BRIDGES]
        bridges = around[aside[row, around]]
        places = wanted[ranked(rows[one], rows[wanted[:WORKS]], rows[bridges])]
        found[row, wanted] = -np.arange(len(wanted))
        found[row, places] = -np.arange(len(places))
    return found
