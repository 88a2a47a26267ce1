"""Where cosines are taken: directions from a collection's centre, each feature in units of its own spread.

The vectors of the model, and palettes, are directions as they are. Features of different kinds (a share, a contrast, a
correlation) are standardised over the collection first, or the one with the largest numbers would decide.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.base.errors import ModelError
from artbyol.base.large_arrays import blocks, let_go, room
from artbyol.base.vectors import unit

Floats = NDArray[np.float32]

_LEAST = 0.01  # of the root mean square spread: a feature that hardly varies must not become all noise


@dataclass(frozen=True, eq=False)
class Space:
    """What is subtracted from vectors, and what they are divided by: both (d,), float32."""

    centre: Floats
    scale: Floats

    @staticmethod
    def of(vectors: Floats, *, standardise: bool) -> "Space":
        """The space of a collection's vectors (n, d)."""
        dimensions = vectors.shape[1]
        if not standardise or not vectors.size:
            return Space(np.zeros(dimensions, np.float32), np.ones(dimensions, np.float32))
        mean = sum(vectors[some].sum(axis=0, dtype=np.float64) for some in blocks(vectors)) / len(vectors)
        squares = sum(((vectors[some] - mean) ** 2).sum(axis=0) for some in blocks(vectors))
        spread = np.sqrt(squares / len(vectors))
        least = _LEAST * float(np.sqrt((spread**2).mean()))
        scale = np.maximum(np.hypot(spread, least), 1e-6)
        return Space(mean.astype(np.float32), scale.astype(np.float32))

    def place(self, vectors: ArrayLike) -> Floats:
        """Vectors (n, d) as directions in this space: rows of length 1; a row of zeros stays one.

        Raises:
            ModelError: they are not of this space's length, so another model made them.
        """
        rows = np.asanyarray(vectors, dtype=np.float32)  # one on the disk stays what it is
        if rows.ndim != 2:
            raise ModelError(f"The vectors must have two dimensions, not shape {rows.shape}.")
        if rows.shape[1] != len(self.centre):
            raise ModelError(f"A query of {rows.shape[1]} numbers does not fit vectors of {len(self.centre)}.")
        placed: Floats = room(rows.shape)
        for some in blocks(rows):
            placed[some] = unit((rows[some] - self.centre) / self.scale)
            let_go(placed)
        return placed
