"""Small squares of a collection's pictures, for training on pixels: decoded once, kept in a file that memory maps.

A file lies in the store's `training` folder while a training lasts. It is of the size it will have from the start, so
that a full disk is noticed before the work and not in its midst; it is a .npy file, filled row by row, and what was
decoded before an interruption need not be decoded again. Memory holds what the system finds room for.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from torch import Tensor

from artbyol.base.errors import StoreError
from artbyol.encoder.current import OF_SQUARES
from artbyol.pictures.decode import DECODING_VERSION, decoder_signature
from artbyol.pictures.scan import HASH_BYTES
from artbyol.storage.atomic import cannot_write, remove_own
from artbyol.storage.store import Store


@dataclass(frozen=True, eq=False)
class Squares:
    """The squares of n works, each squeezed from whatever shape the work has.

    Attributes:
        images: (n, S, S, 3) uint8, in memory or mapped into it.
        stretch: (n,), how many times wider than high each work is.
    """

    images: Tensor
    stretch: Tensor

    def __len__(self) -> int:
        return len(self.stretch)

    @property
    def side(self) -> int:
        return self.images.shape[1]

    def take(self, works: Tensor) -> Tensor:
        """The images of these works (b,): (b, 3, S, S) uint8, channels last in memory."""
        return self.images[works].permute(0, 3, 1, 2)

    def first(self, n: int) -> Squares:
        """The first n works alone."""
        return Squares(self.images[:n], self.stretch[:n])


class SquareFile:
    """One file of squares, to be filled in order; `hashes` says whose they are so far. The first that is not as it was
    written counts no longer, nor do those after it."""

    def __init__(self, rows: NDArray[np.void]) -> None:
        self._rows = rows
        filled = rows[: int(rows["hash"].any(1).sum())]
        whole = next((at for at, row in enumerate(filled) if row["checksum"] != _checksum(row)), len(filled))
        filled["hash"][whole:] = 0
        self.hashes = [digest.tobytes() for digest in filled["hash"][:whole]]

    def add(self, images: NDArray[np.uint8], stretch: Sequence[float], hashes: Sequence[bytes]) -> None:
        """Append squares (b, S, S, 3); they count once they have reached the disk."""
        new = self._rows[len(self.hashes) :][: len(hashes)]
        new["image"], new["stretch"] = images, stretch
        new["checksum"] = [_checksum(row) for row in new]
        self._rows.flush()  # type: ignore[attr-defined]  # a memmap; numpy's type says array
        new["hash"] = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, HASH_BYTES)
        self.hashes.extend(hashes)

    def clear(self) -> None:
        """Forget what is in it."""
        self._rows["hash"] = 0
        self.hashes.clear()

    def squares(self) -> Squares:
        """What was added so far."""
        return _squares(self._rows[: len(self.hashes)])


def squares_path(store: Store) -> Path:
    """Where squares lie while a training lasts; other rules of decoding, another file."""
    rules = f"{decoder_signature(0)}; decoding {DECODING_VERSION}"
    return store.training / f"squares-{zlib.crc32(rules.encode()):08x}.npy"


def open_squares(path: Path, works: int, side: int) -> SquareFile:
    """The file as an interrupted run left it, if it has room for so many works of this side, else a new one.

    Raises:
        StoreError: the disk has no room for it, or cannot be written.
    """
    row = np.dtype(
        [("image", "u1", (side, side, 3)), ("hash", "u1", (HASH_BYTES,)), ("stretch", "<f4"), ("checksum", "<u4")]
    )
    with suppress(Exception):  # there is none, it is cut off, or whatever else numpy finds wrong with it
        there = open_memmap(path, "r")  # "r+" would lengthen a file that was cut off
        if there.dtype == row and len(there) >= works:
            return SquareFile(open_memmap(path, "r+"))
        del there  # Windows neither removes nor replaces a file that is mapped
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_own(path.parent, OF_SQUARES)
        rows = open_memmap(path, "w+", row, (works,))
        _allocate(path, rows.offset)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        full = cannot_write(error, path.parent)
        size = f"{works * row.itemsize / 1e6:,.0f} MB of small copies of the pictures, while training lasts"
        raise StoreError(f"{full.message} Needed: {size}.", full.hint) from error
    return SquareFile(rows)


def mapped_squares(path: Path, works: int) -> Squares:
    """The first squares of a file that another process fills, to be read only.

    Raises:
        StoreError: it is not there, or is none.
    """
    try:
        return _squares(open_memmap(path, "c")[:works])
    except Exception as error:  # numpy's reader of headers raises many unrelated types
        raise StoreError(f"{path} cannot be read: {error}.") from error


def _checksum(row: np.void) -> int:
    """Of a square and its work's shape."""
    return zlib.crc32(row["stretch"].tobytes(), zlib.crc32(row["image"].tobytes()))


def _squares(rows: NDArray[Any]) -> Squares:
    return Squares(torch.from_numpy(rows["image"]), torch.from_numpy(rows["stretch"].copy()))


def _allocate(path: Path, begin: int) -> None:
    """Every byte of it on the disk: a hole in a memory map that the disk has no room for would kill the process."""
    total = path.stat().st_size
    with path.open("r+b") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, total)
        else:  # macOS, Windows
            zeros = bytes(1 << 20)
            file.seek(begin)
            for start in range(begin, total, len(zeros)):
                file.write(zeros[: total - start])
