"""Groups that a curator keeps, and every change she can make to them. Values only: no file is touched here.

A kept group has an id for good. Merged or dissolved groups leave theirs behind in `Kept.gone`, so that no id ever means
two groups. Works are known by their content and by their path: see `artbyol.grouping.matching` for how they are found
again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from artbyol.base.errors import UsageError
from artbyol.pictures.measures.axes import Axis


@dataclass(frozen=True)
class KeptWork:
    """A work of a kept group: where it lay and the hash of its content when it was last seen (None: never seen yet).

    A pinned work stays in its group whatever happens; the others stay while the groups are frozen.
    """

    path: bytes
    hash: bytes | None
    pinned: bool = False


@dataclass(frozen=True)
class KeptGroup:
    """A group with its id, its name, the curator's note, and its works; pinned ones come first."""

    id: int
    name: str
    works: tuple[KeptWork, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class GoneGroup:
    """A group that is no more. `into`: the group it was merged into, None where it was dissolved."""

    id: int
    name: str
    into: int | None


@dataclass(frozen=True)
class Kept:
    """All that is kept of a collection's groups.

    Attributes:
        groups: in the curator's order.
        frozen: new works are assigned to these groups; otherwise works are grouped anew, and only pins hold.
        next_id: the id the next new group gets; larger than any id ever given.
        by: the axis the works are compared on.
        model_id: whose vectors the groups were last kept with, None where they came from a file.
        gone: groups merged or dissolved.
    """

    groups: tuple[KeptGroup, ...] = ()
    frozen: bool = True
    next_id: int = 1
    by: Axis = "style"
    model_id: str | None = None
    gone: tuple[GoneGroup, ...] = ()


def group_title(group_id: int, name: str) -> str:
    """How a group is headed: by the name it was given, else as "Group" and its id."""
    return f"Group {group_id}" if name == default_name(group_id) else name


def default_name(id: int) -> str:
    """What a group is called until the curator names it."""
    return f"group {id}"


def folded(name: str) -> str:
    """What two names have in common that a person, or a file system, takes for the same."""
    return unicodedata.normalize("NFC", name).casefold()


def checked_name(name: str) -> str:
    """The name without the spaces around it. Raises UsageError for none, or for bytes that are no text."""
    name = name.strip()
    if not name:
        raise UsageError("a group needs a name", "give it one, in quotes if it has spaces")
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError(f"the name {name!r} is no valid text", "write it in UTF-8") from error
    return name


def find_group(kept: Kept, wanted: str) -> KeptGroup:
    """The group with this name, or with this id. Raises UsageError: there is none, or there are two."""
    by_name = [group for group in kept.groups if folded(group.name) == folded(wanted.strip())]
    by_id = [group for group in kept.groups if str(group.id) == wanted.strip()]
    found = {group.id: group for group in [*by_name, *by_id]}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise UsageError(
            f"{wanted!r} is the name of group {by_name[0].id} and the id of {by_id[0].name!r}",
            f"say {by_name[0].id} or {by_id[0].name!r} instead",
        )
    for one in kept.gone:
        if wanted.strip() == str(one.id) or folded(one.name) == folded(wanted.strip()):
            where = f"merged into group {one.into}" if one.into else "dissolved"
            raise UsageError(f"group {one.id}, {one.name!r}, was {where}", _choices(kept))
    raise UsageError(f"there is no group {wanted!r}", _choices(kept))


def find_id(kept: Kept, id: int) -> KeptGroup:
    """The group with this id, which there must be."""
    return next(group for group in kept.groups if group.id == id)


def rename(kept: Kept, wanted: str, name: str) -> Kept:
    """The same groups, one of them under another name. Raises UsageError: no such group, or the name is taken."""
    group, name = find_group(kept, wanted), checked_name(name)
    for other in kept.groups:
        if other.id != group.id and folded(other.name) == folded(name):
            raise UsageError(
                f"group {other.id} is called {other.name!r} already",
                f"another name, or make one of them: --merge {group.id} --into {other.id}",
            )
    return _with(kept, replace(group, name=name))


def annotate(kept: Kept, wanted: str, note: str) -> Kept:
    """The same groups, one of them with another note; an empty one takes it away."""
    return _with(kept, replace(find_group(kept, wanted), note=note.strip()))


def merge(kept: Kept, wanted: str, into: str) -> Kept:
    """All works of one group become another's, which keeps its id, name and note; pins stay pins."""
    source, target = find_group(kept, wanted), find_group(kept, into)
    if source.id == target.id:
        raise UsageError(f"group {source.id} cannot be merged into itself", "name two groups")
    joined = replace(target, works=pinned_first([*target.works, *source.works]))
    return _without(_with(kept, joined), source, target.id)


def dissolve(kept: Kept, wanted: str) -> Kept:
    """The group is gone; its works, pinned ones too, wait for another."""
    return _without(kept, find_group(kept, wanted), None)


def add_group(kept: Kept, name: str) -> tuple[Kept, KeptGroup]:
    """The same groups and a new one without works, which gets the next id."""
    name = checked_name(name)
    for other in kept.groups:
        if folded(other.name) == folded(name):
            raise UsageError(f"group {other.id} is called {other.name!r} already", f"--into {other.id}, without --new")
    made = KeptGroup(kept.next_id, name)
    return replace(kept, groups=(*kept.groups, made), next_id=kept.next_id + 1), made


def move(kept: Kept, works: Sequence[KeptWork], id: int, *, pinned: bool = True) -> Kept:
    """These works, wherever they were, belong to this group, and are pinned to it."""
    leaving = {_key(work) for work in works}
    moved = [replace(work, pinned=pinned) for work in works]
    groups = []
    for group in kept.groups:
        stay = [work for work in group.works if _key(work) not in leaving]
        groups.append(replace(group, works=pinned_first([*stay, *moved] if group.id == id else stay)))
    return replace(kept, groups=tuple(groups))


def pin(kept: Kept, works: Iterable[KeptWork], pinned: bool) -> Kept:
    """These works, which must be in groups, are pinned to them, or no longer."""
    meant = {_key(work) for work in works}
    groups = [
        replace(
            group,
            works=pinned_first(
                replace(work, pinned=pinned if _key(work) in meant else work.pinned) for work in group.works
            ),
        )
        for group in kept.groups
    ]
    return replace(kept, groups=tuple(groups))


def pinned_first(works: Iterable[KeptWork]) -> tuple[KeptWork, ...]:
    """The same works, pinned ones before the others, otherwise in their order."""
    return tuple(sorted(works, key=lambda work: not work.pinned))


def _key(work: KeptWork) -> tuple[bytes, bytes | None]:
    return work.path, work.hash


def _with(kept: Kept, changed: KeptGroup) -> Kept:
    return replace(kept, groups=tuple(changed if group.id == changed.id else group for group in kept.groups))


def _without(kept: Kept, group: KeptGroup, into: int | None) -> Kept:
    rest = tuple(other for other in kept.groups if other.id != group.id)
    return replace(kept, groups=rest, gone=(*kept.gone, GoneGroup(group.id, group.name, into)))


def _choices(kept: Kept) -> str:
    named = ", ".join(f"{group.id} {group.name!r}" for group in kept.groups[:12])
    more = ", …" if len(kept.groups) > 12 else ""
    return f"the groups are {named}{more}" if named else "there are no groups"
