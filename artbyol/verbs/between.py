"""`between`: the works that lie between two others, or between two folders of them."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from artbyol.pictures.measures.axes import Axis
from artbyol.search.collection import Path_
from artbyol.search.paths import find_between
from artbyol.search.results import Intermediates
from artbyol.verbs.opening import Folder, RunOptions, drawn, opened


def between(
    first: Path_,
    second: Path_,
    k: int = 12,
    *,
    at: float = 0.5,
    by: Axis = "style",
    folder: Folder | None = None,
    sheet: str | Path | None = None,
    **run: Unpack[RunOptions],
) -> Intermediates:
    """Find the works that lie between two others, close to both and in the balance (`artbyol.search.paths`). The two
    and their exact or near duplicates are left out.

    Args:
        first, second: pictures, in the collection or not; a folder stands for what its pictures have in common.
        k: how many works.
        at: 0 is the first, 1 the second, 0.5 half way.
        by, folder, sheet, run: as for `artbyol.similar`.

    Raises:
        UsageError: no such file, both ends the same, k below 1, or `at` outside 0..1. Otherwise as `artbyol.similar`.
    """
    with opened(folder, run, near=first) as collection:
        return drawn(find_between(collection, first, second, k, at=at, by=by), sheet, collection)
