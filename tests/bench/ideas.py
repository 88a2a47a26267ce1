"""Walks, works between, works that stand alone: `python -m tests.bench.ideas FOLDER [--store DIR] [--pairs N]`.

A work's label is the first two folders it lies in; labels are used to choose ends from different hands and to plant
strays, and for nothing else.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import LocalOutlierFactor

from artbyol.search import monotone_path
from artbyol.search.index import StyleIndex
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate

STEPS = 9
Walker = Callable[[int, int], list[int] | None]


class Collection:
    """Vectors (n, d) at length 1, their angles (n, n), an index, and labels."""

    def __init__(self, folder: Path, store: Path | None) -> None:
        self.catalogue = Catalogue.open(locate(folder, store).catalogue, read_only=True)
        model = self.catalogue.model_id or ""
        self.ids, vectors = self.catalogue.vectors(model)
        self.index = StyleIndex.build(self.ids, vectors, model_id=model, generation=0)
        self.rows = self.index.space.place(vectors)
        self.cosines = (self.rows @ self.rows.T).clip(-1, 1)
        self.angles = np.arccos(self.cosines)
        paths = self.catalogue.paths_of(self.ids.tolist())
        self.labels = np.array([b"/".join(paths[int(i)][0].split(b"/")[:2]) for i in self.ids])

    def pairs(self, count: int) -> list[tuple[int, int]]:
        rng, found = np.random.default_rng(0), []
        while len(found) < count:
            one, other = (int(number) for number in rng.integers(len(self.ids), size=2))
            if self.labels[one] != self.labels[other]:
                found.append((one, other))
        return found


def walkers(of: Collection) -> dict[str, Walker]:
    def circle(start: int, end: int) -> list[int]:
        points = [monotone_path.interpolated(of.rows[start], of.rows[end], t) for t in np.linspace(0, 1, STEPS)[1:-1]]
        cost = np.arccos((np.stack(points) @ of.rows.T).clip(-1, 1)) ** 2
        cost[:, [start, end]] = 1e3
        return [start, *linear_sum_assignment(cost)[1].tolist(), end]

    def shortest(neighbours: int, power: float, mutual: bool = False) -> Walker:
        near = np.argsort(-of.cosines, axis=1)[:, 1 : neighbours + 1]
        rows = np.repeat(np.arange(len(near)), neighbours)
        lengths = np.maximum(of.angles[rows, near.ravel()], 1e-6) ** power
        graph = csr_matrix((lengths, (rows, near.ravel())), shape=of.angles.shape)
        graph = graph.minimum(graph.T) if mutual else graph.maximum(graph.T)

        def found(start: int, end: int) -> list[int] | None:
            far, before = dijkstra(graph, indices=start, return_predecessors=True)
            if not np.isfinite(far[end]):
                return None
            way = [end]
            while way[-1] != start:
                way.append(int(before[way[-1]]))
            way.reverse()
            places = np.round(np.linspace(0, len(way) - 1, min(STEPS, len(way)))).astype(int)
            return [way[place] for place in places]

        return found

    def monotone(power: float) -> Walker:
        def found(start: int, end: int) -> list[int]:
            monotone_path.POWER = power  # type: ignore[misc]
            between = [row for row in range(len(of.rows)) if row not in (start, end)]
            order = [start, *between, end]
            return [order[place] for place in monotone_path.monotone_walk(of.rows[order], STEPS)]

        return found

    def by_index(start: int, end: int) -> list[int]:
        monotone_path.POWER, monotone_path.EVERYTHING = 4.0, 0  # type: ignore[misc]
        ends = {int(of.ids[start]), int(of.ids[end])}
        place = {int(number): row for row, number in enumerate(of.ids)}
        rows, others = of.rows, lambda ids: [one for one in ids if one not in ends]
        inside = monotone_path.walk_through(of.catalogue, of.index, rows[start], rows[end], STEPS, others)
        return [start, *(place[one] for one in inside), end]

    return {
        "works nearest to points on the circle": circle,
        "shortest path, 10 nearest, p 1": shortest(10, 1),
        "shortest path, 10 nearest, p 2": shortest(10, 2),
        "shortest path, 10 nearest, p 4": shortest(10, 4),
        "shortest path, 10 mutual nearest, p 2": shortest(10, 2, mutual=True),
        "narrowest widest step (p 16), 10 nearest": shortest(10, 16),
        "monotone, p 1": monotone(1),
        "monotone, p 2": monotone(2),
        "monotone, p 4": monotone(4),
        "monotone, p 8": monotone(8),
        "monotone, p 4, large collection": by_index,
    }


def walks(of: Collection, pairs: list[tuple[int, int]]) -> None:
    print("walk | works | least, mean step (percentile) | unevenness | steps back % | worst step | none | ms")
    for name, walker in walkers(of).items():
        began = time.perf_counter()
        found = [walker(start, end) for start, end in pairs]
        took = 1e3 * (time.perf_counter() - began) / len(pairs)
        ways = [np.array(way) for way in found if way]
        steps = [of.index.percentile(of.cosines[way[1:], way[:-1]]) for way in ways]
        wide = [of.angles[way[1:], way[:-1]] for way in ways]
        away = [of.angles[way[0], way] for way in ways]
        near = [of.angles[way[-1], way] for way in ways]
        back = [((np.diff(a) < 0) | (np.diff(b) > 0)).mean() for a, b in zip(away, near, strict=True)]
        figures = (
            f"{np.mean([len(way) for way in ways]):.1f} | {np.mean([step.min() for step in steps]):.1f},"
            f" {np.mean([step.mean() for step in steps]):.1f} | {np.mean([w.std() / w.mean() for w in wide]):.2f}"
            f" | {100 * np.mean(back):.0f} | {min(step.min() for step in steps):.0f} | {len(pairs) - len(ways)}"
        )
        print(f"{name} | {figures} | {took:.0f}", flush=True)


def between(of: Collection, pairs: list[tuple[int, int]]) -> None:
    measures: dict[str, Callable[[int, int], np.ndarray]] = {
        "nearest to the point between": lambda a, b: -of.rows @ monotone_path.interpolated(of.rows[a], of.rows[b], 0.5),
        "least sum of squared angles": lambda a, b: of.angles[a] ** 2 + of.angles[b] ** 2,
        "least greater angle": lambda a, b: np.maximum(of.angles[a], of.angles[b]),
    }
    print("between | lesser of the two percentiles | position off by")
    for name, measure in measures.items():
        lesser, off = [], []
        for a, b in pairs:
            score = measure(a, b).copy()
            score[[a, b]] = np.inf
            best = np.argsort(score)[:10]
            shares = of.index.percentile(np.stack([of.cosines[a, best], of.cosines[b, best]]))
            lesser.append(shares.min(axis=0).mean())
            off.append(np.abs(of.angles[a, best] / (of.angles[a, best] + of.angles[b, best]) - 0.5).mean())
        print(f"{name} | {np.mean(lesser):.1f} | {np.mean(off):.3f}")


def outliers(of: Collection, trials: int = 60) -> None:
    """Strays from other labels, one or two each, planted among 50 to 500 works of two to five labels."""
    rng, planted = np.random.default_rng(1), []
    names, counts = np.unique(of.labels, return_counts=True)
    for _ in range(trials):
        base = rng.choice(names[counts >= 30], int(rng.integers(2, 6)), replace=False)
        own = [np.flatnonzero(of.labels == name) for name in base]
        rows = np.concatenate(
            [rng.choice(one, min(int(rng.integers(25, 100)), len(one)), replace=False) for one in own]
        )
        others = [name for name in names if name not in base]
        strays = [
            rng.choice(np.flatnonzero(of.labels == others[number % len(others)]))
            for number in range(max(3, len(rows) // 25))
        ]
        planted.append((rows, np.unique(strays)))

    def distances(rows: np.ndarray) -> np.ndarray:
        angles = np.arccos((rows @ rows.T).clip(-1, 1))
        np.fill_diagonal(angles, np.inf)
        return np.sort(angles, axis=1)

    measures: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        **{
            f"mean angle to the {k} nearest": lambda rows, k=k: distances(rows)[:, :k].mean(axis=1)
            for k in (1, 3, 5, 10, 20)
        },
        "angle to the 10th": lambda rows: distances(rows)[:, 9],
        **{
            f"local outlier factor, {k}": lambda rows, k=k: -LocalOutlierFactor(k).fit(rows).negative_outlier_factor_
            for k in (5, 10, 20, 40)
        },
        "angle to the mean of all": lambda rows: -rows @ rows.mean(axis=0),
        "isolation forest": lambda rows: -IsolationForest(random_state=0).fit(rows).score_samples(rows),
    }
    print("outliers | AUC | average precision")
    for name, measure in measures.items():
        areas, precisions = [], []
        for rows, strays in planted:
            score = measure(of.rows[np.concatenate([rows, strays])])
            truth = np.repeat([0, 1], [len(rows), len(strays)])
            areas.append(100 * roc_auc_score(truth, score))
            precisions.append(100 * average_precision_score(truth, score))
        error = np.std(areas) / len(areas) ** 0.5
        print(f"{name} | {np.mean(areas):.1f} ±{error:.1f} | {np.mean(precisions):.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--pairs", type=int, default=60)
    arguments = parser.parse_args()
    of = Collection(arguments.folder, arguments.store)
    pairs = of.pairs(arguments.pairs)
    walks(of, pairs)
    between(of, pairs)
    outliers(of)


if __name__ == "__main__":
    main()
