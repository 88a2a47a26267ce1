"""Every ratio that artbyol is held to, in one table: `python -m tests.bench.all [--quick] [--only WORD]`.

With `--quick` some five minutes on two quiet cores; without, more files and works. Each row stands for itself: what was
measured, the figure, and the figure wanted, if there is one. Ratios are of one run, in turns, and survive another
machine; seconds do not. What is added later is one more function in `MEASURED`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import artbyol
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.pictures.decode import decode_content
from artbyol.pictures.measures.measure import DECODED_SIDE
from artbyol.pictures.scan import content_hash
from artbyol.storage.store import locate
from tests.bench import scale, silence
from tests.bench.embedding import SAMPLES, common, embedded, in_turns, model_of, photographs
from tests.bench.waiting import medians, simulated

TOOL = [sys.executable, "-m", "artbyol"]
Row = tuple[str, str, str]
"""What was measured, the figure, and the figure wanted ("": none)."""


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


def reading(bench: Bench) -> Iterator[Row]:
    """`embed` against a DataLoader with torchvision's transforms and the same network."""
    for kind, folder, wanted in zip(*zip(*bench.photographs.items(), strict=True), ("3", "4"), strict=True):
        tasks = {
            "common": lambda folder=folder: common(folder),
            "plain": lambda folder=folder: embedded(folder, None),
            "trained": lambda folder=folder: embedded(folder, bench.model),
        }
        took = in_turns(tasks, bench.rounds)
        for name, least in (("plain", wanted), ("trained", "2")):
            yield f"embed, {name}, {kind} 12 MP: x the common way", f"{took['common'] / took[name]:.2f}", f">= {least}"


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
        yield f"decode, {kind} 12 MP: x Pillow, whole", f"{took['whole'] / took['ours']:.2f}", ""


def training(bench: Bench) -> Iterator[Row]:
    """`train` of the photographs, with its verdict, against the common way of reading them once."""
    folder = bench.photographs["baseline"]

    def train() -> None:
        with tempfile.TemporaryDirectory() as store:
            artbyol.train(folder, store=store)

    took = in_turns({"train": train, "common": lambda: common(folder)}, 1 if bench.quick else 3)
    yield f"train, {bench.files} photographs / read the common way", f"{took['train'] / took['common']:.2f}", ""


def asking(bench: Bench) -> Iterator[Row]:
    """`similar` with a new picture, in a process of its own, against nothing but its imports."""
    works = 1_000 if bench.quick else 10_000
    known = simulated(bench.root / "known", works, bench.model)
    imports = [sys.executable, "-c", "import onnxruntime, PIL, faiss, typer, rich"]
    where = ["--in", str(bench.root / "known"), "--json"]
    for name, picture in (("a new picture", next(SAMPLES.glob("*.jpg"))), ("a work", known)):
        ours, theirs = medians([*TOOL, "similar", str(picture), *where], imports, bench.rounds)
        yield f"similar, {name}, {works:,} works / imports", f"{ours / theirs:.2f}", "<= 1.4"


def index(bench: Bench) -> Iterator[Row]:
    """What building the index takes at most, against the bytes of the vectors."""
    works = 200_000 if bench.quick else 1_000_000
    for operation, found in scale.rows(works, 128, ("record all", "build the index")):
        if operation != "record all":
            share = found["memory"] * 1e6 / (works * 128 * 4)
            yield f"index of {works:,}: peak memory / vectors", f"{share:.1f}", ""


def waiting(bench: Bench) -> Iterator[Row]:
    """`explore` in a terminal: when something moves first, the longest silence, and the time left against the truth."""
    works, folder = (48 if bench.quick else 200), bench.root / "explored"
    silence.paint(folder, works, None)
    watched = silence.watch(["explore", str(folder)], terminal=True, log=bench.root / "events")
    yield f"explore, {works} works: first sign, s", f"{watched.first:.2f}", "<= 1"
    yield f"explore, {works} works: longest silence, s", f"{watched.silence:.2f}", "<= 2"
    wrong = sorted(abs(one) for _, told, end in silence.stages(watched) for one in silence.errors(told, end))
    if wrong:
        yield "  time left, off by (median)", f"{wrong[len(wrong) // 2]:.0%}", "<= 30%"
        yield "  time left, off by (at most)", f"{wrong[-1]:.0%}", "<= 30%"


MEASURED: tuple[Callable[[Bench], Iterator[Row]], ...] = (reading, decoding, training, asking, index, waiting)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", metavar="WORD", help=", ".join(one.__name__ for one in MEASURED))
    asked = parser.parse_args()
    root, began = Path(tempfile.mkdtemp(prefix="bench")), time.monotonic()
    try:
        bench = Bench(root, asked.quick)
        print(f"{'':<58}{'found':>9}   wanted")
        for measure in MEASURED:
            if asked.only in measure.__name__:
                for name, figure, wanted in measure(bench):
                    print(f"{name:<58}{figure:>9}   {wanted}", flush=True)
        print(f"in {time.monotonic() - began:.0f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
