"""Style or source: do neighbours follow the hand through other scanners, and how far do they follow the scanner?

    python -m tests.bench.sources PAINTERS [--sources FOLDER TABLE] [--merged FOLDER --asking NAME... --found NAME...]

Out of a folder of painters (a subfolder each) this makes, in `--cache`:

two scanners   50 works a painter, every second one a small, hard-compressed copy, the others larger, warmer, sharper
eight sources  22 works a painter, each through one of eight scanners drawn at random
normalised     all works as centred squares of 320 px in JPEG of quality 90: the file says nothing

`--sources` is a collection with a table (filename, artist, source). `--merged` is a folder whose subfolders are sources
and whose deepest folders are labels; printed is, too, how many of the ten nearest of works in the folders `--asking`
are in those `--found`. Everything goes through the verbs, default settings: pictures are read once a set and kept in
`--cache`, then trained on once a seed.

Printed in percent: P@10 / mAP / 1-NN among all works, by cosine and as `similar` ranks, and the same among works of
other sources only; of the ten nearest works by the same painter, how many are of the query's own source (in brackets:
by chance), and of the ten nearest of all.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

import artbyol
from artbyol.base.errors import UsageError
from artbyol.evaluation.evaluation import Evaluation
from artbyol.search.leak import Leak, nearest_others

Scanner = Callable[[Image.Image], tuple[Image.Image, int]]
"""Gives a picture as a file of its own would show it, and the quality to save it in."""

Row = tuple[str, str, str]
"""File, artist, source."""

COLUMNS = (44, 44, 20, 20, 12)
"""Widths of the parts of a line."""


@dataclass(frozen=True)
class Collection:
    """A folder and a table that says of each file artist and source; `store`: where what is known of it is kept."""

    name: str
    folder: Path
    table: Path
    store: Path


def fitted(picture: Image.Image, side: int, how: Image.Resampling) -> Image.Image:
    """The picture with a longest side of so many pixels."""
    scale = side / max(picture.size)
    return picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), how)


def web_copy(picture: Image.Image) -> tuple[Image.Image, int]:
    return fitted(picture, 360, Image.Resampling.BICUBIC), 60


def sharp_scan(picture: Image.Image) -> tuple[Image.Image, int]:
    light = as_light(fitted(picture, 600, Image.Resampling.LANCZOS)) ** 1.12 * [1.05, 1.0, 0.9]
    return as_picture(light * 0.94 + 0.03).filter(ImageFilter.UnsharpMask(1.5, 80, 2)), 92


def scanner(number: int) -> Scanner:
    """One of many, with a tone curve, colours, sharpness, size and compression of its own."""
    drawn = np.random.default_rng([number, 77])
    gamma, blur = np.exp(drawn.uniform(-0.3, 0.3)), drawn.uniform(0, 1.1)
    side, quality = int(drawn.integers(320, 700)), int(drawn.integers(45, 95))
    colours = np.eye(3) + drawn.normal(0, 0.05, (3, 3))

    def scanned(picture: Image.Image) -> tuple[Image.Image, int]:
        light = as_light(fitted(picture, side, Image.Resampling.BICUBIC)) ** gamma @ colours.T
        return as_picture(light).filter(ImageFilter.GaussianBlur(blur)), quality

    return scanned


def normalised(picture: Image.Image) -> tuple[Image.Image, int]:
    return ImageOps.fit(picture, (320, 320), Image.Resampling.LANCZOS), 90


def as_light(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture).astype(np.float32) / 255


def as_picture(light: np.ndarray) -> Image.Image:
    return Image.fromarray((np.clip(light, 0, 1) * 255).round().astype(np.uint8))


def made(
    painters: Path, cache: Path, name: str, works: int | None, sources: Sequence[Scanner], turns: bool
) -> Collection:
    """Up to so many works a painter, each through one of the sources: in turn, or drawn at random."""
    folder, drawn, rows = cache / name.replace(" ", "-"), random.Random(3), list[Row]()
    for painter in sorted(path for path in painters.iterdir() if path.is_dir()):
        files = sorted(path for path in painter.iterdir() if path.is_file())
        drawn.shuffle(files)
        for place, file in enumerate(files[:works]):
            which = place % len(sources) if turns else drawn.randrange(len(sources))
            target = folder / f"{painter.name}__{place:03d}.jpg"
            rows.append((target.name, painter.name, str(which)))
            if not target.exists():
                folder.mkdir(parents=True, exist_ok=True)
                with Image.open(file) as opened:
                    picture, quality = sources[which](opaque(ImageOps.exif_transpose(opened)))
                picture.save(target, quality=quality)
    return tabled(name, folder, rows, cache)


def opaque(picture: Image.Image) -> Image.Image:
    """The picture on white."""
    over = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", over.size, "white"), over).convert("RGB")


def merged(folder: Path, cache: Path) -> Collection:
    """The first subfolder of a file is its source, the folder it lies in its label."""
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.*") if len(path.relative_to(folder).parts) > 2)
    rows = [(path.as_posix(), path.parent.as_posix(), path.parts[0]) for path in files]
    return tabled(folder.name, folder, rows, cache)


def tabled(name: str, folder: Path, rows: Sequence[Row], cache: Path) -> Collection:
    table = cache / f"{folder.name}.csv"
    cache.mkdir(parents=True, exist_ok=True)
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("filename", "artist", "source"), *rows])
    return Collection(name, folder, table, cache / f"{folder.name}.store")


@dataclass(frozen=True)
class Figures:
    """All in percent: P@10, mAP and 1-NN among all works and across sources; shares and chances of the leak, of one
    painter and of all; how many were found of those looked for. None: was not asked."""

    scores: np.ndarray
    across: np.ndarray | None
    leak: np.ndarray | None
    found: float | None

    def __str__(self) -> str:
        parts = [triples(self.scores)]
        if self.across is not None and self.leak is not None:
            own, chance, overall, overall_chance = self.leak
            parts.append(triples(self.across))
            parts.append(f"{own:.0f} ({chance:.0f})")
            parts.append(f"{overall:.0f} ({overall_chance:.0f})")
        if self.found is not None:
            parts.append(f"found {self.found:.1f}")
        return "   ".join(f"{part:{width}}" for part, width in zip(parts, COLUMNS, strict=False))

    @classmethod
    def mean(cls, some: Sequence[Figures]) -> Figures:
        def of(values: Sequence[np.ndarray | float | None]) -> np.ndarray | None:
            return None if values[0] is None else np.mean(np.array(values, np.float64), axis=0)

        found = of([one.found for one in some])
        means = [of([getattr(one, name) for one in some]) for name in ("scores", "across", "leak")]
        return cls(np.asarray(means[0]), means[1], means[2], None if found is None else float(found))


def triples(scores: np.ndarray) -> str:
    return "   ".join(" / ".join(f"{one:.1f}" for one in row) for row in scores)


def scored(of: Collection, asking: Sequence[str], found: Sequence[str]) -> Figures:
    """The figures of the vectors that the store holds."""

    def evaluated(disjoint: str | None, leak: Sequence[str]) -> Evaluation:
        return artbyol.evaluate(
            of.folder, of.table, column="artist", disjoint=disjoint, leak=leak, controls=False, store=of.store
        )

    everything = evaluated(None, ["source"])
    if not everything.leaks:
        return Figures(percent(everything), None, None, None)
    (told,) = everything.leaks
    leak = np.array([*share_and_chance(told.own_label), *share_and_chance(told.overall)])
    try:
        across = percent(evaluated("source", ()))
    except UsageError:  # every label is of one source
        across = np.full((2, 3), np.nan)
    return Figures(percent(everything), across, leak, share_found(of, asking, found))


def percent(found: Evaluation) -> np.ndarray:
    """By cosine and as `similar` ranks, (2, 3)."""
    by = [one.overall for one in found.encoders[:2]]
    scores = [(one.precision_at_k, one.mean_average_precision, one.nearest_neighbour) for one in by]
    return np.array([[100 * score.value for score in row] for row in scores])


def share_and_chance(leak: Leak) -> tuple[float, float]:
    return 100 * leak.share.value, 100 * leak.chance


def share_found(of: Collection, asking: Sequence[str], found: Sequence[str]) -> float | None:
    """Percent of the ten nearest of the works in some folders that are in others."""
    with artbyol.open(of.folder, store=of.store) as collection:
        embedded = collection.embedded()
        paths = collection.paths_of(embedded.ids.tolist())
    names = [paths[one][0].decode() for one in embedded.ids.tolist()]
    queries, wanted = (
        np.array([any(f"/{one}/" in f"/{name}" for one in some) for name in names]) for some in (asking, found)
    )
    if not queries.any():
        return None
    return float(100 * wanted[nearest_others(embedded.directions, np.flatnonzero(queries))].mean())


def collections(asked: argparse.Namespace) -> Iterator[Collection]:
    painters, cache = asked.painters, asked.cache
    wanted = [name for name in ("two scanners", "eight sources", "normalised") if asked.only in name]
    if "two scanners" in wanted:
        yield made(painters, cache, "two scanners", 50, (web_copy, sharp_scan), turns=True)
    if "eight sources" in wanted:
        yield made(painters, cache, "eight sources", 22, [scanner(number) for number in range(8)], turns=False)
    if asked.sources and asked.only in "sources":
        folder, table = asked.sources
        yield Collection("sources", folder, table, cache / f"{folder.name}.store")
    if asked.merged and asked.only in "merged":
        yield merged(asked.merged, cache)
    if "normalised" in wanted:
        yield made(painters, cache, "normalised", None, (normalised,), turns=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("painters", type=Path)
    parser.add_argument("--sources", nargs=2, type=Path, metavar=("FOLDER", "TABLE"))
    parser.add_argument("--merged", type=Path)
    parser.add_argument("--asking", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--found", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--only", default="", help="run only the sets whose name contains this")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=Path("sources-cache"))
    asked = parser.parse_args()
    for one in collections(asked):
        titles = zip(("all: cosine, ranked", "across", "own source, painter", "own source"), COLUMNS, strict=False)
        print(f"{one.name}\n  {'':10}" + "   ".join(f"{title:{width}}" for title, width in titles), flush=True)
        artbyol.embed(one.folder, store=one.store)
        if not (one.store / "model.safetensors").exists():
            print(f"  untrained {scored(one, asked.asking, asked.found)}", flush=True)
        trained = []
        for seed in range(asked.seeds):
            artbyol.train(one.folder, store=one.store, seed=seed)
            artbyol.embed(one.folder, store=one.store)
            trained.append(scored(one, asked.asking, asked.found))
            print(f"  seed {seed:<5}{trained[-1]}", flush=True)
        print(f"  mean      {Figures.mean(trained)}", flush=True)


if __name__ == "__main__":
    main()
