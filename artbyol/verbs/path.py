"""`path`: a walk through the collection from one work to another, in small steps."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener, ignore
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.metadata.metadata import metadata_of
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.near_duplicates import same_pictures
from artbyol.pictures.views import near_duplicates
from artbyol.search.endpoints import Ends, most_typical, opened
from artbyol.search.monotone_path import walk_through
from artbyol.search.query import Path_, Query
from artbyol.search.results import Station, Walk


def path(
    start: Path_,
    end: Path_,
    steps: int = 9,
    *,
    by: Axis = "style",
    folder: str | Path | None = None,
    store: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    max_pixels: int = DEFAULT_MAX_PIXELS,
    listener: Listener = ignore,
) -> Walk:
    """Walk from one work to another: every work is farther from the start and closer to the end than the one before,
    and the steps are as small and as even as the collection allows (`search.monotone_path`). No work comes twice,
    as a near duplicate neither.

    Args:
        start, end: pictures, in the collection or not; a folder stands for its most typical picture.
        steps: how many works, both ends counted.
        by, folder, store, device, precision, max_pixels, listener: as for `artbyol.similar`.

    Raises:
        UsageError: no such file, both ends the same picture, or fewer than two steps. Otherwise as `artbyol.similar`.
    """
    if steps < 2:
        raise UsageError(f"A walk has at least 2 works, its ends; not {steps}.")
    how = {"device": device, "precision": precision}
    with opened(start, end, by, folder=folder, store=store, **how, max_pixels=max_pixels, listener=listener) as ends:
        first, last = most_typical(ends.index, ends.first), most_typical(ends.index, ends.second)
        rows = ends.index.space.place([query.vectors[ends.index.model_id] for query in (first, last)])
        between = walk_through(ends.catalogue, ends.index, rows[0], rows[1], steps, _others(ends, (first, last)))
        if between:
            on_the_way = ends.index.space.place(ends.catalogue.vectors_of(between, ends.index.model_id))
            rows = np.concatenate([rows[:1], on_the_way, rows[1:]])
        paths = ends.catalogue.paths_of(between)
        names = [(paths[content][0], tuple(paths[content][1:])) for content in between]
        names = [ends.name_of(first), *names, ends.name_of(last)]
        inside = [path for path, _ in names if not os.path.isabs(path)]
        known = metadata_of(ends.place, ends.catalogue, inside, listener=listener)
        return Walk(ends.place.folder, _stations(ends, names, rows), len(ends.index), ends.index.model_id, by, known)


def _others(ends: Ends, queries: tuple[Query, Query]) -> Callable[[list[int]], list[int]]:
    """Leaves out of contents the two ends, their near duplicates, and of near duplicates all but one."""
    own = set(ends.catalogue.ids_of([query.hash for query in queries]).values())

    def allowed(contents: list[int]) -> list[int]:
        marks = ends.catalogue.fingerprints(contents)
        out = np.array([content in own for content in contents], bool)
        for query in queries:
            out |= near_duplicates(marks, query.fingerprint)
        for group in same_pictures(marks):
            out[group[1:]] = True
        return [content for content, left_out in zip(contents, out, strict=True) if not left_out]

    return allowed


def _stations(
    ends: Ends, names: list[tuple[bytes, tuple[bytes, ...]]], rows: NDArray[np.float32]
) -> tuple[Station, ...]:
    share = ends.index.percentile
    steps = [float("nan"), *share((rows[1:] * rows[:-1]).sum(axis=1)).tolist()]
    to_start, to_end = share(rows @ rows[0]).tolist(), share(rows @ rows[-1]).tolist()
    return tuple(
        Station(rank, *name, *shares)
        for rank, (name, *shares) in enumerate(zip(names, steps, to_start, to_end, strict=True), start=1)
    )
