"""A phase of training on pixels, in all processes that torchrun started: each makes its share of every batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from artbyol.base.errors import TrainingError
from artbyol.encoder.device import Machine
from artbyol.encoder.ranks import Ranks
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.workers import Crew, SentEncoder
from artbyol.training.phases import classic_phase
from artbyol.training.pixel_cache import Squares, mapped_squares
from artbyol.training.plan import Plan
from artbyol.training.trainer import Trainer


def trainer_of_all(
    crew: Crew, plan: Plan, encoder: StyleEncoder, squares: Squares, path: Path, machine: Machine
) -> Trainer:
    """What trains this phase, in all processes at once; they follow its steps from `artbyol.training.run.drive`.

    Args:
        squares: what to train on, the first ones of the file `path`.
    """
    if not crew.ranks.alone:
        crew.order(_TrainOrder(plan, machine, SentEncoder.of(encoder), path, len(squares)))
    return classic_phase(plan, encoder, squares, machine, crew.ranks)


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


def _follow(trainer: Trainer, ranks: Ranks) -> bool:
    """Take the leader's steps; False when it stopped half-way."""
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
