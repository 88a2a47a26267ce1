"""`cluster`: groups of works alike in style, or on another axis, and what sets each apart."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from artbyol.axes import ATTRIBUTES_ID, STANDARDISED_IDS, Axis
from artbyol.axes.attributes import ATTRIBUTES
from artbyol.axes.dominant import DominantColour, together
from artbyol.catalogue import Catalogue
from artbyol.descriptors import group_words
from artbyol.errors import StoreMissingError
from artbyol.events import Listener, Notice, ignore
from artbyol.identity import all_measured, axis_in_use, nothing_embedded
from artbyol.metadata import Metadata, metadata_of
from artbyol.space import Space
from artbyol.store import Store, existing

Method = Literal["kmeans", "hdbscan", "ward"]


@dataclass(frozen=True)
class Member:
    """One work of a group: its path relative to the collection, and its cosine to the group's centre."""

    path: bytes
    likeness: float


@dataclass(frozen=True)
class Group:
    """Works alike.

    Attributes:
        number: from 1, the largest group first.
        members: most typical first; copies of one picture follow each other.
        cohesion: mean cosine of the group's works to its centre, -1..1; 1: all the same.
        typical: the most typical works; outliers: works that stand apart from their group.
        words: what sets the group apart from the other works, strongest first, at most 4; often nothing does.
        colours: the dominant colours of its works together, the largest first, at most five.
    """

    number: int
    members: tuple[Member, ...]
    cohesion: float
    typical: tuple[bytes, ...]
    outliers: tuple[bytes, ...]
    words: tuple[str, ...]
    colours: tuple[DominantColour, ...]

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
        works: different pictures; model_id: of the model that made their vectors, or of the axis measured.
        by: the axis they were grouped on.
        metadata: what is known of works besides, by path.
    """

    folder: Path
    groups: tuple[Group, ...]
    unassigned: tuple[bytes, ...]
    method: str
    criterion: str
    works: int
    model_id: str
    by: Axis
    metadata: Mapping[bytes, Metadata] = field(default_factory=dict)


def cluster(
    folder: str | Path,
    k: int | Literal["auto"] = "auto",
    *,
    method: Method = "kmeans",
    by: Axis = "style",
    metadata: str | Path | None = None,
    store: str | Path | None = None,
    seed: int = 0,
    listener: Listener = ignore,
) -> Groups:
    """Group the works of a collection by style, or on another axis. The same vectors give the same groups, every time.

    Args:
        folder: the collection, or any folder inside it.
        k: how many groups, or "auto" (see `artbyol.clustering.cluster` for the criterion).
        method: k-means, HDBSCAN (finds the number itself, leaves some works out) or Ward's hierarchical clustering.
        by: the axis to compare on: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata`.
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
        model_id = axis_in_use(place, catalogue, by)
        ids, vectors = catalogue.vectors(model_id)
        if not len(ids):
            raise nothing_embedded(place)
        listener(Notice(f"Grouping {len(ids):,} works."))
        directions = Space.of(vectors, standardise=model_id in STANDARDISED_IDS).place(vectors)
        found = clustering.cluster(directions, k=k, method=method, seed=seed)
        paths = catalogue.paths_of(ids.tolist())
        words, colours = _described(place, catalogue, ids, found.labels, listener)
        known = metadata_of(place, catalogue, [path for files in paths.values() for path in files], metadata, listener)

    def files(rows: Sequence[int]) -> tuple[bytes, ...]:
        return tuple(paths[int(ids[row])][0] for row in rows)

    groups = []
    for number, one in enumerate(found.clusters, start=1):
        members = tuple(
            Member(path, float(value))
            for row, value in zip(one.members, one.likeness, strict=True)
            for path in paths[int(ids[row])]
        )
        said = words[number - 1], colours[number - 1]
        groups.append(Group(number, members, one.cohesion, files(one.typical), files(one.outliers), *said))
    loose = files([row for row, label in enumerate(found.labels) if label < 0])
    return Groups(place.folder, tuple(groups), loose, found.method, found.criterion, len(ids), model_id, by, known)


def _described(
    place: Store, catalogue: Catalogue, ids: NDArray[np.int64], labels: NDArray[np.int64], listener: Listener
) -> tuple[list[tuple[str, ...]], list[tuple[DominantColour, ...]]]:
    """Words and dominant colours of each group; none of either where the pictures were not measured yet."""
    groups = range(int(labels.max(initial=-1)) + 1)
    try:
        measured, every = catalogue.vectors(all_measured(place, catalogue, ATTRIBUTES_ID))
    except StoreMissingError as error:
        listener(Notice(f"The groups are not described: {error.message} {error.hint} does it."))
        return [() for _ in groups], [() for _ in groups]
    numbers = every[np.searchsorted(measured, ids)]  # more may be measured than have a vector of the model
    values, colours = numbers[:, : len(ATTRIBUTES)], numbers[:, len(ATTRIBUTES) :]
    return group_words(values, labels), [together(colours[labels == group]) for group in groups]
