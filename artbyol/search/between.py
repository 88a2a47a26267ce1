"""The works that lie between two others: close to both, and in the balance."""

from __future__ import annotations

from typing import Final

import numpy as np

from artbyol.base.errors import UsageError
from artbyol.pictures.measures.axes import Axis
from artbyol.search.collection import OpenCollection, Path_
from artbyol.search.endpoints import Ends, ends_of
from artbyol.search.monotone_path import interpolated
from artbyol.search.neighbours import Search, about, named
from artbyol.search.results import Intermediate, Intermediates

CONSIDERED: Final = 2_000
"""Works nearest to the point between that are looked at; a work in the balance is never far from it."""


def find_between(
    collection: OpenCollection, first: Path_, second: Path_, k: int, *, at: float = 0.5, by: Axis = "style"
) -> Intermediates:
    """The works between two others.

    The best is the one whose greater angle, of its angles to the two, is least; with `at` other than 0.5 they are
    weighted by 1 - at and at (a weighted Chebyshev distance: Bowman 1976). The nearest to the point between, which is
    the obvious measure, is often a work close to one end alone: docs/experiments/between.md. `artbyol.between`
    explains the arguments, and the errors.
    """
    if k < 1 or not 0 <= at <= 1:
        raise UsageError(f"-k must be at least 1, not {k}." if k < 1 else f"--at lies between 0 and 1, not {at}.")
    ends = ends_of(collection, first, second, by)
    search = Search(collection.catalogue, ends.index, ends.queries, duplicates=False)
    considered, _ = search.closest(interpolated(ends.start, ends.end, at), max(k, CONSIDERED))
    found = _balanced(collection, ends, considered, at, k)
    return Intermediates(
        **about(collection, ends.index, by),
        first=tuple(query.path for query in ends.first),
        second=tuple(query.path for query in ends.second),
        at=at,
        intermediates=found,
        metadata=collection.metadata([one.path for one in found]),
    )


def _balanced(
    collection: OpenCollection, ends: Ends, contents: list[int], at: float, k: int
) -> tuple[Intermediate, ...]:
    """The k of these contents that lie best between the ends."""
    if not contents:
        return ()
    rows = ends.index.space.place(collection.catalogue.vectors_of(contents, ends.index.model_id))
    cosines = np.stack([rows @ ends.start, rows @ ends.end]).clip(-1.0, 1.0)
    angles = np.arccos(cosines.astype(np.float64))
    order = np.argsort(np.maximum((1 - at) * angles[0], at * angles[1]), kind="stable")[:k]
    positions = angles[0] / np.maximum(angles.sum(axis=0), 1e-12)
    shares = ends.index.percentile(cosines)
    paths = collection.paths_of([contents[row] for row in order])
    return tuple(
        Intermediate(
            rank,
            *named(paths[contents[row]]),
            float(shares[0, row]),
            float(shares[1, row]),
            float(positions[row]),
        )
        for rank, row in enumerate(order.tolist(), start=1)
    )
