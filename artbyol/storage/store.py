"""Where a collection's state lives, and who may write it.

The store is a directory, `FOLDER/.artbyol` unless `--store` or the environment variable ARTBYOL_STORE names another one
(for read-only media). Readers never wait; writers take turns through `writing`. The artist's files are not touched.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

from artbyol.base.errors import StoreError, StoreFormatError, StoreMissingError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.base.typed_json import from_json
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.packages import refuse_package
from artbyol.storage.atomic import ELSEWHERE, is_temporary, make_folder, remove_abandoned, write_atomically

STORE_NAME = ".artbyol"
FORMAT_VERSION = 1


class Marker(TypedDict):
    """What `store.json` says."""

    format: int
    folder: NotRequired[str]
    created_by: NotRequired[str]


class _Inside:
    """A file or folder of the store."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, store: Store, owner: type[Store]) -> Path:
        return store.root / self.name


@dataclass(frozen=True)
class Store:
    """A collection and the directory of its state. Naming one creates nothing.

    Attributes:
        folder: the collection, absolute.
        root: the store directory, absolute.
        marker: what makes the directory a store (format version, folder, maker).
        index: of style; see `index_of`.
        controls: what the controls of `evaluate` saw of the pictures.
        groups: the groups that the curator keeps.
        embedded: what pictures have embedded: titles, keywords and the like.
        gallery: the pages to look at that `explore` makes; `shown`: what of the collection they show.
        marks: stars and notes on works.
        opened: where the collection is open in the browser just now.
        compared: stores of other folders, as this collection's model sees them.
        excluded: patterns of what is no work, a line each, as they were given last.
        lock: the file whose lock the writing process holds; its content means nothing.
        holder: who holds the lock, for those who wait. Only ever read after the lock was refused.
    """

    folder: Path
    root: Path

    marker = _Inside("store.json")
    catalogue = _Inside("catalogue.sqlite")
    index = _Inside("index.safetensors")
    model = _Inside("model.safetensors")
    controls = _Inside("controls.safetensors")
    groups = _Inside("groups.toml")
    embedded = _Inside("embedded.json")
    excluded = _Inside("excluded")
    gallery = _Inside("gallery")
    shown = _Inside("gallery.json")
    features = _Inside("features")
    training = _Inside("training")
    marks = _Inside("marks.json")
    opened = _Inside("open.json")
    compared = _Inside("compared")
    lock = _Inside("lock")
    holder = _Inside("lock.json")

    def index_of(self, axis: Axis) -> Path:
        """The index of one axis; that of style is `index`."""
        return self.index if axis == "style" else self.root / f"index-{axis}.safetensors"

    @property
    def moves_along(self) -> bool:
        """Whether the store lies inside its folder, so that it does not matter which folder it recorded."""
        return self.root.is_relative_to(self.folder / STORE_NAME)

    @property
    def trained_model(self) -> Path | None:
        """The file of the model that was trained here; None: there is none, and the pretrained default is used."""
        return self.model if self.model.exists() else None

    def exists(self) -> bool:
        return self.marker.is_file()

    def command(self, verb: str, *more: str) -> str:
        """A command about this collection that can be pasted into a shell, as `artbyol embed FOLDER`."""
        named = [] if self == locate(self.folder) else ["--store", str(self.root)]
        return shlex.join(["artbyol", verb, str(self.folder), *more, *named])


def locate(folder: Path, store: Path | None = None) -> Store:
    """The store of a collection: argument, else ARTBYOL_STORE, else `FOLDER/.artbyol`. Creates nothing."""
    folder = _absolute(folder)
    return Store(folder, _root(_elsewhere(store) or folder / STORE_NAME))


def find(start: Path, store: Path | None = None) -> Store | None:
    """The store of the collection that `start` lies in, looking upward as git does; None if there is none.

    With `store` or ARTBYOL_STORE given, that store and the folder it recorded.

    Raises:
        StoreFormatError, StoreError: the named store's `store.json` is newer or damaged.
    """
    elsewhere = _elsewhere(store)
    if elsewhere is not None:
        named = Store(elsewhere, _root(elsewhere))
        if not named.exists():
            return None
        recorded = _read_marker(named.marker).get("folder")
        if not isinstance(recorded, str):
            raise _damaged_marker(named.marker)
        return Store(Path(recorded), named.root)
    start = _absolute(start)
    for folder in (start, *start.parents):
        candidate = Store(folder, _root(folder / STORE_NAME))
        if candidate.exists():
            return candidate
    return None


