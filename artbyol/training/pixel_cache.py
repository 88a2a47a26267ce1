"""Small squares of a collection's pictures, for training on pixels: decoded once, kept in a file that memory maps.

A file lies in the store's `training` folder while a training lasts. It is of the size it will have from the start, so
that a full disk is noticed before the work and not in its midst; it is a safetensors file, filled row by row, and what
was decoded before an interruption need not be decoded again. Memory holds what the system finds room for.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor

from artbyol.base.errors import StoreError
from artbyol.pictures.decode import decoder_signature
from artbyol.storage.atomic import cannot_write

FORMAT, FORMAT_VERSION = "artbyol-squares", 1
HASH_BYTES = 16


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


@dataclass(eq=False)
class SquareFile:
    """One file of squares, to be filled in order; `hashes` says whose they are so far."""

    path: Path
    hashes: list[bytes]
    images: NDArray[np.uint8]
    _stretch: NDArray[np.float32] = field(repr=False)
    _marks: NDArray[np.uint8] = field(repr=False)

    def add(self, images: NDArray[np.uint8], stretch: Sequence[float], hashes: Sequence[bytes]) -> None:
        """Append squares (b, S, S, 3); they count once they have reached the disk."""
        rows = slice(len(self.hashes), len(self.hashes) + len(hashes))
        self.images[rows], self._stretch[rows] = images, stretch
        self.images.flush()  # type: ignore[attr-defined]  # a memmap; numpy's type says array
        self._marks[rows] = np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, HASH_BYTES)
        self.hashes.extend(hashes)

    def clear(self) -> None:
        """Forget what is in it."""
        self._marks[:] = 0
        self.hashes.clear()

    def squares(self) -> Squares:
        """What was added so far."""
        n = len(self.hashes)
        return Squares(torch.from_numpy(self.images[:n]), torch.from_numpy(self._stretch[:n].copy()))


def open_squares(path: Path, works: int, side: int) -> SquareFile:
    """The file as an interrupted run left it, if it has room for so many works of this side, else a new one.

    Raises:
        StoreError: the disk has no room for it, or cannot be written.
    """
    room = max(works, _room_in(path, side))
    head, offsets, total = _head(room, side)
    try:
        if not _begins_with(path, head, total):
            _allocate(path, head, total)
        images = np.memmap(path, np.uint8, "r+", offsets["images"], (room, side, side, 3))
        stretch = np.memmap(path, "<f4", "r+", offsets["stretch"], (room,))
        marks = np.memmap(path, np.uint8, "r+", offsets["hashes"], (room, HASH_BYTES))
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        full = cannot_write(error, path.parent)
        size = f"{total / 1e6:,.0f} MB of small copies of the pictures, while training lasts"
        raise StoreError(f"{full.message} (needed: {size})", full.hint) from error
    filled = int(marks.any(1).sum())
    return SquareFile(path, [row.tobytes() for row in marks[:filled]], images, stretch, marks)


def mapped_squares(path: Path, works: int) -> Squares:
    """The first squares of a file that another process fills, to be read only.

    Raises:
        StoreError: it is not there, or is none.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            said = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
        room, side = said["works"], said["side"]
        offsets = _head(room, side)[1]
        images = np.memmap(path, np.uint8, "c", offsets["images"], (room, side, side, 3))
        stretch = np.memmap(path, "<f4", "c", offsets["stretch"], (room,))
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise StoreError(f"{path} cannot be read: {error}") from error
    return Squares(torch.from_numpy(images[:works]), torch.from_numpy(stretch[:works].copy()))


def _head(works: int, side: int) -> tuple[bytes, dict[str, int], int]:
    """What a safetensors file of such squares begins with, where in it each tensor begins, and its size."""
    said = {"format": FORMAT, "format_version": FORMAT_VERSION, "works": works, "side": side}
    said["decoder"] = decoder_signature(0)
    entries: dict[str, Any] = {"__metadata__": {key: json.dumps(value) for key, value in said.items()}}
    at = 0
    # The widest numbers first: they must lie on multiples of four.
    for name, kind, width, shape in (
        ("stretch", "F32", 4, (works,)),
        ("hashes", "U8", 1, (works, HASH_BYTES)),
        ("images", "U8", 1, (works, side, side, 3)),
    ):
        end = at + math.prod(shape) * width
        entries[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, end]}
        at = end
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    head = struct.pack("<Q", len(text)) + text
    offsets = {name: len(head) + entries[name]["data_offsets"][0] for name in ("stretch", "hashes", "images")}
    return head, offsets, len(head) + at


def _room_in(path: Path, side: int) -> int:
    """For how many works of this side the file there was made; 0 where it is none, or damaged."""
    try:
        with safe_open(path, framework="numpy") as file:
            said = file.metadata() or {}
        return int(said["works"]) if json.loads(said["side"]) == side else 0
    except (OSError, SafetensorError, ValueError, KeyError):
        return 0


def _begins_with(path: Path, head: bytes, total: int) -> bool:
    if not path.exists() or path.stat().st_size != total:
        return False
    with path.open("rb") as file:
        return file.read(len(head)) == head


def _allocate(path: Path, head: bytes, total: int) -> None:
    """A file of zeros behind the head, every byte of it on the disk: a hole in a memory map that the disk has no room
    for would kill the process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, total)
        else:  # macOS, Windows
            zeros = bytes(1 << 20)
            for start in range(0, total, len(zeros)):
                file.write(zeros[: total - start])
            file.seek(0)
        file.write(head)
