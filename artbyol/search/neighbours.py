"""Works closest to what was asked for, that are not what was asked for over again.

In style they are ranked by the graph of the query's surroundings (`artbyol.search.graph_ranking`): one picture says
little about a style; together with its nearest works it says more.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.vectors import Floats, Ints
from artbyol.pictures.measures.axes import AXES, Axis
from artbyol.pictures.near_duplicates import may_be_same, near_duplicates
from artbyol.search.axis_percentiles import axis_percentiles
from artbyol.search.collection import OpenCollection, Path_
from artbyol.search.graph_ranking import BRIDGES, WORKS, ranked
from artbyol.search.index import Hits, StyleIndex
from artbyol.search.origins import Origins, origins
from artbyol.search.query import Query, QueryReader
from artbyol.search.results import Neighbour, Neighbours
from artbyol.search.where import PlaceReader
from artbyol.storage.catalogue import Catalogue

UNLIKE_WEIGHT = 0.5
"""How strongly `unlike` pushes away: between the 0.15 and 0.75 that Rocchio's formula is used with."""

_SPARE = 6  # works asked for beyond those wanted, because some are the same picture
_BLOCK = 1_000


def find_similar(
    collection: OpenCollection,
    queries: Sequence[Path_ | Query],
    k: int,
    *,
    by: Axis = "style",
    why: bool = False,
    nearest_only: bool = False,
    unlike: Sequence[Path_ | Query] = (),
    duplicates: bool = False,
    across: str | None = None,
    until: bool = False,
    where: bool = False,
) -> Neighbours:
    """The works of a collection closest to some pictures; `artbyol.similar` explains the arguments, and the errors."""
    if k < 1:
        raise UsageError(f"-k must be at least 1, not {k}.")
    axes: tuple[Axis, ...] = AXES if why else (by,)
    indexes = {axis: collection.index(axis) for axis in axes}
    reader = QueryReader(collection, [collection.axis_id(axis) for axis in axes])
    liked, disliked = reader.read(queries), reader.read(unlike)
    directions = {axis: _wanted_direction(index, liked, disliked) for axis, index in indexes.items()}
    elsewhere = origins(collection, collection.catalogue.vector_ids(indexes[by].model_id), across) if across else None
    search = Search(collection.catalogue, indexes[by], liked, duplicates, elsewhere)
    in_style = by == "style"
    found, left_out = search.closest(directions[by], max(k, WORKS) if in_style else k)
    kin = None
    if in_style and len(liked) == 1 and not disliked:
        nearest = np.array(search.cosines(found, directions[by]), np.float32)
        kin = collection.chance().kin(directions[by], nearest, len(indexes[by]))
    elif until or where:
        raise UsageError("Where likeness ends, and where it is, is known for one picture, in style.")
    if in_style and not nearest_only:
        found = search.by_the_graph(directions[by], found)
    found = found[: min(k, kin) if until and kin is not None else k]
    cosines = search.cosines(found, directions[by])
    reasons = axis_percentiles(collection.catalogue, indexes, directions, found) if why else [None] * len(found)
    paths = collection.paths_of([*found, *left_out])
    places: list[Any] = [None] * len(found)
    if where:
        whole = [os.path.join(os.fsencode(collection.folder), paths[content][0]) for content in found]
        places = PlaceReader(collection).whereabouts(liked[0].path, whole, directions[by], search.placed(found))
    known = collection.metadata([paths[content][0] for content in found])
    shares = indexes[by].percentile(cosines)
    return Neighbours(
        **about(collection, indexes[by], by),
        queries=tuple(query.path for query in liked),
        unlike=tuple(query.path for query in disliked),
        neighbours=tuple(
            Neighbour(rank, *named(paths[content]), float(share), cosine, reason, place, known.get(paths[content][0]))
            for rank, (content, cosine, share, reason, place) in enumerate(
                zip(found, cosines, shares, reasons, places, strict=True), start=1
            )
        ),
        left_out=tuple(paths[content][0] for content in left_out),
        across=across,
        kin=kin,
    )


def about(collection: OpenCollection, index: StyleIndex, by: Axis) -> dict[str, Any]:
    """What every answer says of the collection that gives it (`artbyol.search.results.Answer`)."""
    return {"folder": collection.folder, "by": by, "model_id": index.model_id, "works": len(index)}


def named(files: Sequence[bytes]) -> tuple[bytes, tuple[bytes, ...]]:
    """The files that show a work -> the path it goes by, and its copies."""
    return files[0], tuple(files[1:])


