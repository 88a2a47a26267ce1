"""Query expansion: the arithmetic, the nearest kept first, and what it is for on planted vectors."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import artbyol
from artbyol.evaluation.retrieval import mean_scores, score_queries
from artbyol.search.neighbours import NEAREST, expanded
from tests.conftest import names_of, vectors


def test_a_direction_is_joined_by_its_nearest_by_the_third_power_of_their_cosines() -> None:
    direction = np.array([1.0, 0, 0], np.float32)
    nearest = np.array([[0.6, 0.8, 0], [-1, 0, 0]], np.float32)  # the second lies opposite, and has no say
    together = np.array([1 + 0.6**3 * 0.6, 0.6**3 * 0.8, 0])
    assert expanded(direction, nearest) == pytest.approx(together / np.linalg.norm(together), abs=1e-6)


def test_asking_with_ones_neighbours_finds_more_of_ones_kind() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        kinds = np.repeat(np.arange(8), 40)
        rows = rng.normal(size=(8, 32))[kinds] + 1.6 * rng.normal(size=(320, 32))
        rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        cosines = rows @ rows.T - 2 * np.eye(320, dtype=np.float32)
        near = np.argsort(-cosines, axis=1)[:, :NEAREST]
        asked = np.stack([expanded(row, rows[others]) for row, others in zip(rows, near, strict=True)])
        order = np.argsort(-(asked @ rows.T - 9 * np.eye(320)), axis=1)[:, :10]
        assert (kinds[order] == kinds[:, None]).mean() > mean_scores(score_queries(rows, kinds)).precision_at_k + 0.02


@pytest.mark.slow
def test_the_nearest_stays_first_and_percentages_are_of_the_query_alone(gallery: Path) -> None:
    changed = 0
    for number in range(24):
        query = gallery / f"work{number:02d}.png"
        plain, found = artbyol.similar(query, 23, nearest_only=True), artbyol.similar(query, 23)
        assert found.neighbours[0].path == plain.neighbours[0].path
        alone = {n.path: n.percentile for n in plain.neighbours}
        assert {n.path: n.percentile for n in found.neighbours} == pytest.approx(alone, abs=0.01)
        assert [n.rank for n in found.neighbours] == list(range(1, 24))
        changed += names_of(found.neighbours) != names_of(plain.neighbours)
    assert changed > 12  # it does something


def test_the_order_is_that_of_the_query_with_its_nearest(gallery: Path) -> None:
    own = vectors(gallery)
    names = sorted(own)
    rows = np.stack([own[name] for name in names])
    query = names.index(b"work05.png")
    cosines = rows @ rows[query]
    cosines[query] = -2
    near = np.argsort(-cosines)[:2]  # 24 works: a tenth of them
    together = rows @ expanded(rows[query], rows[near])
    found = artbyol.similar(gallery / "work05.png", 10).neighbours
    rest = [together[names.index(n.path)] for n in found[1:]]
    assert all(a >= b - 1e-6 for a, b in pairwise(rest))
    left = set(names) - {n.path for n in found} - {b"work05.png"}
    assert max(together[names.index(name)] for name in left) <= rest[-1] + 1e-6


def test_a_small_collection_and_the_other_axes_are_ranked_by_the_query_alone(gallery: Path) -> None:
    found = artbyol.similar(gallery / "work05.png", 23, by="palette").neighbours
    assert all(a.cosine >= b.cosine for a, b in pairwise(found))
    for number in range(9, 24):
        (gallery / f"work{number:02d}.png").unlink()
    artbyol.embed(gallery)
    few = artbyol.similar(gallery / "work05.png", 8).neighbours
    assert len(few) == 8 and all(a.cosine >= b.cosine for a, b in pairwise(few))
