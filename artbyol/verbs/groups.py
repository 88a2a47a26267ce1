"""`groups`: the groups that are kept of a collection, shown and changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from artbyol.grouping.edits import KeptGroups, Wish, change_groups
from artbyol.search.collection import Path_
from artbyol.verbs.opening import Folder, RunOptions, as_list, opened


def groups(
    folder: Folder,
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
    **run: Unpack[RunOptions],
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
        run: see `RunOptions`.

    Raises:
        StoreMissingError: no groups are kept yet, or nothing was embedded. UsageError: no such group or work, two
        changes at once, a name that is taken, a file that makes no sense. StoreError: the kept file is damaged.
    """
    wish = Wish(as_list(works), into, new, pin, rename, note, merge, split, dissolve, freeze, write, read, undo)
    with opened(folder, run) as collection:
        return change_groups(collection, wish)
