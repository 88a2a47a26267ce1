"""What the recipes are made of: read the pictures once, run a phase, keep a state that can be resumed."""

from __future__ import annotations

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from artbyol.base.errors import ArtbyolError, Interrupted
from artbyol.base.events import Listener, Notice, PhaseStart, Progress, Step
from artbyol.encoder import model_file as checkpoint
from artbyol.encoder.device import Machine
from artbyol.encoder.feature_cache import FeatureCache
from artbyol.encoder.reading import Look
from artbyol.encoder.style_encoder import FeatureReader, StyleEncoder
from artbyol.encoder.workers import Crew
from artbyol.pictures.views import ViewPlan
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import Content, record
from artbyol.storage.store import Store
from artbyol.training.augment import recoloured
from artbyol.training.pixel_cache import Squares, open_squares
from artbyol.training.plan import Plan
from artbyol.training.trainer import Trainer

SAVE_EVERY, SAVE_SHARE = 30.0, 0.01
"""Seconds between saves of the training state, or more where saving would take more than this share of the time (190 MB
of a ResNet-18, its target and its momentum took a second); a kill loses at most this much."""

SHARD = 16
"""Works whose features are computed, recorded and kept together."""


SQUARES_TOGETHER = 64
"""Squares that reach the disk together."""


@dataclass(frozen=True)
class Circumstances:
    """What the parts of a training share: where, on what, who listens, who may stop it."""

    crew: Crew
    place: Store
    catalogue: Catalogue
    machine: Machine
    max_pixels: int
    listener: Listener
    stop: Callable[[], bool]


@dataclass(frozen=True)
class PhaseOutcome:
    """Mean loss and spread over the last tenth of a phase's steps, and where it was taken up."""

    steps: int
    resumed_at: int
    loss: float
    spread: float


def read_features(
    around: Circumstances, cache: FeatureCache, encoder: StyleEncoder, contents: Sequence[Content], colour: bool
) -> list[bytes]:
    """See to it that the cache holds the features of `contents`; gives back the hashes of the usable ones.

    Args:
        colour: change the colours of crops (jitter, greyscale) before they are read, by lot, but for the same
            picture in the same way every time.
    """
    wanted = [content for content in contents if content.hash not in cache]
    unusable: set[bytes] = set()
    done = len(contents) - len(wanted)
    look = Look(
        around.place.folder, encoder.config.views, around.max_pixels, "features", SHARD, recoloured if colour else None
    )
    for found in around.crew.look(look, wanted, FeatureReader(encoder, around.machine)):
        usable = record(around.catalogue, [one.outcome for one in found], around.max_pixels)
        unusable |= {one.outcome[0].hash for one in found if isinstance(one.outcome, tuple)}
        if usable:
            whole, crops = zip(*(one.numbers for one in found if one.numbers), strict=True)
            cache.add(
                [seen.content.hash for seen in usable], *(torch.from_numpy(np.stack(rows)) for rows in (whole, crops))
            )
        done += len(found)
        around.listener(Progress("looking", done, len(contents)))
        check_stop(around, f"Stopped with {done} of {len(contents)} pictures read; what was read is kept.")
    return [content.hash for content in contents if content.hash not in unusable]


def read_squares(around: Circumstances, contents: Sequence[Content], side: int) -> tuple[Squares, list[bytes]]:
    """Decode pictures into squares for training on pixels, in a file in the store that memory maps; those that an
    interrupted run left there are not decoded again. Gives back the squares and the hashes of the usable works.

    Raises:
        StoreError: the disk has no room for them.
    """
    file = open_squares(squares_path(around.place), len(contents), side)
    # What an interrupted run could not use is in the catalogue by now, and so no longer among the contents.
    if file.hashes != [content.hash for content in contents[: len(file.hashes)]]:
        file.clear()
    done = len(file.hashes)
    wanted = contents[done:]
    views = ViewPlan(whole_side=side, crop_side=side, crops=0, fixed=True)
    look = Look(around.place.folder, views, around.max_pixels, "squares", SQUARES_TOGETHER)
    for found in around.crew.look(look, wanted, None):
        usable = record(around.catalogue, [one.outcome for one in found], around.max_pixels)
        if usable:
            file.add(
                np.stack([square for one in found for square in one.numbers]),
                [seen.width / seen.height for seen in usable],
                [seen.content.hash for seen in usable],
            )
        done += len(found)
        around.listener(Progress("looking", done, len(contents)))
        check_stop(around, f"Stopped with {done} of {len(contents)} pictures read; what was read is kept.")
    return file.squares(), list(file.hashes)


def squares_path(place: Store) -> Path:
    """Where squares lie while a training lasts."""
    return place.training / "squares.safetensors"


def drive(around: Circumstances, trainer: Trainer, phase: str, key: str, fresh: bool) -> PhaseOutcome:
    """Run a trainer to its end, resuming from the phase's state if it is of the same key, saving as it goes.

    Raises:
        Interrupted: asked to stop; the state is saved.
        CollapseError, NonFiniteLossError: the last good state stays where it was saved.
    """
    path = around.place.training / f"{phase}.safetensors"
    resumed_at = 0 if fresh else _resume(around, trainer, path, key)
    trainer.ranks.broadcast(trainer.state() if resumed_at else None)
    around.listener(PhaseStart(phase, trainer.done, trainer.total))
    recent: deque[Step] = deque(maxlen=max(1, trainer.total // 10))
    saved, pause = time.monotonic(), SAVE_EVERY
    for step in trainer.steps():
        recent.append(step)
        around.listener(step)
        due = time.monotonic() - saved > pause and trainer.healthy
        stopping = around.stop()
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
    return PhaseOutcome(
        trainer.total,
        resumed_at,
        sum(s.loss for s in recent) / len(recent),
        sum(s.spread for s in recent) / len(recent),
    )


def _save_state(trainer: Trainer, path: Path, phase: str, key: str) -> None:
    checkpoint.save(
        path,
        trainer.state(),
        {"key": key, "phase": phase, "done": trainer.done, "total": trainer.total},
        kind="training-state",
    )


def _resume(around: Circumstances, trainer: Trainer, path: Path, key: str) -> int:
    if not path.exists():
        return 0
    try:
        state = checkpoint.load(path, "training-state")
    except ArtbyolError as error:
        around.listener(Notice(f"The saved training state cannot be used ({error.message}) Training starts anew."))
        return 0
    if state.header["key"] != key:
        around.listener(
            Notice("An earlier training stopped half-way, with other settings or other pictures: this one starts anew.")
        )
        return 0
    trainer.restore(state.tensors)
    return trainer.done


def key_of(plan: Plan, encoder: StyleEncoder, hashes: Sequence[bytes]) -> str:
    """What a state belongs to: the plan, the encoder as the phase finds it, the pictures in their order, and torch."""
    # Two settings that are gone stay part of it, so that a training stopped before they went can be resumed.
    gone = (-1, 0) if plan.recipe == "classic" else (0, 2 if plan.effort == "quick" else 5)
    decides = {
        "plan": plan.as_dict() | dict(zip(("unfrozen", "unfrozen_epochs"), gone, strict=True)),
        "encoder": checkpoint.content_id(encoder.state_dict(), encoder.config.as_dict()),
        "pictures": hashlib.sha256(b"".join(hashes)).hexdigest(),
        "torch": torch.__version__,
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:16]


def check_stop(around: Circumstances, message: str) -> None:
    """Raises Interrupted with this message if asked to stop."""
    if around.stop():
        raise Interrupted(message)
