"""From what the user pointed at to vectors: works of the collection by looking them up, other pictures by encoding.

A picture the catalogue knows, by path or by content, never loads a network; nor does one that is only measured.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import DecodeError, StoreMissingError, UsageError
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.pictures.scan import content_hash, scan
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store, check, existing, find

if TYPE_CHECKING:
    from artbyol.encoder.style_encoder import FeatureReader

Path_ = str | bytes | os.PathLike[str]
Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Query:
    """One picture asked for: its path as given, content hash, vectors (d,) by id, and fingerprint (F,)."""

    path: bytes
    hash: bytes
    vectors: Mapping[str, Vector]
    fingerprint: NDArray[np.uint8]


def collection_of(query: Path_, folder: str | Path | None, store: Path | None) -> Store:
    """The collection to compare a picture with: the one of `folder`, else the one the picture lies in, else the one the
    working directory lies in.

    Raises:
        StoreMissingError: there is none. Otherwise as `store.existing` and `store.check`.
    """
    if folder is not None:
        return existing(Path(folder), store)
    start = Path(os.fsdecode(query)).absolute()
    found = find(start, store) or find(Path.cwd(), store)
    if found is None:
        raise StoreMissingError(
            f"Neither {str(start)!r} nor the working directory lies in an artbyol collection.",
            hint="artbyol explore FOLDER makes one; --in FOLDER names one",
        )
    check(found)
    return found


class QueryReader:
    """Finds or makes the vectors of pictures.

    Args:
        place, catalogue: the collection searched in.
        wanted: ids of the vectors wanted: the model in use, or what is measured (`axes.MEASURED_IDS`).
        device, precision, max_pixels: for pictures that must be encoded.
    """

    def __init__(
        self, place: Store, catalogue: Catalogue, wanted: Sequence[str], device: str, precision: str, max_pixels: int
    ) -> None:
        self.place, self.catalogue, self.wanted = place, catalogue, wanted
        self.device, self.precision, self.max_pixels = device, precision, max_pixels
        self._reader: FeatureReader | None = None

    def read(self, paths: Sequence[Path_]) -> list[Query]:
        """Files and folders -> one query for each picture in them.

        Raises:
            UsageError: a path does not exist, or a folder holds no usable picture.
            DecodeError: a file that was named is no usable picture.
        """
        queries: list[Query] = []
        for path in paths:
            name = os.path.abspath(os.fsencode(path))
            if os.path.isdir(name):
                queries += self._folder(name)
            elif os.path.lexists(name):
                queries.append(self._named(name))
            else:
                raise UsageError(f"There is no file {os.fsdecode(name)!r}.")
        return queries

    def _folder(self, folder: bytes) -> list[Query]:
        found = []
        for stamp in scan(Path(os.fsdecode(folder))).files:
            try:
                found.append(self._file(os.path.join(folder, stamp.path)))
            except DecodeError:
                continue  # one bad picture among many is passed over
        if not found:
            raise UsageError(f"There is no usable picture in {os.fsdecode(folder)!r}.")
        return found

    def _named(self, path: bytes) -> Query:
        """A file the user named: what is wrong with it is said with its name."""
        try:
            return self._file(path)
        except DecodeError as error:
            raise DecodeError(error.code, f"{os.fsdecode(path)}: {error.message}", error.hint) from error

    def _file(self, path: bytes) -> Query:
        digest = self._known_hash(path) or content_hash(path)
        content = self.catalogue.ids_of([digest]).get(digest)
        known = {wanted: self.catalogue.vector_of(digest, wanted) for wanted in self.wanted}
        vectors = {wanted: vector for wanted, vector in known.items() if vector is not None}
        if content is None or len(vectors) < len(known):
            return self._look(path, digest)
        (mark,) = self.catalogue.fingerprints([content])
        return Query(path, digest, vectors, mark)

    def _known_hash(self, path: bytes) -> bytes | None:
        """The hash of a file of the collection whose size and time are as they were when it was embedded."""
        inside = os.path.relpath(path, os.fsencode(self.place.folder)).replace(os.fsencode(os.sep), b"/")
        record = self.catalogue.file(inside)
        if record is None or record.hash is None:
            return None
        try:
            status = os.stat(path)
        except OSError:  # a link that leads nowhere by now
            return None
        return record.hash if (record.size, record.mtime_ns) == (status.st_size, status.st_mtime_ns) else None

    def _look(self, path: bytes, digest: bytes) -> Query:
        from artbyol.pictures.decode import decode
        from artbyol.pictures.measures.measure import DECODED_SIDE, decoded_side, measure
        from artbyol.pictures.views import fingerprint, look

        encoded = [wanted for wanted in self.wanted if wanted not in MEASURED_IDS]
        plan = self._loaded().encoder.config.views if encoded else None
        picture = decode(path, decoded_side(plan) if plan else DECODED_SIDE, self.max_pixels)
        vectors = measure(picture) if len(encoded) < len(self.wanted) else {}
        if plan:
            vectors[encoded[0]] = self._loaded().encode([look(picture, digest, plan)])[0]
        return Query(path, digest, vectors, np.frombuffer(fingerprint(picture), np.uint8))

    def _loaded(self) -> FeatureReader:
        if self._reader is None:
            from artbyol.encoder.device import choose_machine
            from artbyol.encoder.models import current_model
            from artbyol.encoder.style_encoder import FeatureReader

            machine = choose_machine(self.device, self.precision)
            self._reader = FeatureReader(current_model(self.place).encoder, machine)
        return self._reader
