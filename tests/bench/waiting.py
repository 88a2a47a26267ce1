"""How long one waits for an answer: `python -m tests.bench.waiting [--works 10000] [--files 100000]`.

Every command in a process of its own, in turns with what it is compared with (A B A B), medians of one run. The
collections are simulations: tiny pictures that a catalogue claims to know, with random vectors; the model is
real, trained on `sample_images`. `embed` and `info` find a folder in which nothing has changed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import artbyol
from artbyol.encoder.current import MODEL, current_model_id
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.pictures.scan import content_hash
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import create, locate
from tests.bench import scale
from tests.bench.load import BMP

SAMPLES = Path(__file__).resolve().parents[2] / "sample_images"
BARE = """
import typer
app = typer.Typer()
@app.command()
def one(name: str) -> None:
    "One."
@app.command()
def two(name: str) -> None:
    "Two."
app()
"""
STAT_ALL = """
import os, sys
def walk(folder):
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            walk(entry.path)
        else:
            entry.stat()
walk(sys.argv[1])
"""
IN_ONE_FOLDER = 1000


def simulated(folder: Path, works: int, model: Path | None = None) -> Path:
    """A collection of so many tiny pictures, all catalogued and embedded; gives back one of the files."""
    place = locate(folder)
    folder.mkdir()
    create(place)
    if model:
        shutil.copy2(model, place.model)
    model_id = current_model_id(place)
    dimensions = MODEL.read_header(place.model)["encoder"]["dimensions"] if model else 128
    lengths = {model_id: dimensions} | dict(zip(MEASURED_IDS, (192, 354, 103, 30, 34), strict=True))
    with Catalogue.open(place.catalogue) as catalogue, catalogue.batch():
        for start in range(0, works, IN_ONE_FOLDER):
            inside = folder / f"{start // IN_ONE_FOLDER:04}"
            inside.mkdir()
            hashes: list[bytes] = []
            for number, mark in enumerate(scale.marks(start, min(IN_ONE_FOLDER, works - start)), start):
                file = inside / f"{number:07}.bmp"
                file.write_bytes(BMP + number.to_bytes(4, "big") * 324)
                seen = file.stat()
                hashes.append(content_hash(os.fsencode(file)))
                path = os.fsencode(file.relative_to(folder))
                catalogue.record_ok(path, seen.st_size, seen.st_mtime_ns, hashes[-1], 640, 480, mark)
            for vectors_of, length in lengths.items():
                catalogue.put_vectors(vectors_of, hashes, scale.block(start, len(hashes), length))
        catalogue.set_model(model_id)
    artbyol.embed(folder)  # builds the index
    return folder / "0000" / "0000007.bmp"


def medians(ours: list[str], theirs: list[str], rounds: int) -> tuple[float, float]:
    """Seconds that two commands take, in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for spent, command in zip(times, (ours, theirs), strict=True):
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if turn:  # the first fills the disk's cache
                spent.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def compare(name: str, ours: list[str], theirs: list[str], limit: float, rounds: int) -> None:
    """A line: medians, their ratio, and the ratio wanted."""
    first, second = medians(ours, theirs, rounds)
    print(f"{name:<42}{first:>9.2f}{second:>9.2f}{first / second:>8.2f}   at most {limit}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    python, tool = sys.executable, [sys.executable, "-m", "artbyol"]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        (root / "bare.py").write_text(BARE)
        (root / "stat.py").write_text(STAT_ALL)
        samples = root / "samples"
        shutil.copytree(SAMPLES, samples, ignore=shutil.ignore_patterns(".artbyol", "*.py"))
        artbyol.train(samples, effort="quick")
        model = locate(samples).model
        work = simulated(root / "works", arguments.works, model)
        new = next(iter(samples.glob("*.jpg")))
        print(f"{'seconds':<42}{'artbyol':>9}{'other':>9}{'ratio':>8}")
        rounds = arguments.rounds
        compare("--help / a bare Typer app", [*tool, "--help"], [python, str(root / "bare.py"), "--help"], 1.6, rounds)
        light = [python, "-c", "import faiss, typer, rich"]
        name = f"similar, one of {arguments.works:,} works / imports"
        compare(name, [*tool, "similar", str(work), "--json"], light, 2.0, rounds)
        heavy = [python, "-c", "import onnxruntime, PIL, faiss, typer, rich"]
        asked = [*tool, "similar", str(new), "--in", str(root / "works"), "--json"]
        subprocess.run(asked, check=True, capture_output=True)  # the first time, the network's graph is made
        compare("similar, a new picture / imports", asked, heavy, 1.4, rounds)
        simulated(root / "files", arguments.files, model)
        stat = [python, str(root / "stat.py"), str(root / "files")]
        for verb in ("embed", "info"):
            name = f"{verb}, {arguments.files:,} files unchanged / stat"
            compare(name, [*tool, verb, str(root / "files")], stat, 3.0, rounds)


if __name__ == "__main__":
    main()
