"""New works and kept groups: who joins whom, how sure, who is left outside."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from artbyol.grouping.assignment import assign, ground

Rows = NDArray[np.float32]


def around(directions: list[int], each: int, spread: float = 0.3, seed: int = 0, dimensions: int = 24) -> Rows:
    """Works scattered about axes, `each` a direction, one after the other."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate(
        [np.eye(dimensions)[axis] + spread * rng.normal(size=(each, dimensions)) / 5 for axis in directions]
    )
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_works_of_a_known_style_join_it_and_strangers_none() -> None:
    kept, new, strange = around([0, 1, 2], 40), around([0, 1, 2], 10, seed=1), around([7], 10, seed=2)
    labels = np.r_[np.repeat([0, 1, 2], 40), np.full(40, -1)]
    found = assign(np.concatenate([kept, new, strange]), labels, 3)
    assert found.rows.tolist() == list(range(120, 160))
    assert (found.nearest[:30] == np.repeat([0, 1, 2], 10)).all()
    assert (found.labels[:30] == -1).mean() <= 0.2  # a twentieth, as a rule
    assert (found.labels[30:] == -1).all()
    assert (found.sure[:30] > 0.9).all()
    assert (found.second != found.nearest).all() and (found.percentile[30:] == 0).all()
    assert ((found.likeness >= -1) & (found.likeness <= 1)).all()


def test_a_group_merged_of_two_takes_works_like_either() -> None:
    kept, new = around([0, 1, 2], 30), around([0, 1, 2], 10, seed=1)
    labels = np.r_[np.repeat([0, 0, 1], 30), np.full(30, -1)]
    found = assign(np.concatenate([kept, new]), labels, 2)
    assert (found.nearest == np.repeat([0, 0, 1], 10)).all()


def test_sureness_is_as_good_as_its_word() -> None:
    """Two styles that run into each other: of works said to be 70 % sure, about 70 % are right."""
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 4000)
    rows = rng.normal(size=(4000, 6)) + np.where(truth[:, None] == 0, 1.0, -1.0) * np.eye(6)[0]
    unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    found = assign(unit, np.where(np.arange(4000) < 2000, truth, -1), 2)
    right = found.nearest == truth[found.rows]
    assert 0.6 < right.mean() < 0.95
    for low, high in ((0.0, 0.75), (0.75, 0.9), (0.9, 1.01)):
        some = (found.sure >= low) & (found.sure < high)
        assert some.sum() > 50
        assert abs(right[some].mean() - found.sure[some].mean()) < 0.1


@pytest.mark.parametrize(("labels", "groups"), [([-1, -1], 0), ([-1, -1], 3), ([0, 0], 1)])
def test_no_groups_or_nothing_new(labels: list[int], groups: int) -> None:
    found = assign(around([0], 2), np.array(labels), groups)
    assert len(found.rows) == labels.count(-1)
    assert (found.labels == -1).all() and (found.nearest == -1).all() and np.isnan(found.likeness).all()


def test_groups_without_works_take_no_one_and_small_ones_let_in() -> None:
    rows = np.concatenate([around([0], 1), around([1], 2), around([0, 1], 3, seed=1)])
    found = assign(rows, np.array([1, 3, 3, *[-1] * 6]), 5)
    assert found.labels.tolist() == [1, 1, 1, 3, 3, 3]
    assert set(found.second.tolist()) == {1, 3}


def test_one_group_leaves_nothing_to_choose() -> None:
    found = assign(around([0], 12), np.r_[np.zeros(10, int), -1, -1], 1)
    assert (found.nearest == 0).all() and (found.second == -1).all() and np.isnan(found.sure).all()


def test_copies_and_zeros_do_no_harm() -> None:
    rows = np.concatenate([np.repeat(around([0], 1), 10, axis=0), np.zeros((2, 24), np.float32), around([0], 1)])
    found = assign(rows, np.r_[np.zeros(10, int), -1, -1, -1], 1)
    assert found.labels.tolist() == [-1, -1, 0]  # the same picture once more lies on the fence, not outside


def test_a_work_in_the_wrong_group_is_seen() -> None:
    base = ground(around([0, 1], 20), np.r_[np.zeros(19, int), 1, np.ones(20, int)])
    assert base.rows[base.margin < 0].tolist() == [19]


def test_large_groups_are_asked_by_sample_and_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    from artbyol.grouping import assignment

    rows, labels = (
        np.concatenate([around([0, 1], 60), around([0, 1], 20, seed=1)]),
        np.r_[np.repeat([0, 1], 60), [-1] * 40],
    )
    whole = assign(rows, labels, 2)
    monkeypatch.setattr(assignment, "_COSINES", 120 * 7)
    blocks = assign(rows, labels, 2)
    assert np.allclose(blocks.likeness, whole.likeness) and (blocks.labels == whole.labels).all()
    monkeypatch.setattr(assignment, "_PROBES", 50)
    sample = assign(rows, labels, 2)
    assert (sample.nearest == whole.nearest).all() and len(ground(rows, labels).rows) == 50
