"""Folders of 5 to 300 works: is training ever worse than leaving the encoder as it is?

    python -m tests.bench.small_folders FOLDER [--cache DIR]

Draws so many works of four labels of FOLDER (its subfolders) at random, does with them what `train` and `embed` would
do (including the verdict that decides which stage is kept), and scores the vectors against those of the untrained
encoder. mAP and 1-NN in percent, means over the draws; the difference with the interval that holds 95 % of its
bootstrap means.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from artbyol.base.bootstrap import estimate, resampled_means
from artbyol.base.errors import TooFewImagesError
from artbyol.encoder.model_file import untrained_encoder
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.views import ViewPlan
from artbyol.training.held_out import FEWEST_JUDGED, CollectionFeatures, crossfit
from artbyol.training.phases import projection_phase, whiten
from artbyol.training.plan import FEWEST_WORKS, Plan, TrainRequest, make_plan
from artbyol.training.verdict import judge
from tests.bench.variants import Labelled, figures, read

DRAWS = {5: 60, 10: 60, 16: 40, 30: 30, 100: 12, 300: 5}


def plan_for(works: int) -> Plan:
    return make_plan(TrainRequest(), works, "cpu", "fp32")


def vectors_of(encoder: StyleEncoder, data: Labelled) -> Tensor:
    return torch.from_numpy(encoder.fitted().vectors(data.whole.numpy(), data.crops.numpy()))


def product(data: Labelled, encoder: StyleEncoder) -> tuple[Tensor, str]:
    """The vectors that the product would give, and the stage that its verdict kept."""
    n = len(data.labels)
    if n < FEWEST_WORKS:
        return F.normalize(data.whole, dim=1), "too few to train"
    try:
        fitted = whiten(plan_for(n), encoder, data.whole, data.crops)
    except TooFewImagesError:
        return F.normalize(data.whole, dim=1), "all alike"
    whitened = vectors_of(fitted, data)
    for _ in projection_phase(plan_for(n), fitted, data.whole, data.crops).steps():
        pass
    vectors = {"trained": vectors_of(fitted, data), "whitened": whitened}
    vectors["untrained"] = F.normalize(data.whole, dim=1)
    if n < FEWEST_JUDGED:
        return vectors["trained"], "no verdict"
    looks = CollectionFeatures(data.whole, data.crops)
    kept = judge(crossfit(plan_for, encoder, looks, lambda done, total: None)).kept
    return vectors[kept], kept


def draw(data: Labelled, works: int, rng: np.random.Generator) -> Labelled:
    """`works` of four labels, at least two of each, in random order."""
    labels = rng.permutation(np.unique(data.labels))[:4]
    while True:
        rows = rng.permutation(np.flatnonzero(np.isin(data.labels, labels)))[:works]
        if works < 8 or np.unique(data.labels[rows], return_counts=True)[1].min() > 1:
            return Labelled(data.whole[rows], data.crops[rows], data.labels[rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cap", type=int, default=120)
    parser.add_argument("--cache", type=Path, default=Path("features-cache"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    encoder = untrained_encoder("efficientnet_lite0", *load_backbone("efficientnet_lite0", "pretrained"))
    data = read(asked.folder, asked.cap, encoder, ViewPlan(), asked.cache)
    print(f"{'works':>6} {'draws':>5}  {'untrained':>13} {'product':>13}   difference in mAP, in 1-NN; stages kept")
    for works, draws in DRAWS.items():
        rng, rows, kept = np.random.default_rng(works), [], Counter[str]()
        for _ in range(draws):
            some = draw(data, works, rng)
            vectors, stage = product(some, encoder)
            rows.append([figures(F.normalize(some.whole, dim=1), some.labels), figures(vectors, some.labels)])
            kept[stage] += 1
        found = np.array(rows)[:, :, 1:]  # P@10 says little where there are not ten of a label
        before, after = found.mean(0)
        drawn = resampled_means(found[:, 1] - found[:, 0])
        gains = [estimate(float(after[i] - before[i]), drawn[:, i]) for i in range(2)]
        print(
            f"{works:6} {draws:5}  {before[0]:5.1f} / {before[1]:5.1f} {after[0]:5.1f} / {after[1]:5.1f}   "
            + ", ".join(f"{gain.value:+.1f} [{gain.low:+.1f}, {gain.high:+.1f}]" for gain in gains)
            + f"; {(found[:, 1, 0] < found[:, 0, 0] - 0.05).sum()} of {draws} worse in mAP; "
            + ", ".join(f"{stage} {count}" for stage, count in kept.most_common()),
            flush=True,
        )


if __name__ == "__main__":
    main()
