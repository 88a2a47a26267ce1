"""What "inside a style" takes in, by two rules (docs/experiments/ranking.md).

    python -m tests.bench.inside COLLECTION... [--store DIR]... [--labels folders|FILE.csv]

Each collection must be embedded. Of some hands (labels), drawn at random, some works are "mine". Printed is the
share of theirs that each rule holds to be inside: of other works of the same hands, and of works of all other hands.
"Radii": as near to one of mine as that one's third neighbour is (Kynkäänniemi et al. 2019); "p": the rule of
`artbyol.search.two_collections`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import artbyol
from artbyol.base.vectors import Floats
from artbyol.evaluation.labels import read_labels
from artbyol.search.two_collections import NEAREST, OUTSIDE

DRAWS = 40
SIZES = ((1, 15), (1, 25), (3, 15), (5, 10))
"""Hands, and works of each."""


def by_radii(mine: Floats, theirs: Floats) -> np.ndarray:
    """Which of theirs (n, d) lie within the radius of one of mine (m, d)."""
    own = np.sort(mine @ mine.T, axis=1)[:, -1 - NEAREST]  # the first is itself
    return np.asarray((theirs @ mine.T >= own).any(axis=1))


def by_p(mine: Floats, theirs: Floats) -> np.ndarray:
    """Which of theirs (n, d) are no farther from mine (m, d) than nine in ten of mine are."""
    own = np.sort(np.sort(mine @ mine.T, axis=1)[:, -1 - NEAREST : -1].mean(axis=1))
    nearness = np.sort(theirs @ mine.T, axis=1)[:, -NEAREST:].mean(axis=1)
    return np.asarray((1 + np.searchsorted(own, nearness, side="right")) / (1 + len(own)) > OUTSIDE)


def shares(rows: Floats, labels: np.ndarray, hands: int, works: int) -> list[float] | None:
    """Per cent inside by radii (the same hands, others) and by p; None where there are too few hands."""
    rng, names = np.random.default_rng(0), [one for one in np.unique(labels) if (labels == one).sum() >= works + 5]
    if len(names) <= hands:
        return None
    found = []
    for _ in range(DRAWS):
        chosen = rng.choice(names, hands, replace=False)
        of_each = [rng.permutation(np.flatnonzero(labels == one)) for one in chosen]
        mine = np.concatenate([one[:works] for one in of_each])
        same, others = np.concatenate([one[works:] for one in of_each]), np.flatnonzero(~np.isin(labels, chosen))
        found.append([rule(rows[mine], rows[asked]).mean() for rule in (by_radii, by_p) for asked in (same, others)])
    return (100 * np.mean(found, axis=0)).tolist()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collections", nargs="+", type=Path)
    parser.add_argument("--store", action="append", type=Path, default=[])
    parser.add_argument("--labels", default="folders")
    given = parser.parse_args()
    print(
        "| collection | hands × works | radii: same hands, others | p: same hands, others |\n| --- | --- | --- | --- |"
    )
    for at, folder in enumerate(given.collections):
        with artbyol.open(folder, store=given.store[at] if given.store else None) as collection:
            embedded = collection.embedded()
            files = collection.paths_of(embedded.ids.tolist())
        told = read_labels(given.labels, None, None, folder, [files[one] for one in embedded.ids.tolist()])
        rows, labels = embedded.directions, np.array([str(one) for one in told.labels])
        for hands, works in SIZES:
            if told := shares(rows, labels, hands, works):
                same, others, alike, apart = told
                print(f"| {folder.name} | {hands} × {works} | {same:.0f}, {others:.0f} | {alike:.0f}, {apart:.0f} |")


if __name__ == "__main__":
    main()
