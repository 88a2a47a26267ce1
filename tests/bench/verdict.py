"""Does the verdict, which knows no labels, agree with labels, and can it be fooled?

    python -m tests.bench.verdict FOLDER... [--samples sample_images] [--cap 120] [--cache DIR] [--planted 200]

Encoders of very different quality are made from the same features, each fitted on half of a collection. For the works
held out: the verdict's agreement and other measures that need no label, and P@10 and mAP by label (subfolders; for
--samples the first part of the file's name). Printed for each collection: all of them, and Spearman's correlation of
each measure with the labelled figures. Then the decision itself, on sub-collections drawn at random.

Last, planted features: hands, and a constant a photograph or a source that says nothing of them, of any strength and of
1 to 60 dimensions; none, half or all of it is changed where another file shows the work, and overlooked as training
decides it, or at random. *Praise* is a verdict of more consistent neighbours without a doubt. It is false where P@10 by
hand fell.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from scipy.stats import spearmanr
from torch import Tensor

from artbyol.base.errors import CollapseError
from artbyol.encoder.backbones import Backbone
from artbyol.encoder.device import Machine
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.heads import Residual
from artbyol.encoder.model_file import untrained_encoder
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.views import ViewPlan
from artbyol.search.file_kinds import FileKinds
from artbyol.search.source_check import source_check
from artbyol.training.byol import BYOL
from artbyol.training.collection_features import GREATEST_WEIGHT, CollectionFeatures, Renditions, overlooking
from artbyol.training.consistency import StageVectors, agreement, effective_rank, found_again, hubness, kinship
from artbyol.training.held_out import crossfit
from artbyol.training.phases import whiten
from artbyol.training.plan import Plan, TrainRequest, make_plan
from artbyol.training.trainer import EVERY, FeatureViews, Schedule, Trainer
from artbyol.training.verdict import Verdict, judge
from artbyol.training.whitening import crop_whitening
from tests.bench.variants import Labelled, read

Map = Callable[[Tensor], Tensor]
"""Features (n, D) -> vectors (n, d)."""


@dataclass(frozen=True)
class Recipe:
    """How one encoder of the trial is fitted: features to a map."""

    name: str
    fit: Callable[[Labelled], Map]


class StrangersAsNeighbours(FeatureViews):
    """Views whose positives are, this often, views of any other work: what training should not look like."""

    def __init__(self, whole: Tensor, crops: Tensor, share: float) -> None:
        super().__init__(whole, crops)
        self.share = share
        self.strangers = torch.randperm(len(whole), generator=torch.Generator().manual_seed(0))

    def pair(self, works: Tensor, partners: Tensor, rng: torch.Generator, rows: slice = EVERY) -> tuple[Tensor, Tensor]:
        strange = torch.rand(len(works), generator=rng) < self.share
        return super().pair(works, torch.where(strange, self.strangers[works], partners), rng, rows)


def plan_for(works: int) -> Plan:
    return make_plan(TrainRequest(), works, "cpu", "fp32")


def byol(
    data: Labelled,
    neighbours: int | None = None,
    rate: float = 3e-4,
    length: float = 1.0,
    strangers: float = 0.0,
    dimensions: int = 128,
) -> Map:
    """Whitening and BYOL, with something changed."""
    plan = plan_for(len(data.labels))
    affine = crop_whitening(data.whole, data.crops, dimensions, plan.shrink)
    whole, crops = affine(data.whole), affine(data.crops)
    torch.manual_seed(0)
    online = Residual(whole.shape[1])
    views = StrangersAsNeighbours(whole, crops, strangers) if strangers else FeatureViews(whole, crops)
    asked = plan.neighbours if neighbours is None else min(neighbours, len(whole) // 3)
    schedule = Schedule(max(1, round(length * plan.epochs)), plan.batch_size, rate, 1e-4, 0.99, 0, neighbours=asked)
    trainer = Trainer(BYOL(online, Residual(whole.shape[1], linear=False)), views, schedule, Machine("cpu", "fp32"))
    try:
        for _ in trainer.steps():
            pass
    except CollapseError:
        pass  # a collapsed encoder is one of the trial, too
    online.eval()
    return lambda x: online(affine(x)).detach()


def columns(start: int, stop: int) -> Recipe:
    return Recipe(f"features {start} to {stop}", lambda data: lambda x: x[:, start:stop])


def principal(data: Labelled, count: int) -> Map:
    centre = data.whole.mean(0)
    basis = torch.linalg.svd(data.whole - centre, full_matrices=False)[2][:count].T
    return lambda x: (x - centre) @ basis


def whitened(dimensions: int, shrink: float) -> Recipe:
    return Recipe(
        f"whitened, {dimensions} dim., shrinkage {shrink:g}",
        lambda data: crop_whitening(data.whole, data.crops, dimensions, shrink),
    )


def at_random(data: Labelled) -> Map:
    basis = torch.randn(data.whole.shape[1], 16, generator=torch.Generator().manual_seed(0))
    centre = data.whole.mean(0)
    return lambda x: (x - centre) @ basis


def recipes(backbone: Backbone) -> list[Recipe]:
    """Encoders good and bad. The groups of the statistics come in order of depth: means, deviations."""
    widths = [2 * x.shape[1] for x in backbone(torch.zeros(1, 3, 64, 64))]
    ends = np.cumsum(widths).tolist()
    return [
        Recipe("untrained", lambda data: lambda x: x),
        *(columns(end - width, end) for width, end in zip(widths, ends, strict=True)),
        columns(ends[-1] - widths[-1], ends[-1] - widths[-1] // 2),
        Recipe("16 random directions", at_random),
        *(Recipe(f"{count} principal components", lambda d, count=count: principal(d, count)) for count in (4, 64)),
        *(whitened(*how) for how in ((8, 0.1), (32, 0.1), (64, 0.1), (128, 0.1), (128, 1.0))),
        Recipe("BYOL", byol),
        *(Recipe(f"BYOL, {k} neighbours", lambda data, k=k: byol(data, neighbours=k)) for k in (4, 20, 60)),
        Recipe("BYOL, own crops", lambda data: byol(data, neighbours=0)),
        *(Recipe(f"BYOL, rate {r:g}", lambda data, r=r: byol(data, rate=r)) for r in (3e-3, 3e-2)),
        *(Recipe(f"BYOL, {n:g} times as long", lambda data, n=n: byol(data, length=n)) for n in (0.15, 4.0)),
        *(Recipe(f"BYOL, {s:.0%} strangers", lambda data, s=s: byol(data, strangers=s)) for s in (0.5, 1.0)),
        Recipe("BYOL, 8 dimensions", lambda data: byol(data, dimensions=8)),
    ]


def seen_by(encoder: Map, data: Labelled) -> StageVectors:
    """A collection as the product would see it through this map."""
    whole = F.normalize(encoder(data.whole), dim=1)
    crops = F.normalize(encoder(data.crops.flatten(0, 1)), dim=1).unflatten(0, data.crops.shape[:2])
    works, first, second = whole + crops.mean(1), crops[:, 0::2].mean(1), crops[:, 1::2].mean(1)
    return StageVectors(*(F.normalize(x, dim=1).numpy() for x in (works, first, second)))


def labelled(seen: StageVectors, labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """P@10 and average precision of each of `rows` among all works, in percent: (m, 2)."""
    cosines = seen.works[rows] @ seen.works.T
    cosines[np.arange(len(rows)), rows] = -np.inf
    hit = labels[np.argsort(-cosines, axis=1)[:, :-1]] == labels[rows, None]
    precisions = hit.cumsum(1) / np.arange(1, hit.shape[1] + 1)
    return 100 * np.stack([hit[:, :10].mean(1), (precisions * hit).sum(1) / np.maximum(hit.sum(1), 1)], 1)


def percent(parts: np.ndarray) -> float:
    """Of (m, 2) the first in percent of the second."""
    return 100 * float(parts[:, 0].mean() / parts[:, 1].mean())


MEASURES: dict[str, Callable[[StageVectors, np.ndarray], float]] = {
    "agreement": lambda seen, rows: float(agreement(seen, rows).mean()),
    "kinship": lambda seen, rows: percent(kinship(seen, rows)),
    "found again": lambda seen, rows: float(found_again(seen, rows).mean()),
    "effective rank": lambda seen, rows: effective_rank(seen.works[rows]),
    "even (- hubness)": lambda seen, rows: -hubness(seen, rows),
}


def halves_of(data: Labelled) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rows to fit on and rows held out, twice."""
    every = np.arange(len(data.labels))
    return [(every[every % 2 != part], every[every % 2 == part]) for part in range(2)]


