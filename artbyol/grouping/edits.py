"""The groups kept of a collection, shown, and what a curator may ask of them, one change per command."""

import os
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artbyol.base.errors import StoreError, StoreFormatError, StoreMissingError, UsageError
from artbyol.base.spreadsheet import garbled, ungarbled
from artbyol.base.text import display_path, read_text
from artbyol.grouping import kept as kept_groups
from artbyol.grouping.csv import read_csv, write_csv
from artbyol.grouping.draft import path_text, settle
from artbyol.grouping.kept import Changed, Kept
from artbyol.grouping.kept_file import load, save, take_back, versions
from artbyol.grouping.matching import match, meant, refreshed, typed
from artbyol.grouping.regrouping import split
from artbyol.grouping.toml import read_toml, write_toml
from artbyol.pictures.listing import Tabular, flat
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.packages import refuse_package
from artbyol.search.collection import OpenCollection, Path_
from artbyol.storage.atomic import remove_abandoned, write_atomically
from artbyol.storage.rows import Work


@dataclass(frozen=True)
class KeptGroupInfo:
    """A kept group: its id, name and note; how many works it has, how many of them are pinned, and how many are not in
    the collection now; the ids of its parts, as "3.1"."""

    id: int
    name: str
    note: str
    works: int
    pinned: int
    gone: int
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class KeptGroups(Tabular):
    """What is kept of a collection's groups.

    Attributes:
        folder: the collection; `file`: where the groups are kept.
        frozen: new works are assigned to these groups; otherwise works are grouped anew.
        by: the axis the works are compared on.
        groups: in the curator's order.
        waiting: works that are in no group, by their first path.
        gone: works of groups that are not in the collection now, by the path they had.
        earlier: how many changes can be undone.
        changed: what was done now, in words; None: nothing.
    """

    folder: Path
    file: Path
    frozen: bool
    by: Axis
    groups: tuple[KeptGroupInfo, ...]
    waiting: tuple[bytes, ...]
    gone: tuple[bytes, ...]
    earlier: int
    changed: str | None

    def rows(self) -> list[dict[str, Any]]:
        """One row a group."""
        return [flat(one) for one in self.groups]


@dataclass(frozen=True)
class Wish:
    """The arguments of `artbyol.groups`, as they are explained there. Works may also be those of the catalogue."""

    works: Sequence[Path_ | Work] = ()
    into: str | None = None
    new: bool = False
    pin: bool | None = None
    rename: tuple[str, str] | None = None
    note: tuple[str, str] | None = None
    merge: str | None = None
    split: str | None = None
    dissolve: str | None = None
    freeze: bool | None = None
    write: str | Path | None = None
    read: str | Path | None = None
    undo: bool = False

    def change(self) -> str | None:
        """The one change that is asked for, or None. Raises UsageError: there are two, or something is missing."""
        asked = [
            name for name in _CHANGES if getattr(self, name) not in (None, (), []) and (name != "undo" or self.undo)
        ]
        if len(asked) > 1:
            raise UsageError(f"{_CHANGES[asked[0]]} and {_CHANGES[asked[1]]} are two changes.", "one after the other")
        change = asked[0] if asked else None
        if change == "works" and (self.into is None) == (self.pin is None):
            raise UsageError("Works are moved into a group, or pinned, or unpinned.", "--into GROUP, --pin or --unpin")
        if change == "merge" and self.into is None:
            raise UsageError("A group is merged into another.", "--merge GROUP --into GROUP")
        if change not in ("works", "merge") and self.into is not None:
            raise UsageError("Nothing is named that goes into the group.", "name works after FOLDER, or --merge GROUP")
        if change != "works" and self.pin is not None:
            raise UsageError("No works are named to be pinned or unpinned.", "name them after FOLDER")
        if self.new and (change != "works" or self.into is None):
            raise UsageError("A new group needs works.", "name them after FOLDER, and the group: --into NAME --new")
        return change


_CHANGES = {"works": "works"}
_CHANGES |= {name: f"--{name}" for name in ("rename", "note", "merge", "split", "dissolve")}
_CHANGES |= {"freeze": "--freeze or --unfreeze", "write": "--export", "read": "--import", "undo": "--undo"}


def change_groups(collection: OpenCollection, wish: Wish) -> KeptGroups:
    """Show the groups that are kept, or make one change to them; `artbyol.groups` explains the arguments, and the
    errors."""
    change, place = wish.change(), collection.store
    alters = change not in (None, "write")
    with collection.writing("artbyol groups") if alters else nullcontext():
        files = collection.files()
        said: str | None
        if change == "undo":
            kept, said = take_back(place), "The last change is undone."
        elif wish.read is not None:
            kept, said = _read(Path(wish.read), collection, files)
        else:
            kept, said = _changed(refreshed(_kept(collection), files), wish, collection, files)
        if alters and change != "undo":
            save(place, refreshed(kept, files))
        matched = match(kept, files)
        groups = [
            KeptGroupInfo(
                group.id,
                group.name,
                group.note,
                len(group.works),
                sum(work.pinned for work in group.works),
                len(set(group.works).intersection(matched.gone)),
                tuple(f"{group.id}.{part}" for part in kept_groups.parts_of(group)),
            )
            for group in kept.groups
        ]
        return KeptGroups(
            place.folder,
            place.groups,
            kept.frozen,
            kept.by,
            tuple(groups),
            tuple(work.path for work in matched.waiting),
            tuple(work.path for work in matched.gone),
            len(versions(place)),
            said[:1].upper() + said[1:] if said else None,
        )


