"""Groups changed from a window: the records, and the words, of `artbyol groups`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from artbyol.app.first_change import keep_as_shown
from artbyol.app.pages import Pages
from artbyol.app.state import groups_stamp
from artbyol.app.works import Known
from artbyol.base.errors import ArtbyolError, StoreBusyError, UsageError
from artbyol.grouping.edits import Wish, change_groups
from artbyol.grouping.group_works import group_works
from artbyol.grouping.kept import folded
from artbyol.grouping.kept_file import load
from artbyol.search.collection import OpenCollection
from artbyol.storage.rows import Work

PATIENCE: Final = 5.0
"""Seconds that a window waits while another process writes."""

Change = Literal["name", "note", "merge", "split", "move", "new", "pin", "unpin", "dissolve", "keep", "undo"]


@dataclass(frozen=True)
class GroupWish:
    """A change as a window asks for it.

    Attributes:
        do: what. group, into: numbers of groups as they are shown; name, text: of the change; works: ids.
        seen: the `version` of the state that the window shows; "": it does not say.
        k: how many groups the window shows, where none are kept yet; None: those that were found.
    """

    do: Change
    group: int | None = None
    into: int | None = None
    name: str = ""
    text: str = ""
    works: list[str] = field(default_factory=list)
    seen: str = ""
    k: int | None = None


def changed_groups(
    collection: OpenCollection,
    pages: Pages,
    known: Known,
    shown: Mapping[int, tuple[int, str]],
    wish: GroupWish,
    seed: int,
) -> str:
    """Make a change; gives back what was done, in a sentence. The first change keeps the groups as they are shown.

    Args:
        shown: of each number the id and the name of its group.

    Raises:
        StoreBusyError: somebody else is writing, or has changed the groups since the window saw them.
        UsageError: as `artbyol.groups`.
    """
    place = collection.store
    with collection.writing("artbyol open", PATIENCE):
        if "." in wish.seen and wish.seen.split(".")[0] != groups_stamp(place):
            raise StoreBusyError("The groups were changed elsewhere meanwhile.", "look at them, and try again")
        works = known.works(wish.works)
        before = place.groups.exists()
        if not before and wish.do != "undo":
            shown = keep_as_shown(place, pages, known, wish.k)
        elif wish.do == "keep":
            group_works(collection, keep=True, seed=seed)
        if wish.do == "keep":
            return "The groups are kept."
        try:
            said = change_groups(collection, _wish(collection, wish, works, shown)).changed
        except ArtbyolError:
            if not before:
                place.groups.unlink(missing_ok=True)  # nothing was changed, so nothing is kept
            raise
        return said or "Nothing was changed."


def _wish(
    collection: OpenCollection, asked: GroupWish, works: list[Work], shown: Mapping[int, tuple[int, str]]
) -> Wish:
    """The same change as `artbyol groups` knows it."""

    def group(number: int | None) -> str:
        if number is None or number not in shown:
            raise UsageError("There is no such group.", "load the page again: it has changed")
        return _said(collection, *shown[number])

    if asked.do in ("move", "new") and not works:
        raise UsageError("No works are chosen.", "choose some first")
    match asked.do:
        case "name":
            return Wish(rename=(group(asked.group), asked.name))
        case "note":
            return Wish(note=(group(asked.group), asked.text))
        case "merge":
            return Wish(merge=group(asked.group), into=group(asked.into))
        case "split":
            return Wish(split=group(asked.group))
        case "dissolve":
            return Wish(dissolve=group(asked.group))
        case "move":
            return Wish(works=works, into=group(asked.group if asked.into is None else asked.into))
        case "new":
            return Wish(works=works, into=asked.name, new=True)
        case "pin" | "unpin":
            return Wish(works=works or _works_in(collection, shown, asked.group), pin=asked.do == "pin")
        case _:
            return Wish(undo=True)


def _said(collection: OpenCollection, id: int, name: str) -> str:
    """What a group is asked for by: its id, or its name where another group is called by that number."""
    kept = load(collection.store)
    groups = kept.groups if kept else ()
    named = next((one.name for one in groups if one.id == id), name)
    taken = any(folded(one.name) == str(id) and one.id != id for one in groups)
    return named if taken else str(id)


def _works_in(collection: OpenCollection, shown: Mapping[int, tuple[int, str]], number: int | None) -> list[Work]:
    """All works that are kept in a group."""
    from artbyol.grouping.matching import match

    kept = load(collection.store)
    if kept is None or number is None or number not in shown:
        raise UsageError("There is no such group.", "load the page again: it has changed")
    place = next((at for at, one in enumerate(kept.groups) if one.id == shown[number][0]), None)
    matched = match(kept, collection.files())
    return [matched.first[content] for content, group in matched.groups.items() if group == place]
