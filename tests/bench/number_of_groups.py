"""How far groups follow the labels: `python -m tests.bench.number_of_groups FOLDER...`.

Each folder was embedded; its subfolders are the labels. For every method at the number of groups it finds, and at as
many as there are labels: groups, adjusted Rand index, adjusted mutual information (chance is 0, equal is 1); for leiden
how many works are of the core of their group, and what share of them and of the others is with its group's most
frequent label.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from artbyol.base.vectors import unit
from artbyol.grouping.clustering import Method, cluster
from artbyol.grouping.communities import stability
from artbyol.grouping.group_works import CORE
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from tests.bench import given

METHODS: tuple[Method, ...] = ("leiden", "kmeans", "ward", "hdbscan")


def labelled(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Vectors of length 1 (n, d), and the label of each."""
    with Catalogue.open(locate(folder, None).catalogue, read_only=True) as catalogue:
        ids, vectors = catalogue.vectors(catalogue.model_id or "")
        paths = catalogue.paths_of(ids.tolist())
    names = [paths[int(content)][0].rpartition(b"/")[0] for content in ids]
    return unit(vectors), np.unique(np.array(names), return_inverse=True)[1]


def scored(vectors: NDArray[np.float32], labels: NDArray[np.int64], seed: int) -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {}
    for method in METHODS:
        for k in ("auto", int(labels.max()) + 1):
            if method == "hdbscan" and k != "auto":
                continue
            made = cluster(vectors, k=k, method=method, seed=seed)  # type: ignore[arg-type]
            agreement = (adjusted_rand_score(labels, made.labels), adjusted_mutual_info_score(labels, made.labels))
            found[f"{method} {k if k == 'auto' else 'labels'}"] = (made.k, *agreement)
            if method == "leiden" and k == "auto":
                core = stability(made.sample.graph, made.labels, 1.0, seed).works >= CORE
                usual = np.array([np.bincount(labels[made.labels == one]).argmax() for one in range(made.k)])
                right = usual[made.labels] == labels
                found["core; right there, elsewhere"] = (core.mean(), right[core].mean(), right[~core].mean())
    return found


def main(folders: list[Path], seeds: range = range(3)) -> None:
    every: dict[str, list[tuple[float, ...]]] = {}
    for folder in folders:
        vectors, labels = labelled(folder)
        print(f"{folder}: {len(labels):,} works, {labels.max() + 1} labels")
        runs = [scored(vectors, labels, seed) for seed in seeds]
        for name in runs[0]:
            mean = np.nanmean([run[name] for run in runs], axis=0)
            every.setdefault(name, []).append(tuple(mean))
            print(f"  {name:30s} {mean[0]:6.2f} {mean[1]:6.3f} {mean[2]:6.3f}")
    print("mean")
    for name, rows in every.items():
        print(f"  {name:30s} {' '.join(f'{value:6.3f}' for value in np.mean(rows, axis=0))}")


if __name__ == "__main__":
    main([Path(name) for name in given(__doc__)])
