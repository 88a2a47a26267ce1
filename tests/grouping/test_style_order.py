"""Works in an order in which neighbours are alike."""

from __future__ import annotations

import numpy as np
import pytest

from artbyol.base.vectors import unit
from artbyol.grouping.style_order import style_order


def test_works_on_a_circle_follow_it() -> None:
    angles = np.random.default_rng(0).permutation(np.linspace(0, 5, 60))
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    order = angles[style_order(vectors, np.zeros(60, np.int64), range(60))]
    assert np.array_equal(order, np.sort(angles)) or np.array_equal(order[::-1], np.sort(angles))


@pytest.mark.parametrize("works", [1, 2, 3, 50, 5_000])
def test_every_work_once_and_groups_in_one_piece(works: int) -> None:
    rng = np.random.default_rng(works)
    labels = rng.integers(-1, 3, works)
    vectors = unit(rng.normal(size=(works, 8)).astype(np.float32) + 2 * np.eye(8, dtype=np.float32)[labels])
    order = style_order(vectors, labels, rng.permutation(works).tolist())
    assert sorted(order) == list(range(works))
    along = labels[order]
    assert (along[1:] != along[:-1]).sum() + 1 == len(np.unique(labels))
    assert not (along == -1).any() or along[-1] == -1


def test_equal_works_are_no_trouble() -> None:
    assert sorted(style_order(np.ones((9, 1), np.float32), np.zeros(9, np.int64), range(9))) == list(range(9))