def some(data: Labelled, rows: np.ndarray) -> Labelled:
    return Labelled(data.whole[rows], data.crops[rows], data.labels[rows])


def correlate(name: str, data: Labelled, trial: list[Recipe]) -> None:
    """The table of one collection, and the correlations."""
    found = []
    for recipe in trial:
        rows = []
        for fitted_on, held in halves_of(data):
            seen = seen_by(recipe.fit(some(data, fitted_on)), data)
            figures = labelled(seen, data.labels, held).mean(0)
            rows.append([*figures, *(measure(seen, held) for measure in MEASURES.values())])
        found.append(np.mean(rows, 0))
    table = np.array(found)
    print(f"\n{name}: {len(data.labels)} works, {len(trial)} encoders\n{'':36}{'P@10':>8}{'mAP':>8}", end="")
    print("".join(f"{measure:>18}" for measure in MEASURES))
    for place in np.argsort(-table[:, 0]):
        print(f"{trial[place].name:36}{table[place, 0]:8.1f}{table[place, 1]:8.1f}", end="")
        print("".join(f"{value:18.2f}" for value in table[place, 2:]))
    for column, figure in enumerate(("P@10", "mAP")):
        values = [spearmanr(table[:, column], table[:, 2 + i]).statistic for i in range(len(MEASURES))]
        print(f"{'rank correlation with ' + figure:52}" + "".join(f"{value:18.2f}" for value in values), flush=True)


