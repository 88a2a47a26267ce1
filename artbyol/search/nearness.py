"""Every work's nearest works at once, as `similar` finds them one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artbyol.pictures.views import near_duplicates
from artbyol.search.expansion import NEAREST, expanded
from artbyol.search.index import StyleIndex
from artbyol.storage.catalogue import Catalogue

Floats = NDArray[np.float32]

_SPARE = 6  # works asked for beyond those wanted, because some are the same picture
_BLOCK = 1_000


@dataclass(frozen=True, eq=False)
class Nearness:
    """Which works are nearest to which.

    Attributes:
        nearest: int32 (n, k), rows of the works closest to each work, best first, its duplicates left out; -1 where
            there are no more.
        cosines: float32 (n, k), to the work itself.
    """

    nearest: NDArray[np.int32]
    cosines: Floats


def nearest_works(catalogue: Catalogue, index: StyleIndex, ids: NDArray[np.int64], vectors: Floats, k: int) -> Nearness:
    """The k nearest of every work of a collection, ranked as by `artbyol.similar`: by a work together with the works
    closest to it, the very closest first.

    Args:
        ids, vectors: contents (n,), ascending, and their vectors (n, d), as `Catalogue.vectors` gives them.
    """
    placed = index.space.place(vectors)
    marks = catalogue.fingerprints(ids.tolist())
    speakers = min(NEAREST, len(ids) // 10)
    nearest = np.full((len(ids), k), -1, np.int32)
    for start in range(0, len(ids), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(ids)))
        asked = _Asked(index, ids, marks, rows)
        first = asked.closest(placed[rows], speakers or k)
        found = first
        if speakers:
            directions = [expanded(placed[row], placed[some]) for row, some in zip(rows, first, strict=True)]
            more = asked.closest(np.stack(directions), k + 1)
            found = [
                np.concatenate([one[:1], other[~np.isin(other, one[:1])]])
                for one, other in zip(first, more, strict=True)
            ]
        for row, some in zip(rows, found, strict=True):
            nearest[row, : len(some[:k])] = some[:k]
    return Nearness(nearest, pair_cosines(placed, nearest))


@dataclass(frozen=True, eq=False)
class _Asked:
    """Some works that the index is asked for."""

    index: StyleIndex
    ids: NDArray[np.int64]
    marks: NDArray[np.uint8]
    rows: NDArray[np.int64]

    def closest(self, directions: Floats, k: int) -> list[NDArray[np.int64]]:
        """Up to k rows for each direction (q, d), without the work asked for and its duplicates."""
        found: list[NDArray[np.int64]] = [np.empty(0, np.int64)] * len(self.rows)
        wanted, left = min(k + 1 + _SPARE, len(self.ids)), np.arange(len(self.rows))
        while len(left):
            hits = self.index.search(directions[left], wanted).ids
            short = []
            for place, some in zip(left, hits, strict=True):
                others = np.searchsorted(self.ids, some[some >= 0])
                found[place] = self._different(int(self.rows[place]), others)[:k]
                if len(found[place]) < k and len(others) == wanted < len(self.ids):
                    short.append(place)
            left, wanted = np.array(short, np.int64), min(2 * wanted, len(self.ids))
        return found

    def _different(self, row: int, others: NDArray[np.int64]) -> NDArray[np.int64]:
        others = others[others != row]
        return others[~near_duplicates(self.marks[others], self.marks[row])]


def pair_cosines(placed: Floats, nearest: NDArray[np.int32]) -> Floats:
    """Cosines (n, k) of works with these directions (n, d) to others (n, k), rows; meaningless where that is -1."""
    # A column at a time: the directions of all pairs at once can be gigabytes.
    columns = [np.einsum("nd,nd->n", placed, placed[column]) for column in nearest.T]
    return np.asarray(np.stack(columns, axis=1) if columns else np.empty(nearest.shape), np.float32)
