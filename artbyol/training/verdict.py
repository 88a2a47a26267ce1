"""What did training change? Asked of works that were held out from it, without labels.

A work's style should be found in either half of it, whichever file shows it. So each encoder is asked twice for the
works closest to one: from crops of its one half, and from crops of its other half, which share no pixel. The
*agreement* is how often one of the ten works nearest to the one half is nearer to the other half than a work that is
not among these ten: 50 % is chance, 100 % the same ten. Where some works were also read as another file of the
collection would show them (`artbyol.pictures.rendition`), their halves are seen by different files: what the one
scanner left in the one half is not in the other.
An encoder led by what happens to be shown in a place disagrees with itself. So much agreement can tell, and no more:
whatever is constant over one photograph makes halves agree, too. A work that is near to every half is no sign of a
hand, so what it is near to halves on average is taken off first. How well this predicts labelled precision is measured
in docs/experiments/verdict.md.

Therefore two more questions. *Kinship*: of what two halves of a work have in common beyond all works, how much do they
have in common with halves of its nearest works? 0 % is what works without kin would show, 100 % as much as with each
other. A hand is shared by works; what is constant over one photograph is not, and makes this less. And the leak
(`artbyol.search.leak`): do neighbours share the kind of their file more than before?

The reasoning is that of split-half reliability (Spearman 1910; Brown 1910), applied to neighbours, and of the
intraclass correlation (Fisher 1925), the class being a work and its neighbours; taking off the mean is how Suzuki,
Hara, Shimbo, Saerens and Fukumizu (2013, "Centering similarity measures to reduce hubs") deal with hubs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from artbyol.base.bootstrap import Estimate, estimate, resampled_means
from artbyol.base.errors import ModelError
from artbyol.base.typed_json import misfit
from artbyol.base.vectors import Doubles, Floats, Ints, LabelColumn, codes_of, unit
from artbyol.encoder.current import MODEL
from artbyol.search.leak import shared

Finding = Literal["more consistent", "no clear change", "less consistent"]
Doubt = Literal["photographs", "files"]
Stage = Literal["untrained", "whitened", "trained"]

NEIGHBOURS = 10

FOR_KINSHIP = 1000
"""Works among which kin are looked for."""

_CALLED: Mapping[str, Finding] = {
    "helped": "more consistent",
    "no evidence": "no clear change",
    "hurt": "less consistent",
}
"""What an older artbyol called its findings, though all that it knew was agreement."""


@dataclass(frozen=True)
class StageVectors:
    """How one encoder sees the n works of a collection: unit vectors (n, d).

    Attributes:
        works: as they are embedded: what is searched in.
        first, second: in crops of their one half, and of their other half.
        in_grey, cut: some of the works as they look without their colours, and with a tenth cut off each side, (m, d);
            None where that was not tried.
        elsewhere: the first halves of some of the works as other files of the collection would show them, (m, d); None
            where that was not tried.
    """

    works: Floats
    first: Floats
    second: Floats
    in_grey: Floats | None = None
    cut: Floats | None = None
    elsewhere: Floats | None = None


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

    within = compared(_held_out, lambda fold, seen, rows: agreement(seen, rows, fold.pictures))
    kin = compared(_held_out, lambda fold, seen, rows: kinship(seen, rows, fold.pictures))
    matched = compared(_held_out, lambda fold, seen, rows: found_again(seen, rows, fold.pictures))
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
            float(np.mean([effective_rank(fold.seen[stage].works[fold.held_out]) for fold in folds])),
            float(np.mean([hubness(fold.seen[stage], fold.held_out) for fold in folds])),
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
    held_out = [fold.picture_of[fold.held_out] for fold in folds]
    return Verdict(
        finding,
        tuple(doubts),
        stages[_best(across or within, kin)],
        sum(map(len, held_out)),
        sum(len(np.unique(pictures)) for pictures in held_out),
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


def agreement(seen: StageVectors, rows: Ints, pictures: Ints | None = None) -> Doubles:
    """For each of `rows` (m,), how often one of the ten works nearest to its one half is nearer to its other half than
    a work that is not among the ten: the area under the ROC curve, in percent (m,), of both directions averaged.

    Where ten would be more than a third of the others, it is that third. Versions of the work itself are no others:
    those of which `pictures` (n,) says the same.
    """
    # (half - mean half) . work is the work's cosine to this half less its mean cosine to all halves.
    halves = (half[rows] - half.mean(0) for half in (seen.first, seen.second))
    return _agreement(*(_to_others(half, seen.works, rows, pictures) for half in halves))


def _agreement(by_first: Floats, by_second: Floats) -> Doubles:
    k = _few(by_first)
    return np.asarray((_area(by_first, by_second, k) + _area(by_second, by_first, k)) / 2)


def kinship(seen: StageVectors, rows: Ints, pictures: Ints | None = None) -> Doubles:
    """For each of `rows` two figures (m, 2), of which the means are divided: what a half has in common with the halves
    of its nearest works, and with its own other half; 1 is as much with them as with itself, 0 what chance gives.

    Common is what cosines are above those to all works. The ten nearest are those of the one half; then the other half
    is compared with their other halves: crops that had no part in the choice. What is constant over one photograph is
    in the second figure alone. From both is taken what works without kin would show (`_without_kin`). Of a collection
    of more than `FOR_KINSHIP` works only `rows` are looked at.
    """
    if len(seen.works) > FOR_KINSHIP:
        seen = StageVectors(seen.works[rows], seen.first[rows], seen.second[rows])
        rows, pictures = np.arange(len(rows)), None if pictures is None else pictures[rows]
    first, second, works = seen.first, seen.second, seen.works
    found, others = [], len(works) - 1
    for half, other in ((first, second), (second, first)):
        chosen = _to_others(half[rows] - half.mean(0), works, rows, pictures)
        nearest, asked = _nearest(chosen, _few(chosen)), other[rows]
        itself, own = (asked * asked).sum(1), (asked * half[rows]).sum(1)
        with_kin = np.einsum("md,mkd->m", asked, other[nearest]) / nearest.shape[1]
        beyond = with_kin - (asked @ other.sum(0) - itself) / others, own - (asked @ half.sum(0) - own) / others
        found.append(np.stack(beyond, 1))
    shared, own = np.stack(found, dtype=np.float64).mean(0).T
    by_chance = _without_kin(works, nearest.shape[1])
    return np.stack([shared - by_chance * own, (1 - by_chance) * own], 1)


def _without_kin(works: Floats, k: int) -> float:
    """What works (n, d) would have in common with their k nearest if none were kin: they vary along each principal axis
    as much as these do, but along each independently of the others.

    That is parallel analysis (Horn 1965) by permutation (Buja and Eyuboglu 1992). Vectors of few dimensions are near to
    some others whatever they show.
    """
    strengths, axes = np.linalg.eigh(works @ works.T)
    coordinates = axes * np.sqrt(np.maximum(strengths, 0))
    rng, found = np.random.default_rng(0), []
    for _ in range(max(1, FOR_KINSHIP // len(works))):
        drawn = unit(np.stack([rng.permutation(column) for column in coordinates.T], 1))
        cosines = drawn @ drawn.T
        mean = (cosines.sum(1) - 1) / (len(works) - 1)
        np.fill_diagonal(cosines, -np.inf)
        nearest = np.partition(cosines, -k, axis=1)[:, -k:].mean(1)
        found.append(float((nearest - mean).mean() / max(float((1 - mean).mean()), 1e-9)))
    return min(float(np.mean(found)), 0.99)


def found_again(seen: StageVectors, rows: Ints, pictures: Ints | None = None) -> Doubles:
    """For each of `rows` (m,), percent of its two halves (m,) that are nearest to each other among all other halves."""
    pictures = np.arange(len(seen.works)) if pictures is None else pictures
    pairs = ((seen.first, seen.second), (seen.second, seen.first))
    matched = [pictures[(half[rows] @ other.T).argmax(1)] == pictures[rows] for half, other in pairs]
    return np.asarray(100.0 * np.mean(matched, 0))


def neighbours_kept(seen: StageVectors, rows: Ints, altered: Floats, pictures: Ints | None = None) -> Doubles:
    """Of the ten works nearest to each of `rows` (m,), the percentage that stay (m,) when the work is altered and has
    these vectors (m, d)."""
    before, after = (_to_others(queries, seen.works, rows, pictures) for queries in (seen.works[rows], altered))
    k = _few(before)
    return np.asarray(100.0 * (_nearest(before, k)[:, :, None] == _nearest(after, k)[:, None, :]).any(2).mean(1))


def effective_rank(vectors: Floats) -> float:
    """The exponential of the entropy of the singular values' shares (Roy and Vetterli 2007) of centred (n, d)."""
    strengths = np.linalg.svd(vectors - vectors.mean(0), compute_uv=False)
    shares = strengths / max(float(strengths.sum()), 1e-12)
    return float(np.exp(-(shares * np.log(np.maximum(shares, 1e-12))).sum()))


