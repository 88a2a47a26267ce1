"""Where likeness ends: on planted kin, among works that are alike by chance alone, and in answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import artbyol
from artbyol.base.errors import UsageError
from artbyol.base.vectors import Floats, unit
from artbyol.report.likeness_words import where_likeness_ends
from artbyol.search.chance import BY_CHANCE, Chance


def directions(works: int, seed: int, kin: int = 0) -> Floats:
    """Works of no kind, of which the first, and so many after it, are of one."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(works, 24))
    rows[: kin + 1] += 4 * rng.normal(size=24)
    return unit(rows.astype(np.float32))


def counted(rows: Floats, asked: int, chance: Chance) -> tuple[int, list[int]]:
    """How many works are kin of one, and all others by nearness."""
    cosines = rows @ rows[asked]
    order = [row for row in np.argsort(-cosines).tolist() if row != asked]
    return chance.kin(rows[asked], cosines[order], len(rows)), order


@pytest.mark.parametrize("works", [40, 200, 1_500])
def test_of_the_works_counted_one_in_ten_at_most_is_alike_by_chance(works: int) -> None:
    mistaken, found = [], []
    for seed in range(40):
        rows = directions(works, seed, kin=8)
        kin, order = counted(rows, 0, Chance.of(rows[:1_000]))
        false = sum(row > 8 for row in order[:kin])
        mistaken.append(false / max(1, kin))
        found.append((kin - false) / 8)
    assert np.mean(mistaken) <= BY_CHANCE
    assert np.mean(found) > 0.7


def test_a_work_without_kin_has_hardly_ever_any() -> None:
    rows = directions(400, 0)
    chance = Chance.of(rows)
    assert np.mean([counted(rows, asked, chance)[0] > 0 for asked in range(400)]) <= BY_CHANCE


def test_too_few_works_tell_nothing() -> None:
    rows = directions(2, 0)
    assert Chance.of(rows[:1]).kin(rows[0], rows[1:] @ rows[0], 2) == 0
    assert Chance.of(rows).kin(rows[0], rows[:0] @ rows[0], 2) == 0


@pytest.mark.parametrize(
    ("kin", "said"),
    [(None, ""), (5, ""), (4, "The first 4 are"), (1, "The first is"), (0, "None of these")],
)
def test_the_line_is_put_in_words_where_there_is_one(kin: int | None, said: str) -> None:
    told = where_likeness_ends(kin, 5)
    assert told.startswith(said) and bool(told) == bool(said)


def test_answers_say_where_likeness_ends_and_stop_there_if_asked(gallery: Path) -> None:
    query = gallery / "work00.png"
    found = artbyol.similar(query, 23)
    assert found.kin is not None and found.kin <= 23
    stopped = artbyol.similar(query, 23, until=True)
    assert [one.path for one in stopped.neighbours] == [one.path for one in found.neighbours][: found.kin]
    assert artbyol.similar(query, 1, until=True).kin == found.kin
    assert artbyol.similar([query, gallery / "work01.png"]).kin is None
    with pytest.raises(UsageError, match="one picture, in style"):
        artbyol.similar(query, by="palette", until=True)
