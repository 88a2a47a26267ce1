"""An opened collection: its folder, its store and catalogue, and of each axis the vectors and the index, read once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import StoreError, StoreMissingError, UsageError
from artbyol.base.run import Run
from artbyol.encoder.current import all_measured, axis_in_use, model_mismatch, nothing_embedded
from artbyol.metadata.metadata import Metadata, metadata_of
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import ATTRIBUTES_ID, AXES, STANDARDISED_IDS, Axis
from artbyol.search.chance import SAMPLED, Chance
from artbyol.search.index import StyleIndex, current_index
from artbyol.search.standardise import Space
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.rows import Work
from artbyol.storage.store import Store, check, existing, find, locate, writing

if TYPE_CHECKING:
    from artbyol.encoder.feature_reader import FeatureReader

Path_ = str | bytes | os.PathLike[str]
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Embedded:
    """The vectors of one axis.

    Attributes:
        model_id: of the model that made them, or of what was measured.
        ids: content ids, int64 (n,), ascending.
        vectors: float32 (n, d), as the catalogue keeps them.
        directions: float32 (n, d), the same at length 1 where cosines are taken (`artbyol.search.standardise`).
    """

    model_id: str
    ids: NDArray[np.int64]
    vectors: NDArray[np.float32]
    directions: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured of n works: attributes float32 (n, A) in the order of `ATTRIBUTES`, and their dominant colours
    (n, 20), coded as in `artbyol.pictures.measures.dominant`."""

    attributes: NDArray[np.float32]
    colours: NDArray[np.float32]


