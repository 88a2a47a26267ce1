"""BatchNorm over the works of all processes at once, as if one process held the whole batch.

torch's own SyncBatchNorm runs on GPUs alone; this one wherever tensors can be added up, so that what is tested with
gloo on a CPU is what runs with NCCL. The arithmetic is that of Ioffe and Szegedy 2015 (arXiv 1502.03167, section 3).
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.modules.batchnorm import _BatchNorm

from artbyol.encoder.ranks import Ranks


def synchronise_batch_norm(network: nn.Module, ranks: Ranks) -> None:
    """Let every BatchNorm in a network, also those with an activation built in (timm's), count all processes' works
    while it trains. Names of weights, and what the network does once trained, stay as they are."""
    for module in network.modules():
        if isinstance(module, _BatchNorm) and not isinstance(module, _Synced):
            kind = type(module)
            module.__class__ = type(f"Synced{kind.__name__}", (_Synced, kind), {"ranks": ranks})


class _Synced(_BatchNorm):
    ranks: Ranks
    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) -> the same shape, or that through the activation built in."""
        if not self.training:
            return super().forward(x)
        at = self.running_mean
        y, mean, var, count = _Normalise.apply(x, self.weight, self.bias, at, self.eps, self.ranks)
        with torch.no_grad():
            self.num_batches_tracked += 1
            share = self.momentum if self.momentum is not None else 1 / int(self.num_batches_tracked)
            self.running_mean.lerp_(mean, share)
            self.running_var.lerp_(var * count / (count - 1).clamp(min=1), share)
        for after in ("drop", "act"):  # timm's BatchNormAct2d
            if hasattr(self, after):
                y = getattr(self, after)(y)
        return y


class _Normalise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, at: Tensor, eps: float, ranks: Ranks
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        channels, dims = x.shape[1], [0, *range(2, x.ndim)]
        own_var, own_mean = torch.var_mean(x.float(), dims, correction=0)
        own_count = own_mean.new_tensor([x.numel() // channels])
        # About a point that all of them know and that lies near the mean: no difference of large squares.
        off = own_mean - at
        moments = torch.cat([off * own_count, (own_var + off**2) * own_count, own_count])
        ranks.sum(moments)
        count = moments[-1]
        off = moments[:channels] / count
        mean, var = at + off, moments[channels:-1] / count - off**2
        ctx.save_for_backward(x, weight, mean, (var + eps).rsqrt(), count)
        ctx.ranks = ranks
        ctx.mark_non_differentiable(mean, var, count)
        return F.batch_norm(x, mean, var, weight, bias, False, 0.0, eps), mean, var, count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor, *_: Any) -> tuple[Tensor | None, ...]:
        x, weight, mean, inverse, count = ctx.saved_tensors
        dims = [0, *range(2, x.ndim)]

        def each(values: Tensor) -> Tensor:
            return values.view(1, -1, *[1] * (x.ndim - 2))

        normal = (x.float() - each(mean)) * each(inverse)
        own = torch.cat([dy.float().sum(dims), (dy.float() * normal).sum(dims)])
        every = own.clone()
        ctx.ranks.sum(every)
        of_bias, of_weight = own.chunk(2)
        mean_dy, mean_dy_normal = (every / count).chunk(2)
        dx = each(weight * inverse) * (dy.float() - each(mean_dy) - normal * each(mean_dy_normal))
        return dx.to(x.dtype), of_weight, of_bias, None, None, None
