"""From a folder to its model, by each of the recipes: what `artbyol.train` does between the store and the report."""

import copy
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from artbyol.base.errors import TooFewImagesError, TrainingError
from artbyol.base.run import Run
from artbyol.base.vectors import Ints, one_thread_and_quiet
from artbyol.encoder import DEFAULT_BACKBONE
from artbyol.encoder.backbones import Backbone
from artbyol.encoder.current import MODEL, OF_A_TRAINING
from artbyol.encoder.device import choose_machine, threads
from artbyol.encoder.feature_cache import cache_for
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.encoder.model_file import save_model, untrained_encoder
from artbyol.encoder.readers import reader_of
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.weight_files import said_by_name
from artbyol.encoder.weights import at_hand, load_backbone
from artbyol.encoder.workers import at_work
from artbyol.pictures.listing import Brief
from artbyol.pictures.near_duplicates import same_pictures
from artbyol.search.source_check import SourceCheck, WorksFiles
from artbyol.storage.atomic import remove_own, write_atomically
from artbyol.storage.ingest import Content, known_contents, tell_of_away_folders, update_files
from artbyol.storage.rows import Work
from artbyol.storage.store import Store
from artbyol.training import held_out
from artbyol.training.collection_features import CollectionFeatures, overlooking
from artbyol.training.held_out import FEWEST_JUDGED
from artbyol.training.phases import encoder_for, projection_phase, whiten
from artbyol.training.plan import Plan, TrainRequest, make_plan
from artbyol.training.run import PhaseOutcome, TrainingRun, classic_trainer, drive, key_of, read_features, read_squares
from artbyol.training.second_look import look_again
from artbyol.training.verdict import Fold, Stage, Verdict, judge

MODEL_CARD = "model-card.md"
"""Beside the model, for people: what made it, what training changed, what it is not for."""

SECOND_NETWORKS = ("timm:vit_base_patch16_clip_quickgelu_224.openai", "timm:vit_base_patch16_clip_224.openai")
"""What `--effort best` joins to the default (MIT), by both of timm's names: the first is CLIP as it was trained, the
second computes one function of it a little otherwise."""


