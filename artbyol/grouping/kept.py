"""Groups that a curator keeps, and every change she can make to them. Values only: no file is touched here.

A kept group has an id for good. Merged or dissolved groups leave theirs behind in `Kept.gone`, so that no id ever means
two groups. Works are known by their content and by their path: see `artbyol.grouping.matching` for how they are found
again. Changes raise UsageError where there is no such group, or a name is taken.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from artbyol.base.errors import UsageError
from artbyol.pictures.measures.axes import Axis

DEEPEST: Final = 3
"""Levels: groups, parts of these, and parts of the parts."""

_PART = re.compile(r"[1-9][0-9]{0,8}(\.[1-9][0-9]{0,8})?")


@dataclass(frozen=True)
class KeptWork:
    """A work of a kept group: where it lay and the hash of its content when it was last seen (None: never seen yet).

    A pinned work stays in its group whatever happens; the others stay while the groups are frozen. `part`: the part of
    the group that it is in, "1", or "1.2" for a part of that part; "": in none.
    """

    path: bytes
    hash: bytes | None
    pinned: bool = False
    part: str = ""

    def is_in(self, part: str) -> bool:
        """Whether it is in this part of its group, or in a part of it. Every work is in "", the whole."""
        return not part or f"{self.part}.".startswith(f"{part}.")


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


Changed = tuple[Kept, str]
"""The groups after a change, and what was done, in a sentence that may still need its capital."""


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
        raise UsageError("A group needs a name.", "give it one, in quotes if it has spaces")
    try:
        name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError(f"The name {name!r} is not valid text.", "write it in UTF-8") from error
    return name


def find_group(kept: Kept, wanted: str) -> KeptGroup:
    """The group with this name, or with this id. Raises UsageError: there is none, or there are two."""
    wanted = wanted.strip()
    by_name = [group for group in kept.groups if folded(group.name) == folded(wanted)]
    by_id = [group for group in kept.groups if str(group.id) == wanted]
    found = {group.id: group for group in [*by_name, *by_id]}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise UsageError(
            f"{wanted!r} is the name of group {by_name[0].id} and the id of {by_id[0].name!r}.",
            f"say {by_name[0].id} or {by_id[0].name!r} instead",
        )
    named = ", ".join(f"{group.id} {group.name!r}" for group in kept.groups[:12])
    hint = f"the groups are {named}{', …' if len(kept.groups) > 12 else ''}" if named else "there are no groups"
    for one in kept.gone:
        if wanted == str(one.id) or folded(one.name) == folded(wanted):
            where = f"merged into group {one.into}" if one.into else "dissolved"
            raise UsageError(f"Group {one.id}, {one.name!r}, was {where}.", hint)
    raise UsageError(f"There is no group {wanted!r}.", hint)


def find_part(kept: Kept, wanted: str) -> tuple[KeptGroup, str]:
    """A group, and which part of it is meant: "3.1" is part 1 of group 3; "": the whole. Raises as `find_group`."""
    id, _, part = wanted.strip().partition(".")
    named = any(folded(group.name) == folded(wanted.strip()) for group in kept.groups)
    group = next((group for group in kept.groups if str(group.id) == id and part and not named), None)
    if group and any(work.is_in(part) for work in group.works):
        return group, part
    return find_group(kept, wanted), ""


def parts_of(group: KeptGroup) -> list[str]:
    """The parts that works of a group are in, each followed by its own."""
    found = {work.part for work in group.works} | {work.part.partition(".")[0] for work in group.works}
    return sorted(found - {""}, key=lambda part: [int(number) for number in part.split(".")])


def part_text(numbers: Sequence[int]) -> str:
    """The numbers of a part and of a part of it, 0 for none, as `KeptWork.part` has them."""
    return ".".join(str(number) for number in numbers if number)


def checked_part(text: str) -> str:
    """A part as a file gives it. Raises UsageError."""
    if text and not _PART.fullmatch(text):
        raise UsageError(f"{text!r} is no part of a group.", 'write a number, as "1", or two, as "1.2"')
    return text


def rename(kept: Kept, wanted: str, name: str) -> Changed:
    """One of the groups under another name."""
    group = find_group(kept, wanted)
    name = _free(kept, name, f"another name, or make one of them: --merge {group.id} --into {{}}", group)
    return _with(kept, replace(group, name=name)), f"Group {group.id} is called {name!r} now."


def annotate(kept: Kept, wanted: str, note: str) -> Changed:
    """One of the groups with another note; an empty one takes it away."""
    group = replace(find_group(kept, wanted), note=note.strip())
    return _with(kept, group), f"{called(group)} has {'a note' if group.note else 'no note any more'}."


def merge(kept: Kept, wanted: str, into: str) -> Changed:
    """All works of one group become another's, which keeps its id, name and note; pins stay pins."""
    source, target = find_group(kept, wanted), find_group(kept, into)
    if source.id == target.id:
        raise UsageError(f"Group {source.id} cannot be merged into itself.", "name two groups")
    joined = move(kept, source.works, target.id, pinned=None)
    said = f"The works of {called(source)} are in {called(target)} now; {source.id} is no group any more."
    return _without(joined, source, target.id), said


