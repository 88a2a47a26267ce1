"""Two works, or two folders of works, and the collection between them: what `path` and `between` begin with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener
from artbyol.encoder.current import axis_in_use, nothing_embedded
from artbyol.pictures.measures.axes import Axis
from artbyol.search.index import StyleIndex, current_index
from artbyol.search.neighbours import mean_direction
from artbyol.search.query import Path_, Query, QueryReader, collection_of
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store


@dataclass(frozen=True)
class Ends:
    """A collection, opened, and two directions in it.

    Attributes:
        first, second: the pictures named, folders spelt out.
        start, end: (d,), the direction of each, in the index's space.
    """

    place: Store
    catalogue: Catalogue
    index: StyleIndex
    first: tuple[Query, ...]
    second: tuple[Query, ...]
    start: NDArray[np.float32]
    end: NDArray[np.float32]

    @property
    def queries(self) -> tuple[Query, ...]:
        return (*self.first, *self.second)

    def name_of(self, query: Query) -> tuple[bytes, tuple[bytes, ...]]:
        """The path of a picture in the collection, and its copies there; the absolute path of one outside it."""
        content = self.catalogue.ids_of([query.hash]).get(query.hash)
        paths = self.catalogue.paths_of([content]).get(content, []) if content is not None else []
        return (paths[0], tuple(paths[1:])) if paths else (query.path, ())


@contextmanager
def opened(
    first: Path_,
    second: Path_,
    by: Axis,
    *,
    folder: str | Path | None,
    store: str | Path | None,
    device: str,
    precision: str,
    max_pixels: int,
    listener: Listener,
) -> Iterator[Ends]:
    """Open the collection that the first picture lies in (or `folder` names), and look both up in it.

    Raises:
        UsageError: no such file, no such axis, or both ends are the same picture. Otherwise as `similar`.
    """
    place = collection_of(first, folder, Path(store) if store else None)
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        wanted = axis_in_use(place, catalogue, by)
        index = current_index(catalogue, place.index_of(by), wanted, listener)
        if not len(index):
            raise nothing_embedded(place)
        reader = QueryReader(place, catalogue, (wanted,), device, precision, max_pixels)
        one, other = reader.read([first]), reader.read([second])
        if {query.hash for query in one} == {query.hash for query in other}:
            raise UsageError("Both ends are the same picture.", "name two different ones")
        directions = mean_direction(index, one), mean_direction(index, other)
        yield Ends(place, catalogue, index, tuple(one), tuple(other), *directions)


def most_typical(index: StyleIndex, queries: Sequence[Query]) -> Query:
    """Of several pictures the one closest to what they have in common."""
    placed = index.space.place([query.vectors[index.model_id] for query in queries])
    return queries[int((placed @ mean_direction(index, queries)).argmax())]
