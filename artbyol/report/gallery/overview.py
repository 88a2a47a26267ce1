"""A whole collection at once: what `similar`, `cluster` and `describe` say of every work, and a map of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import StoreMissingError
from artbyol.grouping.contours import outlines
from artbyol.grouping.groups import Groups
from artbyol.grouping.map import Layout, lay_out
from artbyol.metadata.metadata import most_told
from artbyol.pictures.measures.axes import AXES
from artbyol.pictures.measures.dominant import DominantColour, as_colours
from artbyol.pictures.measures.words import percentiles, work_words
from artbyol.pictures.near_duplicates import best_first_key, same_pictures
from artbyol.search.collection import OpenCollection
from artbyol.search.knn_outliers import solitude
from artbyol.search.neighbours import Nearness, nearest_works, pair_cosines
from artbyol.storage.catalogue import Catalogue

if TYPE_CHECKING:
    from artbyol.metadata.metadata import Metadata

Floats = NDArray[np.float32]

NEAREST: Final = 12
"""Works that are shown as closest to each."""

ALONE: Final = 48
"""Works that are shown as standing apart."""

_SHORTEST_ID = 10  # hexadecimal digits


@dataclass(frozen=True)
class Surveyed:
    """One work.

    Attributes:
        id: the first hexadecimal digits of its content hash, at least 10, as many as tell all works apart: the same
            whatever the file is called.
        hash: of its content.
        paths: of the files that show it, relative to the collection; the first is the one it is called by.
        width, height: pixels.
        group: number of its group; 0: none.
        words, colours: as of `artbyol.describe`; empty where nothing was measured.
        attributes: percentiles of `ATTRIBUTES` in the collection; empty where nothing was measured.
        metadata: what is known of it besides, or None.
    """

    id: str
    hash: bytes
    paths: tuple[bytes, ...]
    width: int
    height: int
    group: int
    words: tuple[str, ...]
    colours: tuple[DominantColour, ...]
    attributes: tuple[float, ...]
    metadata: Metadata | None


@dataclass(frozen=True, eq=False)
class Survey:
    """A collection.

    Attributes:
        folder: the collection.
        works: in order of path; "rows" are places in it.
        groups: as `artbyol.cluster` gives them; `typical`, `outliers`: of each group the rows of these works.
        layout, outlines: the map, and on it, for each group, closed lines (m, 2).
        nearness: rows of the works nearest to each.
        shares: float32 (n, k, 5), percentiles 0..100 of these on each of `AXES`: the share of the collection's pairs
            that are less alike; NaN where an axis was not measured.
        directions: float32 (n, d), unit vectors of style.
        alone: rows of the works that stand most alone, as `artbyol.outliers` lists them.
        duplicates: rows of works that are one picture, as `artbyol.duplicates` groups them, the best version first.
        model_id: of the style vectors.
    """

    folder: Path
    works: tuple[Surveyed, ...]
    groups: Groups
    typical: tuple[tuple[int, ...], ...]
    outliers: tuple[tuple[int, ...], ...]
    layout: Layout
    outlines: list[list[NDArray[np.float64]]]
    nearness: Nearness
    shares: Floats
    directions: Floats
    alone: tuple[int, ...]
    duplicates: tuple[tuple[int, ...], ...]
    model_id: str


def survey(collection: OpenCollection, groups: Groups, seed: int) -> Survey:
    """Survey a collection that was embedded.

    Args:
        groups: of the same collection, and what is known of its works.
        seed: of the map.

    Raises:
        StoreMissingError, ModelMismatchError, FolderError: see `OpenCollection.embedded`.
    """
    embedded = collection.embedded()
    ids, placed = embedded.ids, embedded.directions
    collection.run.notice(f"Looking for the nearest of {len(ids):,} works, and for a place on the map for each.")
    near = nearest_works(collection, min(NEAREST, max(1, len(ids) - 1)))
    layout = lay_out(placed, seed)
    solitary = solitude(collection, ALONE).angles
    shares = _shares(collection, ids, near)
    order, works = _works(collection, ids, groups)
    row_of = {path: row for row, work in enumerate(works) for path in work.paths}
    near = _reordered(near, order)
    labels = np.array([work.group - 1 for work in works])
    positions = layout.positions[order]
    layout = Layout(positions, layout.side, layout.trustworthiness, layout.continuity, layout.method)
    return Survey(
        collection.folder,
        works,
        groups,
        tuple(tuple(row_of[path] for path in group.typical) for group in groups.groups),
        tuple(tuple(row_of[path] for path in group.outliers) for group in groups.groups),
        layout,
        outlines(positions, labels, len(groups.groups), layout.side),
        near,
        shares[order],
        placed[order],
        _alone(solitary[order]),
        _duplicates(collection.catalogue, ids[order], works),
        embedded.model_id,
    )


def _works(
    collection: OpenCollection, ids: NDArray[np.int64], groups: Groups
) -> tuple[NDArray[np.int64], tuple[Surveyed, ...]]:
    """The works in order of path, and which of `ids` each is."""
    paths = collection.paths_of(ids.tolist())
    known = {work.id: work for work in collection.files()}
    order = np.array(sorted(range(len(ids)), key=lambda at: paths[int(ids[at])][0]), np.int64)
    names = _shortest([known[int(number)].hash.hex() for number in ids])
    group_of = {member.path: group.number for group in groups.groups for member in group.members}
    words, colours, attributes = _described(collection, ids)
    works = []
    for at in order.tolist():
        work = known[int(ids[at])]
        files = tuple(paths[work.id])
        told = most_told(files, groups.metadata)
        works.append(
            Surveyed(
                *(names[at], work.hash, files, work.width, work.height),
                *(group_of.get(files[0], 0), words[at], colours[at], attributes[at], told),
            )
        )
    return order, tuple(works)


def _described(
    collection: OpenCollection, ids: NDArray[np.int64]
) -> tuple[Sequence[tuple[str, ...]], Sequence[tuple[DominantColour, ...]], Sequence[tuple[float, ...]]]:
    measured = collection.measured(ids)
    if measured is None:  # `cluster` said so already
        nothing: list[tuple[Any, ...]] = [()] * len(ids)
        return nothing, nothing, nothing
    values, colours = measured.attributes, [as_colours(row) for row in measured.colours]
    return work_words(values, values), colours, [tuple(row) for row in percentiles(values, values).tolist()]


def _shares(collection: OpenCollection, ids: NDArray[np.int64], near: Nearness) -> Floats:
    """Percentiles (n, k, 5) of the nearest on every axis."""
    shares = np.full((*near.nearest.shape, len(AXES)), np.nan, np.float32)
    for number, axis in enumerate(AXES):
        try:
            embedded = collection.embedded(axis)
        except StoreMissingError as error:
            collection.run.notice(f"Nothing is said of {axis}: {error.message} {error.hint} does it.")
            continue
        placed = embedded.directions[np.searchsorted(embedded.ids, ids)]
        shares[..., number] = collection.index(axis).percentile(pair_cosines(placed, near.nearest))
    return shares


def _shortest(hashes: Sequence[str]) -> list[str]:
    """The first digits of each, as many as tell them apart."""
    for length in range(_SHORTEST_ID, len(hashes[0])):
        cut = [one[:length] for one in hashes]
        if len(set(cut)) == len(cut):
            return cut
    return list(hashes)


def _reordered(near: Nearness, order: NDArray[np.int64]) -> Nearness:
    """The same when work `order[row]` becomes work `row`."""
    now = np.empty(len(order) + 1, np.int32)
    now[order] = np.arange(len(order))
    now[-1] = -1  # where -1 leads
    return Nearness(now[near.nearest[order]], near.cosines[order])


def _alone(angles: NDArray[np.float64]) -> tuple[int, ...]:
    """The loneliest first: a tenth of the works at most."""
    order = np.argsort(-np.nan_to_num(angles, nan=-1.0), kind="stable")
    most = min(ALONE, len(angles) // 10, int(np.isfinite(angles).sum()))
    return tuple(order[:most].tolist())


def _duplicates(catalogue: Catalogue, ids: NDArray[np.int64], works: Sequence[Surveyed]) -> tuple[tuple[int, ...], ...]:
    sizes = {path: record.size for path, record in catalogue.files().items()}
    best_first = np.array(
        sorted(
            range(len(works)),
            key=lambda row: best_first_key(works[row].width, works[row].height, sizes, works[row].paths[0]),
        ),
        np.int64,
    )
    groups = same_pictures(catalogue.fingerprints(ids[best_first].tolist()))
    return tuple(sorted(tuple(best_first[group].tolist()) for group in groups))