@dataclass(frozen=True, repr=False)
class TrainReport(Brief):
    """What a training did.

    Attributes:
        model: the model file.
        model_id: its id.
        plan: what was done.
        steps: optimiser steps; `resumed_at`: of these, done by an earlier run (0: none).
        loss, spread: means over the last tenth of the steps (nan: nothing was left to do).
        verdict: what it changed, and which stage became the model; None: no works could be held out.
        sources: how far neighbours follow where files are from; None: the works were too few, or trained on pixels.
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
    sources: SourceCheck | None
    skipped: int
    seconds: float


@dataclass(frozen=True)
class Task:
    """What to fit: the plan for so many works, the network to start from and where its weights are from; whether to
    begin anew."""

    plan_for: Callable[[int], Plan]
    network: Backbone
    origin: str
    fresh: bool


@dataclass(frozen=True)
class Fitted:
    """What a recipe made.

    Attributes:
        encoder: the stage that the verdict kept; the trained one where there is no verdict.
        plan: what was done; `used`: hashes of the works fitted on.
        outcome: of the training's steps.
        verdict: None where no work could be held out.
        sources: of the encoder's vectors.
    """

    encoder: StyleEncoder
    plan: Plan
    used: Sequence[bytes]
    outcome: PhaseOutcome
    verdict: Verdict | None
    sources: SourceCheck | None = None


def train_folder(
    place: Store, request: TrainRequest, run: Run, *, fresh: bool, card: Callable[[dict[str, Any]], str]
) -> TrainReport:
    """Train an encoder and keep it; `artbyol.train` explains what comes of it, and the errors.

    Args:
        fresh: begin anew even where an earlier run could be resumed.
        card: a model's header -> what is written beside it for people.
    """
    started = time.monotonic()
    machine = choose_machine(run.device, run.precision)
    with at_work(place, run, "artbyol train") as (workers, catalogue):
        diff = update_files(place, catalogue, run)
        tell_of_away_folders(catalogue, run)
        # In the order of their hashes: a random choice that does not change when names do.
        contents = sorted((*known_contents(catalogue), *diff.fresh), key=lambda content: content.hash)
        make_plan(request, len(contents), machine.device, machine.precision)  # refuse before the weights are read
        request = _with_second_network(request, run)
        on_pixels = request.recipe == "classic"  # which trains a network as it always has
        run.progress("loading the network")
        network, origin = load_backbone(request.backbone, request.weights, request.seed, tokens=not on_pixels)
        start, known = untrained_encoder(request.backbone, network, origin), origin if said_by_name(origin) else None
        reader = None if on_pixels else reader_of(start, run, known)
        machine = reader.machine if reader else machine
        training = TrainingRun(**vars(run), store=place, catalogue=catalogue, machine=machine, workers=workers)

        def plan_for(works: int) -> Plan:
            return make_plan(request, works, machine.device, machine.precision, network.fixed_side)

        plan = plan_for(len(contents))
        run.listener(plan)
        if reader and network.features == "joined":
            cost = replace(reader, config=encoder_for(plan, network, origin).config).seconds_a_picture()
            run.notice(
                f"Two networks look at each picture: here {cost:.1f} s for one new picture, where it is read alone."
            )
        given = (training, Task(plan_for, network, origin, fresh), plan, contents[: plan.works + plan.held_out])
        fitted = fit_style(*given, reader) if reader else fit_classic(*given)
        model_id = save_model(place.model, fitted.encoder, _provenance(fitted))
        write_atomically(place.root / MODEL_CARD, card(MODEL.read_header(place.model)).encode())
        remove_own(place.training, OF_A_TRAINING)
        return TrainReport(
            place.model,
            model_id,
            fitted.plan,
            fitted.outcome.steps,
            fitted.outcome.resumed_at,
            fitted.outcome.loss,
            fitted.outcome.spread,
            fitted.verdict,
            fitted.sources,
            sum(catalogue.counts().skipped.values()),
            time.monotonic() - started,
        )


def _with_second_network(request: TrainRequest, run: Run) -> TrainRequest:
    """`--effort best` joins a second network to the default, where its weights are at hand. It fetches none: naming the
    network does."""
    plain = request.backbone == DEFAULT_BACKBONE and request.weights == "pretrained" and request.recipe != "classic"
    if request.effort != "best" or not plain:
        return request
    for second in SECOND_NETWORKS:
        if at_hand(second):
            return replace(request, backbone=f"{DEFAULT_BACKBONE}+{second}")
    run.notice(
        "The weights of a second network are not on this machine; the first one is trained alone. "
        f"--backbone {DEFAULT_BACKBONE}+{SECOND_NETWORKS[0]} fetches them once (350 MB)."
    )
    return request


def _provenance(fitted: Fitted) -> dict[str, Any]:
    return {
        "plan": fitted.plan.as_dict(),
        "trained_on": {
            "works": len(fitted.used),
            "pictures_sha256": hashlib.sha256(b"".join(fitted.used)).hexdigest(),
        },
        "verdict": asdict(fitted.verdict) if fitted.verdict else None,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: version(name) for name in ("artbyol", "torch", "torchvision", "timm")},
    }


def fit_style(run: TrainingRun, task: Task, plan: Plan, contents: Sequence[Content], reader: FeatureReader) -> Fitted:
    """The style and brushwork recipes: whitening, then BYOL on features read once; judged by cross-fitting.

    Args:
        reader: of the task's network.
    """
    start = encoder_for(plan, task.network, task.origin)
    reader = replace(reader, config=start.config)
    colour = plan.recipe == "brushwork"
    cache = cache_for(run.store, start.config, run.machine, colour)
    used = read_features(run, cache, reader, contents, colour)
    cache.drop_others()
    known = {work.hash: work for work in reversed(run.catalogue.works())}  # of copies, the first by path
    used = [digest for digest in used if digest in known]  # of others every file was overwritten while they were read
    plan = _plan_for_usable(run, task, plan, len(used))
    whole, crops = (torch.from_numpy(rows) for rows in cache.get(used))
    readable = set(used)
    contents = [content for content in contents if content.hash in readable]
    works = [known[one] for one in used]
    # Of fewer works nothing would be overlooked, and none judged.
    again = look_again(run, reader, contents, colour) if len(used) >= FEWEST_JUDGED else None
    others, altered = again or (None, None)
    run.progress("comparing fingerprints")
    pictures, files = _pictures(run, works), WorksFiles(run.store.folder, works)
    features = CollectionFeatures(whole, crops, altered, others, pictures, files.kinds.together)
    with threads(1):  # quicker for tiny matrices, and sums in one order whatever the number of cores
        run.progress("whitening")
        encoder = whiten(plan, start, features)
        if others:
            vectors = encoder.fitted().vectors(whole.numpy(), crops.numpy())
            if weight := overlooking(files.check(vectors)):
                features = replace(features, elsewhere=replace(others, weight=weight))
                encoder = whiten(plan, start, features)
        trainer = projection_phase(plan, encoder, whole, crops)
        outcome = drive(run, trainer, "projection", key_of(plan, encoder, used), task.fresh)
    if len(np.unique(pictures)) < FEWEST_JUDGED:
        return Fitted(encoder.eval(), plan, used, outcome, None)
    verdict = _crossfitted(run, task, start, features)
    if verdict and verdict.kept != "trained":
        encoder = whiten(plan, start, features) if verdict.kept == "whitened" else start
    run.progress("checking sources")
    sources = files.check(encoder.fitted().vectors(whole.numpy(), crops.numpy()))
    return Fitted(encoder.eval(), plan, used, outcome, verdict, sources)


def _pictures(run: TrainingRun, works: Sequence[Work]) -> Ints:
    """Of each of n works the row of the first that is the same picture, saved again: by their fingerprints."""
    ids = np.array([work.id for work in works])
    return same_pictures(run.catalogue.spectra(ids), lambda rows: run.catalogue.fingerprints(ids[rows]))


def _crossfitted(run: TrainingRun, task: Task, start: StyleEncoder, features: CollectionFeatures) -> Verdict | None:
    tick = partial(held_out.judging_progress, run, "judging")
    try:
        # Threads that wait for each other wait longest where other programs run: ten times as long to compare.
        with threads(1), one_thread_and_quiet():
            folds = held_out.crossfit(task.plan_for, start, features, tick)
            run.progress("comparing encoders")
            return judge(folds)
    except (TooFewImagesError, TrainingError) as error:
        run.notice(f"There is no verdict: training failed once some works were held out. {error.message}")
        return None


def fit_classic(run: TrainingRun, task: Task, plan: Plan, contents: Sequence[Content]) -> Fitted:
    """The paper's recipe, on squares of pictures; judged on works kept out of it."""
    squares, usable = read_squares(run, contents, plan.squares_side)
    plan = _plan_for_usable(run, task, plan, len(usable))
    used, others = usable[: plan.works], set(usable[plan.works :])
    encoder = encoder_for(plan, task.network, task.origin)
    untrained = copy.deepcopy(encoder)
    trainer = classic_trainer(run, plan, encoder, squares.first(plan.works))
    outcome = drive(run, trainer, "classic", key_of(plan, encoder, used), task.fresh)
    stages: dict[Stage, StyleEncoder] = {"untrained": untrained, "trained": encoder}
    seen = held_out.read_held_out(run, stages, [content for content in contents if content.hash in others])
    verdict = judge([Fold(np.arange(len(seen["trained"].works)), seen)]) if seen else None
    kept = stages[verdict.kept] if verdict else encoder
    return Fitted(kept.cpu().eval(), plan, used, outcome, verdict)


def _plan_for_usable(run: TrainingRun, task: Task, plan: Plan, usable: int) -> Plan:
    """The plan again, if fewer works can be used than it was made for; what changed is told."""
    planned = plan.works + plan.held_out
    if usable == planned:
        return plan
    made = task.plan_for(usable)
    before = dict(plan.explain())
    changed = "; ".join(f"{name}: {value}" for name, value in made.explain() if before.get(name) != value)
    run.notice(f"{planned - usable} of {planned} pictures cannot be used. The plan now: {changed}.")
    return made
