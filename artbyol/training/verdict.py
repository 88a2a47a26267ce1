"""Did training help? Asked of works that were held out from it, without labels.

A work's style should be found in either half of it. So each encoder is asked twice for the works closest to one: from
crops of its one half, and from crops of its other half, which share no pixel. The *agreement* is how often one of the
ten works nearest to the one half is nearer to the other half than a work that is not among these ten: 50 % is chance,
100 % the same ten.
An encoder led by what happens to be shown in a place disagrees with itself; one led by the hand agrees. A work that is
near to every half is no sign of a hand, so what it is near to halves on average is taken off first. How well this
predicts labelled precision is measured in docs/experiments/verdict.md.

The reasoning is that of split-half reliability (Spearman 1910; Brown 1910), applied to neighbours; taking off the mean
is how Suzuki, Hara, Shimbo, Saerens and Fukumizu (2013, "Centering similarity measures to reduce hubs") deal with hubs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from artbyol.base.bootstrap import Estimate, estimate, resampled_means
from artbyol.base.errors import ModelError
from artbyol.base.typed_json import misfit
from artbyol.base.vectors import Doubles, Floats, Ints
from artbyol.encoder.current import MODEL

Finding = Literal["helped", "no evidence", "hurt"]
Stage = Literal["untrained", "whitened", "trained"]

NEIGHBOURS = 10


@dataclass(frozen=True)
class StageVectors:
    """How one encoder sees the n works of a collection: unit vectors (n, d).

    Attributes:
        works: as they are embedded: what is searched in.
        first, second: in crops of their one half, and of their other half.
        in_grey, cut: some of the works as they look without their colours, and with a tenth cut off each side, (m, d);
            None where that was not tried.
    """

    works: Floats
    first: Floats
    second: Floats
    in_grey: Floats | None = None
    cut: Floats | None = None


@dataclass(frozen=True)
class Fold:
    """What encoders see, by stage, that were not fitted on some of the works.

    Attributes:
        held_out: rows of these works; others are searched in, but not asked.
        altered: rows of the works that `in_grey` and `cut` show, held out or not.
    """

    held_out: Ints
    seen: Mapping[Stage, StageVectors]
    altered: Ints | None = None


@dataclass(frozen=True)
class StageScores:
    """One encoder, on works that it was not fitted on.

    Attributes:
        stage: "untrained" (where training began), "whitened" (the closed formula) or "trained" (by BYOL).
        agreement: percent; how far the two halves of a work agree about its neighbours, 50 is chance.
        gain: of agreement over the first stage, in points, paired by work.
        found_again: percent; how often a half's nearest, among all other halves, is its own work's.
        effective_rank: how many directions the vectors spread over (Roy and Vetterli 2007).
        hubness: skewness of how often a work is among another's ten nearest (Radovanović et al. 2010); 0 is even.
        greyscale, cropped: percent; of a work's ten neighbours, how many stay when it loses its colours, and when a
            tenth is cut off each of its sides; None where it was not tried.
    """

    stage: Stage
    agreement: Estimate
    gain: Estimate
    found_again: Estimate
    effective_rank: float
    hubness: float
    greyscale: Estimate | None
    cropped: Estimate | None


@dataclass(frozen=True)
class Verdict:
    """What training achieved.

    Attributes:
        finding: of the last stage against the first: "helped" or "hurt" where the interval of its gain leaves out 0.
        kept: the stage that became the model: the one of the greatest agreement, the earliest of equals.
        works: works held out and asked, over all folds.
        stages: in order of training.
    """

    finding: Finding
    kept: Stage
    works: int
    stages: tuple[StageScores, ...]


def verdict_from(values: Mapping[str, Any] | None) -> Verdict | None:
    """A verdict out of a model's header, as `dataclasses.asdict` put it there. Raises ModelError: it is damaged."""
    if values is None:
        return None
    if wrong := misfit(values, Verdict):
        raise ModelError(f"The verdict in the model's file is damaged: {wrong}.", MODEL.remedy)

    def scores(one: Mapping[str, Any]) -> StageScores:
        fields: dict[str, Any] = {name: Estimate(**v) if isinstance(v, dict) else v for name, v in one.items()}
        return StageScores(**fields)

    return Verdict(**{**values, "stages": tuple(scores(one) for one in values["stages"])})


def judge(folds: Sequence[Fold]) -> Verdict:
    """The verdict over folds of held-out works; the first stage of each is the one to beat."""
    stages = list(folds[0].seen)
    agreements = {
        stage: np.concatenate([agreement(fold.seen[stage], fold.held_out) for fold in folds]) for stage in stages
    }
    scores = tuple(_scores(stage, agreements[stage], agreements[stages[0]], folds) for stage in stages)
    last, kept = scores[-1], max(scores, key=lambda one: one.agreement.value)
    finding: Finding = "helped" if last.gain.low > 0 else "hurt" if last.gain.high < 0 else "no evidence"
    return Verdict(finding, kept.stage, len(agreements[stages[0]]), scores)