def _kept(collection: OpenCollection) -> Kept:
    if (kept := load(collection.store)) is None:
        hint = collection.store.command("cluster", "--keep")
        raise StoreMissingError(f"No groups are kept of {collection.folder} yet.", hint)
    return kept


def _changed(kept: Kept, wish: Wish, collection: OpenCollection, files: Sequence[Work]) -> Changed | tuple[Kept, None]:
    """The groups after the change, and what it was."""
    if wish.works:
        return _with_works(kept, wish, collection, files)
    if wish.rename:
        return kept_groups.rename(kept, *wish.rename)
    if wish.note:
        return kept_groups.annotate(kept, *wish.note)
    if wish.merge is not None:
        return kept_groups.merge(kept, wish.merge, wish.into or "")
    if wish.split is not None:
        return split(kept, wish.split, match(kept, files), collection.embedded(kept.by))
    if wish.dissolve is not None:
        return kept_groups.dissolve(kept, wish.dissolve)
    if wish.freeze is not None:
        return kept_groups.freeze(kept, wish.freeze)
    if wish.write is not None:
        return kept, _write(Path(wish.write), kept, files)
    return kept, None


def _with_works(kept: Kept, wish: Wish, collection: OpenCollection, files: Sequence[Work]) -> Changed:
    """Works moved into a group, or pinned where they are, or no longer."""
    matched = match(kept, files)
    contents = dict.fromkeys(work.id for work in meant(wish.works, collection.folder, files))
    if wish.pin is not None:
        inside = [matched.entries[content] for content in contents if content in matched.entries]
        if not inside:
            first = path_text(matched.first[next(iter(contents))].path)
            raise UsageError(f"{first!r} is in no group.", "move it into one: --into GROUP")
        done = "pinned to their groups" if wish.pin else "no longer pinned; while the groups are frozen they stay"
        left = f" {len(contents) - len(inside):,} are in no group." if len(inside) < len(contents) else ""
        return kept_groups.pin(kept, inside, wish.pin), f"{kept_groups.counted(len(inside))} {done}.{left}"
    into, part = wish.into or "", ""
    if wish.new:
        kept, group = kept_groups.add_group(kept, into)
    else:
        try:
            group, part = kept_groups.find_part(kept, into)
        except UsageError as error:
            raise UsageError(error.message, f"{error.hint}; a new one: --into {into!r} --new") from error
    moved = kept_groups.move(kept, [matched.kept(content) for content in contents], group.id, part)
    where = f"part {group.id}.{part} of {kept_groups.called(group)}" if part else kept_groups.called(group)
    return moved, f"{kept_groups.counted(len(contents))} moved into {where} and pinned there."


def _is_table(file: Path) -> bool:
    """Whether a file of groups is a CSV and no TOML. Raises UsageError: its name ends like neither."""
    if file.suffix.lower() not in (".csv", ".toml"):
        raise UsageError(f"{str(file)!r} ends neither in .toml nor in .csv.", "name a file that does")
    return file.suffix.lower() == ".csv"


def _write(target: Path, kept: Kept, files: Sequence[Work]) -> str:
    matched = match(kept, files)
    write, encoding = (write_csv, "utf-8-sig") if _is_table(target) else (write_toml, "utf-8")
    if os.path.lexists(target):
        # Also one of ours: it may have been edited, and not yet read back.
        raise UsageError(f"{str(target)!r} exists; it was left as it is.", "name a new file")
    refuse_package(target, "name a file elsewhere")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {str(target.parent)!r}.", "make it first")
    remove_abandoned(target.parent)
    try:
        write_atomically(target, write(kept, [matched.kept(work.id) for work in matched.waiting]).encode(encoding))
    except StoreError as error:
        raise UsageError(error.message, "name a file that can be written") from error
    return f"{len(kept.groups)} groups are written to {target}; edited, it goes back with --import."


def _read(source: Path, collection: OpenCollection, files: Sequence[Work]) -> Changed:
    """The groups that a file says."""
    read = read_csv if _is_table(source) else read_toml
    try:
        before = load(collection.store)
    except StoreFormatError:
        raise  # a newer artbyol's is not thrown away
    except StoreError as error:
        collection.run.notice(f"{error.message.removesuffix('.')}; it is replaced.")
        before = None
    said = read(read_text(source), source, before)
    _refuse_garbled(said.kept, before, files, source)
    draft = typed(said, before, collection.folder, files)
    kept = refreshed(settle(draft, before), files)
    known = {work.path for group in (before.groups if before else ()) for work in group.works}
    unknown = [work.path for work in match(kept, files).gone if work.path not in known]
    if unknown:
        first = display_path(unknown[0])
        collection.run.notice(
            f"{len(unknown):,} works of {source} are not in this collection ({first}); they keep a place."
        )
    works = sum(len(group.works) for group in kept.groups)
    return kept, f"{len(kept.groups)} groups and {works:,} works are as {source} says."


def _refuse_garbled(said: Kept, before: Kept | None, files: Sequence[Work], source: Path) -> None:
    """Raises UsageError: a name is not known, but would be if another program had not garbled the table."""
    known = {path_text(work.path) for work in files}
    for group in before.groups if before else ():
        known |= {group.name, *(path_text(work.path) for work in group.works)}
    for group in said.groups:
        for name in (group.name, *(path_text(work.path) for work in group.works)):
            for was in ungarbled(name) if name not in known else ():
                if was in known:
                    raise garbled(source, name, was)
