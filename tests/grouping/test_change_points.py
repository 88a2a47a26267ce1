"""How style moves over the years: a turn that was planted is found, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from artbyol.grouping.change_points import SIGNIFICANT, Turns, moments, step_within, turning_points

TURN = 1888
FOUR_STYLES = {"turns": (1890, 1910, 1930), "span": 80}
"""For `drawn`: twenty years each."""


def drawn(
    seed: int,
    n: int = 120,
    *,
    step: float = 0.0,
    drift: float = 0.0,
    series: float = 0.0,
    d: int = 32,
    turns: tuple[int, ...] = (TURN,),
    span: int = 41,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Vectors (n, d) of works of so many years from 1870 on: a step at each turn, each in a direction of its own, a
    steady drift, and something that works of a year share."""
    rng = np.random.default_rng(seed)
    years = np.sort(rng.integers(1870, 1870 + span, n))
    rows = rng.normal(size=d) + rng.normal(size=(n, d)) * np.linspace(1.0, 0.2, d)
    *ways, steady = (way / np.linalg.norm(way) for way in rng.normal(size=(len(turns) + 1, d)))
    for turn, way in zip(turns, ways, strict=True):
        rows += step * (years >= turn)[:, None] * way
    rows += drift * ((years - 1890) / 20)[:, None] * steady
    rows += series * rng.normal(size=(span, d))[years - 1870]
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), years


def test_a_planted_turn_is_found() -> None:
    for seed in range(5):
        found = turning_points(*drawn(seed, step=4.0, drift=2.0), seed)
        assert any(abs(turn.year - TURN) <= 1 and turn.last < turn.year for turn in found.turns), seed
        assert found.drift is not None and found.drift <= SIGNIFICANT


@pytest.mark.parametrize(
    "more", [{}, {"drift": 3.0}, {"series": 0.5}], ids=["nothing", "steady drift", "works of a year alike"]
)
@pytest.mark.slow
def test_turns_by_chance_are_rare(more: dict[str, float]) -> None:
    false = sum(bool(turning_points(*drawn(seed, **more), seed).turns) for seed in range(20))
    assert false <= 4  # of 20, at 5 %: more than four once in 400


@pytest.mark.slow
def test_turns_by_chance_are_no_more_frequent_where_there_are_true_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the four styles is searched for turns of its own: 5 % is for all of these searches together."""
    monkeypatch.setattr("artbyol.grouping.change_points._SHUFFLES", 399)
    false, planted = 0, FOUR_STYLES["turns"]
    for seed in range(60):
        turns = turning_points(*drawn(seed, 240, step=8.0, d=6, **FOUR_STYLES), seed).turns  # type: ignore[arg-type]
        false += any(min(abs(turn.year - year) for year in planted) > 2 for turn in turns)
        assert all(any(abs(turn.year - year) <= 2 for turn in turns) for year in planted)
        assert all(turn.chance <= SIGNIFICANT for turn in turns)
    assert false <= 5  # of 60, at 5 %: more than five once in 13; 8 when each search had 5 % of its own


def test_the_same_answer_every_time_and_for_any_order() -> None:
    rows, years = drawn(3, step=4.0)
    found = turning_points(rows, years, 7)
    assert turning_points(rows, years, 7) == found
    order = np.argsort(years, kind="stable")[::-1]
    (turn, *_), (other, *_) = found.turns, turning_points(rows[order], years[order], 7).turns
    assert (turn.year, turn.last) == (other.year, other.last)


def test_too_few_years_say_nothing() -> None:
    rows, years = drawn(0, step=4.0)
    few = years % 7 + 1880
    assert turning_points(rows, few) == Turns((), None, None)


def test_speed_is_highest_at_the_turn() -> None:
    line = moments(*drawn(1, n=300, step=4.0))
    fastest = max(line, key=lambda moment: moment.speed)
    assert abs(fastest.year - TURN) <= 2 and fastest.speed > 2 * fastest.by_chance
    assert all(0 <= moment.unity <= 1 for moment in line)
    calm = moments(*drawn(1, n=300))
    assert np.mean([moment.speed > moment.by_chance for moment in calm]) < 0.3


def test_one_year_is_a_moment() -> None:
    rows, _ = drawn(0)
    (only,) = moments(rows, np.full(len(rows), 1900))
    assert only.year == 1900 and only.speed == 0


def test_a_step_within_hands_is_told_from_a_change_of_hands() -> None:
    style, years = drawn(0, step=1.2)  # everybody turns
    hands = [("one", "other")[at % 2] for at in range(len(years))]
    turned = step_within(style, years, hands, TURN)
    assert turned is not None and turned <= SIGNIFICANT
    false = 0
    for seed in range(8):  # nobody does, but a third hand begins at the turn
        plain, years = drawn(seed)
        begun = np.flatnonzero(years >= TURN)[::2]
        changed = ["third" if at in begun else hand for at, hand in enumerate(hands)]
        plain[begun] += 0.9 * np.eye(plain.shape[1], dtype=np.float32)[0]
        plain /= np.linalg.norm(plain, axis=1, keepdims=True)
        assert any(abs(turn.year - TURN) <= 3 for turn in turning_points(plain, years).turns)
        same = step_within(plain, years, changed, TURN)
        assert same is not None
        false += same <= SIGNIFICANT
    assert false <= 2
    apart = ["before" if year < TURN else "after" for year in years]
    assert step_within(plain, years, apart, TURN) is None  # nobody has works on both sides
    assert step_within(plain, years, [""] * len(years), TURN) is None
