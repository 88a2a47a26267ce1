"""Frozen groups against real painters: who joins which group, and who is said to belong nowhere.

    python -m tests.bench.curating STORE [PREFIX]

STORE is the store of an embedded collection whose works lie in a folder for each painter; PREFIX the folder of those.
Half of the works (drawn five times) are kept in groups, the other half is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.grouping.assignment import Ground, assign, fences, ground
from artbyol.grouping.clustering import cluster
from artbyol.storage.catalogue import Catalogue
from tests.bench import given

SEEDS = range(5)


def works(store: Path, prefix: bytes) -> tuple[NDArray[np.float32], NDArray[np.int64], list[bytes]]:
    """Vectors (n, d), and the number of each work's painter; the painters."""
    with Catalogue.open(store / "catalogue.sqlite", read_only=True) as catalogue:
        ids, vectors = catalogue.vectors(catalogue.model_id or "")
        paths = catalogue.paths_of(ids.tolist())
    folders = [paths[int(id)][0].rpartition(b"/")[0] for id in ids]
    rows = [row for row, folder in enumerate(folders) if folder.startswith(prefix)]
    names, labels = np.unique([folders[row] for row in rows], return_inverse=True)
    return vectors[rows], labels.astype(np.int64), list(names)


def half(n: int, seed: int) -> NDArray[np.bool_]:
    kept = np.zeros(n, bool)
    kept[np.random.default_rng(seed).permutation(n)[: n // 2]] = True
    return kept


def agreement(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(a, b))


def matched(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """The share of works in the same group, groups matched as well as can be."""
    from scipy.optimize import linear_sum_assignment

    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1)
    return float(table[linear_sum_assignment(-table)].sum() / len(a))


def by_centre(vectors: NDArray[np.float32], labels: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The group whose centre is nearest: what artbyol does not do."""
    sums = np.stack([vectors[labels == group].sum(axis=0) for group in range(labels.max() + 1)])
    return np.argmax(vectors[rows] @ (sums / np.linalg.norm(sums, axis=1, keepdims=True)).T, axis=1)


def merged(painters: NDArray[np.int64]) -> NDArray[np.int64]:
    """The painters in half as many groups: the first and the last are one, and so on, as unlike as they come."""
    return np.minimum(painters, painters.max() - painters)


def halves(vectors: NDArray[np.float32], painters: NDArray[np.int64]) -> Iterator[tuple[str, dict[str, float]]]:
    """Three kinds of groups, every seed."""
    together = cluster(vectors, k=int(painters.max()) + 1).labels
    for seed in SEEDS:
        kept = half(len(vectors), seed)
        alone = cluster(vectors[kept], k=int(painters.max()) + 1, seed=seed).labels
        # Another clustering of all works, from another start: what agreement there is to be had.
        again = cluster(vectors, k=int(painters.max()) + 1, seed=seed + 1).labels
        for kind, truth in (("painters", painters), ("painters in pairs", merged(painters)), ("clusters", None)):
            labels = np.full(len(vectors), -1)
            labels[kept] = alone if truth is None else truth[kept]
            yield kind, figures(vectors, labels, truth, together, again)


def figures(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    truth: NDArray[np.int64] | None,
    together: NDArray[np.int64],
    again: NDArray[np.int64],
) -> dict[str, float]:
    found = assign(vectors, labels, int(labels.max()) + 1)
    new, joined, sure = found.rows, found.labels >= 0, found.sure >= 0.9
    centre = by_centre(vectors, labels, new)
    said = {"nowhere %": 100 * float((~joined).mean()), "at least 90 % sure %": 100 * float(sure.mean())}
    if truth is None:
        return said | {
            "ARI with clustering all": agreement(found.nearest, together[new]),
            "the same, by centres": agreement(centre, together[new]),
            "in the group that clustering all gives %": 100 * matched(found.nearest, together[new]),
            "ARI of clustering all, another start": agreement(again[new], together[new]),
        }
    right = found.nearest == truth[new]
    return said | {
        "ARI with clustering all": agreement(found.nearest, together[new]),
        "right %": 100 * float(right.mean()),
        "right, by centres %": 100 * float((centre == truth[new]).mean()),
        "right, of those joined %": 100 * float(right[joined].mean()),
        "right, where sure %": 100 * float(right[sure].mean()),
        "right, where unsure %": 100 * float(right[~sure].mean()),
        "sureness as said %": 100 * float(found.sure.mean()),
        "ARI with painters": agreement(found.nearest, truth[new]),
        "clustering all, ARI with painters": agreement(together[new], truth[new]),
    }


def quantile(share: float) -> Callable[[Ground, int], NDArray[np.float64]]:
    """What all but that share of a group's works reach."""
    return lambda base, groups: np.array([np.quantile(base.own[base.labels == g], share) for g in range(groups)])


def tukey(base: Ground, groups: int) -> NDArray[np.float64]:
    """Q1 - 1.5 IQR (1977)."""
    low, high = np.array([np.quantile(base.own[base.labels == g], (0.25, 0.75)) for g in range(groups)]).T
    found: NDArray[np.float64] = low - 1.5 * (high - low)
    return found


FENCES = {"artbyol": fences, "Tukey": tukey} | {
    f"{100 * share:g} % quantile": quantile(share) for share in (0.01, 0.02, 0.05, 0.1)
}


def strangers(
    vectors: NDArray[np.float32], painters: NDArray[np.int64], each: int | None = None
) -> dict[str, list[tuple[float, float]]]:
    """For each fence and stranger: how many of a painter never seen, and of the others' new works, are left outside.

    each: keep so many works of each painter; None: half of all.
    """
    rates: dict[str, list[tuple[float, float]]] = {name: [] for name in FENCES}
    for stranger in range(int(painters.max()) + 1):
        for seed in SEEDS:
            kept = half(len(vectors), seed) if each is None else some(painters, each, seed)
            kept &= painters != stranger
            names, numbers = np.unique(painters[kept], return_inverse=True)
            labels = np.full(len(vectors), -1)
            labels[kept] = numbers
            found, base = assign(vectors, labels, len(names)), ground(vectors, labels)
            foreign = painters[found.rows] == stranger
            for name, fence in FENCES.items():
                outside = found.likeness < fence(base, len(names))[found.nearest]
                rates[name].append((float(outside[foreign].mean()), float(outside[~foreign].mean())))
    return rates


def some(painters: NDArray[np.int64], each: int, seed: int) -> NDArray[np.bool_]:
    rng, kept = np.random.default_rng(seed), np.zeros(len(painters), bool)
    for painter in np.unique(painters):
        kept[rng.choice(np.flatnonzero(painters == painter), each, replace=False)] = True
    return kept


def main(store: str, prefix: str = "") -> None:
    vectors, painters, names = works(Path(store), prefix.encode())
    print(len(vectors), "works:", dict(zip(names, np.bincount(painters).tolist(), strict=True)))
    found = list(halves(vectors, painters))
    for kind in dict.fromkeys(kind for kind, _ in found):
        rows = [figures for one, figures in found if one == kind]
        print(f"\ngroups kept: {kind}")
        for name in rows[0]:
            values = [row[name] for row in rows]
            print(f"  {name:42} {np.mean(values):6.2f} ± {np.std(values):.2f}")
    for each in (None, 3, 5, 8, 12, 20, 40):
        print(f"\nleft outside, {each or 'half'} kept of each: of a painter never seen; of new works of known ones")
        every = strangers(vectors, painters, each)
        for name, rates in every.items():
            unseen, known = 100 * np.mean(rates, axis=0)
            print(f"  {name:42} {unseen:5.1f} % {known:5.1f} %")
        if each is None:
            outside = np.array(every["artbyol"])[:, 0].reshape(len(names), -1).mean(axis=1)
            print({name.decode(): f"{100 * share:.0f}" for name, share in zip(names, outside, strict=True)})


if __name__ == "__main__":
    main(*given(__doc__))
