"""From a collection to a gallery: a folder of pages, their scripts, styles and data, and copies of the pictures."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from artbyol.base.errors import UsageError
from artbyol.base.rendering import rendered
from artbyol.base.text import display_path
from artbyol.encoder.current import MODEL
from artbyol.grouping.clustering import Method
from artbyol.grouping.group_works import coarser_and_finer
from artbyol.grouping.timeline import find_timeline
from artbyol.pictures.listing import Brief
from artbyol.report import wording
from artbyol.report.gallery.data import scripts
from artbyol.report.gallery.folder import INDEX, gallery_folder
from artbyol.report.gallery.groupings import groupings_data, other_numbers
from artbyol.report.gallery.images import CELLS, ImageSizes, along_the_map, image_name, make_copies, make_sheets
from artbyol.report.gallery.overview import Survey, survey
from artbyol.report.gallery.owner import OwnerText, owner_text
from artbyol.report.gallery.page_code import digest_of, page_code
from artbyol.report.gallery.search_data import check_search, megabytes, search_scripts
from artbyol.report.gallery.where import where_alike
from artbyol.report.gallery.zoom import make_tiles
from artbyol.report.source_words import palette_line, source_line, source_warning
from artbyol.search.collection import OpenCollection
from artbyol.search.source_check import SourceCheck, check_collection
from artbyol.training.verdict import Verdict, verdict_from

SMALLEST, LARGEST = 64, 1024
"""Of the small copies, px."""


@dataclass(frozen=True)
class Absent:
    """A work that the gallery names but cannot show, and why."""

    path: bytes
    reason: str


@dataclass(frozen=True, repr=False)
class GalleryReport(Brief):
    """What was made.

    Attributes:
        folder: the collection; `destination`: where the gallery lies; `index`: the page to open.
        works, files: different pictures, and files that show them.
        groups: how many.
        with_year: works whose year is known.
        trustworthiness, continuity: of the map, 0..1 (`artbyol.grouping.map`); NaN with fewer than five works.
        copied, reused: works whose pictures were copied now; whose copies were there.
        absent: works without a picture. zoomed: works with tiles for deep zoom.
        bytes: of the gallery.
        model_id: of the model whose vectors it shows.
        seconds: wall time.
    """

    folder: Path
    destination: Path
    index: Path
    works: int
    files: int
    groups: int
    with_year: int
    trustworthiness: float
    continuity: float
    copied: int
    reused: int
    absent: tuple[Absent, ...]
    zoomed: int
    bytes: int
    model_id: str
    seconds: float


def make_gallery(
    collection: OpenCollection,
    destination: Path,
    title: str | None,
    sides: tuple[int, int],
    k: int | Literal["auto"],
    method: Method,
    seed: int,
    across: str | None,
    where: bool,
    with_search: bool = False,
    zoom: bool = False,
    about: Path | None = None,
) -> GalleryReport:
    """Make a gallery of a collection; `artbyol.gallery` explains the arguments, and the errors."""
    started, (thumbnails, large) = time.monotonic(), sides
    if not SMALLEST <= thumbnails <= LARGEST or (large and not thumbnails <= large <= 16_384):
        raise UsageError(
            f"Thumbnails are {SMALLEST} to {LARGEST} px high, and large pictures at least as large, or 0 for none;"
            f" these would be {thumbnails} and {large}."
        )
    folder, sizes = collection.folder, ImageSizes(thumbnails, large)
    owner = owner_text(folder, about)
    title = title or folder.name.replace("_", " ") or str(folder)
    if with_search:
        check_search(collection)
    with gallery_folder(destination, folder, collection.run) as target:
        groups, *others = coarser_and_finer(collection, k, other_numbers, method=method, seed=seed)
        shown = survey(collection, groups, seed, across)
        dated = sum(work.metadata is not None and work.metadata.year is not None for work in shown.works)
        moved = find_timeline(collection, seed=seed) if dated > 1 else None
        model = collection.store.model
        header = MODEL.read_header(model) if model.exists() else None

        files = [work.paths[0] for work in shown.works]
        light = where_alike(collection, files, shown.directions, shown.nearness.nearest) if where else {}
        search = search_scripts(collection, shown) if with_search else {}
        if search:
            collection.run.notice(
                f"What answers for pictures that are dropped on the gallery adds {megabytes(search)}."
            )
        copies = make_copies(target, folder, shown.works, sizes, collection.run)
        missing = {row: reason for row, reason in enumerate(copies) if reason}
        tiles = make_tiles(target, collection, shown.works, sizes) if zoom else {}
        collection.run.progress("writing")
        order = along_the_map(shown.layout.positions)
        sheets = {cell: make_sheets(target, shown.works, order, sizes.folders[0], cell) for cell in CELLS}
        images = {name for names in sheets.values() for name in names}
        there = [work.id for row, work in enumerate(shown.works) if row not in missing]
        images |= {image_name(size, work) for work in there for size in sizes.folders}
        images |= {name for names in tiles.values() for name in names}
        verdict = verdict_from(header.get("verdict")) if header else None
        said = _about(shown, title, owner, verdict, check_collection(collection), trained=header is not None)
        data = scripts(
            shown, sizes, missing, sheets, order, said, moved, light, groupings_data(shown, others), list(tiles)
        )
        written = target.publish(_pages(data | search, title, search=with_search), images)

    absent = tuple(Absent(shown.works[row].paths[0], reason) for row, reason in missing.items())
    if absent:
        first = f"{display_path(absent[0].path)}: {absent[0].reason}"
        collection.run.notice(f"{len(absent):,} works cannot be shown; the first is {first}.")
    return GalleryReport(
        folder=folder,
        destination=target.root,
        index=target.root / INDEX,
        works=len(shown.works),
        files=len(shown.row_of),
        groups=sum(group.size > 0 for group in groups.groups),
        with_year=dated,
        trustworthiness=shown.layout.trustworthiness,
        continuity=shown.layout.continuity,
        copied=copies.count(None),
        reused=copies.count(""),
        absent=absent,
        zoomed=len(tiles),
        bytes=written,
        model_id=shown.model_id,
        seconds=time.monotonic() - started,
    )


def _about(
    shown: Survey, title: str, owner: OwnerText, verdict: Verdict | None, sources: SourceCheck, *, trained: bool
) -> dict[str, Any]:
    """What the pages say of the whole: what it is, how it was grouped, by which model, and what neighbours follow."""
    judged: dict[str, Any] | None = None
    if verdict:
        judged = {
            "finding": verdict.finding,
            "said": wording.finding(verdict),
            "meaning": wording.meaning(verdict),
            "kept": wording.keeping(verdict),
            "works": verdict.works,
            "stages": [one.stage for one in verdict.stages],
            "measures": wording.measures(verdict),
        }
    follows = (source_line(sources), source_warning(sources), palette_line(verdict) if verdict else None)
    return {
        "title": title,
        "text": list(owner.paragraphs),
        "credit": owner.credit,
        "licence": owner.licence,
        "files": len(shown.row_of),
        "unassigned": sum(work.group == 0 for work in shown.works),
        "across": shown.across,
        "groups": sum(group.size > 0 for group in shown.groups.groups),
        "method": shown.groups.method,
        "criterion": shown.groups.criterion,
        "model": shown.model_id,
        "trained": trained,
        "verdict": judged,
        "follows": [f"{line[0].upper()}{line[1:]}." for line in follows if line],
        "made": datetime.now(UTC).date().isoformat(),
        "version": version("artbyol"),
    }


def _pages(data: dict[str, bytes], title: str, *, search: bool) -> dict[str, bytes]:
    """All files but pictures. Those that belong together lie in a folder named by what is in it, so that no browser
    mixes those of today with those it kept of yesterday."""
    together = page_code() | data
    folder = f"pages-{digest_of(together)}"
    index = rendered("gallery.html", {"title": title, "folder": folder, "search": search}).encode("utf-8")
    return {f"{folder}/{name}": content for name, content in together.items()} | {INDEX: index}
