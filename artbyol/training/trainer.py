"""The training loop. `Trainer.steps()` yields what happened; it draws nothing, prints nothing and opens no file.

Every step's randomness comes from the seed and the step's number alone, so that a run that was stopped and resumed
from its state equals one that never stopped, bit for bit on a CPU.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from artbyol.base.errors import CollapseError, NonFiniteLossError, UsageError
from artbyol.base.events import Step
from artbyol.encoder.device import Machine
from artbyol.encoder.ranks import ALONE, Ranks, noticing_loss
from artbyol.training.augment import Augmentation, draw, view
from artbyol.training.byol import BYOL, Output, target_momentum
from artbyol.training.lars import LARS
from artbyol.training.mutual_neighbours import MutualNeighbours, find_mutual_neighbours
from artbyol.training.pixel_cache import Squares
from artbyol.training.sync_batchnorm import synchronise_batch_norm

COLLAPSED = 0.05
"""Spread below which vectors count as one and the same; 1 is what evenly spread directions have. Without its predictor
BYOL fell to 0.02 to 0.04 and stayed there, with it 0.7 and more was usual (docs/experiments/byol.md)."""

PATIENCE = 20
"""So many steps in a row must be collapsed: a single odd batch is no collapse."""

EVERY = slice(None)


@dataclass(frozen=True)
class Schedule:
    """How long and how fast. `learning_rate` is the peak; it falls to 0 along a cosine after `warmup` steps."""

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    tau_base: float
    seed: int
    neighbours: int = 0
    refresh: int = 10
    warmup: int = 0
    optimiser: str = "adamw"


class ViewSource(Protocol):
    """Where views of so many works come from."""

    works: int

    @property
    def anchors(self) -> Tensor | None:
        """One view of every work, (works, …), by which neighbours are found; None where neighbours are not sought."""

    def pair(self, works: Tensor, partners: Tensor, rng: Generator, rows: slice = EVERY) -> tuple[Tensor, Tensor]:
        """A view of each of `works` (b,), and one of each of `partners` (b,); only these `rows` of them are made, and
        they are the same as if all were."""


class FeatureViews:
    """Views whose features were computed beforehand: whole works (n, D) and k crops of each (n, k, D)."""

    def __init__(self, whole: Tensor, crops: Tensor) -> None:
        self.whole, self.crops = whole, crops
        self.works, self.anchors = len(whole), whole

    def pair(self, works: Tensor, partners: Tensor, rng: Generator, rows: slice = EVERY) -> tuple[Tensor, Tensor]:
        """Half of the time the whole work, otherwise one of its crops."""
        return self._one(works, rng, rows), self._one(partners, rng, rows)

    def _one(self, works: Tensor, rng: Generator, rows: slice) -> Tensor:
        which = torch.randint(self.crops.shape[1], (len(works),), generator=rng)
        from_crop = torch.rand(len(works), 1, generator=rng) < 0.5
        return torch.where(from_crop, self.crops[works, which], self.whole[works])[rows]


class PixelViews:
    """Views cut from squares of works. `first` and `second` say how the two views of a pair are made."""

    def __init__(self, squares: Squares, size: int, first: Augmentation, second: Augmentation) -> None:
        self.squares, self.size, self.first, self.second = squares, size, first, second
        self.works, self.anchors = len(squares), None

    def pair(self, works: Tensor, partners: Tensor, rng: Generator, rows: slice = EVERY) -> tuple[Tensor, Tensor]:
        """One view by each of the two augmentations."""
        return self._one(works, self.first, rng, rows), self._one(partners, self.second, rng, rows)

    def _one(self, works: Tensor, how: Augmentation, rng: Generator, rows: slice) -> Tensor:
        side = self.squares.side
        drawn = draw(self.squares.stretch[works], side, side, how, rng).share(rows)
        return view(self.squares.take(works[rows]), self.size, drawn).contiguous(memory_format=torch.channels_last)


class Trainer:
    """Trains a `BYOL` on views, step by step.

    Args:
        byol: on its device already.
        views: at least two works, no fewer than `schedule.batch_size`.
        schedule: how long, how fast.
        machine: device and precision of the forward passes.
        ranks: the processes that share every batch; each makes its own `Trainer` of the same things.

    Raises:
        UsageError: fewer works in a batch than processes.
    """

    def __init__(
        self, byol: BYOL, views: ViewSource, schedule: Schedule, machine: Machine, ranks: Ranks = ALONE
    ) -> None:
        if schedule.batch_size < ranks.size:
            raise UsageError(
                f"{ranks.size} processes cannot share a batch of {schedule.batch_size} works.",
                hint="fewer processes, or a larger --batch-size",
            )
        self.byol, self.views, self.schedule, self.machine, self.ranks = byol, views, schedule, machine, ranks
        self._network: nn.Module = byol
        self.steps_per_epoch = max(1, views.works // schedule.batch_size)
        self.total = schedule.epochs * self.steps_per_epoch
        self.done = 0
        self.neighbours: MutualNeighbours | None = None
        self.optimiser = _optimiser(byol, schedule)
        self._collapsed_for = 0

    def steps(self) -> Iterator[Step]:
        """Train to the end, yielding after every step. May be left at any step and resumed from `state()`.

        Raises:
            NonFiniteLossError: the loss became infinite or not a number; that step was not taken.
            CollapseError: all vectors became the same.
        """
        if not self.ranks.alone and self._network is self.byol:
            synchronise_batch_norm(self.byol, self.ranks)
            self._network = DistributedDataParallel(self.byol)  # it also gives all of them the leader's weights
        self._network.train()
        while self.done < self.total:
            yield self._step()

    def _step(self) -> Step:
        epoch, place = divmod(self.done, self.steps_per_epoch)
        if self.schedule.neighbours and place == 0 and epoch % self.schedule.refresh == 0:
            self.neighbours = self._find_neighbours()
        works = self._order(epoch)[place * self.schedule.batch_size :][: self.schedule.batch_size]
        rng = _generator(self.schedule.seed, 2, self.done)
        partners = self.neighbours.draw(works, rng) if self.neighbours else works
        mine = self.ranks.share(len(works))
        first, second = self.views.pair(works, partners, rng, mine)
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        with noticing_loss(), self.machine.autocast():
            output: Output = self._network(first.to(self.machine.device), second.to(self.machine.device))
        losses, projections = self._of_all(output, len(works))
        loss = float(losses.mean())
        if not math.isfinite(loss):
            raise NonFiniteLossError(
                f"The loss became {loss} at step {self.done + 1} of {self.total}.",
                hint="try a larger --batch-size, or --precision fp32",
            )
        self.optimiser.zero_grad(set_to_none=True)
        # Gradients are averaged over processes, whose shares may differ by a work.
        weight = len(first) * self.ranks.size / len(works)
        with noticing_loss():
            (output.loss * weight).backward()
        self.optimiser.step()
        tau = target_momentum(self.done, self.total, self.schedule.tau_base)
        self.byol.update_target(tau)
        self.done += 1
        spread = spread_of(projections)
        self._watch(spread)
        return Step("learning", self.done, self.total, epoch, loss, tau, spread, len(works))

    def _of_all(self, output: Output, works: int) -> tuple[Tensor, Tensor]:
        """The losses (b,) and projections (b, D) of a whole batch, of which `output` is one share."""
        rows = torch.cat([output.losses.detach()[:, None], output.projections.float()], 1)
        every = self.ranks.rows(rows, works)
        return every[:, 0], every[:, 1:]

    def learning_rate(self) -> float:
        """Linear warm-up, then a cosine to 0 (Grill et al. 2020, section 3.3)."""
        warmup, peak = self.schedule.warmup, self.schedule.learning_rate
        if self.done < warmup:
            return peak * (self.done + 1) / warmup
        return peak * 0.5 * (1 + math.cos(math.pi * (self.done - warmup) / max(1, self.total - warmup)))

    def _order(self, epoch: int) -> Tensor:
        return torch.randperm(self.views.works, generator=_generator(self.schedule.seed, 1, epoch))

    @torch.no_grad()
    def _find_neighbours(self) -> MutualNeighbours:
        if self.views.anchors is None:
            raise ValueError("these views have nothing to find neighbours by")
        self.byol.target.eval()
        with self.machine.autocast():
            seen = [self.byol.target(x.to(self.machine.device)).float() for x in self.views.anchors.split(4096)]
        self.byol.target.train()
        return find_mutual_neighbours(F.normalize(torch.cat(seen).cpu(), dim=1), self.schedule.neighbours)

    def _watch(self, spread: float) -> None:
        self._collapsed_for = self._collapsed_for + 1 if spread < COLLAPSED else 0
        if self._collapsed_for >= PATIENCE:
            raise CollapseError(
                f"Training collapsed at step {self.done} of {self.total}: all works get the same vector "
                f"(spread {spread:.4f}).",
                hint="a larger --batch-size, or the default --recipe style, trains more stably",
            )

    @property
    def healthy(self) -> bool:
        """Whether the present state is worth keeping."""
        return self._collapsed_for == 0

    def state(self) -> dict[str, Tensor]:
        """Everything the next step depends on, as tensors."""
        tensors = {f"byol.{name}": t for name, t in self.byol.state_dict().items()}
        for index, values in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": torch.as_tensor(v) for name, v in values.items()}
        if self.neighbours:
            tensors |= {"kin.nearest": self.neighbours.nearest, "kin.mutual": self.neighbours.mutual}
        return tensors | {"done": torch.tensor(self.done), "collapsed_for": torch.tensor(self._collapsed_for)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take up a state that `state()` gave for the same networks, works and schedule."""
        self.byol.load_state_dict({k.removeprefix("byol."): v for k, v in tensors.items() if k.startswith("byol.")})
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimiser."):
                _, index, entry = name.split(".", 2)
                moments.setdefault(int(index), {})[entry] = value
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": moments, "param_groups": groups})
        known = "kin.nearest" in tensors
        self.neighbours = MutualNeighbours(tensors["kin.nearest"], tensors["kin.mutual"]) if known else None
        self.done = int(tensors["done"])
        self._collapsed_for = int(tensors.get("collapsed_for", 0))  # states made before do not say it


@torch.no_grad()
def spread_of(projections: Tensor) -> float:
    """Mean standard deviation of unit vectors (N, D) over the batch, times sqrt(D): see `Step.spread`."""
    unit = F.normalize(projections.float(), dim=1)
    return float(unit.std(0).mean() * math.sqrt(unit.shape[1]))


def _optimiser(byol: nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    """AdamW, or the paper's LARS; biases and BatchNorm (all vectors) are left out of weight decay."""
    learning = [p for p in byol.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learning if p.ndim > 1], "weight_decay": schedule.weight_decay},
        {"params": [p for p in learning if p.ndim <= 1], "weight_decay": 0.0, "adapt": False},
    ]
    if schedule.optimiser == "lars":
        return LARS(groups, lr=schedule.learning_rate)
    return torch.optim.AdamW(groups, lr=schedule.learning_rate)


def _generator(seed: int, purpose: int, number: int) -> Generator:
    """An own stream for each purpose and number: mixed by a splitmix64-like multiplication, so that neighbouring
    numbers give unrelated streams."""
    mixed = (seed * 0x9E3779B97F4A7C15 + purpose * 0xBF58476D1CE4E5B9 + number * 0x94D049BB133111EB) % 2**63
    return Generator().manual_seed(mixed)
