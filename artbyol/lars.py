"""LARS (You, Gitman and Ginsburg 2017, arXiv 1708.03888): the optimiser of BYOL's paper, for the classic recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class LARS(torch.optim.Optimizer):
    """Momentum SGD whose step is scaled, layer by layer, to the size of the layer's weights.

    Args:
        params: parameters or groups; a group with `adapt=False` (biases, BatchNorm) takes plain momentum steps.
        lr: learning rate.
        momentum: of the gradient average.
        trust: how large a step is relative to the weights (eta = 0.001 in BYOL's configs/byol.py).
    """

    def __init__(self, params: Iterable[Any], lr: float, momentum: float = 0.9, trust: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "trust": trust, "weight_decay": 0.0, "adapt": True})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step along the gradients at hand."""
        loss = closure() if closure else None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)
        return loss

    def _move(self, parameter: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        gradient = gradient.add(parameter, alpha=group["weight_decay"])
        if group["adapt"]:
            weight_norm, gradient_norm = parameter.norm(), gradient.norm()
            scale = group["trust"] * weight_norm / gradient_norm
            gradient = gradient * torch.where((weight_norm > 0) & (gradient_norm > 0), scale, torch.ones_like(scale))
        velocity = self.state[parameter].setdefault("momentum", torch.zeros_like(parameter))
        velocity.mul_(group["momentum"]).add_(gradient)
        parameter.add_(velocity, alpha=-group["lr"])
