"""What the recipes are made of: read the pictures once, run a phase, keep a state that can be resumed."""

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from artbyol.base.errors import ArtbyolError, Interrupted, TrainingError
from artbyol.base.events import Step
from artbyol.base.run import Run
from artbyol.encoder.current import TRAINING_STATE
from artbyol.encoder.device import Machine
from artbyol.encoder.feature_cache import FeatureCache
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.encoder.model_file import SentEncoder, arrays_of, tensors_of
from artbyol.encoder.ranks import Ranks
from artbyol.encoder.reading import PictureRead, Reading
from artbyol.encoder.stored_model import content_id
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.workers import Workers
from artbyol.pictures.views import ViewPlan
from artbyol.storage.atomic import make_folder
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import Content, PreparedPicture, UnreadablePicture, record_pictures
from artbyol.storage.store import Store
from artbyol.training.augment import recoloured
from artbyol.training.phases import classic_phase
from artbyol.training.pixel_cache import Squares, mapped_squares, open_squares, squares_path
from artbyol.training.plan import Plan
from artbyol.training.trainer import Trainer

SAVE_EVERY, SAVE_SHARE = 30.0, 0.01
"""Seconds between saves of the training state, or more where saving would take more than this share of the time (190 MB
of a ResNet-18, its target and its momentum took a second); a kill loses at most this much."""

FEATURES_TOGETHER = 16
"""Works whose features are computed, recorded and kept together."""

SQUARES_TOGETHER = 64
"""Squares that reach the disk together."""


@dataclass(frozen=True, kw_only=True)
class TrainingRun(Run):
    """A run of `train`: also where, on what, and with whom."""

    store: Store
    catalogue: Catalogue
    machine: Machine
    workers: Workers


@dataclass(frozen=True)
class PhaseOutcome:
    """Mean loss and spread over the last tenth of a phase's steps, and where it was taken up."""

    steps: int
    resumed_at: int
    loss: float
    spread: float


def read_features(
    run: TrainingRun, cache: FeatureCache, reader: FeatureReader, contents: Sequence[Content], colour: bool
) -> list[bytes]:
    """See to it that the cache holds the features of `contents`; gives back the hashes of the usable ones.

    Args:
        colour: change the colours of crops (jitter, greyscale) before they are read, at random, but for the same
            picture in the same way every time.
    """
    wanted = [content for content in contents if content.hash not in cache]
    unusable: set[bytes] = set()
    alter = recoloured if colour else None
    reading = Reading(run.store.folder, reader.config.views, run.max_pixels, "features", FEATURES_TOGETHER, alter)

    def keep(pictures: list[PictureRead], usable: list[PreparedPicture]) -> None:
        unusable.update(one.outcome.content.hash for one in pictures if isinstance(one.outcome, UnreadablePicture))
        if usable:
            whole, crops = zip(*(one.numbers for one in pictures if one.numbers), strict=True)
            hashes = [seen.content.hash for seen in usable]
            cache.add(hashes, np.stack(whole), np.stack(crops))

    _read(run, reading, wanted, reader, len(contents), keep)
    return [content.hash for content in contents if content.hash not in unusable]


def read_squares(run: TrainingRun, contents: Sequence[Content], side: int) -> tuple[Squares, list[bytes]]:
    """Decode pictures into squares for training on pixels, in a file in the store that memory maps; those that an
    interrupted run left there are not decoded again. Gives back the squares and the hashes of the usable works.

    Raises:
        StoreError: the disk has no room for them.
    """
    file = open_squares(squares_path(run.store), len(contents), side)
    # What an interrupted run could not use is in the catalogue by now, and so no longer among the contents.
    if file.hashes != [content.hash for content in contents[: len(file.hashes)]]:
        file.clear()
    views = ViewPlan(whole_side=side, crop_side=side, crops=0, fixed=True)
    reading = Reading(run.store.folder, views, run.max_pixels, "squares", SQUARES_TOGETHER)

    def keep(pictures: list[PictureRead], usable: list[PreparedPicture]) -> None:
        if usable:
            file.add(
                np.stack([square for one in pictures for square in one.numbers]),
                [seen.width / seen.height for seen in usable],
                [seen.content.hash for seen in usable],
            )

    _read(run, reading, contents[len(file.hashes) :], None, len(contents), keep)
    return file.squares(), list(file.hashes)


def _read(
    run: TrainingRun,
    reading: Reading,
    wanted: Sequence[Content],
    reader: FeatureReader | None,
    total: int,
    keep: Callable[[list[PictureRead], list[PreparedPicture]], None],
) -> None:
    """Read pictures, record what is found of them, and hand it on, the usable ones apart too.

    Raises:
        Interrupted: asked to stop.
    """
    done = total - len(wanted)
    run.progress("looking", done, total)
    for pictures in run.workers.read(reading, wanted, reader):
        keep(pictures, record_pictures(run.catalogue, [one.outcome for one in pictures], run.max_pixels))
        done += len(pictures)
        run.progress("looking", done, total)
        run.check_stop(f"Stopped with {done} of {total} pictures read; what was read is kept.")