class OpenCollection:
    """A collection to be asked. What it reads it reads when first asked for, and again after the catalogue changed, or
    the model did.

    Args:
        store: where it is kept; one that exists.
        run: who listens, and on what pictures from outside are encoded.
        table: a CSV to use instead of metadata.csv beside the pictures.
        options: what every question is asked with that does not say otherwise (`artbyol.verbs.opening.RunOptions`).
    """

    def __init__(
        self, store: Store, run: Run, table: str | Path | None = None, options: Mapping[str, Any] | None = None
    ) -> None:
        self.store, self.run, self.table, self.options = store, run, table, options or {}
        self.catalogue = Catalogue.open(store.catalogue, read_only=True)
        self._read: dict[tuple[object, ...], Any] = {}
        self._state = self._state_now()

    @property
    def folder(self) -> Path:
        """The collection, absolute."""
        return self.store.folder

    def close(self) -> None:
        """Let go of the catalogue."""
        self.catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def asked(self, run: Run, table: str | Path | None = None) -> Iterator[Self]:
        """The same for one question, which has its own listener, and may have its own table."""
        before = self.run, self.table
        self.run, self.table = run, table or self.table
        try:
            with self.question():
                yield self
        finally:
            self.run, self.table = before

    @contextmanager
    def question(self) -> Iterator[None]:
        """All that is read within is of one moment.

        Raises:
            StoreError: as `Catalogue.question`; or an index was not of the catalogue, and is removed.
        """
        try:
            with self.catalogue.question():
                yield
        except (KeyError, IndexError, ValueError) as error:
            for axis in AXES:
                index: StyleIndex | None = self._read.get(("index", axis))
                if index and index.contents() != set(self.catalogue.vector_ids(index.model_id).tolist()):
                    self.store.index_of(axis).unlink(missing_ok=True)
                    message = f"{self.store.index_of(axis)} was not of the catalogue beside it; it was removed."
                    raise StoreError(message, "Run the same command again: it is built again.") from error
            raise

    @contextmanager
    def writing(self, purpose: str, wait: float = 600.0) -> Iterator[None]:
        """Hold the store's lock; what was read before is read again. Raises as `artbyol.storage.store.writing`."""
        with writing(self.store, purpose, self.run.listener, wait):
            self._read.clear()
            self.catalogue.seen_anew()
            yield

    def axis_id(self, axis: Axis) -> str:
        """The id of the vectors that an axis compares. Raises what `artbyol.encoder.current.axis_in_use` does."""
        return self._once(("id", axis), lambda: axis_in_use(self.store, self.catalogue, axis))

    def embedded(self, axis: Axis = "style") -> Embedded:
        """The vectors of an axis.

        Raises:
            FolderError: there are none. Otherwise as `axis_id`.
        """
        return self._once(("embedded", axis), lambda: self._embedded(self.axis_id(axis)))

    def _embedded(self, model_id: str) -> Embedded:
        ids, vectors = self.catalogue.vectors(model_id)
        if not len(ids):
            raise nothing_embedded(self.store)
        space = Space.of(vectors, standardise=model_id in STANDARDISED_IDS)
        return Embedded(model_id, ids, vectors, space.place(vectors))

    def index(self, axis: Axis = "style") -> StyleIndex:
        """The index of an axis; it is built where there is none. Raises as `embedded`."""
        return self._once(("index", axis), lambda: self._index(axis))

    def _index(self, axis: Axis) -> StyleIndex:
        path = self.store.index_of(axis)
        self.run.progress("indexing")
        index = current_index(self.catalogue, path, self.axis_id(axis), self.run.listener)
        if not len(index):
            raise nothing_embedded(self.store)
        return index

    def reader(self, model_id: str, *, windows: bool = False) -> FeatureReader:
        """What reads pictures as the model with this id does, or the windows of their views.

        Raises:
            ModelMismatchError: another was trained this very moment. Otherwise as
                `artbyol.encoder.readers.current_reader`.
        """
        on = self.run.device, self.run.precision
        return self._once(("reader", model_id, windows, on), lambda: self._reader(model_id, windows))

    def _reader(self, model_id: str, windows: bool) -> FeatureReader:
        self.run.progress("loading the network")
        from artbyol.encoder.readers import current_reader

        reader, now = current_reader(self.store.model, self.run, windows=windows)
        if now != model_id:
            raise model_mismatch(self.store, model_id, now)
        return reader

    def chance(self) -> Chance:
        """What chance makes of likeness in style."""
        return self._once(("chance",), self._chance)

    def _chance(self) -> Chance:
        index = self.index()
        some = index.some_contents(SAMPLED)
        return Chance.of(index.space.place(self.catalogue.vectors_of(some, index.model_id)))

    def measured(self, ids: NDArray[np.int64], purpose: str | None = None) -> Measured | None:
        """What was measured of these contents; None where pictures were not measured yet, which a notice says if there
        is a `purpose`, as "The groups are not described"."""
        try:
            known, numbers = self._once(("measured",), self._measured)
        except StoreMissingError as error:
            if purpose:
                self.run.notice(f"{purpose}: {error.message} Try: {error.hint}")
            return None
        rows = numbers[np.searchsorted(known, ids)]  # more may be measured than have a vector of the model
        return Measured(rows[:, : len(ATTRIBUTES)], rows[:, len(ATTRIBUTES) :])

    def attributes(self) -> NDArray[np.float32]:
        """The attributes of all works, float32 (n, A). Raises what `artbyol.encoder.current.all_measured` does."""
        numbers: NDArray[np.float32] = self._once(("measured",), self._measured)[1]
        return numbers[:, : len(ATTRIBUTES)]

    def _measured(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        return self.catalogue.vectors(all_measured(self.store, self.catalogue, ATTRIBUTES_ID))

    def files(self) -> list[Work]:
        """Every usable file, in order of path."""
        return self._once(("files",), self.catalogue.works)

    def works_of(self, ids: NDArray[np.int64]) -> list[Work]:
        """Of each of these contents the first file, by path, that shows it."""
        known = {work.id: work for work in reversed(self.files())}
        return [known[content] for content in ids.tolist()]

    def paths_of(self, ids: Sequence[int]) -> dict[int, list[bytes]]:
        """The files that show each of these contents, relative to the folder."""
        return self.catalogue.paths_of(ids)

    def files_of(self, ids: NDArray[np.int64]) -> list[list[bytes]]:
        """The same as `paths_of`, in the order of the contents (n,)."""
        paths = self.paths_of(ids.tolist())
        return [paths[content] for content in ids.tolist()]

    def in_order(self, ids: NDArray[np.int64]) -> tuple[list[int], list[Work], list[list[bytes]]]:
        """These contents in order of path: their rows in `ids`, the works, and all files that show each."""
        files = self.files_of(ids)
        order = sorted(range(len(ids)), key=lambda row: files[row][0])
        return order, self.works_of(ids[order]), [files[row] for row in order]

    def metadata(self, paths: Sequence[bytes]) -> dict[bytes, Metadata]:
        """What people wrote about these files. Raises UsageError: the table cannot be read."""
        return metadata_of(self.store, self.catalogue, paths, self.table, self.run.listener)

    def _once(self, what: tuple[object, ...], read: Callable[[], Found]) -> Found:
        state = self._state_now()
        if self._state != state:
            self._read.clear()
            self._state = state
        if what not in self._read:
            self._read[what] = read()
        found: Found = self._read[what]
        return found

    def _state_now(self) -> tuple[object, ...]:
        """What is another once somebody embeds, or trains: pictures from outside are encoded by the model that is there
        when they are asked about, and must not be compared with vectors of the one before."""
        try:
            status = self.store.model.stat()
        except OSError:  # there is none
            return self.catalogue.generation, None
        return self.catalogue.generation, status.st_ino, status.st_size, status.st_mtime_ns


def store_of(folder: str | Path, store: str | Path | None, run: Run) -> Store:
    """The store of the collection that a folder is, or lies in; a notice says where it is a part of it only.

    Raises:
        What `artbyol.storage.store.existing` does.
    """
    found = existing(Path(folder), Path(store) if store else None)
    if not os.path.samefile(folder, found.folder):
        run.notice(f"{folder} is a part of the collection {found.folder}; the whole collection is used.")
    return found


def store_near(picture: Path_, store: str | Path | None) -> Store:
    """The store of the collection that a picture lies in, else of the one the working directory lies in.

    Raises:
        UsageError: there is none, nor such a picture. StoreMissingError: there is none. Otherwise as
        `artbyol.storage.store.check`.
    """
    elsewhere = Path(store) if store else None
    start = Path(os.fsdecode(picture)).absolute()
    found = find(start, elsewhere) or find(Path.cwd(), elsewhere)
    if found is None:
        if not os.path.lexists(start):
            raise no_such_file(os.fsencode(start))
        found = locate(start if start.is_dir() else start.parent, elsewhere)
        if found.moves_along:  # no store is named
            message = f"Neither {str(start)!r} nor the working directory lies in an artbyol collection."
            raise StoreMissingError(message, f"{found.command('embed')}   # or --in FOLDER, which names a collection")
    check(found)
    return found


def no_such_file(name: bytes) -> UsageError:
    """The error for a path that leads to nothing, or that the system does not let us follow."""
    try:
        os.lstat(name)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        pass
    except OSError as error:
        return UsageError(f"{os.fsdecode(name)!r} cannot be read: {error.strerror}.", "check its rights and the disk")
    return UsageError(f"There is no file {os.fsdecode(name)!r}.")