def hubness(seen: StageVectors, rows: Ints, k: int = NEIGHBOURS) -> float:
    """Skewness of the k-occurrences of all works among the nearest of `rows`: Radovanović, Nanopoulos and Ivanović
    2010, equation 2."""
    cosines = _to_others(seen.works[rows], seen.works, rows)
    counts = np.bincount(_nearest(cosines, _few(cosines, k)).ravel(), minlength=len(seen.works)).astype(float)
    spread = counts.std()
    return float(((counts - counts.mean()) ** 3).mean() / spread**3) if spread else 0.0


_NONE: Ints = np.empty(0, np.int64)


def _held_out(fold: Fold) -> Ints:
    return fold.held_out


def _shown_elsewhere(fold: Fold) -> Ints:
    return _NONE if fold.elsewhere is None else fold.elsewhere[np.isin(fold.elsewhere, fold.held_out)]


def _across(fold: Fold, seen: StageVectors, rows: Ints) -> Doubles:
    """Agreement (m,) of works one half of which is seen by another file."""
    assert fold.elsewhere is not None and seen.elsewhere is not None
    first, second = seen.elsewhere[np.isin(fold.elsewhere, rows)], seen.second[rows]
    halves = (first - seen.elsewhere.mean(0), second - seen.second.mean(0))
    return _agreement(*(_to_others(half, seen.works, rows, fold.pictures) for half in halves))


