"""Bootstrap Your Own Latent (Grill et al. 2020, arXiv 2006.07733), whole and alone.

Two networks look at two views of one work. The *online* network and its *predictor* learn to say what the *target*
network sees in the other view; the target is a slowly moving average of the online network and is never trained.
Nothing here knows a file, a device, a flag or a progress bar. docs/method.md tells the story.
"""

import copy
import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


def regression_loss(prediction: Tensor, projection: Tensor) -> Tensor:
    """2 - 2 cos(prediction, projection) for each row: (N, D), (N, D) -> (N,), between 0 and 4 (section 3.1, eq. 2)."""
    return 2 - 2 * F.cosine_similarity(prediction.float(), projection.float(), dim=1)


def target_momentum(step: int, total: int, base: float) -> float:
    """tau for this step: from `base` to 1 along a cosine, 1 - (1 - base)(cos(pi k / K) + 1) / 2 (section 3.3)."""
    return 1 - (1 - base) * (math.cos(math.pi * step / total) + 1) / 2


@torch.no_grad()
def move_towards(target: nn.Module, online: nn.Module, tau: float) -> None:
    """Exponential moving average of the weights: target <- tau * target + (1 - tau) * online (section 3.1, eq. 1).

    Weights alone, no buffers: the running means and variances of a BatchNorm are averages already, of what this
    network's layers see. The target sees every batch, too, and keeps its own; those of the online network describe
    activations of other weights. (The authors' code averages `params` and leaves each network its `state`.)
    """
    get_ema_multi_avg_fn(tau)(list(target.parameters()), list(online.parameters()), 0)  # all at once: one kernel launch


class Output(NamedTuple):
    """The loss of each work (N,), and the online projections (N, D) of its first views."""

    losses: Tensor
    projections: Tensor

    @property
    def loss(self) -> Tensor:
        """Of the batch, a scalar."""
        return self.losses.mean()


class BYOL(nn.Module):
    """An online network, its predictor, and the target that follows.

    Args:
        online: views -> projections (N, D). A copy of it becomes the target.
        predictor: projections (N, D) -> predictions (N, D).
    """

    def __init__(self, online: nn.Module, predictor: nn.Module) -> None:
        super().__init__()
        self.online = online
        self.predictor = predictor
        self.target = copy.deepcopy(online).requires_grad_(False)

    def forward(self, first: Tensor, second: Tensor) -> Output:
        """The symmetric loss of two batches of views.

        Each network sees the two views in two passes, so that BatchNorm never mixes them.
        """
        online_first = self.online(first)
        predicted_first = self.predictor(online_first)
        predicted_second = self.predictor(self.online(second))
        with torch.no_grad():
            projected_first = self.target(first)
            projected_second = self.target(second)
        losses = regression_loss(predicted_first, projected_second) + regression_loss(predicted_second, projected_first)
        return Output(losses, online_first.detach())

    def update_target(self, tau: float) -> None:
        """To be called after every optimiser step."""
        move_towards(self.target, self.online, tau)
