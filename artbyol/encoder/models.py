"""The encoder a collection uses: its own trained model, or the pretrained default nobody has trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from artbyol.encoder import model_file as checkpoint
from artbyol.encoder.backbones import Backbone
from artbyol.encoder.current import DEFAULT_BACKBONE, backbone_stayed, untrained_id
from artbyol.encoder.style_encoder import EncoderConfig, StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.views import ViewPlan
from artbyol.storage.store import Store


@dataclass(frozen=True)
class CurrentModel:
    """An encoder ready to use.

    Attributes:
        id: of the trained model, or of the untrained encoder (`artbyol.encoder.current.untrained_id`).
        encoder: in evaluation mode, on the CPU.
        header: the model file's header, or None for the untrained encoder.
    """

    id: str
    encoder: StyleEncoder
    header: dict[str, Any] | None

    @property
    def trained(self) -> bool:
        return self.header is not None

    @property
    def frozen_backbone(self) -> bool:
        """Whether the backbone is still what its weights' name says, so that features computed with it fit."""
        return self.header is None or backbone_stayed(self.header)


def current_model(store: Store) -> CurrentModel:
    """The collection's model: trained if there is one, else the pretrained default as it is."""
    if store.model.exists():
        encoder, header = checkpoint.load_model(store.model)
        return CurrentModel(header["model_id"], encoder, header)
    backbone, origin = load_backbone(DEFAULT_BACKBONE, "pretrained")
    return CurrentModel(untrained_id(), untrained_encoder(DEFAULT_BACKBONE, backbone, origin), None)


def untrained_encoder(name: str, backbone: Backbone, origin: str) -> StyleEncoder:
    """Channel statistics of whole works, no projection: what there is before training."""
    side = backbone.fixed_side
    views = ViewPlan(whole_side=side or 320, crop_side=side or 160, crops=0, fixed=side is not None)
    return StyleEncoder(EncoderConfig(name, origin, views), backbone).eval()
