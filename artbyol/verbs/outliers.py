"""`outliers`: the works of a collection that stand alone in style, or on another axis, and what sets them apart."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import StoreMissingError, UsageError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.encoder.current import all_measured, axis_in_use, nothing_embedded
from artbyol.metadata.metadata import metadata_of
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import ATTRIBUTES_ID, Axis
from artbyol.pictures.measures.dominant import DominantColour, as_colours
from artbyol.pictures.measures.words import work_words
from artbyol.search.index import current_index
from artbyol.search.knn_outliers import solitude
from artbyol.search.results import Outlier, Outliers
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store, existing


def outliers(
    folder: str | Path,
    k: int = 12,
    *,
    by: Axis = "style",
    store: str | Path | None = None,
    listener: Listener = ignore,
) -> Outliers:
    """Find the works that stand alone: those farthest from the ten works nearest to them (`search.knn_outliers`).

    Copies do not count as company: a work saved three times stands as alone as if it were there once.

    Args:
        folder: the collection, or any folder inside it.
        k: how many works.
        by: the axis to compare on: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        listener: told what happens.

    Raises:
        FolderError: no such folder. StoreMissingError: nothing was embedded yet. ModelMismatchError: trained since.
        UsageError: k below 1.
    """
    if k < 1:
        raise UsageError(f"-k must be at least 1, not {k}.")
    place = existing(Path(folder), Path(store) if store else None)
    if not os.path.samefile(folder, place.folder):
        listener(Notice(f"{folder} is a part of the collection {place.folder}; all of that is looked at."))
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        model_id = axis_in_use(place, catalogue, by)
        index = current_index(catalogue, place.index_of(by), model_id, listener)
        if not len(index):
            raise nothing_embedded(place)
        found = solitude(catalogue, index, k)
        known = np.isfinite(found.angles)
        order = np.argsort(np.where(known, -found.angles, np.inf), kind="stable")[: min(k, int(known.sum()))]
        closeness = index.percentile(np.cos(found.angles))
        apart = _beyond_the_usual(found.angles)
        nearest = index.percentile(found.nearest_cosine)
        ids = found.ids[order].tolist()
        paths = catalogue.paths_of([*ids, *found.nearest[order].tolist()])
        words, colours = _described(place, catalogue, found.ids, order, listener)
        told = metadata_of(place, catalogue, [paths[content][0] for content in ids], listener=listener)
    listed = tuple(
        Outlier(
            rank + 1,
            paths[ids[rank]][0],
            tuple(paths[ids[rank]][1:]),
            float(closeness[row]),
            bool(apart[row]),
            paths[int(found.nearest[row])][0],
            float(nearest[row]),
            words[rank],
            colours[rank],
        )
        for rank, row in enumerate(order.tolist())
    )
    usual = float(np.median(closeness[known])) if known.any() else float("nan")
    return Outliers(place.folder, listed, int(apart.sum()), usual, len(found.ids), model_id, by, told)


def _beyond_the_usual(angles: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which lie above Q3 + 1.5 IQR; of fewer than four none does."""
    known = angles[np.isfinite(angles)]
    if len(known) < 4:
        return np.zeros(len(angles), bool)
    low, high = np.quantile(known, (0.25, 0.75))
    return np.asarray(angles > high + 1.5 * (high - low) + 1e-6)  # 1e-6: rounding is no outlier; NaN is none either


def _described(
    place: Store, catalogue: Catalogue, ids: NDArray[np.int64], rows: NDArray[np.int64], listener: Listener
) -> tuple[list[tuple[str, ...]], list[tuple[DominantColour, ...]]]:
    """Words and dominant colours of some works; none of either where the pictures were not measured yet."""
    try:
        measured, every = catalogue.vectors(all_measured(place, catalogue, ATTRIBUTES_ID))
    except StoreMissingError as error:
        listener(Notice(f"The works are not described: {error.message} {error.hint} does it."))
        return [()] * len(rows), [()] * len(rows)
    numbers = every[np.searchsorted(measured, ids[rows])]
    values, everyone = numbers[:, : len(ATTRIBUTES)], every[:, : len(ATTRIBUTES)]
    return work_words(values, everyone), [as_colours(row) for row in numbers[:, len(ATTRIBUTES) :]]
