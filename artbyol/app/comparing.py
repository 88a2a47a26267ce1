"""The collection beside another folder, as `artbyol compare` has it, for windows."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from artbyol.app.larger import Original
from artbyol.app.works import Known
from artbyol.base.bootstrap import Estimate
from artbyol.base.errors import UsageError
from artbyol.base.text import display_path, display_text
from artbyol.search.collection import OpenCollection
from artbyol.search.two_collections import Comparison, Kin, store_as_seen
from artbyol.storage.catalogue import Catalogue
from artbyol.verbs.compare import compare

MOST_SHOWN: Final = 240
"""Works of each list."""


@dataclass(frozen=True, eq=False)
class Compared:
    """A comparison as windows show it.

    Attributes:
        said: for JSON: the figures, and of every list the pairs: `mine` a work's id, `theirs` a number.
        theirs: the works of the other folder that are shown, by those numbers.
    """

    said: dict[str, Any]
    theirs: Sequence[Original]


def compared(collection: OpenCollection, known: Known, other: str) -> Compared:
    """Compare a collection with another folder.

    Raises:
        UsageError: that is no whole path. Otherwise as `artbyol.compare`.
    """
    folder = Path(other).expanduser()
    if not folder.is_absolute():
        raise UsageError("Write the whole path of the other folder.", "as in /home/me/pictures")
    run = collection.run
    found = compare(collection, folder, listener=run.listener, stop=run.stop, max_pixels=run.max_pixels)
    inside = [one for one in found.theirs if one.inside][:MOST_SHOWN]
    mine = {"kin": found.mine[:MOST_SHOWN], "only": found.only_mine[:MOST_SHOWN]}
    nearest = [one.nearest for some in mine.values() for one in some]
    paths = list(dict.fromkeys([*nearest, *(one.path for one in inside)]))
    number = {path: at for at, path in enumerate(paths)}

    def pair(one: Kin, path: bytes, theirs: bytes) -> dict[str, Any]:
        told = {"percentile": round(10 * one.percentile), "kin": one.kin, "same": one.same}
        return {"mine": known.id_of.get(path), "theirs": number[theirs], **told}

    lists = {name: [pair(one, one.path, one.nearest) for one in some] for name, some in mine.items()}
    said = {
        **_figures(found),
        **lists,
        "inside": [pair(one, one.nearest, one.path) for one in inside],
        "names": [display_path(path) for path in paths],
    }
    return Compared(said, _originals(collection, found, paths))


def _figures(found: Comparison) -> dict[str, Any]:
    return {
        "other": display_text(str(found.other)),
        "name": display_text(found.other.name),
        "works": found.works,
        "otherWorks": found.other_works,
        "onlyMine": len(found.only_mine),
        "withKin": _estimate(found.with_kin),
        "insideShare": _estimate(found.inside),
        "usual": round(found.usual),
        "same": sum(one.same for one in found.mine),
    }


def _estimate(one: Estimate) -> list[int]:
    return [round(one.value), round(one.low), round(one.high)]


def _originals(collection: OpenCollection, found: Comparison, paths: Sequence[bytes]) -> list[Original]:
    """Where the pictures of the other folder lie, as they were when they were compared."""
    seen = store_as_seen(collection, found.other, collection.store.trained_model)
    with Catalogue.open(seen.catalogue, read_only=True) as catalogue:
        works = {work.path: work for work in catalogue.works()}
    folder = os.fsencode(found.other)
    return [
        Original([os.path.join(folder, work.path)], work.hash, work.width, work.height)
        for work in (works[path] for path in paths)
    ]
