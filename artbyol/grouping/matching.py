"""Which works of the catalogue the kept ones are: by content wherever it lies now, else by what lies at their path."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from artbyol.base.errors import UsageError
from artbyol.grouping.draft import Draft, path_text, settle
from artbyol.grouping.kept import Kept, KeptWork, pinned_first
from artbyol.metadata.table import FileNames
from artbyol.storage.rows import Work


@dataclass(frozen=True)
class Matched:
    """Kept works and the catalogue.

    Attributes:
        groups: content id -> position of its group.
        entries: content id -> the kept work.
        gone: kept works that the collection does not have now; they keep their place, in case they come back.
        waiting: files of works without a group, the first one of each, in order of path.
    """

    groups: dict[int, int]
    entries: dict[int, KeptWork]
    gone: tuple[KeptWork, ...]
    waiting: tuple[Work, ...]


def match(kept: Kept, works: Sequence[Work]) -> Matched:
    """Find kept works in the catalogue.

    Args:
        works: every usable file (`Catalogue.works`).
    """
    by_hash = {work.hash: work.id for work in works}
    by_path = {work.path: work.id for work in works}
    groups: dict[int, int] = {}
    entries: dict[int, KeptWork] = {}
    found: set[int] = set()
    every = [(at, work) for at, group in enumerate(kept.groups) for work in group.works]
    by_content = [one for one in every if one[1].hash in by_hash]
    others = [one for one in every if one[1].hash not in by_hash and one[1].path in by_path]
    # Where two that were kept apart have become the same, pins come first.
    for part in (by_content, others):
        for at, work in sorted(part, key=lambda one: not one[1].pinned):
            content = by_hash[work.hash] if work.hash in by_hash else by_path[work.path]
            found.add(id(work))
            if content not in groups:
                groups[content], entries[content] = at, work
    first: dict[int, Work] = {}
    for one in works:
        first.setdefault(one.id, one)
    waiting = tuple(work for work in first.values() if work.id not in groups)
    return Matched(groups, entries, tuple(work for _, work in every if id(work) not in found), waiting)


def refreshed(kept: Kept, works: Sequence[Work]) -> Kept:
    """The same groups, each work with the path and the hash it has now; each work once."""
    matched = match(kept, works)
    files: dict[int, dict[bytes, Work]] = {}
    for work in works:
        files.setdefault(work.id, {})[work.path] = work
    content = {id(entry): number for number, entry in matched.entries.items()}
    gone = {id(entry) for entry in matched.gone}

    def now(entry: KeptWork) -> KeptWork:
        there = files[content[id(entry)]]
        lies = there.get(entry.path) or next(iter(there.values()))
        if (entry.path, entry.hash) == (lies.path, lies.hash):
            return entry
        return replace(entry, path=lies.path, hash=lies.hash)

    groups = []
    for group in kept.groups:
        stay = [one if id(one) in gone else now(one) for one in group.works if id(one) in gone or id(one) in content]
        groups.append(replace(group, works=pinned_first(_once(stay))))
    return replace(kept, groups=tuple(groups))


def as_kept(work: Work) -> KeptWork:
    """A work of the catalogue as one to be kept."""
    return KeptWork(work.path, work.hash)


def resolve(draft: Draft, kept: Kept, before: Kept | None, folder: Path, works: Sequence[Work]) -> Kept:
    """What a person wrote, with every work found in the collection.

    A work without a hash was typed, so it must be there, by its path or by its file's own name. One with a hash that
    is not there is gone, or is still to come: it is kept.

    Raises:
        UsageError: a name that means no work or several, or two names that mean the same work.
    """
    from artbyol.metadata.table import FileNames

    if any(work.hash is None for group in draft.groups for work in group.works):
        names = FileNames(folder, [[work.path] for work in works])
        known = {work.path for group in (before.groups if before else ()) for work in group.works}
        groups = tuple(
            replace(
                group,
                works=tuple(
                    _typed(work, names, works, known, partial(draft.where, at, number)) if work.hash is None else work
                    for number, work in enumerate(group.works)
                ),
            )
            for at, group in enumerate(draft.groups)
        )
        kept = settle(replace(draft, groups=groups), before)
    return refreshed(kept, works)


def _once(works: Sequence[KeptWork]) -> list[KeptWork]:
    return list({(work.path, work.hash): work for work in reversed(works)}.values())[::-1]


def named(name: bytes, names: FileNames, works: Sequence[Work]) -> Work:
    """The file that a person means. Raises UsageError: there is none, or there are several with different pictures."""
    found = [works[at] for at in sorted(names.find(os.fsdecode(name)))]
    if len({work.id for work in found}) == 1:
        return found[0]
    written = path_text(name)
    if found:
        several = ", ".join(path_text(work.path) for work in found[:4])
        raise UsageError(f"{written!r} may be {several}", "write its whole path in the collection")
    close = get_close_matches(written, [path_text(work.path) for work in works], 1)
    hint = f"is it {close[0]!r}?" if close else "write its path in the collection; artbyol embed FOLDER adds new files"
    raise UsageError(f"there is no work {written!r} in the collection", hint)


def _typed(
    work: KeptWork, names: FileNames, works: Sequence[Work], known: set[bytes], place: Callable[[], str]
) -> KeptWork:
    try:
        found = named(work.path, names, works)
    except UsageError as error:
        if work.path in known:  # gone, as the curator knows
            return work
        raise UsageError(f"{place()}: {error.message}", error.hint) from error
    return replace(work, path=found.path, hash=found.hash)
