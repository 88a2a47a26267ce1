"""The map of works and the outlines of groups on it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from artbyol.base.vectors import unit
from artbyol.grouping.contours import outlines
from artbyol.grouping.map import faithfulness, lay_out


def clumps(n: int, seed: int = 0, d: int = 16) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(5, d))
    return unit((centres[np.arange(n) % 5] + 0.3 * rng.normal(size=(n, d))).astype(np.float32))


def test_trustworthiness_is_that_of_the_paper() -> None:
    from sklearn.manifold import trustworthiness

    directions = clumps(150)
    layout = lay_out(directions)
    judged = trustworthiness(directions, layout.positions, n_neighbors=10, metric="cosine")
    assert layout.trustworthiness == pytest.approx(judged, abs=1e-6)
    turned = trustworthiness(layout.positions, unit(directions), n_neighbors=10)
    assert layout.continuity == pytest.approx(turned, abs=1e-3)
    at_random = np.random.default_rng(0).random((150, 2))
    assert faithfulness(directions, at_random)[0] < 0.7 < 0.9 < layout.trustworthiness


@pytest.mark.slow
def test_maps_repeat_keep_groups_together_and_leave_no_work_covered() -> None:
    directions = clumps(150)
    layout = lay_out(directions, seed=3)
    assert np.array_equal(layout.positions, lay_out(directions, seed=3).positions)
    assert layout.positions.min() >= 0 and layout.positions.max() <= 1
    apart = np.abs(layout.positions[:, None] - layout.positions).max(-1) + np.eye(150)
    assert (apart.min(1) > 0.7 * layout.side).all()
    near = np.argsort(((layout.positions[:, None] - layout.positions) ** 2).sum(-1), axis=1)[:, 1:6]
    assert (near % 5 == np.arange(150)[:, None] % 5).mean() > 0.9


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 6, 9])
def test_few_works_and_works_all_alike_have_a_place_each(n: int) -> None:
    for directions in (clumps(n), np.repeat(clumps(1), n, axis=0)):
        layout = lay_out(directions.reshape(n, 16))
        assert layout.positions.shape == (n, 2) and np.isfinite(layout.positions).all()
        assert len(np.unique(layout.positions.round(3), axis=0)) == n
        assert 0 < layout.side <= 1


def test_outlines_enclose_their_group_and_no_other() -> None:
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(centre, 0.05, (60, 2)) for centre in (0.25, 0.75)]).astype(np.float32)
    labels = np.repeat([0, 1], 60)
    found = outlines(points, labels, int(labels.max()) + 1, 0.04)
    assert [len(lines) for lines in found] == [1, 1]
    for group, (line,) in enumerate(found):
        low, high = line.min(axis=0), line.max(axis=0)
        inside = ((points >= low) & (points <= high)).all(axis=1)
        assert inside[labels == group].mean() > 0.9 and not inside[labels != group].any()
