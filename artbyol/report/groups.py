"""Groups as rows of a CSV, and as folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from artbyol.report.organize import Organized, organize
from artbyol.verbs.cluster import Group, Groups

CSV_HEADER = ("group", "path", "likeness", "typical", "outlier")
_KNOWN = ("title", "artist", "year")


def csv_header(found: Groups) -> tuple[str, ...]:
    """The columns; title, artist and year where anything is known of any work."""
    return (*CSV_HEADER, *(_KNOWN if found.metadata else ()))


def csv_rows(found: Groups) -> Iterator[tuple[object, ...]]:
    """One row a file: group number (0: none), path in the collection, cosine to the group's centre, whether the work
    is among the typical ones (1) or the outliers (1) of its group; and what is known of it."""

    def known(path: bytes) -> tuple[object, ...]:
        one = found.metadata.get(path)
        return tuple((one and getattr(one, name)) or "" for name in _KNOWN) if found.metadata else ()

    for group in found.groups:
        for member in group.members:
            yield (
                group.number,
                member.path,
                f"{member.likeness:.4f}",
                int(member.path in group.typical),
                int(member.path in group.outliers),
                *known(member.path),
            )
    for path in found.unassigned:
        yield 0, path, "", 0, 0, *known(path)


def group_name(group: Group) -> str:
    """What a group is called: the name a curator gave it, else "group" and its number."""
    return str(getattr(group, "name", "") or f"group {group.number}")


def organize_groups(found: Groups, destination: Path, *, copy: bool = False) -> Organized:
    """A folder for each group with links to (or copies of) its works; see `artbyol.report.organize.organize`."""
    folders = [
        (f"group {group.number:02d}", [_file(found, member.path) for member in group.members]) for group in found.groups
    ]
    if found.unassigned:
        folders.append(("no group", [_file(found, path) for path in found.unassigned]))
    return organize(folders, destination, mode="copy" if copy else "link")


def _file(found: Groups, path: bytes) -> Path:
    return Path(os.fsdecode(os.path.join(os.fsencode(found.folder), path)))
