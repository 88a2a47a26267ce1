"""Where likeness ends, against planted works and against labels (docs/experiments/ranking.md).

    python -m tests.bench.likeness_ends COLLECTION... [--store DIR]... [--labels folders|FILE.csv]

Each collection must be embedded. "Planted": as many works again, drawn with the collection's mean and covariance and so
alike to others by chance alone; the share of them among the works that are counted as kin is the error rate, which is
meant to be at most `artbyol.search.chance.BY_CHANCE`. "Same label": of the works counted as kin, of the ten after them,
and of all; what has another label may be alike in truth.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import artbyol
from artbyol.base.vectors import Floats, Ints, unit
from artbyol.evaluation.labels import read_labels
from artbyol.search.chance import SAMPLED, Chance

ASKING = 400
"""Works that ask, at most."""


def planted(rows: Floats, seed: int) -> Floats:
    """As many directions with the mean and the covariance of these (n, d)."""
    covariance = np.cov(rows.T) + 1e-9 * np.eye(rows.shape[1])
    drawn = np.random.default_rng(seed).normal(size=rows.shape) @ np.linalg.cholesky(covariance).T
    return unit((rows.mean(0) + drawn).astype(np.float32))


def kin_of(rows: Floats, asked: int, chance: Chance) -> tuple[int, Ints]:
    """How many works are kin of one, and all others, the nearest first."""
    cosines = rows @ rows[asked]
    order = np.argsort(-cosines)
    order = order[order != asked]
    return chance.kin(rows[asked], cosines[order], len(rows)), order


def spread(rows: Floats) -> Chance:
    """What chance makes of likeness, as `OpenCollection.chance` has it."""
    return Chance.of(rows[:: -(-len(rows) // SAMPLED)])


def row(name: str, rows: Floats, labels: np.ndarray) -> str:
    """A collection's row of the table."""
    asking = np.random.default_rng(0).permutation(len(rows))[:ASKING].tolist()
    chance, counts, same, after = spread(rows), [], [], []
    for asked in asking:
        kin, order = kin_of(rows, asked, chance)
        alike = labels[order] == labels[asked]
        counts.append(kin)
        same += alike[:kin].tolist()
        after += alike[kin : kin + 10].tolist()
    both = np.concatenate([rows, planted(rows, 0)])
    mixed, mistaken = spread(np.random.default_rng(1).permutation(both)), []
    for asked in asking:
        kin, order = kin_of(both, asked, mixed)
        mistaken.append(np.mean(order[:kin] >= len(rows)) if kin else 0.0)
    none, (low, middle, high) = np.mean(np.array(counts) == 0), np.quantile(counts, [0.25, 0.5, 0.9])
    base = np.mean(labels[:, None] == labels)
    figures = f"{100 * np.mean(mistaken):.1f} % | {low:.0f}, {middle:.0f}, {high:.0f} | {100 * none:.0f} %"
    hands = f"{100 * np.mean(same):.0f} | {100 * np.mean(after):.0f} | {100 * base:.0f}"
    return f"| {name} | {len(rows):,} | {figures} | {hands} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collections", nargs="+", type=Path)
    parser.add_argument("--store", action="append", type=Path, default=[])
    parser.add_argument("--labels", action="append", default=[])
    given = parser.parse_args()
    columns = (
        "works",
        "planted among kin",
        "kin: quartile, median, 9 of 10",
        "none",
        "same label, %: kin",
        "next ten",
        "all",
    )
    print(f"| collection | {' | '.join(columns)} |\n|{'---|' * (len(columns) + 1)}")
    for place, folder in enumerate(given.collections):
        store = given.store[place] if given.store else None
        with artbyol.open(folder, store=store) as collection:
            embedded = collection.embedded()
            files = collection.paths_of(embedded.ids.tolist())
            source = given.labels[place] if given.labels else "folders"
            told = read_labels(source, None, None, folder, [files[one] for one in embedded.ids.tolist()])
            labels = np.array([str(one) for one in told.labels])
            print(row(folder.name, embedded.directions, labels), flush=True)


if __name__ == "__main__":
    main()
