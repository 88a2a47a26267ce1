"""Which works of the catalogue the kept ones are: by content wherever it lies now, else by what lies at their path; and
which ones a person means, who names them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from artbyol.base.errors import UsageError
from artbyol.grouping.draft import Draft, at, path_text
from artbyol.grouping.kept import Kept, KeptWork, pinned_first
from artbyol.metadata.table import FileNames
from artbyol.storage.rows import Work


@dataclass(frozen=True)
class Matched:
    """Kept works and the catalogue.

    Attributes:
        groups: content id -> position of its group.
        entries: content id -> the kept work; `content`: the other way round.
        gone: kept works that the collection does not have now; they keep their place, in case they come back.
        first: content id -> the first file of it, in order of path.
    """

    groups: dict[int, int]
    entries: dict[int, KeptWork]
    content: dict[KeptWork, int]
    gone: tuple[KeptWork, ...]
    first: dict[int, Work]

    @property
    def waiting(self) -> list[Work]:
        """The first file of each work that is in no group."""
        return [work for work in self.first.values() if work.id not in self.groups]

    def kept(self, content: int) -> KeptWork:
        """The content as a work to be kept, or as it is."""
        work = self.first[content]
        return self.entries.get(content) or KeptWork(work.path, work.hash)

    def pinned(self, content: int) -> bool:
        """Whether a curator holds it in its group."""
        return content in self.entries and self.entries[content].pinned


def match(kept: Kept, works: Sequence[Work]) -> Matched:
    """Find kept works in the catalogue.

    Args:
        works: every usable file (`Catalogue.works`).
    """
    by_hash = {work.hash: work.id for work in works}
    by_path = {work.path: work.id for work in works}
    groups: dict[int, int] = {}
    entries: dict[int, KeptWork] = {}
    every = [(number, work) for number, group in enumerate(kept.groups) for work in group.works]
    gone = tuple(work for _, work in every if work.hash not in by_hash and work.path not in by_path)
    # By content before by path; where two that were kept apart have become the same, pins come first.
    for number, entry in sorted(every, key=lambda one: (one[1].hash not in by_hash, not one[1].pinned)):
        content = by_hash[entry.hash] if entry.hash in by_hash else by_path.get(entry.path)
        if content is not None and content not in groups:
            groups[content], entries[content] = number, entry
    first: dict[int, Work] = {}
    for work in works:
        first.setdefault(work.id, work)
    return Matched(groups, entries, {entry: content for content, entry in entries.items()}, gone, first)


def refreshed(kept: Kept, works: Sequence[Work]) -> Kept:
    """The same groups, each work with the path and the hash it has now; each work once."""
    matched = match(kept, works)
    gone = set(matched.gone)
    files: dict[int, dict[bytes, Work]] = {}
    for work in works:
        files.setdefault(work.id, {})[work.path] = work

    def now(entry: KeptWork) -> KeptWork:
        if entry in gone:
            return entry
        there = files[matched.content[entry]]
        lies = there.get(entry.path) or next(iter(there.values()))
        return replace(entry, path=lies.path, hash=lies.hash)

    groups = [
        replace(group, works=pinned_first(now(one) for one in group.works if one in gone or one in matched.content))
        for group in kept.groups
    ]
    return replace(kept, groups=tuple(groups))


def typed(draft: Draft, before: Kept | None, folder: Path, works: Sequence[Work]) -> Draft:
    """What a person wrote, with every work that has no hash found in the collection, by its path or by its file's own
    name. One with a hash that is not there is gone, or is still to come.

    Raises:
        UsageError: a name that means no work or several.
    """
    if all(work.hash for group in draft.kept.groups for work in group.works):
        return draft
    names = FileNames(folder, [[work.path] for work in works])
    known = {work.path for group in (before.groups if before else ()) for work in group.works}

    def found(entry: KeptWork, group: int, number: int) -> KeptWork:
        if entry.hash:
            return entry
        try:
            with at(partial(draft.where, group, number)):
                work = named(entry.path, names, works)
        except UsageError:
            if entry.path in known:  # gone, as the curator knows
                return entry
            raise
        return replace(entry, path=work.path, hash=work.hash)

    groups = [
        replace(group, works=tuple(found(work, place, number) for number, work in enumerate(group.works)))
        for place, group in enumerate(draft.kept.groups)
    ]
    return replace(draft, kept=replace(draft.kept, groups=tuple(groups)))


def meant(paths: Sequence[str | bytes | os.PathLike[str] | Work], folder: Path, works: Sequence[Work]) -> list[Work]:
    """The works that a person names: each a path as the shell completes it, from where she stands, or else a name in
    the collection. A folder stands for its works, and a work for itself. Raises as `named`."""
    known = [path for path in paths if isinstance(path, Work)]
    if len(known) == len(paths):
        return known
    names = FileNames(folder, [[work.path] for work in works])
    said = (path for path in paths if not isinstance(path, Work))
    return [*known, *(work for path in said for work in _meant(os.fsencode(path), folder, works, names))]


def _meant(path: bytes, folder: Path, works: Sequence[Work], names: FileNames) -> list[Work]:
    if os.path.lexists(path):
        for resolved in (os.path.abspath, os.path.realpath):
            inside = os.path.relpath(resolved(path), resolved(os.fsencode(folder))).replace(os.fsencode(os.sep), b"/")
            below = b"" if inside == b"." else inside + b"/"
            is_folder = os.path.isdir(path)
            if found := [one for one in works if (one.path.startswith(below) if is_folder else one.path == inside)]:
                return found
    below = path.replace(os.fsencode(os.sep), b"/").rstrip(b"/") + b"/"
    return [work for work in works if work.path.startswith(below)] or [named(path, names, works)]


def named(name: bytes, names: FileNames, works: Sequence[Work]) -> Work:
    """The file that a person means. Raises UsageError: there is none, or there are several with different pictures."""
    found = [works[number] for number in sorted(names.find(os.fsdecode(name)))]
    if len({work.id for work in found}) == 1:
        return found[0]
    written = path_text(name)
    if found:
        several = ", ".join(path_text(work.path) for work in found[:4])
        raise UsageError(f"{written!r} may be {several}.", "write its whole path in the collection")
    close = get_close_matches(written, [path_text(work.path) for work in works], 1)
    hint = f"is it {close[0]!r}?" if close else "write its path in the collection; artbyol embed adds new files"
    raise UsageError(f"There is no work {written!r} in the collection.", hint)
