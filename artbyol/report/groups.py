"""Groups as rows of a CSV, and as folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from artbyol.grouping.groups import Group, Groups
from artbyol.grouping.kept import default_name
from artbyol.report.organize import Organized, organize

CSV_HEADER = ("group", "path", "likeness", "typical", "outlier", "name", "pinned", "new")
_KNOWN = ("title", "artist", "year")


def csv_header(found: Groups) -> tuple[str, ...]:
    """The columns; title, artist and year where anything is known of any work."""
    return (*CSV_HEADER, *(_KNOWN if found.metadata else ()))


def csv_rows(found: Groups) -> Iterator[tuple[object, ...]]:
    """One row a file: the group's id (0: none), path in the collection, cosine to the group's centre, whether the work
    is among the typical ones (1) or the outliers (1) of its group; the group's name, whether the work is pinned there
    (1), whether it is new (1); and what is known of it."""
    new = {work.path for work in found.new}

    def known(path: bytes) -> tuple[object, ...]:
        one = found.metadata.get(path)
        return tuple((one and getattr(one, name)) or "" for name in _KNOWN) if found.metadata else ()

    for group in found.groups:
        for member in group.members:
            yield (
                group.id,
                member.path,
                f"{member.likeness:.4f}",
                int(member.path in group.typical),
                int(member.path in group.outliers),
                group.name,
                int(member.pinned),
                int(member.new),
                *known(member.path),
            )
    for path in found.unassigned:
        yield 0, path, "", 0, 0, "", 0, int(path in new), *known(path)


def organize_groups(found: Groups, destination: Path, *, copy: bool = False) -> Organized:
    """A folder for each group with links to (or copies of) its works; see `artbyol.report.organize.organize`."""
    folders = [
        (_folder(group), [_file(found, member.path) for member in group.members])
        for group in found.groups
        if group.size
    ]
    if found.unassigned:
        folders.append(("no group", [_file(found, path) for path in found.unassigned]))
    return organize(folders, destination, mode="copy" if copy else "link")


def _folder(group: Group) -> str:
    """The group's name; one that nobody gave with two digits, so that folders stand in order."""
    return f"group {group.id:02d}" if group.name == default_name(group.id) else group.name


def _file(found: Groups, path: bytes) -> Path:
    return Path(os.fsdecode(os.path.join(os.fsencode(found.folder), path)))
