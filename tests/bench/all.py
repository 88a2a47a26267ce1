"""Every ratio that artbyol is held to, in one table: `python -m tests.bench.all [--quick] [--only WORD]`.

With `--quick` some five minutes on two quiet cores; without, more files and works. Each row stands for itself: what was
measured, the figure, the figure wanted, if there is one, and whether it is reached; the exit status is 1 where one is
missed. Ratios are of one run, in turns, and survive another machine; seconds do not. What is added later is one more
function in `MEASURED`.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import artbyol
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.encoder import DEFAULT_BACKBONE
from artbyol.pictures.decode import decode_content
from artbyol.pictures.measures.measure import DECODED_SIDE
from artbyol.pictures.scan import content_hash
from artbyol.storage.store import locate
from tests.bench import engine as engines
from tests.bench import scale, silence
from tests.bench.embedding import SAMPLES, common, embedded, in_turns, model_of, photographs
from tests.bench.waiting import medians, simulated

TOOL = [sys.executable, "-m", "artbyol"]


@dataclass(frozen=True)
class Row:
    """What was measured, the figure, and what it should be at least or at most."""

    what: str
    found: float
    least: float | None = None
    most: float | None = None

    @property
    def missed(self) -> bool:
        return self.found < (self.least or -math.inf) or self.found > (self.most or math.inf)

    def __str__(self) -> str:
        wanted = f">= {self.least:g}" if self.least else f"<= {self.most:g}" if self.most else ""
        return f"{self.what:<58}{self.found:>8.2f}   {wanted:<8}{'missed' if self.missed else ''}"


@dataclass(frozen=True)
class Bench:
    """What the rows share: a folder to work in, and how large everything is."""

    root: Path
    quick: bool

    @property
    def files(self) -> int:
        return 12 if self.quick else 64

    @property
    def rounds(self) -> int:
        return 3 if self.quick else 5

    @cached_property
    def photographs(self) -> dict[str, Path]:
        """Folders of twelve-megapixel JPEGs, by how they are written."""
        found = {"baseline": self.root / "baseline", "progressive": self.root / "progressive"}
        for kind, folder in found.items():
            photographs(folder, self.files, progressive=kind == "progressive")
        return found

    @cached_property
    def model(self) -> Path:
        place = locate(self.root / "model")
        place.folder.mkdir()
        return model_of(place)


def engine(bench: Bench) -> Iterator[Row]:
    """The network's graph against torch in fp32, one core, in turns."""
    for what, name, _, times, _ in engines.measured(SAMPLES, DEFAULT_BACKBONE, bench.rounds):
        if name == "graph":
            yield Row(f"network, {what}: x torch in fp32", times, least=1.9)


def reading(bench: Bench) -> Iterator[Row]:
    """`embed` against a DataLoader with torchvision's transforms and the same network."""
    for (kind, folder), least in zip(bench.photographs.items(), (3, 4), strict=True):
        tasks = {
            "common": lambda folder=folder: common(folder),
            "plain": lambda folder=folder: embedded(folder, None),
            "trained": lambda folder=folder: embedded(folder, bench.model),
        }
        took = in_turns(tasks, bench.rounds)
        for name, wanted in (("plain", least), ("trained", 2)):
            yield Row(f"embed, {name}, {kind} 12 MP: x the common way", took["common"] / took[name], least=wanted)


def decoding(bench: Bench) -> Iterator[Row]:
    """One file after the other, one thread, to the size that `embed` needs, against Pillow's whole pixels."""
    from PIL import Image

    for kind, folder in bench.photographs.items():
        files = sorted(map(os.fsencode, folder.iterdir()))
        hashes = list(map(content_hash, files))

        def ours(files: list[bytes] = files, hashes: list[bytes] = hashes) -> None:
            for file, digest in zip(files, hashes, strict=True):
                decode_content(file, digest, DECODED_SIDE, DEFAULT_MAX_PIXELS)

        def whole(files: list[bytes] = files) -> None:
            for file in files:
                with Image.open(file) as image:
                    image.convert("RGB")

        took = in_turns({"ours": ours, "whole": whole}, bench.rounds)
        yield Row(f"decode, {kind} 12 MP: x Pillow, whole", took["whole"] / took["ours"])


