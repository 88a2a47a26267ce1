"""The map of works, free and snapped to cells."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from artbyol.base.vectors import unit
from artbyol.grouping.map import TALL, WIDE, faithfulness, lay_out
from artbyol.grouping.map_grid import to_grid


def clumps(n: int, seed: int = 0, d: int = 16) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(5, d))
    return unit((centres[np.arange(n) % 5] + 0.3 * rng.normal(size=(n, d))).astype(np.float32))


def test_trustworthiness_is_that_of_the_paper() -> None:
    from sklearn.manifold import trustworthiness

    directions = clumps(150)
    (layout,) = lay_out(directions)
    judged = trustworthiness(directions, layout.positions, n_neighbors=10, metric="cosine")
    assert layout.trustworthiness == pytest.approx(judged, abs=1e-6)
    turned = trustworthiness(layout.positions, unit(directions), n_neighbors=10)
    assert layout.continuity == pytest.approx(turned, abs=1e-3)
    at_random = np.random.default_rng(0).random((150, 2))
    assert faithfulness(directions, at_random)[0] < 0.7 < 0.9 < layout.trustworthiness


@pytest.mark.slow
def test_maps_repeat_keep_groups_together_and_leave_no_work_covered() -> None:
    directions = clumps(150)
    (layout,) = lay_out(directions, seed=3)
    assert np.array_equal(layout.positions, lay_out(directions, seed=3)[0].positions)
    assert layout.positions.min() >= 0 and layout.positions.max() <= 1
    apart = np.abs(layout.positions[:, None] - layout.positions).max(-1) + np.eye(150)
    assert (apart.min(1) > 0.7 * layout.side).all()
    near = np.argsort(((layout.positions[:, None] - layout.positions) ** 2).sum(-1), axis=1)[:, 1:6]
    assert (near % 5 == np.arange(150)[:, None] % 5).mean() > 0.9


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 6, 9])
def test_few_works_and_works_all_alike_have_a_place_each(n: int) -> None:
    for directions in (clumps(n), np.repeat(clumps(1), n, axis=0)):
        (layout,) = lay_out(directions.reshape(n, 16))
        assert layout.positions.shape == (n, 2) and np.isfinite(layout.positions).all()
        assert len(np.unique(layout.positions.round(3), axis=0)) == n
        assert 0 < layout.side <= 1


def test_the_map_has_the_shape_of_its_window() -> None:
    wide, tall = lay_out(clumps(150), aspects=(WIDE, TALL))
    for layout in (wide, tall):
        across, down = np.ptp(layout.positions, axis=0)
        assert across / down == pytest.approx(layout.aspect, rel=0.1)
        assert layout.trustworthiness > 0.9
    assert wide.method == tall.method


@pytest.mark.parametrize(("n", "aspect"), [(0, 1.75), (1, 1.75), (7, 0.6), (150, 1.75), (1_500, 1.75)])
def test_on_the_grid_every_work_has_a_cell_of_its_own_near_its_place(n: int, aspect: float) -> None:
    positions = np.random.default_rng(0).random((n, 2)) * [aspect, 1]
    grid = to_grid(positions, aspect)
    assert grid.cells.shape == (n, 2) == (len(np.unique(grid.cells, axis=0)), 2)
    assert (grid.cells >= 0).all() and (grid.cells < [grid.columns, grid.rows]).all()
    if n > 100:
        assert grid.columns / grid.rows == pytest.approx(aspect, rel=0.1)
        moved = np.abs(grid.cells + 0.5 - positions / [aspect, 1] * [grid.columns, grid.rows])
        assert np.quantile(moved.max(axis=1), 0.95) < 0.06 * grid.columns + 1


def test_neighbours_stay_neighbours_on_the_grid() -> None:
    directions = clumps(150)
    grid = lay_out(directions)[0].grid
    judged = faithfulness(directions, grid.cells.astype(np.float64))
    assert (grid.trustworthiness, grid.continuity) == pytest.approx(judged)
    assert min(judged) > 0.85
