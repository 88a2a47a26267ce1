"""Groups of works that are alike, over vectors only: how many, which are typical, which hardly belong.

Vectors are brought to length 1 first, where squared Euclidean distance is 2 - 2 cos: k-means, Ward and HDBSCAN then
follow the cosine, as the neighbour graph does. Answers repeat with the seed, and do not depend on the number of threads
(one is used).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.base.errors import TooFewImagesError, UsageError
from artbyol.base.large_arrays import blocks, mean_of, products
from artbyol.base.vectors import Doubles, Ints, one_thread_and_quiet
from artbyol.grouping import algorithms
from artbyol.grouping.algorithms import Labels, Vectors, canonical
from artbyol.grouping.communities import Stability, about, communities, exactly, parts, stability
from artbyol.grouping.sample import Sample

Method = Literal["leiden", "kmeans", "hdbscan", "ward"]

TYPICAL = 5  # how many works stand for a cluster
WARD_LIMIT = 20_000  # works; its distances take n²/2 numbers of 8 bytes, twice: 3.2 GB here
HDBSCAN_LIMIT = 20_000  # works; in 128 dimensions no tree helps it, so its time grows with n²
_MOST_GROUPS = 30  # more than a person looks through; an explicit k may exceed it


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


@dataclass(frozen=True, eq=False)
class Clustering:
    """A partition of n works.

    Attributes:
        labels: int64 (n,), 0 for the largest cluster and so on, equally large ones in order of their first row; -1:
            unassigned (hdbscan only).
        criterion: how many there are and why, in words.
        sample: the works that were compared; all of them, unless they are very many (`artbyol.grouping.sample`).
        stand_ins: int64 (n,), of each work the place of the one that stands for it in the sample.
        resolution: of the modularity that these communities are the greatest of; None: another method found them.
    """

    labels: Labels
    criterion: str
    sample: Sample
    stand_ins: Ints
    resolution: float | None = None

    @property
    def k(self) -> int:
        """How many clusters."""
        return int(self.labels.max()) + 1

    def stability(self, labels: Labels, seed: int = 0) -> Stability | None:
        """How far groups (n,), these or what a curator made of them, hold (`artbyol.grouping.communities`); None where
        another method than leiden found them. What is not known of a work is NaN, or -1."""
        if self.resolution is None:
            return None
        of_sample = labels[self.sample.rows]
        found = stability(self.sample.graph, of_sample, self.resolution, seed)
        unseen = np.full(int(labels.max(initial=-1)) + 1 - len(found.groups), np.nan)
        same = labels == of_sample[self.stand_ins]
        return Stability(
            np.append(found.groups, unseen),
            np.where(same, found.works[self.stand_ins], np.nan),
            np.where(same, found.second[self.stand_ins], -1),
        )

    def coarser_and_finer(self, numbers: Sequence[int], seed: int = 0) -> "Iterator[Clustering]":
        """The same works in about so many groups each, as `cluster` finds them when it is asked for as many; none where
        another method than leiden found these."""
        if self.resolution is None:
            return
        with one_thread_and_quiet():
            for found, resolution in about(self.sample.graph, numbers, seed):
                of_sample = canonical(found)
                stand_ins = self.sample.stand_ins(of_sample)
                why = f"{int(of_sample.max()) + 1} groups as asked"
                yield Clustering(canonical(of_sample[stand_ins]), why, self.sample, stand_ins, resolution)

    def parts(self, labels: Labels, depth: int, seed: int = 0) -> Ints:
        """Groups (n,), likewise, divided further: (n, depth), see `artbyol.grouping.communities.parts`."""
        of_sample = labels[self.sample.rows]
        found = parts(self.sample.graph, of_sample, depth, seed)
        return np.where((labels == of_sample[self.stand_ins])[:, None], found[self.stand_ins], 0)


def as_kept(vectors: Vectors, labels: Labels) -> Clustering:
    """Groups (n,) of works (n, d) that somebody keeps, -1 for none, as a clustering: to be divided further."""
    sample = Sample(vectors)
    return Clustering(labels, "as kept", sample, sample.stand_ins(labels[sample.rows]))


def cluster(
    vectors: ArrayLike, *, k: int | Literal["auto"] = "auto", method: Method = "leiden", seed: int = 0
) -> Clustering:
    """Group works by the cosine of their vectors (n, d).

    leiden, the default, finds communities on the neighbour graph, and their number with them: the division with the
    greatest modularity (see `artbyol.grouping.communities`). Where it has more than 30 groups, a coarser one with 30.
    Another k is found by another resolution of the modularity; where none gives k groups, by k-means. k-means and Ward
    take over its number.

    Measured (`python -m tests.bench.number_of_groups`; docs/experiments/number-of-groups.md), mean of eight collections
    and three trainings, agreement with the labels (adjusted Rand index, ARI) at the number found: leiden 0.42, k-means
    by silhouette 0.31, Ward 0.26, HDBSCAN 0.22. At as many groups as labels: leiden 0.39, k-means 0.38, Ward 0.37.

    Of more than 100,000 works so many are drawn and compared; the others join the groups of those nearest to them
    (`artbyol.grouping.sample`).

    hdbscan (Campello et al. 2013) finds its own number: groups of at least max(3, n / 100) works that stay denser than
    their surroundings; works in none of them are unassigned.

    Raises:
        TooFewImagesError: no vectors.
        UsageError: an unknown method, k out of range or not for this method, too many works for it.
    """
    rows = np.asanyarray(vectors, dtype=np.float32)
    if not rows.size:
        raise TooFewImagesError("There is nothing to cluster.", "artbyol embed FOLDER")
    if rows.ndim != 2 or not all(np.isfinite(rows[some]).all() for some in blocks(rows)):
        raise UsageError(f"The vectors must be finite numbers of shape (works, numbers), not of shape {rows.shape}.")
    _check(len(rows), k, method)
    sample = Sample(rows, seed)
    works, different = len(sample.rows), len(np.unique(sample.directions, axis=0))
    if isinstance(k, int) and k > different:
        compared = f"the {works}" if works == len(rows) else f"{works} compared of the {len(rows)}"
        raise UsageError(f"There cannot be {k} groups: {compared} works have only {different} different vectors.")
    with one_thread_and_quiet():
        found, criterion, resolution = _partition(sample, different, k, method, seed)
    found = canonical(found)
    stand_ins = sample.stand_ins(found)
    labels = found if works == len(rows) else canonical(found[stand_ins])
    return Clustering(labels, criterion, sample, stand_ins, resolution)


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


def _partition(
    sample: Sample, different: int, k: int | str, method: Method, seed: int
) -> tuple[Labels, str, float | None]:
    """The groups (m,) of a sample in any order; why so many, and their resolution, as `Clustering` has them."""
    rows = sample.directions
    n = len(rows)
    if k == 1 or (k == "auto" and (different == 1 or n < 3)):
        why = "as asked" if k == 1 else f"all {n} works have the same vector" if n > 2 else "it takes three works"
        return np.zeros(n, np.int64), f"one group: {why}", None
    if method == "hdbscan":
        smallest = max(3, round(n / 100))
        return algorithms.hdbscan(rows, smallest), f"found by density: groups of at least {smallest}", None
    if isinstance(k, int):
        why = f"{k} groups as asked"
        communal, resolution = exactly(sample.graph, k, seed) if method == "leiden" else (None, 1.0)
    else:
        communal, resolution = communities(sample.graph, seed=seed), 1.0
        k = int(communal.max()) + 1
        why = f"{k} communities of works near each other"
        if k > _MOST_GROUPS:
            why = f"{_MOST_GROUPS} groups; the works near each other form {k:,}"
            k = _MOST_GROUPS
            communal, resolution = exactly(sample.graph, k, seed)
    if method == "leiden" and communal is not None:
        return communal, why, resolution
    by = algorithms.ward(rows, k) if method == "ward" else algorithms.kmeans(rows, k, seed)
    return by, why, None


def describe(vectors: Vectors, labels: Labels, label: int, held: NDArray[np.bool_] | None = None) -> Cluster:
    """One group of a labelling, which must have members.

    Args:
        vectors: (n, d), rows of length 1.
        held: (n,), the works whose mean is the centre; None: all of the group.
    """
    rows = np.flatnonzero(labels == label)
    makers = rows if held is None or not held[rows].any() else rows[held[rows]]
    centre = mean_of(vectors, makers)
    centre /= np.linalg.norm(centre) or 1.0  # opposite vectors have no mean direction
    cosines = products(vectors, rows, centre).clip(-1.0, 1.0)
    order = np.lexsort((rows, -cosines))
    members, cosines = rows[order], cosines[order]
    outliers: list[int] = []
    if len(rows) >= 4:
        low, high = np.quantile(cosines, (0.25, 0.75))
        outliers = members[cosines < low - 1.5 * (high - low) - 1e-6][::-1].tolist()  # 1e-6: rounding is no outlier
    return Cluster(members, cosines, float(cosines.mean()), tuple(members[:TYPICAL].tolist()), tuple(outliers))