def said(found: Verdict) -> str:
    return ", but ".join([found.finding, *(found.doubts or ())])


def decide(data: Labelled, encoder: StyleEncoder, draws: int) -> None:
    """The verdict on sub-collections of 2 to 8 labels and 60 to 300 works, against the labels."""
    rng, tally = np.random.default_rng(0), Counter[tuple[str, str]]()
    short = []
    for _ in range(draws):
        labels = rng.permutation(np.unique(data.labels))[: rng.integers(2, 9)]
        rows = rng.permutation(np.flatnonzero(np.isin(data.labels, labels)))[: rng.integers(60, 301)]
        part = some(data, rows)
        folds = crossfit(plan_for, encoder, CollectionFeatures(part.whole, part.crops), lambda done, total: None)
        verdict = judge(folds)
        scores = {
            stage: np.concatenate([labelled(fold.seen[stage], part.labels, fold.held_out)[:, 1] for fold in folds])
            for stage in folds[0].seen
        }
        gain = scores["trained"] - scores["untrained"]
        sure = 2 * gain.std() / np.sqrt(len(gain))
        truth = "rose" if gain.mean() > sure else "fell" if gain.mean() < -sure else "no change"
        tally[said(verdict), truth] += 1
        short.append(max(x.mean() for x in scores.values()) - scores[verdict.kept].mean())
    print(f"\n{draws} sub-collections: verdict, and what mAP by label says (beyond two standard errors)")
    for (what, truth), count in tally.most_common():
        print(f"  {what:32} {truth:12} {count}")
    print(f"  mAP lost where the best stage was not the one kept: mean {np.mean(short):.2f}, most {max(short):.1f}")


WIDTH = 96
"""Of the last layer of MobileNetV3 small, which stands for the encoder of planted features."""


def planted(rng: np.random.Generator, of_sources: bool) -> tuple[CollectionFeatures, np.ndarray]:
    """Works of 3 to 9 hands and their features; the hands."""
    n, hands, deep = int(rng.choice([48, 80])), int(rng.integers(3, 10)), 10
    hand = rng.permutation(n) % hands
    works = np.zeros((n, WIDTH))
    works[:, :deep] = rng.standard_normal((hands, deep))[hand] + 0.35 * rng.standard_normal((n, deep))
    # How much crops scatter where hands are told, and where the constant lies.
    loud, quiet = rng.choice([0.3, 0.5, 1.0, 1.5]), rng.choice([0.1, 0.3, 1.0])
    scatter = np.array([loud] * deep + [quiet] * (WIDTH - deep))
    directions = np.zeros((int(rng.choice([1, 2, 4, 8, 30, 60])), WIDTH))
    directions[:, deep:] = np.linalg.qr(rng.standard_normal((WIDTH - deep, len(directions))))[0].T
    source = rng.integers(rng.choice([2, 8]), size=n) if of_sources else np.arange(n)
    strength, covered = 10 ** rng.uniform(-1.3, 1), rng.choice([0.0, 0.5, 1.0])
    constants = strength * rng.standard_normal((n, len(directions))) @ directions
    other = np.sqrt(1 - covered) * constants[source] + np.sqrt(covered) * constants[rng.permutation(source)]

    def views(constant: np.ndarray, count: int) -> Tensor:
        seen = (works + constant)[:, None] + scatter * rng.standard_normal((n, count, WIDTH))
        return torch.from_numpy(seen.astype(np.float32))

    rows = torch.arange(0, n, 3)
    elsewhere = Renditions(rows, views(other, 4).mean(1)[rows], views(other, 4)[rows])
    whole, crops = views(constants[source], 4).mean(1), views(constants[source], 8)
    return CollectionFeatures(whole, crops, elsewhere=elsewhere, sources=source if of_sources else None), hand


