"""Graphs of networks, kept from run to run beside the files of weights, for all collections of a user.

Each is verified when it is made (`artbyol.encoder.graph_export`), and opened only if its checksum fits. Its name says
what it was made from: other weights or other versions have another. Deleting the folder loses seconds.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from artbyol.base.errors import ArtbyolError, ModelError
from artbyol.base.run import Run
from artbyol.encoder.current import STATISTICS_VERSION
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.weight_files import weights_folder
from artbyol.storage.tensor_file import Arrays, TensorFormat


class GraphHeader(TypedDict):
    """The header of a graph's file."""

    made_from: dict[str, Any]
    refused: str


GRAPH = TensorFormat("artbyol-graph", 1, ModelError, header=GraphHeader, arrays={"graph": "u1 n"})

MOST_KEPT = 12
"""Those used last; of a network that a collection trained on pixels there is one for itself alone."""


@dataclass(frozen=True)
class KeptGraph:
    """A network's graph, or why there is none.

    Attributes:
        graph: for `artbyol.encoder.engine.Engine`; empty where it was refused.
        refused: why torch must run this network; empty where it need not.
    """

    graph: bytes = b""
    refused: str = ""


def graph_path(weights: str, config: EncoderConfig) -> Path:
    """Where the graph of a backbone lies.

    Args:
        weights: what tells its weights from all others (`weights_id`, or a line with their checksum).
    """
    key = _made_from(weights, config)
    name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
    return weights_folder() / "graphs" / f"{name}.safetensors"


def kept_graph(weights: str, config: EncoderConfig) -> KeptGraph | None:
    """The graph that an earlier run has kept, or None: also where its file is damaged, which is made anew."""
    path = graph_path(weights, config)
    try:
        header, arrays = GRAPH.read(path)
    except ArtbyolError:
        return None
    with suppress(OSError):
        os.utime(path)  # the least used ones are dropped
    return KeptGraph(arrays["graph"].tobytes(), header["refused"])


def keep_graph(found: KeptGraph, weights: str, config: EncoderConfig, run: Run) -> None:
    """Keep a graph; where the folder cannot be written, say so."""
    path = graph_path(weights, config)
    header = {"made_from": _made_from(weights, config), "refused": found.refused}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        GRAPH.write(path, {"graph": np.frombuffer(found.graph, np.uint8)}, header)
        by_use = sorted(path.parent.glob("*.safetensors"), key=lambda one: one.stat().st_mtime)
        for old in by_use[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
    except (ArtbyolError, OSError) as error:
        run.notice(f"The network's graph cannot be kept in {path.parent} and is made again each time: {error}")


def weights_id(backbone: Arrays) -> str:
    """What tells a backbone's weights, by their names in it, from all others."""
    digest = hashlib.sha256()
    for name in sorted(backbone):
        digest.update(name.encode())
        digest.update(backbone[name].tobytes())
    return digest.hexdigest()[:32]


def _made_from(weights: str, config: EncoderConfig) -> Mapping[str, Any]:
    side = config.views.whole_side if config.views.fixed else 0
    packages = ("torch", "torchvision", "timm", "onnxruntime")
    return {
        "weights": weights,
        "backbone": config.backbone,
        "features": config.features,
        "side": side,
        "statistics": STATISTICS_VERSION,
        "versions": {name: version(name) for name in packages},
    }
