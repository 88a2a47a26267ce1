"""`tag`: each work's group as a keyword in an XMP sidecar beside it, for other programs to find."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

from artbyol.base.errors import StoreError
from artbyol.base.events import Listener, ignore
from artbyol.grouping.groups import Groups, Method
from artbyol.metadata.xmp_edit import Action, SidecarChange, SidecarLeft, Tagged, UnsuitableError, tagged, untagged
from artbyol.pictures.measures.axes import Axis
from artbyol.storage.atomic import write_atomically
from artbyol.storage.store import STORE_NAME, existing
from artbyol.verbs.cluster import cluster


def tag(
    folder: str | Path,
    k: int | Literal["auto"] = "auto",
    *,
    write: bool = False,
    remove: bool = False,
    adobe: bool = False,
    method: Method = "kmeans",
    by: Axis = "style",
    store: str | Path | None = None,
    seed: int = 0,
    listener: Listener = ignore,
) -> Tagged:
    """Say each work's group in an XMP sidecar beside it, or take that out again. Without `write` nothing is written.

    Sidecars that are there are added to, byte for byte otherwise as they were; pictures are not touched.

    Args:
        folder: the collection, or any folder inside it.
        k, method, by, seed: how to group; see `artbyol.cluster`.
        write: do it; otherwise only say what would be done.
        remove: take out of all sidecars in the collection what was added, and delete those that hold nothing else and
            were made here.
        adobe: NAME.xmp, as Lightroom and Bridge have it, instead of NAME.EXT.xmp, as darktable and digiKam do.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        listener: told what happens.

    Raises:
        as `artbyol.cluster`; a sidecar that cannot be changed is no error, it is in `left`.
    """
    if remove:
        root = os.fsencode(existing(Path(folder), Path(store) if store else None).folder)
        return _changed(root, dict.fromkeys(_all_sidecars(root), ()), write)
    groups = cluster(folder, k, method=method, by=by, store=store, seed=seed, listener=listener)
    return _changed(os.fsencode(groups.folder), _wanted(groups, adobe), write)


def _wanted(groups: Groups, adobe: bool) -> dict[bytes, tuple[str, ...]]:
    """Every sidecar and the groups it should say; several with `adobe`, where a.jpg and a.tif share one."""
    root = os.fsencode(groups.folder)
    wanted: dict[bytes, dict[str, None]] = {}
    for group in groups.groups:
        for member in group.members:
            stem = os.path.splitext(member.path)[0] if adobe else member.path
            wanted.setdefault(_sidecar(root, stem), {})[group.name] = None
    for path in groups.unassigned:
        wanted.setdefault(_sidecar(root, os.path.splitext(path)[0] if adobe else path), {})
    return {sidecar: tuple(names) for sidecar, names in sorted(wanted.items())}


def _sidecar(root: bytes, stem: bytes) -> bytes:
    """The sidecar's name: .xmp, unless there is one that another program calls .XMP."""
    small, capital = stem + b".xmp", stem + b".XMP"
    there = [os.path.lexists(os.path.join(root, name)) for name in (small, capital)]
    return capital if there == [False, True] else small


def _all_sidecars(root: bytes) -> Iterator[bytes]:
    """Every sidecar in the collection, also of pictures that are gone; links to folders are not entered."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != os.fsencode(STORE_NAME))
        for name in sorted(files):
            if name.lower().endswith(b".xmp"):
                yield os.path.relpath(os.path.join(folder, name), root)


def _changed(root: bytes, wanted: dict[bytes, tuple[str, ...]], write: bool) -> Tagged:
    changes: list[SidecarChange] = []
    left: list[SidecarLeft] = []
    unchanged = 0
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
                _put(path, after)
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
    if not path.stat().st_mode & 0o222:
        raise UnsuitableError("it is read-only")
    return path.read_bytes()


def _action(before: bytes | None, after: bytes | None, groups: tuple[str, ...]) -> Action:
    if after is None:
        return "delete"
    return "restore" if not groups else "make" if before is None else "add"


def _put(path: Path, data: bytes | None) -> None:
    """Write a sidecar with the rights it had, or delete it."""
    if data is None:
        path.unlink()
        return
    rights = path.stat().st_mode if path.exists() else None
    write_atomically(path, data)
    if rights is not None:
        with suppress(OSError):
            path.chmod(rights)