def _wanted_direction(index: StyleIndex, liked: Sequence[Query], disliked: Sequence[Query]) -> Floats:
    """What was asked for, (d,), in the index's space."""
    direction = mean_direction(index, liked)
    if disliked:
        direction = direction - UNLIKE_WEIGHT * mean_direction(index, disliked)
    return np.asarray(direction / max(float(np.linalg.norm(direction)), 1e-12), np.float32)


@dataclass(frozen=True, eq=False)
class Closest:
    """The contents closest to a direction, best first: ids (m,) and cosines (m,); `left_out`: ids of closer ones that
    are what was asked for over again."""

    ids: Ints
    cosines: Floats
    left_out: Ints


Same = Callable[[int, Ints], NDArray[np.bool_]]
"""Which of these contents (m,) are what a row of directions asks for over again, bool (m,)."""


def closest_others(
    search: Callable[[Floats, int], Hits], directions: Floats, k: int, same: Same, *, size: int, spare: int
) -> list[Closest]:
    """For each direction (q, d) up to k contents that are not the `same`; where too few are others, more are asked for.

    Args:
        search: of an index of so many works (`size`).
        spare: asked for besides k at first.
    """
    found: list[Any] = [None] * len(directions)
    wanted, left = min(k + spare, size), np.arange(len(directions))
    while len(left):
        hits, short = search(directions[left], wanted), []
        for row, ids, cosines in zip(left.tolist(), hits.ids, hits.scores, strict=True):
            there = ids >= 0
            ids, cosines = ids[there], cosines[there]
            again = same(row, ids)
            found[row] = Closest(ids[~again][:k], cosines[~again][:k], ids[again])
            if len(found[row].ids) < k and len(ids) == wanted < size:
                short.append(row)
        left, wanted = np.array(short, np.int64), min(2 * wanted, size)
    return found


def other_pictures(
    catalogue: Catalogue, ids: Ints, spectra: NDArray[np.uint8], rows: Ints, places: Origins | None = None
) -> Same:
    """What rows of a collection ask for over again: themselves and their near duplicates.

    Args:
        ids, spectra: contents of the collection (n,), ascending, and what the catalogue keeps of each.
        rows: of these, those that ask.
        places: of these contents; None: otherwise also what is from the same place.
    """

    def same(asking: int, found: Ints) -> NDArray[np.bool_]:
        row = rows[asking]
        again = np.asarray(found == ids[row])
        if places:
            again |= places.shared(found, [int(ids[row])])
        near = np.flatnonzero(~again & may_be_same(spectra[np.searchsorted(ids, found)], spectra[row]))
        if len(near):
            *marks, mark = catalogue.fingerprints([*found[near], ids[row]])
            again[near] = near_duplicates(np.stack(marks), mark)
        return again

    return same


@dataclass(frozen=True)
class Search:
    """What is searched, and which pictures' duplicates are left out (unless `duplicates`), and works from their
    `places`."""

    catalogue: Catalogue
    index: StyleIndex
    liked: Sequence[Query]
    duplicates: bool
    places: Origins | None = None

    def closest(self, direction: Floats, k: int) -> tuple[list[int], list[int]]:
        """The k contents closest to a direction, best first, and the duplicates left out: ids."""
        known = list(self.catalogue.ids_of([q.hash for q in self.liked]).values())
        duplicates: set[int] = set()

        def out(_: int, ids: Ints) -> NDArray[np.bool_]:
            again = np.isin(ids, known)
            aside = self.places.shared(ids, known) if self.places else np.zeros(len(ids), bool)
            if self.duplicates:
                return aside
            elsewhere = np.flatnonzero(~again & ~aside)
            marks = self.catalogue.fingerprints(ids[elsewhere].tolist())
            for query in self.liked:
                again[elsewhere] |= near_duplicates(marks, query.fingerprint)
            duplicates.update(ids[again].tolist())
            return again | aside

        size = len(self.index)
        (found,) = closest_others(self.index.search, direction[None], k, out, size=size, spare=len(known))
        return found.ids.tolist(), [content for content in found.left_out.tolist() if content in duplicates]

    def by_the_graph(self, direction: Floats, found: list[int]) -> list[int]:
        """The contents closest to a direction ranked by the graph of what is around it; the nearest stays first."""
        if not found:
            return found
        bridges: list[int] = []
        if self.places:
            around, _ = replace(self, places=None).closest(direction, BRIDGES)
            bridges = [content for content in around if content not in found]
        order = ranked(direction, self.placed(found[:WORKS]), self.placed(bridges)).tolist()
        return [*(found[place] for place in order), *found[WORKS:]]

    def cosines(self, ids: Sequence[int], direction: Floats) -> list[float]:
        """Of these contents to a direction."""
        cosines: list[float] = (self.placed(ids) @ direction).tolist()
        return cosines

    def placed(self, ids: Sequence[int]) -> Floats:
        """Directions (n, d) of these contents, in the index's space."""
        if not ids:
            return np.empty((0, self.index.d), np.float32)
        return self.index.space.place(self.catalogue.vectors_of(ids, self.index.model_id))


