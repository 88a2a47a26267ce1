"""Arrays and what they mean in one file: safetensors with a JSON header, whole or refused, with checksums.

Every such file of a store (models, features, indexes, what baselines saw) is written and read here. Reading a header
needs no torch and none of the arrays, so that `info` answers at once.

The header lies in the metadata as one JSON text under `artbyol`; beside it, under `crc32`, are the checksums of that
text and of each array: they find what disks and interrupted copies do. Files made before have no such checksums, and
indexes among them one metadata entry for each value of the header; they are read all the same.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import ArtbyolError, StoreError, StoreFormatError
from artbyol.storage.atomic import replacing
from artbyol.storage.store import made_by

Arrays = dict[str, NDArray[Any]]
Header = dict[str, Any]


@dataclass(frozen=True)
class TensorFormat:
    """One kind of file.

    Attributes:
        name: written into each, as `artbyol-model`.
        version: what is written; `oldest` is the oldest that is still read.
        damaged: the error for a file that is missing, damaged or of another kind.
        remedy: what to do about a damaged one, or None where nothing need be done.
        fields: entries that every header must have.
    """

    name: str
    version: int
    damaged: type[ArtbyolError]
    remedy: str | None = None
    fields: tuple[str, ...] = ()
    oldest: int = 1

    def write(self, path: Path, arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> None:
        """Write arrays and header; the file appears whole or not at all. Raises StoreError."""
        from safetensors import SafetensorError
        from safetensors.numpy import save_file

        dense = {name: np.asarray(array, order="C") for name, array in arrays.items()}
        sums = {name: _checksum(array) for name, array in dense.items()}
        marked = {"format": self.name, "format_version": self.version, "made_by": made_by(), **header}
        # One number that stands for the arrays, for files that belong to this one.
        text = json.dumps({**marked, "checksum": zlib.crc32(json.dumps(sums).encode())})
        said = {"artbyol": text, "crc32": json.dumps({**sums, "": zlib.crc32(text.encode())})}
        with replacing(path) as temporary:
            try:
                save_file(dense, temporary, said)
            except SafetensorError as error:
                raise StoreError(f"{path} cannot be written: {error}.") from error

    def read_header(self, path: Path) -> Header:
        """The header alone.

        Raises:
            `damaged`: no such file, damaged, or of another kind. StoreFormatError: of another version.
        """
        with self._opened(path) as (_, header, _):
            return header

    def read(self, path: Path, names: Sequence[str] | None = None) -> tuple[Header, Arrays]:
        """Header and arrays, those of these names or all. To compare checksums takes 0.3 s a gigabyte.

        Raises:
            `damaged`: also where a checksum does not fit, or an array is missing. StoreFormatError: see `read_header`.
        """
        with self._opened(path) as (file, header, sums):
            arrays: Arrays = {name: file.get_tensor(name) for name in names or file.keys()}
            if not _fit(arrays, header, sums):
                raise self.damaged(f"{path} is damaged: its checksum does not fit.", self.remedy)
            return header, arrays

    def check(self, path: Path) -> bool:
        """Read all of a file as `read` does, and say whether it has checksums: one made before there were any has none.

        Raises:
            As `read`.
        """
        self.read(path)
        with self._opened(path) as (_, header, sums):
            return bool(sums) or "checksum" in header

    @contextmanager
    def _opened(self, path: Path) -> Iterator[tuple[Any, Header, dict[str, int]]]:
        """The open file, its header, and the checksums of its arrays."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "numpy") as file:
                header, sums = self._header(path, file.metadata() or {})
                yield file, header, sums
        except FileNotFoundError as error:
            raise self.damaged(f"There is no file {path}.") from error
        except (OSError, SafetensorError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise self.damaged(f"{path} is damaged or not a safetensors file: {error}.", self.remedy) from error

    def _header(self, path: Path, said: Mapping[str, str]) -> tuple[Header, dict[str, int]]:
        text = said.get("artbyol")
        if text is None:  # an index made before, one entry for each value; or somebody else's file
            header = {key: json.loads(value) for key, value in said.items()} if "format" in said else {}
        else:
            header = json.loads(text)
        sums = json.loads(said.get("crc32", "{}"))
        if not isinstance(header, dict) or not isinstance(sums, dict):
            raise TypeError("the header is no object")
        if header.get("format") != self.name:
            raise self.damaged(f"{path} is not an {self.name.replace('-', ' ')} file.")
        version = header.get("format_version")
        if not isinstance(version, int):
            raise TypeError("the header has no version")
        if version > self.version:
            message = f"{path} was made by a newer artbyol (format {version}, this one reads {self.version})."
            raise StoreFormatError(message, "pip install --upgrade artbyol")
        if version < self.oldest:
            message = f"{path} was made by an older artbyol (format {version}, this one reads {self.version})."
            raise StoreFormatError(message, self.remedy)
        if sums and zlib.crc32((text or "").encode()) != sums.get(""):
            raise ValueError("its checksum does not fit")
        for name in self.fields:
            header[name]  # a KeyError says which is missing
        return header, sums


def _checksum(array: NDArray[Any]) -> int:
    """Of shape, kind and bytes: other numbers in the same bytes are other numbers."""
    return zlib.crc32(_bytes(array), zlib.crc32(f"{array.dtype.str}{array.shape}".encode()))


def _bytes(array: NDArray[Any]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _fit(arrays: Arrays, header: Header, sums: Mapping[str, int]) -> bool:
    if sums:
        return all(sums.get(name) == _checksum(array) for name, array in arrays.items())
    total = 0
    for array in arrays.values():
        total = zlib.crc32(_bytes(array), total)
    # Indexes made before have one over all arrays, in the order in which they are asked for; other files have none.
    return bool(header.get("checksum", total) == total)
