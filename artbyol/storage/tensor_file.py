"""Arrays and what they mean in one file: safetensors with a JSON header, whole or refused, with checksums.

Every such file of a store (models, features, indexes, what baselines saw) is written and read here. Reading a header
needs no torch and none of the arrays, so that `info` answers at once.

The header lies in the metadata as one JSON text under `artbyol`; beside it, under `crc32`, are the checksums of that
text and of each array: they find what disks and interrupted copies do. Files made before have no such checksums, and
indexes among them one metadata entry for each value of the header; they are read all the same.
"""

import itertools
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import ArtbyolError, StoreFormatError
from artbyol.base.large_arrays import blocks
from artbyol.base.typed_json import from_json, misfit
from artbyol.storage.atomic import remove_abandoned, replacing
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
        header: a TypedDict: the entries that every header must have, and their types.
        arrays: of each array its type and its axes: "f2 n D" is half precision (n, D). A number is a length; axes of
            one name are of one length. None: the file may hold any.
    """

    name: str
    version: int
    damaged: type[ArtbyolError]
    remedy: str | None = None
    header: Any = Header
    arrays: Mapping[str, str] | None = None
    oldest: int = 1

    def write(self, path: Path, arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> None:
        """Write arrays and header; the file appears whole or not at all. Raises StoreError."""
        dense = {name: _dense(array) for name, array in arrays.items()}
        sums = {name: _checksum(array) for name, array in dense.items()}
        marked = {"format": self.name, "format_version": self.version, "made_by": made_by(), **header}
        # One number that stands for the arrays, for files that belong to this one.
        text = json.dumps({**marked, "checksum": zlib.crc32(json.dumps(sums).encode())})
        said = {"artbyol": text, "crc32": json.dumps({**sums, "": zlib.crc32(text.encode())})}
        remove_abandoned(path.parent)  # also by those who only read, and keep what they computed
        with replacing(path) as temporary:
            _write(temporary, dense, said)

    def read_header(self, path: Path) -> Header:
        """The header alone.

        Raises:
            `damaged`: no such file, damaged, or of another kind. StoreFormatError: of another version.
        """
        with self._opened(path) as (_, header, _):
            return header

    def read(self, path: Path, names: Sequence[str] | None = None, *, within: str = "") -> tuple[Header, Arrays]:
        """Header and arrays, those of these names or all. To compare checksums takes 0.3 s a gigabyte.

        Args:
            within: of all, those whose names begin so.

        Raises:
            `damaged`: also where a checksum does not fit, or an array is missing or of another shape, or where numbers
                of a file without checksums are not finite. StoreFormatError: see `read_header`.
        """
        with self._opened(path) as (file, header, sums):
            wanted = names or self.arrays or {*file.keys(), *sums} - {""}
            arrays: Arrays = {name: file.get_tensor(name) for name in wanted if name.startswith(within)}
            if not _fit(arrays, header, sums):
                raise ValueError("its checksum does not fit")
            if wrong := _misshapen(arrays, self.arrays or {}):
                raise ValueError(f"its array {wrong} is not as it should be")
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
            check_readable(path)
        except FileNotFoundError as error:
            raise self.damaged(f"There is no file {path}.") from error
        except OSError as error:
            raise self.damaged(f"{path} cannot be read: {error.strerror}.", "check its rights and the disk") from error
        try:
            with safe_open(path, "numpy") as file:
                header, sums = self._header(path, file.metadata() or {})
                yield file, header, sums
        except (OSError, SafetensorError, ValueError, TypeError, AttributeError) as error:
            raise self.damaged(f"{path} is damaged or not a safetensors file: {error}.", self.remedy) from error

    def _header(self, path: Path, said: Mapping[str, str]) -> tuple[Header, dict[str, int]]:
        text = said.get("artbyol")
        if text is None:  # an index made before, one entry for each value; or somebody else's file
            header = {key: from_json(value) for key, value in said.items()} if "format" in said else {}
        else:
            header = from_json(text, Header)
        sums = from_json(said.get("crc32", "{}"), dict[str, int])
        if header.get("format") != self.name:
            raise self.damaged(f"{path} is not an {self.name.replace('-', ' ')} file.")
        if wrong := misfit(header.get("format_version"), int, "format_version"):
            raise ValueError(wrong)
        version = header["format_version"]
        if version > self.version:
            message = f"{path} was made by a newer artbyol (format {version}, this one reads {self.version})."
            raise StoreFormatError(message, "pip install --upgrade artbyol")
        if version < self.oldest:
            message = f"{path} was made by an older artbyol (format {version}, this one reads {self.version})."
            raise StoreFormatError(message, self.remedy)
        if text and (sums or "checksum" in header) and zlib.crc32(text.encode()) != sums.get(""):
            raise ValueError("its checksum does not fit")
        if wrong := misfit(header, self.header):
            raise ValueError(f"in its header {wrong}")
        return header, sums


def check_readable(path: Path) -> None:
    """Raises OSError, the system's own: safetensors calls every file that it cannot open a missing one."""
    path.open("rb").close()