def training(bench: Bench) -> Iterator[Row]:
    """`train` of the photographs, with its verdict, against the common way of reading them once."""
    folder = bench.photographs["baseline"]
    told: list[tuple[float, str]] = []

    def train() -> None:
        with tempfile.TemporaryDirectory() as store:
            artbyol.train(folder, store=store, listener=hear)

    def hear(event: object) -> None:
        told.append((time.monotonic(), getattr(event, "stage", "")))

    took = in_turns({"train": train, "common": lambda: common(folder)}, 1 if bench.quick else 3)
    yield Row(f"train, {bench.files} photographs / read the common way", took["train"] / took["common"])
    verdict = sum(
        after - at for (at, stage), (after, _) in pairwise(told) if stage in ("judging", "comparing encoders")
    )
    yield Row("  of it the verdict, share", verdict / (told[-1][0] - told[0][0]))


def asking(bench: Bench) -> Iterator[Row]:
    """`similar` in a process of its own against nothing but its imports."""
    works = 1_000 if bench.quick else 10_000
    known = simulated(bench.root / "known", works, bench.model)
    where = ["--in", str(bench.root / "known"), "--json"]
    asked = (
        ("a new picture", next(SAMPLES.glob("*.jpg")), "import onnxruntime, PIL, faiss, typer, rich", 1.4),
        ("a work", known, "import faiss, typer, rich", 2.0),
    )
    for name, picture, imports, most in asked:
        ours, theirs = medians([*TOOL, "similar", str(picture), *where], [sys.executable, "-c", imports], bench.rounds)
        yield Row(f"similar, {name}, {works:,} works / imports", ours / theirs, most=most)


def index(bench: Bench) -> Iterator[Row]:
    """What building an approximate index takes at most besides the program, against the bytes of the vectors."""
    works = 100_000 if bench.quick else 1_000_000
    for operation, found in scale.rows(works, 128, ("record all", "build it approximate")):
        if operation != "record all":
            yield Row(f"index of {works:,}: memory / vectors", found["more"] * 2**20 / (works * 128 * 4))
            yield Row(f"index of {works:,}: recall@10", found["recall"], least=0.95)


def waiting(bench: Bench) -> Iterator[Row]:
    """`explore` in a terminal: when something moves first, the longest silence, and the time left against the truth."""
    works, folder = (48 if bench.quick else 200), bench.root / "explored"
    silence.paint(folder, works, None)
    watched = silence.watch(["explore", str(folder)], terminal=True, log=bench.root / "events")
    yield Row(f"explore, {works} works: first sign, s", watched.first, most=1)
    yield Row(f"explore, {works} works: longest silence, s", watched.silence, most=2)
    yield Row("  from the last sign to the end, s", watched.ending, most=2)
    for stage, told, end in silence.stages(watched):
        if wrong := sorted(map(abs, silence.errors(told, end))):
            yield Row(f"  time left, {stage}: off by (median), share", wrong[len(wrong) // 2], most=0.3)


MEASURED: tuple[Callable[[Bench], Iterator[Row]], ...] = (
    *(engine, reading, decoding, training),
    *(asking, index, waiting),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", metavar="WORD", help=", ".join(one.__name__ for one in MEASURED))
    asked = parser.parse_args()
    root, began = Path(tempfile.mkdtemp(prefix="bench")), time.monotonic()
    try:
        bench = Bench(root, asked.quick)
        print(f"{'':<58}{'found':>8}   wanted")
        missed = 0
        for measure in MEASURED:
            for row in measure(bench) if asked.only in measure.__name__ else ():
                print(row, flush=True)
                missed += row.missed
        took, load = time.monotonic() - began, os.getloadavg()[0]
        print(f"{missed} missed; in {took:.0f} s; load {load:.1f} on {os.cpu_count()} cores")
    finally:
        shutil.rmtree(root)
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
