"""What lies beside pictures and speaks of them: tables in their folders and in the folders above, XMP sidecars."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener, Notice
from artbyol.metadata.image_metadata import Said, sidecar_metadata
from artbyol.metadata.table import FileNames, Table, read_table

TABLE_NAME = b"metadata.csv"
SIDECAR_SUFFIXES = (b".xmp", b".XMP")

_MANY = 64  # pictures of one folder; from there on listing it is quicker than asking for each sidecar


class Sidecars:
    """The XMP sidecars of pictures: NAME.EXT.xmp (darktable, digiKam), then NAME.xmp (Adobe).

    Args:
        root: the collection; `paths`: the pictures that will be asked for.
    """

    def __init__(self, root: bytes, paths: Sequence[bytes]) -> None:
        self._root = root
        self._listed: dict[bytes, frozenset[bytes] | None] = {}
        for folder, count in Counter(os.path.dirname(path) for path in paths).items():
            self._listed[folder] = self._list(folder) if count >= _MANY else None

    def of(self, path: bytes) -> Iterator[Said]:
        """What the sidecars of a picture say, the more particular one first."""
        for sidecar in self.paths(path):
            if said := sidecar_metadata(os.path.join(self._root, sidecar)):
                yield said

    def paths(self, path: bytes) -> Iterator[bytes]:
        """The sidecars that a picture has, the more particular one first."""
        folder, name = os.path.split(path)
        listed = self._listed.get(folder)
        for stem in dict.fromkeys((name, os.path.splitext(name)[0])):
            for suffix in SIDECAR_SUFFIXES:
                sidecar = stem + suffix
                there = os.path.join(self._root, folder, sidecar)
                if sidecar in listed if listed is not None else os.path.isfile(there):
                    yield os.path.join(folder, sidecar)
                    break

    def _list(self, folder: bytes) -> frozenset[bytes] | None:
        try:
            names = os.listdir(os.path.join(self._root, folder))
        except OSError:
            return frozenset()
        return frozenset(name for name in names if name.endswith(SIDECAR_SUFFIXES))


def tables_beside(root: bytes, paths: Iterable[bytes], listener: Listener) -> list[tuple[bytes, Table]]:
    """The tables called `TABLE_NAME` in the folders of pictures and in those above, up to the collection's; the deepest
    first.

    One that cannot be read is left out, with a `Notice`.
    """
    folders = {b""}
    for path in paths:
        folder = os.path.dirname(path)
        while folder not in folders:
            folders.add(folder)
            folder = os.path.dirname(folder)
    found = []
    for folder in sorted(folders, key=lambda one: (-one.count(b"/") - bool(one), one)):
        table = Path(os.fsdecode(os.path.join(root, folder, TABLE_NAME)))
        if table.is_file():
            try:
                found.append((folder, read_table(table)))
            except UsageError as error:
                listener(Notice(f"Skipped: {error.message} {error.hint or ''}".strip()))
    return found


def rows_of(
    tables: Sequence[tuple[bytes, Table]],
    folder: Path,
    paths: Sequence[bytes],
    among: Callable[[], Sequence[bytes]],
    listener: Listener,
) -> dict[bytes, list[tuple[Table, int]]]:
    """Of each picture the rows that mean it, those of the deepest table first.

    A row names a picture by its path from the table's folder, else by its base name, where only one picture in that
    folder and below has it.

    Args:
        folder: the collection; `tables`: with the folder in it that each speaks of.
        among: gives all pictures of the collection; not asked where there is no table.
        listener: told of a table that means none of them.
    """
    found: dict[bytes, list[tuple[Table, int]]] = {}
    if not tables:
        return found
    wanted = set(paths)
    everything = sorted(wanted.union(among()))
    for place, table in tables:
        start = place + b"/" if place else b""
        files = [path for path in everything if path.startswith(start)]
        names = FileNames(folder / os.fsdecode(place), [[path[len(start) :]] for path in files])
        meanings = [names.find(name) for name in table.files]
        if meanings and not any(len(meant) == 1 for meant in meanings):
            listener(Notice(f"No row of {table.path} means one picture of this collection ({table.files[0]!r}?)."))
        for row, meant in enumerate(meanings):
            if len(meant) == 1 and (path := files[next(iter(meant))]) in wanted:
                found.setdefault(path, []).append((table, row))
    return found