def _dense(array: NDArray[Any]) -> NDArray[Any]:
    """As it lies in the file: row by row, the lowest byte first."""
    return np.asanyarray(array, array.dtype.newbyteorder("<"), order="C")


def _write(path: Path, arrays: Mapping[str, NDArray[Any]], said: Mapping[str, str]) -> None:
    """A safetensors file (huggingface.co/docs/safetensors, "Format"), a block at a time: the library holds all of an
    array in memory, also of one that lies on the disk."""
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))  # so that each array lies aligned
    ends = itertools.accumulate((arrays[name].nbytes for name in order), initial=0)
    entries: dict[str, Any] = {"__metadata__": said}
    for name, (start, end) in zip(order, itertools.pairwise(ends), strict=True):
        array = arrays[name]
        kind = "BOOL" if array.dtype == bool else f"{array.dtype.kind.upper()}{8 * array.itemsize}"
        entries[name] = {"dtype": kind, "shape": array.shape, "data_offsets": (start, end)}
    header = json.dumps(entries, ensure_ascii=False).encode()
    header += b" " * (-len(header) % 8)
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for name in order:
            for block in _bytes(arrays[name]):
                file.write(block)


def _checksum(array: NDArray[Any]) -> int:
    """Of shape, kind and bytes: other numbers in the same bytes are other numbers."""
    return _crc32(array, zlib.crc32(f"{array.dtype.str}{array.shape}".encode()))


def _crc32(array: NDArray[Any], before: int = 0) -> int:
    for block in _bytes(array):
        before = zlib.crc32(block, before)
    return before


def _bytes(array: NDArray[Any]) -> Iterator[memoryview]:
    """What an array consists of, a block at a time."""
    flat = array.reshape(-1).view(np.uint8)
    for block in blocks(flat):
        yield flat[block].data


def _fit(arrays: Arrays, header: Header, sums: Mapping[str, int]) -> bool:
    if sums:
        return all(sums.get(name) == _checksum(array) for name, array in arrays.items())
    if "checksum" not in header:  # files made before, other than indexes, have none
        return all(np.isfinite(array).all() for array in arrays.values() if array.dtype.kind == "f")
    total = 0
    for array in arrays.values():
        total = _crc32(array, total)
    return bool(header["checksum"] == total)  # one over all, in the order in which they are asked for


def _misshapen(arrays: Arrays, forms: Mapping[str, str]) -> str | None:
    """The first array whose type or axes are not those in `TensorFormat.arrays`."""
    lengths: dict[str, int] = {}
    for name in arrays.keys() & forms.keys():
        kind, *axes = forms[name].split()
        if arrays[name].dtype != np.dtype(kind) or arrays[name].ndim != len(axes):
            return name
        for axis, length in zip(axes, arrays[name].shape, strict=True):
            if length != (int(axis) if axis.isdigit() else lengths.setdefault(axis, length)):
                return name
    return None
