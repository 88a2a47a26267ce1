"""How sure a mean is: the bootstrap over queries (Efron 1979), percentile intervals.

All encoders are drawn with the same queries, so the interval of a difference is that of a paired comparison: a query
that is hard for everyone says nothing about who is better.

Queries that belong together, as the versions of one work, are drawn together: the cluster bootstrap (Field and Welsh
2007). Drawn one by one they would count as more evidence than they are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000
CONFIDENCE = 0.95
_CHUNK = 64  # draws at a time: their weights take 10 MB for 20,000 queries


@dataclass(frozen=True)
class Estimate:
    """A mean, and the interval that holds 95 % of its values over bootstrap draws."""

    value: float
    low: float
    high: float


def resampled_means(
    values: NDArray[np.float64], seed: int = 0, draws: int = DRAWS, clusters: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Means over queries drawn with replacement, as many as there are.

    Args:
        values: (q, ...), one line per query.
        clusters: (q,), equal for queries that are drawn together; None: each on its own.

    Returns:
        (draws, ...). The same seed draws the same queries.
    """
    flat = values.reshape(len(values), -1)
    codes = np.arange(len(flat)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    sums, sizes = np.stack([np.bincount(codes, column) for column in flat.T], axis=1), np.bincount(codes)
    q = len(sums)
    generator = np.random.default_rng(seed)
    means = np.empty((draws, sums.shape[1]))
    for start in range(0, draws, _CHUNK):
        chosen = generator.integers(q, size=(min(_CHUNK, draws - start), q))
        weights = np.stack([np.bincount(row, minlength=q) for row in chosen])
        means[start : start + len(chosen)] = weights @ sums / (weights @ sizes)[:, None]
    return means.reshape(draws, *values.shape[1:])


def estimate(value: float, drawn: NDArray[np.float64]) -> Estimate:
    """A mean and the means of its draws (draws,) -> the interval between their 2.5th and 97.5th percentile."""
    low, high = np.quantile(drawn, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    return Estimate(float(value), float(low), float(high))
