"""Two works, or two folders of works, and the collection between them: what a path and what lies between begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.pictures.measures.axes import Axis
from artbyol.search.collection import OpenCollection, Path_
from artbyol.search.index import StyleIndex
from artbyol.search.neighbours import mean_direction, named
from artbyol.search.query import Query, QueryReader


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
    start: NDArray[np.float32]
    end: NDArray[np.float32]

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
