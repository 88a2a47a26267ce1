"""How alone each work of a collection stands: the mean angle to its nearest others.

The mean distance to the k nearest (Angiulli and Pizzuti 2002) found planted strays better than the local outlier factor
(Breunig et al. 2000), which forgives a work for lying among others that lie far apart: docs/experiments/outliers.md.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.vectors import Doubles, Floats, Ints
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.measures.dominant import as_colours
from artbyol.pictures.measures.words import work_words
from artbyol.search.collection import OpenCollection
from artbyol.search.faiss_index import build_approximate
from artbyol.search.index import Hits
from artbyol.search.neighbours import Same, about, closest_others, named, other_pictures
from artbyol.search.results import Outlier, Outliers

NEIGHBOURS: Final = 10
"""Nearest works that count; 3 and 20 found a little less. In small collections a fifth of the others."""

EXACT_WORKS: Final = 20_000
"""Up to so many works the neighbours of all are found exactly. In larger collections an approximate index proposes
outliers, and only these are then measured exactly."""

_SPARE = 6  # neighbours asked for besides, in the place of copies and of the work itself
_TOGETHER = 1_024  # works asked for at a time
_LOOKED_AT_AGAIN = 10  # times as many as are wanted


@dataclass(frozen=True)
class OutlierScores:
    """Of n works how far each lies from its nearest.

    Attributes:
        ids: content ids, int64 (n,).
        angles: mean angle to the nearest works, radians, float64 (n,); NaN where there is no other.
        nearest: content id of the nearest work that is no copy, int64 (n,); -1 where there is none.
        nearest_cosine: its cosine, float64 (n,).
    """

    ids: Ints
    angles: Doubles
    nearest: Ints
    nearest_cosine: Doubles


def find_outliers(collection: OpenCollection, k: int, *, by: Axis = "style") -> Outliers:
    """The works that stand most alone; `artbyol.outliers` explains the arguments, and the errors."""
    if k < 1:
        raise UsageError(f"-k must be at least 1, not {k}.")
    collection.run.progress("finding outliers")
    index, found = collection.index(by), outlier_scores(collection, k, by)
    known = np.isfinite(found.angles)
    order = np.argsort(np.where(known, -found.angles, np.inf), kind="stable")[: min(k, int(known.sum()))]
    closeness = index.percentile(np.cos(found.angles))
    apart = _beyond_the_usual(found.angles)
    nearest = index.percentile(found.nearest_cosine)
    ids = found.ids[order].tolist()
    paths = collection.paths_of([*ids, *found.nearest[order].tolist()])
    everyone = collection.measured(found.ids, "The works are not described")
    words = work_words(everyone.attributes[order], everyone.attributes) if everyone else [()] * len(order)
    listed = tuple(
        Outlier(
            rank + 1,
            *named(paths[ids[rank]]),
            float(closeness[row]),
            bool(apart[row]),
            words[rank],
            as_colours(everyone.colours[row]) if everyone else (),
            paths[int(found.nearest[row])][0],
            float(nearest[row]),
        )
        for rank, row in enumerate(order.tolist())
    )
    told = collection.metadata([one.path for one in listed])
    usual = float(np.median(closeness[known])) if known.any() else float("nan")
    return Outliers(**about(collection, index, by), outliers=listed, apart=int(apart.sum()), usual=usual, metadata=told)


def _beyond_the_usual(angles: Doubles) -> NDArray[np.bool_]:
    """Which lie above Q3 + 1.5 IQR; of fewer than four none does."""
    known = angles[np.isfinite(angles)]
    if len(known) < 4:
        return np.zeros(len(angles), bool)
    low, high = np.quantile(known, (0.25, 0.75))
    return np.asarray(angles > high + 1.5 * (high - low) + 1e-6)  # 1e-6: rounding is no outlier; NaN is none either


def outlier_scores(collection: OpenCollection, wanted: int, by: Axis = "style") -> OutlierScores:
    """How alone every work stands; exactly for at least the `wanted` that stand most alone."""
    index, embedded = collection.index(by), collection.embedded(by)
    ids, placed = embedded.ids, embedded.directions
    others = functools.partial(other_pictures, collection.catalogue, ids, collection.catalogue.spectra(ids))
    if len(ids) <= EXACT_WORKS:
        return OutlierScores(ids, *_measured(index.search, ids, placed, others, np.arange(len(ids))))
    rough = build_approximate(placed).index

    def search(rows: Floats, k: int) -> Hits:
        scores, places = rough.search(rows, k)
        return Hits(np.where(places >= 0, ids[places], -1), scores)

    found = _measured(search, ids, placed, others, np.arange(len(ids)))
    again = np.argsort(-found[0], kind="stable")[: _LOOKED_AT_AGAIN * wanted]
    for rough_values, exact in zip(found, _measured(index.search, ids, placed, others, again), strict=True):
        rough_values[again] = exact
    return OutlierScores(ids, *found)


def _measured(
    search: Callable[[Floats, int], Hits], ids: Ints, placed: Floats, others: Callable[[Ints], Same], rows: Ints
) -> tuple[Doubles, Ints, Doubles]:
    """Angles, nearest and their cosines of some rows of a collection."""
    count = min(NEIGHBOURS, max(1, (len(ids) - 1) // 5))
    angles, cosines = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    nearest = np.full(len(rows), -1, np.int64)
    for start in range(0, len(rows), _TOGETHER):
        block = rows[start : start + _TOGETHER]
        same = others(block)
        found = closest_others(search, placed[block], count, same, size=len(ids), spare=_SPARE)
        for place, one in enumerate(found, start):
            if len(one.ids):
                angles[place] = np.arccos(one.cosines.astype(np.float64).clip(-1.0, 1.0)).mean()
                nearest[place], cosines[place] = one.ids[0], one.cosines[0]
    return angles, nearest, cosines
