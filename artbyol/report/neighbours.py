"""Neighbours as a picture: the query first, then what was found."""

from __future__ import annotations

import os
from pathlib import Path

from artbyol.base.text import display_name, display_path
from artbyol.metadata.metadata import Metadata
from artbyol.report.pages import DEFAULT_DPI, Paper
from artbyol.report.sheet import Tile, contact_sheet
from artbyol.search.results import Neighbours

MOST_QUERIES = 12
"""Query pictures shown on a sheet; a whole folder as query would crowd out the answer."""


def neighbour_sheet(found: Neighbours, output: Path, *, paper: Paper = "a4", dpi: int = DEFAULT_DPI) -> None:
    """Draw a contact sheet of a search; see `artbyol.report.sheet.contact_sheet` for kinds of file and errors."""
    tiles = [Tile(path, display_name(path), emphasis=True) for path in found.queries[:MOST_QUERIES]]
    for one in found.neighbours:
        full = os.path.join(os.fsencode(found.folder), one.path)
        first, *more = captioned(one.path, one.metadata)
        tiles.append(Tile(full, "\n".join([f"{one.percentile:.1f} %  {first}", *more])))
    title = f"Closest in {found.by} in {display_path(os.fsencode(found.folder.name))}"
    contact_sheet(tiles, output, title=title, paper=paper, dpi=dpi)


def captioned(path: bytes, known: Metadata | None) -> list[str]:
    """What stands under a picture, a line each: title, then artist and year; without a title the file's name."""
    if known is None:
        return [display_name(path)]
    about = ", ".join(part for part in (known.artist, known.date) if part)
    return [known.title or display_name(path), *([about] if about else [])]
