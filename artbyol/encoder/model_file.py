"""Tensors and what they mean, in one file: safetensors, with a JSON header that says who made it and how.

Reading a header needs no torch, so that `info` answers at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artbyol.base.errors import ModelError, StoreFormatError
from artbyol.storage.store import write_atomically

if TYPE_CHECKING:
    from torch import Tensor

    from artbyol.encoder.style_encoder import StyleEncoder

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds: tensors by name, and the header."""

    tensors: dict[str, Tensor]
    header: dict[str, Any]


def save(path: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any], kind: str) -> None:
    """Write tensors and header; the file appears whole or not at all.

    Args:
        kind: "model" or "training-state"; written down, and checked when read.
    """
    from safetensors.torch import save as serialise

    marked = {"format": f"artbyol-{kind}", "format_version": FORMAT_VERSION, **header}
    clean = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, serialise(clean, metadata={"artbyol": json.dumps(marked)}))


def read_header(path: Path, kind: str) -> dict[str, Any]:
    """The header alone.

    Raises:
        ModelError: no such file, damaged, or not a file of this kind.
        StoreFormatError: written by a newer artbyol.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            raw = (file.metadata() or {}).get("artbyol")
        header: dict[str, Any] = json.loads(raw) if raw else {}
    except FileNotFoundError as error:
        raise ModelError(f"There is no file {path}.") from error
    except (OSError, SafetensorError, ValueError) as error:
        anew = "make it anew: artbyol train FOLDER, then artbyol embed FOLDER"
        hint = anew if kind == "model" and path.suffix == ".safetensors" else None
        raise ModelError(f"{path} is damaged or not a safetensors file: {error}.", hint) from error
    if header.get("format") != f"artbyol-{kind}":
        raise ModelError(f"{path} is not an artbyol {kind} file.")
    if header["format_version"] > FORMAT_VERSION:
        raise StoreFormatError(
            f"{path} was made by a newer artbyol (format {header['format_version']}, this one reads {FORMAT_VERSION}).",
            hint="pip install --upgrade artbyol",
        )
    return header


def load(path: Path, kind: str, only: str | None = None) -> Checkpoint:
    """Tensors (on the CPU; `only`: that one alone) and header. Raises what `read_header` raises."""
    from safetensors import safe_open

    header = read_header(path, kind)
    with safe_open(path, framework="pt") as file:
        names = file.keys() if only is None else [only]
        return Checkpoint({name: file.get_tensor(name) for name in names}, header)


def content_id(tensors: Mapping[str, Tensor], config: Mapping[str, Any]) -> str:
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
    save(path, tensors, {**header, "model_id": model_id, "encoder": config}, kind="model")
    return model_id


def load_model(path: Path) -> tuple[StyleEncoder, dict[str, Any]]:
    """Rebuild an encoder from its file alone; also gives the header.

    Raises:
        ModelError: damaged, or its tensors do not fit its configuration.
    """
    checkpoint = load(path, "model")
    try:
        encoder = encoder_from(checkpoint.header["encoder"], checkpoint.tensors)
    except (RuntimeError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} does not hold the model its header describes: {error}", hint="train again: artbyol train FOLDER"
        ) from error
    return encoder.eval(), checkpoint.header


def encoder_from(config: dict[str, Any], weights: Mapping[str, Tensor]) -> StyleEncoder:
    """An encoder of this configuration (`EncoderConfig.as_dict`) with these weights."""
    from artbyol.encoder.backbones import as_backbone, bare_network
    from artbyol.encoder.style_encoder import EncoderConfig, StyleEncoder

    described = EncoderConfig.from_dict(config)
    encoder = StyleEncoder(described, as_backbone(described.backbone, bare_network(described.backbone)))
    encoder.load_state_dict(weights)
    return encoder
