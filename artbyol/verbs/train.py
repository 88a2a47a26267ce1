"""`train`: adapt the encoder to a folder, without labels."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from artbyol import checkpoint
from artbyol.backbones import Backbone
from artbyol.catalogue import Catalogue
from artbyol.collection import check_folder
from artbyol.config import Plan, TrainRequest, make_plan
from artbyol.decoding import DEFAULT_MAX_PIXELS
from artbyol.device import choose_machine
from artbyol.encoder import StyleEncoder
from artbyol.events import Listener, Notice, ignore
from artbyol.features import cache_for
from artbyol.fitting import encoder_for
from artbyol.intake import Content, take_stock
from artbyol.store import create, locate, writing
from artbyol.training_run import Circumstances, PhaseOutcome, fit_classic, fit_style, read_features, read_squares
from artbyol.weights import load_backbone


@dataclass(frozen=True)
class TrainReport:
    """What a training did.

    Attributes:
        model: the model file.
        model_id: its id.
        plan: what was done.
        steps: optimiser steps of the last phase; `resumed_at`: of these, done by an earlier run (0: none).
        loss, spread: means over the last tenth of the steps (nan: nothing was left to do).
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
    skipped: int
    seconds: float


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
    unfreeze: int | None = None,
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
        backbone, weights, recipe, effort, epochs, batch_size, image_size, unfreeze, seed: see `artbyol.config`.
        device, precision: "auto", or see `artbyol.device`.
        max_pixels: larger pictures are skipped.
        fresh: begin anew even where an earlier run could be resumed.
        listener: told what happens: `Notice`, `Progress`, the `Plan`, `PhaseStart`, and every `Step`.
        stop: asked after every step; True saves and stops.

    Raises:
        TooFewImagesError, FolderError, WeightsError, UsageError, StoreError: before training.
        CollapseError, NonFiniteLossError: training failed; the last good state stays on disk.
        Interrupted: `stop` said so; the state is saved.
    """
    started = time.monotonic()
    request = TrainRequest(backbone, weights, recipe, effort, epochs, batch_size, image_size, unfreeze, seed)
    machine = choose_machine(device, precision)
    place = locate(Path(folder), Path(store) if store else None)
    check_folder(place.folder)
    create(place, listener)
    with writing(place, "artbyol train", listener), Catalogue.open(place.catalogue) as catalogue:
        around = Circumstances(place, catalogue, machine, max_pixels, listener, stop)
        stock = take_stock(place.folder, catalogue, max_pixels, listener, stop)
        # In the order of their hashes: a draw by lot that does not change when names do.
        contents = sorted((*stock.known, *stock.fresh), key=lambda content: content.hash)
        make_plan(request, len(contents), machine.device, machine.precision)  # refuse before the weights are read
        network, origin = load_backbone(backbone, weights, seed)
        plan = make_plan(request, len(contents), machine.device, machine.precision, network.fixed_side)
        listener(plan)
        fit = _fit_classic if recipe == "classic" else _fit_style
        encoder, plan, used, outcome = fit(around, request, plan, network, origin, contents[: plan.works], fresh)
        model_id = checkpoint.save_model(place.model, encoder, _provenance(plan, used))
        for state in place.training.glob("*.safetensors"):
            state.unlink()
        return TrainReport(
            place.model,
            model_id,
            plan,
            outcome.steps,
            outcome.resumed_at,
            outcome.loss,
            outcome.spread,
            sum(catalogue.counts().skipped.values()),
            time.monotonic() - started,
        )


Fitted = tuple[StyleEncoder, Plan, Sequence[bytes], PhaseOutcome]


def _fit_style(
    around: Circumstances,
    request: TrainRequest,
    plan: Plan,
    network: Backbone,
    origin: str,
    contents: Sequence[Content],
    fresh: bool,
) -> Fitted:
    encoder = encoder_for(plan, network, origin)
    colour = plan.recipe == "brushwork"
    cache = cache_for(around.place, encoder.config, around.machine, colour)
    used = read_features(around, cache, encoder, contents, colour)
    cache.drop_others()
    plan = _for_usable(around, request, plan, network, len(used))
    kept = set(used)
    usable = [content for content in contents if content.hash in kept]
    encoder, outcome = fit_style(around, plan, encoder, cache, usable, fresh)
    return encoder, plan, used, outcome


def _fit_classic(
    around: Circumstances,
    request: TrainRequest,
    plan: Plan,
    network: Backbone,
    origin: str,
    contents: Sequence[Content],
    fresh: bool,
) -> Fitted:
    # A third larger than the views: small crops then lose little, and 10,000 works still fit into memory.
    images, stretch, used = read_squares(around, contents, plan.whole_side * 4 // 3)
    plan = _for_usable(around, request, plan, network, len(used))
    encoder, outcome = fit_classic(around, plan, network, origin, images, stretch, used, fresh)
    return encoder, plan, used, outcome


def _for_usable(around: Circumstances, request: TrainRequest, plan: Plan, network: Backbone, usable: int) -> Plan:
    """The plan again, if some pictures turned out not to be usable."""
    if usable == plan.works:
        return plan
    around.listener(
        Notice(f"{plan.works - usable} of {plan.works} pictures cannot be used; the plan is made for {usable}.")
    )
    plan = make_plan(request, usable, around.machine.device, around.machine.precision, network.fixed_side)
    around.listener(plan)
    return plan


def _provenance(plan: Plan, used: Sequence[bytes]) -> dict[str, Any]:
    return {
        "plan": plan.as_dict(),
        "trained_on": {"works": len(used), "pictures_sha256": hashlib.sha256(b"".join(used)).hexdigest()},
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: version(name) for name in ("artbyol", "torch", "torchvision", "timm")},
    }
