"""How close in style the neighbours are, on folders whose subfolders are the labels.

    python -m tests.bench.quality FOLDER...

Trains and embeds a collection with the real verbs in a throw-away store, then scores the frozen and the trained
encoder: every work queries all the others; P@10, mAP and 1-NN in percent. The labels are used for nothing else.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import artbyol
from artbyol.evaluation.retrieval import RetrievalScores, mean_scores, score_queries
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate


def capped(folder: Path, cap: int, into: Path) -> Path:
    """Links to at most `cap` pictures a label, drawn with the seed of the experiments in docs/experiments/."""
    rng = random.Random(0)
    for label in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(path for path in label.rglob("*") if path.is_file())
        rng.shuffle(files)
        (into / label.name).mkdir()
        for file in files[:cap]:
            os.symlink(file, into / label.name / file.name)
    return into


def score(folder: Path, store: Path) -> tuple[str, int]:
    """One line of figures for the vectors a store holds."""
    with Catalogue.open(locate(folder, store).catalogue, read_only=True) as catalogue:
        ids, vectors = catalogue.vectors(catalogue.model_id or "")
        paths = catalogue.paths_of(ids.tolist())
    names = [paths[int(i)][0].split(b"/")[0] for i in ids]
    labels = np.unique(np.array(names), return_inverse=True)[1]
    return in_words(mean_scores(score_queries(vectors, labels))), len(labels)


def in_words(scores: RetrievalScores) -> str:
    return (
        f"P@10 {scores.precision_at_k * 100:5.1f}   mAP {scores.mean_average_precision * 100:5.1f}   "
        f"1-NN {scores.nearest_neighbour * 100:5.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--cap", type=int, default=0, help="at most so many pictures a label (0: all)")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--backbone", default="efficientnet_lite0")
    parser.add_argument("--recipe", default="style")
    parser.add_argument("--effort", default="standard")
    parser.add_argument("--image-size", type=int, default=None)
    asked = parser.parse_args()
    for folder in asked.folders:
        with tempfile.TemporaryDirectory() as temporary:
            work = Path(temporary) / folder.name
            work.mkdir()
            collection = capped(folder, asked.cap or sys.maxsize, work)
            store = Path(temporary) / "store"
            started = time.perf_counter()
            artbyol.embed(collection, store=store)
            line, count = score(collection, store)
            print(f"{folder.name}: {count} works")
            print(f"  frozen             {line}   embed {time.perf_counter() - started:5.1f} s")
            for seed in range(asked.seeds):
                started = time.perf_counter()
                artbyol.train(
                    collection,
                    store=store,
                    seed=seed,
                    backbone=asked.backbone,
                    recipe=asked.recipe,
                    effort=asked.effort,
                    image_size=asked.image_size,
                )
                trained = time.perf_counter()
                artbyol.embed(collection, store=store)
                line, _ = score(collection, store)
                print(
                    f"  trained, seed {seed:2d}   {line}   train {trained - started:5.1f} s, "
                    f"embed {time.perf_counter() - trained:5.1f} s",
                    flush=True,
                )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
