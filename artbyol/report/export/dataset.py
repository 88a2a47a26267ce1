"""A collection for other programs: a row for every different picture, with everything that is known of it.

What stays in memory is the vectors, the positions and a few numbers a work; rows are made and dropped one at a time.
"""

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from PIL import Image

from artbyol.base.errors import DecodeError
from artbyol.base.vectors import Floats
from artbyol.grouping.groups import Groups
from artbyol.metadata.metadata import Metadata, most_told
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.thumbnail import thumbnail
from artbyol.search.collection import OpenCollection
from artbyol.search.index import StyleIndex
from artbyol.storage.marks import load_marks, marks_of
from artbyol.storage.rows import Work
from artbyol.storage.store import made_by

_ABSENT = (228, 224, 218)
_BLOCK: Final = 1_000  # works whose neighbours are searched together

COLUMNS: Final = (
    *("id", "path", "copies", "width", "height", "group", "group_name", "likeness", "x", "y"),
    *("title", "artist", "year", "date", "tags", "label", "permalink", "description"),
)
"""Of every row, in this order; then come the table's further columns, `neighbours`, `model`, `by` and `made_by`."""

AT_THE_END: Final = ("neighbours", "model", "by", "made_by")


@dataclass(frozen=True, eq=False)
class Dataset:
    """A collection to be exported.

    Attributes:
        folder: the collection; `model_id`, `by`: whose vectors, on which axis.
        works: (n) with the first path of each, in order of path; `files`: all paths of each.
        vectors: (n, d), as the catalogue has them; `positions`: (n, 2), on the map; None: no map was made.
        groups: of a path, the id of its group, its name and the likeness; None: nothing was grouped.
        metadata: by path.
        k: neighbours of each.
        trustworthiness: of the map; NaN: there is none.
    """

    folder: Path
    model_id: str
    by: Axis
    works: Sequence[Work]
    files: Sequence[Sequence[bytes]]
    vectors: Floats
    positions: Floats | None
    groups: Mapping[bytes, tuple[int, str, float]] | None
    metadata: Mapping[bytes, Metadata]
    index: StyleIndex
    k: int
    trustworthiness: float

    def __len__(self) -> int:
        return len(self.works)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """`COLUMNS`, and further ones of the metadata in the order in which they turn up."""
        names = dict.fromkeys(name for one in self.metadata.values() for name in one.other)
        return (*COLUMNS, *(name for name in names if name not in (*COLUMNS, *AT_THE_END, "vector")))

    @property
    def made(self) -> dict[str, str]:
        """The columns at the end that are the same in every row."""
        return {"model": self.model_id, "by": self.by, "made_by": made_by()}

    @property
    def provenance(self) -> dict[str, Any]:
        """What made this, for files that have a place to say it."""
        return {
            "format": "artbyol-export",
            "format_version": 1,
            **self.made,
            "works": len(self),
            "dimensions": self.vectors.shape[1],
            "map": {"trustworthiness": round(self.trustworthiness, 4)},
        }

    def originals(self) -> Iterator[Path]:
        """The files of all works."""
        return (self.folder / os.fsdecode(path) for files in self.files for path in files)

    def picture(self, work: Work, side: int) -> Image.Image:
        """A work whole, its longer side at most `side` pixels; a grey square where it cannot be read any more."""
        try:
            return thumbnail(os.path.join(os.fsencode(self.folder), work.path), side, side)
        except DecodeError:
            return Image.new("RGB", (side, side), _ABSENT)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Of each work, one after the other, everything by column; the neighbours are searched a block at a time.

        `id` is its content's hash, the same whatever the file is called; `copies` are other files that show it. In no
        group, `group`, `group_name` and `likeness` are 0, "" and None; None is also what is not known, or was not asked
        for. `neighbours`, as embedding-atlas documents it, has `ids`, rows from 0 of the nearest works, best first, and
        `distances`, 1 - cosine of these to it. Behind the other columns comes `vector`, (d,).
        """
        row_of = {work.id: row for row, work in enumerate(self.works)}
        for start in range(0, len(self), _BLOCK):
            block = range(start, min(start + _BLOCK, len(self)))
            placed = self.index.space.place(self.vectors[start : block.stop])
            hits = self.index.search(placed, min(self.k + 1, len(self)))
            for at, row in enumerate(block):
                near = [
                    (row_of[int(content)], 1 - float(score))
                    for content, score in zip(hits.ids[at], hits.scores[at], strict=True)
                    if int(content) in row_of and int(content) != self.works[row].id
                ][: self.k]
                neighbours = {"ids": [one for one, _ in near], "distances": [distance for _, distance in near]}
                yield {**self._cells(row), "neighbours": neighbours, **self.made, "vector": self.vectors[row]}

    def _cells(self, row: int) -> dict[str, Any]:
        work, files, groups = self.works[row], self.files[row], self.groups
        group: tuple[int | None, str | None, float] = None, None, math.nan
        if groups is not None:
            group = next((groups[path] for path in files if path in groups), (0, "", math.nan))
        number, name, likeness = group
        place = (None, None) if self.positions is None else [round(float(at), 6) for at in self.positions[row]]
        known = most_told(files, self.metadata) or Metadata()
        own = (
            *(work.hash.hex(), work.path, tuple(files[1:]), work.width, work.height),
            *(number, name, None if math.isnan(likeness) else round(likeness, 6), *place),
        )
        said = {name: getattr(known, name) for name in COLUMNS[len(own) :]}
        others = {name: known.other.get(name) for name in self.columns[len(COLUMNS) :]}
        return dict(zip(COLUMNS, own, strict=False)) | said | others


def dataset(
    collection: OpenCollection, by: Axis, groups: Groups | None, neighbours: int, seed: int, *, mapped: bool
) -> Dataset:
    """A collection on one axis, so many neighbours of each work, and its groups and a map where these are wanted."""
    embedded = collection.embedded(by)
    order, works, files = collection.in_order(embedded.ids)
    positions, trustworthiness, grouped = None, math.nan, None
    if mapped:
        from artbyol.grouping.map import lay_out

        collection.run.notice(f"Laying out {len(works):,} works.")
        collection.run.progress("mapping")
        (layout,) = lay_out(embedded.directions[order], seed)
        positions, trustworthiness = layout.positions, layout.trustworthiness
    if groups:
        members = ((group, member) for group in groups.groups for member in group.members)
        grouped = {member.path: (group.id, group.name, member.likeness) for group, member in members}
    known = dict(groups.metadata if groups else collection.metadata([path for some in files for path in some]))
    marks = marks_of(load_marks(collection.store), collection.files())
    for work, paths in zip(works, files, strict=True):
        if work.id in marks:
            known |= {path: known.get(path, Metadata()).with_columns(marks[work.id].said()) for path in paths}
    return Dataset(
        *(collection.folder, embedded.model_id, by, works, files, embedded.vectors[order], positions),
        *(grouped, known, collection.index(by), neighbours, trustworthiness),
    )
