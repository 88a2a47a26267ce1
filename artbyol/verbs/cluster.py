"""`cluster`: groups of works alike in style."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from artbyol.catalogue import Catalogue
from artbyol.events import Listener, Notice, ignore
from artbyol.identity import model_in_use, nothing_embedded
from artbyol.store import existing

Method = Literal["kmeans", "hdbscan", "ward"]


@dataclass(frozen=True)
class Member:
    """One work of a group: its path relative to the collection, and its cosine to the group's centre."""

    path: bytes
    likeness: float


@dataclass(frozen=True)
class Group:
    """Works alike in style.

    Attributes:
        number: from 1, the largest group first.
        members: most typical first; copies of one picture follow each other.
        cohesion: mean cosine of the group's works to its centre, -1..1; 1: all the same.
        typical: the most typical works; outliers: works that stand apart from their group.
    """

    number: int
    members: tuple[Member, ...]
    cohesion: float
    typical: tuple[bytes, ...]
    outliers: tuple[bytes, ...]

    @property
    def size(self) -> int:
        return len(self.members)


@dataclass(frozen=True)
class Groups:
    """A clustering of a collection.

    Attributes:
        folder: the collection.
        groups: largest first.
        unassigned: works that belong to no group (hdbscan only).
        method, criterion: how the groups, and their number, were found, in words.
        works: different pictures; model_id: of the model that made their vectors.
    """

    folder: Path
    groups: tuple[Group, ...]
    unassigned: tuple[bytes, ...]
    method: str
    criterion: str
    works: int
    model_id: str


def cluster(
    folder: str | Path,
    k: int | Literal["auto"] = "auto",
    *,
    method: Method = "kmeans",
    store: str | Path | None = None,
    seed: int = 0,
    listener: Listener = ignore,
) -> Groups:
    """Group the works of a collection by style. The same vectors give the same groups, every time.

    Args:
        folder: the collection, or any folder inside it.
        k: how many groups, or "auto" (see `artbyol.clustering.cluster` for the criterion).
        method: k-means, HDBSCAN (finds the number itself, leaves some works out) or Ward's hierarchical clustering.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        seed: of k-means.
        listener: told what happens.

    Raises:
        FolderError: no such folder. StoreMissingError: nothing was embedded yet. ModelMismatchError: trained since.
        UsageError: k is not possible for so many works.
    """
    from artbyol import clustering

    elsewhere = Path(store) if store else None
    place = existing(Path(folder), elsewhere)
    if not os.path.samefile(folder, place.folder):
        listener(Notice(f"{folder} is a part of the collection {place.folder}; all of that is grouped."))
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        model_id = model_in_use(place, catalogue)
        ids, vectors = catalogue.vectors(model_id)
        if not len(ids):
            raise nothing_embedded(place)
        listener(Notice(f"Grouping {len(ids):,} works."))
        found = clustering.cluster(vectors, k=k, method=method, seed=seed)
        paths = catalogue.paths_of(ids.tolist())

    def files(rows: Sequence[int]) -> tuple[bytes, ...]:
        return tuple(paths[int(ids[row])][0] for row in rows)

    groups = []
    for number, one in enumerate(found.clusters, start=1):
        members = tuple(
            Member(path, float(value))
            for row, value in zip(one.members, one.likeness, strict=True)
            for path in paths[int(ids[row])]
        )
        groups.append(Group(number, members, one.cohesion, files(one.typical), files(one.outliers)))
    loose = files([row for row, label in enumerate(found.labels) if label < 0])
    return Groups(place.folder, tuple(groups), loose, found.method, found.criterion, len(ids), model_id)
