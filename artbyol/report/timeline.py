"""Periods as a picture: a row for each, its most typical works in order of year."""

from __future__ import annotations

import os
from pathlib import Path

from artbyol.base.text import display_path
from artbyol.grouping.timeline import TYPICAL, DatedWork, Timeline
from artbyol.report.sheet import Tile, contact_sheet


def timeline_sheet(found: Timeline, output: Path) -> None:
    """Draw a contact sheet of a timeline; see `artbyol.report.sheet.contact_sheet` for kinds of file and errors."""
    even = all(len(period.typical) == TYPICAL for period in found.periods)
    tiles = [_tile(found, work) for period in found.periods for work in period.typical]
    of = found.artist or display_path(os.fsencode(found.folder.name))
    contact_sheet(tiles, output, title=f"{of}, {found.first}–{found.last}", columns=TYPICAL if even else None)


def _tile(found: Timeline, work: DatedWork) -> Tile:
    name = display_path(os.path.splitext(os.path.basename(work.path))[0])
    when = work.metadata.date or str(work.year)
    return Tile(os.path.join(os.fsencode(found.folder), work.path), f"{when}\n{work.metadata.title or name}")