def _leak(fold: Fold, seen: StageVectors, rows: Ints) -> Doubles:
    """Percent (m,) of the works nearest to each of `rows` that are in its kind of file."""
    assert fold.sources is not None
    cosines = _to_others(seen.works[rows], seen.works, rows, fold.pictures)
    return 100 * shared(_nearest(cosines, _few(cosines)), rows, fold.sources)[0]


def _altered(fold: Fold, how: str) -> Ints:
    tried = fold.altered is not None and all(getattr(seen, how) is not None for seen in fold.seen.values())
    return fold.altered[np.isin(fold.altered, fold.held_out)] if tried and fold.altered is not None else _NONE


def _kept_when(how: str, fold: Fold, seen: StageVectors, rows: Ints) -> Doubles:
    assert fold.altered is not None
    return neighbours_kept(seen, rows, getattr(seen, how)[np.isin(fold.altered, rows)], fold.pictures)


def _leak_by_chance(fold: Fold) -> Doubles:
    """Percent (m,) of all others that are in the kind of file of each of the works held out."""
    assert fold.sources is not None
    codes = codes_of(fold.sources)
    return np.asarray(100 * (np.bincount(codes)[codes[fold.held_out]] - 1) / (len(codes) - 1))


def _to_others(queries: Floats, works: Floats, rows: Ints, pictures: Ints | None = None) -> Floats:
    """Cosines (m, n) of queries to works; of each to the work that it is of (`rows`) and its versions, -inf."""
    cosines = queries @ works.T
    if pictures is None:
        cosines[np.arange(len(rows)), rows] = -np.inf
    else:
        cosines[pictures[rows, None] == pictures] = -np.inf
    return cosines


def _nearest(cosines: Floats, k: int) -> Ints:
    return np.argpartition(-cosines, k - 1, axis=1)[:, :k]


def _area(asked: Floats, order: Floats, k: int) -> Doubles:
    """Percent (m,) of the pairs of one of the k greatest of a row of `asked` and one of the others in which it is the
    greater in the same row of `order`; both (m, n). Those at -inf do not count. Ties count half."""
    values, hidden = np.take_along_axis(order, _nearest(asked, k), 1), np.isneginf(order).sum(1)
    below = np.mean([(order < values[:, j : j + 1]).sum(1) - hidden for j in range(k)], axis=0)
    level = np.mean([(order == values[:, j : j + 1]).sum(1) - 1 for j in range(k)], axis=0)  # - 1: itself
    among_themselves = (k - 1) / 2
    return np.asarray(100 * (below + level / 2 - among_themselves) / (order.shape[1] - hidden - k))


def _few(cosines: Floats, k: int = NEIGHBOURS) -> int:
    """k, or a third of the others where that is less."""
    return min(k, max(1, int((~np.isneginf(cosines)).sum(1).min()) // 3))
