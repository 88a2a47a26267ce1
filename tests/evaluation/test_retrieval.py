"""Retrieval scores: by hand, against the plain definition and scikit-learn, in blocks, across hands; agreement of
groups; rankings."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, average_precision_score, normalized_mutual_info_score

from artbyol.base.errors import TooFewImagesError, UsageError
from artbyol.evaluation.retrieval import (
    METRICS,
    RetrievalScores,
    Similarity,
    answerable,
    group_agreement,
    mean_scores,
    rankings,
    score_queries,
)
from artbyol.grouping.clustering import cluster


def on_a_circle(*degrees: float) -> NDArray[np.float64]:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.arange(1, len(degrees) + 1)[:, None]


def test_by_hand() -> None:
    # Rankings of the others: 0 -> b(10) a(25) b(45); 10 -> a(0) a(25) b(45); 25 -> b(10) b(45) a(0);
    # 45 -> a(25) b(10) a(0).
    vectors, labels = on_a_circle(0, 10, 25, 45), ["a", "b", "a", "b"]
    scores = mean_scores(score_queries(vectors, labels, k=2))
    average = (1 / 2 + 1 / 3 + 1 / 3 + 1 / 2) / 4
    assert scores.precision_at_k == pytest.approx((1 + 0 + 0 + 1) / 2 / 4)
    assert scores.mean_average_precision == pytest.approx(average)
    assert scores.nearest_neighbour == 0.0
    assert scores.map_at_k == pytest.approx(((0 + 1 / 2) + 0 + 0 + (0 + 1 / 2)) / 2 / 4)
    assert scores.recall_at_k == 2 / 4
    assert scores.k_nearest_neighbours == 0.0  # one vote each: the nearest decides


def test_two_right_answers_by_hand() -> None:
    # 0 -> a(10) b(25) a(45): (1 + 2/3) / 2; 10 -> a b a: the same; 25 is alone: 0; 45 -> b a a: (1/2 + 2/3) / 2.
    scores = mean_scores(score_queries(on_a_circle(0, 10, 25, 45), ["a", "a", "b", "a"], k=10))
    assert scores.precision_at_k == pytest.approx((2 + 2 + 0 + 2) / 3 / 4)  # only three others: they are the ten
    assert scores.mean_average_precision == pytest.approx((5 / 6 + 5 / 6 + 0 + 7 / 12) / 4)
    assert scores.nearest_neighbour == pytest.approx(2 / 4)


def plain(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    k: int,
    similarity: Similarity = "cosine",
    hands: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """The definitions, a work at a time."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = []
    for query in range(len(unit)):
        others = [o for o in range(len(unit)) if o != query and (hands is None or hands[o] != hands[query])]
        if not others:
            rows.append([0.0] * 6)
            continue
        if similarity == "cosine":
            alike = {o: float(unit[o] @ unit[query]) for o in others}
        else:
            alike = {o: -float(np.linalg.norm(vectors[o].astype(float) - vectors[query])) for o in others}
        order = sorted(others, key=lambda o: -alike[o])
        hit = (labels[order] == labels[query]).astype(float)
        average = average_precision_score(hit, [alike[o] for o in order]) if hit.any() else 0.0
        precisions = [hit[:j].mean() for j in range(1, min(k, len(order)) + 1)]
        votes = Counter(labels[order[:k]].tolist())  # equally frequent ones stay in the order they were met
        won = votes.most_common(1)[0][0] == labels[query]
        rows.append([hit[:k].mean(), average, np.mean(precisions), hit[:k].any(), hit[0], won])
    return np.array(rows, float)


