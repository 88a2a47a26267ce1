"""A network that only looks: each BatchNorm becomes part of the convolution before it, a pass over memory less."""

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_weights

from artbyol.encoder.backbones import Backbone

TOLERANCE = 1e-3
"""How far, in shares of their size, maps of a folded network may lie from those before: rounding stays below a tenth of
it."""


def folded(backbone: Backbone, side: int = 64) -> Backbone:
    """A copy, in evaluation mode, whose BatchNorms have gone into the convolutions before them; the maps it gives are
    the same up to rounding. Where they would not be, an unchanged copy.

    Args:
        side: of the square that it is tried on, in pixels.
    """
    original = copy.deepcopy(backbone).eval()
    trial = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    pairs = _pairs(original, trial)
    if not pairs:
        return original
    lighter = copy.deepcopy(original)
    for conv, norm in pairs:
        _fold(lighter, conv, norm)
    with torch.inference_mode():
        alike = all(
            torch.linalg.vector_norm(a - b) <= TOLERANCE * torch.linalg.vector_norm(a)
            for a, b in zip(original(trial), lighter(trial), strict=True)
        )
    return lighter if alike else original


def _pairs(network: nn.Module, trial: Tensor) -> list[tuple[str, str]]:
    """Names of convolutions and of the BatchNorms that take what they give, found by watching."""
    names = {module: name for name, module in network.named_modules()}
    made: dict[int, tuple[str, Tensor]] = {}
    pairs: list[tuple[str, str]] = []

    def watch(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            made[id(output)] = (names[module], output)  # the tensor too, lest its id be given to another
        elif id(inputs[0]) in made:
            pairs.append((made.pop(id(inputs[0]))[0], names[module]))

    foldable = [
        module
        for module in network.modules()
        if isinstance(module, nn.Conv2d) or (isinstance(module, _BatchNorm) and module.track_running_stats)
    ]
    handles = [module.register_forward_hook(watch) for module in foldable]
    with torch.inference_mode():
        network(trial)
    for handle in handles:
        handle.remove()
    return pairs


def _fold(network: nn.Module, conv_name: str, norm_name: str) -> None:
    """The norm goes into the convolution; of timm's norms the activation stays."""
    conv: Any = network.get_submodule(conv_name)
    norm: Any = network.get_submodule(norm_name)
    conv.weight, conv.bias = fuse_conv_bn_weights(
        *(conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias)
    )
    parent, _, name = norm_name.rpartition(".")
    setattr(network.get_submodule(parent), name, getattr(norm, "act", nn.Identity()))
