"""Between two works, or two folders of works: a path in small steps, and the works that lie in the balance."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from artbyol.base.errors import UsageError
from artbyol.base.vectors import Floats
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.near_duplicates import SPECTRUM, near_duplicates, same_pictures
from artbyol.search.collection import OpenCollection, Path_
from artbyol.search.index import StyleIndex
from artbyol.search.monotone_path import interpolated, walk_through
from artbyol.search.neighbours import Search, about, mean_direction, named
from artbyol.search.query import Query, QueryReader
from artbyol.search.results import Intermediate, Intermediates, Station, Walk
from artbyol.storage.catalogue import Catalogue

CONSIDERED: Final = 2_000
"""Works nearest to the point between that are looked at; a work in the balance is never far from it."""


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


@dataclass(frozen=True)
class Ends:
    """Two directions in a collection.

    Attributes:
        index: of the axis compared on.
        first, second: the pictures named, folders spelt out.
        start, end: (d,), the direction of each, in the index's space.
    """

    index: StyleIndex
    first: tuple[Query, ...]
    second: tuple[Query, ...]
    start: Floats
    end: Floats

    @property
    def queries(self) -> tuple[Query, ...]:
        return (*self.first, *self.second)


def ends_of(collection: OpenCollection, first: Path_, second: Path_, by: Axis) -> Ends:
    """Look both up in the collection.

    Raises:
        UsageError: no such file, no such axis, or both ends are the same picture. Otherwise as `artbyol.similar`.
    """
    index = collection.index(by)
    reader = QueryReader(collection, (index.model_id,))
    one, other = reader.read([first]), reader.read([second])
    if {query.hash for query in one} == {query.hash for query in other}:
        raise UsageError("Both ends are the same picture.", "name two different ones")
    return Ends(index, tuple(one), tuple(other), mean_direction(index, one), mean_direction(index, other))


def name_of(collection: OpenCollection, query: Query) -> tuple[bytes, tuple[bytes, ...]]:
    """The path of a picture in the collection, and its copies there; the absolute path of one outside it."""
    content = collection.catalogue.ids_of([query.hash]).get(query.hash)
    paths = collection.paths_of([content]).get(content, []) if content is not None else []
    return named(paths) if paths else (query.path, ())


def most_typical(index: StyleIndex, queries: Sequence[Query]) -> Query:
    """Of several pictures the one closest to what they have in common."""
    placed = index.space.place([query.vectors[index.model_id] for query in queries])
    return queries[int((placed @ mean_direction(index, queries)).argmax())]


def _others(catalogue: Catalogue, queries: tuple[Query, Query]) -> Callable[[list[int]], list[int]]:
    """Leaves out of contents the two ends, their near duplicates, and of near duplicates all but one."""
    own = set(catalogue.ids_of([query.hash for query in queries]).values())

    def allowed(contents: list[int]) -> list[int]:
        marks = catalogue.fingerprints(contents)
        out = np.array([content in own for content in contents], bool)
        for query in queries:
            out |= near_duplicates(marks, query.fingerprint)
        out |= same_pictures(marks[:, SPECTRUM], lambda rows: marks[rows]) != np.arange(len(marks))
        return [content for content, left_out in zip(contents, out, strict=True) if not left_out]

    return allowed


def _stations(index: StyleIndex, names: list[tuple[bytes, tuple[bytes, ...]]], rows: Floats) -> tuple[Station, ...]:
    share = index.percentile
    steps = [float("nan"), *share((rows[1:] * rows[:-1]).sum(axis=1)).tolist()]
    to_start, to_end = share(rows @ rows[0]).tolist(), share(rows @ rows[-1]).tolist()
    return tuple(
        Station(rank, *name, *shares)
        for rank, (name, *shares) in enumerate(zip(names, steps, to_start, to_end, strict=True), start=1)
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
            rank, *named(paths[contents[row]]), float(shares[0, row]), float(shares[1, row]), float(positions[row])
        )
        for rank, row in enumerate(order.tolist(), start=1)
    )
