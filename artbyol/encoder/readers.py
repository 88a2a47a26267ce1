"""What reads pictures for a collection: its model, run by ONNX Runtime on a processor and by torch elsewhere.

On a processor a network's graph is made once, the first time that it is needed, and kept (`kept_graph`). With a graph
that is kept nothing here imports torch: a new picture is answered at once.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from artbyol.base.errors import UsageError
from artbyol.base.run import Run
from artbyol.encoder import DEFAULT_BACKBONE
from artbyol.encoder.current import FrozenChoice, backbone_stayed, untrained_id
from artbyol.encoder.device import Machine, check_choice, surely_cpu
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.encoder.kept_graph import KeptGraph, keep_graph, kept_graph, weights_id
from artbyol.encoder.projection import Projection
from artbyol.encoder.stored_model import StoredModel, read_model
from artbyol.encoder.weight_files import PACKAGED, said_by_name
from artbyol.storage.store import Store

if TYPE_CHECKING:
    from artbyol.encoder.style_encoder import StyleEncoder

ON_PROCESSOR = Machine("cpu", "fp32")
"""Where, and in which arithmetic, graphs run."""

UNTRAINED = EncoderConfig(DEFAULT_BACKBONE, PACKAGED[DEFAULT_BACKBONE].origin)
"""What there is before training: the pretrained default, of works as wholes."""


def current_reader(place: Path | None, run: Run, *, windows: bool = False) -> tuple[FeatureReader, str]:
    """What reads pictures as the model in this file does, and that model's id; where there is none, the pretrained
    default.

    Args:
        windows: it reads the windows of a view instead of the whole, for `FeatureReader.windows`.

    Raises:
        ModelError: the model's file is damaged. InstallationError: as `choose_machine`.
        UsageError: as `choose_machine`; or the model knows of no windows.
    """
    check_choice(run.device, run.precision)
    model = read_model(place) if place and place.exists() else None
    config = model.config if model else UNTRAINED
    if windows:
        config = _windowed(config)
    model_id = model.header["model_id"] if model else untrained_id()
    weights = _weights_in(model) if model else UNTRAINED.weights
    kept = kept_graph(weights, config) if surely_cpu(run.device) and run.precision != "bf16" else None
    if kept and kept.graph:
        return _by_graph(config, model.projection if model else Projection(), kept), model_id
    encoder = _encoder(model)
    encoder.config = config
    return reader_of(encoder, run, weights, kept), model_id


def _windowed(config: EncoderConfig) -> EncoderConfig:
    if config.features != "statistics":
        message = f"A model of {config.backbone} by {config.features} does not tell where in a picture something is."
        raise UsageError(message, "train with the recipe style or brushwork, and a convolutional backbone")
    return replace(config, features="windows")


def _weights_in(model: StoredModel) -> str:
    """What tells a model's backbone from others: the line on its weights where that is enough, else themselves."""
    if said_by_name(model.config.weights) and backbone_stayed(model.header):
        return model.config.weights
    backbone = {name: array for name, array in model.weights().items() if name.startswith("backbone.")}
    return weights_id({name.removeprefix("backbone."): array for name, array in backbone.items()})


def reader_of(
    encoder: StyleEncoder, run: Run, weights: str | None = None, kept: KeptGraph | None = None
) -> FeatureReader:
    """What reads views with an encoder.

    Args:
        run: on what. On a processor, precision "auto" means the graph, also where it computes in bf16: there torch was
            slower with the default network (docs/experiments/engine.md), and a new picture is read as others were.
        weights: what tells the backbone's weights from others, as `kept_graph` wants it; None: themselves.
        kept: what is known to be kept of it.
    """
    from artbyol.encoder.device import choose_machine
    from artbyol.encoder.model_file import arrays_of
    from artbyol.encoder.torch_network import TorchNetwork

    machine = choose_machine(run.device, run.precision)
    if machine.device == "cpu" and run.precision != "bf16":
        weights = weights or weights_id(arrays_of(encoder.backbone.state_dict()))
        kept = kept or kept_graph(weights, encoder.config) or _made(encoder, weights, run)
        if kept.graph:
            return _by_graph(encoder.config, encoder.fitted(), kept)
    return FeatureReader(encoder.config, encoder.fitted(), TorchNetwork(encoder, machine), machine)


def _by_graph(config: EncoderConfig, projection: Projection, kept: KeptGraph) -> FeatureReader:
    from artbyol.encoder.engine import Engine

    return FeatureReader(config, projection, Engine(kept.graph), ON_PROCESSOR)


def _made(encoder: StyleEncoder, weights: str, run: Run) -> KeptGraph:
    from artbyol.encoder.graph_export import graph_of

    run.progress("preparing the network", 0, 1)
    found = graph_of(encoder)
    keep_graph(found, weights, encoder.config, run)
    run.progress("preparing the network", 1, 1)
    if found.refused:
        run.notice(f"PyTorch runs the network {encoder.config.backbone}: {found.refused}.")
    return found


def _encoder(model: StoredModel | None) -> StyleEncoder:
    """The model in torch, in evaluation mode."""
    from artbyol.encoder.model_file import in_torch, untrained_encoder
    from artbyol.encoder.weights import load_backbone

    if model:
        return in_torch(model)
    return untrained_encoder(DEFAULT_BACKBONE, *load_backbone(DEFAULT_BACKBONE, "pretrained"))


def frozen_reader(store: Store, choice: FrozenChoice, run: Run) -> tuple[FeatureReader, int]:
    """What reads the backbone chosen, before any training and of works as wholes, in two places at once; and how many
    of its numbers, the first ones, are the last layer's: the others are channel statistics."""
    from artbyol.encoder.model_file import load_model, untrained_encoder
    from artbyol.encoder.style_encoder import StyleEncoder
    from artbyol.encoder.weights import load_backbone

    if choice.of_model:
        network, origin = load_model(store.model)[0].backbone, choice.weights
    else:
        network, origin = load_backbone(choice.name, choice.weights)
    plain = untrained_encoder(choice.name, network, origin)
    both = StyleEncoder(replace(plain.config, features="both"), network)
    return reader_of(both, run), both.feature_width() - plain.feature_width()
