"""`between`: the works that lie between two others, or between two folders of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener, ignore
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.metadata.metadata import metadata_of
from artbyol.pictures.measures.axes import Axis
from artbyol.search.endpoints import Ends, opened
from artbyol.search.monotone_path import interpolated
from artbyol.search.neighbours import Search
from artbyol.search.query import Path_
from artbyol.search.results import Intermediate, Intermediates

CONSIDERED: Final = 2_000
"""Works nearest to the point between that are looked at; a work in the balance is never far from it."""


def between(
    first: Path_,
    second: Path_,
    k: int = 12,
    *,
    at: float = 0.5,
    by: Axis = "style",
    folder: str | Path | None = None,
    store: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    max_pixels: int = DEFAULT_MAX_PIXELS,
    listener: Listener = ignore,
) -> Intermediates:
    """Find the works that lie between two others, close to both and in the balance.

    The best is the one whose greater angle, of its angles to the two, is least; with `at` other than 0.5 they are
    weighted by 1 - at and at (a weighted Chebyshev distance: Bowman 1976). The nearest to the point between, which is
    the obvious measure, is often a work close to one end alone: docs/experiments/between.md. The two and their exact
    or near duplicates are left out.

    Args:
        first, second: pictures, in the collection or not; a folder stands for what its pictures have in common.
        k: how many works.
        at: 0 is the first, 1 the second, 0.5 half way.
        by, folder, store, device, precision, max_pixels, listener: as for `artbyol.similar`.

    Raises:
        UsageError: no such file, both ends the same, k below 1, or `at` outside 0..1. Otherwise as `artbyol.similar`.
    """
    if k < 1 or not 0 <= at <= 1:
        raise UsageError(f"-k must be at least 1, not {k}." if k < 1 else f"--at lies between 0 and 1, not {at}.")
    how = {"device": device, "precision": precision}
    with opened(first, second, by, folder=folder, store=store, **how, max_pixels=max_pixels, listener=listener) as ends:
        search = Search(ends.catalogue, ends.index, ends.queries, duplicates=False)
        considered, _ = search.closest(interpolated(ends.start, ends.end, at), max(k, CONSIDERED))
        found = _balanced(ends, considered, at, k)
        return Intermediates(
            ends.place.folder,
            tuple(query.path for query in ends.first),
            tuple(query.path for query in ends.second),
            at,
            found,
            len(ends.index),
            ends.index.model_id,
            by,
            metadata_of(ends.place, ends.catalogue, [one.path for one in found], listener=listener),
        )


def _balanced(ends: Ends, contents: list[int], at: float, k: int) -> tuple[Intermediate, ...]:
    """The k of these contents that lie best between the ends."""
    if not contents:
        return ()
    rows = ends.index.space.place(ends.catalogue.vectors_of(contents, ends.index.model_id))
    cosines = np.stack([rows @ ends.start, rows @ ends.end]).clip(-1.0, 1.0)
    angles = np.arccos(cosines.astype(np.float64))
    order = np.argsort(np.maximum((1 - at) * angles[0], at * angles[1]), kind="stable")[:k]
    positions = angles[0] / np.maximum(angles.sum(axis=0), 1e-12)
    shares = ends.index.percentile(cosines)
    paths = ends.catalogue.paths_of([contents[row] for row in order])
    return tuple(
        Intermediate(
            rank,
            paths[contents[row]][0],
            tuple(paths[contents[row]][1:]),
            float(shares[0, row]),
            float(shares[1, row]),
            float(positions[row]),
        )
        for rank, row in enumerate(order.tolist(), start=1)
    )
