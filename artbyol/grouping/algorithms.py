"""The algorithms behind `artbyol.grouping.clustering`: vectors of length 1 in, one number per work out."""

from typing import Any

import numpy as np

from artbyol.base.vectors import Doubles, Floats, Ints

Labels = Ints
Vectors = Floats

_KMEANS_SAMPLE = 50_000  # works that k-means is fitted on, at most; of more, the others join the nearest centre
_KMEANS_NUMBERS = 8_000_000  # likewise, numbers: 3,454 works of 2,316, of which it takes several copies of 64 MB
_STARTS, _MANY, _FEW_STARTS = 10, 10_000, 3  # of 50,000 simulated works ten starts gain 0.01 % over three
_BLOCK = 5_000  # works that join their centres at a time, in double precision


def kmeans(unit: Vectors, k: int, seed: int) -> Labels:
    """k-means (Lloyd, the best of ten k-means++ starts, of many works three) in double precision."""
    from sklearn.cluster import KMeans

    rows = unit
    most = max(k, min(_KMEANS_SAMPLE, _KMEANS_NUMBERS // unit.shape[1]))
    if len(unit) > most:
        rows = unit[np.sort(np.random.default_rng(seed).choice(len(unit), most, replace=False))]
    starts = _STARTS if len(rows) <= _MANY else _FEW_STARTS
    fitted = KMeans(k, n_init=starts, random_state=seed).fit(rows.astype(np.float64))
    if rows is unit:
        return np.asarray(fitted.labels_, dtype=np.int64)
    centres = fitted.cluster_centers_
    return np.concatenate([_nearest(unit[at : at + _BLOCK], centres) for at in range(0, len(unit), _BLOCK)])


def _nearest(unit: Vectors, centres: Doubles) -> Labels:
    nearest: Labels = np.argmax(unit @ centres.T - 0.5 * (centres**2).sum(axis=1), axis=1)
    return nearest


def ward(unit: Vectors, k: int) -> Labels:
    """Ward's hierarchical clustering (1963), cut into exactly k groups."""
    from sklearn.cluster import AgglomerativeClustering

    return np.asarray(AgglomerativeClustering(k).fit_predict(unit.astype(np.float64)), dtype=np.int64)


def hdbscan(unit: Vectors, smallest: int) -> Labels:
    """HDBSCAN (Campello et al. 2013); -1 for works in no dense group."""
    from sklearn.cluster import HDBSCAN

    options: dict[str, Any] = {"min_cluster_size": smallest, "min_samples": min(3, len(unit)), "copy": True}
    return np.asarray(HDBSCAN(**options).fit_predict(unit.astype(np.float64)), dtype=np.int64)


def canonical(raw: Labels) -> Labels:
    """Numbered by size, equally large ones by their first row; -1, for none, stays. The same partition always has the
    same labels."""
    numbers, first, sizes = np.unique(raw, return_index=True, return_counts=True)
    order = [at for at in np.lexsort((first, -sizes)) if numbers[at] >= 0]
    labels = np.full(len(raw), -1, dtype=np.int64)
    for label, at in enumerate(order):
        labels[raw == numbers[at]] = label
    return labels