def weighted(features: CollectionFeatures, plan: Plan, encoder: StyleEncoder, rng: np.random.Generator | None) -> float:
    """How much of what another file changes is overlooked: as training decides it, where the files tell the sources and
    nothing else does; or drawn, whatever it would have found."""
    if rng is not None:
        return float(rng.choice([0, 0.1, GREATEST_WEIGHT]))
    if features.sources is None:
        return 0.0
    seen = whiten(plan, encoder, features).fitted().vectors(features.whole.numpy(), features.crops.numpy())
    kinds = FileKinds({"size": tuple(str(one) for one in features.sources)}, ("",) * len(features.whole))
    return overlooking(source_check((seen, kinds)))


def fool(runs: int, of_sources: bool, any_weight: bool = False) -> None:
    """How often a verdict praises a training after which neighbours are less often of the same hand."""
    config = EncoderConfig("mobilenet_v3_small", "none", ViewPlan(), "pooled")
    encoder = StyleEncoder(config, load_backbone("mobilenet_v3_small", "none")[0])

    def quick(works: int) -> Plan:
        return make_plan(TrainRequest(effort="quick"), works, "cpu", "fp32")

    rng, tally, lost = np.random.default_rng(0), Counter[tuple[str, str]](), []
    for _ in range(runs):
        features, hands = planted(rng, of_sources)
        assert features.elsewhere is not None
        weight = weighted(features, quick(len(hands)), encoder, rng if any_weight else None)
        features = replace(features, elsewhere=replace(features.elsewhere, weight=weight))
        folds = crossfit(quick, encoder, features, lambda done, total: None)
        found = judge(folds)
        scores = {
            stage: np.concatenate([labelled(fold.seen[stage], hands, fold.held_out)[:, 0] for fold in folds])
            for stage in folds[0].seen
        }
        gain = scores["trained"] - scores["untrained"]
        sure = 2 * gain.std() / np.sqrt(len(gain))
        truth = "fell beyond chance" if gain.mean() < -sure else "fell" if gain.mean() < 0 else "did not fall"
        tally[said(found), truth] += 1
        lost.append(scores[found.kept].mean() - max(scores["untrained"].mean(), scores["trained"].mean()))
    constant = "source" if of_sources else "photograph"
    how = ", overlooked with any weight" if any_weight else ""
    print(f"\nA constant a {constant}{how}: {runs} runs; verdict, and P@10 by hand")
    for (what, truth), count in tally.most_common():
        print(f"  {what:48} {truth:20} {count}")
    for truth in ("fell", "fell beyond chance"):
        print(f"  praised though it {truth}: {100 * tally['more consistent', truth] / runs:.1f} %")
    print(f"  P@10 lost by what was kept: mean {-np.mean(lost):.2f}, most {-min(lost):.1f}", flush=True)


def samples_by_style(folder: Path, into: Path) -> Path:
    """The sample pictures, STYLE_SUBJECT.jpg, in a folder for each style."""
    for picture in sorted(folder.glob("*_*.jpg")):
        (into / picture.name.split("_")[0]).mkdir(exist_ok=True)
        shutil.copy2(picture, into / picture.name.split("_")[0])
    return into


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--cap", type=int, default=120)
    parser.add_argument("--draws", type=int, default=20, help="sub-collections of the first folder to decide on")
    parser.add_argument("--cache", type=Path, default=Path("features-cache"))
    parser.add_argument("--planted", type=int, default=0, help="runs on planted features, of either kind")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    if asked.planted:
        for of_sources in (False, True):
            for any_weight in (False, True):
                fool(asked.planted, of_sources, any_weight)
    backbone, origin = load_backbone("efficientnet_lite0", "pretrained")
    encoder = untrained_encoder("efficientnet_lite0", backbone, origin)
    sets = {folder.name: read(folder, asked.cap, encoder, ViewPlan(), asked.cache) for folder in asked.folders}
    if asked.samples:
        with tempfile.TemporaryDirectory() as temporary:
            by_style = samples_by_style(asked.samples, Path(temporary))
            sets["samples"] = read(by_style, asked.cap, encoder, ViewPlan(), asked.cache)
    for name, data in sets.items():
        mixed = np.random.default_rng(0).permutation(len(data.labels))  # read in order of label, dealt by turns
        sets[name] = some(data, mixed)
        correlate(name, sets[name], recipes(backbone))
    if asked.folders:
        decide(sets[asked.folders[0].name], encoder, asked.draws)


if __name__ == "__main__":
    main()