def agreement(seen: StageVectors, rows: Ints) -> Doubles:
    """For each of `rows` (m,), how often one of the ten works nearest to its one half is nearer to its other half than
    a work that is not among the ten: the area under the ROC curve, in percent (m,), of both directions averaged.

    Where ten would be more than a third of the others, it is that third.
    """
    # (half - mean half) . work is the work's cosine to this half less its mean cosine to all halves.
    by_first, by_second = (
        _to_others(half[rows] - half.mean(0), seen.works, rows) for half in (seen.first, seen.second)
    )
    k = _few(NEIGHBOURS, len(seen.works))
    return np.asarray((_area(by_first, by_second, k) + _area(by_second, by_first, k)) / 2)


def found_again(seen: StageVectors, rows: Ints) -> Doubles:
    """For each of `rows` (m,), percent of its two halves (m,) that are nearest to each other among all other halves."""
    forth = (seen.first[rows] @ seen.second.T).argmax(1) == rows
    back = (seen.second[rows] @ seen.first.T).argmax(1) == rows
    return np.asarray(50.0 * (forth.astype(float) + back))


def neighbours_kept(seen: StageVectors, rows: Ints, altered: Floats) -> Doubles:
    """Of the ten works nearest to each of `rows` (m,), the percentage that stay (m,) when the work is altered and has
    these vectors (m, d)."""
    k = _few(NEIGHBOURS, len(seen.works))
    before = _nearest(_to_others(seen.works[rows], seen.works, rows), k)
    after = _nearest(_to_others(altered, seen.works, rows), k)
    return np.asarray(100.0 * (before[:, :, None] == after[:, None, :]).any(2).mean(1))


def effective_rank(vectors: Floats) -> float:
    """The exponential of the entropy of the singular values' shares (Roy and Vetterli 2007) of centred (n, d)."""
    strengths = np.linalg.svd(vectors - vectors.mean(0), compute_uv=False)
    shares = strengths / max(float(strengths.sum()), 1e-12)
    return float(np.exp(-(shares * np.log(np.maximum(shares, 1e-12))).sum()))


def hubness(seen: StageVectors, rows: Ints, k: int = NEIGHBOURS) -> float:
    """Skewness of the k-occurrences of all works among the nearest of `rows`: Radovanović, Nanopoulos and Ivanović
    2010, equation 2."""
    nearest = _nearest(_to_others(seen.works[rows], seen.works, rows), _few(k, len(seen.works)))
    counts = np.bincount(nearest.ravel(), minlength=len(seen.works)).astype(float)
    spread = counts.std()
    return float(((counts - counts.mean()) ** 3).mean() / spread**3) if spread else 0.0


def _to_others(queries: Floats, works: Floats, rows: Ints) -> Floats:
    """Cosines (m, n) of queries to works; of each to the work that it is of (`rows`), -inf."""
    cosines = queries @ works.T
    cosines[np.arange(len(rows)), rows] = -np.inf
    return cosines


def _nearest(cosines: Floats, k: int) -> Ints:
    return np.argpartition(-cosines, k - 1, axis=1)[:, :k]


def _area(asked: Floats, order: Floats, k: int) -> Doubles:
    """Percent (m,) of the pairs of one of the k greatest of a row of `asked` and one of the others in which it is the
    greater in the same row of `order`; both (m, n), with one -inf a row, which does not count. Ties count half."""
    values = np.take_along_axis(order, _nearest(asked, k), 1)
    below = np.mean([(order < values[:, j : j + 1]).sum(1) - 1 for j in range(k)], axis=0)  # - 1: the one at -inf
    level = np.mean([(order == values[:, j : j + 1]).sum(1) - 1 for j in range(k)], axis=0)  # - 1: itself
    among_themselves = (k - 1) / 2
    return np.asarray(100 * (below + level / 2 - among_themselves) / (order.shape[1] - 1 - k))


def _few(k: int, works: int) -> int:
    return min(k, max(1, (works - 1) // 3))


def _scores(stage: Stage, own: Doubles, start: Doubles, folds: Sequence[Fold]) -> StageScores:
    def kept(how: Callable[[StageVectors], Floats | None]) -> Estimate | None:
        parts = [np.empty(0)]
        for fold in folds:
            seen, altered = fold.seen[stage], how(fold.seen[stage])
            if altered is not None and fold.altered is not None:
                asked = np.isin(fold.altered, fold.held_out)
                parts.append(neighbours_kept(seen, fold.altered[asked], altered[asked]))
        values = np.concatenate(parts)
        return _mean(values) if len(values) else None

    return StageScores(
        stage,
        agreement=_mean(own),
        gain=_mean(own - start),
        found_again=_mean(np.concatenate([found_again(fold.seen[stage], fold.held_out) for fold in folds])),
        effective_rank=float(np.mean([effective_rank(fold.seen[stage].works[fold.held_out]) for fold in folds])),
        hubness=float(np.mean([hubness(fold.seen[stage], fold.held_out) for fold in folds])),
        greyscale=kept(lambda seen: seen.in_grey),
        cropped=kept(lambda seen: seen.cut),
    )


def _mean(values: Doubles) -> Estimate:
    return estimate(float(values.mean()), resampled_means(values))
