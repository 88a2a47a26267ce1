"""Picture in, style vector out: backbone, channel statistics, style projection."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artbyol.encoder import DEFAULT_BACKBONE
from artbyol.encoder.backbones import Backbone
from artbyol.encoder.heads import Residual
from artbyol.pictures.views import ViewPlan

BLOCK = 512
"""Works whose features are projected at a time: without a projection they are copied whole."""


@dataclass(frozen=True)
class EncoderConfig:
    """Everything needed to build an encoder around its weights; travels in the model file's header.

    Attributes:
        backbone: name, see `artbyol.encoder.backbones`.
        weights: which weights the backbone started from, in words.
        views: how a picture is looked at.
        features: what the backbone describes a view by (`Backbone.describe`): "statistics" of block groups, see
            `artbyol.encoder.channel_statistics`, "tokens" of a vision transformer, or "joined" ones of two networks.
            Or the last layer "pooled" (BYOL's paper), or "both", the last layer first.
        dimensions: length of the vectors, or None where there is no projection.
    """

    backbone: str = DEFAULT_BACKBONE
    weights: str = "pretrained"
    views: ViewPlan = field(default_factory=lambda: ViewPlan(crops=0))
    features: str = "statistics"
    dimensions: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> "EncoderConfig":
        return EncoderConfig(**{**values, "views": ViewPlan(**values["views"])})


class StyleProjection(nn.Module):
    """Features (N, D) -> style space (N, d): `linear` is set by crop whitening, `residual` learnt by BYOL."""

    def __init__(self, width: int, dimensions: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, dimensions)
        self.residual = Residual(dimensions)

    def forward(self, features: Tensor) -> Tensor:
        """(N, D) -> (N, d)."""
        return self.residual(self.linear(features))

    def start_from(self, weight: Tensor, bias: Tensor) -> None:
        """Set the linear part, (d, D) and (d,); the residual part after it starts as the identity."""
        with torch.no_grad():
            self.linear.weight.copy_(weight)
            self.linear.bias.copy_(bias)


class StyleEncoder(nn.Module):
    """RGB in 0..1 (N, 3, H, W) -> vectors (N, d), not yet of unit length.

    Attributes:
        backbone: pixels -> feature maps.
        projection: features -> style space; the identity until something was fitted.
    """

    def __init__(self, config: EncoderConfig, backbone: Backbone) -> None:
        super().__init__()
        self.config = config
        self.backbone = backbone
        self.projection: nn.Module = nn.Identity()
        if config.dimensions is not None:
            self.projection = StyleProjection(self.feature_width(), config.dimensions)

    def describe(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) in 0..1 -> features (N, D)."""
        return self.features_of(self.backbone(pixels))

    def features_of(self, maps: Sequence[Tensor]) -> Tensor:
        """The backbone's maps -> features (N, D)."""
        if self.config.features == "pooled":
            return self.backbone.pool(maps)
        described = self.backbone.describe(maps)
        if self.config.features != "both":
            return described
        # At length 1, as it is compared by cosine: some networks' numbers are too large for half precision.
        return torch.cat([F.normalize(self.backbone.pool(maps), dim=1), described], 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) in 0..1 -> (N, d)."""
        vectors: Tensor = self.projection(self.describe(pixels))
        return vectors

    def feature_width(self) -> int:
        """D, found by asking."""
        side = self.config.views.whole_side if self.config.views.fixed else 64
        training = self.training
        with torch.no_grad():
            width = self.eval().describe(torch.zeros(1, 3, side, side)).shape[1]
        self.train(training)
        return width

    def part_widths(self) -> list[int]:
        """How many of the features are of each of the networks joined, in their order."""
        with torch.no_grad():
            return [one.shape[1] for one in self.backbone(torch.zeros(1, 3, 64, 64))[::2]]

    @torch.inference_mode()
    def vectors(self, whole: Tensor, crops: Tensor) -> Tensor:
        """Features of whole works (n, D) and of their crops (n, k, D) -> unit vectors (n, d).

        A work's vector is the direction of its whole view plus the mean direction of its crops.
        """
        blocks = zip(whole.split(BLOCK), crops.split(BLOCK), strict=True)
        return torch.cat([self._together(one, its_crops) for one, its_crops in blocks])

    @torch.inference_mode()
    def halves(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Features of crops taken by turns from either half of a work (n, k, D) -> unit vectors (n, d) of the one half
        and of the other."""
        return self.part(crops[:, 0::2]), self.part(crops[:, 1::2])

    @torch.inference_mode()
    def part(self, crops: Tensor) -> Tensor:
        """Features of crops of a part of a work (n, k, D) -> unit vectors (n, d)."""
        return torch.cat([F.normalize(self._of_crops(block), dim=1) for block in crops.split(BLOCK)])

    def _together(self, whole: Tensor, crops: Tensor) -> Tensor:
        directions = F.normalize(self.projection(whole), dim=1)
        return F.normalize(directions + self._of_crops(crops), dim=1) if crops.shape[1] else directions

    def _of_crops(self, crops: Tensor) -> Tensor:
        directions = F.normalize(self.projection(crops.flatten(0, 1)), dim=1)
        return directions.unflatten(0, (-1, crops.shape[1])).mean(1)
