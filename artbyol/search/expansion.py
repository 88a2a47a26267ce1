"""Query expansion: what is close to a work and to the works closest to it.

One picture says little about a style; together with its nearest works it says more. The direction searched in is the
query's own plus those of its nearest, weighted by the third power of their cosines: alpha query expansion (Radenović,
Tolias and Chum 2019, section 3.3; arXiv 1711.02512, with alpha 3). What it brings: docs/experiments/asking-twice.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEAREST = 5
"""Works that speak with the query: 3 and 10 did as well."""

ALPHA = 3.0


def expanded(direction: NDArray[np.float32], nearest: NDArray[np.float32]) -> NDArray[np.float32]:
    """A direction (d,) and its nearest works (m, d), all of length 1 -> the direction of them together (d,)."""
    weights = np.maximum(nearest @ direction, 0.0) ** ALPHA
    together = direction + weights @ nearest
    return np.asarray(together / max(float(np.linalg.norm(together)), 1e-12), np.float32)
