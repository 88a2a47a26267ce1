"""Style over the years: where it stands, how fast it goes, where it turns, and the periods between."""

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from artbyol.base.errors import UsageError
from artbyol.base.vectors import Ints
from artbyol.grouping.change_points import SIGNIFICANT, Moment, Turn, moments, step_within, turning_points
from artbyol.metadata.metadata import Metadata, most_told
from artbyol.pictures.listing import Listed, WithFile
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.measures.words import group_words
from artbyol.search.collection import OpenCollection

TYPICAL = 5
"""Works that stand for a period."""

_NEAR = 0.02  # of the whole time: an artist who begins so near a turn may be all that turned
_FEW = 3  # works by an artist, below which no turn is blamed on them
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
class TurningPoint(Turn):
    """A year from which style is another.

    Attributes:
        before, after: the most typical works of the years on either side.
        ends, begins: artists whose works end, or begin, at the turn; those with the most works first.
        within: p of the same step within the work of each artist who has works on both sides; None: too few such works.
    """

    before: tuple[DatedWork, ...]
    after: tuple[DatedWork, ...]
    ends: tuple[str, ...]
    begins: tuple[str, ...]
    within: float | None

    @property
    def is_of_hands(self) -> bool:
        """Whether nothing shows that more than the artists changed."""
        return bool(self.ends or self.begins) and (self.within is None or self.within > SIGNIFICANT)


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
    files = collection.files_of(embedded.ids)
    collection.run.progress("reading metadata")
    known = collection.metadata([path for some in files for path in some])
    told = [most_told(some, known) for some in files]
    asked = [row for row, one in enumerate(told) if artist is None or _is_by(one, artist)]
    dated = {
        row: DatedWork(files[row][0], one.year, one)
        for row in asked
        if (one := told[row]) is not None and one.year is not None
    }
    if len(dated) < 2:
        raise _undated(len(dated), artist, known, collection.folder)
    rows, works = list(dated), list(dated.values())
    placed, years = embedded.directions[rows], np.array([work.year for work in works], np.int64)
    collection.run.progress("finding turning points")
    found = turning_points(placed, years, seed)
    bounds = np.array([turn.year for turn in found.turns], np.int64)
    if not found.turns:
        cuts = np.quantile(years, np.arange(1, _PARTS) / _PARTS, method="nearest").astype(np.int64)
        bounds = np.unique(cuts[cuts > years.min()])
    part = np.searchsorted(bounds, years, side="right")
    measured = collection.measured(embedded.ids)
    words = group_words(measured.attributes[rows], part) if measured and len(bounds) else [()] * (len(bounds) + 1)

    def typical(number: int, most: int = TYPICAL) -> tuple[DatedWork, ...]:
        """The works of a period that are closest to their mean, by year."""
        inside = np.flatnonzero(part == number)
        best = inside[np.argsort(-(placed[inside] @ placed[inside].mean(axis=0)), kind="stable")[:most]]
        return tuple(sorted((works[row] for row in best), key=lambda work: (work.year, work.path)))

    def period(number: int) -> Period:
        inside = part == number
        unity = float(np.linalg.norm(placed[inside].mean(axis=0, dtype=np.float64)))
        first, last = int(years[inside].min()), int(years[inside].max())
        return Period(first, last, int(inside.sum()), unity, typical(number), words[number])

    hands = [(work.metadata.artist or "").strip() for work in works]

    def point(at: int, turn: Turn) -> TurningPoint:
        ends, begins = _at_the_turn(hands, years, turn)
        within = step_within(placed, years, hands, turn.year, seed) if ends or begins else None
        return TurningPoint(
            **vars(turn), before=typical(at, 3), after=typical(at + 1, 3), ends=ends, begins=begins, within=within
        )

    return Timeline(
        folder=collection.folder,
        by=by,
        model_id=embedded.model_id,
        artist=artist,
        works=len(works),
        undated=len(asked) - len(works),
        first=int(years.min()),
        last=int(years.max()),
        moments=moments(placed, years, seed),
        turning_points=tuple(point(at, turn) for at, turn in enumerate(found.turns)),
        chance=found.chance,
        drift=found.drift,
        periods=tuple(period(number) for number in range(len(bounds) + 1)),
        parts="between turning points" if found.turns else "equal parts",
    )


def _at_the_turn(hands: Sequence[str], years: Ints, turn: Turn) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The artists of several works whose first or last lies at a turn, or so close to it that it may be what turned."""
    names, near = np.array(hands), max(2, round(_NEAR * int(years.max() - years.min())))
    ends, begins = [], []
    for name, works in Counter(hands).most_common():
        own = years[names == name]
        if not name or works < _FEW:
            continue
        if own.max() < turn.year and turn.last - own.max() <= near:
            ends.append(name)
        if own.min() >= turn.year and own.min() - turn.year <= near:
            begins.append(name)
    return tuple(ends), tuple(begins)


def _is_by(said: Metadata | None, artist: str) -> bool:
    return said is not None and (said.artist or "").casefold() == artist.casefold()


def _undated(found: int, artist: str | None, known: Mapping[bytes, Metadata], folder: Path) -> UsageError:
    artists = sorted({one.artist for one in known.values() if one.artist and one.year is not None})
    if artist is not None and artists:
        return UsageError(f"There are not two works by {artist!r} with a year.", f"--artist {shlex.quote(artists[0])}")
    return UsageError(
        f"Of the works in {folder} {'only one has' if found else 'none has'} a year.",
        "write a metadata.csv into the folder that begins: filename,artist,title,year",
    )
