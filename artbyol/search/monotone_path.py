"""A walk from one work to another through a collection: each step small, the whole monotone.

Of all sequences of a given number of works that lead from A to B, never back towards A and never away from B, the one
whose steps are smallest: the least sum of the fourth powers of the angles between one work and the next. The power
makes one wide step dearer than several narrow ones, so that steps come out small and even. Because the works between
can be put in an order that every such walk follows, the best one is found exactly (Bellman 1958), and there is always
one: no graph has to hang together. What else was tried: docs/experiments/paths.md.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np

from artbyol.base.vectors import Doubles, Floats, Ints
from artbyol.search.index import StyleIndex
from artbyol.storage.catalogue import Catalogue

POWER: Final = 4.0
"""Of the angles. 2 leaves wide steps beside tiny ones; 8 makes the widest a little narrower at the others' expense."""

EVERYTHING: Final = 2_000
"""Up to so many works all are looked at. In larger collections those near the way are, and the walk is then mended."""

_STATIONS = 17  # points on the great circle from A to B around which works are looked for
_AROUND = 128  # works looked for around each
_MENDED_AT_MOST = 6  # times; two or three are the rule


def monotone_walk(rows: Floats, works: int) -> list[int]:
    """The best walk from the first of these directions (m, d) to the last, all of length 1.

    Args:
        works: how many, both ends counted; where no monotone walk has so many, the walk is as long as it can be.

    Returns:
        Rows, the first and the last included.
    """
    cosines = (rows @ rows.T).clip(-1.0, 1.0).astype(np.float64)
    angles = np.arccos(cosines)
    from_start, to_end = angles[0], angles[-1]
    between = (from_start < from_start[-1]) & (to_end < to_end[0])
    between[[0, -1]] = False
    order = np.argsort(from_start, kind="stable")
    nodes = np.concatenate([[0], order[between[order]], [len(rows) - 1]])
    near, far = from_start[nodes], to_end[nodes]
    onward = (near[:, None] < near) & (far[:, None] > far)
    costs = np.where(onward, angles[np.ix_(nodes, nodes)] ** POWER, np.inf)
    return [int(nodes[place]) for place in _cheapest(costs, works)]


def _cheapest(costs: Doubles, works: int) -> list[int]:
    """The cheapest way from the first node to the last with `works` nodes, or with the most below that."""
    reached = [costs[0]]  # with one step, two, ...: the least cost of being at each node
    came_from: list[Ints] = []
    while len(reached) < works - 1:
        through = reached[-1][:, None] + costs
        came_from.append(through.argmin(axis=0))
        reached.append(through.min(axis=0))
    steps = max(number for number, cost in enumerate(reached) if number == 0 or np.isfinite(cost[-1]))
    way = [len(costs) - 1]
    for before in reversed(came_from[:steps]):
        way.append(int(before[way[-1]]))
    return [0, *reversed(way)]


def walk_through(
    catalogue: Catalogue,
    index: StyleIndex,
    start: Floats,
    end: Floats,
    works: int,
    allowed: Callable[[list[int]], list[int]],
) -> list[int]:
    """The contents of the best walk between two directions (d,), without its ends, which need not be in the index.

    Args:
        works: how many, both ends counted.
        allowed: leaves out of some contents those that the walk must not pass (its ends, say, and their duplicates).
    """
    known: list[int] = []
    found: list[int] = []
    if len(index) <= EVERYTHING:
        known = allowed(catalogue.vector_ids(index.model_id).tolist())
        return _walk(known, _ground(catalogue, index, known, start, end), works)
    wanted = np.stack([interpolated(start, end, share) for share in np.linspace(0.0, 1.0, _STATIONS)])
    for _ in range(_MENDED_AT_MOST):
        hits = index.search(wanted, min(_AROUND, len(index))).ids
        seen = sorted({*known, *(int(number) for number in hits.ravel() if number >= 0)})
        known = allowed(seen)
        ground = _ground(catalogue, index, known, start, end)
        before, found = found, _walk(known, ground, works)
        if found == before:
            break
        chosen = ground[[0, *(known.index(content) + 1 for content in found), len(ground) - 1]]
        middles = [first + second for first, second in pairwise(chosen)]
        wanted = np.concatenate([chosen, np.stack(middles)])  # the index takes them to length 1
    return found


def _walk(known: list[int], ground: Floats, works: int) -> list[int]:
    return [known[row - 1] for row in monotone_walk(ground, works)[1:-1]]


def _ground(catalogue: Catalogue, index: StyleIndex, known: list[int], start: Floats, end: Floats) -> Floats:
    """The directions of the ends and of what may lie between: start, known, end."""
    if not known:
        return np.stack([start, end])
    between = index.space.place(catalogue.vectors_of(known, index.model_id))
    return np.concatenate([start[None], between, end[None]])


def interpolated(start: Floats, end: Floats, share: float) -> Floats:
    """The direction at `share` (0..1) of the way from one (d,) to another: spherical interpolation (Shoemake 1985)."""
    angle = float(np.arccos(np.clip(start @ end, -1.0, 1.0)))
    if np.sin(angle) < 1e-6:  # the same direction, or opposite ones, between which there are many ways
        return start if share < 0.5 else end
    mixed = np.sin((1 - share) * angle) * start + np.sin(share * angle) * end
    return np.asarray(mixed / np.sin(angle), np.float32)
