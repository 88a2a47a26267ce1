"""A walk through a collection from one work to another, in small steps (`artbyol.search.monotone_path`)."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.near_duplicates import same_pictures
from artbyol.pictures.views import near_duplicates
from artbyol.search.collection import OpenCollection, Path_
from artbyol.search.endpoints import ends_of, most_typical, name_of
from artbyol.search.index import StyleIndex
from artbyol.search.monotone_path import walk_through
from artbyol.search.neighbours import about, named
from artbyol.search.query import Query
from artbyol.search.results import Station, Walk
from artbyol.storage.catalogue import Catalogue


def find_path(collection: OpenCollection, start: Path_, end: Path_, steps: int, *, by: Axis = "style") -> Walk:
    """The walk; `artbyol.path` explains the arguments, and the errors."""
    if steps < 2:
        raise UsageError(f"A walk has at least 2 works, its ends; not {steps}.")
    ends, catalogue = ends_of(collection, start, end, by), collection.catalogue
    index, first, last = ends.index, most_typical(ends.index, ends.first), most_typical(ends.index, ends.second)
    rows = index.space.place([query.vectors[index.model_id] for query in (first, last)])
    between = walk_through(catalogue, index, rows[0], rows[1], steps, _others(catalogue, (first, last)))
    if between:
        on_the_way = index.space.place(catalogue.vectors_of(between, index.model_id))
        rows = np.concatenate([rows[:1], on_the_way, rows[1:]])
    paths = collection.paths_of(between)
    names = [name_of(collection, first), *(named(paths[content]) for content in between), name_of(collection, last)]
    known = collection.metadata([path for path, _ in names if not os.path.isabs(path)])
    return Walk(**about(collection, index, by), stations=_stations(index, names, rows), metadata=known)


def _others(catalogue: Catalogue, queries: tuple[Query, Query]) -> Callable[[list[int]], list[int]]:
    """Leaves out of contents the two ends, their near duplicates, and of near duplicates all but one."""
    own = set(catalogue.ids_of([query.hash for query in queries]).values())

    def allowed(contents: list[int]) -> list[int]:
        marks = catalogue.fingerprints(contents)
        out = np.array([content in own for content in contents], bool)
        for query in queries:
            out |= near_duplicates(marks, query.fingerprint)
        for group in same_pictures(marks):
            out[group[1:]] = True
        return [content for content, left_out in zip(contents, out, strict=True) if not left_out]

    return allowed


def _stations(
    index: StyleIndex, names: list[tuple[bytes, tuple[bytes, ...]]], rows: NDArray[np.float32]
) -> tuple[Station, ...]:
    share = index.percentile
    steps = [float("nan"), *share((rows[1:] * rows[:-1]).sum(axis=1)).tolist()]
    to_start, to_end = share(rows @ rows[0]).tolist(), share(rows @ rows[-1]).tolist()
    return tuple(
        Station(rank, *name, *shares)
        for rank, (name, *shares) in enumerate(zip(names, steps, to_start, to_end, strict=True), start=1)
    )
