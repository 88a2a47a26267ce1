"""From a folder to its model: what `artbyol.train` does between opening the store and the report."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from artbyol.base.run import Run
from artbyol.encoder.current import MODEL
from artbyol.encoder.device import choose_machine
from artbyol.encoder.model_file import save_model
from artbyol.encoder.weights import load_backbone
from artbyol.encoder.workers import lead
from artbyol.pictures.scan import check_folder
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import known_contents, update_files
from artbyol.storage.store import Store, create, write_atomically, writing
from artbyol.training.plan import Plan, TrainRequest, make_plan
from artbyol.training.recipes import Fitted, Task, TrainReport, fit_classic, fit_style
from artbyol.training.run import TrainingRun

MODEL_CARD = "model-card.md"
"""Beside the model, for people: what made it, whether training helped, what it is not for."""


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
    check_folder(place.folder)
    create(place, run.listener)
    with (
        lead(run.device, run.precision) as workers,
        writing(place, "artbyol train", run.listener),
        Catalogue.open(place.catalogue) as catalogue,
    ):
        training = TrainingRun(**vars(run), store=place, catalogue=catalogue, machine=machine, workers=workers)
        diff = update_files(place.folder, catalogue, run)
        # In the order of their hashes: a random choice that does not change when names do.
        contents = sorted((*known_contents(catalogue), *diff.fresh), key=lambda content: content.hash)
        make_plan(request, len(contents), machine.device, machine.precision)  # refuse before the weights are read
        network, origin = load_backbone(request.backbone, request.weights, request.seed)

        def plan_for(works: int) -> Plan:
            return make_plan(request, works, machine.device, machine.precision, network.fixed_side)

        plan = plan_for(len(contents))
        run.listener(plan)
        fit = fit_classic if request.recipe == "classic" else fit_style
        fitted = fit(training, Task(plan_for, network, origin, fresh), plan, contents[: plan.works + plan.held_out])
        model_id = save_model(place.model, fitted.encoder, _provenance(fitted))
        write_atomically(place.root / MODEL_CARD, card(MODEL.read_header(place.model)).encode())
        for state in place.training.glob("*"):
            state.unlink()
        return TrainReport(
            place.model,
            model_id,
            fitted.plan,
            fitted.outcome.steps,
            fitted.outcome.resumed_at,
            fitted.outcome.loss,
            fitted.outcome.spread,
            fitted.verdict,
            sum(catalogue.counts().skipped.values()),
            time.monotonic() - started,
        )


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
