"""What very large collections cost: `python -m tests.bench.pipeline [--files 32] [--works 100000]`.

- An `artbyol.Embedder` called as Ray or Spark call it, on paths: milliseconds of a processor a picture, by the
  untrained and by a trained model, with and without the measured axes. Photographs of 12 megapixels as in
  `tests.bench.embedding`, or those of a folder (`--pictures`); in turns, medians.
- `merge` of two simulated parts with all axes: milliseconds of a processor a work, bytes a work, and how long the same
  takes again, when all is known.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import artbyol
from artbyol.encoder.current import untrained_id
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.pictures.scan import scan
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import create, locate
from tests.bench.embedding import model_of, photographs
from tests.bench.scale import block, marks, path_of

LENGTHS = dict(zip(MEASURED_IDS, (192, 354, 103, 30, 34), strict=True))


def seconds(task: Callable[[], object]) -> float:
    """Of a processor."""
    start = time.process_time()
    task()
    return time.process_time() - start


def embedders(folder: Path, rounds: int) -> None:
    """A row for each kind."""
    paths = [str(folder / stamp.path.decode()) for stamp in scan(folder).files]
    with tempfile.TemporaryDirectory() as store:
        model = model_of(locate(folder, Path(store)))
        kinds = {
            "untrained, axes": artbyol.Embedder(),
            "untrained, style alone": artbyol.Embedder(axes=False),
            "trained, axes": artbyol.Embedder(model),
            "trained, style alone": artbyol.Embedder(model, axes=False),
        }
        spent: dict[str, list[float]] = {name: [] for name in kinds}
        for one in kinds.values():
            one({"path": paths[:1]})
        for _ in range(rounds):
            for name, one in kinds.items():
                spent[name].append(seconds(lambda one=one: one({"path": paths})) / len(paths))  # type: ignore[misc]
    for name, times in spent.items():
        print(f"| {name} | {1000 * statistics.median(times):.0f} ms a picture |", flush=True)


def part(folder: Path, root: Path, start: int, works: int) -> None:
    """A store of so many works with all axes."""
    store = locate(folder, root)
    create(store)
    generator = np.random.default_rng(start)
    with Catalogue.open(store.catalogue) as catalogue:
        for first in range(start, start + works, 10_000):
            numbers = range(first, min(first + 10_000, start + works))
            hashes = [number.to_bytes(16, "big") for number in numbers]
            with catalogue.batch():
                for number, digest, mark in zip(numbers, hashes, marks(first, len(numbers)), strict=True):
                    catalogue.record_ok(path_of(number), 1, 1, digest, 640, 480, mark)
                catalogue.put_vectors(untrained_id(), hashes, block(first, len(numbers), 128))
                for axis, length in LENGTHS.items():
                    catalogue.put_vectors(axis, hashes, generator.random((len(numbers), length), np.float32))
        catalogue.set_model(untrained_id())


def merging(root: Path, works: int) -> None:
    folder = root / "museum"
    for number in (0, works // 2):
        path = folder / path_of(number).decode()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")
        part(folder, root / f"part{number}", number, works // 2)
    parts = [root / f"part{number}" for number in (0, works // 2)]
    for name in ("merge", "again"):
        spent = seconds(lambda: artbyol.merge(parts, folder))
        print(f"| {name} of {works:,} | {1000 * spent / works:.3f} ms a work, index included |", flush=True)
    size = locate(folder).catalogue.stat().st_size
    print(f"| catalogue | {size / works:,.0f} bytes a work |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=32)
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if given.files:
            folder = given.pictures or Path(temporary) / "photographs"
            if not given.pictures:
                photographs(folder, given.files)
            embedders(folder, given.rounds)
        if given.works:
            merging(Path(temporary), given.works)


if __name__ == "__main__":
    main()
