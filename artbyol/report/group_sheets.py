"""Groups on paper: an overview, and a sheet of each group with all its works."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from artbyol.base.errors import ArtbyolError, UsageError
from artbyol.base.text import display_file, display_path, display_text
from artbyol.grouping.groups import Group, Groups
from artbyol.grouping.kept import group_title
from artbyol.pictures.scan import SHEETS_MARKER
from artbyol.report.neighbours import captioned
from artbyol.report.organize import DEBRIS
from artbyol.report.pages import DEFAULT_DPI, Heading, Paper, Section
from artbyol.report.sheet import Tile, page_after, refuse_to_overwrite, save_pages
from artbyol.storage.atomic import write_atomically

_NAMES = re.compile(r"(overview|group \d+|no group)( page \d+)?\.(pdf|png)")
_TYPICAL_SHOWN = 5  # on the overview, beside each other
_FORMAT = 1


@dataclass(frozen=True)
class SheetSet:
    """What `group_sheets` drew: into which folder, how many sheets, and how many pages these have in all."""

    folder: Path
    sheets: int
    pages: int


def group_sheets(
    found: Groups, destination: Path, *, suffix: str = ".pdf", paper: Paper = "a4", dpi: int = DEFAULT_DPI
) -> SheetSet:
    """Draw DESTINATION/overview and DESTINATION/group 01, 02 ... : words and colours above, the most typical works
    first; works that stand apart from their group are framed.

    Args:
        destination: new, empty, or made by an earlier call, whose sheets are replaced.
        suffix: ".pdf", or ".png" with a file for each page.

    Raises:
        UsageError: the destination holds anything that artbyol did not draw. ArtbyolError: it cannot be written.
    """
    earlier = set(_earlier_sheets(destination))
    try:
        destination.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtbyolError(f"{display_file(destination)} cannot be made: {error.strerror or error}") from error
    # The marker comes first: a collection that is embedded meanwhile must not take sheets for works.
    write_atomically(destination / SHEETS_MARKER, json.dumps({"made_by": "artbyol", "format": _FORMAT}).encode("ascii"))
    sheets = dict(_sheets(found))
    counts = []
    for name, sections in sheets.items():
        columns = _TYPICAL_SHOWN if name == "overview" else None
        target = destination / f"{name}{suffix}"
        counts.append(save_pages(sections, target, paper=paper, dpi=dpi, columns=columns))
        earlier -= {target, *(page_after(target, number) for number in range(2, counts[-1] + 1))}
    for path in earlier:  # last: a run that was interrupted has cost no sheet
        with suppress(OSError):
            path.unlink()
    return SheetSet(destination, len(counts), sum(counts))


def _sheets(found: Groups) -> Iterator[tuple[str, list[Section]]]:
    """Names of sheets, and what is on them."""
    title = f"{len(found.groups)} groups in {found.by} in {display_path(os.fsencode(found.folder.name))}"
    overview = [Section(Heading(title, found.criterion), [])]
    shown = [group for group in found.groups if group.size]  # the works of a kept group may all be gone
    for group in shown:
        typical = [Tile(_file(found, path), _caption(found, path)) for path in group.typical[:_TYPICAL_SHOWN]]
        overview.append(Section(_heading(group, large=False), typical))
    yield "overview", overview
    for group in shown:
        apart = set(group.outliers)
        tiles = [
            Tile(
                _file(found, member.path),
                _caption(found, member.path) + ("\nstands apart" if member.path in apart else ""),
                emphasis=member.path in apart,
            )
            for member in group.members
        ]
        yield f"group {group.id:02d}", [Section(_heading(group, large=True), tiles)]
    if found.unassigned:
        loose = [Tile(_file(found, path), _caption(found, path)) for path in found.unassigned]
        yield "no group", [Section(Heading("In no group"), loose)]


def _heading(group: Group, *, large: bool) -> Heading:
    files = f"{group.size:,} file{'' if group.size == 1 else 's'}"
    said = "  ·  ".join([files, f"cohesion {group.cohesion:.2f}", *([", ".join(group.words)] if group.words else [])])
    return Heading(display_text(group_title(group.id, group.name)), said, group.colours, large)


def _earlier_sheets(destination: Path) -> Iterator[Path]:
    """The sheets that an earlier call drew there. Raises UsageError where there is anything else."""
    if not os.path.lexists(destination):
        return
    if not destination.is_dir():
        raise UsageError(f"{display_file(destination)} is a file", "name a new folder for the sheets")
    entries = sorted(destination.iterdir())
    marked = (destination / SHEETS_MARKER).is_file()
    for entry in entries:
        if entry.name == SHEETS_MARKER or entry.name in DEBRIS:
            continue
        if not marked or not _NAMES.fullmatch(entry.name):
            foreign = display_file(Path(entry.name))
            raise UsageError(
                f"{display_file(destination)} holds {foreign}, which artbyol did not draw; nothing was done",
                "name a new folder for the sheets, or move that file elsewhere",
            )
        refuse_to_overwrite(entry)
        yield entry


def _file(found: Groups, path: bytes) -> bytes:
    return os.path.join(os.fsencode(found.folder), path)


def _caption(found: Groups, path: bytes) -> str:
    return "\n".join(captioned(path, found.metadata.get(path)))
