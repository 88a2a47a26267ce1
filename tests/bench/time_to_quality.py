"""What the same minutes bring: `python -m tests.bench.time_to_quality FOLDER [--cap 60]`.

FOLDER's subfolders are the labels; they are used for scoring alone. artbyol trains on a folder of JPEGs with its
defaults; the time this takes, from the first file to the model, is then given to other BYOL code on the same folder
(`tests.bench.peers`; `--times 1 4`: so many times as long too). Each is scored by how many of the ten nearest works
share a work's label (P@10, percent), mAP and 1-NN. lightly's BYOL begins from random weights, as in its example, or
from the pretrained network that artbyol begins with.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

import artbyol
from artbyol.evaluation.retrieval import mean_scores, score_queries
from tests.bench.peers import byol_pytorch, lightly, missing, resnet18
from tests.bench.quality import capped, in_words, score

SIDE, SEEN_AT = 96, 224
"""Pixels of the crops that peers train on, a third as many as the examples' 224 and so five times the steps; and of
the whole works that they are scored on."""

MANY = 10_000  # epochs: time ends it


def lite0() -> tuple[nn.Module, nn.Module, int]:
    """The network that artbyol begins with, pooled: what trains, what gives features, and their width."""
    from artbyol.encoder.weights import load_backbone

    backbone, _ = load_backbone("efficientnet_lite0", "pretrained")

    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = backbone

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            # The peers' transforms have normalised for ImageNet already; the network does it itself.
            mean, std = x.new_tensor([0.485, 0.456, 0.406]), x.new_tensor([0.229, 0.224, 0.225])
            plain: torch.Tensor = self.backbone(x * std.view(1, 3, 1, 1) + mean.view(1, 3, 1, 1))[-1]
            return plain.mean((2, 3), keepdim=True)

    network = Pooled()
    return network, network, 320


def lightly_random(folder: Path) -> tuple[nn.Module, Iterator[None]]:
    network = resnet18()
    return network, lightly(folder, SIDE, MANY, network, 512)


def lightly_pretrained(folder: Path) -> tuple[nn.Module, Iterator[None]]:
    network, features, width = lite0()
    return features, lightly(folder, SIDE, MANY, network, width)


def byol_pytorch_random(folder: Path) -> tuple[nn.Module, Iterator[None]]:
    import torchvision

    network = torchvision.models.resnet18()
    return nn.Sequential(*list(network.children())[:-1]), byol_pytorch(folder, SIDE, MANY, network)


PEERS: dict[str, Callable[[Path], tuple[nn.Module, Iterator[None]]]] = {
    "lightly, ResNet-18 from random weights": lightly_random,
    "lightly, the same pretrained network": lightly_pretrained,
    "byol-pytorch, ResNet-18 from random weights": byol_pytorch_random,
}


def scored(network: nn.Module, folder: Path) -> str:
    """How a network's features do on whole works, squeezed to squares."""
    import torchvision
    from torchvision import transforms

    normal = transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    prepare = transforms.Compose([transforms.Resize((SEEN_AT, SEEN_AT)), transforms.ToTensor(), normal])
    works = torchvision.datasets.ImageFolder(str(folder), prepare)
    rows: list[NDArray[np.float32]] = []
    with torch.inference_mode():
        for images, _ in torch.utils.data.DataLoader(works, batch_size=32, num_workers=2):
            rows.append(network.eval()(images).flatten(1).numpy())
    vectors = np.concatenate(rows)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return in_words(mean_scores(score_queries(vectors, np.array(works.targets))))


def peer(name: str, folder: Path, seconds: float) -> str:
    """Train for so long, then score."""
    torch.manual_seed(0)
    start = time.perf_counter()
    network, steps = PEERS[name](folder)
    done = 0
    if seconds:
        network.train()
        while time.perf_counter() - start < seconds:
            next(steps)
            done += 1
    del steps  # and the workers that feed it
    return f"{scored(network, folder)}   {done:5d} steps, {time.perf_counter() - start:6.0f} s with scoring"


def compare(folder: Path, times: Sequence[float]) -> None:
    with tempfile.TemporaryDirectory() as store:
        place = Path(store)
        artbyol.embed(folder, store=place)
        print(f"{'artbyol, untrained':<46}{score(folder, place)[0]}", flush=True)
        start = time.perf_counter()
        report = artbyol.train(folder, store=place)
        taken = time.perf_counter() - start
        artbyol.embed(folder, store=place)
        print(f"{'artbyol, trained':<46}{score(folder, place)[0]}   {report.steps} steps, {taken:.0f} s", flush=True)
    for name in PEERS:
        if missing(name):
            continue
        for share in (0.0, *times):
            command = [sys.executable, "-m", "tests.bench.time_to_quality", str(folder)]
            command += ["--one", name, "--seconds", str(share * taken)]
            answer = subprocess.run(command, capture_output=True, text=True, check=False)
            if answer.returncode:
                raise SystemExit(answer.stderr[-2000:])
            print(f"{name + (f', {share:g} x' if share else ', untrained'):<46}{json.loads(answer.stdout)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cap", type=int, default=0, help="at most so many pictures a label (0: all)")
    parser.add_argument("--times", type=float, nargs="*", default=[1.0])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(peer(asked.one, asked.folder, asked.seconds)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        compare(capped(asked.folder, asked.cap or sys.maxsize, Path(temporary)), asked.times)


if __name__ == "__main__":
    main()
