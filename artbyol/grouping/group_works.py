"""Group a collection's works, and put together all that is shown of the groups."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.vectors import Ints
from artbyol.grouping import clustering, regrouping
from artbyol.grouping import kept as kept_groups
from artbyol.grouping.algorithms import Labels
from artbyol.grouping.clustering import Method, as_kept
from artbyol.grouping.communities import Stability
from artbyol.grouping.description import descriptions, files_alike, known_facts, titles
from artbyol.grouping.groups import Group, Groups, Member, NewWork, Part
from artbyol.grouping.kept import DEEPEST, part_text
from artbyol.grouping.kept_file import save
from artbyol.grouping.matching import Matched, match, refreshed
from artbyol.grouping.regrouping import Regrouping, inherit, join, kept_by, kept_parts
from artbyol.metadata.metadata import Metadata
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.measures.dominant import together
from artbyol.pictures.measures.words import group_words
from artbyol.search.collection import Embedded, Measured, OpenCollection
from artbyol.search.file_kinds import file_kinds

CORE: Final = 0.9
"""Share of the resamples from which a work is of the core of its group; below, it lies between two."""


def group_works(
    collection: OpenCollection,
    k: int | Literal["auto"] = "auto",
    *,
    method: Method = "leiden",
    levels: int = 1,
    by: Axis = "style",
    keep: bool = False,
    seed: int = 0,
) -> Groups:
    """Group a collection's works, or assign new ones to the groups that are kept; `artbyol.cluster` explains the
    arguments, and the errors."""
    return next(_groupings(collection, k, method=method, levels=levels, by=by, keep=keep, seed=seed))


def coarser_and_finer(
    collection: OpenCollection,
    k: int | Literal["auto"],
    numbers: Callable[[Groups], Sequence[int]],
    *,
    method: Method = "leiden",
    seed: int = 0,
) -> list[Groups]:
    """What `group_works` finds, and after it the same works in about as many groups as each of `numbers` (of what was
    found) says; of kept groups, and of another method than leiden, nothing more."""
    return list(_groupings(collection, k, numbers, method=method, seed=seed))


def _groupings(
    collection: OpenCollection,
    k: int | Literal["auto"],
    numbers: Callable[[Groups], Sequence[int]] = lambda _: (),
    *,
    method: Method = "leiden",
    levels: int = 1,
    by: Axis = "style",
    keep: bool = False,
    seed: int = 0,
) -> Iterator[Groups]:
    if not 1 <= levels <= DEEPEST:
        raise UsageError(f"--levels must lie between 1 and {DEEPEST}, not at {levels}.")
    with collection.writing("artbyol cluster --keep") if keep else nullcontext():
        embedded = collection.embedded(by)
        ids, directions = embedded.ids, embedded.directions
        kept = kept_by(collection.store, by, keep, collection.run)
        frozen, made = bool(kept.groups) and kept.frozen, None
        if frozen and (k != "auto" or method != "leiden"):
            raise UsageError(
                "The groups of this collection are frozen: no others are made.",
                f"leave -k and --method out, or first: {collection.store.command('groups', '--unfreeze')}",
            )
        works = collection.files() if keep or kept.groups else []
        matched = match(kept, works)
        if frozen:
            found = join(kept, matched, embedded, collection.run)
            how, sure = ("frozen", found.told()), None
            finer = kept_parts(found.labels, matched, embedded)
            if levels > 1:
                whole = ~np.isin(found.labels, found.labels[finer.any(axis=1)])
                undivided = np.where(whole, found.labels, -1)
                finer[whole] = _padded(as_kept(directions, undivided).parts(undivided, levels - 1, seed))[whole]
        else:
            collection.run.notice(f"Grouping {len(ids):,} works.")
            collection.run.progress("grouping")
            made = clustering.cluster(directions, k=k, method=method, seed=seed)
            found, how = inherit(kept, matched, ids, made.labels), (method, made.criterion)
            sure = made.stability(found.labels, seed)
            finer = _padded(made.parts(found.labels, levels - 1, seed) if levels > 1 else None, len(ids))
        if keep:
            save(collection.store, refreshed(regrouping.keep(found, matched, embedded, finer), works))
            collection.run.notice(found.told_as_kept())
            found = replace(found, held=found.labels >= 0)  # what has joined is new no longer
    collection.run.progress("describing groups")
    paths = collection.files_of(ids)
    known = collection.metadata([path for files in paths for path in files])
    shown = _Shown(found, finer, sure, matched, _Works(embedded, paths, known, collection))
    yield (first := shown.all(how, by, frozen))
    if made is not None and not kept.groups:
        for other in made.coarser_and_finer(numbers(first), seed):
            found = inherit(kept, matched, ids, other.labels)
            yield replace(shown, found=found, finer=_padded(None, len(ids)), sure=None).all(
                (method, other.criterion), by
            )


def _padded(finer: Ints | None, works: int = 0) -> Ints:
    """The numbers of parts (n, 2), whatever number of levels was sought."""
    found = np.zeros((works, 0), np.int64) if finer is None else finer
    return np.pad(found, ((0, 0), (0, DEEPEST - 1 - found.shape[1])))


@dataclass(frozen=True)
class _Works:
    """What is known of the works, whatever groups they are in; lists of one entry a work (n,)."""

    embedded: Embedded
    paths: list[list[bytes]]
    known: Mapping[bytes, Metadata]
    collection: OpenCollection

    @cached_property
    def measured(self) -> Measured | None:
        """What was measured of the works."""
        return self.collection.measured(self.embedded.ids, "The groups are not measured")

    @cached_property
    def facts(self) -> list[tuple[str, ...]]:
        """What is known of the works."""
        return [known_facts(paths, self.known) for paths in self.paths]

    @cached_property
    def kinds(self) -> list[NDArray[np.str_]]:
        """What kind of file the works are in, by each thing that files say."""
        said = file_kinds(self.collection.works_of(self.embedded.ids)).said
        return [np.array(labels) for labels in said.values()]


@dataclass(frozen=True)
class _Shown:
    """What groups are shown with; arrays of one entry a work (n,)."""

    found: Regrouping
    finer: Ints
    sure: Stability | None
    matched: Matched
    works: _Works

    def all(self, how: tuple[str, str], by: Axis, frozen: bool = False) -> Groups:
        """The groups, and the works that are in none; how: method and criterion."""
        works = self.works
        loose = tuple(path for row in np.flatnonzero(self.found.labels < 0) for path in works.paths[row])
        folder, count, model = works.collection.folder, len(works.paths), works.embedded.model_id
        new = _new(self.found, works.paths)
        return Groups(folder, self.groups(), loose, *how, count, model, by, frozen, new, works.known)

    def groups(self) -> tuple[Group, ...]:
        """The groups in full."""
        labels, kept, sure = self.found.labels, self.found.kept.groups, self.sure
        filled, without_gaps = _filled(labels)
        measured, names = self.works.measured, [kept_groups.called(kept[at]) for at in filled]
        said = dict(zip(filled, self._said(np.arange(len(labels)), without_gaps, names), strict=True))
        groups = []
        for at, group in enumerate(kept):
            if at not in said:  # all of its works are gone, or it never had any
                groups.append(Group(at + 1, group.id, group.name, (), math.nan, (), (), (), ()))
                continue
            one = clustering.describe(self.works.embedded.directions, labels, at, self.found.held)
            rows = np.flatnonzero(labels == at)
            colours = together(measured.colours[rows]) if measured else ()
            typical, outliers = (
                tuple(self.works.paths[row][0] for row in some) for some in (one.typical, one.outliers)
            )
            words, alike, description, title = said[at]
            shown = at + 1, group.id, group.name, self._members(one), one.cohesion, typical, outliers, words, colours
            stability = float(sure.groups[at]) if sure else math.nan
            parts = tuple(self._parts(group.id, rows, ()))
            groups.append(Group(*shown, description, alike, stability, parts, title))
        return tuple(groups)

    def _members(self, one: clustering.Cluster) -> tuple[Member, ...]:
        kept, found, sure = self.found.kept.groups, [], self.sure
        for row, value in zip(one.members.tolist(), one.likeness.tolist(), strict=True):
            id = kept[self.found.labels[row]].id
            share = float(sure.works[row]) if sure else math.nan
            between = sure is not None and share < CORE and sure.second[row] >= 0
            second = kept[sure.second[row]].id if sure is not None and between else None
            pinned = self.matched.pinned(int(self.works.embedded.ids[row]))
            part = part_text(self.finer[row].tolist())
            for path in self.works.paths[row]:
                whole = f"{id}.{part}" if part else ""
                found.append(Member(path, value, pinned, not self.found.held[row], whole, share, second))
        return tuple(found)

    def _parts(self, id: int, rows: Ints, above: tuple[int, ...]) -> Iterator[Part]:
        """The parts of a group, or of a part of it (`above`) with these rows, each followed by its own."""
        if len(above) == self.finer.shape[1]:
            return
        labels = self.finer[rows, len(above)] - 1
        numbers, without_gaps = _filled(labels)
        named = [f"{id}.{part_text((*above, at + 1))}" for at in numbers]
        some = self._said(rows, without_gaps, named)
        for at, name, (words, _, description, _) in zip(numbers, named, some, strict=True):
            own = rows[labels == at]
            one = clustering.describe(self.works.embedded.directions[own], np.zeros(len(own), np.int64), 0)
            typical = tuple(self.works.paths[own[row]][0] for row in one.typical)
            size = sum(len(self.works.paths[row]) for row in own)
            yield Part(name, size, one.cohesion, typical, words, description)
            yield from self._parts(id, own, (*above, at + 1))

    def _said(self, rows: Ints, labels: Labels, names: Sequence[str]) -> list[tuple[tuple[str, ...], str, str, str]]:
        """Words, `files_alike`, a description and a title of each of these groups of works."""
        measured, facts = self.works.measured, [self.works.facts[row] for row in rows]
        words = group_words(measured.attributes[rows], labels) if measured else [()] * len(names)
        kinds = [some[rows] for some in self.works.kinds]
        alike = [files_alike(kinds, labels == at) for at in range(len(names))]
        told = descriptions(self.works.embedded.directions[rows], labels, names, words, facts, alike)
        return list(zip(words, alike, told, titles(labels, names, words, facts), strict=True))


def _filled(labels: Labels) -> tuple[list[int], Labels]:
    """Which numbers works (n,) have, of kept groups and parts some may have none now; and the same labels without gaps,
    -1 for none."""
    filled = np.unique(labels[labels >= 0])
    return filled.tolist(), np.where(labels < 0, -1, np.searchsorted(filled, labels))


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
