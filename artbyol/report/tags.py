"""Groups as keywords in XMP sidecars beside the pictures."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from artbyol.base.errors import StoreError
from artbyol.grouping.groups import Groups
from artbyol.metadata.xmp import UnsuitableError
from artbyol.metadata.xmp_edit import tagged, untagged
from artbyol.pictures.listing import Brief
from artbyol.pictures.packages import package_around
from artbyol.storage.atomic import remove_abandoned, write_atomically
from artbyol.storage.linked_folders import links_of
from artbyol.storage.store import STORE_NAME

Action = Literal["make", "add", "restore", "delete"]


@dataclass(frozen=True)
class SidecarChange:
    """One sidecar that changes.

    Attributes:
        sidecar: its path, relative to the collection.
        action: "make" a new one, "add" to one that is there (or change what was added), "restore" one as it was before,
            "delete" one that holds nothing else.
        groups: names of the groups it says now.
    """

    sidecar: bytes
    action: Action
    groups: tuple[str, ...]


@dataclass(frozen=True)
class SidecarLeft:
    """One sidecar that was left as it is, and why."""

    sidecar: bytes
    reason: str


@dataclass(frozen=True, repr=False)
class Tagged(Brief):
    """What `tag` changed, or would change.

    Attributes:
        folder: the collection.
        written: False: nothing was written, this is what would be.
        changes: in order of path; `unchanged`: how many sidecars are right already.
        left: sidecars that could not be changed.
        elsewhere: works in folders of other programs, as photo libraries, where nothing is written.
    """

    folder: Path
    written: bool
    changes: tuple[SidecarChange, ...]
    unchanged: int
    left: tuple[SidecarLeft, ...]
    elsewhere: int = 0


def write_tags(groups: Groups, adobe: bool, write: bool) -> Tagged:
    """Say each work's group in its sidecar; `artbyol.tag` explains the arguments."""
    root = os.fsencode(groups.folder)
    named = [(member.path, [group.name]) for group in groups.groups for member in group.members]
    named += [(path, []) for path in groups.unassigned]
    folders = {os.path.dirname(path) for path, _ in named}
    closed = {one for one in folders if package_around(groups.folder / os.fsdecode(one)) is not None}
    ours = [(path, names) for path, names in named if os.path.dirname(path) not in closed]
    return replace(_changed(root, _wanted(root, ours, adobe), write), elsewhere=len(named) - len(ours))


def remove_tags(folder: Path, write: bool) -> Tagged:
    """Take out of all sidecars of a collection what was added."""
    root = os.fsencode(folder)
    return _changed(root, dict.fromkeys(_all_sidecars(root), ()), write)


def _wanted(root: bytes, named: Iterable[tuple[bytes, Sequence[str]]], adobe: bool) -> dict[bytes, tuple[str, ...]]:
    """Every sidecar and the groups it should say; several with `adobe`, where a.jpg and a.tif share one."""
    wanted: dict[bytes, dict[str, None]] = {}
    for path, names in named:
        stem = os.path.splitext(path)[0] if adobe else path
        wanted.setdefault(_sidecar(root, stem), {}).update(dict.fromkeys(names))
    return {sidecar: tuple(names) for sidecar, names in sorted(wanted.items())}


def _sidecar(root: bytes, stem: bytes) -> bytes:
    """The sidecar's name: .xmp, unless there is one that another program calls .XMP."""
    small, capital = stem + b".xmp", stem + b".XMP"
    there = [os.path.lexists(os.path.join(root, name)) for name in (small, capital)]
    return capital if there == [False, True] else small


def _all_sidecars(root: bytes) -> Iterator[bytes]:
    """Every sidecar in the collection, also of pictures that are gone; other links to folders are not entered."""
    for start in _folders(root):
        for folder, folders, files in os.walk(start):
            folders[:] = sorted(name for name in folders if name != os.fsencode(STORE_NAME))
            for name in sorted(files):
                if name.lower().endswith(b".xmp"):
                    yield os.path.relpath(os.path.join(folder, name), root)


def _folders(root: bytes) -> list[bytes]:
    """A collection's folder, and those that it has links to if it consists of several."""
    return [root, *map(os.fsencode, links_of(Path(os.fsdecode(root))))]


def _changed(root: bytes, wanted: dict[bytes, tuple[str, ...]], write: bool) -> Tagged:
    changes: list[SidecarChange] = []
    left: list[SidecarLeft] = []
    unchanged = 0
    if write:  # what an interrupted run left beside the pictures
        for start in _folders(root):
            remove_abandoned(Path(os.fsdecode(start)), below=True)
    for sidecar, groups in wanted.items():
        path = Path(os.fsdecode(os.path.join(root, sidecar)))
        try:
            before = _content(path)
            after = tagged(before, groups) if groups else untagged(before) if before is not None else None
            if after == before:
                unchanged += before is not None
                continue
            action = _action(before, after, groups)
            if write:
                path.unlink() if after is None else write_atomically(path, after)
            changes.append(SidecarChange(sidecar, action, groups))
        except UnsuitableError as error:
            left.append(SidecarLeft(sidecar, str(error)))
        except StoreError as error:
            left.append(SidecarLeft(sidecar, error.message))
        except OSError as error:
            left.append(SidecarLeft(sidecar, f"it cannot be read or written: {error.strerror or error}"))
    return Tagged(Path(os.fsdecode(root)), write, tuple(changes), unchanged, tuple(left))


def _content(path: Path) -> bytes | None:
    if path.is_symlink():
        raise UnsuitableError("it is a link")
    if not path.exists():
        return None
    if not path.is_file():  # a pipe would keep whoever reads it waiting
        raise UnsuitableError("it is no file")
    if not path.stat().st_mode & 0o222:
        raise UnsuitableError("it is read-only")
    return path.read_bytes()


def _action(before: bytes | None, after: bytes | None, groups: tuple[str, ...]) -> Action:
    if after is None:
        return "delete"
    return "restore" if not groups else "make" if before is None else "add"
