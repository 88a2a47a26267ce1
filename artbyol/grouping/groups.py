"""Groups of works as they are shown: clusters, kept groups, and works that join them."""

import math
import shlex
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from artbyol.base.errors import UsageError
from artbyol.base.vectors import Ints
from artbyol.grouping import clustering, regrouping
from artbyol.grouping.algorithms import Labels
from artbyol.grouping.kept_file import save
from artbyol.grouping.matching import Matched, match, refreshed
from artbyol.grouping.regrouping import Regrouping, inherit, join, kept_by
from artbyol.metadata.metadata import Metadata, written
from artbyol.pictures.listing import Listed, WithFile
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.measures.dominant import DominantColour, together
from artbyol.pictures.measures.words import group_words
from artbyol.search.collection import Embedded, OpenCollection

Method = Literal["kmeans", "hdbscan", "ward"]


@dataclass(frozen=True)
class Member(WithFile):
    """One work of a group: its path relative to the collection, and its cosine to the group's centre.

    `pinned`: the curator holds it here. `new`: it was assigned to a frozen group just now, and is not kept there yet.
    """

    path: bytes
    likeness: float
    pinned: bool = False
    new: bool = False


@dataclass(frozen=True)
class NewWork(WithFile):
    """A work that frozen groups did not have yet, and where it belongs.

    Attributes:
        path: relative to the collection's folder.
        group: id of the group it joins; None: it lies outside all of them.
        nearest, second: ids of the nearest and the second nearest group, whether it joins or not; None: there is none.
        likeness: mean cosine to the five works of the nearest group that are most like it.
        sure: 0 to 1: of the kept works that lay between two groups as it does, how many were in the nearer one.
        percentile: percentage of the nearest group's works that are less like its other works; below 5 it does not
            join.
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


@dataclass(frozen=True, repr=False)
class Groups(Listed):
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

    def __repr__(self) -> str:
        return f"<Groups of {self.works:,} works: {', '.join(f'{one.name} ({one.size})' for one in self.groups)}>"

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        for group in self.groups:
            for member in group.members:
                yield member, {"group": group.id, "group_name": group.name, **written(self.metadata.get(member.path))}


def group_works(
    collection: OpenCollection,
    k: int | Literal["auto"] = "auto",
    *,
    method: Method = "kmeans",
    by: Axis = "style",
    keep: bool = False,
    seed: int = 0,
) -> Groups:
    """Group a collection's works, or assign new ones to the groups that are kept; `artbyol.cluster` explains the
    arguments, and the errors."""
    with collection.writing("artbyol cluster --keep") if keep else nullcontext():
        embedded = collection.embedded(by)
        ids, directions = embedded.ids, embedded.directions
        kept = kept_by(collection.store, by, keep, collection.run)
        frozen = bool(kept.groups) and kept.frozen
        if frozen and (k != "auto" or method != "kmeans"):
            raise UsageError(
                "The groups of this collection are frozen: no others are made.",
                f"leave -k and --method out, or first: artbyol groups {shlex.quote(str(collection.folder))} --unfreeze",
            )
        works = collection.files() if keep or kept.groups else []
        matched = match(kept, works)
        if frozen:
            found = join(kept, matched, embedded, collection.run)
            how = ("frozen", found.told())
        else:
            collection.run.notice(f"Grouping {len(ids):,} works.")
            made = clustering.cluster(directions, k=k, method=method, seed=seed)
            found, how = inherit(kept, matched, ids, made.labels), (method, made.criterion)
        if keep:
            save(collection.store, refreshed(regrouping.keep(found, matched, embedded), works))
            collection.run.notice(found.told_as_kept())
            found = replace(found, held=found.labels >= 0)  # what has joined is new no longer
    shown = collection.paths_of(ids.tolist())
    paths = [shown[content] for content in ids.tolist()]  # of each row the files
    known = collection.metadata([path for files in paths for path in files])
    groups = _groups(found, matched, embedded, paths, collection)
    loose = tuple(path for row in np.flatnonzero(found.labels < 0) for path in paths[row])
    new = _new(found, paths)
    return Groups(collection.folder, groups, loose, *how, len(ids), embedded.model_id, by, frozen, new, known)


def _groups(
    found: Regrouping, matched: Matched, embedded: Embedded, paths: list[list[bytes]], collection: OpenCollection
) -> tuple[Group, ...]:
    """The groups in full."""
    described = _described(collection, embedded.ids, found.labels)
    groups = []
    for at, group in enumerate(found.kept.groups):
        if at not in described:  # all of its works are gone, or it never had any
            groups.append(Group(at + 1, group.id, group.name, (), math.nan, (), (), (), ()))
            continue
        one = clustering.describe(embedded.directions, found.labels, at, found.held)
        members = tuple(
            Member(path, float(value), matched.pinned(int(embedded.ids[row])), not found.held[row])
            for row, value in zip(one.members.tolist(), one.likeness, strict=True)
            for path in paths[row]
        )
        typical, outliers = (tuple(paths[row][0] for row in rows) for rows in (one.typical, one.outliers))
        groups.append(Group(at + 1, group.id, group.name, members, one.cohesion, typical, outliers, *described[at]))
    return tuple(groups)


def _new(found: Regrouping, paths: list[list[bytes]]) -> tuple[NewWork, ...]:
    new = found.newcomers
    if new is None:
        return ()
    groups = [*(group.id for group in found.kept.groups), None]  # the last: none, as -1 finds it
    works = [
        NewWork(paths[row][0], groups[label], groups[nearest], groups[second], *shares)
        for row, label, nearest, second, *shares in zip(*(one.tolist() for one in vars(new).values()), strict=True)
        if not found.held[row]
    ]
    return tuple(sorted(works, key=lambda work: (work.group is None, -np.nan_to_num(work.sure, nan=1.0), work.path)))


def _described(
    collection: OpenCollection, ids: Ints, labels: Labels
) -> dict[int, tuple[tuple[str, ...], tuple[DominantColour, ...]]]:
    """Words and dominant colours of each group that has works; none of either where nothing was measured yet."""
    filled, numbered = np.unique(labels[labels >= 0], return_inverse=True)
    measured = collection.measured(ids, "The groups are not described")
    if measured is None:
        return dict.fromkeys(filled.tolist(), ((), ()))
    without_gaps = np.full(len(labels), -1, np.int64)  # a group may have no works
    without_gaps[labels >= 0] = numbered
    words = group_words(measured.attributes, without_gaps)
    return {
        group: (said, together(measured.colours[labels == group]))
        for group, said in zip(filled.tolist(), words, strict=True)
    }
