"""Style over the years, as it is shown: moments, turning points, periods."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from artbyol.grouping.change_points import Moment
from artbyol.metadata.metadata import Metadata
from artbyol.pictures.measures.axes import Axis

TYPICAL = 5
"""Works that stand for a period."""


@dataclass(frozen=True)
class DatedWork:
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
        chance: of a step as large if the years meant nothing (p).
        share: 0..1, of what steady drift leaves unexplained, how much the step explains.
        before, after: the most typical works of the years on either side.
    """

    year: int
    last: int
    chance: float
    share: float
    before: tuple[DatedWork, ...]
    after: tuple[DatedWork, ...]


@dataclass(frozen=True)
class Timeline:
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
