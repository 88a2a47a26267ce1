"""Words: for what is there, none for chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, mannwhitneyu, rankdata

from artbyol.pictures.measures import words
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.words import FEWEST_WORKS, group_words, percentiles, robust_z, work_words

NAMES = [attribute.name for attribute in ATTRIBUTES]


def collection(works: int, seed: int = 0) -> np.ndarray:
    """Attributes of works that differ by chance alone; all of them in colour."""
    values = np.random.default_rng(seed).normal(size=(works, len(ATTRIBUTES))).astype(np.float32)
    values[:, NAMES.index("colourfulness")] += 20
    return values


def labels_with(works: int, members: int) -> np.ndarray:
    """One group of the first works; the others in none."""
    return np.where(np.arange(works) < members, 0, -1)


@pytest.mark.slow
def test_random_groups_get_a_word_no_more_often_than_chance_allows() -> None:
    values, rng = collection(120), np.random.default_rng(1)
    labels = np.arange(120) % 6
    with_words = [any(group_words(values, rng.permutation(labels))) for _ in range(200)]
    assert np.mean(with_words) <= 0.08  # 0.05 is allowed; 200 draws cannot tell 0.05 from 0.08


@pytest.mark.parametrize("works", [7, 300])
def test_ranks_tests_and_corrections_are_those_of_scipy(works: int) -> None:
    rng = np.random.default_rng(works)
    values = np.column_stack([rng.normal(size=works), rng.integers(0, 4, works), np.ones(works)])
    members = np.arange(works) < works // 3
    ranked = [words._ranked(column) for column in values.T]
    np.testing.assert_array_equal([ranks for ranks, _ in ranked], rankdata(values, axis=0).T)
    deltas, chances = words._against_the_rest(ranked, members)
    with np.errstate(invalid="ignore"):  # of the column that has one value everywhere
        wanted = mannwhitneyu(values[members], values[~members], axis=0, method="asymptotic")
    np.testing.assert_allclose(deltas, 2 * wanted.statistic / (members.sum() * (~members).sum()) - 1, atol=1e-12)
    np.testing.assert_allclose(chances, np.nan_to_num(wanted.pvalue, nan=1.0), rtol=1e-9)
    np.testing.assert_allclose(words._corrected(chances), false_discovery_control(chances), rtol=1e-12)


def test_what_is_there_is_said_the_strongest_first() -> None:
    values = collection(100)
    values[:20, NAMES.index("warmth")] -= 6
    values[:20, NAMES.index("texture")] += 2.5
    (words,) = group_words(values, labels_with(100, 20))
    assert words == ("cooler", "finer texture")


def test_at_most_four_words_and_nothing_twice() -> None:
    values = collection(100)
    values[:20] += 3
    values[:, NAMES.index("empty space")] = -values[:, NAMES.index("busyness")]
    (words,) = group_words(values, labels_with(100, 20))
    assert len(words) == 4
    assert not {"busier", "less empty space"} <= set(words)


def test_a_group_of_everything_has_nothing_to_stand_out_from() -> None:
    assert group_words(collection(50), np.zeros(50, np.int64)) == [()]
    assert group_words(collection(50), np.full(50, -1)) == []


def test_two_works_are_too_few_to_be_sure_of() -> None:
    values = collection(60)
    values[:2, NAMES.index("warmth")] += 10
    assert group_words(values, labels_with(60, 2)) == [()]
    values[:5, NAMES.index("warmth")] += 10
    assert group_words(values, labels_with(60, 5)) == [("warmer",)]


def test_without_colour_the_word_is_monochrome() -> None:
    values = collection(100)
    for name in ("colourfulness", "hues", "colours"):
        values[:20, NAMES.index(name)] = 1
    values[20:, NAMES.index("hues")] += 5
    values[20:, NAMES.index("colours")] += 15
    (words,) = group_words(values, labels_with(100, 20))
    assert words == ("monochrome",)


def test_a_work_is_named_for_what_few_others_reach() -> None:
    values = collection(100)
    one = np.median(values, axis=0, keepdims=True)
    assert work_words(one, values) == [()]
    one[0, NAMES.index("lightness")] = 4
    one[0, NAMES.index("edge softness")] = -6
    assert work_words(one, values) == [("sharper edges", "lighter")]
    assert work_words(one, values[: FEWEST_WORKS - 1]) == [()]


def test_the_absence_of_verticals_is_no_word() -> None:
    values = collection(100)
    one = np.median(values, axis=0, keepdims=True)
    one[0, NAMES.index("verticals")] = -9
    assert work_words(one, values) == [()]


def test_deviations_are_robust_and_percentiles_count_level_works_half() -> None:
    everyone = np.array([[0.0], [1.0], [2.0], [3.0], [1000.0]], np.float32)
    assert robust_z(np.array([2.0], np.float32), everyone) == pytest.approx([0])
    assert robust_z(np.array([2 + 1.4826], np.float32), everyone) == pytest.approx([1], abs=1e-5)
    assert percentiles(np.array([[2.0]], np.float32), everyone) == pytest.approx(np.array([[50]]))
    assert robust_z(np.array([5.0], np.float32), np.ones((9, 1), np.float32)) == pytest.approx([0])
