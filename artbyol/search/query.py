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

from artbyol.base.errors import DecodeError, UsageError
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.pictures.scan import content_hash, is_unchanged, scan
from artbyol.search.collection import OpenCollection, Path_, no_such_file

if TYPE_CHECKING:
    from artbyol.encoder.feature_reader import FeatureReader

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Query:
    """One picture asked for: its path as given, content hash, vectors (d,) by id, and fingerprint (F,)."""

    path: bytes
    hash: bytes
    vectors: Mapping[str, Vector]
    fingerprint: NDArray[np.uint8]


class QueryReader:
    """Finds or makes the vectors of pictures.

    Args:
        collection: the one searched in; its run says on what pictures are encoded.
        wanted: ids of the vectors wanted: the model in use, or what is measured (`axes.MEASURED_IDS`).
    """

    def __init__(self, collection: OpenCollection, wanted: Sequence[str]) -> None:
        self.collection, self.catalogue, self.wanted = collection, collection.catalogue, wanted
        self._reader: FeatureReader | None = None

    def read(self, paths: Sequence[Path_ | Query]) -> list[Query]:
        """Files and folders -> one query for each picture in them; what was read before stays as it is.

        Raises:
            UsageError: a path does not exist, or a folder holds no usable picture.
            DecodeError: a file that was named is no usable picture.
        """
        queries: list[Query] = []
        for path in paths:
            if isinstance(path, Query):
                queries.append(path)
                continue
            name = self._whole(os.fsencode(path))
            if os.path.isdir(name):
                queries += self._folder(name)
            elif os.path.lexists(name):
                queries.append(self._named(name))
            else:
                raise no_such_file(name)
        return queries

    def _whole(self, path: bytes) -> bytes:
        """From where the user stands, or else as a name in the collection."""
        here, inside = os.path.abspath(path), os.path.join(os.fsencode(self.collection.folder), path)
        return here if os.path.lexists(here) or not os.path.lexists(inside) else inside

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
        """A file the user named; an error names it."""
        try:
            return self._file(path)
        except DecodeError as error:
            raise DecodeError(error.code, f"{os.fsdecode(path)} is not usable: {error.message}.", error.hint) from error

    def _file(self, path: bytes) -> Query:
        digest = self._known_hash(path) or content_hash(path)
        content = self.catalogue.ids_of([digest]).get(digest)
        known = {wanted: self.catalogue.vector_of(digest, wanted) for wanted in self.wanted}
        vectors = {wanted: vector for wanted, vector in known.items() if vector is not None}
        if content is None or len(vectors) < len(known):
            return self._encoded(path, content_hash(path))  # not the one its time stands for: it goes with the pixels
        (mark,) = self.catalogue.fingerprints([content])
        return Query(path, digest, vectors, mark)

    def _known_hash(self, path: bytes) -> bytes | None:
        """The hash of a file of the collection whose size and time are as they were when it was embedded."""
        inside = os.path.relpath(path, os.fsencode(self.collection.folder)).replace(os.fsencode(os.sep), b"/")
        record = self.catalogue.file(inside)
        if record is None or not is_unchanged(b"", path, record.size, record.mtime_ns):
            return None
        return record.hash

    def _encoded(self, path: bytes, digest: bytes) -> Query:
        from artbyol.pictures.decode import decode_content
        from artbyol.pictures.measures.measure import DECODED_SIDE, decoded_side, measure
        from artbyol.pictures.near_duplicates import fingerprint
        from artbyol.pictures.views import make_views

        encoded = [wanted for wanted in self.wanted if wanted not in MEASURED_IDS]
        plan = self._loaded(encoded[0]).config.views if encoded else None
        side = decoded_side(plan) if plan else DECODED_SIDE
        picture = decode_content(path, digest, side, self.collection.run.max_pixels)
        vectors = measure(picture) if len(encoded) < len(self.wanted) else {}
        if plan:
            vectors[encoded[0]] = self._loaded(encoded[0]).encode([make_views(picture, digest, plan)])[0]
        return Query(path, digest, vectors, np.frombuffer(fingerprint(picture), np.uint8))

    def _loaded(self, model_id: str) -> FeatureReader:
        if self._reader is None:
            self._reader = self.collection.reader(model_id)
        return self._reader
