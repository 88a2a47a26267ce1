"""A collection seen as a whole: every work with its nearest, its place on the map, its group, its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from artbyol.base.errors import StoreMissingError
from artbyol.base.vectors import Doubles, Floats, Ints
from artbyol.grouping.contours import outlines
from artbyol.grouping.groups import Groups
from artbyol.grouping.map import Layout, lay_out
from artbyol.metadata.metadata import Metadata, most_told
from artbyol.pictures.measures.axes import AXES
from artbyol.pictures.measures.dominant import DominantColour, as_colours
from artbyol.pictures.measures.words import percentiles, work_words
from artbyol.search.collection import OpenCollection
from artbyol.search.duplicates import alike
from artbyol.search.knn_outliers import find_outliers
from artbyol.search.neighbours import Nearness, nearest_works, pair_cosines

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
        layout, outlines: the map, and on it, for each group, closed lines (m, 2).
        nearness: rows of the works nearest to each, from elsewhere only where `across` says so, and where
            likeness ends.
        shares: float32 (n, k, 5), percentiles 0..100 of these on each of `AXES`: the share of the collection's pairs
            that are less alike; NaN where an axis was not measured.
        directions: float32 (n, d), unit vectors of style.
        outliers: rows of the works that stand most alone, as `artbyol.outliers` lists them.
        duplicates: rows of works that are one picture, as `artbyol.duplicates` groups them, the best version first.
        model_id: of the style vectors.
    """

    folder: Path
    works: tuple[Surveyed, ...]
    row_of: Mapping[bytes, int]
    groups: Groups
    layout: Layout
    outlines: list[list[Doubles]]
    nearness: Nearness
    across: str | None
    shares: Floats
    directions: Floats
    outliers: tuple[int, ...]
    duplicates: tuple[tuple[int, ...], ...]
    model_id: str

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
    collection.run.progress("mapping")
    layout = lay_out(embedded.directions, seed)
    order, works = _works(collection, ids, groups)
    layout = replace(layout, positions=layout.positions[order])
    row_of = {path: row for row, work in enumerate(works) for path in work.paths}
    most = min(OUTLIERS, len(works) // 10)
    alone = find_outliers(collection, most).outliers if most else ()
    return Survey(
        folder=collection.folder,
        works=works,
        row_of=row_of,
        groups=groups,
        layout=layout,
        outlines=outlines(
            layout.positions, np.array([work.group - 1 for work in works]), len(groups.groups), layout.side
        ),
        nearness=_reordered(near, order),
        across=across,
        shares=_shares(collection, ids, near)[order],
        directions=embedded.directions[order],
        outliers=tuple(row_of[one.path] for one in alone),
        duplicates=_duplicates(collection, row_of),
        model_id=embedded.model_id,
    )


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
