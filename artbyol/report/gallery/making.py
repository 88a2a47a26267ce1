"""From a collection to a gallery."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

from artbyol.base.errors import UsageError
from artbyol.base.text import display_path
from artbyol.encoder.current import MODEL
from artbyol.grouping.groups import Method, group_works
from artbyol.grouping.timeline import find_timeline
from artbyol.report.gallery.folder import GalleryFolder
from artbyol.report.gallery.images import ImageSizes
from artbyol.report.gallery.overview import survey
from artbyol.report.gallery.site import Absent, GalleryReport, default_title, write_gallery
from artbyol.search.collection import OpenCollection
from artbyol.training.verdict import Verdict, verdict_from

SMALLEST, LARGEST = 64, 1024
"""Of the small copies, px."""


def make_gallery(
    collection: OpenCollection,
    destination: Path,
    *,
    k: int | Literal["auto"] = "auto",
    method: Method = "kmeans",
    title: str | None = None,
    thumbnails: int = 320,
    large: int = 1600,
    seed: int = 0,
) -> GalleryReport:
    """Make a gallery of a collection; `artbyol.gallery` explains the arguments, and the errors."""
    started = time.monotonic()
    if not SMALLEST <= thumbnails <= LARGEST or (large and not thumbnails <= large <= 16_384):
        raise UsageError(
            f"Thumbnails are {SMALLEST} to {LARGEST} px high, and large pictures at least as large, or 0 for none;"
            f" these would be {thumbnails} and {large}."
        )
    target = GalleryFolder(destination, collection.folder)
    groups = group_works(collection, k, method=method, seed=seed)
    shown = survey(collection, groups, seed)
    dated = sum(work.metadata is not None and work.metadata.year is not None for work in shown.works)
    moved = find_timeline(collection, seed=seed) if dated > 1 else None
    verdict, trained = _verdict(collection.store.model)
    written = write_gallery(
        *(shown, target, collection.catalogue),
        title=title or default_title(collection.folder),
        sizes=ImageSizes(thumbnails, large),
        moved=moved,
        verdict=verdict,
        trained=trained,
        run=collection.run,
    )
    absent = tuple(Absent(shown.works[row].paths[0], reason) for row, reason in written.absent.items())
    if absent:
        first = display_path(absent[0].path)
        collection.run.notice(f"{len(absent):,} works are named but not shown; first {first}: {absent[0].reason}.")
    return GalleryReport(
        collection.folder,
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


def _verdict(model: Path) -> tuple[Verdict | None, bool]:
    """The verdict on the collection's model, None where there is none, and whether it was trained."""
    if not model.exists():
        return None, False
    return verdict_from(MODEL.read_header(model).get("verdict")), True
