"""Works that stand for a collection too large to compare all with all: groups are found among them, the others join.

Of a sample the neighbour graph and its communities fit in memory whatever the collection's size. Each other work is
then in the group that most of its nearest sampled works are in (nearest neighbours' vote, weighted by cosine: Dudani
1976), and one of those stands for it in whatever else is known of the sample alone.
"""

from functools import cached_property
from typing import Any, Final

import numpy as np

from artbyol.base.large_arrays import taken
from artbyol.base.vectors import Floats, Ints, unit
from artbyol.grouping.algorithms import Labels
from artbyol.search.neighbour_graph import nearest_in, neighbour_graph

MOST: Final = 100_000
"""Works that are compared with all others. How little is lost is in docs/experiments/number-of-groups.md."""

_VOTERS = 10  # nearest sampled works; 5 did as well, 20 a little less well
_LISTS = 2  # of the index, in which they are sought: a few hundred works. What that loses is on the same page


class Sample:
    """The works that stand for a collection: all, up to `MOST`, else as many drawn with the seed.

    Attributes:
        vectors: (n, d), of any length.
        rows: int64 (m,), which of them are in the sample, ascending.
        directions: float32 (m, d), theirs at length 1.
    """

    def __init__(self, vectors: Floats, seed: int = 0) -> None:
        n = len(vectors)
        drawn = np.random.default_rng(seed).choice(n, MOST, replace=False) if n > MOST else np.arange(n)
        self.vectors, self.rows = vectors, np.sort(drawn)
        self.directions: Floats = unit(taken(vectors, self.rows)) + np.float32(0.0)  # one kind of zero

    @cached_property
    def _compared(self) -> tuple[Any, Any]:
        return neighbour_graph(self.directions)

    @property
    def graph(self) -> Any:
        """The neighbour graph (m, m) of the sample, made when first asked for."""
        return self._compared[0]

    def stand_ins(self, labels: Labels) -> Ints:
        """Of each work (n,) the place in the sample of the one that stands for it; `labels` (m,) are the sample's."""
        if len(self.rows) == len(self.vectors):
            return self.rows
        near = nearest_in(self._compared[1], self.vectors, _VOTERS, _LISTS)
        found: Ints = np.concatenate([_winners(cosines, places, labels) for cosines, places in near])
        found[self.rows] = np.arange(len(self.rows))
        return found


def _winners(cosines: Floats, near: Ints, labels: Labels) -> Ints:
    """Of works with these nearest (m, voters) the nearest of the group with most votes (m,)."""
    same = labels[near][:, :, None] == labels[near][:, None]
    votes = (same * np.where(near >= 0, cosines, 0.0)[:, None]).sum(axis=2)
    best = np.where(near >= 0, votes, -np.inf).argmax(axis=1)
    return np.take_along_axis(near, best[:, None], 1)[:, 0]
