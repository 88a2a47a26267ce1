"""Every work ranks all the others, a block of queries at a time: 20,000 works need some 300 MB and not gigabytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Similarity = Literal["cosine", "distance"]
"""How rows are compared: by the cosine of their angle, or by (Euclidean) distance, the nearest being the most alike."""

_BLOCK = 256  # queries at a time: 20,000 works need 40 MB per block where all pairs at once would need gigabytes


@dataclass(frozen=True)
class Ranking:
    """How a block of queries ranks the works.

    Attributes:
        queries: int64 (b,), rows.
        order: int64 (b, n), rows, the most alike first; only the first `candidates` of each line count, behind them
            are the query itself and what was set aside.
        candidates: int64 (b,), how many works each query may find.
    """

    queries: NDArray[np.int64]
    order: NDArray[np.int64]
    candidates: NDArray[np.int64]


def rankings(
    rows: NDArray[np.float32],
    *,
    similarity: Similarity = "cosine",
    hands: NDArray[np.int64] | None = None,
    seed: int = 0,
) -> Iterator[Ranking]:
    """Rank all works for all queries, in blocks.

    Works equally alike come in an order drawn by lot, another one for each query: whatever order the rows are in
    (often that of their labels), it must not help.

    Args:
        rows: (n, d), need not be of length 1; a row of zeros has cosine 0 with everything.
        hands: (n,); works of the query's own number are set aside.
        seed: of the lot.
    """
    n = len(rows)
    unit = _unit(rows) if similarity == "cosine" else rows
    lot = np.random.default_rng(seed).permutation(n)
    turn = np.argsort(lot)  # each work's place in the lot
    for start in range(0, n, _BLOCK):
        block = np.arange(start, min(start + _BLOCK, n))
        alike = unit[block] @ unit.T if similarity == "cosine" else -_squared_distances(rows[block], rows)
        aside = hands[block, None] == hands if hands is not None else np.zeros(alike.shape, bool)
        aside[block - start, block] = True
        alike[aside] = -np.inf
        # Read round the lot from the query's own place on: equals come in another order for every query.
        first = turn[block, None]
        order = lot[(_descending(alike, (turn - first) % n) + first) % n]
        yield Ranking(block, order, n - aside.sum(axis=1))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def _squared_distances(some: NDArray[np.float32], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """From differences and not by way of products: equal rows must have equal distances, to the last digit."""
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(some, rows, "sqeuclidean"), dtype=np.float32)


def _descending(values: NDArray[np.float32], keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each row's keys in the order of its values, the greatest first, equal values by key.

    As np.lexsort((keys, -values)), several times faster on long rows: value and key are packed into one integer, and
    numpy sorts integers with the processor's vector instructions. Keys must be less than 2^32.
    """
    bits = (values + np.float32(0.0)).view(np.uint32)  # + 0.0 makes one of the two zeros
    # Floats of one sign sort as their bits do; turn negative ones round, and then all of them for descending order.
    falling = np.where(bits >> 31, bits, bits ^ np.uint32(0x7FFFFFFF))
    packed = falling.astype(np.uint64) << np.uint64(32) | keys.astype(np.uint64)
    packed.sort(axis=1)
    return (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