def existing(folder: Path, store: Path | None = None) -> Store:
    """The store of the collection that `folder` lies in (or is), ready to be read.

    Raises:
        FolderError: no such folder. StoreMissingError: no store. StoreFormatError, StoreError: it cannot be read.
        StoreError: the store named by `store` or ARTBYOL_STORE belongs to another collection.
    """
    from artbyol.pictures.scan import check_folder

    check_folder(folder)
    found = find(folder, store) or locate(folder, store)
    check(found)
    real = Path(os.path.realpath(found.folder))  # either may be named by way of a link
    if not (_absolute(folder).is_relative_to(found.folder) or Path(os.path.realpath(folder)).is_relative_to(real)):
        hint = "leave --store (or ARTBYOL_STORE) out, or name this collection's own"
        here = Store(_absolute(folder), found.root)
        if _has_moved(here, found.folder):
            hint = f"{here.command('embed')}   # it seems to have moved here"
        raise _of_another(found.root, found.folder, hint)
    return found


def _is_same_folder(first: Path, second: Path) -> bool:
    """By way of a link, or mounted twice."""
    try:
        return first.samefile(second)
    except OSError:
        return False


def _has_moved(store: Store, recorded: Path) -> bool:
    """Whether the collection that a store recorded is the one in its folder now."""
    from artbyol.storage.moving import has_moved

    moved = has_moved(store.catalogue, recorded, store.folder)
    return not recorded.is_dir() if moved is None else moved  # with nothing known, nothing can be lost


def _of_another(root: Path, recorded: Path, hint: str) -> StoreError:
    absent = "" if recorded.is_dir() else " (not there now)"
    return StoreError(f"The store {root} belongs to another collection, {recorded}{absent}.", hint)


def create(store: Store, listener: Listener = ignore) -> None:
    """Make the store directory, or check the one that is there. Safe to call again and again.

    A `Notice` says when a new store would lie inside another collection, whose works it will not share, and when it
    lies in a folder of its own because the one named holds other things.

    Raises:
        StoreError: the medium cannot be written, or the store belongs to another collection.
        UsageError: it would lie in a folder of another program.
        StoreFormatError: made by a newer artbyol.
    """
    if store.exists():
        recorded = _recorded(store, listener)
        if recorded == str(store.folder):
            return
        if isinstance(recorded, str):
            if _is_same_folder(Path(recorded), store.folder):
                return
            if not _has_moved(store, Path(recorded)):
                raise _of_another(store.root, Path(recorded), "give each collection its own: --store DIR")
            listener(Notice(f"The collection has moved from {recorded} to {store.folder}; its store goes along."))
    refuse_package(store.root, ELSEWHERE)
    outer = find(store.folder.parent) if store.moves_along else None
    if outer is not None:
        listener(Notice(f"{store.folder} lies inside the collection {outer.folder} and becomes one of its own."))
    elif store.root.name == STORE_NAME and store.root != store.folder / STORE_NAME:
        listener(Notice(f"{store.root.parent} holds other things: the store lies in {store.root}."))
    make_folder(store.root, ELSEWHERE)
    # The store hides itself from whatever repository the folder may lie in, as .pytest_cache does. This comes first:
    # with the marker the store is made, and nothing of it is made again.
    if not (store.root / ".gitignore").exists():
        write_atomically(store.root / ".gitignore", b"*\n")
    marker = Marker(format=FORMAT_VERSION, folder=str(store.folder), created_by=made_by())
    write_atomically(store.marker, json.dumps(marker, indent=1).encode("ascii"))


