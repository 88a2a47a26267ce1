"""Where reports go: to a file or folder that is new, or that an earlier report made. Nothing else is ever replaced.

A file takes the place of an earlier one as a whole. A folder carries a marker that says what artbyol put there; the
names in it are taken for names below the folder and for nothing else, whoever wrote them, and are looked at again when
something is removed. No file is written or removed through a link inside such a folder.
"""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from artbyol.base.errors import ArtbyolError, StoreError, UsageError
from artbyol.base.text import display_file
from artbyol.pictures.packages import package_around
from artbyol.pictures.scan import ORGANIZED_MARKER
from artbyol.storage.atomic import ABANDONED_AFTER, is_temporary, remove_abandoned, replacing, write_atomically

ELSEWHERE: Final = "name a new folder, or move what is there elsewhere"

_FORMAT = 1

# What file managers drop into every folder they show: no reason to refuse, and no loss.
_DEBRIS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".directory"})

Content = TypeVar("Content")


# ---- files


def check_file(target: Path, is_ours: Callable[[Path], bool], kind: str) -> Path:
    """Where a file is to be written: `target`, or where it leads, so that a link to an earlier one stays a link.

    Args:
        is_ours: whether a file is an earlier one; `kind`: what such a file is, as "a contact sheet".

    Raises:
        UsageError: it exists, and is neither empty nor an earlier one: a typo must not overwrite a picture. Or there is
            no such folder, or it is one of another program.
    """
    try:
        replaceable = target.is_file() and (target.stat().st_size == 0 or is_ours(target))
    except OSError:
        replaceable = False
    if os.path.lexists(target) and not replaceable:
        raise UsageError(f"{display_file(target)} exists and is not {kind}; it was left as it is.", "name a new file")
    place = Path(os.path.realpath(target))
    _check_ours_to_write(place)
    if not place.parent.is_dir():
        raise UsageError(f"{display_file(target)} cannot be written: there is no folder {display_file(place.parent)}.")
    return place


@contextmanager
def replacing_file(target: Path, is_ours: Callable[[Path], bool], kind: str) -> Iterator[Path]:
    """A temporary file that takes the place of `target` when it is complete.

    Raises:
        UsageError: as `check_file`. ArtbyolError: it cannot be written.
    """
    place = check_file(target, is_ours, kind)
    try:
        remove_abandoned(place.parent, glob.escape(place.name))
        with replacing(place) as temporary:
            yield temporary
    except (StoreError, OSError, ValueError) as error:
        raise ArtbyolError(f"{display_file(target)} cannot be written: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error
    return str(getattr(cause, "strerror", None) or cause).rstrip(".")


def _check_ours_to_write(place: Path) -> None:
    """Refuse a place in a folder of another program. Raises UsageError."""
    if package := package_around(place):
        raise UsageError(f"{display_file(package)} belongs to another program; nothing is written into it.", ELSEWHERE)


# ---- folders


def own_folder(destination: Path, originals: Iterable[Path] = ()) -> Path:
    """Where a folder is to be made: `destination`, or where it leads.

    Raises:
        UsageError: it is a file, or holds one of the `originals` (pictures, or the collection's folder), or lies in a
            folder of another program.
    """
    target = Path(os.path.realpath(destination))
    _check_ours_to_write(target)
    for path in originals:
        # Both where a picture is named and where it lies: the collection itself may be made of links.
        named = os.path.join(os.path.realpath(path.parent), path.name)
        for place in (Path(named), Path(os.path.realpath(path))):
            if place == target or target in place.parents:
                raise UsageError(f"{display_file(target)} holds original pictures ({display_file(path)}).", ELSEWHERE)
    if os.path.lexists(target) and not target.is_dir():
        raise UsageError(f"{display_file(target)} is a file, not a folder.", ELSEWHERE)
    return target


def read_marker(folder: Path, name: str, read: Callable[[Any], Content]) -> Content | None:
    """What an earlier report wrote down about its folder, as `read` understands it; None where there is no marker.

    Raises:
        UsageError: there is another one, or a damaged one.
    """
    try:
        marker = json.loads((folder / name).read_bytes())
        if marker["made_by"] != "artbyol" or marker["format"] != _FORMAT:
            raise ValueError("another marker")
        return read(marker)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{display_file(folder)} was not made by this artbyol.", ELSEWHERE) from error


def write_marker(folder: Path, name: str, **content: Any) -> None:
    """Make a folder known as artbyol's, for `read_marker`. Raises StoreError: it cannot be written."""
    marker = {"made_by": "artbyol", "format": _FORMAT, **content}
    write_atomically(folder / name, json.dumps(marker, indent=1).encode("ascii"))


def name_below(name: Any) -> str:
    """A name from a marker. Raises ValueError where it leads anywhere but to a place below the marker's folder."""
    path = Path(str(name))
    if not path.parts or path.anchor or ".." in path.parts or "\0" in str(name):
        raise ValueError(f"{name!r} is no name below a folder")
    return str(name)


def others_in(folder: Path, marker: str) -> list[Path]:
    """What lies in a folder besides a marker, what file managers drop there, and what an interrupted run left."""
    try:
        found = sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"{display_file(folder)} cannot be read: {error.strerror}.") from error
    return [path for path in found if not (path.name == marker or path.name in _DEBRIS or is_temporary(path.name))]


