"""From what the user pointed at to vectors: works of the collection by looking them up, other pictures by encoding.

A picture the catalogue knows, by path or by content, never loads a network.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from artbyol.catalogue import Catalogue
from artbyol.collection import content_hash, scan
from artbyol.errors import DecodeError, UsageError
from artbyol.store import Store

if TYPE_CHECKING:
    from artbyol.encoder import FeatureReader

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Query:
    """One picture asked for: its path as given, content hash, unit vector (d,) and fingerprint (F,)."""

    path: bytes
    hash: bytes
    vector: Vector
    fingerprint: NDArray[np.uint8]


class QueryReader:
    """Finds or makes the vectors of pictures.

    Args:
        place, catalogue: the collection searched in.
        model_id: of the model in use; the catalogue's vectors are its.
        device, precision, max_pixels: for pictures that must be encoded.
    """

    def __init__(
        self, place: Store, catalogue: Catalogue, model_id: str, device: str, precision: str, max_pixels: int
    ) -> None:
        self.place, self.catalogue, self.model_id = place, catalogue, model_id
        self.device, self.precision, self.max_pixels = device, precision, max_pixels
        self._reader: FeatureReader | None = None

    def read(self, paths: Sequence[str | bytes | os.PathLike[str]]) -> list[Query]:
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
        vector = self.catalogue.vector_of(digest, self.model_id)
        content = self.catalogue.ids_of([digest]).get(digest)
        if vector is not None and content is not None:
            (mark,) = self.catalogue.fingerprints([content])
            return Query(path, digest, vector, mark)
        return self._encode(path, digest)

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

    def _encode(self, path: bytes, digest: bytes) -> Query:
        from artbyol.decoding import decode
        from artbyol.views import fingerprint, look

        reader = self._loaded()
        picture = decode(path, reader.encoder.config.views.short_side, self.max_pixels)
        vector = reader.encode([look(picture, digest, reader.encoder.config.views)])[0]
        return Query(path, digest, vector, np.frombuffer(fingerprint(picture), np.uint8))

    def _loaded(self) -> FeatureReader:
        if self._reader is None:
            from artbyol.device import choose_machine
            from artbyol.encoder import FeatureReader
            from artbyol.models import current_model

            machine = choose_machine(self.device, self.precision)
            self._reader = FeatureReader(current_model(self.place).encoder, machine)
        return self._reader
