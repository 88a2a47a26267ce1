"""Clusters and kept groups brought together: new works join frozen groups; clusters made anew inherit ids and names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, count

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.run import Run
from artbyol.base.vectors import Ints
from artbyol.grouping import clustering
from artbyol.grouping import kept as kept_groups
from artbyol.grouping.algorithms import Labels
from artbyol.grouping.assignment import Newcomers, assign, ground
from artbyol.grouping.kept import Changed, GoneGroup, Kept, KeptGroup, KeptWork
from artbyol.grouping.kept_file import load
from artbyol.grouping.matching import Matched
from artbyol.pictures.measures.axes import Axis
from artbyol.search.collection import Embedded
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


def labels_of(matched: Matched, ids: Ints) -> Labels:
    """The position of the kept group of each content (n,); -1: it has none."""
    return np.array([matched.groups.get(id, -1) for id in ids.tolist()], np.int64)


def kept_by(place: Store, by: Axis, keep: bool, run: Run) -> Kept:
    """The groups kept on this axis; none, where they are kept on another.

    Raises:
        UsageError: they are frozen on another, and new ones shall be kept (`keep`). StoreError: as
        `artbyol.grouping.kept_file.load`.
    """
    kept = load(place) or Kept()
    if kept.by == by or not kept.groups or (keep and not kept.frozen):
        return replace(kept, by=by)  # where others are let go, what follows takes their place, and inherits from them
    if keep:
        raise UsageError(
            f"The groups of this collection are kept by {kept.by}, and there is one set of them.",
            f"--by {kept.by}, or first: {place.command('groups', '--unfreeze')}",
        )
    run.notice(f"The groups that are kept go by {kept.by}; these, by {by}, are others.")
    return Kept(by=by)


def join(kept: Kept, matched: Matched, embedded: Embedded, run: Run) -> Regrouping:
    """Kept works stay where they are, the others join the nearest group, or none. Says where the ground has moved."""
    before = labels_of(matched, embedded.ids)
    if kept.model_id not in (None, embedded.model_id):
        base = ground(embedded.directions, before)
        run.notice(
            f"The groups were kept with model {kept.model_id}, the vectors are {embedded.model_id}'s now: "
            f"{int((base.margin < 0).sum()):,} of {len(base.rows):,} kept works are more like another group than "
            "like their own. They stay; new works are compared by the new vectors."
        )
    if matched.gone:
        run.notice(f"{len(matched.gone):,} kept works are not in the collection now; their places stay theirs.")
    found = assign(embedded.directions, before, len(kept.groups))
    labels = before.copy()
    labels[found.rows] = found.labels
    return Regrouping(kept, labels, before >= 0, found)


def inherit(kept: Kept, matched: Matched, ids: Ints, clusters: Labels) -> Regrouping:
    """Clusters made anew, as groups: one that shares more than half of its works with a kept group, which shares more
    than half of its own with it, is that group still. All others are new, with new ids. Pinned works stay in their
    groups, which go on for their sake alone if need be."""
    before, count = labels_of(matched, ids), int(clusters.max(initial=-1)) + 1
    pinned = [row for row, id in enumerate(ids.tolist()) if matched.pinned(id)]
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
    for row in pinned:
        labels[row] = place[int(before[row])]
    lost = [old for at, old in enumerate(kept.groups) if at not in place]
    gone = (*kept.gone, *(GoneGroup(old.id, old.name, None) for old in lost))
    # A cluster of works that are all pinned elsewhere is none.
    full = [at for at in range(len(groups)) if at in place.values() or (labels == at).any()]
    renumbered = np.full(len(groups) + 1, -1)  # the last for -1
    renumbered[full] = np.arange(len(full))
    made = replace(kept, groups=tuple(groups[at] for at in full), next_id=next_id, gone=gone)
    return Regrouping(made, renumbered[labels], np.ones(len(labels), bool), None)


def kept_parts(labels: Labels, matched: Matched, embedded: Embedded) -> Ints:
    """The parts of their groups that works (n,) are kept in, int64 (n, 2), numbers from 1 and of parts of these, 0 for
    none. A new work of a group is in the part that it is most like."""
    found = np.zeros((len(labels), kept_groups.DEEPEST - 1), np.int64)
    for row, content in enumerate(embedded.ids.tolist()):
        if labels[row] >= 0 and content in matched.entries and (part := matched.entries[content].part):
            numbers = [int(number) for number in part.split(".")]
            found[row, : len(numbers)] = numbers
    new = np.array([content not in matched.entries for content in embedded.ids.tolist()]) & (labels >= 0)
    for group in np.unique(labels[found.any(axis=1)]):
        rows = np.flatnonzero(labels == group)
        different, which = np.unique(found[rows], axis=0, return_inverse=True)
        nearest = assign(embedded.directions[rows], np.where(new[rows], -1, which.ravel()), len(different))
        found[rows[nearest.rows]] = different[nearest.nearest]
    return found


def keep(found: Regrouping, matched: Matched, embedded: Embedded, parts: Ints) -> Kept:
    """The groups with the works that are in them now, and the parts of these (n, 2); frozen. Works that are gone for
    now keep their places."""
    part = {
        matched.kept(number): kept_groups.part_text(numbers)
        for number, numbers in zip(embedded.ids.tolist(), parts.tolist(), strict=True)
    }
    label = dict(zip(embedded.ids.tolist(), found.labels.tolist(), strict=True))
    members: list[list[KeptWork]] = [[] for _ in found.kept.groups]
    for number in sorted(label, key=lambda number: matched.first[number].path):
        if label[number] >= 0:
            members[label[number]].append(matched.kept(number))
    gone = set(matched.gone)

    def stays(work: KeptWork, at: int) -> bool:
        """Also without a vector for now."""
        return work in gone or (work in matched.content and label.get(matched.content[work], at) == at)

    groups = []
    for at, group in enumerate(found.kept.groups):
        works = [*(work for work in group.works if stays(work, at)), *members[at]]  # in the curator's order, if any
        now = [replace(work, part=part.get(work, work.part)) for work in dict.fromkeys(works)]
        groups.append(replace(group, works=kept_groups.pinned_first(now)))
    return replace(found.kept, groups=tuple(groups), frozen=True, model_id=embedded.model_id)


def split(kept: Kept, wanted: str, matched: Matched, embedded: Embedded) -> Changed:
    """One group in two: the two that are found in it, or one of its parts and the rest. Of two found, the one with more
    pinned works, else the larger, stays the group it was; the other is a new group, with a new id, as a part becomes
    one. Pinned works stay where they are.

    Raises:
        UsageError: there is no such group, or it has fewer than two different works.
    """
    group, part_wanted = kept_groups.find_part(kept, wanted)
    if part_wanted:
        leaving = [work for work in group.works if work.is_in(part_wanted) and not work.pinned]
        return _split_off(kept, group, leaving)
    rows = np.flatnonzero(labels_of(matched, embedded.ids) == kept.groups.index(group))
    entries = [matched.entries[id] for id in embedded.ids[rows].tolist()]
    vectors = embedded.directions[rows]
    if len(np.unique(vectors, axis=0)) < 2:
        raise UsageError(f"Group {group.id}, {group.name!r}, has too few works to be split.", "name a larger group")
    part = clustering.cluster(vectors, k=2).labels
    pinned = np.bincount(part, weights=[entry.pinned for entry in entries], minlength=2)
    stays = 1 if pinned[1] > pinned[0] else 0  # part 0 is the larger one
    leaving = [entry for entry, at in zip(entries, part.tolist(), strict=True) if at != stays and not entry.pinned]
    return _split_off(kept, group, leaving)


def _split_off(kept: Kept, group: KeptGroup, leaving: Sequence[KeptWork]) -> Changed:
    made, other = kept_groups.add_group(kept, _free_name(kept.next_id, kept))
    after = kept_groups.move(made, leaving, other.id, pinned=False)
    left = len(group.works) - len(leaving)
    stay = f"{kept_groups.called(group)} keeps {kept_groups.counted(left)}"
    return after, f"{stay}; {kept_groups.counted(len(leaving))} are {kept_groups.called(other)}."


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
    taken = {kept_groups.folded(group.name) for group in kept.groups}
    name = kept_groups.default_name(id)
    return next(one for one in chain([name], (f"{name} ({number})" for number in count(2))) if one not in taken)
