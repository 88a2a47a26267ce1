"""`duplicates`: pictures that a collection holds more than once, as copies or saved at another size or quality."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.events import Listener, Notice, ignore
from artbyol.pictures.near_duplicates import best_first_key, same_pictures
from artbyol.storage.catalogue import Catalogue, Work
from artbyol.storage.store import existing


@dataclass(frozen=True)
class Version:
    """One file of a picture that is there more than once.

    Attributes:
        path: relative to the collection's folder.
        width, height: pixels; size: bytes.
        same_file: byte for byte the same as the first of its group.
        difference: how far its 8 x 8 mean colours are from those of the first, on average, of 255; up to 4 count as
            the same picture.
    """

    path: bytes
    width: int
    height: int
    size: int
    same_file: bool
    difference: float


@dataclass(frozen=True)
class DuplicateGroup:
    """Files that show one picture.

    Attributes:
        versions: at least two; the one with most pixels first, of equal ones the largest file.
        exact: whether all are the same byte for byte.
    """

    versions: tuple[Version, ...]
    exact: bool


@dataclass(frozen=True)
class Duplicates:
    """What a collection holds more than once.

    Attributes:
        folder: the collection.
        groups: the largest first, equally large ones in order of path.
        files: usable files in the collection; `surplus`: how many of them are another version of a better one;
            `surplus_bytes`: what these take on disk.
    """

    folder: Path
    groups: tuple[DuplicateGroup, ...]
    files: int
    surplus: int
    surplus_bytes: int


def duplicates(folder: str | Path, *, store: str | Path | None = None, listener: Listener = ignore) -> Duplicates:
    """Find pictures that are there more than once: as copies, or saved at another size, quality or format.

    What counts is the picture as a whole (`artbyol.pictures.views.near_duplicates`): a crop, a frame, another photograph of the
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
