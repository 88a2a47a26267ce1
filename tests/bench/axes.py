"""What each measured axis is worth, and whether it measures what its name says.

    python -m tests.bench.axes FOLDER... --cap 120
    python -m tests.bench.axes sample_images --samples

For folders whose subfolders are the labels: milliseconds a picture; P@10, mAP and 1-NN of each axis; the share of a
work's ten neighbours that stay when it is changed in one respect; how many words are said, how many of them of groups
at random, and how many stay when the picture is cut a little. With --samples the labels are the two halves of the
file names: of the seven nearest, how many share the style, and how many the subject. Labels are used for nothing else.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from artbyol.evaluation.retrieval import mean_scores, score_queries
from artbyol.pictures.decode import Picture, decode
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import ATTRIBUTES_ID, AXIS_IDS, STANDARDISED_IDS
from artbyol.pictures.measures.measure import DECODED_SIDE, measure
from artbyol.pictures.measures.surface import lab_of, srgb_of
from artbyol.pictures.measures.words import group_words, work_words
from artbyol.pictures.scan import scan
from artbyol.search.standardise import Space
from tests.bench.quality import capped

Pixels = np.ndarray


def grey(pixels: Pixels) -> Pixels:
    """The same lightness without colour."""
    lab = lab_of(pixels)
    lab[..., 1:] = 0
    return srgb_of(lab)


def hue_turned(pixels: Pixels) -> Pixels:
    """Every hue a third of the circle further, at equal lightness and chroma (as far as sRGB holds it)."""
    lab = lab_of(pixels)
    cos, sin = np.cos(2 * np.pi / 3), np.sin(2 * np.pi / 3)
    lab[..., 1:] = lab[..., 1:] @ np.array([[cos, sin], [-sin, cos]], np.float32)
    return srgb_of(lab)


def shuffled(pixels: Pixels, tiles: int = 4) -> Pixels:
    """Cut into 4 x 4 tiles and put together in another order, the same for every picture."""
    high, wide = pixels.shape[0] // tiles, pixels.shape[1] // tiles
    cut = [pixels[r * high : (r + 1) * high, c * wide : (c + 1) * wide] for r in range(tiles) for c in range(tiles)]
    order = random.Random(0).sample(range(len(cut)), len(cut))
    rows = [np.concatenate([cut[i] for i in order[r * tiles : (r + 1) * tiles]], axis=1) for r in range(tiles)]
    return np.concatenate(rows)


def mirrored(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1])


def darker(pixels: Pixels) -> Pixels:
    """Lightness times 0.7."""
    return srgb_of(lab_of(pixels) * np.array([0.7, 1, 1], np.float32))


def trimmed(pixels: Pixels) -> Pixels:
    """A twentieth off every side."""
    high, wide = pixels.shape[0] // 20, pixels.shape[1] // 20
    return np.ascontiguousarray(pixels[high:-high, wide:-wide])


CHANGES: dict[str, Callable[[Pixels], Pixels]] = {
    "greyscale": grey,
    "hue turned": hue_turned,
    "tiles shuffled": shuffled,
    "mirrored": mirrored,
    "darker": darker,
    "trimmed": trimmed,
}


def vectors_of(pictures: Sequence[Pixels]) -> dict[str, np.ndarray]:
    """Everything measured of these pictures, by id: (n, d)."""
    rows = [measure(Picture(pixels, pixels.shape[1], pixels.shape[0])) for pixels in pictures]
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def kept(before: np.ndarray, changed: np.ndarray, standardise: bool) -> float:
    """Of the ten nearest of each work, the share that the changed work also has among its ten nearest."""
    space = Space.of(before, standardise=standardise)
    others = space.place(before)
    shares = []
    for row, (old, new) in enumerate(zip(others, space.place(changed), strict=True)):
        near = [
            set(np.delete(order, np.flatnonzero(order == row))[:10])
            for order in (_order(others, old), _order(others, new))
        ]
        shares.append(len(near[0] & near[1]) / 10)
    return float(np.mean(shares))


def _order(rows: np.ndarray, direction: np.ndarray) -> np.ndarray:
    return np.argsort(-(rows @ direction), kind="stable")


def placed(vectors: dict[str, np.ndarray], name: str) -> np.ndarray:
    return Space.of(vectors[name], standardise=name in STANDARDISED_IDS).place(vectors[name])


def false_words(attributes: np.ndarray, draws: int = 500, groups: int = 8) -> float:
    """How often a division into eight random groups earns any group any word."""
    rng = np.random.default_rng(0)
    labels = np.arange(len(attributes)) % groups
    return float(np.mean([any(group_words(attributes, rng.permutation(labels))) for _ in range(draws)]))


def report(folder: Path) -> None:
    """All figures of one folder of labelled subfolders."""
    names = [stamp.path for stamp in scan(folder).files]
    labels = [name.split(b"/")[0] for name in names]
    started = time.process_time()
    pictures = [decode(folder / name.decode(), DECODED_SIDE).pixels for name in names]
    decoded = time.process_time()
    vectors = vectors_of(pictures)
    each = [1000 * seconds / len(names) for seconds in (decoded - started, time.process_time() - decoded)]
    print(f"{folder.name}: {len(names)} works; decoding {each[0]:.1f} ms, measuring {each[1]:.1f} ms a picture")
    for axis, name in AXIS_IDS.items():
        s = mean_scores(score_queries(placed(vectors, name), labels))
        scores = (s.precision_at_k, s.mean_average_precision, s.nearest_neighbour)
        print(f"  {axis:12} " + " / ".join(f"{100 * value:.1f}" for value in scores))
    attributes = vectors[ATTRIBUTES_ID][:, : len(ATTRIBUTES)]
    words = work_words(attributes, attributes)
    for change, how in CHANGES.items():
        after = vectors_of([how(pixels) for pixels in pictures])
        shares = [(axis, kept(vectors[name], after[name], name in STANDARDISED_IDS)) for axis, name in AXIS_IDS.items()]
        print(f"  {change:15} " + "   ".join(f"{axis} {share:.2f}" for axis, share in shares), flush=True)
    again = work_words(after[ATTRIBUTES_ID][:, : len(ATTRIBUTES)], attributes)
    said = sum(map(len, words))
    stay = sum(len(set(a) & set(b)) for a, b in zip(words, again, strict=True))
    print(f"  words: {said / len(words):.2f} a work; {stay / max(said, 1):.2f} of them stay when it is trimmed")
    numbers = np.unique(labels, return_inverse=True)[1]
    print(f"  words for random groups: {false_words(attributes):.3f} of the draws")
    for label, group in zip(sorted(set(labels)), group_words(attributes, numbers), strict=True):
        print(f"    {label.decode()}: {', '.join(group) or '-'}")


def report_samples(folder: Path) -> None:
    """Of the seven nearest, the share of the same style and of the same subject."""
    names = sorted(path for path in folder.glob("*.jpg"))
    vectors = vectors_of([decode(name, DECODED_SIDE).pixels for name in names])
    halves = [name.stem.split("_") for name in names]
    for axis, name in AXIS_IDS.items():
        rows = placed(vectors, name)
        style, subject = (
            mean_scores(score_queries(rows, [half[i] for half in halves], 7)).precision_at_k for i in (0, 1)
        )
        print(f"  {axis:12} same style {style:.2f}   same subject {subject:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cap", type=int, default=0, help="at most so many pictures a label (0: all)")
    parser.add_argument("--samples", action="store_true", help="files are named STYLE_SUBJECT.jpg")
    asked = parser.parse_args()
    for folder in asked.folders:
        if asked.samples:
            report_samples(folder)
            continue
        with tempfile.TemporaryDirectory() as temporary:
            work = Path(temporary) / folder.name
            work.mkdir()
            report(capped(folder, asked.cap or sys.maxsize, work))


if __name__ == "__main__":
    main()
