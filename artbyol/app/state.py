"""How a collection stands, as every window is to know it: its groups, stars and notes, and what can be undone."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from artbyol.app.pages import Pages
from artbyol.app.works import Known
from artbyol.base.errors import ArtbyolError
from artbyol.grouping.group_works import group_works
from artbyol.grouping.groups import Groups
from artbyol.grouping.kept_file import load, versions
from artbyol.report.gallery.data import groups_data
from artbyol.search.collection import OpenCollection
from artbyol.storage.marks import load_marks, marks_of
from artbyol.storage.store import Store


def stamp(path: Path) -> str:
    """What is another once a file is written; "" where there is none."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"


def groups_stamp(place: Store) -> str:
    """The version of the groups that are kept, as windows name it when they ask for a change."""
    try:
        return hashlib.blake2b(place.groups.read_bytes(), digest_size=6).hexdigest()
    except OSError:
        return "none"


def version_of(place: Store) -> str:
    """What is another once groups or marks have changed, which pages show without being made anew: "GROUPS.MARKS"."""
    marks = hashlib.blake2b(stamp(place.marks).encode(), digest_size=6).hexdigest()
    return f"{groups_stamp(place)}.{marks}"


def generation_of(pages: Pages) -> str:
    """What is another once the pages were made anew."""
    return pages.folder.removeprefix("pages-")


@dataclass(frozen=True)
class ShownGroups:
    """The groups that windows show.

    Attributes:
        groups: as `artbyol.report.gallery.data.groups_data` has them, with `id`, for good where groups are kept, and
            `note` there.
        group: of each row the number of its group; 0: none.
        pinned: ids of works that are pinned to theirs.
        names: of each number the id and the name of its group.
        rows: of works, by their ids.
    """

    groups: list[dict[str, Any]]
    group: list[int]
    pinned: list[str]
    names: Mapping[int, tuple[int, str]]
    rows: Mapping[str, int]

    def number_of(self, id: str) -> int:
        """The number of a work's group; 0: none, or one that the pages do not show."""
        return self.group[self.rows[id]] if id in self.rows else 0


def shown_groups(collection: OpenCollection, pages: Pages, known: Known, seed: int) -> ShownGroups:
    """The groups of a collection as it is now, on pages that may be older."""
    if not (found := load(collection.store)) or not found.groups:
        named = {one["number"]: (one["number"], one["name"]) for one in pages.groups}
        return ShownGroups([{**one, "id": one["number"]} for one in pages.groups], pages.group, [], named, pages.rows)
    groups = group_works(collection, seed=seed)
    return _on_pages(groups, {one.id: one.note for one in found.groups}, pages, known)


def _on_pages(groups: Groups, notes: Mapping[int, str], pages: Pages, known: Known) -> ShownGroups:
    number = np.zeros(len(pages.ids), np.int64)
    pinned: dict[str, None] = {}
    for group in groups.groups:
        for member in group.members:
            id = known.id_of.get(member.path, "")
            if id in pages.rows:
                number[pages.rows[id]] = group.number
                if member.pinned:
                    pinned[id] = None

    def rows(paths: Sequence[bytes]) -> list[int]:
        ids = (known.id_of.get(path, "") for path in paths)
        return [pages.rows[id] for id in ids if id in pages.rows]

    id_of = {group.number: group.id for group in groups.groups}
    shown = [
        {**one, "id": id_of[one["number"]], "note": notes.get(id_of[one["number"]], "")}
        for one in groups_data(groups, rows)
    ]
    names = {group.number: (group.id, group.name) for group in groups.groups}
    return ShownGroups(shown, number.tolist(), list(pinned), names, pages.rows)


def marks_said(collection: OpenCollection, known: Known) -> dict[str, Any]:
    """Stars and notes by the ids of works; and what is wrong with their file, if anything is."""
    try:
        marks = marks_of(load_marks(collection.store), known.files)
    except ArtbyolError as error:
        return {"stars": [], "notes": {}, "trouble": error.message}
    id_of = {work.id: known.id_of[work.path] for work in reversed(known.files)}
    return {
        "stars": [id_of[content] for content, mark in marks.items() if mark.star],
        "notes": {id_of[content]: mark.note for content, mark in marks.items() if mark.note},
        "trouble": None,
    }


def kept_said(place: Store, last: str | None) -> dict[str, Any]:
    """Whether groups are kept, and what an undo would take back.

    Args:
        last: what was changed last, in words, where this server knows.
    """
    back = bool(versions(place))
    return {"kept": place.groups.is_file(), "undo": (last or "the last change of the groups") if back else None}
