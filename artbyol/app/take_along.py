"""Chosen works, taken along: as copies or links, a table, a sheet, keywords, a gallery of these alone."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from artbyol.app.selection import selected
from artbyol.app.state import ShownGroups
from artbyol.app.works import Known, Taken
from artbyol.base.errors import UsageError
from artbyol.base.text import display_file, display_path, display_text, text_path
from artbyol.grouping.group_works import group_works
from artbyol.grouping.groups import Groups
from artbyol.grouping.kept import counted
from artbyol.metadata.metadata import Metadata
from artbyol.report.csv_rows import Table, table_text
from artbyol.report.gallery.site import make_gallery
from artbyol.report.organize import organize
from artbyol.report.sheet import contact_sheet
from artbyol.report.sheets import captioned
from artbyol.report.tags import write_tags
from artbyol.report.tiles import Tile
from artbyol.search.collection import OpenCollection
from artbyol.storage.marks import load_marks, marks_of
from artbyol.storage.rows import Work

MOST_ON_A_SHEET: Final = 2_000
"""Works: a page of A4 shows some dozens."""

_SIZES: Final = (320, 1600)  # px, of a gallery's pictures


def proposed(folder: Path, to: str | None) -> Path:
    """Where a folder is to be made: as somebody wrote it, else beside the collection, under a name that is free.

    Raises:
        UsageError: what was written is no path.
    """
    if to and to.strip():
        if "\0" in to:
            raise UsageError("A path has no NUL in it.", "name a new folder")
        return folder.parent / Path(to.strip()).expanduser()
    number, name = 1, f"{folder.name} selection"
    while os.path.lexists(folder.parent / (name if number == 1 else f"{name} {number}")):
        number += 1
    return folder.parent / (name if number == 1 else f"{name} {number}")


def taken_along(collection: OpenCollection, taken: Taken, seed: int, scratch: Path) -> str:
    """Make a folder, a gallery, or keywords; gives back what was made, in a sentence.

    Args:
        scratch: a folder that is not there yet, for what is needed meanwhile.

    Raises:
        UsageError: the place holds anything else, or original pictures. ArtbyolError: it cannot be written.
    """
    run, paths = collection.run, [work.path for work in taken.works]
    if taken.what == "keywords":
        return _keywords(collection, paths, seed, taken.undo)
    target = proposed(collection.folder, taken.to)
    if taken.what == "gallery":
        with selected(collection, {*paths}, scratch) as some:
            made = make_gallery(some, target, f"{target.name}", _SIZES, "auto", "leiden", seed, None, False)
        return f"The gallery of {counted(made.works)} is {display_file(made.index)}."
    run.progress("copying" if taken.what == "folder" else "linking")
    files = [collection.folder / os.fsdecode(path) for path in paths]
    done = organize([("", files)], target, copy=taken.what == "folder")
    kind = "copies" if taken.what == "folder" else "links"
    gone = f" {done.missing:,} files are not there now." if done.missing else ""
    return f"{done.files:,} {kind} are in {display_file(done.folder)}.{gone}"


def _keywords(collection: OpenCollection, paths: Sequence[bytes], seed: int, undo: bool) -> str:
    """The groups of these works as keywords beside their files, or out of there again."""
    chosen = {*paths}
    if undo:
        found = Groups(collection.folder, (), tuple(paths), "", "", 0, "", "style")
    else:
        found = group_works(collection, seed=seed)
        some = tuple(
            replace(group, members=tuple(one for one in group.members if one.path in chosen)) for group in found.groups
        )
        found = replace(found, groups=some, unassigned=tuple(path for path in found.unassigned if path in chosen))
    done = write_tags(found, adobe=False, write=True)
    left = f" {len(done.left):,} were left as they are: {done.left[0].reason}." if done.left else ""
    away = f" {done.elsewhere:,} lie in another program's folder." if done.elsewhere else ""
    what = "put back as they were" if undo else "written"
    return f"{len(done.changes):,} sidecars were {what}, {done.unchanged:,} are right already.{left}{away}"


def works_table(collection: OpenCollection, works: Sequence[Work], numbered: Known, shown: ShownGroups) -> str:
    """The works as a table: path, what is known of them, group, star and note, and the further columns of the
    metadata.

    Args:
        numbered, shown: the works, and the groups, as pages know them.
    """
    title = {one["number"]: one["name"] for one in shown.groups}
    known = collection.metadata([work.path for work in works])
    marks = marks_of(load_marks(collection.store), collection.files())
    more = list(dict.fromkeys(name for one in known.values() for name in one.other))
    names = ("path", "title", "artist", "year", "date", "tags", "width", "height", "group", "star", "note")

    def row(work: Work) -> tuple[object, ...]:
        one, mark = known.get(work.path) or Metadata(), marks.get(work.id)
        said = (one.title, one.artist, one.year, one.date, "|".join(one.tags), work.width, work.height)
        marked = int(bool(mark and mark.star)), mark.note if mark else ""
        further = [one.other.get(name, "") for name in more]
        cells = (
            text_path(work.path),
            *said,
            title.get(shown.number_of(numbered.id_of[work.path]), ""),
            *marked,
            *further,
        )
        return tuple("" if cell is None else cell for cell in cells)

    table: Table = ((*names, *(name for name in more)), map(row, works))
    return table_text(table)


def works_sheet(collection: OpenCollection, works: Sequence[Work], output: Path) -> None:
    """The works on the pages of a PDF, with what is known of them below.

    Raises:
        UsageError: they are too many.
    """
    if len(works) > MOST_ON_A_SHEET:
        raise UsageError(f"A sheet shows at most {MOST_ON_A_SHEET:,} works.", "choose fewer")
    known: Any = collection.metadata([work.path for work in works])
    tiles = [
        Tile(
            os.path.join(os.fsencode(collection.folder), work.path),
            "\n".join(captioned(display_path(os.path.basename(work.path)), known.get(work.path))),
        )
        for work in works
    ]
    contact_sheet(tiles, output, title=f"{counted(len(works))} of {display_text(collection.folder.name)}")
