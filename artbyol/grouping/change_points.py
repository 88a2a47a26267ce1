"""How style moves over the years: where it stands, how fast it goes, and where it turns.

Where it stands at a moment is the mean direction of the works around it (a Gaussian window). How fast it goes is the
angle between the standing a step before and a step after.

A *turning point* is a year from which style is another than the steady drift up to then explains. For each year that
could be one, a step there is added to a straight line through all years, in the first principal components, and the
share of the remaining variance that the step explains is taken. The largest of these shares is compared with what
chance gives: the residuals of the line are handed to other years, a whole year at a time, because works of one year
(one series, one sitting) are alike in any case (Freedman and Lane 1983, "A nonstochastic interpretation of reported
significance levels"). Where it is real, both sides are searched again (binary segmentation, Scott and Knott 1974), and
share the chance of a false alarm that the whole was allowed: each gets a part of it, as large as its part of the years
(Meinshausen 2008, "Hierarchical testing of variable importance"; a side too short to be searched leaves its part to the
other, Goeman and Finos 2012, "The inheritance procedure"). So 5 % is the chance of any false turning point, however
many true ones there are. A steady drift is no turning point, and neither is one odd year.

Where works are by several hands, style may turn only because one begins or ends. So the same step is looked for once
more in the works of those who have some on both sides, each taken from the mean of the same hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from artbyol.base.vectors import Doubles, Floats, Ints

SIGNIFICANT: Final = 0.05
FEWEST_YEARS: Final = 8
"""Different years with works, below which nothing is said of turning points: too few ways to shuffle them."""

_COMPONENTS = 16
_SHUFFLES = 999
_NUMBERS = 400_000  # that are shuffled at a time
_SIDE_YEARS, _SIDE_WORKS = 3, 5  # that must lie on either side of a turning point
_WINDOW = 1 / 12  # standard deviation of the window, of the whole time
_MOMENTS = 60  # at most


@dataclass(frozen=True)
class Moment:
    """Style around one year.

    Attributes:
        year: the middle of the window.
        works: how many works the window amounts to.
        speed: degrees per ten years that the mean direction turns by.
        by_chance: what the speed would be, in 95 of 100 cases at most, if the same works had been made in any order.
        unity: 0..1, how alike the works around it are: the length of their mean direction.
    """

    year: float
    works: float
    speed: float
    by_chance: float
    unity: float


@dataclass(frozen=True)
class Turn:
    """A year from which style is another.

    Attributes:
        year: the first year of the new style; `last`: the last one before it that has works.
        chance: how often works in any order would give a step as large somewhere in the time that was searched (the p
            value of the permutation test), corrected for all the searches.
        share: 0..1, of the variance that steady drift leaves, how much the step explains.
    """

    year: int
    last: int
    chance: float
    share: float


@dataclass(frozen=True)
class Turns:
    """What was found.

    Attributes:
        turns: by year; often none.
        chance: of the largest step in the whole time, real or not; None where there are too few years to tell.
        drift: how often works in any order would follow a straight line through the years as well as these; None
            likewise.
    """

    turns: tuple[Turn, ...]
    chance: float | None
    drift: float | None


def moments(directions: Floats, years: Ints, seed: int = 0) -> tuple[Moment, ...]:
    """Style over time.

    Args:
        directions: (n, d), rows of length 1; years: (n,), of each.
        seed: of the order by chance.
    """
    first, last = int(years.min()), int(years.max())
    if last == first:
        unity = float(np.linalg.norm(directions.mean(axis=0, dtype=np.float64)))
        return (Moment(float(first), float(len(years)), 0.0, float("nan"), unity),)
    width = max(1.0, (last - first) * _WINDOW)
    at = np.linspace(first, last, min(_MOMENTS, last - first + 1))
    blocks, counts, sums = _blocks(directions.astype(np.float64), years)
    step = width / 2

    def window(middles: Doubles) -> Doubles:
        return np.asarray(np.exp(-0.5 * ((blocks - middles[:, None]) / width) ** 2))

    before, after = np.maximum(at - step, first), np.minimum(at + step, last)
    weights = window(at)
    means = weights @ sums / np.maximum(weights @ counts, 1e-12)[:, None]
    between = after - before
    speeds = _angles(window(before) @ sums, window(after) @ sums) / between * 10
    rng = np.random.default_rng(seed)
    shuffled = []
    for _ in range(200):
        _, _, others = _blocks(directions[rng.permutation(len(years))].astype(np.float64), years)
        shuffled.append(_angles(window(before) @ others, window(after) @ others) / between * 10)
    chance = np.quantile(np.stack(shuffled), 0.95, axis=0)
    columns = (at, weights @ counts, speeds, chance, np.linalg.norm(means, axis=1))
    return tuple(Moment(*map(float, row)) for row in zip(*columns, strict=True))


def turning_points(directions: Floats, years: Ints, seed: int = 0) -> Turns:
    """Where style turns, and whether it follows the years at all.

    Args:
        directions: (n, d), rows of length 1; years: (n,), of each.
        seed: of the shuffles; the same gives the same answer.
    """
    order = np.argsort(years, kind="stable")
    rows, times = _principal(directions[order]), years[order]
    if _years(times) < FEWEST_YEARS:
        return Turns((), None, None)
    rng = np.random.default_rng(seed)
    drift = _drift(rows, times, rng)
    whole = _largest_step(rows, times, rng)
    found: list[Turn] = []
    pending = [(rows, times, whole, 1.0, 0.0)]
    while pending:
        part, when, turn, weight, at_least = pending.pop()
        chance = max(at_least, min(1.0, turn.chance / weight)) if turn else 1.0
        if turn is None or chance > SIGNIFICANT:
            continue
        found.append(replace(turn, chance=chance))
        sides = [side for side in (when < turn.year, when >= turn.year) if _years(when[side]) >= FEWEST_YEARS]
        every = sum(_years(when[side]) for side in sides)
        for side in sides:
            largest = _largest_step(part[side], when[side], rng)
            pending.append((part[side], when[side], largest, weight * _years(when[side]) / every, chance))
    return Turns(tuple(sorted(found, key=lambda turn: turn.year)), whole.chance if whole else None, drift)


def step_within(directions: Floats, years: Ints, hands: Sequence[str], year: int, seed: int = 0) -> float | None:
    """How often works in any order would give as large a step from one year on within the work of each hand (the p
    value of the permutation test); None: too few works by hands with some on both sides.

    Args:
        directions: (n, d), rows of length 1; years: (n,), of each.
        hands: whose work each is, "" where nobody knows.
        year: of a turning point.
    """
    names, rows = np.array(hands), directions.astype(np.float64)
    after = years >= year
    both = (set(names[after].tolist()) & set(names[~after].tolist())) - {""}
    for hand in both:
        rows[names == hand] -= rows[names == hand].mean(axis=0)
    kept = np.flatnonzero(np.isin(names, sorted(both)))
    if _years(years[kept]) < FEWEST_YEARS:
        return None
    kept = kept[np.argsort(years[kept], kind="stable")]
    place = int(np.searchsorted(np.unique(years[kept]), year))
    step = _largest_step(_principal(rows[kept]), years[kept], np.random.default_rng(seed), place)
    return step.chance if step else None


def _years(times: Ints) -> int:
    """How many different ones there are."""
    return len(np.unique(times))


def _principal(rows: Floats | Doubles) -> Doubles:
    """The first principal components (n, r), which hold what differs most: noise in all others would drown a step."""
    centred = (rows - rows.mean(axis=0)).astype(np.float64)
    if len(rows) < rows.shape[1]:  # of the two matrices of products the smaller: an untrained model has 2,316 numbers
        values, vectors = np.linalg.eigh(centred @ centred.T)
        return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0)))[:, ::-1][:, :_COMPONENTS])
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ vectors[:, ::-1][:, :_COMPONENTS])


def _blocks(rows: Doubles, years: Ints) -> tuple[Doubles, Doubles, Doubles]:
    """The different years (m,), how many works each has (m,), and the sums of their rows (m, r)."""
    blocks, block = np.unique(years, return_inverse=True)
    sums = np.zeros((len(blocks), rows.shape[1]))
    np.add.at(sums, block, rows)
    return blocks.astype(np.float64), np.bincount(block).astype(np.float64), sums


def _largest_step(rows: Doubles, years: Ints, rng: np.random.Generator, place: int | None = None) -> Turn | None:
    """The year with the largest step, and its chance; None where no year has enough on both sides. `place`: of the only
    year that is asked for, among those with works."""
    asked = slice(None) if place is None else slice(place, place + 1)
    blocks, counts, sums = _blocks(rows, years)
    total = float((rows**2).sum())
    left = np.asarray(total - _explained(blocks, counts, sums))
    kept = _residuals(blocks, counts, sums)
    observed = _steps(blocks, counts, kept, left)
    if not np.isfinite(observed[asked]).any():
        return None
    best = int(np.argmax(observed)) if place is None else place
    # A line takes some of what is chance along: the more, the more works a year has and the farther out it lies.
    full = kept / np.sqrt(1.0 - np.minimum(_leverage(blocks, counts), 0.9))[:, None]
    whole = left + (((full**2 - kept**2).sum(axis=-1)) / counts).sum()
    as_large = 1
    for orders in _shuffles(len(blocks), kept.size, rng):
        moved_counts, moved = counts[orders], full[orders]
        again = whole - _explained(blocks, moved_counts, moved)
        steps = _steps(blocks, moved_counts, _residuals(blocks, moved_counts, moved), again)
        as_large += int((steps[..., asked].max(axis=-1) >= observed[best] - 1e-12).sum())
    return Turn(int(blocks[best]), int(blocks[best - 1]), as_large / (_SHUFFLES + 1), float(min(1.0, observed[best])))


def _drift(rows: Doubles, years: Ints, rng: np.random.Generator) -> float:
    """The chance of a line through the years that explains as much."""
    blocks, counts, sums = _blocks(rows, years)
    observed = float(_explained(blocks, counts, sums))
    as_large = 1
    for orders in _shuffles(len(blocks), sums.size, rng):
        as_large += int((_explained(blocks, counts[orders], sums[orders]) >= observed - 1e-12).sum())
    return as_large / (_SHUFFLES + 1)


def _shuffles(m: int, size: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Orders of m years (b, m), in blocks that keep what is computed from each small."""
    together = max(1, _NUMBERS // size)
    for start in range(0, _SHUFFLES, together):
        count = min(together, _SHUFFLES - start)
        yield rng.permuted(np.tile(np.arange(m), (count, 1)), axis=1)


# The following take one order of the years, or several at once along leading axes: counts (…, m), sums (…, m, r).


def _line(blocks: Doubles, counts: Doubles, sums: Doubles) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Least squares through all works: the mean (…, r), the slope (…, r), the years from their mean (…, m), and the
    works' spread over them (…)."""
    n = counts.sum(axis=-1, keepdims=True)
    time = blocks - (counts * blocks).sum(axis=-1, keepdims=True) / n
    spread = np.maximum((counts * time**2).sum(axis=-1), 1e-12)
    slope = np.einsum("...m,...mr->...r", time, sums) / spread[..., None]
    return sums.sum(axis=-2) / n, slope, time, spread


def _leverage(blocks: Doubles, counts: Doubles) -> Doubles:
    """For each year (m,) the share of what chance adds to its works that a line follows, 0 to 1."""
    time = blocks - counts @ blocks / counts.sum()
    return np.asarray(counts * (1.0 / counts.sum() + time**2 / max(float(counts @ time**2), 1e-12)))


def _residuals(blocks: Doubles, counts: Doubles, sums: Doubles) -> Doubles:
    """Sums over each year's works (…, m, r) of what the line leaves."""
    mean, slope, time, _ = _line(blocks, counts, sums)
    fitted = mean[..., None, :] + time[..., None] * slope[..., None, :]
    return np.asarray(sums - counts[..., None] * fitted)


def _explained(blocks: Doubles, counts: Doubles, sums: Doubles) -> Doubles:
    """The sum of squares (…) that the line explains, its mean included."""
    mean, slope, _, spread = _line(blocks, counts, sums)
    return np.asarray(counts.sum(axis=-1) * (mean**2).sum(axis=-1) + spread * (slope**2).sum(axis=-1))


def _steps(blocks: Doubles, counts: Doubles, residuals: Doubles, left: Doubles) -> Doubles:
    """For each year (…, m) the share of `left` that a step from that year on explains; -inf where a side is too
    small."""
    n = counts.sum(axis=-1, keepdims=True)
    time = blocks - (counts * blocks).sum(axis=-1, keepdims=True) / n
    after = counts[..., ::-1].cumsum(axis=-1)[..., ::-1]
    moment = (counts * time)[..., ::-1].cumsum(axis=-1)[..., ::-1]
    sums = residuals[..., ::-1, :].cumsum(axis=-2)[..., ::-1, :]
    spread = np.maximum((counts * time**2).sum(axis=-1, keepdims=True), 1e-12)
    own = after - after**2 / n - moment**2 / spread  # of the step, beyond mean and line
    place = np.arange(len(blocks))
    possible = (place >= _SIDE_YEARS) & (place <= len(blocks) - _SIDE_YEARS) & (own > 1e-9)
    possible &= (after >= _SIDE_WORKS) & (n - after >= _SIDE_WORKS)
    explained = (sums**2).sum(axis=-1) / np.where(possible, own, 1.0)
    return np.where(possible, explained / np.maximum(left, 1e-12)[..., None], -np.inf)


def _angles(one: Doubles, other: Doubles) -> Doubles:
    """Degrees between rows."""
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosines = (one * other).sum(axis=1) / np.maximum(lengths, 1e-12)
    return np.asarray(np.degrees(np.arccos(cosines.clip(-1.0, 1.0))))
