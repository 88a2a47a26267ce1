"""A folder of groups: each picture of a group as a link or a copy, to be walked through with any file manager.

The artist's files are only read. The folder carries a marker that lists what artbyol put there, so that it can be made
anew without ever removing anything else.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from artbyol.base.errors import ArtbyolError, UsageError
from artbyol.base.text import display_file
from artbyol.pictures.scan import ORGANIZED_MARKER

_FORMAT = 1
_LONGEST_NAME = 255  # bytes, on nearly every file system

_UNSAFE = re.compile('[\x00-\x1f\x7f<>:"/\\\\|?*\ud800-\udfff]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)  # names that Windows keeps for itself

# What file managers drop into every folder they show: no reason to refuse, and no loss.
DEBRIS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".directory"})

_Stamp = tuple[int, int]  # size in bytes, mtime in nanoseconds


@dataclass(frozen=True)
class Organized:
    """What `organize` made.

    Attributes:
        folder: where.
        groups: how many folders.
        files: how many links or copies.
        mode: "link" or "copy".
        missing: originals that were gone when their turn came.
    """

    folder: Path
    groups: int
    files: int
    mode: str
    missing: int = 0


def organize(
    groups: Sequence[tuple[str, Sequence[Path]]],
    destination: Path,
    *,
    mode: Literal["link", "copy"] = "link",
) -> Organized:
    """Make DESTINATION/GROUP/NAME for every picture of every group, as relative symbolic links or as copies.

    The folder is made beside its final place and takes that place when it is complete. A folder that an earlier call
    made is replaced; equal names inside a group get " (2)".

    Args:
        groups: (name, pictures); names are made safe as folder names.
        destination: new, empty, or made by an earlier call.

    Raises:
        UsageError: the destination holds originals, or anything that artbyol did not put there.
        ArtbyolError: links are not possible there, or it cannot be written.
    """
    target = Path(os.path.realpath(destination))
    refuse_originals(target, (path for _, paths in groups for path in paths))
    parts = target.parent / f".{target.name}.{os.getpid()}.tmp"
    try:
        check_replaceable(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        parts.mkdir()
        made = _fill(groups, parts, target, mode)
        take_place(parts, target)
    except OSError as error:
        culprit = f" ({display_file(Path(error.filename))})" if isinstance(error.filename, str) else ""
        raise ArtbyolError(f"{display_file(target)} cannot be made: {error.strerror or error}{culprit}") from error
    finally:
        shutil.rmtree(parts, ignore_errors=True)  # holds only what was just made; links are removed, not followed
    return made


def _fill(groups: Sequence[tuple[str, Sequence[Path]]], parts: Path, target: Path, mode: str) -> Organized:
    """Make all groups and the marker inside `parts`, which later becomes `target` (so links lead from there)."""
    links: list[str] = []
    copies: dict[str, _Stamp] = {}
    names = list(_distinct((_safe(name) for name, _ in groups), by_suffix=False))
    missing = 0
    for group, (_, paths) in zip(names, groups, strict=True):
        (parts / group).mkdir()
        for path, name in zip(paths, _distinct((path.name for path in paths), by_suffix=True), strict=True):
            if not path.is_file():
                missing += 1
            elif mode == "link":
                _link(path, parts / group / name, target / group)
                links.append(f"{group}/{name}")
            else:
                shutil.copy2(path, parts / group / name)
                copies[f"{group}/{name}"] = stamp(parts / group / name)
    marker = {"made_by": "artbyol", "format": _FORMAT, "folders": names, "links": links, "copies": copies}
    (parts / ORGANIZED_MARKER).write_text(json.dumps(marker, indent=1), encoding="ascii")
    return Organized(target, len(names), len(links) + len(copies), mode, missing)


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
        message = f"symbolic links cannot be made in {display_file(folder.parent)}: {reason}"
        raise ArtbyolError(message, "make copies instead: --copy") from error


def refuse_originals(target: Path, originals: Iterable[Path]) -> None:
    # Both where a picture is named and where it lies: the collection itself may be made of links.
    for path in originals:
        named = os.path.join(os.path.realpath(path.parent), path.name)
        for place in (Path(named), Path(os.path.realpath(path))):
            if place == target or target in place.parents:
                raise UsageError(
                    f"{display_file(target)} holds original pictures ({display_file(path)})",
                    "name a new folder for the groups",
                )


def check_replaceable(target: Path) -> None:
    """Refuse a destination with anything in it that an earlier call did not make."""
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise UsageError(f"{display_file(target)} is a file", "name a new folder for the groups")
    for entry in _foreign(target):
        raise UsageError(
            f"{display_file(target)} holds {display_file(entry)}, which artbyol did not put there; nothing was changed",
            "name a new folder for the groups, or move that file elsewhere",
        )


def _foreign(target: Path) -> Iterator[Path]:
    """What lies in a folder besides what its marker lists; an edited copy is the artist's."""
    folders, links, copies = _read_marker(target / ORGANIZED_MARKER)
    for here, subfolders, files in os.walk(target, onerror=_raise):
        for name in [*subfolders, *files]:
            path = Path(here, name)
            relative = path.relative_to(target).as_posix()
            if path.is_symlink():
                known = relative in links
            elif path.is_dir():
                known = relative in folders
            else:
                ours = relative == ORGANIZED_MARKER or name in DEBRIS
                known = ours or copies.get(relative) == stamp(path)
            if not known:
                yield path.relative_to(target)


def _raise(error: OSError) -> None:
    raise error


def _read_marker(path: Path) -> tuple[set[str], set[str], dict[str, _Stamp]]:
    try:
        marker: dict[str, Any] = json.loads(path.read_bytes())
        if marker["made_by"] != "artbyol" or marker["format"] != _FORMAT:
            raise ValueError("another marker")
        copies = {name: (int(size), int(mtime)) for name, (size, mtime) in marker["copies"].items()}
        return set(marker["folders"]), set(marker["links"]), copies
    except FileNotFoundError:
        return set(), set(), {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{display_file(path.parent)} was not made by this artbyol", "name a new folder for the groups"
        ) from error


def take_place(parts: Path, target: Path) -> None:
    """Put the finished folder in its place; the old one goes aside first and is only then taken apart."""
    if not os.path.lexists(target):
        os.rename(parts, target)
        return
    old = parts.with_suffix(".old")
    os.rename(target, old)
    try:
        check_replaceable(old)  # again: something may have been put there meanwhile
        os.rename(parts, target)
    except BaseException:
        os.rename(old, target)
        raise
    shutil.rmtree(old)


def _distinct(names: Iterable[str], *, by_suffix: bool) -> Iterator[str]:
    """Names as given, but " (2)", " (3)" ... where one was there before; case does not tell names apart everywhere."""
    taken: set[str] = set()
    for name in names:
        stem, suffix = os.path.splitext(name) if by_suffix else (name, "")
        candidate, number = name, 1
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


def stamp(path: Path) -> _Stamp:
    status = path.lstat()
    return status.st_size, status.st_mtime_ns
