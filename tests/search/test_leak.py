"""How far neighbours share a label: by hand, within a hand, and where nothing leaks or everything does."""

import numpy as np
import pytest

from artbyol.base.vectors import Floats, unit
from artbyol.search.leak import leak, nearest_others, shared


def on_a_circle(*degrees: float) -> Floats:
    angles = np.radians(degrees)
    return unit(np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32))


def test_by_hand() -> None:
    vectors, sources = on_a_circle(0, 1, 2, 40, 42), ["scan", "scan", "web", "web", "web"]
    rows = np.arange(5)
    shares, chances = shared(nearest_others(vectors, rows, 2), rows, sources)
    np.testing.assert_allclose(shares, [1 / 2, 1 / 2, 0, 1, 1])
    np.testing.assert_allclose(chances, [1 / 4, 1 / 4, 1 / 2, 1 / 2, 1 / 2])
    found = leak(nearest_others(vectors, rows, 2), rows, sources)
    assert found and found.queries == 5
    assert found.share.value == pytest.approx(3 / 5) and found.chance == pytest.approx(2 / 5)
    assert found.beyond.value == pytest.approx(1 / 5) and found.beyond.low < 1 / 5 < found.beyond.high
    assert [(one.label, one.queries) for one in found.by_label] == [("web", 3), ("scan", 2)]
    assert found.by_label[0].share == pytest.approx(2 / 3) and found.by_label[0].chance == pytest.approx(1 / 2)


def test_within_a_hand_only_works_of_that_hand_are_found_and_are_chance() -> None:
    vectors, sources, hands = on_a_circle(0, 1, 2, 90, 91, 180), list("ssw" + "ws" + "s"), list("AAA" + "BB" + "C")
    rows = np.arange(6)
    nearest = nearest_others(vectors, rows, 10, hands)
    assert [sorted(row[row >= 0].tolist()) for row in nearest] == [[1, 2], [0, 2], [0, 1], [4], [3], []]
    shares, chances = shared(nearest, rows, sources, hands)
    np.testing.assert_allclose(shares[:5], [1 / 2, 1 / 2, 0, 0, 0])
    np.testing.assert_allclose(shares[:5], chances[:5])  # all of a hand are among its ten nearest: that is chance
    assert np.isnan(shares[5]) and np.isnan(chances[5])
    found = leak(nearest, rows, sources, hands)
    assert found and found.queries == 5 and found.beyond.value == 0


def test_apart_from_its_folder_a_work_finds_what_lies_elsewhere() -> None:
    vectors, sources, folders = on_a_circle(0, 1, 2, 3, 90, 91), list("sswwsw"), list("AABBCC")
    rows = np.arange(6)
    nearest = nearest_others(vectors, rows, 2, apart=folders)
    assert [sorted(row.tolist()) for row in nearest] == [[2, 3], [2, 3], [0, 1], [0, 1], [2, 3], [2, 3]]
    shares, chances = shared(nearest, rows, sources, apart=folders)
    np.testing.assert_allclose(shares, [0, 0, 0, 0, 0, 1])
    np.testing.assert_allclose(chances, [1 / 4, 1 / 4, 1 / 4, 1 / 4, 1 / 2, 1 / 2])
    found = leak(nearest, rows, sources, apart=folders)
    assert found and found.strength == pytest.approx((1 / 6 - 1 / 3) / (2 / 3))


def test_chance_is_what_vectors_show_that_know_nothing_of_the_label() -> None:
    generator = np.random.default_rng(0)
    vectors = unit(generator.standard_normal((600, 8)).astype(np.float32))
    sources = np.where(generator.random(600) < 0.1, "museum", "scan")
    rows = generator.choice(600, 300, replace=False)
    blind = leak(nearest_others(vectors, rows), rows, sources)
    assert blind and blind.beyond.low < 0 < blind.beyond.high and blind.chance == pytest.approx(0.82, abs=0.03)
    vectors[sources == "museum", 0] += 3
    told = leak(nearest_others(unit(vectors), rows), rows, sources)
    museum = told.by_label[1] if told else pytest.fail()
    assert museum.label == "museum" and museum.share > 0.8 and museum.chance == pytest.approx(0.1, abs=0.03)


def test_a_work_alone_has_nothing_to_share() -> None:
    alone, one = np.ones((1, 2), np.float32), np.arange(1)
    assert nearest_others(alone, one).shape == (1, 0)
    assert leak(nearest_others(alone, one), one, ["s"]) is None
