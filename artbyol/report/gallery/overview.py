"""A collection seen as a whole: every work with its nearest, its place on the map, its group, its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from artbyol.base.errors import StoreMissingError
from artbyol.base.vectors import Floats, Ints
from artbyol.grouping.groups import Groups
from artbyol.grouping.map import TALL, WIDE, Layout, lay_out
from artbyol.metadata.metadata import Metadata, most_told
from artbyol.pictures.measures.axes import AXES
from artbyol.pictures.measures.dominant import DominantColour, as_colours
from artbyol.pictures.measures.words import percentiles, work_words
from artbyol.search.collection import OpenCollection
from artbyol.search.duplicates import alike
from artbyol.search.knn_outliers import find_outliers
from artbyol.search.neighbours import Nearness, nearest_by, nearest_works, pair_cosines
from artbyol.search.origins import elsewhere

NEAREST: Final = 12
"""Works that are shown as closest to each."""

OUTLIERS: Final = 48
"""Works that are shown as standing apart, a tenth of the works at most."""

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
        works: in order of path; "rows" are places in it. `row_of`: of each file.
        groups: as `artbyol.cluster` gives them.
        layouts: the map, for a wide window and for a tall one.
        nearness: rows of the works nearest to each, from elsewhere only where `across` says so, and where
            likeness ends.
        shares: float32 (n, k, 5), percentiles 0..100 of these on each of `AXES`: the share of the collection's pairs
            that are less alike; NaN where an axis was not measured.
        others: the same for other questions: by each axis that was measured but style, and "elsewhere".
        elsewhere: what those are across, "artist" or "folders".
        directions: float32 (n, d), unit vectors of style.
        outliers: rows of the works that stand most alone, as `artbyol.outliers` lists them.
        duplicates: rows of works that are one picture, as `artbyol.duplicates` groups them, the best version first.
        model_id: of the style vectors.
    """

    folder: Path
    works: tuple[Surveyed, ...]
    row_of: Mapping[bytes, int]
    groups: Groups
    layouts: tuple[Layout, ...]
    nearness: Nearness
    across: str | None
    shares: Floats
    others: Mapping[str, tuple[Nearness, Floats]]
    elsewhere: str | None
    directions: Floats
    outliers: tuple[int, ...]
    duplicates: tuple[tuple[int, ...], ...]
    model_id: str

    @property
    def layout(self) -> Layout:
        """For a wide window."""
        return self.layouts[0]

    def rows(self, paths: Sequence[bytes]) -> list[int]:
        """Of the works that these files show."""
        return [self.row_of[path] for path in paths]


