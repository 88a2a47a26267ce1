"""What each recipe does with a folder's pictures: from contents to a fitted encoder and a verdict on it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from artbyol.base.errors import TooFewImagesError, TrainingError
from artbyol.base.events import Notice
from artbyol.encoder.backbones import Backbone
from artbyol.encoder.device import one_thread
from artbyol.encoder.feature_cache import cache_for
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.storage.ingest import Content
from artbyol.training.cross_fitting import FEWEST_JUDGED, Looks, crossfit
from artbyol.training.held_out import look_again, read_altered, tell
from artbyol.training.phases import encoder_for, projection_phase, whiten
from artbyol.training.plan import Plan, TrainRequest, make_plan
from artbyol.training.run import (
    Circumstances,
    PhaseOutcome,
    drive,
    key_of,
    read_features,
    read_squares,
    squares_path,
)
from artbyol.training.together import trainer_of_all
from artbyol.training.verdict import Fold, Stage, Verdict, judge

ALTERED = 48
"""Works looked at once more without their colours and without their edges: four seconds, intervals of four points."""


@dataclass(frozen=True)
class TrainReport:
    """What a training did.

    Attributes:
        model: the model file.
        model_id: its id.
        plan: what was done.
        steps: optimiser steps of the last phase; `resumed_at`: of these, done by an earlier run (0: none).
        loss, spread: means over the last tenth of the steps (nan: nothing was left to do).
        verdict: whether it helped, and which stage became the model; None: no works could be held out.
        skipped: files in the folder that cannot be used.
        seconds: wall time of this run.
    """

    model: Path
    model_id: str
    plan: Plan
    steps: int
    resumed_at: int
    loss: float
    spread: float
    verdict: Verdict | None
    skipped: int
    seconds: float


@dataclass(frozen=True)
class Task:
    """What to fit: the request, the network to start from and where its weights are from; whether to begin anew."""

    request: TrainRequest
    network: Backbone
    origin: str
    fresh: bool


@dataclass(frozen=True)
class Fitted:
    """What a recipe made.

    Attributes:
        encoder: the stage that the verdict kept; the trained one where there is no verdict.
        plan: what was done; `used`: hashes of the works fitted on.
        outcome: of the last phase.
        verdict: None where no work could be held out.
    """

    encoder: StyleEncoder
    plan: Plan
    used: Sequence[bytes]
    outcome: PhaseOutcome
    verdict: Verdict | None


def fit_style(around: Circumstances, task: Task, plan: Plan, contents: Sequence[Content]) -> Fitted:
    """The style and brushwork recipes: whitening, then BYOL on features read once; judged by cross-fitting."""
    start = encoder_for(plan, task.network, task.origin)
    colour = plan.recipe == "brushwork"
    cache = cache_for(around.place, start.config, around.machine, colour)
    used = read_features(around, cache, start, contents, colour)
    cache.drop_others()
    plan = _plan_for_usable(around, task, plan, len(used))
    readable = set(used)
    usable = [content for content in contents if content.hash in readable]
    whole, crops = cache.get(used)
    encoder = whiten(plan, start.cpu(), whole, crops)
    trainer = projection_phase(plan, encoder, whole, crops)
    with one_thread():
        outcome = drive(around, trainer, "projection", key_of(plan, encoder, used), task.fresh)
    if len(used) < FEWEST_JUDGED:
        return Fitted(encoder.eval(), plan, used, outcome, None)
    looks = Looks(whole, crops, read_altered(around, start, usable[:ALTERED], colour))
    verdict = _crossfitted(around, task, start, looks)
    if verdict and verdict.kept != "trained":
        encoder = whiten(plan, start, whole, crops) if verdict.kept == "whitened" else start
    return Fitted(encoder.eval(), plan, used, outcome, verdict)


def _crossfitted(around: Circumstances, task: Task, start: StyleEncoder, looks: Looks) -> Verdict | None:
    try:
        with one_thread():
            return judge(
                crossfit(
                    lambda works: plan_of(around, task, works),
                    start,
                    looks,
                    lambda done, total: tell(around, "checking", done, total),
                )
            )
    except (TooFewImagesError, TrainingError) as error:
        around.listener(Notice(f"No verdict: training failed once some works were held out. {error.message}"))
        return None


def fit_classic(around: Circumstances, task: Task, plan: Plan, contents: Sequence[Content]) -> Fitted:
    """The paper's recipe, on squares of pictures; judged on works kept out of it."""
    squares, usable = read_squares(around, contents, plan.squares_side)
    plan = _plan_for_usable(around, task, plan, len(usable))
    used, others = usable[: plan.works], set(usable[plan.works :])
    encoder = encoder_for(plan, task.network, task.origin)
    untrained = copy.deepcopy(encoder)
    first = squares.first(plan.works)
    trainer = trainer_of_all(around.crew, plan, encoder, first, squares_path(around.place), around.machine)
    outcome = drive(around, trainer, "classic", key_of(plan, encoder, used), task.fresh)
    held_out = [content for content in contents if content.hash in others]
    return _judged(around, Fitted(encoder, plan, used, outcome, None), untrained, held_out)


def plan_of(around: Circumstances, task: Task, works: int) -> Plan:
    """The plan for so many works."""
    return make_plan(task.request, works, around.machine.device, around.machine.precision, task.network.fixed_side)


def _plan_for_usable(around: Circumstances, task: Task, plan: Plan, usable: int) -> Plan:
    """The plan again, if fewer works can be used than it was made for; what changed is told."""
    planned = plan.works + plan.held_out
    if usable == planned:
        return plan
    made = plan_of(around, task, usable)
    before = dict(plan.explain())
    changed = "; ".join(f"{name}: {value}" for name, value in made.explain() if before.get(name) != value)
    around.listener(Notice(f"{planned - usable} of {planned} pictures cannot be used. The plan now: {changed}."))
    return made


def _judged(around: Circumstances, fitted: Fitted, untrained: StyleEncoder, held_out: Sequence[Content]) -> Fitted:
    """The verdict on works that were held out, and the encoder it keeps."""
    stages: dict[Stage, StyleEncoder] = {"untrained": untrained, "trained": fitted.encoder}
    seen = look_again(around, stages, held_out)
    verdict = judge([Fold(np.arange(len(seen["trained"].works)), seen)]) if seen else None
    kept = stages[verdict.kept] if verdict else fitted.encoder
    return replace(fitted, encoder=kept.cpu().eval(), verdict=verdict)
