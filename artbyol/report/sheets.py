"""What was found as contact sheets: neighbours, walks, works between, outliers, duplicates, periods, and groups."""

import math
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import Any

from artbyol.base.text import display_text, told_apart
from artbyol.grouping.groups import Group, Groups
from artbyol.grouping.kept import group_title
from artbyol.grouping.timeline import TYPICAL, Timeline
from artbyol.metadata.metadata import Metadata
from artbyol.pictures.scan import SHEETS_MARKER
from artbyol.report import DEFAULT_DPI, Paper, destination
from artbyol.report.pages import Heading, Section
from artbyol.report.sheet import KIND, contact_sheet, is_sheet, page_after, save_pages
from artbyol.report.tiles import Tile
from artbyol.search.results import Duplicates, Intermediates, Neighbours, Outliers, Walk
from artbyol.search.two_collections import Comparison
from artbyol.storage.atomic import make_folder

MOST_QUERIES = 12
"""Query pictures shown on a sheet; a whole folder as query would crowd out the answer."""

PAIRS = 60
"""Works of one collection shown beside those of another, the nearest first."""

_ABREAST = 5  # works of a walk in a row
_TYPICAL_SHOWN = 5  # of a group on the overview, beside each other
_GROUP_SHEET = re.compile(r"(overview|group \d+|no group)( page \d+)?\.(pdf|png)")


def captioned(name: str, known: Metadata | None) -> list[str]:
    """What stands under a picture, a line each: title, then artist and year; without a title the file's name."""
    about = ", ".join(part for part in (known.artist, known.date) if part) if known else ""
    return [(known and known.title) or name, *([about] if about else [])]


class _Tiles:
    """Makes the tiles of a sheet.

    Args:
        folder: of the collection.
        paths: all pictures on the sheet, so that no two files have one name under them.
    """

    def __init__(self, folder: Path, paths: Iterable[bytes]) -> None:
        self.root = os.fsencode(folder)
        self.names = told_apart(os.path.join(self.root, path) for path in paths)

    def name(self, path: bytes) -> str:
        """What a file is called here."""
        return self.names[os.path.join(self.root, path)]

    def asked(self, paths: Iterable[bytes]) -> list[Tile]:
        """Pictures that were asked for, framed."""
        return [Tile(path, self.name(path), emphasis=True) for path in paths]

    def tile(
        self, path: bytes, known: Metadata | None, figure: str = "", below: str = "", emphasis: bool = False
    ) -> Tile:
        """A work with its caption: a figure before the first line, and a line below."""
        first, *more = captioned(self.name(path), known)
        lines = [f"{figure}  {first}" if figure else first, *more, *([below] if below else [])]
        return Tile(os.path.join(self.root, path), "\n".join(lines), emphasis)


def _percent(percentile: float) -> str:
    return "" if math.isnan(percentile) else f"{percentile:.1f} %"


@singledispatch
def draw_sheet(found: Any, output: Path, **paged: Any) -> None:
    """Draw what was found; see `artbyol.report.sheet.contact_sheet` for kinds of file and errors."""
    raise TypeError(f"{type(found).__name__} has no contact sheet")


@draw_sheet.register
def neighbour_sheet(found: Neighbours, output: Path, *, paper: Paper = "a4", dpi: int = DEFAULT_DPI) -> None:
    """The query, framed, then what was found."""
    queries = found.queries[:MOST_QUERIES]
    of = _Tiles(found.folder, [*queries, *(one.path for one in found.neighbours)])
    tiles = [
        *of.asked(queries),
        *(of.tile(one.path, one.metadata, _percent(one.percentile)) for one in found.neighbours),
    ]
    title = f"Closest in {found.by} in {display_text(found.folder.name)}"
    contact_sheet(tiles, output, title=title, paper=paper, dpi=dpi)


