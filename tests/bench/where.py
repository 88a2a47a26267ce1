"""Where on a picture it is like another, on planted cases (docs/experiments/where.md).

    python -m tests.bench.where COLLECTION [--cases 60]

A patch of one work is pasted into another that is unlike it, both at one scale, and the picture is asked where it is
like the first. AUC: how often a place inside the patch stands out more than one outside; pointing: how often the place
that stands out most is in the patch; chance is the patch's share.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.metrics import roc_auc_score

import artbyol
from artbyol.search.where import PlaceReader

SHARES = 0.05, 0.15, 0.3


def pasted(
    first: Image.Image, second: Image.Image, share: float, rng: np.random.Generator
) -> tuple[Image.Image, tuple[int, ...]]:
    """The first picture with a patch of the second on it, and where."""
    width, height = first.size
    w, h = round(width * share**0.5), round(height * share**0.5)
    scale = max(math.sqrt(width * height / math.prod(second.size)), w / second.width, h / second.height)
    second = second.resize((math.ceil(second.width * scale), math.ceil(second.height * scale)))
    x, y = rng.integers(second.width - w + 1), rng.integers(second.height - h + 1)
    left, top = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
    both = first.copy()
    both.paste(second.crop((x, y, x + w, y + h)), (left, top))
    return both, (left, top, left + w, top + h)


def inside(box: tuple[int, ...], size: tuple[int, int], shape: tuple[int, int]) -> np.ndarray:
    """Which of the places (h, w) are more than half in a box of a picture of this size."""
    mask = Image.new("L", size)
    mask.paste(255, box)
    return np.asarray(mask.resize(shape[::-1], Image.Resampling.BOX)) > 127


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--cases", type=int, default=60)
    given = parser.parse_args()
    print("| patch, share of the picture | cases | AUC | pointing, % | chance, % |\n|---|---|---|---|---|")
    with artbyol.open(given.collection) as collection, tempfile.TemporaryDirectory() as scratch:
        embedded, places = collection.embedded(), PlaceReader(collection)
        files = collection.paths_of(embedded.ids.tolist())
        names = [os.path.join(os.fsencode(collection.folder), files[one][0]) for one in embedded.ids.tolist()]
        usual = float(np.median(embedded.directions @ embedded.directions[0]))
        for share in SHARES:
            rng, scores = np.random.default_rng(0), []
            while len(scores) < given.cases:
                first, second = rng.choice(len(names), 2, replace=False)
                if embedded.directions[first] @ embedded.directions[second] > usual:
                    continue
                one, other = (Image.open(names[row]).convert("RGB") for row in (first, second))
                both, box = pasted(one, other, share, rng)
                both.save(Path(scratch) / "both.png")
                windows = places.windows(os.fsencode(Path(scratch) / "both.png"))
                assert windows is not None
                standing = places.standing(windows, embedded.directions[second])
                there = inside(box, both.size, standing.shape)
                if there.any():
                    most = there.flat[standing.argmax()]
                    scores.append((roc_auc_score(there.ravel(), standing.ravel()), most, there.mean()))
            auc, pointing, chance = np.mean(np.array(scores, float), axis=0)
            print(
                f"| {share:.0%} | {len(scores)} | {auc:.3f} | {100 * pointing:.0f} | {100 * chance:.0f} |", flush=True
            )


if __name__ == "__main__":
    main()
