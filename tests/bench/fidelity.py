"""BYOL as published, on small tasks: does it learn from random weights, and what happens without its parts?

    python -m tests.bench.fidelity digits
    python sample_images/draw.py --times 8 --output DRAWN && python -m tests.bench.fidelity DRAWN

`digits` are scikit-learn's 1,797 handwritten digits; of a folder of drawings the label is the style, the first word of
a file's name. What is trained is what `artbyol train --recipe classic --weights none` trains. Digits bear neither
mirroring nor inverting, and a twelfth of a digit is no digit: crops cover 30 % or more, without flip and solarize.
The drawings get the paper's views unchanged.

The score is leave-one-out 5-NN accuracy of the encoder's own output (the projector is thrown away), by cosine. Rows
follow table 5 of the paper; "learning rate 0" tells what the BatchNorm statistics alone bring.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from scipy.stats import mode
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors
from torch import Tensor, nn

from artbyol.base.errors import CollapseError
from artbyol.base.events import Step
from artbyol.encoder.device import choose_machine
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.training.byol import BYOL
from artbyol.training.phases import classic_phase, encoder_for
from artbyol.training.pixel_cache import Squares
from artbyol.training.plan import TrainRequest, make_plan
from artbyol.training.trainer import PixelViews, Trainer


class SteadyTarget(BYOL):
    """BYOL whose target follows at one pace from first to last: 0 copies the online network after every step, 1 never
    moves."""

    tau = 0.0

    def update_target(self, tau: float) -> None:
        super().update_target(self.tau)


@dataclass(frozen=True)
class Variant:
    """One row: with or without predictor, with a steady tau or the climbing one (None), at a share of the rate."""

    predictor: bool = True
    tau: float | None = None
    rate: float = 1.0

    def of(self, trainer: Trainer, views: PixelViews) -> Trainer:
        """The published training, changed by this much."""
        whole = trainer.byol
        predictor = whole.predictor if self.predictor else nn.Identity()
        byol = BYOL(whole.online, predictor)
        if self.tau is not None:
            byol = SteadyTarget(whole.online, predictor)
            byol.tau = self.tau
        schedule = replace(trainer.schedule, learning_rate=self.rate * trainer.schedule.learning_rate)
        return Trainer(byol, views, schedule, trainer.machine)


VARIANTS = {
    "BYOL": Variant(),
    "learning rate 0": Variant(rate=0.0),
    "no predictor": Variant(predictor=False),
    "no target (tau = 0)": Variant(tau=0.0),
    "neither": Variant(predictor=False, tau=0.0),
    "fixed random target (tau = 1)": Variant(tau=1.0),
    "a sixth of the rate": Variant(rate=1 / 6),
    "four times the rate": Variant(rate=4.0),
}


@dataclass(frozen=True)
class Task:
    """Pictures (n, 3, s, s) uint8 with labels (n,), the side of their views, and how these are changed."""

    images: Tensor
    labels: np.ndarray
    side: int
    change: dict[str, object]

    def squares(self) -> Squares:
        return Squares(self.images.permute(0, 2, 3, 1), torch.ones(len(self.images)))

    def views(self, published: PixelViews) -> PixelViews:
        first, second = (replace(how, **self.change) for how in (published.first, published.second))
        return PixelViews(self.squares(), self.side, first, second)


def digits() -> Task:
    found = load_digits()
    grey = torch.from_numpy(found.images / 16 * 255).float()[:, None].expand(-1, 3, -1, -1)
    images = F.interpolate(grey, size=(32, 32), mode="bilinear").round().byte()
    return Task(images, found.target, 32, {"area": (0.3, 1.0), "flip": 0.0, "solarize": 0.0})


def drawn(folder: Path, side: int = 64) -> Task:
    files = sorted(folder.glob("*.jpg"))
    squares = [np.asarray(Image.open(file).convert("RGB").resize((side * 4 // 3,) * 2)) for file in files]
    labels = np.unique([file.name.split("_")[0] for file in files], return_inverse=True)[1]
    return Task(torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).contiguous(), labels, side, {})


@torch.no_grad()
def accuracy(encoder: StyleEncoder, task: Task, k: int = 5) -> float:
    """Leave-one-out k-NN accuracy in percent."""
    training = encoder.training
    encoder.eval()
    shown = F.interpolate(task.images.float() / 255, size=(task.side, task.side), mode="bilinear", antialias=True)
    vectors = torch.cat([encoder(some) for some in shown.split(256)]).numpy()
    encoder.train(training)
    near = NearestNeighbors(n_neighbors=k, metric="cosine").fit(vectors).kneighbors(return_distance=False)
    return 100 * float((mode(task.labels[near], axis=1).mode == task.labels).mean())


def run(task: Task, variant: Variant, asked: argparse.Namespace, seed: int) -> Iterator[tuple[int, float, Step | None]]:
    """Steps done, accuracy and the step itself, before the first and at eighths, quarters, half and end."""
    request = TrainRequest(
        asked.backbone, "none", "classic", batch_size=asked.batch, image_size=task.side, seed=seed, epochs=1
    )
    an_epoch = make_plan(request, len(task.images), "cpu", "fp32").steps
    request = replace(request, epochs=max(1, round(asked.steps / an_epoch)))
    plan = make_plan(request, len(task.images), "cpu", "fp32")
    network, origin = load_backbone(asked.backbone, "none", seed)
    encoder = encoder_for(plan, network, origin)
    published = classic_phase(plan, encoder, task.squares(), choose_machine("cpu"))
    trainer = variant.of(published, task.views(published.views))
    yield 0, accuracy(encoder, task), None
    try:
        for step in trainer.steps():
            if step.done in {trainer.total // 8, trainer.total // 4, trainer.total // 2, trainer.total}:
                yield step.done, accuracy(encoder, task), step
    except CollapseError:
        yield trainer.done, accuracy(encoder, task), None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", help="digits, or a folder of drawings")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--backbone", default="timm:test_resnet")
    parser.add_argument("--only", default="", help="run only the variants whose name contains this")
    asked = parser.parse_args()
    task = digits() if asked.task == "digits" else drawn(Path(asked.task))
    print(f"{len(task.labels)} pictures, {len(set(task.labels))} labels, {asked.backbone}, batch {asked.batch}")
    for name, variant in VARIANTS.items():
        if asked.only not in name:
            continue
        for seed in range(asked.seeds):
            started = perf_counter()
            cells = []
            for done, score, step in run(task, variant, asked, seed):
                state = f" (loss {step.loss:.2f}, spread {step.spread:.2f})" if step else " (collapsed)" if done else ""
                cells.append(f"{done}: {score:.1f}{state}")
            print(f"{name:30} seed {seed}   " + "   ".join(cells), f"  {perf_counter() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
