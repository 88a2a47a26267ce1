"""`cluster`: groups of works alike in style, or on another axis, and what sets each apart."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import StoreMissingError, UsageError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.encoder.current import all_measured, axis_in_use, nothing_embedded
from artbyol.grouping import clustering, regrouping
from artbyol.grouping.algorithms import Labels, Vectors
from artbyol.grouping.kept_file import save
from artbyol.grouping.matching import Matched, match, refreshed
from artbyol.grouping.regrouping import Regrouping, inherit, join, kept_by
from artbyol.metadata.metadata import Metadata, metadata_of
from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.axes import ATTRIBUTES_ID, STANDARDISED_IDS, Axis
from artbyol.pictures.measures.dominant import DominantColour, together
from artbyol.pictures.measures.words import group_words
from artbyol.search.standardise import Space
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store, existing, writing

Method = Literal["kmeans", "hdbscan", "ward"]


@dataclass(frozen=True)
class Member:
    """One work of a group: its path relative to the collection, and its cosine to the group's centre.

    `pinned`: the curator holds it here. `new`: it was assigned to a frozen group just now, and is not kept there yet.
    """

    path: bytes
    likeness: float
    pinned: bool = False
    new: bool = False


@dataclass(frozen=True)
class NewWork:
    """A work that frozen groups did not have yet, and where it belongs.

    Attributes:
        group: id of the group it joins; None: it lies outside all of them.
        nearest, second: ids of the nearest and the second nearest group, whether it joins or not; None: there is none.
        likeness: cosine to the nearest group's centre.
        sure: 0 to 1: of the kept works that lay between two groups as it does, how many were in the nearer one.
        percentile: how many percent of the nearest group's works lie farther from its centre.
    """

    path: bytes
    group: int | None
    nearest: int | None
    second: int | None
    likeness: float
    sure: float
    percentile: float


@dataclass(frozen=True)
class Group:
    """Works alike.

    Attributes:
        number: from 1, the largest group first; kept groups in the curator's order.
        id, name: for good, of a group that is kept; otherwise its number, and "group" with its number.
        members: most typical first; copies of one picture follow each other.
        cohesion: mean cosine of the group's works to its centre, -1..1; 1: all the same.
        typical: the most typical works; outliers: works that stand apart from their group.
        words: what sets the group apart from the other works, strongest first, at most 4; often nothing does.
        colours: the dominant colours of its works together, the largest first, at most five.
    """

    number: int
    id: int
    name: str
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
        groups: largest first; kept ones in the curator's order.
        unassigned: works that belong to no group: hdbscan's, and those too far from every frozen one; copies of one
            picture follow each other.
        method, criterion: how the groups, and their number, were found, in words.
        works: different pictures; model_id: of the model that made their vectors, or of the axis measured.
        by: the axis they were grouped on.
        frozen: these are the groups the curator keeps, and new works were assigned to them.
        new: these works, surest first; with `keep`, those that are in no group still.
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
    frozen: bool = False
    new: tuple[NewWork, ...] = ()
    metadata: Mapping[bytes, Metadata] = field(default_factory=dict)


def cluster(
    folder: str | Path,
    k: int | Literal["auto"] = "auto",
    *,
    method: Method = "kmeans",
    by: Axis = "style",
    keep: bool = False,
    metadata: str | Path | None = None,
    store: str | Path | None = None,
    seed: int = 0,
    listener: Listener = ignore,
) -> Groups:
    """Group the works of a collection by style, or on another axis. The same vectors give the same groups, every time.

    Where groups are kept and frozen, nothing is grouped anew: works they do not have yet are assigned to them
    (`artbyol.grouping.assignment`).

    Args:
        folder: the collection, or any folder inside it.
        k: how many groups, or "auto" (see `artbyol.grouping.clustering.cluster` for the criterion).
        method: k-means, HDBSCAN (finds the number itself, leaves some works out) or Ward's hierarchical clustering.
        by: the axis to compare on: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        keep: keep what is found: freeze these groups, or let new works into the frozen ones for good.
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata.metadata`.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        seed: of k-means.
        listener: told what happens.

    Raises:
        FolderError: no such folder. StoreMissingError: nothing was embedded yet. ModelMismatchError: trained since.
        UsageError: k is not possible for so many works; k or method for groups that are frozen.
    """
    elsewhere = Path(store) if store else None
    place = existing(Path(folder), elsewhere)
    if not os.path.samefile(folder, place.folder):
        listener(Notice(f"{folder} is a part of the collection {place.folder}; all of that is grouped."))
    with (
        writing(place, "artbyol cluster --keep", listener) if keep else nullcontext(),
        Catalogue.open(place.catalogue, read_only=True) as catalogue,
    ):
        model_id = axis_in_use(place, catalogue, by)
        ids, vectors = catalogue.vectors(model_id)
        if not len(ids):
            raise nothing_embedded(place)
        kept = kept_by(place, by, keep, listener)
        if kept.groups and kept.frozen and (k != "auto" or method != "kmeans"):
            raise UsageError(
                "the groups of this collection are frozen: no others are made",
                f"leave -k and --method out, or first: artbyol groups {shlex.quote(str(place.folder))} --unfreeze",
            )
        directions = Space.of(vectors, standardise=model_id in STANDARDISED_IDS).place(vectors)
        works = catalogue.works() if keep or kept.groups else []
        matched = match(kept, works)
        if kept.groups and kept.frozen:
            found = join(kept, matched, ids, directions, model_id, listener)
            how = ("frozen", found.told())
        else:
            listener(Notice(f"Grouping {len(ids):,} works."))
            made = clustering.cluster(directions, k=k, method=method, seed=seed)
            found, how = inherit(kept, matched, ids, made.labels), (made.method, made.criterion)
        if keep:
            save(place, refreshed(regrouping.keep(found, matched, ids, works, model_id), works))
            listener(Notice(found.told_as_kept()))
            found = replace(found, held=found.labels >= 0)  # what has joined is new no longer
        paths = catalogue.paths_of(ids.tolist())
        groups = _groups(found, matched, ids, directions, paths, catalogue, place, listener)
        loose = tuple(path for row in np.flatnonzero(found.labels < 0) for path in paths[int(ids[row])])
        known = metadata_of(place, catalogue, [path for files in paths.values() for path in files], metadata, listener)
    new = _new(found, ids, paths)
    frozen = found.newcomers is not None
    return Groups(place.folder, groups, loose, *how, len(ids), model_id, by, frozen, new, known)


def _groups(
    found: Regrouping,
    matched: Matched,
    ids: NDArray[np.int64],
    directions: Vectors,
    paths: Mapping[int, list[bytes]],
    catalogue: Catalogue,
    place: Store,
    listener: Listener,
) -> tuple[Group, ...]:
    """The groups in full."""
    words, colours = _described(place, catalogue, ids, found.labels, len(found.kept.groups), listener)

    def files(rows: Iterable[int]) -> tuple[bytes, ...]:
        return tuple(paths[int(ids[row])][0] for row in rows)

    groups = []
    for at, group in enumerate(found.kept.groups):
        if not (found.labels == at).any():  # all of its works are gone, or it never had any
            groups.append(Group(at + 1, group.id, group.name, (), math.nan, (), (), (), ()))
            continue
        one = clustering.describe(directions, found.labels, at, found.held)
        members = tuple(
            Member(path, float(value), _is_pinned(matched, int(ids[row])), not found.held[row])
            for row, value in zip(one.members.tolist(), one.likeness, strict=True)
            for path in paths[int(ids[row])]
        )
        typical, outliers = files(one.typical), files(one.outliers)
        said = words[at], colours[at]
        groups.append(Group(at + 1, group.id, group.name, members, one.cohesion, typical, outliers, *said))
    return tuple(groups)


def _is_pinned(matched: Matched, content: int) -> bool:
    return content in matched.entries and matched.entries[content].pinned


def _new(found: Regrouping, ids: NDArray[np.int64], paths: Mapping[int, list[bytes]]) -> tuple[NewWork, ...]:
    new = found.newcomers
    if new is None:
        return ()
    groups = [*(group.id for group in found.kept.groups), None]  # the last: none, as -1 finds it
    works = [
        NewWork(path, groups[label], groups[nearest], groups[second], float(likeness), float(sure), float(percentile))
        for row, path, label, nearest, second, likeness, sure, percentile in zip(
            new.rows.tolist(),
            [paths[int(ids[row])][0] for row in new.rows],
            *(new.labels, new.nearest, new.second, new.likeness, new.sure, new.percentile),
            strict=True,
        )
        if not found.held[row]
    ]
    return tuple(sorted(works, key=lambda work: (work.group is None, -np.nan_to_num(work.sure, nan=1.0), work.path)))


def _described(
    place: Store, catalogue: Catalogue, ids: NDArray[np.int64], labels: Labels, count: int, listener: Listener
) -> tuple[list[tuple[str, ...]], list[tuple[DominantColour, ...]]]:
    """Words and dominant colours of each group; none of either where the pictures were not measured yet."""
    groups = range(count)
    try:
        measured, every = catalogue.vectors(all_measured(place, catalogue, ATTRIBUTES_ID))
    except StoreMissingError as error:
        listener(Notice(f"The groups are not described: {error.message} {error.hint} does it."))
        return [() for _ in groups], [() for _ in groups]
    numbers = every[np.searchsorted(measured, ids)]  # more may be measured than have a vector of the model
    values, colours = numbers[:, : len(ATTRIBUTES)], numbers[:, len(ATTRIBUTES) :]
    # Numbered without gaps: a group may have no works.
    filled, without_gaps = np.unique(labels[labels >= 0], return_inverse=True)
    numbered = np.full(len(labels), -1, np.int64)
    numbered[labels >= 0] = without_gaps
    said = dict(zip(filled.tolist(), group_words(values, numbered), strict=True))
    shown = [together(colours[labels == group]) if group in said else () for group in groups]
    return [said.get(group, ()) for group in groups], shown
