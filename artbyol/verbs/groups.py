"""`groups`: the groups that are kept of a collection, shown and changed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from artbyol.base.errors import StoreError, StoreFormatError, StoreMissingError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.base.text import display_path
from artbyol.grouping import kept_file as keeping
from artbyol.grouping.csv import read_csv
from artbyol.grouping.draft import settle
from artbyol.grouping.edits import CHANGES, Scene, Wish, is_table
from artbyol.grouping.groups import KeptGroupInfo, KeptGroups
from artbyol.grouping.kept import Kept
from artbyol.grouping.matching import match, refreshed, resolve
from artbyol.grouping.toml import read_toml
from artbyol.metadata.table import read_text
from artbyol.search.query import Path_
from artbyol.storage.catalogue import Catalogue, Work
from artbyol.storage.store import Store, existing, writing


def groups(
    folder: str | Path,
    works: Path_ | Sequence[Path_] = (),
    *,
    into: str | None = None,
    new: bool = False,
    pin: bool | None = None,
    rename: tuple[str, str] | None = None,
    note: tuple[str, str] | None = None,
    merge: str | None = None,
    split: str | None = None,
    dissolve: str | None = None,
    freeze: bool | None = None,
    write: str | Path | None = None,
    read: str | Path | None = None,
    undo: bool = False,
    store: str | Path | None = None,
    listener: Listener = ignore,
) -> KeptGroups:
    """Show the groups that are kept of a collection, or make one change to them. `cluster(keep=True)` begins.

    A group is named by its name or its id. Every change can be undone.

    Args:
        folder: the collection, or any folder inside it.
        works: to be moved `into` a group, which pins them there (`new`: into a new one of that name), or to be pinned
            where they are (`pin` True), or no longer (False). Paths, or names in the collection; a folder stands for
            its works.
        rename: (group, name). note: (group, text); an empty text takes the note away.
        merge: a group whose works become those of `into`, and which is gone then.
        split: a group to be made two.
        dissolve: a group that shall be gone; its works wait for another.
        freeze: True: new works are assigned; False: works are grouped anew.
        write: a new file for all of it, .toml or .csv; read: such a file, edited or not.
        undo: take the last change back.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        listener: told what happens.

    Raises:
        StoreMissingError: no groups are kept yet, or nothing was embedded. UsageError: no such group or work, two
        changes at once, a name that is taken, a file that makes no sense. StoreError: the kept file is damaged.
    """
    place = existing(Path(folder), Path(store) if store else None)
    named = [works] if isinstance(works, (str, bytes, os.PathLike)) else list(works)
    wish = Wish(named, into, new, pin, rename, note, merge, split, dissolve, freeze, write, read, undo)
    change = wish.change()
    alters = change not in (None, "write")
    with (
        writing(place, "artbyol groups", listener) if alters else nullcontext(),
        Catalogue.open(place.catalogue, read_only=True) as catalogue,
    ):
        files = catalogue.works()
        if change == "undo":
            kept, said = keeping.take_back(place), "The last change is undone."
        elif change == "read":
            kept, said = _read(wish, place, files, listener)
        else:
            kept, said = refreshed(_kept(place), files), None
            if change is not None:
                kept, said = CHANGES[change](wish, Scene(place, catalogue, files, kept))
        if alters and change != "undo":
            keeping.save(place, refreshed(kept, files))
        return _shown(place, kept, files, said)


def _kept(place: Store) -> Kept:
    kept = keeping.load(place)
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
        keeping.versions(place),
        said,
    )


def _read(wish: Wish, place: Store, files: Sequence[Work], listener: Listener) -> tuple[Kept, str]:
    """The groups that a file says."""
    source = Path(wish.read or "")
    table = is_table(source)
    try:
        before = keeping.load(place)
    except StoreFormatError:
        raise  # a newer artbyol's is not thrown away
    except StoreError as error:
        listener(Notice(f"{error.message}; it is replaced."))
        before = None
    text = read_text(source)
    draft = read_csv(text, source, before) if table else read_toml(text, source)
    kept = resolve(draft, settle(draft, before), before, place.folder, files)
    gone = match(kept, files).gone
    known = {work.path for group in (before.groups if before else ()) for work in group.works}
    unknown = [work for work in gone if work.path not in known]
    if unknown:
        first = display_path(unknown[0].path)
        listener(Notice(f"{len(unknown):,} works of {source} are not in this collection ({first}); they keep a place."))
    works = sum(len(group.works) for group in kept.groups)
    return kept, f"{len(kept.groups)} groups and {works:,} works are as {source} says."
