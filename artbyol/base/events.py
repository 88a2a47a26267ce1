"""What a long-running verb tells whoever listens. The core reports; only the command line draws."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """Something worth saying once, e.g. why everything is embedded again."""

    text: str


@dataclass(frozen=True)
class Steps:
    """What the work ahead consists of: stages, one after the other. One that is not named belongs to the one before."""

    stages: tuple[str, ...]


@dataclass(frozen=True)
class Progress:
    """`done` of `total` things of a stage are finished (total None: unknown). A stage lasts until another begins."""

    stage: str
    done: int
    total: int | None


@dataclass(frozen=True)
class Step(Progress):
    """What one step of a training did.

    Attributes:
        stage: "learning".
        done, total: steps finished, steps in all.
        epoch: of this step, from 0.
        loss: the symmetric loss, 0..8.
        tau: how much of the target stayed.
        spread: standard deviation of the online network's unit vectors over the batch, against 1/sqrt(D): about 1
            when directions are evenly spread, 0 when all vectors are the same.
        works: works seen in this step.
    """

    epoch: int
    loss: float
    tau: float
    spread: float
    works: int


Event = object
"""Any of the above, or the `artbyol.training.plan.Plan` that `train` resolved."""

Listener = Callable[[Event], None]


def ignore(event: Event) -> None:
    """The listener of those who do not listen."""
