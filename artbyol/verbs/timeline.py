"""`timeline`: how style moves over the years."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from artbyol.grouping.timeline import Timeline, find_timeline
from artbyol.pictures.measures.axes import Axis
from artbyol.verbs.opening import Folder, RunOptions, drawn, opened


def timeline(
    folder: Folder,
    *,
    by: Axis = "style",
    artist: str | None = None,
    metadata: str | Path | None = None,
    seed: int = 0,
    sheet: str | Path | None = None,
    **run: Unpack[RunOptions],
) -> Timeline:
    """Say how style moves over the years: where it stands, how fast it goes, where it turns (`grouping.change_points`).

    Args:
        folder: the collection, or any folder inside it.
        by: the axis: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        artist: only works by this artist, in capitals or small letters.
        metadata: a CSV with years, instead of metadata.csv beside the pictures; see `artbyol.metadata.metadata`.
        seed: of the shuffles that tell turning points from chance.
        sheet: draw a contact sheet of the periods (.png, .jpg, .pdf).
        run: see `RunOptions`.

    Raises:
        UsageError: fewer than two works have a year, or there is nothing by this artist.
        FolderError, StoreMissingError, ModelMismatchError: as `artbyol.cluster`.
    """
    with opened(folder, run, table=metadata) as collection:
        return drawn(find_timeline(collection, by=by, artist=artist, seed=seed), sheet, collection)