def dissolve(kept: Kept, wanted: str) -> Changed:
    """The group is gone; its works, pinned ones too, wait for another."""
    group = find_group(kept, wanted)
    said = f"{called(group)} is no group any more; its {counted(len(group.works))} wait for another."
    return _without(kept, group, None), said


def freeze(kept: Kept, frozen: bool) -> Changed:
    """New works are assigned to these groups; or works are grouped anew the next time."""
    if frozen:
        return replace(kept, frozen=True), "The groups are frozen: new works are assigned to them."
    said = "The groups are no longer frozen: the next cluster groups anew, and only pinned works stay."
    return replace(kept, frozen=False), said


def add_group(kept: Kept, name: str) -> tuple[Kept, KeptGroup]:
    """The same groups and a new one without works, which gets the next id."""
    made = KeptGroup(kept.next_id, _free(kept, name, "--into {}, without --new"))
    return replace(kept, groups=(*kept.groups, made), next_id=kept.next_id + 1), made


def move(kept: Kept, works: Iterable[KeptWork], id: int, part: str = "", *, pinned: bool | None = True) -> Kept:
    """These works, wherever they were, belong to this part of this group, and are pinned there, or not; None: as
    before."""
    moved = [replace(work, pinned=work.pinned if pinned is None else pinned, part=part) for work in works]
    leaving = {(work.path, work.hash) for work in moved}
    groups = []
    for group in kept.groups:
        stay = [work for work in group.works if (work.path, work.hash) not in leaving]
        groups.append(replace(group, works=pinned_first([*stay, *moved] if group.id == id else stay)))
    return replace(kept, groups=tuple(groups))


def pin(kept: Kept, works: Iterable[KeptWork], pinned: bool) -> Kept:
    """These works, which must be in groups, are pinned to them, or no longer."""
    meant = set(works)
    groups = [
        replace(group, works=pinned_first(replace(one, pinned=pinned) if one in meant else one for one in group.works))
        for group in kept.groups
    ]
    return replace(kept, groups=tuple(groups))


def pinned_first(works: Iterable[KeptWork]) -> tuple[KeptWork, ...]:
    """The same works, pinned ones before the others, otherwise in their order."""
    return tuple(sorted(works, key=lambda work: not work.pinned))


def called(group: KeptGroup) -> str:
    """The group in a sentence: its id, and the name it was given, if it was."""
    return default_name(group.id) + (f" {group.name!r}" if group.name != default_name(group.id) else "")


def counted(works: int) -> str:
    """How many works, in words."""
    return f"{works:,} work{'' if works == 1 else 's'}"


def _free(kept: Kept, name: str, hint: str, but: KeptGroup | None = None) -> str:
    """The name as it is kept, if no group has it, `but` aside."""
    name = checked_name(name)
    for other in kept.groups:
        if other != but and folded(other.name) == folded(name):
            raise UsageError(f"Group {other.id} is called {other.name!r} already.", hint.format(other.id))
    return name


def _with(kept: Kept, changed: KeptGroup) -> Kept:
    return replace(kept, groups=tuple(changed if group.id == changed.id else group for group in kept.groups))


def _without(kept: Kept, group: KeptGroup, into: int | None) -> Kept:
    rest = tuple(other for other in kept.groups if other.id != group.id)
    return replace(kept, groups=rest, gone=(*kept.gone, GoneGroup(group.id, group.name, into)))
