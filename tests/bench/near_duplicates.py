"""How well copies are told from other works: `python -m tests.bench.near_duplicates FOLDER...`.

Every fourth picture is saved again at another size and quality and must be recognised; every pair of different pictures
must not be. Then the same through the tree that `artbyol duplicates` searches, every fourth picture being there three
times.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from artbyol.pictures.decode import decode
from artbyol.pictures.near_duplicates import SPECTRUM, fingerprint, near_duplicates, same_pictures
from artbyol.pictures.scan import scan
from tests.bench import given

SHORT_SIDE = 640


def mark(path: Path) -> np.ndarray:
    return np.frombuffer(fingerprint(decode(path, SHORT_SIDE)), np.uint8)


def copy_of(path: Path, into: Path, rng: random.Random) -> Path:
    image = Image.open(path).convert("RGB")
    scale = rng.choice((0.25, 0.5, 2.0))
    size = (max(16, round(image.width * scale)), max(16, round(image.height * scale)))
    image.resize(size, Image.Resampling.LANCZOS).save(into / "copy.jpg", quality=rng.choice((30, 60, 90)))
    return into / "copy.jpg"


def main() -> None:
    paths = [Path(folder) / stamp.path.decode() for folder in given(__doc__) for stamp in scan(Path(folder)).files]
    marks = np.stack([mark(path) for path in paths])
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as temporary:
        recognised = [
            bool(near_duplicates(mark(copy_of(paths[i], Path(temporary), rng))[None], marks[i])[0])
            for i in range(0, len(paths), 4)
        ]
        copies = [mark(copy_of(paths[i], Path(temporary), rng)) for i in range(0, len(paths), 4) for _ in range(2)]
    mistaken = sum(int(near_duplicates(marks[i + 1 :], marks[i]).sum()) for i in range(len(marks) - 1))
    print(f"copies recognised: {sum(recognised)} of {len(recognised)}")
    print(f"different works taken for the same: {mistaken} of {len(marks) * (len(marks) - 1) // 2} pairs")
    shown = np.concatenate([np.arange(len(paths)), np.repeat(np.arange(0, len(paths), 4), 2)])
    everything = np.concatenate([marks, copies])
    leaders = same_pictures(everything[:, SPECTRUM], lambda rows: everything[rows])
    led = np.flatnonzero(leaders != np.arange(len(leaders)))
    right = int((shown[leaders[led]] == shown[led]).sum())
    print(f"copies put with their original: {right} of {len(copies)}; with another work: {len(led) - right}")


if __name__ == "__main__":
    main()
