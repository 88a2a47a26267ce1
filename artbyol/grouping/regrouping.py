"""Clusters and kept groups brought together: new works join frozen groups; clusters made anew inherit ids and names."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener, Notice
from artbyol.grouping import clustering
from artbyol.grouping.algorithms import Labels, Vectors
from artbyol.grouping.assignment import Newcomers, assign, ground
from artbyol.grouping.kept import (
    GoneGroup,
    Kept,
    KeptGroup,
    KeptWork,
    add_group,
    default_name,
    find_group,
    find_id,
    folded,
    move,
    pinned_first,
)
from artbyol.grouping.kept_file import load
from artbyol.grouping.matching import Matched
from artbyol.pictures.measures.axes import Axis
from artbyol.storage.rows import Work
from artbyol.storage.store import Store


@dataclass(frozen=True, eq=False)
class Regrouping:
    """n works in groups that have ids.

    Attributes:
        kept: the groups, as they would be kept: with the ids and names that clusters get or inherit. Their works are as
            before; see `held`.
        labels: int64 (n,), the position of each work's group in `kept.groups`; -1: none.
        held: bool (n,), works that make the centres: of frozen groups the kept ones, else all.
        newcomers: works that were assigned to frozen groups; None where works were grouped anew.
    """

    kept: Kept
    labels: Labels
    held: NDArray[np.bool_]
    newcomers: Newcomers | None

    def told(self) -> str:
        """What frozen groups met, in words."""
        new = len(self.newcomers.rows) if self.newcomers else 0
        return f"frozen; {new:,} new" if new else "frozen; nothing new"

    def told_as_kept(self) -> str:
        """What is kept now, in words."""
        said = f"{len(self.kept.groups)} groups are kept from now on; new works will be assigned to them."
        if self.newcomers:
            said = f"{int((self.newcomers.labels >= 0).sum()):,} new works are kept in their groups."
        loose = int((self.labels < 0).sum())
        return said + (f" {loose:,} belong to none and wait." if loose else "")


def labels_of(matched: Matched, ids: NDArray[np.int64]) -> Labels:
    """The position of the kept group of each content (n,); -1: it has none."""
    return np.array([matched.groups.get(int(id), -1) for id in ids], np.int64)


def kept_by(place: Store, by: Axis, keep: bool, listener: Listener) -> Kept:
    """The groups kept on this axis; none, where they are kept on another.

    Raises:
        UsageError: they are frozen on another, and new ones shall be kept (`keep`). StoreError: as `keeping.load`.
    """
    kept = load(place) or Kept()
    if kept.by == by or not kept.groups:
        return replace(kept, by=by)
    if keep and not kept.frozen:
        return replace(kept, by=by)  # what follows takes their place, and inherits from them
    if keep:
        raise UsageError(
            f"the groups of this collection are kept by {kept.by}, and there is one set of them",
            f"--by {kept.by}, or first: artbyol groups {shlex.quote(str(place.folder))} --unfreeze",
        )
    listener(Notice(f"The groups that are kept go by {kept.by}; these, by {by}, are others."))
    return Kept(by=by)


def join(
    kept: Kept, matched: Matched, ids: NDArray[np.int64], vectors: Vectors, model_id: str, listener: Listener
) -> Regrouping:
    """Kept works stay where they are, the others join the nearest group, or none. Says so where the ground has moved.

    Args:
        ids: (n,) of contents; vectors: (n, d), rows of length 1, by this model.
    """
    before = labels_of(matched, ids)
    if kept.model_id not in (None, model_id):
        base = ground(vectors, before)
        listener(
            Notice(
                f"The groups were kept with model {kept.model_id}, the vectors are {model_id}'s now: "
                f"{int((base.margin < 0).sum()):,} of {len(base.rows):,} kept works are more like another group than "
                "like their own. They stay; new works are compared by the new vectors."
            )
        )
    if matched.gone:
        listener(Notice(f"{len(matched.gone):,} kept works are not in the collection now; their places stay theirs."))
    found = assign(vectors, before, len(kept.groups))
    labels = before.copy()
    labels[found.rows] = found.labels
    return Regrouping(kept, labels, before >= 0, found)


def inherit(kept: Kept, matched: Matched, ids: NDArray[np.int64], clusters: Labels) -> Regrouping:
    """Clusters made anew, as groups: one that shares more than half of its works with a kept group, which shares more
    than half of its own with it, is that group still. All others are new, with new ids. Pinned works stay in their
    groups, which go on for their sake alone if need be."""
    before, count = labels_of(matched, ids), int(clusters.max(initial=-1)) + 1
    pinned = np.array([int(id) in matched.entries and matched.entries[int(id)].pinned for id in ids], bool)
    heirs = _heirs(clusters, before, count, len(kept.groups))
    groups: list[KeptGroup] = []
    next_id = kept.next_id
    for cluster in range(count):
        if cluster in heirs:
            groups.append(kept.groups[heirs[cluster]])
        else:
            groups.append(KeptGroup(next_id, _free_name(next_id, kept)))
            next_id += 1
    place = {old: cluster for cluster, old in heirs.items()}
    for old, group in enumerate(kept.groups):
        if old not in place and any(work.pinned for work in group.works):
            place[old] = len(groups)
            groups.append(group)
    labels = clusters.copy()
    for row in np.flatnonzero(pinned):
        labels[row] = place[int(before[row])]
    lost = [old for at, old in enumerate(kept.groups) if at not in place]
    gone = (*kept.gone, *(GoneGroup(old.id, old.name, None) for old in lost))
    # A cluster of works that are all pinned elsewhere is none.
    full = [at for at in range(len(groups)) if at in place.values() or (labels == at).any()]
    renumbered = np.full(len(groups) + 1, -1)  # the last for -1
    renumbered[full] = np.arange(len(full))
    made = replace(kept, groups=tuple(groups[at] for at in full), next_id=next_id, gone=gone)
    return Regrouping(made, renumbered[labels], np.ones(len(labels), bool), None)


def keep(found: Regrouping, matched: Matched, ids: NDArray[np.int64], works: Sequence[Work], model_id: str) -> Kept:
    """The groups with the works that are in them now; frozen. Works that are gone for now keep their places."""
    first: dict[int, Work] = {}
    for work in works:
        first.setdefault(work.id, work)
    missing = {id(work) for work in matched.gone}
    content = {id(work): number for number, work in matched.entries.items()}
    label = dict(zip(ids.tolist(), found.labels.tolist(), strict=True))
    members: list[list[KeptWork]] = [[] for _ in found.kept.groups]
    for number, at in sorted(label.items(), key=lambda one: first[one[0]].path):
        if at >= 0:
            entry = matched.entries.get(number)
            members[at].append(entry or KeptWork(first[number].path, first[number].hash))
    groups = []
    for at, group in enumerate(found.kept.groups):
        inside = missing | {id(work) for work in members[at]}
        # In the curator's order, as far as there is one. A work without a vector for now stays, too.
        stay = [
            work
            for work in group.works
            if id(work) in inside or (id(work) in content and content[id(work)] not in label)
        ]
        known = {id(work) for work in stay}
        groups.append(
            replace(group, works=pinned_first([*stay, *(work for work in members[at] if id(work) not in known)]))
        )
    return replace(found.kept, groups=tuple(groups), frozen=True, model_id=model_id)


def split(
    kept: Kept, wanted: str, matched: Matched, ids: NDArray[np.int64], vectors: Vectors
) -> tuple[Kept, KeptGroup, KeptGroup]:
    """One group in two: what k-means finds. The part with more pinned works, else the larger, stays the group it was;
    the other is a new group, with a new id. Pinned works stay where they are.

    Returns:
        All groups; of them the old one and the new one.

    Raises:
        UsageError: it has fewer than two different works.
    """
    group = find_group(kept, wanted)
    rows = np.flatnonzero(labels_of(matched, ids) == [one.id for one in kept.groups].index(group.id))
    entries = [matched.entries[int(ids[row])] for row in rows]
    if len(np.unique(vectors[rows], axis=0)) < 2:
        raise UsageError(f"group {group.id}, {group.name!r}, has too few works to be split", "name a larger group")
    part = clustering.cluster(vectors[rows], k=2).labels
    pinned = np.bincount(part, weights=[entry.pinned for entry in entries], minlength=2)
    stays = 1 if pinned[1] > pinned[0] else 0  # part 0 is the larger one
    leaving = [entry for entry, at in zip(entries, part.tolist(), strict=True) if at != stays and not entry.pinned]
    made, other = add_group(kept, _free_name(kept.next_id, kept))
    after = move(made, leaving, other.id, pinned=False)
    old, new = (find_id(after, id) for id in (group.id, other.id))
    return after, old, new


def _heirs(clusters: Labels, before: Labels, count: int, groups: int) -> dict[int, int]:
    """Cluster -> the kept group that it still is."""
    shared = np.zeros((count, groups), np.int64)
    both = (clusters >= 0) & (before >= 0)
    np.add.at(shared, (clusters[both], before[both]), 1)
    sizes = np.bincount(clusters[clusters >= 0], minlength=count)
    old = np.bincount(before[before >= 0], minlength=groups)
    same = (2 * shared > sizes[:, None]) & (2 * shared > old[None, :])
    return {int(cluster): int(group) for cluster, group in np.argwhere(same)}


def _free_name(id: int, kept: Kept) -> str:
    """The default name, unless the curator gave it to another group."""
    taken = {folded(group.name) for group in kept.groups}
    name, number = default_name(id), 1
    while name in taken:
        number += 1
        name = f"{default_name(id)} ({number})"
    return name