def survey(collection: OpenCollection, groups: Groups, seed: int, across: str | None = None) -> Survey:
    """Survey a collection that was embedded.

    Args:
        groups: of the same collection, and what is known of its works.
        seed: of the map.
        across: see `artbyol.search.origins.origins`; the nearest are then from elsewhere.

    Raises:
        StoreMissingError, ModelMismatchError, FolderError: see `OpenCollection.embedded`.
    """
    embedded = collection.embedded()
    ids = embedded.ids
    collection.run.notice(f"Finding the neighbours of {len(ids):,} works and laying out the map.")
    collection.run.progress("finding neighbours")
    near = nearest_works(collection, min(NEAREST, max(1, len(ids) - 1)), across)
    order, works = _works(collection, ids, groups)
    others, other_places = _others(collection, ids, across)
    collection.run.progress("mapping")
    layouts = lay_out(embedded.directions[order], seed, (WIDE, TALL))
    row_of = {path: row for row, work in enumerate(works) for path in work.paths}
    most = min(OUTLIERS, len(works) // 10)
    alone = find_outliers(collection, most).outliers if most else ()
    return Survey(
        folder=collection.folder,
        works=works,
        row_of=row_of,
        groups=groups,
        layouts=layouts,
        nearness=_reordered(near, order),
        across=across,
        shares=_shares(collection, ids, near)[order],
        others={name: (_reordered(one, order), _shares(collection, ids, one)[order]) for name, one in others.items()},
        elsewhere=other_places,
        directions=embedded.directions[order],
        outliers=tuple(row_of[one.path] for one in alone),
        duplicates=_duplicates(collection, row_of),
        model_id=embedded.model_id,
    )


def _others(collection: OpenCollection, ids: Ints, across: str | None) -> tuple[dict[str, Nearness], str | None]:
    """The nearest by other axes, and from elsewhere where not all of them are from there already; and across what."""
    most, found = min(NEAREST, max(1, len(ids) - 1)), {}
    for axis in AXES[1:]:
        try:
            nearest = nearest_by(collection, axis, ids, most)
        except StoreMissingError:  # `_shares` says so
            continue
        nothing = np.zeros(len(ids), np.int32)
        found[str(axis)] = Nearness(nearest, np.zeros(nearest.shape, np.float32), nothing)
    places = None if across else elsewhere(collection, ids)
    if places:
        found["elsewhere"] = _elsewhere(collection, ids, most, places)
    return found, places


def _elsewhere(collection: OpenCollection, ids: Ints, most: int, across: str) -> Nearness:
    """The nearest in style from elsewhere, by the cosine alone: ranked by chains, too, 20,000 take minutes."""
    nearest = nearest_by(collection, "style", ids, most, across)
    placed, chance = collection.embedded().directions, collection.chance()
    cosines = pair_cosines(placed, nearest)
    rows = zip(placed, cosines, nearest, strict=True)
    kin = [chance.kin(direction, some[others >= 0], len(ids)) for direction, some, others in rows]
    return Nearness(nearest, cosines, np.array(kin, np.int32))


def _works(collection: OpenCollection, ids: Ints, groups: Groups) -> tuple[Ints, tuple[Surveyed, ...]]:
    """The works in order of path, and which of `ids` each is."""
    order, works, files = collection.in_order(ids)
    names = _shortest([work.hash.hex() for work in works])
    group_of = {member.path: group.number for group in groups.groups for member in group.members}
    words, colours, attributes = _described(collection, ids)
    return np.array(order, np.int64), tuple(
        Surveyed(
            *(name, work.hash, tuple(paths), work.width, work.height, group_of.get(work.path, 0)),
            *(words[row], colours[row], attributes[row], most_told(paths, groups.metadata)),
        )
        for row, name, work, paths in zip(order, names, works, files, strict=True)
    )


def _described(
    collection: OpenCollection, ids: Ints
) -> tuple[Sequence[tuple[str, ...]], Sequence[tuple[DominantColour, ...]], Sequence[tuple[float, ...]]]:
    measured = collection.measured(ids)
    if measured is None:  # `cluster` said so already
        nothing: list[tuple[Any, ...]] = [()] * len(ids)
        return nothing, nothing, nothing
    values, colours = measured.attributes, [as_colours(row) for row in measured.colours]
    return work_words(values, values), colours, [tuple(row) for row in percentiles(values, values).tolist()]


def _shares(collection: OpenCollection, ids: Ints, near: Nearness) -> Floats:
    """Percentiles (n, k, 5) of the nearest on every axis."""
    shares = np.full((*near.nearest.shape, len(AXES)), np.nan, np.float32)
    for number, axis in enumerate(AXES):
        try:
            embedded = collection.embedded(axis)
        except StoreMissingError as error:
            collection.run.notice(f"The gallery does not compare by {axis}: {error.message} Try: {error.hint}")
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


def _reordered(near: Nearness, order: Ints) -> Nearness:
    """The same when work `order[row]` becomes work `row`."""
    now = np.empty(len(order) + 1, np.int32)
    now[order] = np.arange(len(order))
    now[-1] = -1  # where -1 leads
    return Nearness(now[near.nearest[order]], near.cosines[order], near.kin[order])


def _duplicates(collection: OpenCollection, row_of: Mapping[bytes, int]) -> tuple[tuple[int, ...], ...]:
    groups = (works for works, _ in alike(collection))
    rows = (tuple(dict.fromkeys(row_of[work.path] for work in works if work.path in row_of)) for works in groups)
    return tuple(sorted(some for some in rows if len(some) > 1))
