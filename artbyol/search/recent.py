"""What changed in a large collection since its index was built: a small file beside a large one that stays as it is.

The index of a million works is not written anew for a thousand more. Works that came are searched one by one, those
that went are passed over; once they are a twentieth, the index is built again.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import StoreError
from artbyol.storage.atomic import replacing

FORMAT, FORMAT_VERSION = "artbyol-index-recent", 1

LEAST = 50_000
"""Works in an index below which it is simply built again: that takes less than half a second."""

SHARE = 0.05
"""Changes, as a share of an index, after which it is built again; a build of n works is so paid for by n / 20 changes,
and recall and percentiles of the older part hold for at least 19 works in 20."""


@dataclass(frozen=True, eq=False)
class Recent:
    """Changes to one index file.

    Attributes:
        base: checksum of that file.
        generation: of the catalogue that the two of them together are of.
        added, placed: ids (m,) of works that the index lacks, and their directions (m, d) in its space.
        removed: ids (r,) of works in the index that the collection lacks.
        background: see `artbyol.search.index.StyleIndex`, of the collection as it is.
    """

    base: int
    generation: int
    added: NDArray[np.int64]
    placed: NDArray[np.float32]
    removed: NDArray[np.int64]
    background: NDArray[np.float32]

    def save(self, path: Path) -> None:
        """Write them atomically, with a checksum. Raises StoreError."""
        from safetensors import SafetensorError
        from safetensors.numpy import save_file

        tensors = self._tensors()
        said = {"format": FORMAT, "format_version": FORMAT_VERSION, "base": self.base, "generation": self.generation}
        header = {key: json.dumps(value) for key, value in {**said, "checksum": _checksum(tensors)}.items()}
        with replacing(path) as temporary:
            try:
                save_file(tensors, temporary, header)
            except SafetensorError as error:
                raise StoreError(f"{path} cannot be written: {error}") from error

    @staticmethod
    def load(path: Path, base: int, generation: int) -> Recent | None:
        """The changes to this index up to this generation; None where the file is missing, damaged or of others: they
        are found anew in the catalogue."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "numpy") as file:
                said = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
                if (said.get("format"), said.get("format_version")) != (FORMAT, FORMAT_VERSION):
                    return None
                if (said["base"], said["generation"]) != (base, generation):
                    return None
                found = Recent(base, generation, *(file.get_tensor(name) for name in _TENSORS))
        except (OSError, SafetensorError, ValueError, KeyError):
            return None
        return found if _checksum(found._tensors()) == said["checksum"] else None

    def _tensors(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self, name) for name in _TENSORS}


_TENSORS = ("added", "placed", "removed", "background")


def _checksum(tensors: dict[str, NDArray[Any]]) -> int:
    total = 0
    for name in _TENSORS:
        total = zlib.crc32(np.ascontiguousarray(tensors[name]).data, total)
    return total