def check(store: Store) -> None:
    """Refuse a store this version cannot read.

    Raises:
        StoreMissingError: there is none. StoreFormatError: a newer artbyol's. StoreError: `store.json` is damaged.
    """
    if not store.exists():
        raise StoreMissingError(f"{store.folder} has no artbyol store yet.", store.command("embed"))
    _read_marker(store.marker)


def _recorded(store: Store, listener: Listener) -> str | None:
    """The folder that a store is of. One inside its folder moves with it: what is written there does not matter, and
    where that is damaged it is written again."""
    try:
        recorded = _read_marker(store.marker).get("folder")
    except StoreFormatError:
        raise
    except StoreError as error:
        if not store.moves_along:
            raise
        listener(Notice(f"{error.message} It is written again."))
        return None
    return str(store.folder) if store.moves_along else recorded


@contextmanager
def writing(store: Store, purpose: str, listener: Listener = ignore, wait: float = 600.0) -> Iterator[None]:
    """Hold the store for writing; nested calls of the same thread pass through.

    While another process holds it, one `Notice` says who. ARTBYOL_WAIT (seconds) overrides `wait`.

    Args:
        purpose: the command as the user knows it, e.g. "artbyol embed".

    Raises:
        StoreBusyError: still held after `wait` seconds. StoreMissingError: no store. StoreError: not writable.
        UsageError: ARTBYOL_WAIT is no number.
    """
    # Imported here: readers, and `--help`, need no locks.
    from artbyol.storage.lock import exclusive, waiting_time

    if not store.root.is_dir():
        check(store)
    with exclusive(store.lock, store.holder, purpose, listener, waiting_time(wait)):
        remove_abandoned(store.root, below=True)
        yield


def _root(named: Path) -> Path:
    """Where a store lies that is named so: there; but where other things lie already, in a folder of its own."""
    return named if _is_store(named) or not _holds_anything(named) else named / STORE_NAME


def _is_store(root: Path) -> bool:
    """Whether artbyol made this folder, even where its marker is damaged or gone."""
    with suppress(OSError, ValueError):
        marker: Marker = from_json((root / "store.json").read_bytes(), Marker)
        if marker.get("created_by", "").startswith("artbyol"):
            return True
    with suppress(OSError), (root / "catalogue.sqlite").open("rb") as file:
        if file.read(72)[68:] == b"ArBl":  # `artbyol.storage.schema.APPLICATION_ID`
            return True
    with suppress(OSError):
        named = root.name == STORE_NAME or (root / "store.json").is_file()
        begun = all(name == ".gitignore" or is_temporary(name) for name in os.listdir(root))
        return (named or begun) and (root / ".gitignore").read_bytes() == b"*\n"
    return False


def _holds_anything(folder: Path) -> bool:
    try:
        return any(not is_temporary(name) for name in os.listdir(folder))
    except OSError:  # it is not there, or it is said when it is to be written
        return False


def _read_marker(path: Path) -> Marker:
    try:
        marker: Marker = from_json(path.read_bytes(), Marker)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise _damaged_marker(path) from error
    version = marker["format"]
    if version > FORMAT_VERSION:
        raise StoreFormatError(
            f"{path.parent} was made by a newer artbyol (format {version}, this one reads {FORMAT_VERSION}).",
            "pip install --upgrade artbyol",
        )
    return marker


def _damaged_marker(path: Path) -> StoreError:
    # store.json holds nothing that cannot be written again; the model and the catalogue beside it are not touched.
    hint = f"rm {shlex.quote(str(path))}  # the next embed writes it again; nothing is lost"
    return StoreError(f"{path} is damaged.", hint)


def _elsewhere(store: Path | None) -> Path | None:
    given = store or os.environ.get("ARTBYOL_STORE")
    return _absolute(Path(given)) if given else None


def _absolute(path: Path) -> Path:
    # Not resolve(): on Windows that turns mapped drives into network names the user has never seen.
    return Path(os.path.abspath(os.path.expanduser(path)))


def made_by() -> str:
    """What writes down who made a file: "artbyol" and its version."""
    from importlib import metadata

    try:
        return f"artbyol {metadata.version('artbyol')}"
    except metadata.PackageNotFoundError:
        return "artbyol unknown"
