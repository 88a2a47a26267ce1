"""`outliers`: the works of a collection that stand alone in style, or on another axis, and what sets them apart."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from artbyol.pictures.measures.axes import Axis
from artbyol.search.knn_outliers import find_outliers
from artbyol.search.results import Outliers
from artbyol.verbs.opening import Folder, RunOptions, drawn, opened


def outliers(
    folder: Folder,
    k: int = 12,
    *,
    by: Axis = "style",
    sheet: str | Path | None = None,
    **run: Unpack[RunOptions],
) -> Outliers:
    """Find the works that stand alone: those farthest from the ten works nearest to them (`search.knn_outliers`).

    Copies do not count as company: a work saved three times stands as alone as if it were there once.

    Args:
        folder: the collection, or any folder inside it.
        k: how many works.
        by: the axis to compare on: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        sheet: draw a contact sheet (.png, .jpg, .pdf).
        run: see `RunOptions`.

    Raises:
        FolderError: no such folder. StoreMissingError: nothing was embedded yet. ModelMismatchError: trained since.
        UsageError: k below 1.
    """
    with opened(folder, run) as collection:
        found = find_outliers(collection, k, by=by)
        return drawn(found, sheet if found.outliers else None, collection)
