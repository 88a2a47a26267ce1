"""The pages of a gallery: scripts, styles and data in a folder, and the page that loads them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files as resources
from typing import Any, Final

from artbyol.report import wording
from artbyol.report.gallery.folder import INDEX
from artbyol.report.gallery.overview import Survey
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


def about(shown: Survey, title: str, verdict: Verdict | None, *, trained: bool) -> dict[str, Any]:
    """What the pages say of the whole: what it is, how it was grouped, and by which model."""
    judged: dict[str, Any] | None = None
    if verdict:
        judged = {
            "finding": verdict.finding,
            "said": wording.finding(verdict),
            "kept": wording.keeping(verdict),
            "works": verdict.works,
            "stages": [one.stage for one in verdict.stages],
            "measures": wording.measures(verdict),
        }
    return {
        "title": title,
        "files": len(shown.row_of),
        "unassigned": sum(work.group == 0 for work in shown.works),
        "method": shown.groups.method,
        "criterion": shown.groups.criterion,
        "model": shown.model_id,
        "trained": trained,
        "verdict": judged,
        "made": datetime.now(UTC).date().isoformat(),
        "version": version("artbyol"),
    }


def pages(data: dict[str, bytes], title: str) -> dict[str, bytes]:
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
