"""Variants of the style recipe on features read once: what the tables of docs/experiments/variants.md come from.

    python -m tests.bench.variants FOLDER... [--cap 120] [--backbone NAME] [--cache DIR]

Labels are the subfolders' names and are used for scoring only. Every row is the mean over the seeds; P@10 / mAP / 1-NN
in percent, one column a folder.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from artbyol.base.run import Run
from artbyol.base.vectors import unit
from artbyol.encoder.model_file import untrained_encoder
from artbyol.encoder.readers import reader_of
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.evaluation.retrieval import mean_scores, score_queries
from artbyol.pictures.decode import decode
from artbyol.pictures.scan import content_hash, scan
from artbyol.pictures.views import ViewPlan, make_views
from artbyol.search.graph_ranking import similarities
from artbyol.training.phases import projection_phase, whiten
from artbyol.training.plan import Plan, TrainRequest, make_plan


@dataclass(frozen=True)
class Labelled:
    """A collection's features: whole (n, D), crops (n, k, D), labels (n,)."""

    whole: Tensor
    crops: Tensor
    labels: np.ndarray

    def some(self, count: int, seed: int) -> Labelled:
        """`count` works drawn at random."""
        rows = np.random.default_rng(seed).permutation(len(self.labels))[:count]
        return Labelled(self.whole[rows], self.crops[rows], self.labels[rows])


def read(folder: Path, cap: int, encoder: StyleEncoder, views: ViewPlan, cache: Path) -> Labelled:
    """Features of up to `cap` works a label, in the order of their content hashes."""
    key = hashlib.sha256(repr((str(folder), cap, encoder.config.weights, views)).encode()).hexdigest()[:12]
    kept = cache / f"{key}.npz"
    if not kept.exists():
        by_label: dict[str, list[tuple[bytes, Path]]] = {}
        for stamp in scan(folder).files:
            path = folder / stamp.path.decode()
            by_label.setdefault(stamp.path.decode().split("/")[0], []).append((content_hash(path), path))
        reader, whole, crops, labels = reader_of(encoder, Run()), [], [], []
        for label, works in sorted(by_label.items()):
            for digest, path in sorted(works)[:cap]:
                w, c = reader.read([make_views(decode(path, views.short_side), digest, views)])
                whole.append(w)
                crops.append(c)
                labels.append(label)
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(
            kept, whole=np.concatenate(whole).astype("f2"), crops=np.concatenate(crops).astype("f2"), labels=labels
        )
    data = np.load(kept)
    numbers = np.unique(data["labels"], return_inverse=True)[1]
    return Labelled(torch.from_numpy(data["whole"]).float(), torch.from_numpy(data["crops"]).float(), numbers)


def figures(vectors: Tensor, labels: np.ndarray) -> np.ndarray:
    found = mean_scores(score_queries(vectors.numpy(), labels))
    return 100 * np.array([found.precision_at_k, found.mean_average_precision, found.nearest_neighbour])


def graph_figures(vectors: Tensor, labels: np.ndarray) -> np.ndarray:
    """The same, ranked as `similar` does."""
    rows = unit(vectors.numpy())
    found = similarities(rows, np.arange(len(rows)), np.zeros((len(rows), len(rows)), bool))
    hit = labels[np.argsort(-found, axis=1)[:, :-1]] == labels[:, None]
    precisions = hit.cumsum(1) / np.arange(1, hit.shape[1] + 1)
    average = (precisions * hit).sum(1) / np.maximum(hit.sum(1), 1)
    return 100 * np.array([hit[:, :10].mean(), average.mean(), hit[:, 0].mean()])


def trained(
    data: Labelled,
    encoder: StyleEncoder,
    change: Callable[[Plan], Plan],
    seeds: int,
    byol: bool = True,
    figures: Callable[[Tensor, np.ndarray], np.ndarray] = figures,
) -> np.ndarray:
    """Scores after whitening, or after BYOL on top of it."""
    rows = []
    for seed in range(seeds):
        plan = change(make_plan(TrainRequest(seed=seed), len(data.labels), "cpu", "fp32"))
        fitted = whiten(plan, encoder, data.whole, data.crops[:, : plan.crops])
        if byol:
            for _ in projection_phase(plan, fitted, data.whole, data.crops[:, : plan.crops]).steps():
                pass
        vectors = fitted.fitted().vectors(data.whole.numpy(), data.crops[:, : plan.crops].numpy())
        rows.append(figures(torch.from_numpy(vectors), data.labels))
    return np.mean(rows, 0)


