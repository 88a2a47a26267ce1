"""Picture in, style vector out: backbone, channel statistics, style projection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from artbyol.encoder.backbones import Backbone
from artbyol.encoder.channel_statistics import channel_statistics, pooled
from artbyol.encoder.current import DEFAULT_BACKBONE
from artbyol.encoder.device import Machine
from artbyol.encoder.folding import folded
from artbyol.encoder.heads import Residual
from artbyol.encoder.lanes import in_lanes
from artbyol.pictures.views import ViewPlan, Views

PASS_PIXELS = {"cpu": 16 * 160 * 160, "cuda": 256 * 160 * 160, "mps": 64 * 160 * 160}
"""Pixels per forward pass: enough to fill a core, or an accelerator; small enough for a laptop's memory."""

BLOCK = 512
"""Works whose features are projected at a time: without a projection they are copied whole."""


@dataclass(frozen=True)
class EncoderConfig:
    """Everything needed to build an encoder around its weights; travels in the model file's header.

    Attributes:
        backbone: name, see `artbyol.encoder.backbones`.
        weights: which weights the backbone started from, in words.
        views: how a picture is looked at.
        features: "statistics" of block groups, or the last layer "pooled" (BYOL's paper); see
            `artbyol.encoder.channel_statistics`.
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
    def from_dict(values: dict[str, Any]) -> EncoderConfig:
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
        return channel_statistics(maps) if self.config.features == "statistics" else pooled(maps)

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
        first, second = (
            torch.cat([F.normalize(self._of_crops(block[:, half::2]), dim=1) for block in crops.split(BLOCK)])
            for half in (0, 1)
        )
        return first, second

    def _together(self, whole: Tensor, crops: Tensor) -> Tensor:
        directions = F.normalize(self.projection(whole), dim=1)
        return F.normalize(directions + self._of_crops(crops), dim=1) if crops.shape[1] else directions

    def _of_crops(self, crops: Tensor) -> Tensor:
        directions = F.normalize(self.projection(crops.flatten(0, 1)), dim=1)
        return directions.unflatten(0, (-1, crops.shape[1])).mean(1)


class FeatureReader:
    """Runs the frozen part of an encoder over views, on the machine chosen, in batches of one shape."""

    def __init__(self, encoder: StyleEncoder, machine: Machine) -> None:
        self.machine = machine
        views = encoder.config.views
        light = folded(encoder.backbone, views.whole_side if views.fixed else 64)
        self.encoder = encoder.eval().to(machine.device)
        self.backbone = light.to(machine.device).to(memory_format=torch.channels_last)

    def features(self, pixels: Sequence[NDArray[np.uint8]]) -> Tensor:
        """(h, w, 3) uint8 arrays of any mix of shapes -> features (n, D) float32 on the CPU, in the same order."""
        by_shape: dict[tuple[int, ...], list[int]] = {}
        for i, array in enumerate(pixels):
            by_shape.setdefault(array.shape, []).append(i)
        batches = [
            places[start : start + size]
            for shape, places in by_shape.items()
            for size in (max(1, PASS_PIXELS[self.machine.device] // (shape[0] * shape[1])),)
            for start in range(0, len(places), size)
        ]
        run = in_lanes if self.machine.device == "cpu" else map
        looked = run(lambda batch: self._look([pixels[i] for i in batch]), batches)
        found: list[Tensor | None] = [None] * len(pixels)
        for places, rows in zip(batches, looked, strict=True):
            for i, row in zip(places, rows, strict=True):
                found[i] = row
        return torch.stack([row for row in found if row is not None])

    @torch.inference_mode()
    def _look(self, pixels: Sequence[NDArray[np.uint8]]) -> Tensor:
        """The same of arrays of one shape, in one pass."""
        batch = torch.from_numpy(np.stack(pixels)).to(self.machine.device)
        x = batch.permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last) / 255
        with self.machine.autocast():
            return self.encoder.features_of(self.backbone(x)).float().cpu()

    def read(self, views: Sequence[Views]) -> tuple[Tensor, Tensor]:
        """Views of n works -> features of the whole works (n, D) and of their k crops (n, k, D), float32."""
        whole = self.features([v.whole for v in views])
        crops = [c for v in views for c in v.crops]
        if not crops:
            return whole, whole.new_zeros(len(whole), 0, whole.shape[1])
        return whole, self.features(crops).unflatten(0, (len(views), -1))

    def encode(self, views: Sequence[Views]) -> NDArray[np.float32]:
        """Views of n works -> unit vectors (n, d) float32."""
        whole, crops = self.read(views)
        return self.project(whole, crops)

    def project(self, whole: Tensor, crops: Tensor) -> NDArray[np.float32]:
        """Features -> unit vectors (n, d) float32, in full precision."""
        device = self.machine.device
        vectors = self.encoder.vectors(whole.to(device), crops.to(device)).cpu().numpy()
        return np.ascontiguousarray(vectors, dtype=np.float32)
