"""Arrays that may be larger than memory: they lie in a file without a name, and the system keeps what is in use.

The vectors of five million works are 2.6 GB. Whoever goes through them in order holds a block at a time; what is looked
into here and there comes from the disk. numpy takes such an array for any other.
"""

import math
import mmap
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from artbyol.base.vectors import Ints

LARGE = 256 * 2**20
"""Bytes from which an array lies on the disk: half a million works of 128 numbers."""

BLOCK: Final = 16 * 2**20
"""Bytes of a block: small beside everything else, and large enough for whole matrix products."""

_SCATTERED = 1_000  # rows looked into here and there before a file is let go of: with each, 64 KB around it come in


def room(shape: Sequence[int], dtype: DTypeLike = np.float32) -> NDArray[Any]:
    """An array to be filled: in memory, or if it is large in a file that goes with it. Where the disk has no room for
    one, in memory all the same."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size >= LARGE:
        try:
            with tempfile.TemporaryFile(dir=_folder()) as file:
                if hasattr(os, "posix_fallocate"):  # a full disk is told now, not by a signal when it is written to
                    os.posix_fallocate(file.fileno(), 0, size)
                else:
                    file.truncate(size)
                return np.memmap(file, dtype, "r+", shape=tuple(shape))
        except OSError:
            pass
    return np.empty(shape, dtype)


def blocks(rows: NDArray[Any], step: int = 0) -> Iterator[slice]:
    """Slices that go through an array's rows a block at a time, or so many rows; a block that was left is let go of."""
    step = step or _rows_of_a_block(rows)
    for start in range(0, len(rows), step):
        yield slice(start, min(start + step, len(rows)))
        let_go(rows)


def taken(rows: NDArray[Any], places: Ints) -> NDArray[Any]:
    """Some rows of an array, in memory: `rows[places]`, of which little of a file is held at a time."""
    found = np.empty((len(places), *rows.shape[1:]), rows.dtype)
    for start in range(0, len(places), _SCATTERED):
        found[start : start + _SCATTERED] = rows[places[start : start + _SCATTERED]]
        let_go(rows)
    return found


def mean_of(rows: NDArray[np.float32], places: Ints) -> NDArray[np.float64]:
    """The mean (d,) of some rows (n, d), in double precision: `rows[places].mean(axis=0)`."""
    total = sum(taken(rows, some).sum(axis=0, dtype=np.float64) for some in _some(rows, places))
    return np.asarray(total / len(places))


def products(rows: NDArray[np.float32], places: Ints, vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """`rows[places] @ vector`."""
    return np.concatenate([taken(rows, some) @ vector for some in _some(rows, places)])


def _some(rows: NDArray[Any], places: Ints) -> Iterator[Ints]:
    """These places, as many at a time as rows in a block."""
    step = _rows_of_a_block(rows)
    return (places[at : at + step] for at in range(0, len(places), step))


def _rows_of_a_block(rows: NDArray[Any]) -> int:
    return max(1, BLOCK // max(1, rows[:1].nbytes))


def let_go(rows: ArrayLike) -> None:
    """What was read or written of an array on the disk need not stay in this process's memory; it is not lost."""
    mapped = getattr(rows, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def _folder() -> str | None:
    """Where large files that go again belong: on many systems /tmp is memory, and /var/tmp is not."""
    on_disk = sys.platform == "linux" and "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK)
    return "/var/tmp" if on_disk else None
