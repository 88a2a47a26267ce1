"""Clusters of planted groups, and of everything that is hardly a collection."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from artbyol.base.errors import TooFewImagesError, UsageError
from artbyol.base.vectors import unit
from artbyol.grouping.clustering import Cluster, Clustering, Method, as_kept, cluster, describe
from artbyol.grouping.communities import STABLE, parts, stability
from artbyol.search.neighbour_graph import neighbour_graph

Vectors = NDArray[np.float32]
METHODS: tuple[Method, ...] = ("leiden", "kmeans", "ward", "hdbscan")
UNASSIGNED = -1


def planted(sizes: tuple[int, ...], width: float = 0.3, seed: int = 0) -> tuple[Vectors, NDArray[np.int64]]:
    """Groups of these sizes, shuffled, of lengths other than 1; and which group each row belongs to."""
    generator = np.random.default_rng(seed)
    centres = generator.standard_normal((len(sizes), 64))
    of = generator.permutation(np.repeat(np.arange(len(sizes)), sizes))
    vectors = centres[of] + width * generator.standard_normal((len(of), 64))
    return (vectors * generator.uniform(0.5, 2.0, (len(of), 1))).astype(np.float32), of


def same_partition(one: NDArray[np.int64], two: NDArray[np.int64]) -> bool:
    pairs = set(zip(one.tolist(), two.tolist(), strict=True))
    return len(pairs) == len(set(one.tolist())) == len(set(two.tolist()))


def clusters(vectors: NDArray[Any], found: Clustering) -> list[Cluster]:
    rows = unit(vectors.astype(np.float32))
    return [describe(rows, found.labels, label) for label in range(found.k)]


@pytest.mark.parametrize(("method", "groups"), [("leiden", 2), ("leiden", 3), ("leiden", 12), ("ward", 7)])
def test_auto_k_recovers_planted_groups(method: Method, groups: int) -> None:
    vectors, of = planted(tuple(20 + 7 * group for group in range(groups)))
    found = cluster(vectors, method=method)
    assert found.k == groups
    assert same_partition(found.labels, of)
    assert f"{groups} communities" in found.criterion and (found.resolution is not None) == (method == "leiden")


def test_clusters_are_described() -> None:
    vectors, of = planted((60, 30, 10))
    vectors[np.flatnonzero(of == 0)[0]] += 3.0 * np.sign(np.arange(64) - 31.5)  # drifts off, still in its group
    found = cluster(vectors, k=3)
    rows, every = vectors / np.linalg.norm(vectors, axis=1, keepdims=True), clusters(vectors, found)
    assert [len(described.members) for described in every] == [60, 30, 10]
    for label, described in enumerate(every):
        assert sorted(described.members.tolist()) == np.flatnonzero(found.labels == label).tolist()
        centre = rows[described.members].mean(axis=0)
        cosines = rows[described.members] @ centre / np.linalg.norm(centre)
        assert (np.diff(cosines) <= 1e-6).all()
        assert described.cohesion == pytest.approx(cosines.mean(), abs=1e-6)
        assert described.typical == tuple(described.members[:5].tolist())
    assert every[0].outliers[0] == every[0].members[-1] == np.flatnonzero(of == 0)[0]


@pytest.mark.slow
def test_the_same_answer_twice_and_with_any_number_of_threads(tmp_path: Path) -> None:
    vectors, _ = planted((40, 30, 20, 10), width=1.2)
    np.save(tmp_path / "vectors.npy", vectors)
    here = cluster(vectors, k=6, seed=3)
    np.testing.assert_array_equal(cluster(vectors, k=6, seed=3).labels, here.labels)
    code = (
        "import sys, numpy as np; from artbyol.grouping.clustering import cluster;"
        "print(*cluster(np.load(sys.argv[1]), k=6, seed=3).labels)"
    )
    for threads in ("1", "3"):
        command = [sys.executable, "-c", code, str(tmp_path / "vectors.npy")]
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        there = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        assert [int(label) for label in there.split()] == here.labels.tolist()


def test_labels_are_canonical() -> None:
    vectors, of = planted((5, 20, 20, 9))
    found = cluster(vectors, k=4)
    sizes = [len(described.members) for described in clusters(vectors, found)]
    assert sizes == [20, 20, 9, 5]
    firsts = [int(described.members.min()) for described in clusters(vectors, found)]
    assert firsts[0] < firsts[1]
    order = np.random.default_rng(1).permutation(len(of))
    assert same_partition(cluster(vectors[order], k=4).labels, of[order])


def test_hdbscan_leaves_strays_unassigned() -> None:
    vectors, of = planted((60, 40))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors += vectors.mean(axis=0) * 3  # the groups are nearer to each other than the strays to them
    strays = np.random.default_rng(5).standard_normal((10, 64)).astype(np.float32)
    found = cluster(np.concatenate([vectors, strays]), method="hdbscan")
    assert found.k == 2
    assert same_partition(found.labels[:100], of)
    assert (found.labels[100:] == UNASSIGNED).all()


@pytest.mark.parametrize("method", METHODS)
def test_hardly_a_collection(method: Method) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(TooFewImagesError):
            cluster(np.empty((0, 64)), method=method)
        for n in (1, 2):
            few = cluster(np.eye(n, 3), method=method)
            assert (few.k, few.labels.tolist()) == (1, [0] * n)
            assert "one group" in few.criterion
        same = cluster(np.ones((10, 3)), method=method)
        (all_of_them,) = clusters(np.ones((10, 3)), same)
        assert (same.k, len(all_of_them.members), all_of_them.outliers) == (1, 10, ())
        assert all_of_them.cohesion == pytest.approx(1.0)
        assert "same vector" in same.criterion
        for n in range(3, 12):
            some = cluster(np.random.default_rng(n).standard_normal((n, 4)), method=method)
            assert len(some.labels) == n
            assert some.k == len(set(some.labels.tolist()) - {UNASSIGNED})
        opposite = np.array([[1.0, 0.0], [-1.0, 0.0]])
        assert clusters(opposite, cluster(opposite, k="auto", method=method))[0].cohesion == 0.0


@pytest.mark.parametrize("method", ["leiden", "kmeans", "ward"])
def test_k_as_asked(method: Method) -> None:
    vectors = np.random.default_rng(0).standard_normal((12, 5)).astype(np.float32)
    for k in (1, 2, 7, 12):
        found = cluster(vectors, k=k, method=method)
        assert found.k == k
        assert "as asked" in found.criterion
    for k in (0, -1, 13):
        with pytest.raises(UsageError, match="between 1 and the number of works, 12"):
            cluster(vectors, k=k, method=method)
    with pytest.raises(UsageError, match="only 1 different"):
        cluster(np.ones((10, 3)), k=2, method=method)
    assert cluster(np.ones((1, 3)), k=1, method=method).k == 1


def test_what_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.eye(6)
    with pytest.raises(UsageError, match="no method"):
        cluster(vectors, method="dbscan")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="number or auto"):
        cluster(vectors, k="many")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="its own number"):
        cluster(vectors, k=2, method="hdbscan")
    with pytest.raises(UsageError, match="finite"):
        cluster(np.full((3, 3), np.nan))
    monkeypatch.setattr("artbyol.grouping.clustering.WARD_LIMIT", 5)
    with pytest.raises(UsageError, match="up to 5 works; these are 6") as caught:
        cluster(vectors, method="ward")
    assert caught.value.hint == "--method kmeans"


def test_large_collections_are_fitted_on_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artbyol.grouping.algorithms._KMEANS_SAMPLE", 150)
    monkeypatch.setattr("artbyol.grouping.algorithms._BLOCK", 64)
    vectors, of = planted((100, 80, 60))
    found = cluster(vectors, k=3, method="kmeans")
    assert same_partition(found.labels, of)


def nested(parts_of: tuple[int, ...], works: int = 40, seed: int = 0) -> tuple[Vectors, NDArray[np.int64]]:
    """As many groups as numbers, each of so many parts, closer to each other than groups are; and the part of each."""
    rng = np.random.default_rng(seed)
    centres = [
        group + 0.6 * rng.standard_normal(64) for n in parts_of for group in [rng.standard_normal(64)] for _ in range(n)
    ]
    of = np.repeat(np.arange(len(centres)), works)
    return unit((np.array(centres)[of] + 0.3 * rng.standard_normal((len(of), 64))).astype(np.float32)), of


def test_groups_are_divided_into_parts_that_hold_and_only_those() -> None:
    vectors, of = nested((3, 1, 2), works=80)
    labels = np.array([0, 0, 0, 1, 2, 2])[of]
    found = parts(neighbour_graph(vectors)[0], labels, 2)
    assert same_partition(found[:, 0] + 10 * labels, of + 10 * labels)
    assert not found[labels == 1].any()  # one cloud has no parts
    assert not found[:, 1].any()
    assert sorted(set(found[labels == 0, 0].tolist())) == [1, 2, 3]


def test_what_is_there_holds_and_what_is_not_does_not() -> None:
    vectors, of = planted((60, 40, 30))
    rows = unit(vectors)
    rows[0] = unit(rows[of == of[0]].mean(axis=0)[None] + rows[of == (of[0] + 1) % 3].mean(axis=0))[0]  # lies between
    found = cluster(rows)
    held = found.stability(found.labels)
    assert held is not None
    assert (held.groups > 0.95).all()
    assert held.works[1:].min() > 0.9 and (held.second[1:] >= 0).mean() < 0.1
    other = {found.labels[np.flatnonzero(of == group)[1]] for group in (of[0], (of[0] + 1) % 3)} - {found.labels[0]}
    assert held.works[0] < 1.0 and held.second[0] in other
    cloud = unit(np.random.default_rng(0).standard_normal((200, 64)).astype(np.float32))
    guessed = cluster(cloud)
    assert stability(guessed.sample.graph, guessed.labels).groups.mean() < STABLE


def test_the_graph_joins_each_work_to_its_nearest() -> None:
    rows = unit(np.random.default_rng(0).standard_normal((60, 8)).astype(np.float32))
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -2)
    near = np.zeros((60, 60), bool)
    np.put_along_axis(near, np.argsort(-cosines, axis=1)[:, :8], True, axis=1)
    wanted = np.where(near, cosines.clip(1e-3), 0) + np.where(near.T, cosines.clip(1e-3), 0)
    np.testing.assert_allclose(neighbour_graph(rows)[0].toarray(), wanted, atol=1e-6)


def test_of_very_many_works_some_are_compared_and_the_others_join_them(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, of = nested((2, 1, 2))
    monkeypatch.setattr("artbyol.grouping.sample.MOST", 90)
    monkeypatch.setattr("artbyol.base.large_arrays.BLOCK", 64 * 4 * 30)
    found = cluster(vectors)
    assert len(found.sample.rows) == 90 and found.sample.graph.shape == (90, 90)
    assert same_partition(found.labels, of)
    assert (np.diff(np.bincount(found.labels)) <= 0).all()  # numbered by size in all, not in the sample
    np.testing.assert_array_equal(found.labels[found.sample.rows[found.stand_ins]], found.labels)
    pinned = found.labels.copy()
    row = next(row for row in range(len(of)) if row not in found.sample.rows)
    pinned[row] = found.k  # in a group of which no work was compared
    held = found.stability(pinned)
    assert held is not None and (held.groups[:-1] > 0.9).all() and np.isnan(held.groups[-1])
    assert np.isnan(held.works[row]) and np.isfinite(np.delete(held.works, row)).all()
    with pytest.raises(UsageError, match="90 compared of the 200 works"):
        cluster(vectors, k=100)


def test_kept_groups_of_very_many_works_have_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, of = nested((2, 1), works=60)
    monkeypatch.setattr("artbyol.grouping.sample.MOST", 120)
    labels = np.array([0, 0, 1])[of]
    parts_found = as_kept(vectors, labels).parts(labels, 1)
    assert same_partition(parts_found[:, 0] + 10 * labels, of + 10 * labels)


def test_coarser_and_finer_groups_are_those_of_their_number() -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(150, 6)).astype(np.float32))
    found = cluster(vectors)
    others = list(found.coarser_and_finer([3, 9, 14]))
    assert len({one.k for one in others}) > 1
    for one in others:
        assert np.array_equal(one.labels, cluster(vectors, k=one.k).labels)
    assert list(cluster(vectors, k=4, method="kmeans").coarser_and_finer([3])) == []
