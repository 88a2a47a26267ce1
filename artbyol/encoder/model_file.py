"""Encoders in files, and the one a collection uses: its trained model, or the pretrained default nobody has trained.

What a file's header says can be read without torch: `artbyol.encoder.current.MODEL`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from artbyol.base.errors import ModelError
from artbyol.encoder import DEFAULT_BACKBONE
from artbyol.encoder.backbones import Backbone, empty_backbone
from artbyol.encoder.current import MODEL, FrozenChoice
from artbyol.encoder.device import choose_machine
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.encoder.style_encoder import EncoderConfig, StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.views import ViewPlan
from artbyol.storage.store import Store

Tensors = Mapping[str, Tensor]


def arrays_of(tensors: Tensors) -> dict[str, NDArray[Any]]:
    """Tensors on whatever device as arrays that can be written."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}


def tensors_of(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Tensor]:
    """Arrays that were read as tensors, on the CPU."""
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def content_id(tensors: Tensors, config: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits of SHA-256 over the weights and the configuration: the same model, the same id."""
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].detach().cpu().contiguous().view(-1).numpy().tobytes())
    return digest.hexdigest()[:12]


def save_model(path: Path, encoder: StyleEncoder, header: Mapping[str, Any]) -> str:
    """Write an encoder with its configuration and provenance; returns the model's id."""
    tensors = encoder.state_dict()
    config = encoder.config.as_dict()
    model_id = content_id(tensors, config)
    MODEL.write(path, arrays_of(tensors), {**header, "model_id": model_id, "encoder": config})
    return model_id


def load_model(path: Path) -> tuple[StyleEncoder, dict[str, Any]]:
    """Rebuild an encoder, in evaluation mode, from its file alone; also gives the header.

    Raises:
        ModelError: damaged, or its tensors or its configuration are not those its id stands for.
    """
    header, arrays = MODEL.read(path)
    tensors = tensors_of(arrays)
    try:
        # Its id says which numbers they are, also in files made before there were checksums: one id, one model.
        if content_id(tensors, header["encoder"]) != header["model_id"]:
            raise ValueError("its id is another")
        return encoder_from(header["encoder"], tensors).eval(), header
    except (RuntimeError, ValueError, TypeError) as error:
        message = f"{path} does not hold the model its header describes: {str(error).splitlines()[0]}."
        raise ModelError(message, MODEL.remedy) from error


def encoder_from(config: dict[str, Any], weights: Tensors) -> StyleEncoder:
    """An encoder of this configuration (`EncoderConfig.as_dict`) with these weights."""
    described = EncoderConfig.from_dict(config)
    by_tokens = described.features in ("tokens", "joined")
    encoder = StyleEncoder(described, empty_backbone(described.backbone, by_tokens))
    encoder.load_state_dict(weights)
    return encoder


def current_model(store: Store) -> tuple[StyleEncoder, dict[str, Any] | None]:
    """The collection's encoder, in evaluation mode, on the CPU: trained, with its file's header, if there is one, else
    the pretrained default as it is."""
    if store.model.exists():
        return load_model(store.model)
    backbone, origin = load_backbone(DEFAULT_BACKBONE, "pretrained")
    return untrained_encoder(DEFAULT_BACKBONE, backbone, origin), None


def untrained_encoder(name: str, backbone: Backbone, origin: str) -> StyleEncoder:
    """What the backbone says of whole works, no projection: what there is before training."""
    side = backbone.fixed_side
    views = ViewPlan(whole_side=side or 320, crop_side=side or 160, crops=0, fixed=side is not None)
    return StyleEncoder(EncoderConfig(name, origin, views, backbone.features), backbone).eval()


def frozen_reader(store: Store, choice: FrozenChoice, device: str, precision: str) -> tuple[FeatureReader, int]:
    """What reads the backbone chosen, before any training and of works as wholes, in two places at once; and how many
    of its numbers, the first ones, are the last layer's: the others are channel statistics."""
    if choice.of_model:
        network, origin = current_model(store)[0].backbone, choice.weights
    else:
        network, origin = load_backbone(choice.name, choice.weights)
    plain = untrained_encoder(choice.name, network, origin)
    both = StyleEncoder(replace(plain.config, features="both"), network)
    return FeatureReader(both, choose_machine(device, precision)), both.feature_width() - plain.feature_width()