def classic_trainer(run: TrainingRun, plan: Plan, encoder: StyleEncoder, squares: Squares) -> Trainer:
    """What trains on pixels, in all processes at once; the others follow its steps from `drive`.

    Args:
        squares: what to train on, the first ones of the store's file.
    """
    if not run.workers.ranks.alone:
        network = SentEncoder.of(encoder)
        run.workers.order(_TrainOrder(plan, run.machine, network, squares_path(run.store), len(squares)))
    return classic_phase(plan, encoder, squares, run.machine, run.workers.ranks)


@dataclass(frozen=True)
class _TrainOrder:
    """Train on the first `works` squares of a file."""

    plan: Plan
    machine: Machine
    network: SentEncoder
    squares: Path
    works: int

    def prepared(self, ranks: Ranks) -> Callable[[], bool]:
        squares = mapped_squares(self.squares, self.works)
        trainer = classic_phase(self.plan, self.network.built(), squares, self.machine, ranks)
        return lambda: _follow(trainer, ranks)


def drive(run: TrainingRun, trainer: Trainer, phase: str, key: str, fresh: bool) -> PhaseOutcome:
    """Run a trainer to its end, resuming from the phase's state if it is of the same key, saving as it goes.

    Raises:
        Interrupted: asked to stop; the state is saved.
        CollapseError, NonFiniteLossError: the last good state stays where it was saved.
    """
    path = run.store.training / f"{phase}.safetensors"
    resumed_at = 0 if fresh else _resume(run, trainer, path, key)
    trainer.ranks.broadcast(trainer.state() if resumed_at else None)
    run.progress("learning", trainer.done, trainer.total)
    if trainer.done:
        run.notice(f"Resumed at step {trainer.done} of {trainer.total}.")
    recent: deque[Step] = deque(maxlen=max(1, trainer.total // 10))
    saved, pause = time.monotonic(), SAVE_EVERY
    for step in trainer.steps():
        recent.append(step)
        run.listener(step)
        due = time.monotonic() - saved > pause and trainer.healthy
        stopping = run.stop()
        if due or stopping:
            begun = time.monotonic()
            _save_state(trainer, path, phase, key)
            saved = time.monotonic()
            pause = max(SAVE_EVERY, (saved - begun) / SAVE_SHARE)
        if stopping and trainer.done < trainer.total:
            raise Interrupted(f"Stopped at step {step.done} of {step.total}; the state is saved.")
        trainer.ranks.broadcast(True)  # the others may take the next
    _save_state(trainer, path, phase, key)
    if not recent:  # killed between the last step and the model: nothing left to do
        return PhaseOutcome(trainer.total, resumed_at, float("nan"), float("nan"))
    loss, spread = (sum(values) / len(recent) for values in ([s.loss for s in recent], [s.spread for s in recent]))
    return PhaseOutcome(trainer.total, resumed_at, loss, spread)


def _follow(trainer: Trainer, ranks: Ranks) -> bool:
    """Take the steps that the leader drives; False when it stopped half-way."""
    state = ranks.broadcast()
    if state:
        trainer.restore(state)
    try:
        for _ in trainer.steps():
            if not ranks.broadcast():
                return False
    except TrainingError:
        pass  # the leader's training failed at the same step, and it says so
    return True


def _save_state(trainer: Trainer, path: Path, phase: str, key: str) -> None:
    make_folder(path.parent)
    header = {"key": key, "phase": phase, "done": trainer.done, "total": trainer.total}
    TRAINING_STATE.write(path, arrays_of(trainer.state()), header)


def _resume(run: TrainingRun, trainer: Trainer, path: Path, key: str) -> int:
    if not path.exists():
        return 0
    try:
        header, arrays = TRAINING_STATE.read(path)
    except ArtbyolError as error:
        run.notice(f"The saved training state cannot be used. {error.message} Training starts again.")
        return 0
    if header["key"] != key:
        run.notice("An earlier training stopped half-way, with other settings or pictures; this one starts again.")
        return 0
    try:
        trainer.restore(tensors_of(arrays))
    except (RuntimeError, ValueError, KeyError, IndexError, TypeError) as error:
        message = f"The saved training state {path} is not one of this training."
        raise TrainingError(message, "Run the same command again with --fresh: training starts anew.") from error
    return trainer.done


def key_of(plan: Plan, encoder: StyleEncoder, hashes: Sequence[bytes]) -> str:
    """What a state belongs to: the plan, the encoder as the phase finds it, the pictures in their order, and torch."""
    # Two settings that are gone stay part of it, so that a training stopped before they went can be resumed.
    gone = (-1, 0) if plan.recipe == "classic" else (0, 2 if plan.effort == "quick" else 5)
    decides = {
        "plan": plan.as_dict() | dict(zip(("unfrozen", "unfrozen_epochs"), gone, strict=True)),
        "encoder": content_id(arrays_of(encoder.state_dict()), encoder.config.as_dict()),
        "pictures": hashlib.sha256(b"".join(hashes)).hexdigest(),
        "torch": torch.__version__,
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:16]
