"""Bootstrap intervals: as wide as theory says, paired, and the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from artbyol.base.bootstrap import estimate, resampled_means


def test_the_interval_of_a_share_is_as_wide_as_theory_says() -> None:
    values = (np.arange(400) < 120).astype(float)[:, None]
    found = estimate(values.mean(), resampled_means(values)[:, 0])
    half = 1.96 * (0.3 * 0.7 / 400) ** 0.5  # the normal approximation
    assert found.value == pytest.approx(0.3)
    assert found.low == pytest.approx(0.3 - half, abs=0.15 * half)
    assert found.high == pytest.approx(0.3 + half, abs=0.15 * half)


def test_most_intervals_hold_the_true_mean() -> None:
    generator = np.random.default_rng(0)
    held = 0
    for trial in range(200):
        values = generator.standard_exponential((80, 1))
        found = estimate(values.mean(), resampled_means(values, seed=trial, draws=300)[:, 0])
        held += found.low <= 1 <= found.high
    assert 0.88 <= held / 200 <= 0.98  # 95 % and a little less for so few and so skewed values


def test_encoders_are_drawn_with_the_same_queries() -> None:
    hard = np.random.default_rng(0).random(300)
    values = np.stack([hard, hard, hard - 0.1], axis=1)
    drawn = resampled_means(values)
    np.testing.assert_allclose(drawn[:, 0], drawn[:, 1], atol=1e-12)
    difference = estimate(0.1, drawn[:, 0] - drawn[:, 2])
    assert (difference.low, difference.high) == pytest.approx((0.1, 0.1))


def test_the_same_seed_draws_the_same_and_another_one_does_not() -> None:
    values = np.random.default_rng(0).random((50, 2, 3))
    first = resampled_means(values, seed=1, draws=70)
    assert first.shape == (70, 2, 3)
    np.testing.assert_array_equal(first, resampled_means(values, seed=1, draws=70))
    assert not np.array_equal(first, resampled_means(values, seed=2, draws=70))


def test_queries_that_belong_together_are_drawn_together() -> None:
    values = np.random.default_rng(0).standard_normal((60, 2))
    own = resampled_means(values)
    np.testing.assert_allclose(resampled_means(values, clusters=np.arange(60)), own, atol=1e-12)
    five_times = resampled_means(np.repeat(values, 5, axis=0), clusters=np.repeat(np.arange(60), 5))
    np.testing.assert_allclose(five_times, own, atol=1e-12)  # versions are no more evidence than the work is
    sizes = np.array([1, 9])  # a mean over the queries drawn, however many are of a cluster
    drawn = resampled_means(np.repeat([1.0, 0.0], sizes), clusters=np.repeat([0, 1], sizes))
    assert sorted({round(float(one), 6) for one in drawn}) == [0.0, 0.1, 1.0]
