"""What a file of groups says, and whether it makes sense. The two ways to write one, TOML and CSV, meet here.

File names that are not UTF-8 can stand in neither; they are written as "bytes:" and their bytes, percent-encoded.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import quote_from_bytes, unquote_to_bytes

from artbyol.base.errors import UsageError
from artbyol.grouping.kept import GoneGroup, Kept, default_name, folded, pinned_first

_RAW = "bytes:"
_HASH = "b2-"  # BLAKE2b; and spreadsheets take digits with an e among them for a number
_NEW = "leave the id of a new group out; it gets one of its own"


@dataclass(frozen=True)
class Draft:
    """A file of groups as written.

    Attributes:
        kept: the groups; the id of a new one is 0, and the name of one that is called as before is "". What the file
            does not say of all of them together is as it was.
        where: group and work (positions; None: the group itself) -> the place in words, as "groups.toml, line 12".
    """

    kept: Kept
    where: Callable[[int, int | None], str] = field(compare=False)


@contextmanager
def at(place: Callable[[], str]) -> Iterator[None]:
    """An error raised inside is given its place."""
    try:
        yield
    except UsageError as error:
        message = error.message[:1].lower() + error.message[1:]
        raise UsageError(f"{place()}: {message}", error.hint) from error


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
    """The hash behind what `hash_text` wrote. Raises UsageError."""
    text = text.strip()
    if not text:
        return None
    try:
        digest = bytes.fromhex(text.removeprefix(_HASH))
    except ValueError:
        digest = b""
    if not text.startswith(_HASH) or len(digest) != 16:
        raise UsageError("Content is not a hash of artbyol's.", "leave content out; artbyol fills it in")
    return digest


def checked_id(id: int) -> int:
    """An id that a file gives to a group. Raises UsageError."""
    if id < 1:
        raise UsageError(f"{id} is not an id.", _NEW)
    return id


def settle(draft: Draft, before: Kept | None) -> Kept:
    """The groups that a file means, ids given to new ones.

    Args:
        before: what was kept until now: names and notes that the file does not say stay, and no id of it is given
            again.

    Raises:
        UsageError: an id or a name twice, an id that belonged to another group, a work in two places.
    """
    said = draft.kept
    ids = [group.id for group in said.groups if group.id]
    _refuse_two(
        draft, [(group.id, f"id {group.id}", at, None) for at, group in enumerate(said.groups) if group.id], _NEW
    )
    past = {one.id: one.name for one in said.gone}
    for at, group in enumerate(said.groups):
        if group.name and folded(past.get(group.id, group.name)) != folded(group.name):
            message = f"{draft.where(at, None)}: {group.id} was the id of {past[group.id]!r}, and no id is given twice."
            raise UsageError(message, _NEW)
    works = [(at, number, work) for at, group in enumerate(said.groups) for number, work in enumerate(group.works)]
    for keys in ([work.path for _, _, work in works], [work.hash for _, _, work in works]):
        named = [
            (key, f"the work {path_text(work.path)!r}", at, number)
            for key, (at, number, work) in zip(keys, works, strict=True)
            if key is not None
        ]
        _refuse_two(draft, named, "a work belongs to one group; take one of the two out")
    old = {group.id: group.name for group in before.groups} if before else {}
    dissolved = [GoneGroup(id, name, None) for id, name in old.items() if id not in past]
    gone = sorted((one for one in [*said.gone, *dissolved] if one.id not in ids), key=lambda one: one.id)
    next_id = max([said.next_id, *(id + 1 for id in ids), *(one.id + 1 for one in gone)])
    groups = []
    for group in said.groups:
        id, next_id = (group.id, next_id) if group.id else (next_id, next_id + 1)
        name = group.name or old.get(id) or default_name(id)
        groups.append(replace(group, id=id, name=name, works=pinned_first(group.works)))
    names = [(folded(group.name), f"the name {group.name!r}", at, None) for at, group in enumerate(groups)]
    _refuse_two(draft, names, "give one of them another name")
    return replace(said, groups=tuple(groups), next_id=next_id, gone=tuple(gone))


def _refuse_two(draft: Draft, named: Sequence[tuple[Hashable, str, int, int | None]], hint: str) -> None:
    """Each (what must differ, what it is called, its group, its work) may be there once."""
    first: dict[Hashable, tuple[int, int | None]] = {}
    for key, name, group, work in named:
        if first.setdefault(key, (group, work)) != (group, work):
            raise UsageError(f"{draft.where(group, work)}: {name} stands at {draft.where(*first[key])} already.", hint)
