"""Clusters of works that are alike, over vectors only: how many, which are typical, which hardly belong.

Vectors are brought to length 1 first, where squared Euclidean distance is 2 - 2 cos: k-means, Ward and HDBSCAN then
follow the cosine. Answers repeat with the seed, and do not depend on the number of threads (one is used).
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.base.errors import TooFewImagesError, UsageError
from artbyol.base.vectors import Doubles, Ints, one_thread_and_quiet, unit
from artbyol.grouping import algorithms
from artbyol.grouping.algorithms import Labels, Vectors

Method = Literal["kmeans", "hdbscan", "ward"]

UNASSIGNED = -1  # the label of works that hdbscan leaves outside every cluster
TYPICAL = 5  # how many works stand for a cluster
WARD_LIMIT = 20_000  # works; its distances take n²/2 numbers of 8 bytes, twice: 3.2 GB here
HDBSCAN_LIMIT = 20_000  # works; in 128 dimensions no tree helps it, so its time grows with n²
_NEAR_THE_GREATEST = 0.7  # of the greatest score; from 0.6 to 0.9 the planted numbers were found equally well
_MOST_CLUSTERS = 30  # more than a person looks through; an explicit k may exceed it
_SAMPLE = 5_000  # works that k is chosen on


@dataclass(frozen=True)
class Cluster:
    """Works that are alike. `members`, `typical` and `outliers` are rows of the vectors.

    Attributes:
        members: int64 (m,), most typical (closest in cosine to the cluster's centre) first.
        likeness: float64 (m,), cosine of each member to the centre, in the order of `members`.
        cohesion: mean cosine of the members to their centre, the mean of their vectors at length 1. 1: all alike.
        typical: the first members.
        outliers: members whose cosine to the centre lies below Q1 - 1.5 IQR of the cluster's (Tukey 1977), the
            farthest first. Clusters of fewer than four have none.
    """

    members: Ints
    likeness: Doubles
    cohesion: float
    typical: tuple[int, ...]
    outliers: tuple[int, ...]


@dataclass(frozen=True)
class Clustering:
    """A partition of n works.

    Attributes:
        labels: int64 (n,), 0 for the largest cluster and so on, equally large ones in order of their first row; -1:
            unassigned (hdbscan only).
        criterion: how many there are and why, in words.
    """

    labels: Ints
    criterion: str

    @property
    def k(self) -> int:
        """How many clusters."""
        return int(self.labels.max()) + 1


def cluster(
    vectors: ArrayLike, *, k: int | Literal["auto"] = "auto", method: Method = "kmeans", seed: int = 0
) -> Clustering:
    """Group works by the cosine of their vectors (n, d).

    With k "auto", k-means and Ward look at k from 2 to min(30, n / 2, sqrt(2 n)) and the mean *simplified silhouette*
    of each (Hruschka, de Castro and Campello 2004: Rousseeuw's of 1987 with distances to centres in place of mean
    distances to members), on a sample of 5,000 works where there are more. They take its highest peak, if that reaches
    0.7 of the greatest value, else the greatest value: see `peak`.

    Measured (`python -m tests.bench.auto_k`: 120 simulated collections of 2 to 20 groups of uneven sizes, half of them
    with a tenth of strays). Planted number hit, and mean |log2(chosen / planted)|, by greatest value: simplified
    silhouette 59, 0.25; silhouette 44, 0.32; Davies-Bouldin 45, 0.47; prediction strength (Tibshirani and Walther 2005)
    45, 0.88; Calinski-Harabasz 37, 1.10. Strays made the difference. By its peak, simplified silhouette does no worse
    there, and looks past the coarsest division (drawings against paintings): on works of 3 to 8 painters it agreed
    with the painters at an adjusted Rand index of 0.51 to 0.82, by greatest value at 0.12 to 0.49.

    hdbscan (Campello et al. 2013) finds its own number: groups of at least max(3, n / 100) works that stay denser than
    their surroundings; works in none of them are unassigned.

    Raises:
        TooFewImagesError: no vectors.
        UsageError: an unknown method, k out of range or not for this method, too many works for it.
    """
    rows = np.asarray(vectors, dtype=np.float32)
    if not rows.size:
        raise TooFewImagesError("There is nothing to cluster.", "artbyol embed FOLDER")
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise UsageError(f"The vectors must be finite numbers of shape (works, numbers), not of shape {rows.shape}.")
    rows = unit(rows) + np.float32(0.0)  # one kind of zero
    _check(len(rows), k, method)
    different = len(np.unique(rows, axis=0))
    if isinstance(k, int) and k > different:
        raise UsageError(f"There cannot be {k} groups: the {len(rows)} works have only {different} different vectors.")
    with one_thread_and_quiet():
        raw, criterion = _partition(rows, different, k, method, seed)
    return Clustering(_canonical(raw), criterion)


def _check(n: int, k: int | str, method: str) -> None:
    if method not in get_args(Method):
        raise UsageError(f"There is no method {method!r}.", "choose one of " + ", ".join(get_args(Method)))
    limit = {"ward": WARD_LIMIT, "hdbscan": HDBSCAN_LIMIT}.get(method, n)
    if n > limit:
        raise UsageError(f"The method {method} takes up to {limit:,} works; these are {n:,}.", "--method kmeans")
    if isinstance(k, str):
        if k != "auto":
            raise UsageError(f"The number of groups, k, must be a number or auto, not {k!r}.")
    elif method == "hdbscan":
        raise UsageError("HDBSCAN finds its own number of clusters.", "leave k out, or use --method kmeans")
    elif not 1 <= k <= n:
        raise UsageError(f"The number of groups, k, must lie between 1 and the number of works, {n}, not at {k}.")


def _partition(rows: Vectors, different: int, k: int | str, method: Method, seed: int) -> tuple[Labels, str]:
    """Labels in any order, and how their number came about."""
    n = len(rows)
    if k == "auto" and (different == 1 or n < 3):
        why = f"all {n} works have the same vector" if n > 2 else "it takes three works to speak of groups"
        return np.zeros(n, np.int64), f"one cluster: {why}"
    if method == "hdbscan":
        smallest = max(3, round(n / 100))
        return algorithms.hdbscan(rows, smallest), f"found by density: groups of at least {smallest}"
    tree = algorithms.ward_tree(rows) if method == "ward" and n > 1 else None
    chosen, criterion = (k, f"k = {k} as asked") if isinstance(k, int) else _best_k(rows, tree, different, seed)
    if chosen == 1:
        return np.zeros(n, np.int64), criterion
    return (
        algorithms.kmeans(rows, chosen, seed, starts=10) if tree is None else algorithms.ward_cut(tree, chosen)
    ), criterion


def _best_k(vectors: Vectors, tree: Doubles | None, different: int, seed: int) -> tuple[int, str]:
    n = len(vectors)
    rows = np.arange(n)
    if n > _SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(n, _SAMPLE, replace=False))
    most = max(2, min(_MOST_CLUSTERS, n // 2, int((2 * n) ** 0.5), different))
    scores: dict[int, float] = {}
    for k in range(2, most + 1):
        # Few clusters have the worst local optima, and are the cheapest to start again.
        starts = 10 if k <= 8 else 4
        labels = (
            algorithms.kmeans(vectors[rows], k, seed, starts) if tree is None else algorithms.ward_cut(tree, k)[rows]
        )
        scores[k] = algorithms.simplified_silhouette(vectors[rows], labels)
    best = peak(scores)
    return best, f"k = {best}: simplified silhouette {scores[best]:.2f}, a peak among k = 2 to {most}"


def peak(scores: dict[int, float]) -> int:
    """The k of the greatest score that stands above both its neighbours, or of the greatest of all where no such peak
    comes near it."""
    greatest = max(scores, key=lambda k: (scores[k], -k))
    peaks = [k for k in scores if k - 1 in scores and k + 1 in scores and scores[k - 1] < scores[k] > scores[k + 1]]
    best = max(peaks, key=lambda k: scores[k], default=greatest)
    return best if scores[best] >= _NEAR_THE_GREATEST * scores[greatest] else greatest


def _canonical(raw: Labels) -> Labels:
    """Numbered by size, equally large ones by their first row: the same partition always has the same labels."""
    numbers, first, sizes = np.unique(raw, return_index=True, return_counts=True)
    order = [at for at in np.lexsort((first, -sizes)) if numbers[at] != UNASSIGNED]
    labels = np.full(len(raw), UNASSIGNED, dtype=np.int64)
    for label, at in enumerate(order):
        labels[raw == numbers[at]] = label
    return labels


def describe(vectors: Vectors, labels: Labels, label: int, held: NDArray[np.bool_] | None = None) -> Cluster:
    """One group of a labelling, which must have members.

    Args:
        vectors: (n, d), rows of length 1.
        held: (n,), the works whose mean is the centre; None: all of the group.
    """
    rows = np.flatnonzero(labels == label)
    makers = rows if held is None or not held[rows].any() else rows[held[rows]]
    centre = vectors[makers].mean(axis=0, dtype=np.float64)
    centre /= np.linalg.norm(centre) or 1.0  # opposite vectors have no mean direction
    cosines = (vectors[rows] @ centre).clip(-1.0, 1.0)
    order = np.lexsort((rows, -cosines))
    members, cosines = rows[order], cosines[order]
    outliers: list[int] = []
    if len(rows) >= 4:
        low, high = np.quantile(cosines, (0.25, 0.75))
        outliers = members[cosines < low - 1.5 * (high - low) - 1e-6][::-1].tolist()  # 1e-6: rounding is no outlier
    return Cluster(members, cosines, float(cosines.mean()), tuple(members[:TYPICAL].tolist()), tuple(outliers))
