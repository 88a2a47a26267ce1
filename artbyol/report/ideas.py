"""Walks, works between, works that stand alone and works that are there twice, as contact sheets."""

from __future__ import annotations

import math
import os
from pathlib import Path

from artbyol.base.text import display_name
from artbyol.report.neighbours import MOST_QUERIES, captioned
from artbyol.report.sheet import Tile, contact_sheet
from artbyol.search.results import Duplicates, Intermediates, Outliers, Walk

_ABREAST = 5  # works of a walk in a row


def walk_sheet(found: Walk, output: Path) -> None:
    """The works of a walk in reading order, its ends framed; see `artbyol.report.sheet.contact_sheet` for kinds of file
    and errors."""
    ends = (1, len(found.stations))
    tiles = [
        Tile(_file(found.folder, one.path), _caption(_share(one.step), one.path, found), emphasis=one.rank in ends)
        for one in found.stations
    ]
    first, last = (display_name(found.stations[place].path) for place in (0, -1))
    columns = math.ceil(len(tiles) / max(1, round(len(tiles) / _ABREAST)))  # rows of even length: it is read on
    contact_sheet(tiles, output, title=f"From {first} to {last}, in {found.by}", columns=columns)


def between_sheet(found: Intermediates, output: Path) -> None:
    """Both ends, framed, and what lies between them."""
    ends = [*found.first[: MOST_QUERIES // 2], *found.second[: MOST_QUERIES // 2]]
    tiles = [Tile(path, display_name(path), emphasis=True) for path in ends]
    for one in found.intermediates:
        shares = f"{one.to_first:.0f} % · {one.to_second:.0f} %"
        tiles.append(Tile(_file(found.folder, one.path), _caption(shares, one.path, found)))
    contact_sheet(tiles, output, title=f"Between two, in {found.by}, in {display_name(os.fsencode(found.folder))}")


def outlier_sheet(found: Outliers, output: Path) -> None:
    """The works that stand alone, and under each what sets it apart."""
    tiles = [
        Tile(
            _file(found.folder, one.path),
            f"{_caption(_share(one.closeness), one.path, found)}\n{', '.join(one.words)}",
        )
        for one in found.outliers
    ]
    contact_sheet(tiles, output, title=f"Alone in {found.by} in {display_name(os.fsencode(found.folder))}")


def duplicate_sheet(found: Duplicates, output: Path) -> None:
    """Every version of every picture that is there more than once, the best of each framed."""
    tiles = [
        Tile(
            _file(found.folder, one.path),
            f"{number}  {display_name(one.path)}\n{one.width} x {one.height}, {one.size / 1e6:,.2f} MB"
            + (", same file" if place and one.same_file else ""),
            emphasis=place == 0,
        )
        for number, group in enumerate(found.groups, start=1)
        for place, one in enumerate(group.versions)
    ]
    contact_sheet(tiles, output, title=f"More than once in {display_name(os.fsencode(found.folder))}")


def _caption(number: str, path: bytes, found: Walk | Intermediates | Outliers) -> str:
    first, *more = captioned(path, found.metadata.get(path))
    return "\n".join([f"{number}  {first}" if number else first, *more])


def _share(percentile: float) -> str:
    return "" if math.isnan(percentile) else f"{percentile:.1f} %"


def _file(folder: Path, path: bytes) -> bytes:
    return os.path.join(os.fsencode(folder), path)
