"""`train`: adapt the encoder to a folder, without labels."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from artbyol.base.events import Listener, ignore
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.encoder import model_file as checkpoint
from artbyol.encoder.device import choose_machine
from artbyol.encoder.weights import load_backbone
from artbyol.encoder.workers import lead
from artbyol.pictures.scan import check_folder
from artbyol.report.model_card import model_card
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import known_contents, take_stock
from artbyol.storage.store import create, locate, write_atomically, writing
from artbyol.training.plan import TrainRequest, make_plan
from artbyol.training.recipes import Fitted, Task, TrainReport, fit_classic, fit_style
from artbyol.training.run import Circumstances

MODEL_CARD = "model-card.md"
"""Beside the model, for people: what made it, whether training helped, what it is not for."""


def train(
    folder: str | Path,
    *,
    store: str | Path | None = None,
    backbone: str = TrainRequest.backbone,
    weights: str = "pretrained",
    recipe: str = "style",
    effort: str = "standard",
    epochs: int | None = None,
    batch_size: int | None = None,
    image_size: int | None = None,
    seed: int = 0,
    device: str = "auto",
    precision: str = "auto",
    max_pixels: int = DEFAULT_MAX_PIXELS,
    fresh: bool = False,
    listener: Listener = ignore,
    stop: Callable[[], bool] = lambda: False,
) -> TrainReport:
    """Train an encoder on the pictures of a folder and keep it in the folder's store.

    A run that was stopped is taken up where it was when called again with the same arguments on the same pictures.

    Args:
        folder: the collection; only read.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        backbone, weights, recipe, effort, epochs, batch_size, image_size, seed: see `artbyol.training.plan`.
        device, precision: "auto", or see `artbyol.encoder.device`.
        max_pixels: larger pictures are skipped.
        fresh: begin anew even where an earlier run could be resumed.
        listener: told what happens: `Notice`, `Progress`, the `Plan`, `PhaseStart`, and every `Step`.
        stop: asked after every step; True saves and stops.

    Raises:
        TooFewImagesError, FolderError, WeightsError, UsageError, StoreError: before training.
        CollapseError, NonFiniteLossError: training failed; the last good state stays on disk.
        Interrupted: `stop` said so; the state is saved.
        WorkerFailedError, WorkerLostError: another process of the same `torchrun` cannot go on; what was saved is kept.
    """
    started = time.monotonic()
    request = TrainRequest(backbone, weights, recipe, effort, epochs, batch_size, image_size, seed)
    machine = choose_machine(device, precision)
    place = locate(Path(folder), Path(store) if store else None)
    check_folder(place.folder)
    create(place, listener)
    with (
        lead(device, precision) as crew,
        writing(place, "artbyol train", listener),
        Catalogue.open(place.catalogue) as catalogue,
    ):
        around = Circumstances(crew, place, catalogue, machine, max_pixels, listener, stop)
        stock = take_stock(place.folder, catalogue, max_pixels, listener, stop)
        # In the order of their hashes: a draw by lot that does not change when names do.
        contents = sorted((*known_contents(catalogue), *stock.fresh), key=lambda content: content.hash)
        make_plan(request, len(contents), machine.device, machine.precision)  # refuse before the weights are read
        network, origin = load_backbone(backbone, weights, seed)
        plan = make_plan(request, len(contents), machine.device, machine.precision, network.fixed_side)
        listener(plan)
        fit = fit_classic if recipe == "classic" else fit_style
        fitted = fit(around, Task(request, network, origin, fresh), plan, contents[: plan.works + plan.held_out])
        model_id = checkpoint.save_model(place.model, fitted.encoder, _provenance(fitted))
        card = model_card(checkpoint.read_header(place.model, "model"))
        write_atomically(place.root / MODEL_CARD, card.encode())
        for state in place.training.glob("*.safetensors"):
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
