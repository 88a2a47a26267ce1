"""The networks an encoder can stand on, each as a chain of stages whose feature maps can be read.

`efficientnet_lite0` and `efficientnet_lite2` (Tan and Le 2019, arXiv 1905.11946; timm's `tf_efficientnet_lite*`),
torchvision's `resnet18/34/50`, `mobilenet_v3_small` and `convnext_tiny`, the four-convolution `conv4` of the article
that artbyol grew from, and `timm:NAME` for everything timm can build with `features_only=True`. `A+B` are two that look
at the same views.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artbyol.base.errors import UsageError
from artbyol.encoder.channel_statistics import channel_means, channel_statistics

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)

EFFICIENTNETS = ("efficientnet_lite0", "efficientnet_lite2")
TORCHVISION = ("resnet18", "resnet34", "resnet50", "mobilenet_v3_small", "convnext_tiny")
NAMES = (*EFFICIENTNETS, *TORCHVISION, "conv4", "timm:NAME", "two of them as A+B")
DEEPEST_GROUPS = 5
"""How many block groups, counted from the top, give channel statistics (EfficientNet: groups 2..6 of 0..6)."""
TOKEN_DEPTHS = (1 / 2, 2 / 3, 5 / 6, 1)
"""Of a vision transformer, the class token is read after these shares of its blocks. The last alone says what is shown;
what came before it, whitened with it, says how (docs/experiments/backbone.md)."""
TOKEN_SIDE = 224
"""A larger view is shrunk to this side squared before it is cut into patches: what most of them were trained on."""


@dataclass(frozen=True)
class InputFormat:
    """What a network expects of its input: normalisation of RGB in 0..1, and a fixed side in pixels or None."""

    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD
    fixed_side: int | None = None


class Backbone(nn.Module):
    """A network cut into stages; the maps of the last `DEEPEST_GROUPS` are what the rest of artbyol sees.

    Attributes:
        features: what `describe` takes from the maps, by its name in `EncoderConfig`.

    Args:
        stages: modules applied one after the other.
        read: how many of the last stages give a map.
        input_format: normalisation, applied here, so that callers hand over plain RGB.
        grid: `pool` averages over each cell of so many by so many.
    """

    features = "statistics"
    mean: Tensor
    std: Tensor

    def __init__(self, stages: Sequence[nn.Module], read: int, input_format: InputFormat, grid: int = 1) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.read = min(read, len(self.stages))
        self.fixed_side = input_format.fixed_side
        self.grid = grid
        self.register_buffer("mean", torch.tensor(input_format.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(input_format.std).view(1, 3, 1, 1), persistent=False)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """(N, 3, H, W) RGB in 0..1 -> feature maps (N, C_i, H_i, W_i), shallow to deep."""
        x = (pixels - self.mean) / self.std
        maps: list[Tensor] = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps[-self.read :]

    def describe(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps -> features (N, D)."""
        return channel_statistics(maps)

    def pool(self, maps: Sequence[Tensor]) -> Tensor:
        """The last map averaged over positions: (N, C), or (N, C * grid * grid)."""
        last = maps[-1].float()
        return last.mean((2, 3)) if self.grid == 1 else F.adaptive_avg_pool2d(last, self.grid).flatten(1)


class TimmBackbone(Backbone):
    """Any timm network in `features_only` form: one stage, several maps, some of them channels-last."""

    def __init__(self, net: nn.Module, input_format: InputFormat) -> None:
        super().__init__([net], 1, input_format)
        self.channels_last = str(getattr(net, "output_fmt", "NCHW")).endswith("NHWC")

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """(N, 3, H, W) RGB in 0..1 -> feature maps (N, C_i, H_i, W_i), shallow to deep."""
        maps = self.stages[0]((pixels - self.mean) / self.std)[-DEEPEST_GROUPS:]
        return [m.permute(0, 3, 1, 2) for m in maps] if self.channels_last else list(maps)