@pytest.mark.parametrize("works", [2, 3, 7, 300])
@pytest.mark.parametrize("similarity", ["cosine", "distance"])
@pytest.mark.parametrize("across", [False, True])
@pytest.mark.slow
def test_every_query_against_the_definition(works: int, similarity: Similarity, across: bool) -> None:
    generator = np.random.default_rng(works)
    vectors = generator.standard_normal((works, 8)).astype(np.float32)
    labels = generator.integers(0, max(2, works // 50), works)
    labels[0] = 999  # alone
    hands = generator.integers(0, max(2, works // 20), works) if across else None
    ours = score_queries(vectors, labels.tolist(), 5, similarity=similarity, exclude_groups=hands)
    np.testing.assert_allclose(ours, plain(vectors, labels, 5, similarity, hands), atol=1e-12)


def test_across_hands_only_other_hands_are_found() -> None:
    # Two movements, two hands in each; every hand keeps together, and the hands of one movement lie side by side.
    vectors = on_a_circle(0, 1, 20, 21, 100, 101, 120, 121)
    movements, hands = list("aaaabbbb"), list("wwxxyyzz")
    assert mean_scores(score_queries(vectors, movements, k=3)).precision_at_k == 1.0
    scores = dict(zip(METRICS, score_queries(vectors, movements, 3, exclude_groups=hands).T, strict=True))
    np.testing.assert_allclose(scores["precision_at_k"], 2 / 3)  # of the three nearest by others two can be right
    assert scores["mean_average_precision"].tolist() == scores["nearest_neighbour"].tolist() == [1.0] * 8
    assert answerable(movements, hands).all()
    assert answerable(list("aab"), list("wxy")).tolist() == [True, True, False]
    assert answerable(list("aab"), list("wwy")).tolist() == [False, False, False]


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(0).standard_normal((50, 6))
    labels = [number % 4 for number in range(50)]
    whole = mean_scores(score_queries(vectors, labels))
    monkeypatch.setattr("artbyol.evaluation.retrieval._BLOCK", 7)
    done: list[int] = []
    blocked = score_queries(vectors, labels, told=done.append)
    assert blocked.mean(axis=0) == pytest.approx(list(vars(whole).values()))
    assert done == [7, 14, 21, 28, 35, 42, 49, 50]


def test_by_label() -> None:
    vectors, labels = on_a_circle(0, 1, 50, 90, 91), ["a", "a", "c", ("b",), ("b",)]
    every = score_queries(vectors, labels, k=1)
    scores = {label: mean_scores(every[[one == label for one in labels]]) for label in labels}
    assert scores["a"] == scores[("b",)] == RetrievalScores(1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    assert scores["c"] == RetrievalScores(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert mean_scores(score_queries(vectors, labels, k=1)).nearest_neighbour == pytest.approx(4 / 5)


@pytest.mark.parametrize("similarity", ["cosine", "distance"])
def test_works_all_alike_are_ranked_at_random_whatever_order_they_are_in(similarity: Similarity) -> None:
    vectors, labels = np.tile(np.float32([0.3, 0.7, 0.1]), (400, 1)), ["a"] * 200 + ["b"] * 200
    values = score_queries(vectors, labels, similarity=similarity)
    # By chance half of the ten nearest are right; four standard deviations of 4,000 throws.
    assert values[:, 0].mean() == pytest.approx(199 / 399, abs=4 * 0.5 / 4000**0.5)
    orders = np.concatenate([ranking.order for ranking in rankings(vectors, similarity=similarity)])
    assert len(set(orders[:, 0].tolist())) == 400  # everyone is shown another one first
    assert not (orders[:, :-1] == np.arange(400)[:, None]).any()
    again = score_queries(vectors, labels, similarity=similarity)
    np.testing.assert_array_equal(values, again)


def test_groups_are_those_of_k_means_and_agree_as_scikit_learn_says() -> None:
    generator = np.random.default_rng(0)
    labels = [f"label {number % 5}" for number in range(200)]
    centres = generator.standard_normal((5, 8))
    vectors = centres[np.arange(200) % 5] + 0.7 * generator.standard_normal((200, 8))
    groups = cluster(vectors, k=5, method="kmeans").labels
    found = group_agreement(vectors, labels)
    assert found.ari == pytest.approx(adjusted_rand_score(labels, groups)) and 0.05 < found.ari < 0.95
    assert found.nmi == pytest.approx(normalized_mutual_info_score(labels, groups))
    shown = cluster(vectors).labels
    assert group_agreement(vectors, labels, similarity="graph").ari == pytest.approx(adjusted_rand_score(labels, shown))


def test_groups_by_distance_are_not_those_by_angle() -> None:
    along = np.array([[1.0, 1.0], [1.1, 1.1], [1.2, 1.2], [9.0, 9.0], [9.1, 9.1], [9.2, 9.2]])
    labels = list("aaabbb")
    assert group_agreement(along, labels, similarity="distance").ari == 1.0
    assert group_agreement(along, labels).ari < 0.5


def test_refused() -> None:
    with pytest.raises(TooFewImagesError):
        mean_scores(score_queries(np.ones((1, 2)), ["a"]))
    with pytest.raises(UsageError):
        mean_scores(score_queries(np.ones((2, 2)), ["a"]))
    with pytest.raises(UsageError):
        mean_scores(score_queries(np.ones((2, 2)), ["a", "b"], k=0))
