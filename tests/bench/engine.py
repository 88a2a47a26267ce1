"""The network alone: its graph in ONNX Runtime against torch, of crops and of whole views, one core, in turns.

    python -m tests.bench.engine FOLDER --backbone resnet18

FOLDER holds pictures. bf16 is left out where the processor has no instructions for it. The network has random weights
unless it is the default. To see what a processor without AVX-512 would do, libraries must be told that there is none:
torch obeys ONEDNN_MAX_CPU_ISA=AVX2 and ATEN_CPU_CAPABILITY=avx2, ONNX Runtime asks the processor itself.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.encoder import DEFAULT_BACKBONE
from artbyol.encoder.device import Machine, choose_machine, fast_bf16
from artbyol.encoder.engine import Engine
from artbyol.encoder.feature_reader import FeatureReader, Network
from artbyol.encoder.graph_export import graph_of
from artbyol.encoder.model_file import untrained_encoder
from artbyol.encoder.torch_network import TorchNetwork
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.decode import decode
from artbyol.pictures.scan import scan
from artbyol.pictures.views import ViewPlan, make_views

ROUNDS, WORKS = 7, 16


def seen(folder: Path) -> Iterator[tuple[str, Sequence[NDArray[np.uint8]]]]:
    plan = ViewPlan()
    files = [folder / stamp.path.decode() for stamp in scan(folder).files[:WORKS]]
    views = [make_views(decode(file, plan.short_side), bytes(16), plan) for file in files]
    yield "crops of 160²", [crop for one in views for crop in one.crops[:2]]
    yield "whole works, 320²", [one.whole for one in views]


def measured(folder: Path, backbone: str, rounds: int) -> Iterator[tuple[str, str, float, float, float]]:
    """What was seen, by which network, how many a second, how many times torch in fp32 that is, and how far apart."""
    choose_machine("cpu")  # as a run does it: freed memory is kept
    weights = "pretrained" if backbone == DEFAULT_BACKBONE else "none"
    encoder = untrained_encoder(backbone, *load_backbone(backbone, weights))
    started = time.process_time()
    kept = graph_of(encoder)
    spent = time.process_time() - started
    print(f"made, compared and timed in {spent:.1f} s of a processor; {kept.refused or 'taken'}", file=sys.stderr)
    networks: dict[str, Network] = {"torch fp32": TorchNetwork(encoder, Machine("cpu", "fp32"))}
    if fast_bf16("cpu"):
        networks["torch bf16"] = TorchNetwork(encoder, Machine("cpu", "bf16"))
    if kept.graph:
        networks["graph"] = Engine(kept.graph)
    readers = {
        name: FeatureReader(encoder.config, encoder.fitted(), one, Machine("cpu", "fp32"))
        for name, one in networks.items()
    }
    for what, views in seen(folder):
        found = {name: reader.features(views) for name, reader in readers.items()}
        took: dict[str, list[float]] = {name: [] for name in readers}
        for _ in range(rounds):
            for name, reader in readers.items():
                started = time.process_time()
                reader.features(views)
                took[name].append(time.process_time() - started)
        first = statistics.median(took["torch fp32"])
        for name, times in took.items():
            speed, apart = statistics.median(times), np.abs(found[name] - found["torch fp32"]).max()
            yield what, name, len(views) / speed, first / speed, float(apart)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backbone", default=DEFAULT_BACKBONE)
    arguments = parser.parse_args()
    for what, name, speed, times, apart in measured(arguments.folder, arguments.backbone, ROUNDS):
        print(f"{what:<20}{name:<12}{speed:>8.1f} a second{times:>7.2f} x   {apart:.1e} apart")


if __name__ == "__main__":
    main()
