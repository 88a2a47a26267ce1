"""Pictures that a collection holds more than once, as copies or saved at another size or quality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from artbyol.pictures.near_duplicates import same_pictures
from artbyol.search.collection import OpenCollection
from artbyol.search.results import DuplicateGroup, Duplicates, Version
from artbyol.storage.rows import Work


def find_duplicates(collection: OpenCollection) -> Duplicates:
    """All of them; see `artbyol.duplicates`."""
    sizes = {path: record.size for path, record in collection.catalogue.files().items()}
    # The best version of a picture first: of most pixels, then of most bytes.
    works = sorted(collection.files(), key=lambda work: (-work.width * work.height, -sizes[work.path], work.path))
    marks = collection.catalogue.fingerprints([work.id for work in works])
    groups = [_group([works[row] for row in rows], sizes, marks[rows]) for rows in same_pictures(marks)]
    groups.sort(key=lambda group: (-len(group.versions), group.versions[0].path))
    surplus = [version for group in groups for version in group.versions[1:]]
    lost = sum(version.size for version in surplus)
    return Duplicates(collection.folder, tuple(groups), len(works), len(surplus), lost)


def _group(works: Sequence[Work], sizes: dict[bytes, int], marks: NDArray[np.uint8]) -> DuplicateGroup:
    best = works[0]
    apart = np.abs(marks.astype(np.float32) - marks[0]).mean(axis=1).tolist()
    versions = tuple(
        Version(work.path, work.width, work.height, sizes[work.path], work.id == best.id, difference)
        for work, difference in zip(works, apart, strict=True)
    )
    return DuplicateGroup(versions, all(version.same_file for version in versions))
