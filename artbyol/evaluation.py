"""How well neighbours agree with labels: the scores that say whether training helped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.errors import TooFewImagesError, UsageError

LabelColumn = Sequence[object] | NDArray[Any]  # one label per work, whatever can be told apart

_BLOCK = 256  # queries at a time: 20,000 works need 40 MB per block where all pairs at once would need gigabytes


@dataclass(frozen=True)
class RetrievalScores:
    """Fractions 0 to 1, means over the queries.

    Attributes:
        precision_at_k: of the k nearest, how many share the query's label.
        mean_average_precision: average precision over the whole ranking.
        nearest_neighbour: how often the nearest work shares the label.
    """

    precision_at_k: float
    mean_average_precision: float
    nearest_neighbour: float


def retrieval_scores(vectors: ArrayLike, labels: LabelColumn, k: int = 10) -> RetrievalScores:
    """Every work queries all the others by cosine.

    A work that is alone with its label can find nothing, and counts as 0. With fewer than k others, all of them are
    the k. Equal cosines are ranked in order of row.

    Args:
        vectors: (n, d), need not be of length 1.
        labels: n of them, whatever can be told apart.

    Raises:
        TooFewImagesError: fewer than two works. UsageError: k below 1, or not one label per work.
    """
    return _mean(_per_query(vectors, labels, k), np.ones(len(labels), dtype=bool))


def retrieval_scores_by_label(vectors: ArrayLike, labels: LabelColumn, k: int = 10) -> dict[object, RetrievalScores]:
    """The same with the means taken over the queries of each label; labels in order of first appearance."""
    scores, codes = _per_query(vectors, labels, k), _codes(labels)
    return {label: _mean(scores, codes == code) for code, label in enumerate(dict.fromkeys(labels))}


def _mean(scores: NDArray[np.float64], rows: NDArray[np.bool_]) -> RetrievalScores:
    precision, average, nearest = scores[rows].mean(axis=0).tolist()
    return RetrievalScores(precision, average, nearest)


def _per_query(vectors: ArrayLike, labels: LabelColumn, k: int) -> NDArray[np.float64]:
    """Precision at k, average precision, nearest neighbour right: (n, 3)."""
    rows = np.asarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or len(rows) != len(labels):
        raise UsageError(f"{len(labels)} labels for vectors of shape {rows.shape}")
    if k < 1:
        raise UsageError(f"k is {k}, but must be at least 1")
    if len(rows) < 2:
        raise TooFewImagesError("it takes two works to ask one for its neighbours")
    codes = _codes(labels)
    scores = np.empty((len(rows), 3))
    for block, order in _rankings(rows):
        hit = codes[order] == codes[block, None]
        row, rank = np.nonzero(hit)  # of every right answer, in order of rank within each row
        answers = np.bincount(row, minlength=len(block))
        so_far = np.arange(len(row)) - np.repeat(np.cumsum(answers) - answers, answers) + 1
        precisions = np.bincount(row, so_far / (rank + 1), minlength=len(block))
        scores[block, 0] = hit[:, :k].mean(axis=1)
        scores[block, 1] = precisions / np.maximum(answers, 1)
        scores[block, 2] = hit[:, 0]
    return scores


def _rankings(rows: NDArray[np.float32]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Blocks of queries (b,) with the other works (b, n - 1), most alike first."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)
    for start in range(0, len(unit), _BLOCK):
        block = np.arange(start, min(start + _BLOCK, len(unit)))
        cosines: NDArray[np.float32] = unit[block] @ unit.T
        cosines[block - start, block] = np.inf  # the query itself comes first, and is cut off
        yield block, _descending(cosines)[:, 1:]


def _descending(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Each row's columns from the greatest value to the least, equal ones in order of column.

    As argsort(-values, kind="stable"), five times faster on long rows: value and column are packed into one integer,
    and numpy sorts integers with the processor's vector instructions.
    """
    bits = (values + np.float32(0.0)).view(np.uint32)  # + 0.0 makes one of the two zeros
    # Floats of one sign sort as their bits do; turn negative ones round, and then all of them for descending order.
    falling = np.where(bits >> 31, bits, bits ^ np.uint32(0x7FFFFFFF))
    packed = falling.astype(np.uint64) << np.uint64(32) | np.arange(values.shape[1], dtype=np.uint64)
    packed.sort(axis=1)
    return (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _codes(labels: LabelColumn) -> NDArray[np.int64]:
    """Labels as numbers, in order of first appearance: comparing numbers is fast, and labels need not be sortable."""
    number: dict[object, int] = {}
    return np.array([number.setdefault(label, len(number)) for label in labels], dtype=np.int64)
