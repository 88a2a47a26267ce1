"""Embedding large photographs against the common way: `python -m tests.bench.embedding [--files 24]`.

Twelve-megapixel JPEGs, made from the sample pictures with grain added (a simulation of photographs), embedded

- by artbyol as it comes, and by a trained model (a whole view and eight crops a work),
- by the common way: a DataLoader that decodes each file whole, torchvision's transforms to 224 px, one view, fp32,
  the same network;

and the two limits of artbyol's own work, each alone: decoding, cutting and measuring ("decode"), and the network on
views that lie ready ("network"). All in turns (A B A B), medians of one run.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

import artbyol
from artbyol.collection import scan
from artbyol.decoding import DEFAULT_MAX_PIXELS
from artbyol.device import choose_machine
from artbyol.encoder import FeatureReader
from artbyol.intake import Content, Seen, see
from artbyol.models import current_model
from artbyol.store import Store, locate
from artbyol.weights import load_backbone

SAMPLES = Path(__file__).resolve().parents[2] / "sample_images"
SIZE = (4000, 3000)


class Whole(Dataset[torch.Tensor]):
    """Every file decoded whole, then shrunk."""

    def __init__(self, files: list[Path]) -> None:
        self.files = files
        self.prepare = transforms.Compose(
            [transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize(0.5, 0.5)]
        )

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, at: int) -> torch.Tensor:
        found: torch.Tensor = self.prepare(Image.open(self.files[at]).convert("RGB"))
        return found


def photographs(folder: Path, files: int) -> None:
    """So many pictures of 4000 x 3000 px."""
    generator = np.random.default_rng(0)
    for number, sample in zip(range(files), sorted(SAMPLES.glob("*.jpg")), strict=False):
        with Image.open(sample) as image:
            large = np.asarray(image.convert("RGB").resize(SIZE, Image.Resampling.BICUBIC)).astype(np.int16)
        grain = generator.integers(-12, 13, (SIZE[1], SIZE[0], 1), dtype=np.int16)
        Image.fromarray((large + grain).clip(0, 255).astype(np.uint8)).save(folder / f"{number:03}.jpg", quality=90)


def common(folder: Path) -> None:
    backbone, _ = load_backbone("efficientnet_lite0", "pretrained")
    backbone.eval()
    loader = DataLoader(Whole(sorted(folder.glob("*.jpg"))), batch_size=1, num_workers=2)
    with torch.inference_mode():
        for image in loader:
            backbone(image)


def embedded(folder: Path, model: Path | None) -> None:
    with tempfile.TemporaryDirectory() as store:
        if model:
            (Path(store) / "model.safetensors").write_bytes(model.read_bytes())
        artbyol.embed(folder, store=store)


def limits(place: Store, folder: Path) -> tuple[Callable[[], object], Callable[[], object]]:
    """The decoder's work and the network's, each alone, as the store's model has it."""
    encoder = current_model(place).encoder
    contents = [Content(bytes([n]) * 16, (stamp,)) for n, stamp in enumerate(scan(folder).files)]
    views = encoder.config.views

    def decode() -> list[Seen]:
        return [one for one in see(folder, contents, views, DEFAULT_MAX_PIXELS) if isinstance(one, Seen)]

    ready = [one.views for one in decode()]
    reader = FeatureReader(encoder, choose_machine())

    def network() -> None:
        for start in range(0, len(ready), 16):
            reader.encode(ready[start : start + 16])

    return decode, network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        photos, samples = Path(temporary) / "photos", Path(temporary) / "samples"
        photos.mkdir()
        samples.mkdir()
        photographs(photos, arguments.files)
        for sample in SAMPLES.glob("*.jpg"):
            (samples / sample.name).write_bytes(sample.read_bytes())
        plain = limits(locate(samples), photos)
        artbyol.train(samples, effort="quick")
        trained = limits(locate(samples), photos)
        model = locate(samples).model
        tasks: dict[str, Callable[[], object]] = {
            "common way": lambda: common(photos),
            "artbyol, untrained": lambda: embedded(photos, None),
            "  decode alone": plain[0],
            "  network alone": plain[1],
            "artbyol, trained": lambda: embedded(photos, model),
            "  decode alone, ": trained[0],
            "  network alone, ": trained[1],
        }
        spent: dict[str, list[float]] = {name: [] for name in tasks}
        for _ in range(arguments.rounds):
            for name, task in tasks.items():
                start = time.perf_counter()
                task()
                spent[name].append(time.perf_counter() - start)
        print(f"{'pictures a second':<24}{'':>8}   against the common way")
        slowest = statistics.median(spent["common way"])
        for name, times in spent.items():
            median = statistics.median(times)
            print(f"{name.rstrip(', '):<24}{arguments.files / median:>8.2f}   {slowest / median:.2f} x")


if __name__ == "__main__":
    main()
