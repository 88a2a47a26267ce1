"""Picture in, style vector out: backbone, channel statistics, style projection."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from artbyol.encoder.backbones import Backbone
from artbyol.encoder.channel_statistics import windowed_statistics
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.heads import HIDDEN, Residual
from artbyol.encoder.projection import Projection


class StyleProjection(nn.Module):
    """Features (N, D) -> style space (N, d): `linear` is set by crop whitening, `residual` learnt by BYOL."""

    def __init__(self, width: int, dimensions: int, hidden: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, dimensions)
        self.residual = Residual(dimensions, hidden)

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
        projection: features -> style space, its MLP `hidden` wide; the identity until something was fitted.
    """

    def __init__(self, config: EncoderConfig, backbone: Backbone, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.config = config
        self.backbone = backbone
        self.projection: nn.Module = nn.Identity()
        if config.dimensions is not None:
            self.projection = StyleProjection(self.feature_width(), config.dimensions, hidden)

    def describe(self, pixels: Tensor) -> Tensor:
        """(N, 3, H, W) in 0..1 -> features (N, D)."""
        return self.features_of(self.backbone(pixels))

    def features_of(self, maps: Sequence[Tensor]) -> Tensor:
        """The backbone's maps -> features (N, D); of "windows" (N, D, h, w)."""
        if self.config.features == "windows":
            return windowed_statistics(maps)
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

    def fitted(self) -> Projection:
        """What the projection is now, to be applied to features that were read."""
        weights = self.projection.state_dict()
        return Projection.of({name: value.detach().cpu().numpy() for name, value in weights.items()})
