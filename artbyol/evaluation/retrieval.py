"""How well neighbours agree with labels: the scores that say whether training helped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.base.errors import TooFewImagesError, UsageError
from artbyol.base.vectors import one_thread_and_quiet
from artbyol.evaluation.ranking import Ranking, Similarity, rankings
from artbyol.grouping.algorithms import kmeans

LabelColumn = Sequence[object] | NDArray[Any]  # one label per work, whatever can be told apart


@dataclass(frozen=True)
class RetrievalScores:
    """Fractions 0 to 1, means over the queries.

    Attributes:
        precision_at_k: of the k nearest, how many share the query's label.
        mean_average_precision: average precision over the whole ranking (the standard mAP).
        map_at_k: mean of the precisions at 1, 2, ... k: what "mAP@k" stands for in Somepalli et al. 2024 (CSD, arXiv
            2404.01292). Not the average precision of a ranking cut off at k, which others call so.
        recall_at_k: how often at least one of the k nearest shares the label: "Recall@k" in the same paper, not the
            share of all right answers found.
        nearest_neighbour: how often the nearest work shares the label (the accuracy of 1-NN, leave-one-out).
        k_nearest_neighbours: how often the label most frequent among the k nearest is the query's; among labels
            equally frequent, that of the nearest work counts (the accuracy of k-NN by majority vote, leave-one-out).
    """

    precision_at_k: float
    mean_average_precision: float
    map_at_k: float
    recall_at_k: float
    nearest_neighbour: float
    k_nearest_neighbours: float


METRICS = tuple(field.name for field in fields(RetrievalScores))
"""The columns of what `score_queries` gives."""


@dataclass(frozen=True)
class ClusterAgreement:
    """How far k-means groups, as many as there are labels, are the labels.

    Attributes:
        nmi: mutual information, normalised by the arithmetic mean of both entropies, 0..1.
        ari: Rand index adjusted for chance (Hubert and Arabie 1985); 0: as by chance, 1: the same groups.
    """

    nmi: float
    ari: float


def retrieval_scores(vectors: ArrayLike, labels: LabelColumn, k: int = 10) -> RetrievalScores:
    """Every work queries all the others by cosine.

    A work that is alone with its label can find nothing, and counts as 0. With fewer than k others, all of them are
    the k. Works equally alike are ranked by lot.

    Args:
        vectors: (n, d), need not be of length 1.
        labels: n of them, whatever can be told apart.

    Raises:
        TooFewImagesError: fewer than two works. UsageError: k below 1, or not one label per work.
    """
    return mean_scores(score_queries(vectors, labels, k))


def retrieval_scores_by_label(vectors: ArrayLike, labels: LabelColumn, k: int = 10) -> dict[object, RetrievalScores]:
    """The same with the means taken over the queries of each label; labels in order of first appearance."""
    scores, codes = score_queries(vectors, labels, k), codes_of(labels)
    return {label: mean_scores(scores[codes == code]) for code, label in enumerate(dict.fromkeys(labels))}


def mean_scores(scores: NDArray[np.float64]) -> RetrievalScores:
    """Rows of `score_queries` (q, 6) -> their means."""
    return RetrievalScores(*scores.mean(axis=0).tolist())


def score_queries(
    vectors: ArrayLike,
    labels: LabelColumn,
    k: int = 10,
    *,
    similarity: Similarity = "cosine",
    hands: LabelColumn | None = None,
    seed: int = 0,
    told: Callable[[int], None] = lambda done: None,
) -> NDArray[np.float64]:
    """The scores of every query, float64 (n, 6), in the order of `METRICS`.

    Args:
        vectors, labels, k: as for `retrieval_scores`, which also says what is raised.
        similarity: by cosine or by distance.
        hands: one per work; works of the query's own hand are taken out of its ranking first.
        seed: of the lot that ranks works equally alike.
        told: called after every block with the number of queries done.
    """
    rows = np.asarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or len(rows) != len(labels):
        raise UsageError(f"{len(labels)} labels for vectors of shape {rows.shape}")
    if k < 1:
        raise UsageError(f"k is {k}, but must be at least 1")
    if len(rows) < 2:
        raise TooFewImagesError("it takes two works to ask one for its neighbours")
    codes = codes_of(labels)
    apart = None if hands is None else codes_of(hands)
    scores = np.empty((len(rows), len(METRICS)))
    for ranking in rankings(rows, similarity=similarity, hands=apart, seed=seed):
        scores[ranking.queries] = _score(ranking, codes, k)
        told(int(ranking.queries[-1]) + 1)
    return scores


def answerable(labels: LabelColumn, hands: LabelColumn) -> NDArray[np.bool_]:
    """Which works have another one of their label that is not of their hand, bool (n,)."""
    codes, pairs = codes_of(labels), codes_of(list(zip(labels, hands, strict=True)))
    return np.asarray(np.bincount(codes)[codes] > np.bincount(pairs)[pairs])


def group_agreement(
    vectors: ArrayLike, labels: LabelColumn, *, similarity: Similarity = "cosine", seed: int = 0
) -> ClusterAgreement:
    """Divide works into as many groups as there are labels, as `cluster` does, and compare.

    Args:
        vectors: (n, d); by cosine they are brought to length 1 first.
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    rows, codes = np.asarray(vectors, dtype=np.float32), codes_of(labels)
    if similarity == "cosine":
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    with one_thread_and_quiet():
        groups = kmeans(rows, int(codes.max()) + 1, seed, starts=10)
    return ClusterAgreement(
        float(normalized_mutual_info_score(codes, groups)), float(adjusted_rand_score(codes, groups))
    )


