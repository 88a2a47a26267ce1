"""Which criterion finds the number of clusters: `python -m tests.bench.auto_k`.

A simulation: blobs of uneven sizes (Dirichlet) on the unit sphere of 64 dimensions, 1,000 works. Their centres lie in a
subspace of `plane` dimensions (few: they crowd together, as styles do), `width` is a blob's spread against that of the
centres, `noise` the share of works that belong to none. Each row: how far the criteria's k are from the planted one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from artbyol.grouping.algorithms import simplified_silhouette
from artbyol.grouping.clustering import peak

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]
PLANTED = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20)


def blobs(k: int, plane: int, width: float, noise: float, seed: int, works: int = 1000) -> Vectors:
    """Vectors (works, 64) of length 1 around `k` planted centres; a simulation."""
    generator = np.random.default_rng(seed)
    basis = np.linalg.qr(generator.standard_normal((64, plane)))[0].T
    centres = generator.standard_normal((k, plane)) @ basis * (64 / plane) ** 0.5
    shares = generator.dirichlet(np.full(k, 3.0)) * 0.8 + 0.2 / k
    of = generator.choice(k, works, p=shares)
    vectors = centres[of] + width * generator.standard_normal((works, 64))
    strays = generator.random(works) < noise
    vectors[strays] = generator.standard_normal((int(strays.sum()), 64)) * (1 + width)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def fit(vectors: Vectors, k: int, seed: int) -> tuple[Labels, Vectors]:
    fitted = KMeans(k, n_init=4, random_state=seed).fit(vectors)
    return fitted.labels_.astype(np.int64), fitted.cluster_centers_.astype(np.float32)


def prediction_strength(vectors: Vectors, k: int, seed: int) -> float:
    """Tibshirani and Walther 2005: two halves; do pairs together in one half's clusters stay so under the other's?"""
    strengths = []
    for draw in range(3):
        order = np.random.default_rng(seed + draw).permutation(len(vectors))
        half, other = vectors[order[: len(order) // 2]], vectors[order[len(order) // 2 :]]
        own = fit(other, k, seed)[0]
        centres = fit(half, k, seed)[1]
        predicted = np.argmax(other @ centres.T - 0.5 * (centres**2).sum(axis=1), axis=1)
        worst = 1.0
        for label in range(k):
            members = predicted[own == label]
            if len(members) > 1:
                counts = np.bincount(members)
                worst = min(worst, float((counts * (counts - 1)).sum() / (len(members) * (len(members) - 1))))
        strengths.append(worst)
    return float(np.mean(strengths))


def curves(vectors: Vectors, ks: range, strength: bool) -> dict[str, int]:
    """The k that each criterion chooses."""
    found: dict[str, list[float]] = {}
    for k in ks:
        labels, _ = fit(vectors, k, 0)
        values = {
            "silhouette": silhouette_score(vectors, labels),
            "cosine silhouette": silhouette_score(vectors, labels, metric="cosine"),
            "simplified": simplified_silhouette(vectors, labels),
            "Calinski-Harabasz": calinski_harabasz_score(vectors, labels),
            "Davies-Bouldin": -davies_bouldin_score(vectors, labels),
        }
        if strength:
            values["prediction strength"] = prediction_strength(vectors, k, 0)
        for name, value in values.items():
            found.setdefault(name, []).append(value)
    chosen = {name: ks[int(np.argmax(values))] for name, values in found.items() if name != "prediction strength"}
    chosen["simplified, peak"] = peak(dict(zip(ks, found["simplified"], strict=True)))
    if strength:  # the authors' rule: the largest k at or above 0.8
        good = [k for k, value in zip(ks, found["prediction strength"], strict=True) if value >= 0.8]
        chosen["prediction strength"] = max(good, default=1)
    return chosen


def main(planted: tuple[int, ...] = PLANTED, show: Callable[[str], None] = print) -> None:
    names: list[str] = []
    overall: dict[str, list[tuple[int, int]]] = {}
    for plane, width, noise in itertools.product((6, 16, 64), (0.5, 0.9), (0.0, 0.1)):
        errors: dict[str, list[tuple[int, int]]] = {}
        for k in planted:
            for name, chosen in curves(blobs(k, plane, width, noise, seed=k), range(2, 31), strength=True).items():
                errors.setdefault(name, []).append((k, chosen))
                overall.setdefault(name, []).append((k, chosen))
        if not names:
            names = list(errors)
            show(f"exact hits of {len(planted)} / mean |log2(k chosen / k planted)|")
            show(" plane width noise " + " ".join(f"{name:>20}" for name in names))
        show(f"{plane:6d} {width:5.1f} {noise:5.1f} " + " ".join(f"{summary(errors[name]):>20}" for name in names))
    show("           overall " + " ".join(f"{summary(overall[name]):>20}" for name in names))


def summary(pairs: list[tuple[int, int]]) -> str:
    """Exact hits, and the mean of |log2(chosen / planted)|."""
    off = np.mean([abs(np.log2(chosen / planted)) for planted, chosen in pairs])
    return f"{sum(planted == chosen for planted, chosen in pairs)} / {off:.2f}"


if __name__ == "__main__":
    main()
