"""`similar`: the works closest to one picture, or to several, in style or on another axis."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener, ignore
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.encoder.current import axis_in_use, nothing_embedded
from artbyol.metadata.metadata import metadata_of
from artbyol.pictures.measures.axes import AXES, Axis
from artbyol.search.axis_percentiles import agreements
from artbyol.search.index import StyleIndex, current_index
from artbyol.search.neighbours import Search, mean_direction
from artbyol.search.query import Path_, Query, QueryReader, collection_of
from artbyol.search.results import Neighbour, Neighbours
from artbyol.storage.catalogue import Catalogue

UNLIKE_WEIGHT = 0.5
"""How strongly `unlike` pushes away: between the 0.15 and 0.75 that Rocchio's formula is used with."""


def similar(
    queries: Path_ | Sequence[Path_],
    k: int = 12,
    *,
    by: Axis = "style",
    why: bool = False,
    nearest_only: bool = False,
    folder: str | Path | None = None,
    store: str | Path | None = None,
    unlike: Sequence[Path_] = (),
    duplicates: bool = False,
    metadata: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    max_pixels: int = DEFAULT_MAX_PIXELS,
    listener: Listener = ignore,
) -> Neighbours:
    """Find the works of a collection closest in style, or on another axis, to one or several pictures.

    Several queries are averaged ("more like these"), `unlike` ones subtracted (Rocchio 1971). The query itself and
    its exact or near duplicates are left out.

    Args:
        queries: picture files or folders of them, in the collection or not.
        k: how many works.
        by: the axis to compare on: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        nearest_only: rank by the query alone. Otherwise works are ranked, in style, by how close they are to the query
            together with the works closest to it (`artbyol.search.expansion`); the very closest is first in any case.
        why: say of each work how alike it is on every axis.
        folder: the collection, or any folder inside it; default: the one the first query lies in, else the one the
            working directory lies in.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        unlike: pictures to move away from.
        duplicates: keep the query and its duplicates in the answer.
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata.metadata`.
        device, precision, max_pixels: for queries the catalogue does not know; only style needs a network for them.
        listener: told when an index had to be built.

    Raises:
        StoreMissingError: nothing was embedded, or measured, yet.
        ModelMismatchError: the model is newer than the vectors.
        DecodeError: a query is no usable picture. UsageError: no such file, or k below 1.
    """
    asked = [queries] if isinstance(queries, (str, bytes, os.PathLike)) else list(queries)
    if not asked or k < 1:
        raise UsageError("Name at least one picture to compare with." if k >= 1 else f"-k must be at least 1, not {k}.")
    place = collection_of(asked[0], folder, Path(store) if store else None)
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        ids = {axis: axis_in_use(place, catalogue, axis) for axis in (AXES if why else (by,))}
        indexes = {axis: current_index(catalogue, place.index_of(axis), ids[axis], listener) for axis in ids}
        if not len(indexes[by]):
            raise nothing_embedded(place)
        reader = QueryReader(place, catalogue, tuple(ids.values()), device, precision, max_pixels)
        liked, disliked = reader.read(asked), reader.read(unlike)
        directions = {axis: _direction(index, liked, disliked) for axis, index in indexes.items()}
        search = Search(catalogue, indexes[by], liked, duplicates)
        expand = by == "style" and not nearest_only
        found, left_out = (search.with_their_neighbours if expand else search.closest)(directions[by], k)
        cosines = search.cosines(found, directions[by])
        reasons = agreements(catalogue, indexes, directions, found) if why else [None] * len(found)
        paths = catalogue.paths_of([*found, *left_out])
        known = metadata_of(place, catalogue, [paths[content][0] for content in found], metadata, listener)
    shares = indexes[by].percentile(cosines)
    return Neighbours(
        place.folder,
        tuple(q.path for q in liked),
        tuple(q.path for q in disliked),
        tuple(
            Neighbour(
                *(rank, paths[content][0], tuple(paths[content][1:]), float(share), cosine, reason),
                known.get(paths[content][0]),
            )
            for rank, (content, cosine, share, reason) in enumerate(
                zip(found, cosines, shares, reasons, strict=True), start=1
            )
        ),
        tuple(paths[content][0] for content in left_out),
        len(indexes[by]),
        ids[by],
        by,
    )


def _direction(index: StyleIndex, liked: Sequence[Query], disliked: Sequence[Query]) -> NDArray[np.float32]:
    """What was asked for, (d,), in the index's space."""
    direction = mean_direction(index, liked)
    if disliked:
        direction = direction - UNLIKE_WEIGHT * mean_direction(index, disliked)
    return np.asarray(direction / max(float(np.linalg.norm(direction)), 1e-12), np.float32)
