"""A survey as a folder of pages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, Final

from artbyol.base.run import Run
from artbyol.grouping.timeline import Timeline
from artbyol.report import verdict as in_words
from artbyol.report.gallery.data import scripts
from artbyol.report.gallery.folder import INDEX, GalleryFolder
from artbyol.report.gallery.images import CELLS, ImageSizes, along_the_map, image_name, make_copies, make_sheets
from artbyol.report.gallery.overview import Survey
from artbyol.storage.catalogue import Catalogue
from artbyol.training.verdict import Verdict

PAGE: Final = (
    "core.js",
    "justified.js",
    "wall.js",
    "groups.js",
    "tiles.js",
    "map.js",
    "work.js",
    "timeline.js",
    "ideas.js",
    "about.js",
    "app.js",
)
"""The page's scripts in the order in which they are loaded."""

STYLES: Final = ("gallery.css", "views.css")


@dataclass(frozen=True)
class Absent:
    """A work that the gallery names but cannot show, and why."""

    path: bytes
    reason: str


@dataclass(frozen=True)
class GalleryReport:
    """What was made.

    Attributes:
        folder: the collection; `destination`: where the gallery lies; `index`: the page to open.
        works, files: different pictures, and files that show them.
        groups: how many.
        with_year: works whose year is known.
        trustworthiness, continuity: of the map, 0..1 (`artbyol.grouping.map`); NaN with fewer than five works.
        copied, reused: works whose pictures were copied now; whose copies were there.
        absent: works without a picture.
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
    bytes: int
    model_id: str
    seconds: float


@dataclass(frozen=True)
class Written:
    """A gallery that was written.

    Attributes:
        made, reused: works whose pictures were copied now, or had been before.
        absent: rows of works without a picture, and why.
        bytes: of the whole folder.
    """

    made: int
    reused: int
    absent: dict[int, str]
    bytes: int


def write_gallery(
    shown: Survey,
    target: GalleryFolder,
    catalogue: Catalogue,
    *,
    title: str,
    sizes: ImageSizes,
    moved: Timeline | None,
    verdict: Verdict | None,
    trained: bool,
    run: Run,
) -> Written:
    """Make the copies of the pictures, then the pages.

    Args:
        moved: how style moves over the years; None where fewer than two works have one.

    Raises:
        Interrupted: `stop` said so; the same call goes on from there. UsageError: as `GalleryFolder.publish`.
    """
    copies = make_copies(target.root, catalogue, shown.folder, shown.works, sizes, run)
    order = along_the_map(shown.layout.positions)
    small = sizes.folders[0]
    sheets = {cell: make_sheets(target.root, shown.works, order, small, cell) for cell in CELLS}
    about = _about(shown, title, verdict, trained)
    data = scripts(shown, sizes, copies.absent, sheets, order, about, moved)
    images = {name for names in sheets.values() for name in names}
    images |= {
        image_name(folder, work.id)
        for row, work in enumerate(shown.works)
        if row not in copies.absent
        for folder in sizes.folders
    }
    return Written(copies.made, copies.reused, copies.absent, target.publish(_pages(data, title), images))


def _about(shown: Survey, title: str, verdict: Verdict | None, trained: bool) -> dict[str, Any]:
    judged: dict[str, Any] | None = None
    if verdict:
        judged = {
            "finding": verdict.finding,
            "said": in_words.finding(verdict),
            "kept": in_words.keeping(verdict),
            "works": verdict.works,
            "stages": [one.stage for one in verdict.stages],
            "measures": in_words.measures(verdict),
        }
    return {
        "title": title,
        "files": sum(len(work.paths) for work in shown.works),
        "unassigned": sum(work.group == 0 for work in shown.works),
        "method": shown.groups.method,
        "criterion": shown.groups.criterion,
        "model": shown.model_id,
        "trained": trained,
        "verdict": judged,
        "made": datetime.now(UTC).date().isoformat(),
        "version": version("artbyol"),
    }


def _pages(data: dict[str, bytes], title: str) -> dict[str, bytes]:
    """All files but pictures. Those that belong together lie in a folder named by what is in it, so that no browser
    mixes those of today with those it kept of yesterday."""
    page = resources("artbyol.report.gallery") / "page"
    together = {name: (page / name).read_bytes() for name in (*STYLES, *PAGE)} | data
    digest = hashlib.blake2b(digest_size=4)
    for name in sorted(together):
        digest.update(name.encode() + b"\0" + together[name])
    folder = f"pages-{digest.hexdigest()}"
    index = _rendered((page / "index.html").read_text(encoding="utf-8"), title=title, folder=folder)
    return {f"{folder}/{name}": content for name, content in together.items()} | {INDEX: index}


def _rendered(template: str, **values: Any) -> bytes:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    return environment.from_string(template).render(scripts=PAGE, styles=STYLES, **values).encode("utf-8")


def default_title(folder: Path) -> str:
    """A collection's title where none was given: its folder's name."""
    return folder.name.replace("_", " ") or str(folder)