def mean_direction(index: StyleIndex, queries: Sequence[Query]) -> Floats:
    """What several pictures have in common: the direction (d,) of their mean, in the index's space."""
    mean = index.space.place([query.vectors[index.model_id] for query in queries]).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)


@dataclass(frozen=True, eq=False)
class Nearness:
    """Which works are nearest to which.

    Attributes:
        nearest: int32 (n, k), rows of the works closest to each work, best first, its duplicates left out; -1 where
            there are no more.
        cosines: float32 (n, k), to the work itself.
        kin: int32 (n,), how many works are more alike to each than chance would have them (`artbyol.search.chance`).
    """

    nearest: NDArray[np.int32]
    cosines: Floats
    kin: NDArray[np.int32]


def nearest_works(collection: OpenCollection, k: int, across: str | None = None) -> Nearness:
    """The k nearest in style of every work of a collection, ranked as by `artbyol.similar`: by the graph of what is
    around a work, the very closest first. Rows are those of `OpenCollection.embedded`.

    Args:
        across: leave out what is from where a work is; see `artbyol.search.origins.origins`, also for its errors.
    """
    index, embedded = collection.index(), collection.embedded()
    ids, placed = embedded.ids, embedded.directions
    spectra = collection.catalogue.spectra(ids)
    places = origins(collection, ids, across) if across else None
    nearest = np.full((len(ids), k), -1, np.int32)
    chance, kin = collection.chance(), np.zeros(len(ids), np.int32)
    for start in range(0, len(ids), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(ids)))

        def closest(wanted: int, places: Origins | None, rows: Ints = rows) -> list[Ints]:
            same = other_pictures(collection.catalogue, ids, spectra, rows, places)
            found = closest_others(index.search, placed[rows], wanted, same, size=len(ids), spare=1 + _SPARE)
            return [np.searchsorted(ids, one.ids) for one in found]

        wanted = closest(max(k, WORKS), places)
        around = closest(BRIDGES, None) if places else [rows[:0]] * len(rows)
        for row, found, some in zip(rows, wanted, around, strict=True):
            bridges = some[~np.isin(some, found)]
            best = found[ranked(placed[row], placed[found], placed[bridges])][:k]
            nearest[row, : len(best)] = best
            kin[row] = chance.kin(placed[row], placed[found] @ placed[row], len(ids))
    return Nearness(nearest, pair_cosines(placed, nearest), kin)


def nearest_by(
    collection: OpenCollection, axis: Axis, ids: Ints, k: int, across: str | None = None
) -> NDArray[np.int32]:
    """Of each of these contents (n,), ascending, the k of them nearest on one axis, by the cosine alone, nearest first:
    rows (n, k), -1 for none. Pictures that are the same are left out, and works from where it is itself (`across`).
    Raises as `OpenCollection.embedded`, and as `artbyol.search.origins.origins`."""
    places = origins(collection, ids, across) if across else None
    index, embedded = collection.index(axis), collection.embedded(axis)
    placed, spectra = embedded.directions[np.searchsorted(embedded.ids, ids)], collection.catalogue.spectra(ids)
    nearest = np.full((len(ids), k), -1, np.int32)
    for start in range(0, len(ids), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(ids)))
        again = other_pictures(collection.catalogue, ids, spectra, rows, places)

        def same(asking: int, found: Ints, again: Same = again) -> NDArray[np.bool_]:
            aside = ~np.isin(found, ids)  # more may be measured than have a vector of the model
            aside[~aside] = again(asking, found[~aside])
            return aside

        found = closest_others(index.search, placed[rows], k, same, size=len(index), spare=1 + _SPARE)
        for row, one in zip(rows, found, strict=True):
            nearest[row, : len(one.ids)] = np.searchsorted(ids, one.ids)
    return nearest


def pair_cosines(placed: Floats, nearest: NDArray[np.int32]) -> Floats:
    """Cosines (n, k) of works with these directions (n, d) to others (n, k), rows; meaningless where that is -1."""
    # A column at a time: the directions of all pairs at once can be gigabytes.
    columns = [np.einsum("nd,nd->n", placed, placed[column]) for column in nearest.T]
    return np.asarray(np.stack(columns, axis=1) if columns else np.empty(nearest.shape), np.float32)
