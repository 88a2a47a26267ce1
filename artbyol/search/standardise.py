"""Where cosines are taken: directions from a collection's centre, each feature in units of its own spread.

The vectors of the model, and palettes, are directions as they are. Features of different kinds (a share, a contrast, a
correlation) are standardised over the collection first, or the one with the largest numbers would decide.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.base.errors import ModelError
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
        spread = vectors.std(axis=0)
        least = _LEAST * float(np.sqrt((spread**2).mean()))
        return Space(vectors.mean(axis=0), np.maximum(np.hypot(spread, least), np.float32(1e-6)))

    def place(self, vectors: ArrayLike) -> Floats:
        """Vectors (n, d) as directions in this space: rows of length 1; a row of zeros stays one.

        Raises:
            ModelError: they are not of this space's length, so another model made them.
        """
        rows = np.asarray(vectors, dtype=np.float32)
        if rows.ndim != 2:
            raise ModelError(f"The vectors must have two dimensions, not shape {rows.shape}.")
        if rows.shape[1] != len(self.centre):
            raise ModelError(f"A query of {rows.shape[1]} numbers does not fit vectors of {len(self.centre)}.")
        return unit((rows - self.centre) / self.scale)
