"""`train`: adapt the encoder to a folder, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from artbyol.report.model_card import model_card
from artbyol.training.plan import TrainRequest
from artbyol.training.recipes import TrainReport, train_folder
from artbyol.verbs.opening import RunOptions, filled, running


def train(
    folder: str | Path,
    *,
    backbone: str = TrainRequest.backbone,
    weights: str = "pretrained",
    recipe: str = "style",
    effort: str = "standard",
    epochs: int | None = None,
    batch_size: int | None = None,
    image_size: int | None = None,
    seed: int = 0,
    fresh: bool = False,
    exclude: Sequence[str] | None = None,
    add: Sequence[str | Path] = (),
    **run: Unpack[RunOptions],
) -> TrainReport:
    """Train an encoder on the pictures of a folder and keep it in the folder's store.

    A run that was stopped is taken up where it was when called again with the same arguments on the same pictures.

    Args:
        folder: the collection; only read.
        backbone, weights, recipe, effort, epochs, batch_size, image_size, seed: see `artbyol.training.plan`.
        fresh: begin anew even where an earlier run could be resumed.
        exclude, add: see `artbyol.embed`.
        run: see `RunOptions`; the listener is told of the `Plan` and of every `Step`, too.

    Raises:
        TooFewImagesError, FolderError, WeightsError, UsageError, StoreError: before training.
        CollapseError, NonFiniteLossError: training failed; the last good state stays on disk.
        Interrupted: `stop` said so; the state is saved.
        WorkerFailedError, WorkerLostError: another process of the same `torchrun` cannot go on; what was saved is kept.
    """
    request = TrainRequest(backbone, weights, recipe, effort, epochs, batch_size, image_size, seed)
    with running(run) as how:
        how.steps("listing", "reading", "looking", "learning", "judging")
        place = filled(folder, run, how, exclude, add)
        return train_folder(place, request, how, fresh=fresh, card=model_card)
