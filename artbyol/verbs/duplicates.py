"""`duplicates`: pictures that a collection holds more than once, as copies or saved at another size or quality."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.events import Listener, Notice, ignore
from artbyol.pictures.near_duplicates import best_first_key, same_pictures
from artbyol.search.results import DuplicateGroup, Duplicates, Version
from artbyol.storage.catalogue import Catalogue, Work
from artbyol.storage.store import existing


def duplicates(folder: str | Path, *, store: str | Path | None = None, listener: Listener = ignore) -> Duplicates:
    """Find pictures that are there more than once: as copies, or saved at another size, quality or format.

    What counts is the picture as a whole (`views.near_duplicates`): a crop, a frame, another photograph of the
    same work, mirrored or with corrected colours, is another picture. Nothing is changed on disk. No network is needed.

    Args:
        folder: the collection, or any folder inside it; as it was when it was last embedded.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        listener: told what happens.

    Raises:
        FolderError: no such folder. StoreMissingError: nothing was embedded yet.
    """
    place = existing(Path(folder), Path(store) if store else None)
    if not os.path.samefile(folder, place.folder):
        listener(Notice(f"{folder} is a part of the collection {place.folder}; all of that is looked at."))
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        works = catalogue.works()
        sizes = {path: record.size for path, record in catalogue.files().items()}
        works.sort(key=lambda work: best_first_key(work.width, work.height, sizes, work.path))
        marks = catalogue.fingerprints([work.id for work in works])
    groups = [_group([works[row] for row in rows], sizes, marks[rows]) for rows in same_pictures(marks)]
    groups.sort(key=lambda group: (-len(group.versions), group.versions[0].path))
    surplus = [version for group in groups for version in group.versions[1:]]
    lost = sum(version.size for version in surplus)
    return Duplicates(place.folder, tuple(groups), len(works), len(surplus), lost)


def _group(works: Sequence[Work], sizes: dict[bytes, int], marks: NDArray[np.uint8]) -> DuplicateGroup:
    best = works[0]
    apart = np.abs(marks.astype(np.float32) - marks[0]).mean(axis=1).tolist()
    versions = tuple(
        Version(work.path, work.width, work.height, sizes[work.path], work.id == best.id, difference)
        for work, difference in zip(works, apart, strict=True)
    )
    return DuplicateGroup(versions, all(version.same_file for version in versions))
