"""How well neighbours agree with labels: the scores that say whether training helped.

Every work ranks all the others, a block of queries at a time: 20,000 works need some 300 MB and not gigabytes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.base.errors import TooFewImagesError, UsageError
from artbyol.base.vectors import Doubles, Floats, Ints, LabelColumn, codes_of, one_thread_and_quiet, unit
from artbyol.grouping.algorithms import kmeans
from artbyol.grouping.clustering import cluster
from artbyol.search.graph_ranking import similarities

Similarity = Literal["cosine", "distance", "graph"]
"""How rows are compared: by the cosine of their angle, by (Euclidean) distance, the nearest being the most alike, or as
`artbyol.similar` ranks (`artbyol.search.graph_ranking`)."""

_BLOCK = 256  # queries at a time: 20,000 works need 40 MB per block where all pairs at once would need gigabytes


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
    """How far groups of works are the labels: k-means groups, as many as there are labels; by the graph those that
    `artbyol.cluster` makes.

    Attributes:
        nmi: mutual information, normalised by the arithmetic mean of both entropies, 0..1.
        ari: Rand index adjusted for chance (Hubert and Arabie 1985); 0: as by chance, 1: the same groups.
    """

    nmi: float
    ari: float


def mean_scores(scores: Doubles) -> RetrievalScores:
    """Rows of `score_queries` (q, 6) -> their means."""
    return RetrievalScores(*scores.mean(axis=0).tolist())


def score_queries(
    vectors: ArrayLike,
    labels: LabelColumn,
    k: int = 10,
    *,
    similarity: Similarity = "cosine",
    exclude_groups: LabelColumn | None = None,
    seed: int = 0,
    told: Callable[[int], None] = lambda done: None,
) -> Doubles:
    """Every work queries all the others: the scores of each query, float64 (n, 6), in the order of `METRICS`.

    A work that is alone with its label can find nothing, and counts as 0. With fewer than k others, all of them are
    the k. Works equally alike are ranked at random.

    Args:
        vectors: (n, d), need not be of length 1.
        labels: n of them, whatever can be told apart.
        similarity: by cosine, by distance, or by the graph.
        exclude_groups: one per work, as the artist; works of the query's own are taken out of its ranking first.
        seed: of the order of works equally alike.
        told: called after every block with the number of queries done.

    Raises:
        TooFewImagesError: fewer than two works. UsageError: k below 1, or not one label per work.
    """
    rows = np.asarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or len(rows) != len(labels):
        raise UsageError(f"There are {len(labels)} labels for vectors of shape {rows.shape}.")
    if k < 1:
        raise UsageError(f"The number of neighbours, k, must be at least 1, not {k}.")
    if len(rows) < 2:
        raise TooFewImagesError("It takes two works to ask one for its neighbours.")
    codes = codes_of(labels)
    excluded = None if exclude_groups is None else codes_of(exclude_groups)
    scores = np.empty((len(rows), len(METRICS)))
    for ranking in rankings(rows, similarity=similarity, exclude_groups=excluded, seed=seed):
        scores[ranking.queries] = _score(ranking, codes, k)
        told(int(ranking.queries[-1]) + 1)
    return scores


def answerable(labels: LabelColumn, exclude_groups: LabelColumn) -> NDArray[np.bool_]:
    """Which works have another one of their label that is not taken out of their ranking, bool (n,)."""
    codes, pairs = codes_of(labels), codes_of(list(zip(labels, exclude_groups, strict=True)))
    return np.asarray(np.bincount(codes)[codes] > np.bincount(pairs)[pairs])


def group_agreement(
    vectors: ArrayLike, labels: LabelColumn, *, similarity: Similarity = "cosine", seed: int = 0
) -> ClusterAgreement:
    """Divide works into groups and compare these with the labels.

    By cosine and by distance every encoder is divided in the same way, into as many groups as there are labels, by
    k-means; by the graph as `artbyol.cluster` does, which finds their number itself.

    Args:
        vectors: (n, d); by cosine they are brought to length 1 first.
    """
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    rows, codes = np.asarray(vectors, dtype=np.float32), codes_of(labels)
    if similarity == "graph":
        groups = cluster(rows, seed=seed).labels
    else:
        with one_thread_and_quiet():
            groups = kmeans(unit(rows) if similarity == "cosine" else rows, int(codes.max()) + 1, seed)
    return ClusterAgreement(
        float(normalized_mutual_info_score(codes, groups)), float(adjusted_rand_score(codes, groups))
    )


@dataclass(frozen=True)
class Ranking:
    """How a block of queries ranks the works.

    Attributes:
        queries: int64 (b,), rows.
        order: int64 (b, n), rows, the most alike first; only the first `candidates` of each line count, behind them
            are the query itself and what was set aside.
        candidates: int64 (b,), how many works each query may find.
    """

    queries: Ints
    order: Ints
    candidates: Ints


def rankings(
    rows: Floats, *, similarity: Similarity = "cosine", exclude_groups: Ints | None = None, seed: int = 0
) -> Iterator[Ranking]:
    """Rank all works for all queries, in blocks.

    Works equally alike come in random order, another one for each query: whatever order the rows are in (often that of
    their labels), it must not help.

    Args:
        rows: (n, d), need not be of length 1; a row of zeros has cosine 0 with everything.
        exclude_groups: (n,); works of the query's own number are set aside.
        seed: of the random order.
    """
    n = len(rows)
    directions = rows if similarity == "distance" else unit(rows)
    shuffled = np.random.default_rng(seed).permutation(n)
    turn = np.argsort(shuffled)  # each work's place in it
    for start in range(0, n, _BLOCK):
        block = np.arange(start, min(start + _BLOCK, n))
        aside = np.zeros((len(block), n), bool)
        if exclude_groups is not None:
            aside = exclude_groups[block, None] == exclude_groups
        aside[block - start, block] = True
        if similarity == "graph":
            alike = similarities(directions, block, aside)
        elif similarity == "cosine":
            alike = directions[block] @ directions.T
        else:
            alike = -_squared_distances(rows[block], rows)
        alike[aside] = -np.inf
        # Read round it from the query's own place on: equals come in another order for every query.
        around = shuffled[(turn[block, None] + np.arange(n)) % n]
        places = np.argsort(-np.take_along_axis(alike, around, axis=1), axis=1, kind="stable")
        yield Ranking(block, np.take_along_axis(around, places, axis=1), n - aside.sum(axis=1))


def _squared_distances(some: Floats, rows: Floats) -> Floats:
    """From differences and not by way of products: equal rows must have equal distances, to the last digit."""
    from scipy.spatial.distance import cdist

    return np.asarray(cdist(some, rows, "sqeuclidean"), dtype=np.float32)


def _score(ranking: Ranking, codes: Ints, k: int) -> Doubles:
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


def _average_precision(hit: NDArray[np.bool_]) -> Doubles:
    row, rank = np.nonzero(hit)  # of every right answer, in order of rank within each row
    answers = np.bincount(row, minlength=len(hit))
    so_far = np.arange(len(row)) - np.repeat(np.cumsum(answers) - answers, answers) + 1
    precisions = np.bincount(row, so_far / (rank + 1), minlength=len(hit))
    return np.asarray(precisions / np.maximum(answers, 1))


def _vote(found: Ints, counts: NDArray[np.bool_]) -> Ints:
    """The most frequent label of each row (b, k), of equally frequent ones the first; -1 where none counts."""
    width = int(found.max()) + 1
    row = np.arange(len(found))[:, None]
    votes = np.bincount((row * width + found)[counts], minlength=len(found) * width).reshape(len(found), width)
    theirs = np.where(counts, votes[row, found], -1)
    chosen = found[row[:, 0], theirs.argmax(axis=1)]
    return np.where(counts[:, 0], chosen, -1)
