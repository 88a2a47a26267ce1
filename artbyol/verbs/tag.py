"""`tag`: each work's group as a keyword in an XMP sidecar beside it, for other programs to find."""

from __future__ import annotations

from typing import Literal, Unpack

from artbyol.grouping.clustering import Method
from artbyol.grouping.group_works import group_works
from artbyol.pictures.measures.axes import Axis
from artbyol.report.tags import Tagged, remove_tags, write_tags
from artbyol.search.collection import OpenCollection, store_of
from artbyol.verbs.opening import Folder, RunOptions, opened, running


def tag(
    folder: Folder,
    k: int | Literal["auto"] = "auto",
    *,
    write: bool = False,
    remove: bool = False,
    adobe: bool = False,
    method: Method = "leiden",
    by: Axis = "style",
    seed: int = 0,
    **run: Unpack[RunOptions],
) -> Tagged:
    """Say each work's group in an XMP sidecar beside it, or take that out again. Without `write` nothing is written.

    Sidecars that are there are added to, byte for byte otherwise as they were; pictures are not touched.

    Args:
        folder: the collection, or any folder inside it.
        k, method, by, seed: how to group; see `artbyol.cluster`.
        write: do it; otherwise only say what would be done.
        remove: take out of all sidecars in the collection what was added, and delete those that hold nothing else and
            were made here.
        adobe: NAME.xmp, as Adobe's programs name sidecars, instead of NAME.EXT.xmp, as darktable and digiKam do.
        run: see `RunOptions`.

    Raises:
        as `artbyol.cluster`; a sidecar that cannot be changed is no error, it is in `left`.
    """
    if remove:  # where the catalogue is damaged or gone, too
        with running(run) as how:
            place = folder.store if isinstance(folder, OpenCollection) else store_of(folder, run.get("store"), how)
            return remove_tags(place.folder, write)
    with opened(folder, run) as collection:
        return write_tags(group_works(collection, k, method=method, by=by, seed=seed), adobe, write)
