"""`similar`: the works closest to one picture, or to several, in style or on another axis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

from artbyol.base.errors import UsageError
from artbyol.pictures.measures.axes import Axis
from artbyol.report import DEFAULT_DPI, Paper
from artbyol.search.collection import Path_
from artbyol.search.neighbours import find_similar
from artbyol.search.results import Neighbours
from artbyol.verbs.opening import Folder, RunOptions, as_list, drawn, opened


def similar(
    queries: Path_ | Sequence[Path_],
    k: int = 12,
    *,
    by: Axis = "style",
    why: bool = False,
    nearest_only: bool = False,
    across: str | None = None,
    folder: Folder | None = None,
    unlike: Sequence[Path_] = (),
    duplicates: bool = False,
    until: bool = False,
    where: bool = False,
    metadata: str | Path | None = None,
    sheet: str | Path | None = None,
    html: str | Path | None = None,
    paper: Paper = "a4",
    dpi: int = DEFAULT_DPI,
    **run: Unpack[RunOptions],
) -> Neighbours:
    """Find the works of a collection closest in style, or on another axis, to one or several pictures.

    Several queries are averaged ("more like these"), `unlike` ones subtracted (Rocchio 1971). The query itself and
    its exact or near duplicates are left out.

    Args:
        queries: picture files or folders of them, in the collection or not.
        k: how many works.
        by: the axis to compare on: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        nearest_only: rank by the cosine alone. Otherwise works are ranked, in style, also by the chains of mutual
            neighbours that lead to them (`artbyol.search.graph_ranking`); the very closest is first in any case.
        across: only works from elsewhere: from another first subfolder than the query ("folders"), or with another
            value in this column of the metadata, as "artist".
        why: say of each work how alike it is on every axis.
        folder: the collection, or any folder inside it; default: the one the first query lies in, else the one the
            working directory lies in.
        unlike: pictures to move away from.
        duplicates: keep the query and its duplicates in the answer.
        until: stop where likeness ends: at works that are no more alike than chance would have them
            (`artbyol.search.chance`); of one query, in style. Without it `Neighbours.kin` says where that is.
        where: say on which places of both pictures they are alike (`artbyol.search.where`); of one query, in style.
            The page shows it.
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata`.
        sheet: draw a contact sheet (.png, .jpg, .pdf); paper, dpi: of one in pages. html: write a page.
        run: see `RunOptions`; only style needs a network, for queries that the catalogue does not know.

    Raises:
        StoreMissingError: nothing was embedded, or measured, yet.
        ModelMismatchError: the model is newer than the vectors.
        DecodeError: a query is no usable picture. UsageError: no such file, k below 1, nothing `across`, or a file
        that must not be replaced.
    """
    asked = as_list(queries)
    if not asked:
        raise UsageError("Name at least one picture to compare with.")
    with opened(folder, run, near=asked[0], table=metadata) as collection:
        why = why or html is not None
        how = {"why": why, "nearest_only": nearest_only, "duplicates": duplicates, "until": until, "where": where}
        found = find_similar(collection, asked, k, by=by, unlike=unlike, across=across, **how)
        drawn(found, sheet, collection, paper=paper, dpi=dpi)
        if html:
            collection.run.progress("drawing")
            from artbyol.report.neighbour_page import neighbour_page

            neighbour_page(found, collection, Path(html))
            collection.run.notice(f"The page is {html}.")
        return found
