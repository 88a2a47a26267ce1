"""Encoders in torch, into files and out of them; without torch they are read by `artbyol.encoder.stored_model`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from artbyol.encoder.backbones import Backbone, empty_backbone
from artbyol.encoder.current import MODEL
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.heads import HIDDEN
from artbyol.encoder.stored_model import StoredModel, content_id, read_model
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.pictures.views import ViewPlan

Tensors = Mapping[str, Tensor]


def arrays_of(tensors: Tensors) -> dict[str, NDArray[Any]]:
    """Tensors on whatever device as arrays that can be written."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}


def tensors_of(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    """Arrays that were read as tensors, on the CPU."""
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def save_model(path: Path, encoder: StyleEncoder, header: Mapping[str, Any]) -> str:
    """Write an encoder with its configuration and provenance; returns the model's id."""
    weights = arrays_of(encoder.state_dict())
    config = encoder.config.as_dict()
    model_id = content_id(weights, config)
    MODEL.write(path, weights, {**header, "model_id": model_id, "encoder": config})
    return model_id


def load_model(path: Path) -> tuple[StyleEncoder, dict[str, Any]]:
    """Rebuild an encoder, in evaluation mode, from its file alone; also gives the header.

    Raises:
        ModelError: damaged, or its tensors or its configuration are not those its id stands for.
    """
    model = read_model(path)
    return in_torch(model), model.header


def in_torch(model: StoredModel) -> StyleEncoder:
    """The encoder that a file holds, in evaluation mode. Raises ModelError: not the one its header describes."""
    try:
        return encoder_from(model.config, tensors_of(model.weights())).eval()
    except (RuntimeError, ValueError, TypeError) as error:
        raise model.not_described(error) from error


def encoder_from(config: EncoderConfig, weights: Tensors) -> StyleEncoder:
    """An encoder of this configuration with these weights."""
    by_tokens = config.features in ("tokens", "joined")
    hidden = len(weights.get("projection.residual.bend.0.bias", range(HIDDEN)))  # of an older model, twice as many
    encoder = StyleEncoder(config, empty_backbone(config.backbone, by_tokens), hidden)
    encoder.load_state_dict(weights)
    return encoder


@dataclass(frozen=True)
class SentEncoder:
    """An encoder on its way to another process."""

    config: EncoderConfig
    weights: dict[str, Tensor]

    @staticmethod
    def of(encoder: StyleEncoder) -> "SentEncoder":
        return SentEncoder(encoder.config, {name: value.cpu() for name, value in encoder.state_dict().items()})

    def built(self) -> StyleEncoder:
        return encoder_from(self.config, self.weights)


def untrained_encoder(name: str, backbone: Backbone, origin: str) -> StyleEncoder:
    """What the backbone says of whole works, no projection: what there is before training."""
    side = backbone.fixed_side
    views = ViewPlan(whole_side=side or 320, crop_side=side or 160, crops=0, fixed=side is not None)
    return StyleEncoder(EncoderConfig(name, origin, views, backbone.features), backbone).eval()
