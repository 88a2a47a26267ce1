"""`cluster`: groups of works alike in style, or on another axis, and what sets each apart."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Unpack

from artbyol.grouping.clustering import Method
from artbyol.grouping.group_works import group_works
from artbyol.grouping.groups import Groups
from artbyol.pictures.measures.axes import Axis
from artbyol.report import DEFAULT_DPI, Paper
from artbyol.verbs.opening import Folder, RunOptions, opened


def cluster(
    folder: Folder,
    k: int | Literal["auto"] = "auto",
    *,
    method: Method = "leiden",
    levels: int = 1,
    by: Axis = "style",
    keep: bool = False,
    metadata: str | Path | None = None,
    seed: int = 0,
    csv: str | Path | None = None,
    organize: str | Path | None = None,
    copy: bool = False,
    sheet_dir: str | Path | None = None,
    sheet_format: Literal["pdf", "png"] = "pdf",
    paper: Paper = "a4",
    dpi: int = DEFAULT_DPI,
    **run: Unpack[RunOptions],
) -> Groups:
    """Group the works of a collection by style, or on another axis. The same vectors give the same groups, every time.

    Where groups are kept and frozen, nothing is grouped anew: works they do not have yet are assigned to them
    (`artbyol.grouping.assignment`).

    Args:
        folder: the collection, or any folder inside it.
        k: how many groups, or "auto" (see `artbyol.grouping.clustering.cluster` for the criterion).
        method: communities of the neighbour graph, k-means, HDBSCAN (finds the number itself, leaves some works out) or
            Ward's hierarchical clustering.
        levels: 2 divides groups into parts, 3 these again, where that holds.
        by: the axis to compare on: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        keep: keep what is found: freeze these groups, or let new works into the frozen ones for good.
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata`.
        seed: of leiden and k-means.
        csv: write all works and their groups as a table.
        organize: make one folder per group there, with links to the pictures, or with `copy` copies of them.
        sheet_dir: draw sheets there, an overview and all works of each group, as `sheet_format`; paper, dpi: of these.
        run: see `RunOptions`.

    Raises:
        FolderError: no such folder. StoreMissingError: nothing was embedded yet. ModelMismatchError: trained since.
        UsageError: k is not possible for so many works; k or method for groups that are frozen; a file or folder that
        must not be replaced.
    """
    with opened(folder, run, table=metadata) as collection:
        found = group_works(collection, k, method=method, levels=levels, by=by, keep=keep, seed=seed)
        if organize:
            collection.run.progress("making folders")
            from artbyol.report.organize import organize_groups

            made = organize_groups(found, Path(organize), copy=copy)
            kind = "copies" if copy else "links"
            collection.run.notice(f"{made.files:,} {kind} in {made.groups} folders under {organize}.")
        if sheet_dir:
            collection.run.progress("drawing")
            from artbyol.report.sheets import group_sheets

            drawn = group_sheets(found, Path(sheet_dir), suffix=f".{sheet_format}", paper=paper, dpi=dpi)
            collection.run.notice(f"{drawn.sheets} sheets, {drawn.pages} pages in all, in {sheet_dir}.")
        if csv:
            from artbyol.report.csv_rows import groups_table, write_table

            write_table(Path(csv), groups_table(found))
        return found
