"""What a file of groups says, and whether it makes sense. The two ways to write one, TOML and CSV, meet here.

File names that are not UTF-8 can stand in neither; they are written as "bytes:" and their bytes, percent-encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from artbyol.base.errors import UsageError
from artbyol.grouping.kept import GoneGroup, Kept, KeptGroup, KeptWork, default_name, folded, pinned_first
from artbyol.pictures.measures.axes import AXES, Axis

_RAW = "bytes:"
_HASH = "b2-"  # BLAKE2b; and spreadsheets take digits with an e among them for a number


@dataclass(frozen=True)
class DraftGroup:
    """A group as written. `id` None: a new one; `name`, `note` None: as before."""

    id: int | None
    name: str | None
    works: tuple[KeptWork, ...]
    note: str | None = None


@dataclass(frozen=True)
class Draft:
    """A file of groups as written; what is None is not said there.

    Attributes:
        source: the file.
        where: group and work (positions; None: the group itself) -> the place in words, as "groups.toml, line 12".
    """

    source: Path
    groups: tuple[DraftGroup, ...]
    where: Callable[[int, int | None], str] = field(compare=False)
    frozen: bool | None = None
    next_id: int | None = None
    by: Axis | None = None
    model_id: str | None = None
    gone: tuple[GoneGroup, ...] = ()


def path_text(path: bytes) -> str:
    """A path as text that survives any editor, and goes back with `text_path_bytes`."""
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        text = _RAW
    return _RAW + quote_from_bytes(path, safe="/ ") if text.startswith(_RAW) else text


def text_path_bytes(text: str) -> bytes:
    """The path behind what `path_text` wrote, or a person."""
    if text.startswith(_RAW):
        return unquote_to_bytes(text[len(_RAW) :])
    return text.encode("utf-8", "surrogateescape")


def hash_text(digest: bytes | None) -> str:
    """A content's hash as text, "" for none."""
    return _HASH + digest.hex() if digest else ""


def text_hash(text: str) -> bytes | None:
    """The hash behind what `hash_text` wrote. Raises ValueError."""
    text = text.strip()
    if not text:
        return None
    digest = bytes.fromhex(text.removeprefix(_HASH))
    if not text.startswith(_HASH) or len(digest) != 16:
        raise ValueError(text)
    return digest


def settle(draft: Draft, before: Kept | None) -> Kept:
    """The groups that a file means, ids given to new ones.

    Args:
        before: what was kept until now: what the file does not say stays, and no id of it is given again.

    Raises:
        UsageError: an id or a name twice, an id that belonged to another group, a work in two places.
    """
    _check_ids(draft, before)
    _check_works(draft)
    old = {group.id: group for group in before.groups} if before else {}
    ids = [group.id for group in draft.groups if group.id is not None]
    gone = _gone(draft, before, ids)
    next_id = max(
        [draft.next_id or 1, before.next_id if before else 1, *(id + 1 for id in ids), *(one.id + 1 for one in gone)]
    )
    groups = []
    for one in draft.groups:
        id, next_id = (next_id, next_id + 1) if one.id is None else (one.id, next_id)
        known = old.get(id)
        name = one.name if one.name is not None else known.name if known else default_name(id)
        note = one.note if one.note is not None else known.note if known else ""
        groups.append(KeptGroup(id, name, pinned_first(one.works), note))
    _check_names(draft, groups)
    base = before or Kept()
    return Kept(
        tuple(groups),
        base.frozen if draft.frozen is None else draft.frozen,
        next_id,
        draft.by or base.by,
        draft.model_id or base.model_id,
        gone,
    )


def _gone(draft: Draft, before: Kept | None, ids: Sequence[int]) -> tuple[GoneGroup, ...]:
    """Groups that are no more, by what the file says, by what was known, and because the file leaves them out."""
    known = {one.id: one for one in draft.gone}
    if before:
        known = {one.id: one for one in before.gone} | known
        known |= {one.id: GoneGroup(one.id, one.name, None) for one in before.groups if one.id not in known}
    return tuple(one for id, one in sorted(known.items()) if id not in ids)


def _check_ids(draft: Draft, before: Kept | None) -> None:
    seen: dict[int, int] = {}
    gone = {one.id: one for one in [*(before.gone if before else ()), *draft.gone]}
    for at, group in enumerate(draft.groups):
        if group.id is None:
            continue
        if group.id < 1:
            raise UsageError(f"{draft.where(at, None)}: {group.id} is no id", "leave the id of a new group out")
        if group.id in seen:
            raise UsageError(
                f"{draft.where(at, None)}: id {group.id} stands at {draft.where(seen[group.id], None)} already",
                "leave the id of a new group out; it gets one of its own",
            )
        past = gone.get(group.id)
        if past and group.name is not None and folded(group.name) != folded(past.name):
            raise UsageError(
                f"{draft.where(at, None)}: {group.id} was the id of {past.name!r}, and no id is given twice",
                "leave the id of a new group out; it gets one of its own",
            )
        seen[group.id] = at


def _check_names(draft: Draft, groups: Sequence[KeptGroup]) -> None:
    seen: dict[str, int] = {}
    for at, group in enumerate(groups):
        name = folded(group.name)
        if name in seen:
            raise UsageError(
                f"{draft.where(at, None)}: the name {group.name!r} stands at {draft.where(seen[name], None)} already",
                "give one of them another name",
            )
        seen[name] = at


def _check_works(draft: Draft) -> None:
    paths: dict[bytes, tuple[int, int]] = {}
    hashes: dict[bytes, tuple[int, int]] = {}
    for at, group in enumerate(draft.groups):
        for number, work in enumerate(group.works):
            first = paths.setdefault(work.path, (at, number))
            if work.hash is not None and first == (at, number):
                first = hashes.setdefault(work.hash, (at, number))
            if first != (at, number):
                raise UsageError(
                    f"{draft.where(at, number)}: the work {path_text(work.path)!r} stands at {draft.where(*first)}"
                    " already",
                    "a work belongs to one group; take one of the two out",
                )


def said_axis(value: object, place: str) -> Axis:
    """The axis a file names. Raises UsageError."""
    for axis in AXES:
        if value == axis:
            return axis
    raise UsageError(f"{place}: by is {value!r}", f"one of {', '.join(AXES)}")
