"""Retrieval scores: by hand, against the plain definition, and in blocks."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from artbyol.errors import TooFewImagesError, UsageError
from artbyol.evaluation import RetrievalScores, _descending, retrieval_scores, retrieval_scores_by_label


def on_a_circle(*degrees: float) -> NDArray[np.float64]:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.arange(1, len(degrees) + 1)[:, None]


def test_by_hand() -> None:
    # Rankings of the others: 0 -> b(10) a(25) b(45); 10 -> a(0) a(25) b(45); 25 -> b(10) b(45) a(0);
    # 45 -> a(25) b(10) a(0).
    vectors, labels = on_a_circle(0, 10, 25, 45), ["a", "b", "a", "b"]
    scores = retrieval_scores(vectors, labels, k=2)
    average = (1 / 2 + 1 / 3 + 1 / 3 + 1 / 2) / 4
    assert scores.precision_at_k == pytest.approx((1 + 0 + 0 + 1) / 2 / 4)
    assert scores.mean_average_precision == pytest.approx(average)
    assert scores.nearest_neighbour == 0.0


def test_two_right_answers_by_hand() -> None:
    # 0 -> a(10) b(25) a(45): (1 + 2/3) / 2; 10 -> a b a: the same; 25 is alone: 0; 45 -> b a a: (1/2 + 2/3) / 2.
    scores = retrieval_scores(on_a_circle(0, 10, 25, 45), ["a", "a", "b", "a"], k=10)
    assert scores.precision_at_k == pytest.approx((2 + 2 + 0 + 2) / 3 / 4)  # only three others: they are the ten
    assert scores.mean_average_precision == pytest.approx((5 / 6 + 5 / 6 + 0 + 7 / 12) / 4)
    assert scores.nearest_neighbour == pytest.approx(2 / 4)


def plain(vectors: NDArray[np.float32], labels: NDArray[np.int64], k: int) -> RetrievalScores:
    """The definition, a work at a time (`score` of the laboratory's style_lab.py)."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = []
    for query in range(len(unit)):
        order = [other for other in np.argsort(-(unit @ unit[query]), kind="stable") if other != query]
        hit = (labels[order] == labels[query]).astype(float)
        average = (hit * hit.cumsum() / np.arange(1, len(hit) + 1)).sum() / max(hit.sum(), 1)
        rows.append((hit[:k].mean(), average, hit[0]))
    return RetrievalScores(*np.mean(rows, axis=0).tolist())


@pytest.mark.parametrize("works", [2, 3, 7, 300])
def test_against_the_definition(works: int) -> None:
    generator = np.random.default_rng(works)
    vectors = generator.standard_normal((works, 8)).astype(np.float32)
    labels = generator.integers(0, max(2, works // 10), works)
    labels[0] = 999  # alone
    ours, theirs = retrieval_scores(vectors, labels.tolist(), k=5), plain(vectors, labels, 5)
    assert ours.precision_at_k == pytest.approx(theirs.precision_at_k)
    assert ours.mean_average_precision == pytest.approx(theirs.mean_average_precision)
    assert ours.nearest_neighbour == pytest.approx(theirs.nearest_neighbour)


def test_blocks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(0).standard_normal((50, 6))
    labels = [number % 4 for number in range(50)]
    whole = retrieval_scores(vectors, labels)
    monkeypatch.setattr("artbyol.evaluation._BLOCK", 7)
    blocked = retrieval_scores(vectors, labels)
    assert blocked.mean_average_precision == pytest.approx(whole.mean_average_precision)
    assert blocked.precision_at_k == pytest.approx(whole.precision_at_k)


def test_by_label() -> None:
    vectors, labels = on_a_circle(0, 1, 50, 90, 91), ["a", "a", "c", ("b",), ("b",)]
    scores = retrieval_scores_by_label(vectors, labels, k=1)
    assert list(scores) == ["a", "c", ("b",)]
    assert scores["a"] == scores[("b",)] == RetrievalScores(1.0, 1.0, 1.0)
    assert scores["c"] == RetrievalScores(0.0, 0.0, 0.0)
    assert retrieval_scores(vectors, labels, k=1).nearest_neighbour == pytest.approx(4 / 5)


def test_identical_works_rank_in_order() -> None:
    scores = retrieval_scores(np.ones((4, 3)), ["a", "b", "a", "b"], k=1)
    assert scores.nearest_neighbour == pytest.approx(1 / 4)  # everyone is shown the first other: b a a a


def test_descending_is_a_stable_argsort() -> None:
    values = np.random.default_rng(0).standard_normal((20, 200)).round(1).astype(np.float32)
    values[0, :4] = [0.0, -0.0, np.inf, -np.inf]
    np.testing.assert_array_equal(_descending(values), np.argsort(-values, axis=1, kind="stable"))


def test_refused() -> None:
    with pytest.raises(TooFewImagesError):
        retrieval_scores(np.ones((1, 2)), ["a"])
    with pytest.raises(UsageError):
        retrieval_scores(np.ones((2, 2)), ["a"])
    with pytest.raises(UsageError):
        retrieval_scores(np.ones((2, 2)), ["a", "b"], k=0)
