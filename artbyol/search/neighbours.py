"""Searching an index for works that are not the query over again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artbyol.search.expansion import NEAREST, expanded
from artbyol.search.index import StyleIndex
from artbyol.search.query import Query
from artbyol.storage.catalogue import Catalogue


@dataclass(frozen=True)
class Search:
    """What is searched, and which pictures' duplicates are left out (unless `duplicates`)."""

    catalogue: Catalogue
    index: StyleIndex
    liked: Sequence[Query]
    duplicates: bool

    def closest(self, direction: NDArray[np.float32], k: int) -> tuple[list[int], list[int]]:
        """The k contents closest to a direction, best first, and those left out: ids."""
        known = set(self.catalogue.ids_of([q.hash for q in self.liked]).values())
        wanted = min(k + len(known), len(self.index))
        while True:  # ask for more until enough are no duplicates
            ids = [int(i) for i in self.index.search(direction[None], wanted).ids[0] if i >= 0]
            none = np.zeros(len(ids), bool)
            same = none if self.duplicates else _same_pictures(self.catalogue, ids, self.liked, known)
            if len(ids) - int(same.sum()) >= k or len(ids) < wanted or wanted == len(self.index):
                break
            wanted = min(2 * wanted, len(self.index))
        kept, left_out = np.flatnonzero(~same)[:k], np.flatnonzero(same)
        return [ids[i] for i in kept], [ids[i] for i in left_out]

    def with_their_neighbours(self, direction: NDArray[np.float32], k: int) -> tuple[list[int], list[int]]:
        """The same for a direction together with the works closest to it; the very closest stays first."""
        speakers = min(NEAREST, len(self.index) // 10)  # in a small collection the fifth is far already
        if not speakers:
            return self.closest(direction, k)
        nearest, left_out = self.closest(direction, speakers)
        if not nearest:
            return [], left_out
        found, others_left_out = self.closest(expanded(direction, self._placed(nearest)), k + 1)
        return [nearest[0], *(i for i in found if i != nearest[0])][:k], list(dict.fromkeys(left_out + others_left_out))

    def cosines(self, ids: Sequence[int], direction: NDArray[np.float32]) -> list[float]:
        """Of these contents to a direction."""
        return (self._placed(ids) @ direction).tolist() if ids else []

    def _placed(self, ids: Sequence[int]) -> NDArray[np.float32]:
        return self.index.space.place(self.catalogue.vectors_of(ids, self.index.model_id))


def mean_direction(index: StyleIndex, queries: Sequence[Query]) -> NDArray[np.float32]:
    """What several pictures have in common: the direction (d,) of their mean, in the index's space."""
    mean = index.space.place([query.vectors[index.model_id] for query in queries]).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


def _same_pictures(
    catalogue: Catalogue, ids: Sequence[int], queries: Sequence[Query], known: set[int]
) -> NDArray[np.bool_]:
    """Which of these contents are a query, or one of the queries saved at another size or quality."""
    from artbyol.pictures.views import near_duplicates

    same = np.array([content in known for content in ids], bool)
    marks = catalogue.fingerprints(ids)
    for query in queries:
        same |= near_duplicates(marks, query.fingerprint)
    return same