def codes_of(labels: LabelColumn) -> NDArray[np.int64]:
    """Labels as numbers, in order of first appearance: comparing numbers is fast, and labels need not be sortable."""
    number: dict[object, int] = {}
    return np.array([number.setdefault(label, len(number)) for label in labels], dtype=np.int64)


def _score(ranking: Ranking, codes: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """The scores of a block of queries (b, 6)."""
    own, found = codes[ranking.queries, None], codes[ranking.order]
    counts = np.arange(found.shape[1]) < ranking.candidates[:, None]
    hit = (found == own) & counts
    nearest = np.minimum(k, np.maximum(ranking.candidates, 1))  # how many works are "the k nearest"
    first = np.arange(min(k, found.shape[1]))
    among = first < nearest[:, None]
    precisions = hit[:, first].cumsum(axis=1) / (first + 1)
    return np.stack(
        [
            hit[:, first].sum(axis=1) / nearest,
            _average_precision(hit),
            (precisions * among).sum(axis=1) / nearest,
            hit[:, first].any(axis=1),
            hit[:, 0],
            _vote(found[:, first], counts[:, first]) == own[:, 0],
        ],
        axis=1,
    )


def _average_precision(hit: NDArray[np.bool_]) -> NDArray[np.float64]:
    row, rank = np.nonzero(hit)  # of every right answer, in order of rank within each row
    answers = np.bincount(row, minlength=len(hit))
    so_far = np.arange(len(row)) - np.repeat(np.cumsum(answers) - answers, answers) + 1
    precisions = np.bincount(row, so_far / (rank + 1), minlength=len(hit))
    return np.asarray(precisions / np.maximum(answers, 1))


def _vote(found: NDArray[np.int64], counts: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The most frequent label of each row (b, k), of equally frequent ones the first; -1 where none counts."""
    width = int(found.max()) + 1
    row = np.arange(len(found))[:, None]
    votes = np.bincount((row * width + found)[counts], minlength=len(found) * width).reshape(len(found), width)
    theirs = np.where(counts, votes[row, found], -1)
    chosen = found[row[:, 0], theirs.argmax(axis=1)]
    return np.where(counts[:, 0], chosen, -1)
