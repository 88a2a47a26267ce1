"""Where reports go: to a file or folder that is new, or that an earlier report made. Nothing else is ever replaced.

A file takes the place of an earlier one as a whole. A folder carries a marker that says what artbyol put there; the
names in it are taken for names below the folder and for nothing else, whoever wrote them, and are looked at again when
something is removed. No file is written or removed through a link inside such a folder.
"""

import errno
import json
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from artbyol.base.errors import ArtbyolError, StoreError, UsageError
from artbyol.base.text import display_file
from artbyol.pictures.packages import refuse_package
from artbyol.pictures.scan import ORGANIZED_MARKER
from artbyol.storage import atomic

ELSEWHERE: Final = "name a new folder, or move what is there elsewhere"

_FORMAT = 1

# What file managers drop into every folder they show: no reason to refuse, and no loss.
_DEBRIS = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".directory"})

_EARLIER = re.compile(r"\..+\.\d+(-\d+)?\.tmp", re.DOTALL)  # as artbyols before this one called temporary files

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
    refuse_package(place, ELSEWHERE)
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
    atomic.remove_abandoned(place.parent)
    with atomic.replacing(place) as temporary:
        yield temporary
        check_file(place, is_ours, kind)  # again: it may have taken minutes


# ---- folders


def own_folder(destination: Path, originals: Iterable[Path] = ()) -> Path:
    """Where a folder is to be made: `destination`, or where it leads.

    Raises:
        UsageError: it is a file, or holds one of the `originals` (pictures, or the collection's folder), or lies in a
            folder of another program.
    """
    target = Path(os.path.realpath(destination))
    refuse_package(target, ELSEWHERE)
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
        if not stat.S_ISREG((folder / name).lstat().st_mode):
            raise ValueError("no file")
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
    atomic.write_atomically(folder / name, json.dumps(marker, indent=1).encode("ascii"))


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
    left = {one for one in found if atomic.is_temporary(one.name) or _EARLIER.fullmatch(one.name)}
    return [one for one in found if one.name not in (marker, *_DEBRIS) and one not in left]


def foreign_in(folder: Path, found: Path) -> UsageError:
    """The error for something in a folder that artbyol did not put there."""
    return UsageError(
        f"{display_file(folder)} holds {display_file(found)}, which artbyol did not put there; nothing was changed.",
        ELSEWHERE,
    )


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
    parts = Path(name_below(name)).parts
    with suppress(OSError, UsageError):
        for depth in reversed(range(len(parts))):
            with _opened(folder, parts[:depth]) as (above, at):
                remove = os.rmdir if depth + 1 < len(parts) else os.unlink
                remove(above / parts[depth], dir_fd=at)


@contextmanager
def _opened(folder: Path, below: Sequence[str]) -> Iterator[tuple[Path, int | None]]:
    """A folder below another: where it lies, and relative to which descriptor. It is opened name by name, so that
    nothing can become a link between a look at it and its use; Windows knows no such descriptors."""
    if os.open not in os.supports_dir_fd:
        yield path_below(folder, "/".join([*below, "any"])).parent, None
        return
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in below:
            above, at = at, os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(above)
        yield Path(), at
    finally:
        os.close(at)


