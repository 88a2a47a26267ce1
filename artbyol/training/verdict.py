"""What did training change? Asked of works that were held out from it, without labels.

Three questions are asked of each encoder (`artbyol.training.consistency`). Do two halves of a work agree about its
neighbours? An encoder led by what happens to be shown in a place disagrees with itself. So much agreement can tell, and
no more: whatever is constant over one photograph makes halves agree, too. Where some works were also read as another
file of the collection would show them (`artbyol.pictures.rendition`), their halves are seen by different files: what
the one scanner left in the one half is not in the other. How well this predicts labelled precision is measured in
docs/experiments/verdict.md.

Therefore two more. Kinship: a hand is shared by works; what is constant over one photograph is not, and makes this
less. And the leak (`artbyol.search.leak`): do neighbours share the kind of their file more than before?
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from artbyol.base.bootstrap import Estimate, estimate, resampled_means
from artbyol.base.errors import ModelError
from artbyol.base.typed_json import misfit
from artbyol.base.vectors import Doubles, Ints, LabelColumn, codes_of
from artbyol.encoder.current import MODEL
from artbyol.search.leak import shared
from artbyol.training import consistency
from artbyol.training.consistency import StageVectors

Finding = Literal["more consistent", "no clear change", "less consistent"]
Doubt = Literal["photographs", "files"]
Stage = Literal["untrained", "whitened", "trained"]

_CALLED: Mapping[str, Finding] = {
    "helped": "more consistent",
    "no evidence": "no clear change",
    "hurt": "less consistent",
}
"""What an older artbyol called its findings, though all that it knew was agreement."""


@dataclass(frozen=True)
class Fold:
    """What encoders see, by stage, that were not fitted on some of the works.

    Attributes:
        held_out: rows of these works; others are searched in, but not asked.
        altered: rows of the works that `in_grey` and `cut` show, held out or not.
        elsewhere: rows of the works that `elsewhere` shows, held out or not.
        pictures: (n,), equal for versions of one picture: none is a neighbour of another, and they are drawn together.
        sources: (n,), what kind of file each work is in; None where they are all of one.
    """

    held_out: Ints
    seen: Mapping[Stage, StageVectors]
    altered: Ints | None = None
    elsewhere: Ints | None = None
    pictures: Ints | None = None
    sources: LabelColumn | None = None

    @property
    def picture_of(self) -> Ints:
        """(n,) of which picture each work is a version; by itself where that is not known."""
        works = len(next(iter(self.seen.values())).works)
        return np.arange(works) if self.pictures is None else self.pictures


@dataclass(frozen=True)
class StageScores:
    """One encoder, on works that it was not fitted on. Gains are over the first stage, in points, paired by work.

    Attributes:
        stage: "untrained" (where training began), "whitened" (the closed formula) or "trained" (by BYOL).
        agreement, gain: percent; how far the two halves of a work agree about its neighbours, 50 is chance.
        across, across_gain: the same where the halves are seen by different files; None where that was not tried.
        kinship, kinship_gain: percent; of what two halves of a work have in common, how much they have in common with
            halves of its nearest works, 0 is chance; None in the model of an older artbyol.
        leak, leak_gain: percent; of a work's ten nearest, how many are in its kind of file; None where there is one.
        found_again: percent; how often a half's nearest, among all other halves, is its own work's.
        effective_rank: how many directions the vectors spread over (Roy and Vetterli 2007).
        hubness: skewness of how often a work is among another's ten nearest (Radovanović et al. 2010); 0 is even.
        greyscale, cropped: percent; of a work's ten neighbours, how many stay when it loses its colours, and when a
            tenth is cut off each of its sides; None where it was not tried.
    """

    stage: Stage
    agreement: Estimate
    gain: Estimate
    across: Estimate | None
    across_gain: Estimate | None
    kinship: Estimate | None
    kinship_gain: Estimate | None
    leak: Estimate | None
    leak_gain: Estimate | None
    found_again: Estimate
    effective_rank: float
    hubness: float
    greyscale: Estimate | None
    cropped: Estimate | None

    @property
    def judged(self) -> Estimate:
        """The gain that the finding is about: across files where that was tried."""
        return self.across_gain or self.gain


@dataclass(frozen=True)
class Verdict:
    """What training changed, as far as that can be told without labels.

    Attributes:
        finding: whether the neighbours of works are more consistent after the last stage than before the first one:
            where the interval of its gain leaves out 0. No finding says that they are closer in style.
        doubts: why more consistent neighbours need not be closer in style: "photographs" (kinship did not rise: it may
            be what is constant over one photograph), "files" (more neighbours than before share the kind of their
            file). None in the model of an older artbyol, which did not ask.
        kept: the stage that became the model: the last one, unless another is better beyond chance.
        works: works held out and asked, over all folds.
        pictures: different ones among them; fewer where there are versions. None in the model of an older artbyol.
        leak_by_chance: percent; `leak` of vectors that know nothing of files.
        stages: in order of training.
    """

    finding: Finding
    doubts: tuple[Doubt, ...] | None
    kept: Stage
    works: int
    pictures: int | None
    leak_by_chance: float | None
    stages: tuple[StageScores, ...]


_SINCE_OLDER = ("across", "across_gain", "kinship", "kinship_gain", "leak", "leak_gain")


def verdict_from(values: Mapping[str, Any] | None) -> Verdict | None:
    """A verdict out of a model's header, as `dataclasses.asdict` put it there, now or by an older artbyol. Raises
    ModelError: it is damaged."""
    if values is None:
        return None
    if values.get("finding") in _CALLED and isinstance(values.get("stages"), list):
        values = {
            **dict.fromkeys(("doubts", "pictures", "leak_by_chance")),
            **values,
            "finding": _CALLED[values["finding"]],
            "stages": [{**dict.fromkeys(_SINCE_OLDER), **one} for one in values["stages"] if isinstance(one, dict)],
        }
    if wrong := misfit(values, Verdict):
        raise ModelError(f"The verdict in the model's file is damaged: {wrong}.", MODEL.remedy)

    def scores(one: Mapping[str, Any]) -> StageScores:
        fields: dict[str, Any] = {name: Estimate(**v) if isinstance(v, dict) else v for name, v in one.items()}
        return StageScores(**fields)

    doubts = values["doubts"]
    stages = tuple(scores(one) for one in values["stages"])
    return Verdict(**{**values, "doubts": None if doubts is None else tuple(doubts), "stages": stages})


@dataclass(frozen=True)
class _Compared:
    """One measure of all stages: means, gains over the first stage, and what each has more than the last."""

    values: tuple[Estimate, ...]
    gains: tuple[Estimate, ...]
    over_last: tuple[Estimate, ...]


def judge(folds: Sequence[Fold]) -> Verdict:
    """The verdict over folds of held-out works; the first stage of each is the one to beat, and the last one is kept
    unless an earlier one is better beyond chance."""
    stages = list(folds[0].seen)

    def compared(rows: Callable[[Fold], Ints], ask: Callable[[Fold, StageVectors, Ints], Doubles]) -> _Compared | None:
        """Of every stage what `ask` finds for rows of each fold: (m,), or (m, 2) of which the means are divided."""
        asked = [(fold, some) for fold in folds if len(some := rows(fold))]
        if not asked:
            return None
        answers = [np.concatenate([ask(fold, fold.seen[stage], some) for fold, some in asked]) for stage in stages]
        return _compare(np.stack(answers, 1), np.concatenate([fold.picture_of[some] for fold, some in asked]))

    def held_out(fold: Fold) -> Ints:
        return fold.held_out

    within = compared(held_out, lambda fold, seen, rows: consistency.agreement(seen, rows, fold.pictures))
    kin = compared(held_out, lambda fold, seen, rows: consistency.kinship(seen, rows, fold.pictures))
    matched = compared(held_out, lambda fold, seen, rows: consistency.found_again(seen, rows, fold.pictures))
    across = compared(_shown_elsewhere, _across)
    leak = compared(lambda fold: fold.held_out if fold.sources is not None else _NONE, _leak)
    grey = compared(lambda fold: _altered(fold, "in_grey"), partial(_kept_when, "in_grey"))
    cut = compared(lambda fold: _altered(fold, "cut"), partial(_kept_when, "cut"))
    assert within and kin and matched

    def at(measure: _Compared | None, place: int) -> tuple[Estimate | None, Estimate | None]:
        return (measure.values[place], measure.gains[place]) if measure else (None, None)

    scores = tuple(
        StageScores(
            stage,
            within.values[place],
            within.gains[place],
            *at(across, place),
            *at(kin, place),
            *at(leak, place),
            matched.values[place],
            float(np.mean([consistency.effective_rank(fold.seen[stage].works[fold.held_out]) for fold in folds])),
            float(np.mean([consistency.hubness(fold.seen[stage], fold.held_out) for fold in folds])),
            at(grey, place)[0],
            at(cut, place)[0],
        )
        for place, stage in enumerate(stages)
    )
    change = scores[-1].judged
    finding: Finding = (
        "more consistent" if change.low > 0 else "less consistent" if change.high < 0 else "no clear change"
    )
    doubts: list[Doubt] = []
    if kin.gains[-1].low <= 0:
        doubts.append("photographs")
    if leak and leak.gains[-1].low > 0:
        doubts.append("files")
    pictures = [fold.picture_of[fold.held_out] for fold in folds]
    return Verdict(
        finding,
        tuple(doubts),
        stages[_best(across or within, kin)],
        sum(map(len, pictures)),
        sum(len(np.unique(some)) for some in pictures),
        float(np.concatenate([_leak_by_chance(fold) for fold in folds]).mean()) if leak else None,
        scores,
    )


def _compare(answers: Doubles, pictures: Ints) -> _Compared:
    """Of (q, stages) or (q, stages, 2) answers of works, which are drawn together where they are of one picture."""

    def figures(means: Doubles) -> Doubles:
        if answers.ndim == 2:
            return means
        part, whole = means[..., 0], means[..., 1]
        return np.asarray(100 * part / np.maximum(np.maximum(part, whole), 1e-9))

    means, drawn = figures(answers.mean(0)), figures(resampled_means(answers, clusters=pictures))

    def more_than(other: int) -> tuple[Estimate, ...]:
        both = zip(means - means[other], (drawn - drawn[:, [other]]).T, strict=True)
        return tuple(estimate(float(value), column) for value, column in both)

    values = tuple(estimate(float(value), column) for value, column in zip(means, drawn.T, strict=True))
    return _Compared(values, more_than(0), more_than(-1))


def _best(agreed: _Compared, kinship: _Compared) -> int:
    """Which stage to keep: the last one, unless an earlier one is better beyond chance: in kinship or, with no less of
    that, in agreement. Agreement alone would choose what whitening makes of a constant over one photograph."""
    last = len(agreed.values) - 1
    closer = [place for place in range(last) if kinship.over_last[place].low > 0]
    if closer:
        return max(closer, key=lambda place: kinship.values[place].value)
    level = [place for place in range(last) if agreed.over_last[place].low > 0 and kinship.over_last[place].high >= 0]
    return max(level, key=lambda place: agreed.values[place].value, default=last)


_NONE: Ints = np.empty(0, np.int64)


def _shown_elsewhere(fold: Fold) -> Ints:
    return _NONE if fold.elsewhere is None else fold.elsewhere[np.isin(fold.elsewhere, fold.held_out)]


def _across(fold: Fold, seen: StageVectors, rows: Ints) -> Doubles:
    """Agreement (m,) of works one half of which is seen by another file."""
    assert fold.elsewhere is not None and seen.elsewhere is not None
    first, second = seen.elsewhere[np.isin(fold.elsewhere, rows)], seen.second[rows]
    halves = (first - seen.elsewhere.mean(0), second - seen.second.mean(0))
    return consistency.agreement_of(*(consistency.to_others(half, seen.works, rows, fold.pictures) for half in halves))


def _leak(fold: Fold, seen: StageVectors, rows: Ints) -> Doubles:
    """Percent (m,) of the works nearest to each of `rows` that are in its kind of file."""
    assert fold.sources is not None
    cosines = consistency.to_others(seen.works[rows], seen.works, rows, fold.pictures)
    return 100 * shared(consistency.nearest(cosines, consistency.few(cosines)), rows, fold.sources)[0]


def _altered(fold: Fold, how: str) -> Ints:
    tried = fold.altered is not None and all(getattr(seen, how) is not None for seen in fold.seen.values())
    return fold.altered[np.isin(fold.altered, fold.held_out)] if tried and fold.altered is not None else _NONE


def _kept_when(how: str, fold: Fold, seen: StageVectors, rows: Ints) -> Doubles:
    assert fold.altered is not None
    return consistency.neighbours_kept(seen, rows, getattr(seen, how)[np.isin(fold.altered, rows)], fold.pictures)


def _leak_by_chance(fold: Fold) -> Doubles:
    """Percent (m,) of all others that are in the kind of file of each of the works held out."""
    assert fold.sources is not None
    codes = codes_of(fold.sources)
    return np.asarray(100 * (np.bincount(codes)[codes[fold.held_out]] - 1) / (len(codes) - 1))
