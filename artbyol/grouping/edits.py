"""What a curator may ask of her groups, one change a call, and how each is carried out and told."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, fields, replace
from pathlib import Path

from artbyol.base.errors import StoreError, StoreFormatError, StoreMissingError, UsageError
from artbyol.base.run import Run
from artbyol.base.text import display_path
from artbyol.grouping import kept as curating
from artbyol.grouping import kept_file
from artbyol.grouping.csv import read_csv, write_csv
from artbyol.grouping.draft import path_text, settle
from artbyol.grouping.groups import KeptGroupInfo, KeptGroups
from artbyol.grouping.kept import Kept, KeptGroup, KeptWork
from artbyol.grouping.matching import as_kept, match, named, refreshed, resolve
from artbyol.grouping.toml import read_toml, write_toml
from artbyol.metadata.table import FileNames, read_text
from artbyol.search.collection import OpenCollection, Path_
from artbyol.storage.atomic import write_atomically
from artbyol.storage.rows import Work
from artbyol.storage.store import Store


@dataclass(frozen=True)
class Wish:
    """The arguments of `artbyol.verbs.groups.groups`, as they are explained there."""

    works: Sequence[Path_] = ()
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
        details = ("into", "new", "pin")
        asked = [
            field.name
            for field in fields(self)
            if field.name not in details and getattr(self, field.name) not in (None, (), [])
        ]
        asked = [name for name in asked if name != "undo" or self.undo]
        if len(asked) > 1:
            raise UsageError(f"{_SAID[asked[0]]} and {_SAID[asked[1]]} are two changes", "one after the other")
        change = asked[0] if asked else None
        if change == "works" and (self.into is None) == (self.pin is None):
            raise UsageError("works are moved into a group, or pinned, or unpinned", "--into GROUP, --pin or --unpin")
        if change == "merge" and self.into is None:
            raise UsageError("a group is merged into another", "--merge GROUP --into GROUP")
        if change not in ("works", "merge") and self.into is not None:
            raise UsageError("nothing is named that goes into the group", "name works after FOLDER, or --merge GROUP")
        if change != "works" and self.pin is not None:
            raise UsageError("no works are named to be pinned or unpinned", "name them after FOLDER")
        if self.new and (change != "works" or self.into is None):
            raise UsageError("a new group needs works", "name them after FOLDER, and the group: --into NAME --new")
        return change


_SAID = {"works": "works", "read": "--import", "write": "--export", "freeze": "--freeze or --unfreeze"}
_SAID |= {name: f"--{name}" for name in ("rename", "note", "merge", "split", "dissolve", "undo")}


@dataclass(frozen=True)
class Scene:
    """What a change is made in: the collection and every usable file of it, and the groups as they are."""

    collection: OpenCollection
    files: Sequence[Work]
    kept: Kept


Told = tuple[Kept, str]
"""The groups after a change, and what was done in words."""


def _works(wish: Wish, scene: Scene) -> Told:
    entries = _entries(wish.works, scene)
    if wish.pin is not None:
        held = {id(work) for group in scene.kept.groups for work in group.works}
        inside = [entry for entry in entries if id(entry) in held]
        if not inside:
            raise UsageError(f"{path_text(entries[0].path)!r} is in no group", "move it into one: --into GROUP")
        done = "pinned to their groups" if wish.pin else "no longer pinned; while the groups are frozen they stay"
        left = f" {len(entries) - len(inside):,} are in no group." if len(inside) < len(entries) else ""
        return curating.pin(scene.kept, inside, wish.pin), f"{_counted(inside)} {done}.{left}"
    kept, into = scene.kept, wish.into or ""
    if wish.new:
        kept, group = curating.add_group(kept, into)
    else:
        group = _target(kept, into)
    moved = curating.move(kept, entries, group.id)
    return moved, f"{_counted(entries)} moved into {_called(group)} and pinned there."


def _target(kept: Kept, into: str) -> KeptGroup:
    try:
        return curating.find_group(kept, into)
    except UsageError as error:
        raise UsageError(error.message, f"{error.hint}; a new one: --into {into!r} --new") from error


def _entries(wanted: Sequence[Path_], scene: Scene) -> list[KeptWork]:
    """The works that are meant, each once, as the groups know them or as they would be kept."""
    matched = match(scene.kept, scene.files)
    names = FileNames(scene.collection.folder, [[one.path] for one in scene.files])
    found: dict[int, KeptWork] = {}
    for one in wanted:
        for work in _meant(os.fsencode(one), scene, names):
            found.setdefault(work.id, matched.entries.get(work.id) or as_kept(work))
    return list(found.values())


def _meant(path: bytes, scene: Scene, names: FileNames) -> list[Work]:
    """A path as the shell completes it, from where the curator stands, or else a name in the collection."""
    folder = os.fsencode(scene.collection.folder)
    if os.path.lexists(path):
        for whole, root in ((os.path.abspath(path), folder), (os.path.realpath(path), os.path.realpath(folder))):
            inside = os.path.relpath(whole, root).replace(os.fsencode(os.sep), b"/")
            if os.path.isdir(whole):
                below = b"" if inside == b"." else inside + b"/"
                works = [work for work in scene.files if work.path.startswith(below)]
            else:
                works = [work for work in scene.files if work.path == inside]
            if works:
                return works
    below = path.replace(os.fsencode(os.sep), b"/").rstrip(b"/") + b"/"
    return [work for work in scene.files if work.path.startswith(below)] or [named(path, names, scene.files)]


def _rename(wish: Wish, scene: Scene) -> Told:
    assert wish.rename is not None
    group = curating.find_group(scene.kept, wish.rename[0])
    kept = curating.rename(scene.kept, *wish.rename)
    return kept, f"Group {group.id} is called {curating.find_id(kept, group.id).name!r} now."


def _note(wish: Wish, scene: Scene) -> Told:
    assert wish.note is not None
    group = curating.find_group(scene.kept, wish.note[0])
    done = "has a note" if wish.note[1].strip() else "has no note any more"
    return curating.annotate(scene.kept, *wish.note), f"{_called(group)} {done}."


def _merge(wish: Wish, scene: Scene) -> Told:
    source, target = (curating.find_group(scene.kept, one or "") for one in (wish.merge, wish.into))
    kept = curating.merge(scene.kept, wish.merge or "", wish.into or "")
    return kept, f"The works of {_called(source)} are in {_called(target)} now; {source.id} is no group any more."


def _split(wish: Wish, scene: Scene) -> Told:
    from artbyol.grouping.regrouping import split

    embedded = scene.collection.embedded(scene.kept.by)
    matched = match(scene.kept, scene.files)
    kept, old, new = split(scene.kept, wish.split or "", matched, embedded.ids, embedded.directions)
    return kept, f"{_called(old)} keeps {_counted(old.works)}; {_counted(new.works)} are {_called(new)}."


def _dissolve(wish: Wish, scene: Scene) -> Told:
    group = curating.find_group(scene.kept, wish.dissolve or "")
    kept = curating.dissolve(scene.kept, wish.dissolve or "")
    return kept, f"{_called(group)} is no group any more; its {_counted(group.works)} wait for another."


def _freeze(wish: Wish, scene: Scene) -> Told:
    frozen = bool(wish.freeze)
    meaning = "new works are assigned to them" if frozen else "the next cluster groups anew, and only pinned works stay"
    return replace(scene.kept, frozen=frozen), f"The groups are {'' if frozen else 'no longer '}frozen: {meaning}."


def is_table(file: Path) -> bool:
    """Whether a file of groups is a CSV and no TOML. Raises UsageError: its name ends like neither."""
    if file.suffix.lower() not in (".csv", ".toml"):
        raise UsageError(f"{str(file)!r} ends neither in .toml nor in .csv", "name a file that does")
    return file.suffix.lower() == ".csv"


def _write(wish: Wish, scene: Scene) -> Told:
    target = Path(wish.write or "")
    waiting = [as_kept(work) for work in match(scene.kept, scene.files).waiting]
    write = write_csv if is_table(target) else write_toml
    if os.path.lexists(target):
        # Also one of ours: it may have been edited, and not yet read back.
        raise UsageError(f"{str(target)!r} exists; it was left as it is", "name a new file")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {str(target.parent)!r}", "make it first")
    try:
        write_atomically(target, write(scene.kept, waiting).encode("utf-8"))
    except StoreError as error:
        raise UsageError(error.message, "name a file that can be written") from error
    return scene.kept, f"{len(scene.kept.groups)} groups are written to {target}; edited, it goes back with --import."


CHANGES: Mapping[str, Callable[[Wish, Scene], Told]] = {
    "works": _works,
    "rename": _rename,
    "note": _note,
    "merge": _merge,
    "split": _split,
    "dissolve": _dissolve,
    "freeze": _freeze,
    "write": _write,
}


def _called(group: KeptGroup) -> str:
    return f"group {group.id}, {group.name!r}" if group.name != curating.default_name(group.id) else group.name


def _counted(works: Sequence[KeptWork]) -> str:
    return f"{len(works):,} work{'' if len(works) == 1 else 's'}"


def change_groups(collection: OpenCollection, wish: Wish) -> KeptGroups:
    """Show the groups that are kept, or make one change to them; `artbyol.groups` explains the arguments, and the
    errors."""
    change, place = wish.change(), collection.store
    alters = change not in (None, "write")
    with collection.writing("artbyol groups") if alters else nullcontext():
        files = collection.files()
        if change == "undo":
            kept, said = kept_file.take_back(place), "The last change is undone."
        elif change == "read":
            kept, said = _read(wish, place, files, collection.run)
        else:
            kept, said = refreshed(_kept(place), files), None
            if change is not None:
                kept, said = CHANGES[change](wish, Scene(collection, files, kept))
        if alters and change != "undo":
            kept_file.save(place, refreshed(kept, files))
        return _shown(place, kept, files, said)


def _kept(place: Store) -> Kept:
    kept = kept_file.load(place)
    if kept is None:
        raise StoreMissingError(
            f"No groups are kept of {place.folder} yet.", f"artbyol cluster {shlex.quote(str(place.folder))} --keep"
        )
    return kept


def _shown(place: Store, kept: Kept, files: Sequence[Work], said: str | None) -> KeptGroups:
    matched = match(kept, files)
    missing = {id(work) for work in matched.gone}
    return KeptGroups(
        place.folder,
        place.groups,
        kept.frozen,
        kept.by,
        tuple(
            KeptGroupInfo(
                group.id,
                group.name,
                group.note,
                len(group.works),
                sum(work.pinned for work in group.works),
                sum(id(work) in missing for work in group.works),
            )
            for group in kept.groups
        ),
        tuple(work.path for work in matched.waiting),
        tuple(work.path for work in matched.gone),
        kept_file.versions(place),
        said,
    )


def _read(wish: Wish, place: Store, files: Sequence[Work], run: Run) -> tuple[Kept, str]:
    """The groups that a file says."""
    source = Path(wish.read or "")
    table = is_table(source)
    try:
        before = kept_file.load(place)
    except StoreFormatError:
        raise  # a newer artbyol's is not thrown away
    except StoreError as error:
        run.notice(f"{error.message}; it is replaced.")
        before = None
    text = read_text(source)
    draft = read_csv(text, source, before) if table else read_toml(text, source)
    kept = resolve(draft, settle(draft, before), before, place.folder, files)
    gone = match(kept, files).gone
    known = {work.path for group in (before.groups if before else ()) for work in group.works}
    unknown = [work for work in gone if work.path not in known]
    if unknown:
        first = display_path(unknown[0].path)
        run.notice(f"{len(unknown):,} works of {source} are not in this collection ({first}); they keep a place.")
    works = sum(len(group.works) for group in kept.groups)
    return kept, f"{len(kept.groups)} groups and {works:,} works are as {source} says."