def foreign_in(folder: Path, found: Path) -> UsageError:
    """The error for something in a folder that artbyol did not put there."""
    return UsageError(
        f"{display_file(folder)} holds {display_file(found)}, which artbyol did not put there; nothing was changed.",
        ELSEWHERE,
    )


def make_folder(folder: Path) -> None:
    """Make a folder where there is none. Raises ArtbyolError: it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtbyolError(f"{display_file(folder)} cannot be made: {_reason(error)}.") from error


def path_below(folder: Path, name: str) -> Path:
    """The path of a name below a folder. Raises UsageError where a link on the way leads elsewhere."""
    path = folder
    for part in Path(name_below(name)).parts[:-1]:
        path /= part
        if path.is_symlink():
            raise UsageError(f"{display_file(path)} is a link; nothing is written where it leads.", ELSEWHERE)
    return path / Path(name).name


def remove_below(folder: Path, name: str) -> None:
    """Remove a file below a folder, and the folders that are empty then; what cannot be removed is left."""
    with suppress(OSError, UsageError):
        path = path_below(folder, name)
        path.unlink()
        for above in path.parents[: len(Path(name).parts) - 1]:
            above.rmdir()


# ---- folders that are made as a whole


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that takes the place of `target` (from `own_folder`) when it is complete; with a marker that
    lists what is in it, so that it can be made anew, and its pictures are not taken for works.

    Raises:
        UsageError: `target` holds anything that artbyol did not put there. ArtbyolError: it cannot be made.
    """
    parts, made = _beside(target, os.getpid(), "tmp"), False
    try:
        _tidy(target)
        check_replaceable(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        parts.mkdir()
        made = True
        _mark(parts)  # from the start: should it never be finished, it is known for what it is
        yield parts
        _mark(parts)
        _take_place(parts, target)
    except (OSError, StoreError) as error:
        named = getattr(error, "filename", None)
        culprit = f" ({display_file(Path(named))})" if isinstance(named, str) else ""
        raise ArtbyolError(f"{display_file(target)} cannot be made: {_reason(error)}{culprit}.") from error
    finally:
        if made:
            shutil.rmtree(parts, ignore_errors=True)  # holds only what was just made; links are removed, not followed


def check_replaceable(target: Path) -> None:
    """Refuse a folder with anything in it that an earlier call did not make. Raises UsageError."""
    if os.path.lexists(target):
        for path, ours in _contents(target):
            if not ours:
                raise foreign_in(target, path.relative_to(target))


def _listed(marker: Any) -> dict[str, object]:
    """What a marker lists: of each name whether it is a folder or a link, or the file's stamp."""
    found: dict[str, object] = dict.fromkeys(marker["folders"], "folder") | dict.fromkeys(marker["links"], "link")
    found |= {name: (int(size), int(mtime)) for name, (size, mtime) in marker["copies"].items()}
    return {name_below(name): what for name, what in found.items()}


def _identity(path: Path) -> object:
    """The same of what is there."""
    if path.is_symlink():
        return "link"
    status = path.lstat()
    return "folder" if path.is_dir() else (status.st_size, status.st_mtime_ns)


def _inside(folder: Path) -> Iterator[tuple[Path, str]]:
    """All that lies in a folder but its marker, and how it is called there; what is inside a folder before it."""

    def fail(error: OSError) -> None:
        raise error

    for here, folders, files in os.walk(folder, topdown=False, onerror=fail):
        for path in (Path(here, name) for name in [*folders, *files]):
            if path != folder / ORGANIZED_MARKER:
                yield path, path.relative_to(folder).as_posix()


def _contents(folder: Path) -> list[tuple[Path, bool]]:
    """The same, and whether the marker lists it as it is; an edited copy is the artist's."""
    listed = read_marker(folder, ORGANIZED_MARKER, _listed) or {}
    found = []
    for path, name in _inside(folder):
        what = _identity(path)
        debris = path.name in _DEBRIS and isinstance(what, tuple)
        found.append((path, debris or listed.get(name) == what))
    return found


def _mark(folder: Path) -> None:
    found = {name: _identity(path) for path, name in _inside(folder)}
    folders, links = ([name for name, what in found.items() if what == kind] for kind in ("folder", "link"))
    copies = {name: what for name, what in found.items() if isinstance(what, tuple)}
    write_marker(folder, ORGANIZED_MARKER, folders=folders, links=links, copies=copies)


def _take_place(parts: Path, target: Path) -> None:
    """Put the finished folder in its place; the old one goes aside first and is only then taken apart."""
    if not os.path.lexists(target):
        os.rename(parts, target)
        return
    old = _beside(target, os.getpid(), "old")
    os.rename(target, old)
    try:
        check_replaceable(old)  # again: something may have been put there meanwhile
        os.rename(parts, target)
    except BaseException:
        os.rename(old, target)
        raise
    _take_apart(old)


def _take_apart(folder: Path) -> None:
    """Remove what a marker lists, and the folder if nothing else is in it."""
    for path, ours in _contents(folder):
        with suppress(OSError):
            if ours:
                remove = path.rmdir if path.is_dir() and not path.is_symlink() else path.unlink
                remove()
    with suppress(OSError, StoreError):
        if not others_in(folder, ORGANIZED_MARKER):
            shutil.rmtree(folder)


def _beside(target: Path, process: int, kind: str) -> Path:
    return target.parent / f".{target.name}.{process}.{kind}"


def _last_change(folder: Path) -> float:
    """When something was last put into a folder or into one in it: thousands of pictures may go into one of those."""
    return max(path.lstat().st_mtime for path in (folder, *folder.iterdir()))


def _tidy(target: Path) -> None:
    """What an interrupted run left beside a folder: the earlier one comes back, one that was half made goes."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.(\d+)\.(tmp|old)", re.DOTALL)
    for left in list(target.parent.iterdir()) if target.parent.is_dir() else ():
        found = ours.fullmatch(left.name)
        if not found or left.is_symlink():
            continue
        if not (left / ORGANIZED_MARKER).is_file():
            with suppress(OSError):
                left.rmdir()  # where nothing is in it: killed before it wrote anything
        elif found[2] == "old" and not os.path.lexists(target):
            os.rename(left, target)
        elif int(found[1]) == os.getpid() or time.time() - _last_change(left) > ABANDONED_AFTER:
            _take_apart(left) if found[2] == "old" else shutil.rmtree(left, ignore_errors=True)
