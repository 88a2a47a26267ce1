"""LARS (You, Gitman and Ginsburg 2017, arXiv 1708.03888): the optimiser of BYOL's paper, for the classic recipe.

As BYOL's authors have it (utils/optimizers.py): a step is measured by the length of gradient and weight decay together.
timm's `Lars` adds up their lengths instead, as in the LARS paper; without decay the two agree to the bit.

`torch._foreach_…` are not public names. They are how torch's own optimisers treat all parameters at once, and give what
a loop over the parameters with `add`, `norm` and `mul_` would.
"""

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
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            if parameters:
                self._move(parameters, group)
        return loss

    def _move(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        """All parameters of a group at once: one kernel for many of them, where a loop would launch one for each."""
        gradients: Any = [parameter.grad for parameter in parameters]
        gradients = torch._foreach_add(gradients, parameters, alpha=group["weight_decay"])
        if group["adapt"]:
            lengths, steepness = (torch.stack(torch._foreach_norm(some)) for some in (parameters, gradients))
            scales = torch.where((lengths > 0) & (steepness > 0), group["trust"] * lengths / steepness, 1.0)
            torch._foreach_mul_(gradients, scales.unbind())
        velocities = [self.state[p].setdefault("momentum", torch.zeros_like(p)) for p in parameters]
        torch._foreach_mul_(velocities, group["momentum"])
        torch._foreach_add_(velocities, gradients)
        torch._foreach_add_(parameters, velocities, alpha=-group["lr"])
