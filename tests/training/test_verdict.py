"""The verdict on planted vectors, where the right answer is known."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from artbyol.training.verdict import (
    Fold,
    Stage,
    StageVectors,
    agreement,
    effective_rank,
    found_again,
    hubness,
    judge,
    neighbours_kept,
    verdict_from,
)


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def at_random(n: int, seed: int = 0, d: int = 24) -> StageVectors:
    """Vectors that know nothing of each other."""
    rng = np.random.default_rng(seed)
    return StageVectors(*(unit(rng.standard_normal((n, d))) for _ in range(3)))


def noise_for(seed: int, look: int) -> np.random.Generator:
    """Another stream than the works' own: `default_rng([seed, 0])` would be `default_rng(seed)`."""
    return np.random.default_rng([seed, 1 + look])


def by_hand(n: int, noise: float, seed: int = 0, d: int = 24, look: int = 0) -> StageVectors:
    """Works of six hands, seen as a whole, and with this much noise in halves; another `look` sees other noise."""
    rng = np.random.default_rng(seed)
    works = rng.standard_normal((6, d))[np.arange(n) % 6] + 0.4 * rng.standard_normal((n, d))
    rng = noise_for(seed, look)
    return StageVectors(unit(works), *(unit(works + noise * rng.standard_normal((n, d))) for _ in range(2)))


def test_works_and_what_is_seen_of_them_are_drawn_independently() -> None:
    drawn = [rng.standard_normal(5) for rng in (np.random.default_rng(3), noise_for(3, 0), noise_for(3, 1))]
    assert not any(np.array_equal(one, other) for one, other in itertools.combinations(drawn, 2))


def alike(works: NDArray[np.float32]) -> StageVectors:
    return StageVectors(works, works, works)


def rows(n: int) -> NDArray[np.int64]:
    return np.arange(n)


def folds(n: int, **stages: StageVectors) -> list[Fold]:
    """Two folds of what the stages see, named as keywords."""
    seen: dict[Stage, StageVectors] = dict(stages)  # type: ignore[arg-type]
    return [Fold(rows(n)[part::2], seen) for part in range(2)]


@pytest.mark.parametrize("n", [8, 16, 29, 30, 31, 32, 200])
def test_halves_that_see_the_same_agree_wholly_and_random_halves_by_chance(n: int) -> None:
    assert agreement(alike(at_random(n).works), rows(n)) == pytest.approx(100)
    drawn = [agreement(at_random(n, seed), rows(n)).mean() for seed in range(40)]
    assert np.mean(drawn) == pytest.approx(50, abs=4 * np.std(drawn) / 40**0.5 + 0.1)


def test_halves_that_see_the_opposite_disagree_wholly() -> None:
    seen = at_random(100)
    assert agreement(replace(seen, second=-seen.first), rows(100)).max() < 15


