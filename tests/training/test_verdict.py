"""The verdict on planted vectors, where the right answer is known."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from artbyol.base.errors import ModelError
from artbyol.report import wording
from artbyol.training.consistency import (
    StageVectors,
    agreement,
    effective_rank,
    found_again,
    hubness,
    kinship,
    neighbours_kept,
)
from artbyol.training.verdict import Fold, Stage, judge, verdict_from
from artbyol.training.whitening import crop_whitening


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


def test_kinship_is_nought_without_kin_and_whole_where_works_of_a_hand_are_alike() -> None:
    def shown(seen: StageVectors) -> float:
        shared, own = kinship(seen, rows(len(seen.works))).mean(0)
        return 100 * shared / own

    for d in (3, 24):  # in few dimensions, too, where some work is always near
        assert abs(shown(alike(at_random(120, d=d).works))) < 5
    hands = unit(np.repeat(np.random.default_rng(0).standard_normal((6, 24)), 20, 0))
    assert shown(alike(hands)) > 99
    assert 20 < shown(by_hand(120, 1.0)) < 80


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


def test_neighbours_may_be_more_consistent_than_at_the_start() -> None:
    found = judge(folds(80, untrained=by_hand(80, 2.0), whitened=by_hand(80, 1.0), trained=by_hand(80, 0.3)))
    assert (found.finding, found.kept, found.works) == ("more consistent", "trained", 80)
    assert [one.stage for one in found.stages] == ["untrained", "whitened", "trained"]
    start, _, last = found.stages
    assert last.gain.value == pytest.approx(last.agreement.value - start.agreement.value)
    assert 0 < last.gain.low < last.gain.value < last.gain.high
    assert (start.gain.low, start.gain.value, start.gain.high) == (0, 0, 0)


def test_a_stage_that_agrees_less_beyond_chance_is_not_kept() -> None:
    found = judge(folds(80, untrained=by_hand(80, 0.3), whitened=by_hand(80, 0.1), trained=by_hand(80, 2.0)))
    assert (found.finding, found.kept) == ("less consistent", "whitened")
    assert found.stages[-1].gain.high < 0


def test_of_equal_stages_the_default_is_kept() -> None:
    same = by_hand(40, 0.5)
    found = judge(folds(40, untrained=same, whitened=same, trained=same))
    assert (found.finding, found.kept) == ("no clear change", "trained")


@pytest.mark.slow
def test_stages_that_differ_by_chance_alone_are_mostly_no_clear_change() -> None:
    said = [
        judge(folds(60, untrained=by_hand(60, 1.0, seed), trained=by_hand(60, 1.0, seed, look=1))).finding
        for seed in range(40)
    ]
    assert said.count("no clear change") >= 34


def test_an_encoder_that_gives_every_work_almost_one_vector_gains_nothing() -> None:
    rng = np.random.default_rng(0)
    dot = StageVectors(*(unit(np.ones((80, 24)) + 1e-4 * rng.standard_normal((80, 24))) for _ in range(3)))
    assert judge(folds(80, untrained=by_hand(80, 1.0), trained=dot)).finding == "less consistent"


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
    tried = replace(seen, in_grey=seen.works[:4], cut=seen.works[:4], elsewhere=seen.first[:9])
    stages: dict[Stage, StageVectors] = {"untrained": tried, "trained": replace(tried, cut=None)}
    found = judge([Fold(rows(40), stages, rows(4), rows(9), rows(40) // 2, rows(40) % 2)])
    assert found.stages[0].across and found.stages[0].leak and (found.works, found.pictures) == (40, 20)
    assert verdict_from(json.loads(json.dumps(asdict(found)))) == found
    assert verdict_from(None) is None


@pytest.mark.parametrize(
    ("said", "true"), [("helped", "more consistent"), ("no evidence", "no clear change"), ("hurt", "less consistent")]
)
def test_what_an_older_artbyol_called_help_is_shown_as_what_it_measured(said: str, true: str) -> None:
    found = asdict(judge(folds(40, untrained=by_hand(40, 1.0), trained=by_hand(40, 0.3))))
    kept = {"stage", "agreement", "gain", "found_again", "effective_rank", "hubness", "greyscale", "cropped"}
    stages = [{name: one[name] for name in kept} for one in found["stages"]]
    older = {"finding": said, "kept": "trained", "works": 40, "stages": stages}
    shown = verdict_from(json.loads(json.dumps(older)))
    assert shown and (shown.finding, shown.doubts) == (true, None)
    assert "older artbyol" in wording.meaning(shown) and "older artbyol" in wording.keeping(shown)
    words = [wording.finding(shown), *itertools.chain(*wording.measures(shown))]
    assert "helped" not in str(words) and "kinship" not in str(words)
    with pytest.raises(ModelError, match="damaged"):
        verdict_from({**older, "stages": [{}]})


@dataclass(frozen=True)
class Planted:
    """Works of eight hands. Six numbers tell the hands, and scatter over a work as much as `loud`; the others are the
    same all over one photograph, and say nothing of hands.

    Attributes:
        whole: (n, d); crops: (n, 8, d), by turns of either half; hands: (n,).
    """

    whole: NDArray[np.float64]
    crops: NDArray[np.float64]
    hands: NDArray[np.int64]

    @staticmethod
    def of(n: int, constant: float, loud: float, seed: int = 0) -> Planted:
        rng, hands = np.random.default_rng(seed), np.arange(n) % 8
        works = np.concatenate([rng.standard_normal((8, 6))[hands], constant * rng.standard_normal((n, 26))], 1)
        works[:, :6] += 0.3 * rng.standard_normal((n, 6))
        scatter = np.array([loud] * 6 + [0.1] * 26)
        return Planted(works, works[:, None] + scatter * rng.standard_normal((n, 8, 32)), hands)

    def seen(self, change: Callable[[NDArray[np.float64]], NDArray[np.float64]] = lambda x: x) -> StageVectors:
        """By an encoder that makes this of the features."""
        whole, crops = change(self.whole), change(self.crops)
        works, first, second = whole + crops.mean(1), crops[:, 0::2].mean(1), crops[:, 1::2].mean(1)
        return StageVectors(unit(works), unit(first), unit(second))

    def whitened(self) -> StageVectors:
        affine = crop_whitening(torch.tensor(self.whole).float(), torch.tensor(self.crops).float(), 32, 0.1)
        return self.seen(lambda x: affine(torch.tensor(x).float()).numpy().astype(float))

    def precision(self, seen: StageVectors) -> float:
        """P@10 by hand, in percent."""
        cosines = seen.works @ seen.works.T
        np.fill_diagonal(cosines, -1)
        return 100 * float((self.hands[np.argsort(-cosines, 1)[:, :10]] == self.hands[:, None]).mean())


@pytest.mark.parametrize("constant", [0.1, 0.2, 0.4])
def test_what_is_constant_over_a_photograph_is_not_praised(constant: float) -> None:
    planted = Planted.of(160, constant, loud=1.2)
    before, after = planted.seen(), planted.whitened()
    assert planted.precision(after) < planted.precision(before)  # whitening makes the constant large
    found = judge(folds(160, untrained=before, trained=after))
    assert found.doubts == ("photographs",) and found.kept == "untrained"
    assert "caution: kinship did not rise" in wording.meaning(found)


def test_agreement_alone_would_have_praised_it() -> None:
    planted = Planted.of(160, 0.4, loud=1.2)
    before, after = planted.seen(), planted.whitened()
    assert planted.precision(before) > planted.precision(after) + 20
    assert judge(folds(160, untrained=before, trained=after)).finding == "more consistent"


def test_the_whitened_stage_is_not_kept_for_agreeing_most_where_it_is_least_precise() -> None:
    planted = Planted.of(160, 0.1, loud=0.9)
    nearly_the_same = planted.seen(lambda x: x * np.array([0.97] * 6 + [1.0] * 26))
    stages = {"untrained": planted.seen(), "whitened": planted.whitened(), "trained": nearly_the_same}
    precise = [planted.precision(one) for one in stages.values()]
    assert precise[1] + 10 < min(precise[0], precise[2])
    found = judge(folds(160, **stages))
    assert max(found.stages, key=lambda one: one.agreement.value).stage == "whitened" != found.kept


def test_a_stage_that_agrees_less_may_be_the_more_precise_and_is_kept() -> None:
    planted = Planted.of(160, 0.6, loud=0.5)
    before = planted.seen()
    after = planted.seen(lambda x: x * np.array([1.0] * 6 + [0.2] * 26))
    assert planted.precision(after) > planted.precision(before) + 5
    found = judge(folds(160, untrained=before, trained=after))
    assert (found.finding, found.kept, found.doubts) == ("less consistent", "trained", ())
    assert "kinship rose" in wording.meaning(found)


def test_a_stage_that_sees_more_of_the_hand_is_not_doubted() -> None:
    planted = Planted.of(160, 0.3, loud=0.2)
    before = planted.seen(lambda x: x * np.array([0.1] * 6 + [1.0] * 26))
    found = judge(folds(160, untrained=before, trained=planted.seen()))
    assert planted.precision(planted.seen()) > planted.precision(before) + 10
    assert (found.finding, found.kept, found.doubts) == ("more consistent", "trained", ())


def test_what_a_file_adds_is_not_consistent_from_file_to_file() -> None:
    seen, rng = by_hand(120, 1.0), np.random.default_rng(5)
    own, other = (3 * rng.standard_normal((120, 24)) for _ in range(2))
    following = StageVectors(*(unit(x + own) for x in (seen.works, seen.first, seen.second)))
    start = replace(seen, elsewhere=seen.first)
    shown = replace(following, elsewhere=unit(seen.first + other))
    found = judge([replace(fold, elsewhere=rows(120)) for fold in folds(120, untrained=start, trained=shown)])
    last = found.stages[-1]
    assert last.gain.low > 0 > last.across_gain.high  # type: ignore[union-attr]
    assert (found.finding, found.kept) == ("less consistent", "untrained")
    assert "from file to file" in wording.finding(found)


def test_neighbours_that_follow_files_more_than_before_are_warned_of() -> None:
    seen, sources = by_hand(120, 0.5), rows(120) // 60
    towards = 2.0 * np.where(sources, 1, -1)[:, None] * np.eye(24)[0]
    following = StageVectors(*(unit(x + towards) for x in (seen.works, seen.first, seen.second)))
    found = judge([replace(fold, sources=sources) for fold in folds(120, untrained=seen, trained=following)])
    assert found.doubts and "files" in found.doubts and found.leak_by_chance == pytest.approx(100 * 59 / 119)
    assert found.stages[-1].leak.value > 95 and "follow files more than before" in wording.meaning(found)  # type: ignore[union-attr]


def versions_of(seen: StageVectors, times: int, seed: int) -> StageVectors:
    """Every work so many times, each time with a little noise."""
    rng = np.random.default_rng(seed)
    several = (np.repeat(x, times, 0) for x in (seen.works, seen.first, seen.second))
    return StageVectors(*(unit(x + 0.02 * rng.standard_normal(x.shape)) for x in several))


@pytest.mark.slow
def test_versions_of_works_are_no_more_evidence_than_the_works() -> None:
    false = []
    for pictures in (np.repeat(rows(24), 4), None):
        said = []
        for seed in range(40):
            both = [versions_of(by_hand(24, 1.0, seed, look=look), 4, seed) for look in (0, 1)]
            stages: dict[Stage, StageVectors] = {"untrained": both[0], "trained": both[1]}
            said.append(judge([Fold(rows(96), stages, pictures=pictures)]).finding != "no clear change")
        false.append(np.mean(said))
    assert false[0] <= 0.1 and false[1] > 0.25


def test_no_version_of_a_work_is_its_neighbour() -> None:
    seen = alike(np.repeat(at_random(30).works, 2, 0))
    pictures = np.repeat(rows(30), 2)
    assert found_again(seen, rows(60), pictures).tolist() == [100.0] * 60
    shared, _ = kinship(seen, rows(60), pictures).mean(0)
    assert kinship(seen, rows(60))[:, 0].mean() > shared  # a version would have counted as kin