@contextmanager
def alone_in(folder: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let one run at a time change a folder. It ends with its process; where the system has no such locks, or not for
    this medium, nobody waits.

    Args:
        waiting: called again and again while another run is at work.
    """
    if os.name == "nt":
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(0.1)
            except OSError:  # no locks here
                break
        yield
    finally:
        os.close(descriptor)


# ---- folders that are made as a whole


@contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """A temporary folder that takes the place of `target` (from `own_folder`) when it is complete; with a marker that
    lists what is in it, so that it can be made anew, and its pictures are not taken for works.

    Raises:
        UsageError: `target` holds anything that artbyol did not put there. ArtbyolError: it cannot be made.
    """
    around = atomic.temporary_folder(target)
    parts = around / target.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with alone_in(target.parent):
            _tidy(target)
            check_replaceable(target)
        around.mkdir()
        try:
            parts.mkdir()
            yield parts
            _mark(parts)
            with alone_in(target.parent):
                _take_place(parts, target)
        except BaseException:
            shutil.rmtree(around, ignore_errors=True)  # only what was just made; links are removed, not followed
            raise
        _take_apart(around, target.name)
    except (OSError, StoreError) as error:
        cause = error.__cause__ or error
        named = getattr(cause, "filename", None)
        culprit = f" ({display_file(Path(named))})" if isinstance(named, str) else ""
        reason = str(getattr(cause, "strerror", None) or cause).rstrip(".")
        raise ArtbyolError(f"{display_file(target)} cannot be made: {reason}{culprit}.") from error


def check_replaceable(target: Path) -> None:
    """Refuse a folder with anything in it that an earlier call did not make. Raises UsageError."""
    if not os.path.lexists(target):
        return
    listed = read_marker(target, ORGANIZED_MARKER, _listed) or {}
    for name, what in _inside(target):  # from the top: somebody's home is not looked through
        parts = Path(name).parts
        debris = parts[-1] in _DEBRIS and isinstance(what, tuple)
        if not (
            debris or listed.get(name) == what or any(map(atomic.is_temporary, parts))
        ):  # an edited copy is the artist's
            raise foreign_in(target, Path(name))


def _listed(marker: Any) -> dict[str, object]:
    """What a marker lists: of each name whether it is a folder or a link, or the file's stamp."""
    found: dict[str, object] = dict.fromkeys(marker["folders"], "folder") | dict.fromkeys(marker["links"], "link")
    found |= {name: (int(size), int(mtime)) for name, (size, mtime) in marker["copies"].items()}
    return {name_below(name): what for name, what in found.items()}


def _inside(folder: Path) -> Iterator[tuple[str, object]]:
    """All that lies in a folder but its marker: names, and what each is, as `_listed` has it. No link is followed."""

    def fail(error: OSError) -> None:
        if error.errno != errno.ENOENT:  # another run is removing it
            raise error

    for here, folders, files in os.walk(folder, onerror=fail):
        for path in (Path(here, name) for name in (*folders, *files)):
            if path != folder / ORGANIZED_MARKER:
                with suppress(FileNotFoundError):
                    yield path.relative_to(folder).as_posix(), _identity(path.lstat())


def _identity(status: os.stat_result) -> object:
    """The same as `_listed` has it, of what is there."""
    if stat.S_ISLNK(status.st_mode):
        return "link"
    return "folder" if stat.S_ISDIR(status.st_mode) else (status.st_size, status.st_mtime_ns)


def _mark(folder: Path) -> None:
    found = dict(_inside(folder))
    folders, links = ([name for name, what in found.items() if what == kind] for kind in ("folder", "link"))
    copies = {name: what for name, what in found.items() if isinstance(what, tuple)}
    write_marker(folder, ORGANIZED_MARKER, folders=folders, links=links, copies=copies)


def _take_place(parts: Path, target: Path) -> None:
    """Put the finished folder in its place, and what was there into the finished one's, at one moment where the system
    can; else the old one goes aside first, to where `_tidy` finds it."""
    if not os.path.lexists(target):
        os.rename(parts, target)
        return
    aside = parts.with_name(f"{parts.name}.old")
    if atomic.exchange(parts, target):
        try:
            check_replaceable(parts)  # again: something may have been put there meanwhile
        except BaseException:
            atomic.exchange(parts, target)
            raise
        return
    os.rename(target, aside)
    try:
        check_replaceable(aside)
        os.rename(parts, target)
    except BaseException:
        os.rename(aside, target)
        raise


def _take_apart(around: Path, name: str) -> None:
    """Remove a temporary folder with what lies in it, half made or replaced.

    Raises:
        UsageError: one that was finished holds what its marker does not list, put there before it was replaced.
    """
    for folder in (around / name, around / f"{name}.old"):
        if read_marker(folder, ORGANIZED_MARKER, _listed) is not None:
            check_replaceable(folder)
        shutil.rmtree(folder, ignore_errors=True)  # links are removed, not followed
    with suppress(OSError):
        around.rmdir()


def _tidy(target: Path) -> None:
    """What killed runs left beside a folder: the earlier one comes back where it had gone aside, the rest goes."""
    atomic.remove_abandoned(target.parent)
    for around in atomic.abandoned(target.parent, made_for=target):
        aside = around / f"{target.name}.old"
        if aside.is_dir() and not os.path.lexists(target):
            os.rename(aside, target)
        _take_apart(around, target.name)
