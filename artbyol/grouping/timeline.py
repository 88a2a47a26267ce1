"""Style over the years: where it stands, how fast it goes, where it turns, and the periods between."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.grouping.change_points import Moment, Turns, moments, turning_points
from artbyol.metadata.metadata import Metadata
from artbyol.pictures.listing import Listed, WithFile
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.measures.words import group_words
from artbyol.search.collection import OpenCollection

TYPICAL = 5
"""Works that stand for a period."""

_PARTS = 4  # equal parts that are shown where style does not turn


@dataclass(frozen=True)
class DatedWork(WithFile):
    """One work: path in the collection, the year it is placed at, what is known of it."""

    path: bytes
    year: int
    metadata: Metadata


@dataclass(frozen=True)
class Period:
    """A time between turning points, or where there are none, an equal part of the works.

    Attributes:
        first, last: years of its first and its last work.
        works: how many.
        unity: 0..1, how alike they are.
        typical: the most typical works, by year.
        words: what sets it apart from the other periods, strongest first; often nothing does.
    """

    first: int
    last: int
    works: int
    unity: float
    typical: tuple[DatedWork, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class TurningPoint:
    """A year from which style is another.

    Attributes:
        year: the first of the new style; `last`: the last before it that has works.
        chance: of a step as large if the years meant nothing (p), corrected for all the searches.
        share: 0..1, of what steady drift leaves unexplained, how much the step explains.
        before, after: the most typical works of the years on either side.
    """

    year: int
    last: int
    chance: float
    share: float
    before: tuple[DatedWork, ...]
    after: tuple[DatedWork, ...]


@dataclass(frozen=True, repr=False)
class Timeline(Listed):
    """Style over the years.

    Attributes:
        folder: the collection; `by`: the axis; `model_id`: whose vectors.
        artist: only this one's works, or None.
        works, undated: how many have a year, and how many have none.
        first, last: years.
        moments: where style stands and how fast it moves, at most 60.
        turning_points: by year; often none.
        chance: p of the largest step in the whole time; None: too few different years to tell.
        drift: p of following the years at all; None likewise.
        periods: by year; `parts`: whether they lie between turning points or, without any, are equal parts.
    """

    folder: Path
    by: Axis
    model_id: str
    artist: str | None
    works: int
    undated: int
    first: int
    last: int
    moments: tuple[Moment, ...]
    turning_points: tuple[TurningPoint, ...]
    chance: float | None
    drift: float | None
    periods: tuple[Period, ...]
    parts: Literal["between turning points", "equal parts"]

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        for period in self.periods:
            for work in period.typical:
                yield work, {"period": f"{period.first}–{period.last}"}


def find_timeline(
    collection: OpenCollection, *, by: Axis = "style", artist: str | None = None, seed: int = 0
) -> Timeline:
    """How style moves over the years of a collection; `artbyol.timeline` explains the arguments, and the errors."""
    embedded = collection.embedded(by)
    ids, directions = embedded.ids, embedded.directions
    paths = collection.paths_of(ids.tolist())
    known = collection.metadata([path for files in paths.values() for path in files])
    dated = [_dated(paths[number], known) for number in ids.tolist()]
    rows = _wanted(dated, artist, known, collection.folder)
    measured = collection.measured(ids)
    works = [work for row in rows if (work := dated[row])]
    placed, years = directions[rows], np.array([work.year for work in works], np.int64)
    found = turning_points(placed, years, seed)
    bounds, parts = _bounds(found, years)
    part = np.searchsorted(bounds, years, side="right")
    words = group_words(measured.attributes[rows], part) if measured and len(bounds) else [()] * (len(bounds) + 1)
    everyone = len(dated) if artist is None else sum(_is_by(paths[number], known, artist) for number in ids.tolist())
    return Timeline(
        *(
            collection.folder,
            by,
            embedded.model_id,
            artist,
            len(works),
            everyone - len(works),
            int(years.min()),
            int(years.max()),
        ),
        moments(placed, years, seed),
        tuple(_turning_point(turn.year, found, bounds, placed, years, works) for turn in found.turns),
        *(found.chance, found.drift),
        tuple(_period(part == number, words[number], placed, years, works) for number in range(len(bounds) + 1)),
        parts,
    )


def _dated(files: list[bytes], known: Mapping[bytes, Metadata]) -> DatedWork | None:
    """The work, if one of its files has a year."""
    for path in files:
        if path in known and (year := known[path].year) is not None:
            return DatedWork(path, year, known[path])
    return None


def _is_by(files: list[bytes], known: Mapping[bytes, Metadata], artist: str) -> bool:
    return any((known[path].artist or "").casefold() == artist.casefold() for path in files if path in known)


def _wanted(
    dated: list[DatedWork | None], artist: str | None, known: Mapping[bytes, Metadata], folder: Path
) -> NDArray[np.int64]:
    """The rows of the works to look at."""
    rows = [row for row, work in enumerate(dated) if work]
    if artist is not None:
        rows = [
            row for row in rows if ((one := dated[row]) and (one.metadata.artist or "").casefold() == artist.casefold())
        ]
    if len(rows) > 1:
        return np.array(rows, np.int64)
    artists = sorted({one.artist for one in known.values() if one.artist and one.year is not None})
    if artist is not None and artists:
        raise UsageError(f"There are not two works by {artist!r} with a year.", f"--artist {shlex.quote(artists[0])}")
    raise UsageError(
        f"Of the works in {folder} {'only one has' if rows else 'none has'} a year.",
        "write a metadata.csv into the folder that begins: filename,artist,title,year",
    )


def _bounds(
    found: Turns, years: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Literal["between turning points", "equal parts"]]:
    """The first years of all periods but the first."""
    if found.turns:
        return np.array([turn.year for turn in found.turns], np.int64), "between turning points"
    cuts = np.quantile(years, np.arange(1, _PARTS) / _PARTS, method="nearest").astype(np.int64)
    return np.unique(cuts[cuts > years.min()]), "equal parts"


def _period(
    members: NDArray[np.bool_],
    words: tuple[str, ...],
    directions: NDArray[np.float32],
    years: NDArray[np.int64],
    works: list[DatedWork],
) -> Period:
    inside = years[members]
    unity = float(np.linalg.norm(directions[members].mean(axis=0, dtype=np.float64)))
    typical = _typical(members, directions, works)
    return Period(int(inside.min()), int(inside.max()), int(members.sum()), unity, typical, words)


def _typical(
    members: NDArray[np.bool_], directions: NDArray[np.float32], works: list[DatedWork], most: int = TYPICAL
) -> tuple[DatedWork, ...]:
    """The works closest to their mean, by year."""
    rows = np.flatnonzero(members)
    mean = directions[rows].mean(axis=0)
    best = rows[np.argsort(-(directions[rows] @ mean), kind="stable")[:most]]
    return tuple(sorted((works[row] for row in best), key=lambda work: (work.year, work.path)))


def _turning_point(
    year: int,
    found: Turns,
    bounds: NDArray[np.int64],
    directions: NDArray[np.float32],
    years: NDArray[np.int64],
    works: list[DatedWork],
) -> TurningPoint:
    turn = next(one for one in found.turns if one.year == year)
    start = max((int(bound) for bound in bounds if bound < year), default=int(years.min()))
    end = min((int(bound) for bound in bounds if bound > year), default=int(years.max()) + 1)
    before = _typical((years >= start) & (years < year), directions, works, 3)
    after = _typical((years >= year) & (years < end), directions, works, 3)
    return TurningPoint(year, turn.last, turn.chance, turn.share, before, after)
