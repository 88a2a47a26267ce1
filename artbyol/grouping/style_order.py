"""Works in a row in which neighbours are alike: group by group, and in each along a path through its works.

The path is the greedy one (Bentley 1992): the two works most alike are joined, then the next two, as long as no work
has three neighbours and no ring closes. Mean cosine of a work and the next (trained vectors; in brackets the number of
runs of works of one group):

| works | by file name | along the map (Morton order) | one path | group by group |
| --- | --- | --- | --- | --- |
| 1,098 of three sources | .557 (289) | .743 (92) | .817 (91) | .813 (10) |
| 919 of eight artists | .519 (242) | .717 (68) | .796 (63) | .795 (8) |
| 400, two scanners | .491 (90) | .713 (37) | .798 (30) | .794 (6) |
| 80 Song and Ming | .137 (62) | .434 (21) | .581 (17) | .557 (7) |

Reversing pieces of the path wherever that helps (2-opt) added .003 and took longer than the path.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from artbyol.base.vectors import Floats, Ints

_TOGETHER: Final = 4096  # works that a path is sought through; all pairs of them are compared
_JOINED: Final = 12  # nearest of each that may become its neighbours


def style_order(vectors: Floats, labels: Ints, along: Sequence[int]) -> list[int]:
    """Rows of works so that neighbours are alike.

    Args:
        vectors: (n, d), of length 1.
        labels: (n,), of each work its group, 0 and on, or -1; these stay together and come last.
        along: all rows in an order that is roughly right; very large groups are cut along it.
    """
    rows = np.asarray(along, np.int64)
    groups = np.unique(labels[labels >= 0])
    centres = np.stack([vectors[labels == group].mean(axis=0) for group in groups]) if len(groups) else vectors[:0]
    lengths = np.linalg.norm(centres, axis=1, keepdims=True)
    ordered = [int(groups[at]) for at in _path(centres / np.maximum(lengths, 1e-12))]
    found: list[int] = []
    for group in [*ordered, -1]:
        own = rows[labels[rows] == group]
        for start in range(0, len(own), _TOGETHER):
            some = own[start : start + _TOGETHER]
            way = some[_path(vectors[some])]
            if found and vectors[found[-1]] @ vectors[way[-1]] > vectors[found[-1]] @ vectors[way[0]]:
                way = way[::-1]
            found += way.tolist()
    return found


def _path(vectors: Floats) -> list[int]:
    """A path through all of some vectors (n, d), greedily along what is most alike."""
    beside: list[list[int]] = [[] for _ in vectors]
    piece = list(range(len(vectors)))

    def of(row: int) -> int:  # the piece of the path that it is in
        while piece[row] != row:
            piece[row] = row = piece[piece[row]]
        return row

    ends = np.arange(len(vectors))
    while len(pieces := np.array([of(row) for row in ends.tolist()])) and np.ptp(pieces):
        cosines = vectors[ends] @ vectors[ends].T
        cosines[pieces[:, None] == pieces] = -np.inf
        count = min(_JOINED, len(ends) - 1)
        nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count].ravel()
        these = np.repeat(np.arange(len(ends)), count)
        likeness = cosines[these, nearest]
        for at in np.argsort(-likeness, kind="stable")[: np.isfinite(likeness).sum()].tolist():
            one, other = int(ends[these[at]]), int(ends[nearest[at]])
            if len(beside[one]) < 2 and len(beside[other]) < 2 and of(one) != of(other):
                piece[of(one)] = of(other)
                beside[one].append(other)
                beside[other].append(one)
        ends = np.array([row for row, some in enumerate(beside) if len(some) < 2])
    way: list[int] = ends[:1].tolist()
    while len(way) < len(vectors):
        way.append(next(row for row in beside[way[-1]] if row not in way[-2:]))
    return way
