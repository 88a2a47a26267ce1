"""Encoders fitted without some of the works, to see how they do on these: what the verdict is made from.

The collection is dealt into folds. For each, whitening and BYOL are fitted anew on the works of the others, from the
same features, which takes seconds; the works left out are then embedded by the three encoders in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.training.phases import projection_phase, whiten
from artbyol.training.plan import FEWEST_WORKS, Plan
from artbyol.training.verdict import Fold, Stage, StageVectors

MOST_ASKED = 1000
"""Works of a fold that are asked for their neighbours: enough for intervals of half a point."""

FEWEST_JUDGED = 2 * FEWEST_WORKS
"""In a smaller collection nothing is left to fit on when some works are held out."""


@dataclass(frozen=True)
class Altered:
    """Features of some works (`rows` (m,) of the collection) without their colours, and with their edges cut off:
    whole (m, D) and k crops (m, k, D) each."""

    rows: Tensor
    in_grey: tuple[Tensor, Tensor]
    cut: tuple[Tensor, Tensor]


@dataclass(frozen=True)
class CollectionFeatures:
    """Features of a collection: whole works (n, D), k crops of each by turns from its two halves (n, k, D), and some
    works altered."""

    whole: Tensor
    crops: Tensor
    altered: Altered | None = None


def folds_of(works: int) -> int:
    """Two; four in small collections, where a fit on half of the works would say little about one on all."""
    return 4 if works < 200 else 2


def crossfit(
    plan_for: Callable[[int], Plan],
    encoder: StyleEncoder,
    features: CollectionFeatures,
    tick: Callable[[int, int], None],
) -> list[Fold]:
    """Fit on each fold's complement and see what the fit has not seen.

    Args:
        plan_for: the plan for so many works.
        encoder: where training begins: no projection.
        looks: of `FEWEST_JUDGED` works or more.
        tick: told the steps done and the steps in all, after each; may raise to stop.

    Raises:
        TooFewImagesError, TrainingError: nothing can be fitted without one of the folds.
    """
    every = torch.arange(len(features.whole))
    parts = folds_of(len(every))
    folds, done = [], 0
    held_out = [every % parts == part for part in range(parts)]
    plans = [plan_for(int((~held).sum())) for held in held_out]
    untrained = _seen(encoder, features)
    for held, plan in zip(held_out, plans, strict=True):
        whole, crops = features.whole[~held], features.crops[~held]
        fitted = whiten(plan, encoder, whole, crops)
        seen: dict[Stage, StageVectors] = {"untrained": untrained, "whitened": _seen(fitted, features)}
        trainer = projection_phase(plan, fitted, whole, crops)
        for step in trainer.steps():
            tick(done + step.done, sum(plan.steps for plan in plans))
        done += trainer.total
        seen["trained"] = _seen(fitted, features)
        altered = features.altered.rows.numpy() if features.altered else None
        folds.append(Fold(every[held][:MOST_ASKED].numpy(), seen, altered))
    return folds


def _seen(encoder: StyleEncoder, features: CollectionFeatures) -> StageVectors:
    encoder.eval()
    works = encoder.vectors(features.whole, features.crops).numpy()
    first, second = (half.numpy() for half in encoder.halves(features.crops))
    if features.altered is None:
        return StageVectors(works, first, second)
    in_grey, cut = (encoder.vectors(*seen).numpy() for seen in (features.altered.in_grey, features.altered.cut))
    return StageVectors(works, first, second, in_grey, cut)
