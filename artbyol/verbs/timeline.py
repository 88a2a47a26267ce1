"""`timeline`: how style moves over the years, from works whose year is known."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import StoreMissingError, UsageError
from artbyol.base.events import Listener, ignore
from artbyol.encoder.current import all_measured, axis_in_use, nothing_embedded
from artbyol.grouping.change_points import Turns, moments, turning_points
from artbyol.grouping.timeline import TYPICAL, DatedWork, Period, Timeline, TurningPoint
from artbyol.metadata.metadata import Metadata, metadata_of
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import ATTRIBUTES_ID, STANDARDISED_IDS, Axis
from artbyol.pictures.measures.words import group_words
from artbyol.search.standardise import Space
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import existing

_PARTS = 4  # equal parts that are shown where style does not turn


def timeline(
    folder: str | Path,
    *,
    by: Axis = "style",
    artist: str | None = None,
    metadata: str | Path | None = None,
    store: str | Path | None = None,
    seed: int = 0,
    listener: Listener = ignore,
) -> Timeline:
    """Say how style moves over the years: where it stands, how fast it goes, where it turns (`grouping.change_points`).

    Args:
        folder: the collection, or any folder inside it.
        by: the axis: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        artist: only works by this artist, in capitals or small letters.
        metadata: a CSV with years, instead of metadata.csv beside the pictures; see `artbyol.metadata.metadata`.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        seed: of the shuffles that tell turning points from chance.
        listener: told what happens.

    Raises:
        UsageError: fewer than two works have a year, or there is nothing by this artist.
        FolderError, StoreMissingError, ModelMismatchError: as `artbyol.cluster`.
    """
    place = existing(Path(folder), Path(store) if store else None)
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        model_id = axis_in_use(place, catalogue, by)
        ids, vectors = catalogue.vectors(model_id)
        if not len(ids):
            raise nothing_embedded(place)
        paths = catalogue.paths_of(ids.tolist())
        known = metadata_of(place, catalogue, [path for files in paths.values() for path in files], metadata, listener)
        directions = Space.of(vectors, standardise=model_id in STANDARDISED_IDS).place(vectors)
        dated = [_dated(paths[number], known) for number in ids.tolist()]
        rows = _wanted(dated, artist, known, place.folder)
        attributes = _attributes(lambda: all_measured(place, catalogue, ATTRIBUTES_ID), catalogue, ids)
    works = [work for row in rows if (work := dated[row])]
    placed, years = directions[rows], np.array([work.year for work in works], np.int64)
    found = turning_points(placed, years, seed)
    bounds, parts = _bounds(found, years)
    part = np.searchsorted(bounds, years, side="right")
    words = group_words(attributes[rows], part) if attributes is not None and len(bounds) else [()] * (len(bounds) + 1)
    everyone = len(dated) if artist is None else sum(_is_by(paths[number], known, artist) for number in ids.tolist())
    return Timeline(
        *(place.folder, by, model_id, artist, len(works), everyone - len(works), int(years.min()), int(years.max())),
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


def _attributes(
    measured: Callable[[], str], catalogue: Catalogue, ids: NDArray[np.int64]
) -> NDArray[np.float32] | None:
    try:
        held, every = catalogue.vectors(measured())
    except StoreMissingError:
        return None
    return every[np.searchsorted(held, ids), : len(ATTRIBUTES)]


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
