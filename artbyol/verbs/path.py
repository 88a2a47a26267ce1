"""`path`: a walk through the collection from one work to another, in small steps."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from artbyol.pictures.measures.axes import Axis
from artbyol.search.collection import Path_
from artbyol.search.paths import find_path
from artbyol.search.results import Walk
from artbyol.verbs.opening import Folder, RunOptions, drawn, opened


def path(
    start: Path_,
    end: Path_,
    steps: int = 9,
    *,
    by: Axis = "style",
    folder: Folder | None = None,
    sheet: str | Path | None = None,
    **run: Unpack[RunOptions],
) -> Walk:
    """Walk from one work to another: every work is farther from the start and closer to the end than the one before,
    and the steps are as small and as even as the collection allows (`search.monotone_path`). No work comes twice,
    as a near duplicate neither.

    Args:
        start, end: pictures, in the collection or not; a folder stands for its most typical picture.
        steps: how many works, both ends counted.
        by, folder, sheet, run: as for `artbyol.similar`.

    Raises:
        UsageError: no such file, both ends the same picture, or fewer than two steps. Otherwise as `artbyol.similar`.
    """
    with opened(folder, run, near=start) as collection:
        return drawn(find_path(collection, start, end, steps, by=by), sheet, collection)
