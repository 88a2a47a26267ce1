"""Clusters of works that are alike, over vectors only: how many, which are typical, which hardly belong.

Vectors are brought to length 1 first, where squared Euclidean distance is 2 - 2 cos: k-means, Ward and HDBSCAN then
follow the cosine. Answers do not depend on the number of threads (one is used) and repeat with the seed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.errors import TooFewImagesError, UsageError

Method = Literal["kmeans", "hdbscan", "ward"]
Labels = NDArray[np.int64]
Vectors = NDArray[np.float32]

UNASSIGNED = -1  # the label of works that hdbscan leaves outside every cluster
TYPICAL = 5  # how many works stand for a cluster
WARD_LIMIT = 20_000  # works; its distances take n²/2 numbers of 8 bytes, twice: 3.2 GB here
HDBSCAN_LIMIT = 50_000  # works; in 64 dimensions no tree helps it, so its time grows with n²
_MOST_CLUSTERS = 30  # more than a person looks through; an explicit k may exceed it
_SAMPLE = 2_000  # works that k is chosen on; the silhouette takes n² distances
_KMEANS_SAMPLE = 50_000  # works that k-means is fitted on, the others join the nearest centre


@dataclass(frozen=True)
class Cluster:
    """Works that are alike. `members`, `typical` and `outliers` are rows of the vectors.

    Attributes:
        label: its number in `Clustering.labels`.
        members: int64 (size,), most typical (closest in cosine to the cluster's centre) first.
        cohesion: mean cosine of the members to their centre, the mean of their vectors at length 1. 1: all alike.
        typical: the first members.
        outliers: members whose cosine to the centre lies below Q1 - 1.5 IQR of the cluster's (Tukey 1977), the
            farthest first. Clusters of fewer than four have none.
    """

    label: int
    members: NDArray[np.int64]
    size: int
    cohesion: float
    typical: tuple[int, ...]
    outliers: tuple[int, ...]


@dataclass(frozen=True)
class Clustering:
    """A partition of n works.

    Attributes:
        labels: int64 (n,), 0 for the largest cluster and so on; -1: unassigned (hdbscan only).
        clusters: largest first; equally large ones in order of their first row.
        k: how many clusters.
        criterion: how k was chosen, in words.
    """

    labels: NDArray[np.int64]
    clusters: tuple[Cluster, ...]
    method: Method
    k: int
    criterion: str
    seed: int


def cluster(
    vectors: ArrayLike, *, k: int | Literal["auto"] = "auto", method: Method = "kmeans", seed: int = 0
) -> Clustering:
    """Group works by the cosine of their vectors (n, d).

    With k "auto", k-means and Ward take the k from 2 to min(30, sqrt(2 n)) of the greatest mean silhouette
    (Rousseeuw 1987), on a sample of 2,000 works where there are more.
#AUTO_MEASURED

    hdbscan (Campello et al. 2013) finds its own number: groups of at least max(3, n / 100) works that stay denser than
    their surroundings; works in none of them are unassigned.

    Raises:
        TooFewImagesError: no vectors.
        UsageError: an unknown method, k out of range or not for this method, too many works for it.
    """
    unit = _unit(vectors)
    n, different = len(unit), len(np.unique(unit, axis=0))
    _check(n, different, k, method)
    with _one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what scikit-learn warns of is checked here, and said in our words
        if different == 1 or n < 3:
            labels, criterion = _trivial(n, different, k)
        elif method == "hdbscan":
            labels, criterion = _hdbscan(unit)
        else:
            cut = _ward(unit) if method == "ward" else _kmeans(unit, seed)
            labels, criterion = cut(k), f"k = {k} as asked"
    return Clustering(labels, (), method, 0, criterion, seed)