@draw_sheet.register
def walk_sheet(found: Walk, output: Path) -> None:
    """The works of a walk in reading order, its ends framed."""
    ends = (1, len(found.stations))
    of = _Tiles(found.folder, [one.path for one in found.stations])
    tiles = [
        of.tile(one.path, found.metadata.get(one.path), _percent(one.step), emphasis=one.rank in ends)
        for one in found.stations
    ]
    first, last = (of.name(found.stations[place].path) for place in (0, -1))
    columns = math.ceil(len(tiles) / max(1, round(len(tiles) / _ABREAST)))  # rows of even length: it is read on
    contact_sheet(tiles, output, title=f"From {first} to {last}, in {found.by}", columns=columns)


@draw_sheet.register
def between_sheet(found: Intermediates, output: Path) -> None:
    """Both ends, framed, and what lies between them."""
    ends = [*found.first[: MOST_QUERIES // 2], *found.second[: MOST_QUERIES // 2]]
    of = _Tiles(found.folder, [*ends, *(one.path for one in found.intermediates)])
    tiles = of.asked(ends)
    for one in found.intermediates:
        shares = f"{one.to_first:.0f} % · {one.to_second:.0f} %"
        tiles.append(of.tile(one.path, found.metadata.get(one.path), shares))
    contact_sheet(tiles, output, title=f"Between two, in {found.by}, in {display_text(found.folder.name)}")


@draw_sheet.register
def outlier_sheet(found: Outliers, output: Path) -> None:
    """The works that stand alone, and under each what sets it apart."""
    of = _Tiles(found.folder, [one.path for one in found.outliers])
    tiles = [
        of.tile(one.path, found.metadata.get(one.path), _percent(one.closeness), ", ".join(one.words))
        for one in found.outliers
    ]
    contact_sheet(tiles, output, title=f"Outliers in {found.by} in {display_text(found.folder.name)}")


@draw_sheet.register
def comparison_sheet(found: Comparison, output: Path) -> None:
    """Works of mine, framed, each beside the work over there nearest to it."""
    pairs = found.mine[:PAIRS]
    mine = _Tiles(found.folder, [one.path for one in pairs])
    theirs = _Tiles(found.other, [one.nearest for one in pairs])
    tiles = []
    for one in pairs:
        tiles.append(mine.tile(one.path, found.metadata.get(one.path), emphasis=True))
        tiles.append(theirs.tile(one.nearest, None, "same picture" if one.same else _percent(one.percentile)))
    title = f"{display_text(found.folder.name)} beside {display_text(found.other.name)}"
    contact_sheet(tiles, output, title=title, columns=6)


@draw_sheet.register
def duplicate_sheet(found: Duplicates, output: Path) -> None:
    """Every version of every picture that is there more than once, the best of each framed."""
    of = _Tiles(found.folder, [one.path for group in found.groups for one in group.versions])
    tiles = []
    for number, group in enumerate(found.groups, start=1):
        for place, one in enumerate(group.versions):
            size = f"{one.width} x {one.height}, {one.size / 1e6:,.2f} MB"
            same = ", same file" if place and one.same_file else ""
            tiles.append(of.tile(one.path, None, str(number), size + same, emphasis=one.keep == "best"))
    contact_sheet(tiles, output, title=f"Duplicates in {display_text(found.folder.name)}")


@draw_sheet.register
def timeline_sheet(found: Timeline, output: Path) -> None:
    """A row for each period, its most typical works in order of year."""
    even = all(len(period.typical) == TYPICAL for period in found.periods)
    works = [one for period in found.periods for one in period.typical]
    of = _Tiles(found.folder, [one.path for one in works])
    tiles = [
        Tile(
            os.path.join(os.fsencode(found.folder), one.path),
            f"{one.metadata.date or one.year}\n{one.metadata.title or of.name(one.path)}",
        )
        for one in works
    ]
    title = f"{found.artist or display_text(found.folder.name)}, {found.first}–{found.last}"
    contact_sheet(tiles, output, title=title, columns=TYPICAL if even else None)


@dataclass(frozen=True)
class SheetSet:
    """What `group_sheets` drew: into which folder, how many sheets, and how many pages these have in all."""

    folder: Path
    sheets: int
    pages: int


def group_sheets(
    found: Groups, target: Path, *, suffix: str = ".pdf", paper: Paper = "a4", dpi: int = DEFAULT_DPI
) -> SheetSet:
    """Draw TARGET/overview and TARGET/group 01, 02 ... : words and colours above, the most typical works
    first; works that stand apart from their group are framed.

    Args:
        target: new, empty, or made by an earlier call, whose sheets are replaced.
        suffix: ".pdf", or ".png" with a file for each page.

    Raises:
        UsageError: the folder holds anything that artbyol did not draw. ArtbyolError: it cannot be written.
    """
    folder = destination.own_folder(target)
    earlier = _earlier_sheets(folder)
    make_folder(folder)
    # The marker comes first: a collection that is embedded meanwhile must not take sheets for works.
    destination.write_marker(folder, SHEETS_MARKER)
    counts = []
    for name, sections in _sheets(found):
        columns = _TYPICAL_SHOWN if name == "overview" else None
        sheet = folder / f"{name}{suffix}"
        counts.append(save_pages(sections, sheet, paper=paper, dpi=dpi, columns=columns))
        earlier -= {sheet.name, *(page_after(sheet, number).name for number in range(2, counts[-1] + 1))}
    for name in earlier:  # last: a run that was interrupted has cost no sheet
        destination.remove_below(folder, name)
    return SheetSet(target, len(counts), sum(counts))


def _earlier_sheets(folder: Path) -> set[str]:
    """Names of the sheets that an earlier call drew there. Raises UsageError where there is anything else."""
    marked = destination.read_marker(folder, SHEETS_MARKER, lambda _: True)
    sheets = destination.others_in(folder, SHEETS_MARKER)
    for path in sheets:
        if not marked or path.is_symlink() or not _GROUP_SHEET.fullmatch(path.name):
            raise destination.foreign_in(folder, Path(path.name))
        destination.check_file(path, is_sheet, KIND)
    return {path.name for path in sheets}


def _sheets(found: Groups) -> Iterator[tuple[str, list[Section]]]:
    """Names of sheets, and what is on them."""

    members = (member.path for group in found.groups for member in group.members)
    of = _Tiles(found.folder, [*members, *found.unassigned])

    def tile(path: bytes, apart: bool = False) -> Tile:
        return of.tile(path, found.metadata.get(path), "", "stands apart" if apart else "", apart)

    title = f"{len(found.groups)} groups in {found.by} in {display_text(found.folder.name)}"
    overview = [Section(Heading(title, found.criterion), [])]
    shown = [group for group in found.groups if group.size]  # the works of a kept group may all be gone
    for group in shown:
        overview.append(Section(_heading(group, large=False), list(map(tile, group.typical[:_TYPICAL_SHOWN]))))
    yield "overview", overview
    for group in shown:
        apart = set(group.outliers)
        works = {
            part: [tile(m.path, m.path in apart) for m in group.members if m.part == part]
            for part in {"", *(m.part for m in group.members)}
        }
        sections = [Section(_heading(group, large=True), works.pop(""))]
        for part in group.parts:
            if some := works.get(part.id):  # those of a part that is divided again are in its own parts
                sections.append(Section(Heading(part.id, f"{part.size:,} files  ·  {part.description}"), some))
        yield f"group {group.id:02d}", sections
    if found.unassigned:
        yield "no group", [Section(Heading("In no group"), list(map(tile, found.unassigned)))]


def _heading(group: Group, *, large: bool) -> Heading:
    files = f"{group.size:,} file{'' if group.size == 1 else 's'}"
    said = "  ·  ".join([files, f"cohesion {group.cohesion:.2f}", group.description])
    return Heading(display_text(group_title(group.id, group.name)), said, group.colours, large)
