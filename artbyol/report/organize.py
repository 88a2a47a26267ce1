"""A folder of groups: each picture of a group as a link or a copy, to be walked through with any file manager.

The artist's files are only read.
"""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from artbyol.base.errors import ArtbyolError
from artbyol.base.text import display_file
from artbyol.grouping.groups import Group, Groups
from artbyol.grouping.kept import default_name
from artbyol.report.destination import own_folder, replacing_folder

_LONGEST_NAME = 255  # bytes, on nearly every file system

_UNSAFE = re.compile('[\x00-\x1f\x7f<>:"/\\\\|?*\ud800-\udfff]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # names that Windows keeps for itself


@dataclass(frozen=True)
class Organized:
    """What `organize` made.

    Attributes:
        folder: where.
        groups: how many folders.
        files: how many links or copies.
        missing: originals that were gone when their turn came.
    """

    folder: Path
    groups: int
    files: int
    missing: int


def organize_groups(found: Groups, destination: Path, *, copy: bool = False) -> Organized:
    """A folder for each group, and each of its parts, with links to (or copies of) its works; see `organize`."""

    def files(paths: Iterable[bytes]) -> list[Path]:
        return [found.folder / os.fsdecode(path) for path in paths]

    folders = []
    for one in found.groups:
        for part in dict.fromkeys(["", *(part.id for part in one.parts)]):
            if inside := files(member.path for member in one.members if member.part == part):
                folders.append((f"{_folder(one)} {part}".rstrip(), inside))
    if found.unassigned:
        folders.append(("no group", files(found.unassigned)))
    return organize(folders, destination, copy=copy)


def _folder(group: Group) -> str:
    """The group's name; one that nobody gave with two digits, so that folders stand in order."""
    return f"group {group.id:02d}" if group.name == default_name(group.id) else group.name


def organize(groups: Sequence[tuple[str, Sequence[Path]]], destination: Path, *, copy: bool = False) -> Organized:
    """Make DESTINATION/GROUP/NAME for every picture of every group, as relative symbolic links or as copies.

    The folder is made beside its final place and takes that place when it is complete. A folder that an earlier call
    made is replaced; equal names inside a group get " (2)".

    Args:
        groups: (name, pictures); names are made safe as folder names. "" is no folder of its own.
        destination: new, empty, or made by an earlier call.

    Raises:
        UsageError: the destination holds originals, or anything that artbyol did not put there.
        ArtbyolError: links are not possible there, or it cannot be written.
    """
    target = own_folder(destination, (path for _, paths in groups for path in paths))
    names = list(_distinct((name and _safe(name), "") for name, _ in groups))
    files = missing = 0
    with replacing_folder(target) as parts:
        for group, (_, paths) in zip(names, groups, strict=True):
            (parts / group).mkdir(exist_ok=not group)
            for path, name in zip(paths, _distinct(os.path.splitext(path.name) for path in paths), strict=True):
                if not path.is_file():
                    missing += 1
                    continue
                if copy:
                    shutil.copy2(path, parts / group / name)
                else:
                    _link(path, parts / group / name, target / group)
                files += 1
    return Organized(target, len(names), files, missing)


def _link(original: Path, link: Path, folder: Path) -> None:
    """Link to an original, relative to the `folder` where the link will lie, so that both can move together."""
    whole = os.path.join(os.path.realpath(original.parent), original.name)
    try:
        leads_to = os.path.relpath(whole, folder)
    except ValueError:  # another drive on Windows
        leads_to = whole
    try:
        os.symlink(leads_to, link)
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"Symbolic links cannot be made in {display_file(folder.parent)}: {reason}."
        raise ArtbyolError(message, "make copies instead: --copy") from error


def _distinct(names: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Names, given as stem and suffix, but " (2)", " (3)" ... between them where one was there before; case does not
    tell names apart everywhere."""
    taken: set[str] = set()
    for stem, suffix in names:
        candidate, number = stem + suffix, 1
        while candidate.casefold() in taken:
            number += 1
            candidate = _shortened(stem, f" ({number}){suffix}")
        taken.add(candidate.casefold())
        yield candidate


def _safe(name: str) -> str:
    """A group's name as a folder name that every system accepts and no file manager hides."""
    cleaned = _UNSAFE.sub("_", name).strip(" .") or "group"
    return _shortened(f"_{cleaned}" if _DEVICE.match(cleaned) else cleaned, "")


def _shortened(stem: str, ending: str) -> str:
    while len(os.fsencode(stem + ending)) > _LONGEST_NAME:
        stem = stem[:-1]
    return stem + ending
