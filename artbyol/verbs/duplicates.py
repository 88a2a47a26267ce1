"""`duplicates`: pictures that a collection holds more than once, as copies or saved at another size or quality."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

from artbyol.search.duplicates import find_duplicates
from artbyol.search.results import Duplicates
from artbyol.verbs.opening import Folder, RunOptions, drawn, opened


def duplicates(folder: Folder, *, sheet: str | Path | None = None, **run: Unpack[RunOptions]) -> Duplicates:
    """Find pictures that are there more than once: as copies, or saved at another size, quality or format.

    What counts is the picture as a whole (`pictures.near_duplicates`): a crop, a frame, another photograph of the
    same work, mirrored or with clearly corrected colours, is another picture. Nothing is changed on disk. No network is
    needed.

    Args:
        folder: the collection, or any folder inside it; as it was when it was last embedded.
        sheet: draw a contact sheet (.png, .jpg, .pdf).
        run: see `RunOptions`.

    Raises:
        FolderError: no such folder. StoreMissingError: nothing was embedded yet.
    """
    with opened(folder, run) as collection:
        found = find_duplicates(collection)
        return drawn(found, sheet if found.groups else None, collection)
