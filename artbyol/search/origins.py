"""Where works are from, as a curator counts it: the folder they lie in, or what a column of their metadata says."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.vectors import Ints
from artbyol.search.collection import OpenCollection

FOLDERS: Final = "folders"
"""Said instead of a column: the first subfolder that a work lies in."""


@dataclass(frozen=True, eq=False)
class Origins:
    """Where the works of a collection are from.

    Attributes:
        across: "folders", or the name of a column.
        of: of each content, by id, its origins; several where copies of it lie in several folders, or are tagged so.
            Works at the top of the folder, or of which the column says nothing, are from "": together, and from nowhere
            else.
    """

    across: str
    of: Mapping[int, frozenset[str]]

    def shared(self, contents: Ints, asking: Sequence[int]) -> NDArray[np.bool_]:
        """Which of these contents (m,) share an origin with one of those that ask, bool (m,)."""
        theirs = frozenset[str]().union(*(self.of.get(content, ()) for content in asking))
        return np.array([not theirs.isdisjoint(self.of[content]) for content in contents.tolist()], bool)


def subfolders(files: Sequence[Sequence[bytes]]) -> list[set[str]]:
    """Of each work, by the files that show it, the first subfolders they lie in, "" for none."""
    return [{os.fsdecode(path.partition(b"/")[0]) if b"/" in path else "" for path in some} for some in files]


def origins(collection: OpenCollection, ids: Ints, across: str) -> Origins:
    """Where these contents (n,) are from.

    Args:
        across: "folders", or a column: a field of `artbyol.metadata.metadata.Metadata`, as "artist", or one that only
            the collection's own table has. In capitals or small letters.

    Raises:
        UsageError: there is nothing elsewhere: all are from one place, or nobody said where.
    """
    files = collection.files_of(ids)
    if across == FOLDERS:
        said = [places - {""} for places in subfolders(files)]
        alternative = "name a column of the metadata: --across artist"
    else:
        told = collection.metadata([path for some in files for path in some])
        known, column = {path: one.columns for path, one in told.items()}, across.casefold()
        said = [{value for path in some for value in known.get(path, {}).get(column, ())} for some in files]
        others = sorted({name for one in known.values() for name in one} - {column})
        alternative = f"--across {FOLDERS}" + (f", or a column: {', '.join(others)}" if others else "")
    places = set().union(*said)
    if not places:
        what = "All works lie at the top of the folder" if across == FOLDERS else f"Nothing is known under {across!r}"
        raise UsageError(f"{what}: no work is from elsewhere.", alternative)
    if len(places) == 1 and all(said):
        (place,) = places
        raise UsageError(f"All works are from {place!r}: no work is from elsewhere.", alternative)
    return Origins(across, {content: frozenset(one or {""}) for content, one in zip(ids.tolist(), said, strict=True)})


def elsewhere(collection: OpenCollection, ids: Ints) -> str | None:
    """Across what these contents have kin elsewhere: "artist" where most have one and there are several, else "folders"
    where there are several; None: all are from one place."""
    for across in ("artist", FOLDERS):
        try:
            places = origins(collection, ids, across).of.values()
        except UsageError:
            continue
        if sum(one != {""} for one in places) * 2 >= len(ids) and len(frozenset().union(*places) - {""}) > 1:
            return across
    return None