VARIANTS: dict[str, Callable[[Plan], Plan]] = {
    "default": lambda plan: plan,
    "own crops as positives": lambda plan: replace(plan, positives="own", neighbours=0),
    "4 neighbours": lambda plan: replace(plan, neighbours=4),
    "20 neighbours": lambda plan: replace(plan, neighbours=20),
    "shrinkage 0.1": lambda plan: replace(plan, shrink=0.1),
    "shrinkage 1": lambda plan: replace(plan, shrink=1.0),
    "half as long": lambda plan: replace(plan, epochs=max(1, plan.epochs // 2)),
    "twice as long": lambda plan: replace(plan, epochs=2 * plan.epochs),
    "32 dimensions": lambda plan: replace(plan, dimensions=32),
    "64 dimensions": lambda plan: replace(plan, dimensions=64),
    "4 crops": lambda plan: replace(plan, crops=4),
}


def without_correlations(data: Labelled, channels: int) -> Labelled:
    """Means and deviations of the channels only: the rest of the statistics set to 0."""
    keep = torch.arange(data.whole.shape[1]) < 2 * channels
    return Labelled(data.whole * keep, data.crops * keep, data.labels)


def half_of_each(first: Labelled, second: Labelled) -> Labelled:
    """Crops of two scales: every second one of each."""
    crops = torch.cat([first.crops[:, :4], second.crops[:, :4]], 1)
    return Labelled(first.whole, crops, first.labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cap", type=int, default=120)
    parser.add_argument("--backbone", default="efficientnet_lite0")
    parser.add_argument("--side", type=int, default=320, help="side of the whole view; crops are half of it")
    parser.add_argument("--areas", type=float, nargs="+", default=[0.1], help="share of the work that crops cover")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="", help="run only the variants whose name contains this")
    parser.add_argument(
        "--subsets", type=int, nargs="*", default=[], help="also on so many works drawn from the first folder"
    )
    parser.add_argument("--cache", type=Path, default=Path("features-cache"))
    asked = parser.parse_args()
    backbone, origin = load_backbone(asked.backbone, "pretrained")
    encoder = untrained_encoder(asked.backbone, backbone, origin)
    scales = {
        area: {
            folder.name: read(folder, asked.cap, encoder, ViewPlan(asked.side, asked.side // 2, 8, area), asked.cache)
            for folder in asked.folders
        }
        for area in asked.areas
    }
    sets = scales[asked.areas[0]]
    first = next(iter(sets.values()))
    sets |= {f"{count} of them": first.some(count, seed=0) for count in asked.subsets}
    print(f"{'':34}" + "".join(f"{name:>20}" for name in sets))

    def row(name: str, score: Callable[[Labelled], np.ndarray], sets: Mapping[str, Labelled] = sets) -> None:
        if asked.only in name:
            cells = (" / ".join(f"{value:.1f}" for value in score(data)) for data in sets.values())
            print(f"{name:34}" + "".join(f"{cell:>20}" for cell in cells), flush=True)

    def default(data: Labelled) -> np.ndarray:
        return trained(data, encoder, lambda plan: plan, asked.seeds)

    row("untrained", lambda data: figures(F.normalize(data.whole, dim=1), data.labels))
    row("crop whitening alone", lambda data: trained(data, encoder, lambda plan: plan, 1, byol=False))
    for name, change in VARIANTS.items():
        row(name, lambda data, change=change: trained(data, encoder, change, asked.seeds))
    row("ranked by the graph", lambda data: trained(data, encoder, lambda p: p, asked.seeds, figures=graph_figures))
    channels = sum(x.shape[1] for x in backbone(torch.zeros(1, 3, 64, 64)))
    row("without correlations", lambda data: default(without_correlations(data, channels)))
    for area, others in list(scales.items())[1:]:
        row(f"crops of {area:.0%}", default, others)
        both = {name: half_of_each(sets[name], others[name]) for name in others}
        row(f"crops of {asked.areas[0]:.0%} and of {area:.0%}", default, both)


if __name__ == "__main__":
    main()
