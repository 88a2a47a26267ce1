"""The backbone before any training, read in two places at once: its last layer, and the statistics of its channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from artbyol.encoder.channel_statistics import channel_statistics
from artbyol.encoder.current import FrozenChoice
from artbyol.encoder.device import choose_machine
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.encoder.model_file import current_model, untrained_encoder
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.views import ViewPlan, Views
from artbyol.storage.store import Store


class _LastLayerAndStatistics(StyleEncoder):
    def features_of(self, maps: Sequence[Tensor]) -> Tensor:
        """The backbone's maps -> the last layer averaged over positions, and the channel statistics (N, C + D)."""
        # At length 1, as it is compared by cosine: some networks' numbers are too large for half precision.
        return torch.cat([F.normalize(self.backbone.pool(maps), dim=1), channel_statistics(maps)], 1)


@dataclass(frozen=True)
class FrozenBackbone:
    """A backbone nobody has trained, ready to look.

    Attributes:
        views: how it looks at works: as wholes, and no crops.
        last_layer: C, how many of the numbers it gives are the last layer's.
        reader: runs it.
    """

    views: ViewPlan
    last_layer: int
    reader: FeatureReader

    def look(self, views: Sequence[Views]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Views of n works -> last layer (n, C) and channel statistics (n, D)."""
        whole = self.reader.features([v.whole for v in views]).numpy()
        return whole[:, : self.last_layer], whole[:, self.last_layer :]


def frozen_backbone(place: Store, choice: FrozenChoice, device: str, precision: str) -> FrozenBackbone:
    """The backbone chosen, on the machine asked for."""
    if choice.of_model:
        network, origin = current_model(place).encoder.backbone, choice.weights
    else:
        network, origin = load_backbone(choice.name, choice.weights)
    plain = untrained_encoder(choice.name, network, origin)
    both = _LastLayerAndStatistics(plain.config, network)
    last_layer = both.feature_width() - plain.feature_width()
    return FrozenBackbone(plain.config.views, last_layer, FeatureReader(both, choose_machine(device, precision)))
