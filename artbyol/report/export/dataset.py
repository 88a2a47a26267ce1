"""A collection as a table: a row for every different picture, with everything that is known of it, made as it is read.

What stays in memory is the vectors, the positions and a few numbers a work; rows are made and dropped one at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from artbyol.metadata.metadata import Metadata
from artbyol.pictures.measures.axes import Axis
from artbyol.search.index import StyleIndex
from artbyol.storage.rows import Work

Floats = NDArray[np.float32]

_BLOCK: Final = 1_000  # works whose neighbours are searched together

COLUMNS: Final = (
    *("id", "path", "copies", "width", "height", "group", "group_name", "likeness", "x", "y"),
    *("title", "artist", "year", "date", "tags", "label", "permalink", "description"),
)
"""Of every row, in this order; then come the table's further columns, `neighbours`, `model`, `by` and `made_by`."""

AT_THE_END: Final = ("neighbours", "model", "by", "made_by")


Format = Literal["csv", "jsonl", "parquet", "npy", "projector", "vikus"]


FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        target: the file, or the folder; `format`: which.
        works: different pictures, a row each; `described`: of how many of these something is known besides.
        groups: how many.
        model_id, by: whose vectors; the axis.
        trustworthiness: 0..1, of x and y: how few of a work's neighbours on the map are strangers.
    """

    target: Path
    format: Format
    works: int
    described: int
    groups: int
    model_id: str
    by: Axis
    trustworthiness: float


@dataclass(frozen=True)
class Row:
    """One work.

    Attributes:
        number: from 0, of its row; what `neighbours` refer to.
        work: its content, first path and size; `copies`: other files that show it.
        group, group_name, likeness: 0, "" and NaN where it is in no group.
        x, y: on the map.
        metadata: what is known of it; often nothing.
        neighbours: rows of the nearest works, best first; `cosines`: of these to it.
        vector: (d,).
    """

    number: int
    work: Work
    copies: tuple[bytes, ...]
    group: int
    group_name: str
    likeness: float
    x: float
    y: float
    metadata: Metadata
    neighbours: tuple[int, ...]
    cosines: tuple[float, ...]
    vector: Floats

    @property
    def id(self) -> str:
        """The content's hash: the same whatever the file is called."""
        return self.work.hash.hex()


@dataclass(frozen=True, eq=False)
class Dataset:
    """A collection to be exported.

    Attributes:
        folder: the collection; `model_id`, `by`: whose vectors, on which axis.
        works: (n) with the first path of each, in order of path; `files`: all paths of each.
        vectors: (n, d), as the catalogue has them; `positions`: (n, 2).
        groups: of a path, the id of its group, its name and the likeness.
        metadata: by path.
        k: neighbours of each.
        trustworthiness: of the map.
    """

    folder: Path
    model_id: str
    by: Axis
    works: Sequence[Work]
    files: Sequence[Sequence[bytes]]
    vectors: Floats
    positions: Floats
    groups: Mapping[bytes, tuple[int, str, float]]
    metadata: Mapping[bytes, Metadata]
    index: StyleIndex
    k: int
    trustworthiness: float

    def __len__(self) -> int:
        return len(self.works)

    @property
    def other_columns(self) -> tuple[str, ...]:
        """Further columns of the tables, in the order in which they turn up."""
        names = dict.fromkeys(name for one in self.metadata.values() for name in one.other)
        return tuple(name for name in names if name not in (*COLUMNS, *AT_THE_END, "vector"))

    @property
    def provenance(self) -> dict[str, Any]:
        """What made this, for files that have a place to say it."""
        return {
            "format": "artbyol-export",
            "format_version": 1,
            "made_by": made_by(),
            "model": self.model_id,
            "by": self.by,
            "works": len(self),
            "dimensions": self.vectors.shape[1],
            "map": {"trustworthiness": round(self.trustworthiness, 4)},
        }

    def rows(self) -> Iterator[Row]:
        """One after the other; the neighbours are searched a block at a time."""
        row_of = {work.id: row for row, work in enumerate(self.works)}
        for start in range(0, len(self), _BLOCK):
            block = range(start, min(start + _BLOCK, len(self)))
            placed = self.index.space.place(self.vectors[start : block.stop])
            hits = self.index.search(placed, min(self.k + 1, len(self)))
            for at, row in enumerate(block):
                near = [
                    (row_of[int(content)], float(score))
                    for content, score in zip(hits.ids[at], hits.scores[at], strict=True)
                    if int(content) in row_of and int(content) != self.works[row].id
                ]
                yield self._row(row, near[: self.k])

    def _row(self, number: int, near: Sequence[tuple[int, float]]) -> Row:
        files = self.files[number]
        group, name, likeness = next(
            (self.groups[path] for path in files if path in self.groups), (0, "", float("nan"))
        )
        known = next((self.metadata[path] for path in files if path in self.metadata), Metadata())
        x, y = map(float, self.positions[number])
        return Row(
            *(number, self.works[number], tuple(files[1:]), group, name, likeness, x, y, known),
            *(tuple(row for row, _ in near), tuple(cosine for _, cosine in near), self.vectors[number]),
        )


def values(row: Row, others: Sequence[str]) -> dict[str, Any]:
    """A row's cells by column, without neighbours, vector and provenance; None where nothing is known."""
    known = row.metadata
    cells = (
        *(row.id, row.work.path, row.copies, row.work.width, row.work.height),
        *(row.group, row.group_name, None if np.isnan(row.likeness) else round(row.likeness, 6)),
        *(round(row.x, 6), round(row.y, 6)),
        *(known.title, known.artist, known.year, known.date, known.tags, known.label, known.permalink),
        known.description,
    )
    return dict(zip(COLUMNS, cells, strict=True)) | {name: known.other.get(name) for name in others}


def made_by() -> str:
    try:
        return f"artbyol {version('artbyol')}"
    except PackageNotFoundError:
        return "artbyol"


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)
