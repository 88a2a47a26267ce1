"""`gallery`: a folder of pages to look at a collection in any browser."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.base.run import DEFAULT_MAX_PIXELS
from artbyol.base.text import display_path
from artbyol.grouping.groups import Method
from artbyol.report.gallery.site import Absent, GalleryReport
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import existing
from artbyol.verbs.cluster import cluster
from artbyol.verbs.timeline import timeline

SMALLEST, LARGEST = 64, 1024
"""Of the small copies, px."""


def gallery(
    folder: str | Path,
    destination: str | Path,
    *,
    k: int | Literal["auto"] = "auto",
    method: Method = "kmeans",
    title: str | None = None,
    thumbnails: int = 320,
    large: int = 1600,
    metadata: str | Path | None = None,
    store: str | Path | None = None,
    seed: int = 0,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    listener: Listener = ignore,
    stop: Callable[[], bool] = lambda: False,
) -> GalleryReport:
    """Make a gallery of a collection: a folder of pages that any browser opens, without a server or the network.

    An earlier gallery in the same folder is replaced, and its copies of pictures are used again. After a stop the same
    call goes on.

    Args:
        folder: the collection, or any folder inside it; its pictures are only read.
        destination: a folder that is new, empty, or holds an earlier gallery.
        k, method: how works are grouped, as in `artbyol.cluster`.
        title: default: the folder's name.
        thumbnails: height of the small copies, px.
        large: longer side of the large copies, px (a panorama may be twice as long); 0: none.
        metadata: a CSV that says more of the works, instead of metadata.csv beside the pictures; see
            `artbyol.metadata.metadata`.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        seed: of k-means, of the map, and of the shuffles that tell turning points from chance.
        max_pixels: larger pictures are named, but not shown.
        listener: told what happens.
        stop: asked after every picture; True stops.

    Raises:
        StoreMissingError: nothing was embedded yet. ModelMismatchError: trained since.
        UsageError: the destination holds something else; k is not possible; a size out of range.
        Interrupted: `stop` said so.
    """
    from artbyol.report.gallery.folder import GalleryFolder
    from artbyol.report.gallery.images import ImageSizes
    from artbyol.report.gallery.overview import survey
    from artbyol.report.gallery.site import default_title, write_gallery

    started = time.monotonic()
    if not SMALLEST <= thumbnails <= LARGEST or (large and not thumbnails <= large <= 16_384):
        raise UsageError(
            f"Thumbnails are {SMALLEST} to {LARGEST} px high, and large pictures at least as large, or 0 for none;"
            f" these would be {thumbnails} and {large}."
        )
    place = existing(Path(folder), Path(store) if store else None)
    target = GalleryFolder(Path(destination), place.folder)
    groups = cluster(place.folder, k, method=method, metadata=metadata, store=store, seed=seed, listener=listener)
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        shown = survey(place, catalogue, groups, seed, listener)
        dated = sum(work.metadata is not None and work.metadata.year is not None for work in shown.works)
        moved = timeline(place.folder, metadata=metadata, store=store, seed=seed) if dated > 1 else None
        verdict, trained = _verdict(place.model)
        written = write_gallery(
            *(shown, target, catalogue),
            title=title or default_title(place.folder),
            sizes=ImageSizes(thumbnails, large),
            moved=moved,
            verdict=verdict,
            trained=trained,
            max_pixels=max_pixels,
            listener=listener,
            stop=stop,
        )
    absent = tuple(Absent(shown.works[row].paths[0], reason) for row, reason in written.absent.items())
    if absent:
        first = display_path(absent[0].path)
        listener(Notice(f"{len(absent):,} works are named but not shown; first {first}: {absent[0].reason}."))
    return GalleryReport(
        place.folder,
        target.root,
        target.root / "index.html",
        len(shown.works),
        sum(len(work.paths) for work in shown.works),
        sum(group.size > 0 for group in groups.groups),
        dated,
        shown.layout.trustworthiness,
        shown.layout.continuity,
        written.made,
        written.reused,
        absent,
        written.bytes,
        shown.model_id,
        time.monotonic() - started,
    )


def _verdict(model: Path) -> tuple[Any, bool]:
    """The verdict on the collection's model, None where there is none, and whether it was trained."""
    from artbyol.encoder.model_file import read_header
    from artbyol.training.verdict import verdict_from

    if not os.path.exists(model):
        return None, False
    return verdict_from(read_header(model, "model").get("verdict")), True
