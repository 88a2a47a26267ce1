"""Ranking by the graph: what it is for on planted vectors, the nearest kept first, everywhere the same."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import artbyol
from artbyol.base.vectors import unit
from artbyol.evaluation.retrieval import mean_scores, score_queries
from artbyol.search.graph_ranking import WORKS, ranked, similarities
from artbyol.search.neighbours import nearest_works
from tests.conftest import names_of


def planted(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Works of eight kinds, and which each is."""
    rng = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(8), 20)
    rows = rng.normal(size=(8, 32))[kinds] + 1.6 * rng.normal(size=(160, 32))
    return unit(rows.astype(np.float32)), kinds


def test_a_chain_of_mutual_neighbours_counts_for_more_than_mere_nearness() -> None:
    angles = np.radians([0, 8, 16, 24, 32, -25, -60, -61, -62, -63, -64])  # a chain, one work by itself, others
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    order = np.argsort(-(rows[1:] @ rows[0]), kind="stable") + 1
    assert order.tolist()[:5] == [1, 2, 3, 5, 4]
    assert order[ranked(rows[0], rows[order])].tolist()[:5] == [1, 2, 3, 4, 5]


def test_the_graph_finds_more_of_ones_kind() -> None:
    for seed in range(3):
        rows, kinds = planted(seed)
        scores = similarities(rows, np.arange(160), np.zeros((160, 160), bool))
        order = np.argsort(-scores, axis=1)[:, :10]
        assert (kinds[order] == kinds[:, None]).mean() > mean_scores(score_queries(rows, kinds)).precision_at_k + 0.03


def test_what_lies_outside_the_graph_comes_behind_it_by_its_cosine() -> None:
    rows = np.concatenate([planted(seed)[0] for seed in range(4)])
    cosines = rows[1:] @ rows[0]
    near = np.argsort(-cosines, kind="stable") + 1
    order = near[ranked(rows[0], rows[near])]
    assert len(near) > WORKS and sorted(order[:WORKS]) == sorted(near[:WORKS])
    assert order[WORKS:].tolist() == near[WORKS:].tolist() and order[0] == near[0]
    aside = np.zeros((1, len(rows)), bool)
    aside[0, near[:3]] = True
    scores, left = similarities(rows, np.array([0]), aside)[0], near[3:]
    best = left[ranked(rows[0], rows[left], rows[near[:3]])]
    assert np.argsort(-scores, kind="stable")[: len(left)].tolist() == best.tolist()
    assert np.isneginf(scores[[0, *near[:3]]]).all()


def test_chains_may_run_through_works_that_are_not_wanted() -> None:
    angles = np.radians([0, 8, 16, 24, 32, -25, -60, -61, -62, -63, -64])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    wanted, bridges = rows[[3, 5, 4, 6]], rows[[1, 2]]
    assert ranked(rows[0], wanted).tolist() == [0, 1, 2, 3]
    assert ranked(rows[0], wanted, bridges).tolist() == [0, 2, 1, 3]


def test_works_that_nothing_leads_to_are_ranked_by_their_cosine() -> None:
    rows = unit(np.array([[1, 0, 0], [0, 1, 0.1], [0, 1, 0], [-1, 0.5, 0]], np.float32))
    assert ranked(rows[0], rows[[1, 2, 3]]).tolist() == [0, 1, 2]
    assert ranked(rows[0], rows[1:2]).tolist() == [0] and ranked(rows[0], rows[:0]).tolist() == []


@pytest.mark.slow
def test_the_nearest_stays_first_and_percentages_are_of_the_query_alone(gallery: Path) -> None:
    changed = 0
    for number in range(24):
        query = gallery / f"work{number:02d}.png"
        plain, found = artbyol.similar(query, 23, nearest_only=True), artbyol.similar(query, 23)
        assert found.neighbours[0].path == plain.neighbours[0].path
        alone = {n.path: n.percentile for n in plain.neighbours}
        assert {n.path: n.percentile for n in found.neighbours} == pytest.approx(alone, abs=0.5)  # a pair is 0.36
        assert [n.rank for n in found.neighbours] == list(range(1, 24))
        changed += names_of(found.neighbours) != names_of(plain.neighbours)
    assert changed > 12  # it does something


def test_the_gallery_and_evaluations_rank_as_similar_does(gallery: Path) -> None:
    with artbyol.open(gallery) as collection:
        embedded = collection.embedded()
        ids, rows = embedded.ids.tolist(), embedded.directions
        near = nearest_works(collection, 5)
        scores = similarities(rows, np.arange(24), np.zeros((24, 24), bool))
        paths = collection.paths_of(ids)
        for row in (0, 11, 23):
            found = [n.path for n in artbyol.similar(gallery / os.fsdecode(paths[ids[row]][0]), 5).neighbours]
            assert [paths[ids[other]][0] for other in near.nearest[row]] == found
            assert [paths[ids[other]][0] for other in np.argsort(-scores[row])[:5]] == found


def test_other_axes_are_ranked_by_the_query_alone(gallery: Path) -> None:
    found = artbyol.similar(gallery / "work05.png", 23, by="palette").neighbours
    assert all(a.cosine >= b.cosine for a, b in pairwise(found))