class TokenBackbone(Backbone):
    """A timm vision transformer (CLIP, DINOv2, SigLIP…): of some blocks the class token, or where it has none the mean
    of its patches, each as a map of one position. It takes views of any size."""

    features = "tokens"

    def __init__(self, net: Any, input_format: InputFormat) -> None:
        super().__init__([net], 1, replace(input_format, fixed_side=None))
        blocks = len(net.model.blocks)
        self.blocks = sorted({max(0, round(depth * blocks) - 1) for depth in TOKEN_DEPTHS})
        self.patch = net.model.patch_embed.feat_ratio(as_scalar=False)
        self.side = min(input_format.fixed_side or TOKEN_SIDE, TOKEN_SIDE)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """(N, 3, H, W) RGB in 0..1 -> tokens (N, C, 1, 1), shallow to deep."""
        seen = resized(pixels, self._size(*pixels.shape[2:]))
        found = self.stages[0].model.forward_intermediates(  # type: ignore[union-attr,operator]
            (seen - self.mean) / self.std,
            indices=self.blocks,
            return_prefix_tokens=True,
            intermediates_only=True,
        )
        tokens = [one[1][:, 0] if isinstance(one, tuple) else one.mean((2, 3)) for one in found]
        return [token[:, :, None, None] for token in tokens]

    def describe(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps -> features (N, D)."""
        return channel_means(maps)

    def _size(self, height: int, width: int) -> tuple[int, int]:
        """Of what it looks at: whole patches, proportions kept, never enlarged."""
        shrunk = min(1.0, self.side / math.sqrt(height * width))
        rows, columns = (
            max(1, round(length * shrunk / one)) * one for length, one in zip((height, width), self.patch, strict=True)
        )
        return rows, columns


class JoinedBackbone(Backbone):
    """Two networks that look at the same views. Its maps are of one position: what each says of a view, and its last
    layer, by turns."""

    features = "joined"

    def __init__(self, parts: Sequence[Backbone]) -> None:
        super().__init__(parts, 1, InputFormat())

    @property
    def parts(self) -> list[Backbone]:
        """The networks, in their order."""
        return [part for part in self.stages if isinstance(part, Backbone)]

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """(N, 3, H, W) RGB in 0..1 -> (N, D_i, 1, 1) and (N, C_i, 1, 1) of each network."""
        found: list[Tensor] = []
        for part in self.parts:
            side = part.fixed_side
            maps = part(resized(pixels, (side, side)) if side else pixels)
            found += [part.describe(maps), part.pool(maps)]
        return [one[:, :, None, None] for one in found]

    def describe(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps -> features (N, D), those of one network after the other's."""
        return torch.cat([one.flatten(1) for one in maps[::2]], 1)

    def pool(self, maps: Sequence[Tensor]) -> Tensor:
        """The last layers of both, each of length 1: (N, C)."""
        return channel_means(maps[1::2])


def resized(pixels: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, 3, H, W) in 0..1 at another (height, width), without aliasing."""
    if tuple(pixels.shape[2:]) == size:
        return pixels
    return F.interpolate(pixels, size, mode="bicubic", antialias=True).clamp(0, 1)


def empty_backbone(name: str, tokens: bool = True) -> Backbone:
    """The backbone `name` with random weights: what the weights of a model are loaded into.

    Args:
        tokens: whether vision transformers are read by their tokens; False as by artbyols before, by maps of patches.
    """
    if "+" in name:
        return JoinedBackbone([empty_backbone(part) for part in name.split("+")])
    return as_backbone(name, bare_network(name), tokens)


def bare_network(name: str) -> nn.Module:
    """The network as its library builds it, with random weights: what a file of weights is loaded into.

    Raises:
        UsageError: no such backbone.
    """
    if name in EFFICIENTNETS:
        import timm

        return timm.create_model(f"tf_{name}", pretrained=False)
    if name in TORCHVISION:
        import torchvision

        return torchvision.models.get_model(name, weights=None)
    if name == "conv4":
        return conv4()
    if name.startswith("timm:"):
        return timm_features(name.removeprefix("timm:"))
    raise UsageError(f"There is no backbone called {name!r}.", hint="choose one of: " + ", ".join(NAMES))


def timm_features(name: str, pretrained: bool = False) -> nn.Module:
    """timm's network `name` in its `features_only` form."""
    import timm

    if not timm.is_model(name):
        close = timm.list_models(f"*{name.split('.')[0][:8]}*")[:5]
        raise UsageError(
            f"There is no timm network called {name!r}.", hint=("did you mean " + ", ".join(close)) if close else None
        )
    try:
        return _any_size(partial(timm.create_model, name, pretrained=pretrained, features_only=True))
    except (RuntimeError, AttributeError, NotImplementedError) as error:
        if pretrained:
            raise
        raise UsageError(f"The timm network {name} cannot give feature maps: {error}.") from error


def _any_size(create: Callable[..., nn.Module]) -> nn.Module:
    try:
        return create(dynamic_img_size=True)  # vision transformers know it, and need it for views of any size
    except TypeError:
        return create()


def conv4() -> nn.Module:
    """Four 3x3 convolutions of stride 2, 32-64-128-256 channels, ReLU: the founding article's encoder (64 px input)."""
    widths = pairwise((3, 32, 64, 128, 256))
    layers = (nn.Sequential(nn.Conv2d(*two, 3, stride=2, padding=1), nn.ReLU(inplace=True)) for two in widths)
    return nn.Sequential(*layers)


def as_backbone(name: str, net: Any, tokens: bool = True) -> Backbone:
    """Cut the network that `bare_network(name)` built into stages; `tokens` as for `empty_backbone`."""
    if name in EFFICIENTNETS:
        stem = nn.Sequential(net.conv_stem, net.bn1)
        return Backbone([stem, *net.blocks], DEEPEST_GROUPS, InputFormat(HALF, HALF))
    if name.startswith("resnet"):
        stem = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool)
        return Backbone([stem, net.layer1, net.layer2, net.layer3, net.layer4], 4, InputFormat())
    if name == "mobilenet_v3_small":
        bounds = (0, 1, 2, 4, 7, 9, 12)  # a stage ends where resolution or width changes
        return Backbone(_cut(net.features, bounds), DEEPEST_GROUPS, InputFormat())
    if name == "convnext_tiny":
        return Backbone(_cut(net.features, (0, 2, 4, 6, 8)), 4, InputFormat())
    if name == "conv4":
        return Backbone(list(net.children()), 4, InputFormat(HALF, HALF), grid=4)  # as its article does
    input_format = _timm_input(name.removeprefix("timm:"), net)
    transformer = getattr(getattr(net, "model", None), "dynamic_img_size", False)
    return TokenBackbone(net, input_format) if tokens and transformer else TimmBackbone(net, input_format)


def _cut(layers: Any, bounds: tuple[int, ...]) -> list[nn.Module]:
    children = list(layers.children())
    return [nn.Sequential(*children[a:b]) for a, b in pairwise(bounds)]


def _timm_input(name: str, net: Any) -> InputFormat:
    from timm.data.config import resolve_data_config

    config = resolve_data_config(model=net)
    # Networks with position tables (ViT, Swin) take one size only; a convolutional net takes any.
    settings = getattr(net, "pretrained_cfg", None) or {}
    fixed = settings.get("fixed_input_size") or "vit" in name or "swin" in name or "deit" in name
    return InputFormat(tuple(config["mean"]), tuple(config["std"]), config["input_size"][-1] if fixed else None)