@pytest.mark.parametrize("n", [16, 40])
def test_agreement_is_the_area_under_the_curve_that_scikit_learn_computes(n: int) -> None:
    seen, k = by_hand(n, 1.0), min(10, (n - 1) // 3)
    for work in range(n):
        others = np.delete(rows(n), work)
        expected = []
        first, second = seen.first - seen.first.mean(0), seen.second - seen.second.mean(0)
        for one, other in ((first, second), (second, first)):
            found = np.argsort(-(seen.works[others] @ one[work]))[:k]
            expected.append(100 * roc_auc_score(np.isin(rows(n - 1), found), seen.works[others] @ other[work]))
        assert agreement(seen, np.array([work])) == pytest.approx(np.mean(expected), abs=1e-3)


def test_that_a_few_works_are_near_to_every_half_is_no_agreement() -> None:
    seen, common = at_random(90), np.eye(24, dtype=np.float32)[:1]
    hubs = np.concatenate([unit(seen.works[:12] + 40 * common), seen.works[12:]])
    first, second = unit(seen.first + 6 * common), unit(seen.second + 6 * common)
    assert ((first @ hubs.T).argmax(1) < 12).all() and ((second @ hubs.T).argmax(1) < 12).all()
    assert agreement(StageVectors(hubs, first, second), rows(90)).mean() == pytest.approx(50, abs=4)


def test_where_all_works_are_level_agreement_is_chance() -> None:
    works = np.tile(unit(np.ones((1, 4))), (20, 1))
    assert agreement(alike(works), rows(20)) == pytest.approx(50)
    assert agreement(alike(np.zeros((20, 4), np.float32)), rows(20)) == pytest.approx(50)


def test_an_encoder_that_sees_the_hand_agrees_more_than_one_that_sees_less_of_it() -> None:
    values = [agreement(by_hand(90, noise), rows(90)).mean() for noise in (0.3, 1.5, 100.0)]
    assert values[0] > values[1] + 5 > values[2] + 10


def test_a_half_finds_its_other_half_or_does_not() -> None:
    seen = alike(at_random(30).works)
    assert found_again(seen, rows(30)).tolist() == [100.0] * 30
    assert found_again(replace(seen, second=np.roll(seen.second, 1, 0)), rows(30)).tolist() == [0.0] * 30
    one_way = replace(seen, second=np.repeat(seen.second[:15], 2, 0))
    assert set(found_again(one_way, rows(30))) <= {0.0, 50.0, 100.0}


def test_neighbours_kept_counts_those_that_stay() -> None:
    angles = np.linspace(0, np.pi / 2, 31)
    works = unit(np.stack([np.cos(angles), np.sin(angles)], 1))
    seen = alike(works)
    assert neighbours_kept(seen, rows(31), works).tolist() == [100.0] * 31
    first = np.array([0])
    assert neighbours_kept(seen, first, works[30:]).tolist() == [0.0]  # the ten at the other end instead
    between = works[10:11] + works[11:12]
    assert neighbours_kept(seen, first, between).tolist() == [50.0]  # 6 to 15 instead of 1 to 10


def test_effective_rank_counts_directions() -> None:
    corners = np.concatenate([np.eye(5), -np.eye(5)]).astype(np.float32)
    assert effective_rank(corners) == pytest.approx(5, rel=1e-4)
    line = np.outer([-1, 1, 2], [3, 4]).astype(np.float32)
    assert effective_rank(line) == pytest.approx(1, rel=1e-4)
    stretched = corners * np.array([2, 1, 1, 1e-9, 1e-9], np.float32)
    assert effective_rank(stretched) == pytest.approx(2**1.5, rel=1e-3)  # shares 1/2, 1/4, 1/4: entropy 1.5 log 2


def test_hubness_is_nought_on_a_circle_and_great_where_one_work_is_everybodys_neighbour() -> None:
    angles = np.arange(31) * 2 * np.pi / 31
    circle = unit(np.stack([np.cos(angles), np.sin(angles)], 1))
    assert hubness(alike(circle), rows(31)) == pytest.approx(0, abs=1e-6)
    star = np.concatenate([np.eye(30), np.ones((1, 30))])  # the last is closest to all others, which are level
    assert hubness(alike(unit(star)), rows(31), k=1) > 4


def test_a_stage_that_agrees_more_has_helped_and_is_kept() -> None:
    found = judge(folds(80, untrained=by_hand(80, 2.0), whitened=by_hand(80, 1.0), trained=by_hand(80, 0.3)))
    assert (found.finding, found.kept, found.works) == ("helped", "trained", 80)
    assert [one.stage for one in found.stages] == ["untrained", "whitened", "trained"]
    start, _, last = found.stages
    assert last.gain.value == pytest.approx(last.agreement.value - start.agreement.value)
    assert 0 < last.gain.low < last.gain.value < last.gain.high
    assert (start.gain.low, start.gain.value, start.gain.high) == (0, 0, 0)


def test_a_stage_that_agrees_less_has_hurt_and_is_not_kept() -> None:
    found = judge(folds(80, untrained=by_hand(80, 0.3), whitened=by_hand(80, 0.1), trained=by_hand(80, 2.0)))
    assert (found.finding, found.kept) == ("hurt", "whitened")
    assert found.stages[-1].gain.high < 0


def test_equal_stages_are_no_evidence_and_the_earliest_is_kept() -> None:
    same = by_hand(40, 0.5)
    found = judge(folds(40, untrained=same, whitened=same, trained=same))
    assert (found.finding, found.kept) == ("no evidence", "untrained")


@pytest.mark.slow
def test_stages_that_differ_by_chance_alone_are_mostly_no_evidence() -> None:
    said = [
        judge(folds(60, untrained=by_hand(60, 1.0, seed), trained=by_hand(60, 1.0, seed, look=1))).finding
        for seed in range(40)
    ]
    assert said.count("no evidence") >= 34


def test_an_encoder_that_gives_every_work_almost_one_vector_gains_nothing() -> None:
    rng = np.random.default_rng(0)
    dot = StageVectors(*(unit(np.ones((80, 24)) + 1e-4 * rng.standard_normal((80, 24))) for _ in range(3)))
    assert judge(folds(80, untrained=by_hand(80, 1.0), trained=dot)).finding == "hurt"


def test_only_works_held_out_are_asked() -> None:
    good, bad = by_hand(60, 0.3), at_random(60)
    mixed = StageVectors(
        good.works,
        *(np.where((rows(60) < 30)[:, None], g, b) for g, b in ((good.first, bad.first), (good.second, bad.second))),
    )
    for held_out, low, high in ((rows(30), 80, 100), (np.arange(30, 60), 40, 60)):
        found = judge([Fold(held_out, {"untrained": mixed, "trained": mixed})])
        assert low < found.stages[0].agreement.value < high and found.works == 30


def test_altered_works_are_asked_in_the_fold_that_holds_them_out() -> None:
    seen = by_hand(40, 0.3)
    altered = np.array([3, 4, 9])
    tried = replace(seen, in_grey=seen.works[altered], cut=at_random(40).works[altered])
    both = {"untrained": tried, "trained": tried}
    found = judge([Fold(held, both, altered) for held in (np.array([3, 5, 9]), np.array([4, 6]))])
    assert found.stages[0].greyscale is not None and found.stages[0].greyscale.value == 100
    assert found.stages[0].cropped is not None and found.stages[0].cropped.value < 70
    found = judge([Fold(np.array([0, 1]), both, altered)])  # none of them held out
    assert found.stages[0].greyscale is None and found.stages[0].cropped is None


def test_a_verdict_comes_back_out_of_a_header() -> None:
    seen = by_hand(40, 0.5)
    tried = replace(seen, in_grey=seen.works[:4], cut=seen.works[:4])
    stages: dict[Stage, StageVectors] = {"untrained": tried, "trained": seen}
    found = judge([Fold(rows(40), stages, rows(4))])
    assert verdict_from(json.loads(json.dumps(asdict(found)))) == found
    assert verdict_from(None) is None
