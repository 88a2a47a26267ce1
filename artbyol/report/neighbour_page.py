"""A search as one HTML file: pictures, colours and bars are in it, it asks nothing of any network and runs no script.

Names are escaped by Jinja2 wherever they stand. The page forbids itself everything but its own style and the pictures
inside it (Content Security Policy), so that a name which slipped through could still do nothing.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from artbyol.base.errors import DecodeError, UsageError
from artbyol.base.rendering import rendered
from artbyol.base.text import display_text, told_apart
from artbyol.pictures.measures.axes import AXES
from artbyol.pictures.thumbnail import thumbnail
from artbyol.report.destination import check_file, replacing_file
from artbyol.report.likeness_words import where_likeness_ends
from artbyol.report.sheets import MOST_QUERIES, captioned
from artbyol.report.spotlight import spotlit
from artbyol.search.axis_percentiles import AGREE, DIFFER
from artbyol.search.collection import OpenCollection
from artbyol.search.description import describe_works
from artbyol.search.results import Neighbours, Places

if TYPE_CHECKING:
    from PIL import Image

_MADE_BY: Final = "artbyol neighbours page"  # written into the file: only such a file is ever replaced
_KIND: Final = "a page of neighbours"

_LONGEST_SIDE = 800  # px of a picture in the page; twice what it is shown at, for fine screens
_LIT_SIDE = 320  # px of a picture with places lit
_QUALITY = 84
_LEGEND = (
    f"Bars say how alike two works are on each axis: {AGREE:.0f} means closer than {AGREE:.0f} % of all pairs of works"
    f" in this collection. From there on two works agree (coloured), below {DIFFER:.0f} they differ. Words compare with"
    " the whole collection."
)


def neighbour_page(found: Neighbours, collection: OpenCollection, output: Path) -> None:
    """Write a search as one HTML file.

    Args:
        found: with `why`, or there are no bars.
        collection: the one searched.

    Raises:
        UsageError: another suffix, or `output` exists and is no such page. ArtbyolError: it cannot be written.
        Otherwise as `artbyol.describe`.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"A page is saved as .html, not as {output.suffix or 'a name without ending'}.")
    check_file(output, _is_ours, _KIND)
    asked = found.queries[:MOST_QUERIES]
    paths = [*asked, *(os.path.join(os.fsencode(found.folder), one.path) for one in found.neighbours)]
    names = told_apart(paths)
    works = [_work(path, names[path]) for path in paths]
    there = [path for path, work in zip(paths, works, strict=True) if work["image"]]
    described = describe_works(collection, there).works if there else ()
    for work, said in zip([work for work in works if work["image"]], described, strict=True):
        work["described"] = said
    for path, work, one in zip(paths[len(asked) :], works[len(asked) :], found.neighbours, strict=True):
        name, *about = captioned(names[path], one.metadata)
        work |= {"name": name, "about": ", ".join(about), "found": one}
        work |= {"where": _lit(asked[0], one.where.on_query, path, one.where.on_work) if one.where else []}
    style = (files("artbyol.report") / "templates" / "neighbours.css").read_text(encoding="utf-8")
    shown = {
        "style": style,
        "digest": _base64(hashlib.sha256(style.encode("utf-8")).digest()),
        "made_by": _MADE_BY,
        "axes": AXES,
        "title": f"Closest in {found.by}",
        "subtitle": f"{len(found.neighbours):,} of {found.works:,} works in {display_text(found.folder.name)}",
        "legend": _LEGEND,
        "ends": where_likeness_ends(found.kin, len(found.neighbours)),
        "kin": found.kin,
        "queries": works[: len(asked)],
        "neighbours": works[len(asked) :],
    }
    with replacing_file(output, _is_ours, _KIND) as temporary:
        temporary.write_text(rendered("neighbours.html", shown), encoding="utf-8")


def _work(path: bytes, name: str) -> dict[str, Any]:
    """What the template needs to know of a picture: it as a data URL and its size in pixels, or why there is none."""
    work = {"name": name, "about": "", "described": None, "found": None}
    try:
        image = thumbnail(path, _LONGEST_SIDE, _LONGEST_SIDE)
    except DecodeError as error:
        return work | {"image": None, "absent": error.message}
    return work | {"image": _data_url(image), "width": image.width, "height": image.height}


def _lit(query: bytes, on_query: Places, work: bytes, on_work: Places) -> list[dict[str, Any]]:
    """The query and a work with what is alike lit, for the template; nothing where one of them cannot be opened."""
    try:
        images = [
            spotlit(thumbnail(path, _LIT_SIDE, _LIT_SIDE), places)
            for path, places in ((query, on_query), (work, on_work))
        ]
    except DecodeError:
        return []
    return [{"image": _data_url(one), "width": one.width, "height": one.height} for one in images]


def _data_url(image: Image.Image) -> str:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=_QUALITY, optimize=True)
    return f"data:image/jpeg;base64,{_base64(data.getvalue())}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return _MADE_BY.encode("ascii") in file.read(4096)
