"""Walks, works between, works that stand alone and works that are there twice, in tables for a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from artbyol.base.text import display_path
from artbyol.cli.console import facts, remark, rows, swatches
from artbyol.cli.summaries import copies, counted, percentile

if TYPE_CHECKING:
    from rich.text import Text

    from artbyol.search.results import Duplicates, Intermediates, Outliers, Walk


def walk(found: Walk, steps: int) -> None:
    """A table: the works of a walk, and how wide each step is."""
    title = _title_of(found, [one.path for one in found.stations])
    table = [
        [
            *(str(one.rank), percentile(one.step), percentile(one.to_start), percentile(one.to_end)),
            *(_work(one.path, one.copies), *title(one.path)),
        ]
        for one in found.stations
    ]
    columns = ("step", "closer than % of pairs", "to A", "to B", "work", *title(None))
    rows(table, columns=columns, right=(0, 1, 2, 3))
    if len(found.stations) < steps:
        remark(f"There are no more works on the way: {len(found.stations)} in place of {steps}.")


def intermediates(found: Intermediates) -> None:
    """A table: rank, how close to either end, file."""
    title = _title_of(found, [one.path for one in found.intermediates])
    table = [
        [
            *(str(one.rank), percentile(one.to_first), percentile(one.to_second), f"{one.position:.2f}"),
            *(_work(one.path, one.copies), *title(one.path)),
        ]
        for one in found.intermediates
    ]
    columns = ("rank", "to A: closer than % of pairs", "to B", "position", "work", *title(None))
    rows(table, columns=columns, right=(0, 1, 2, 3))
    if not found.intermediates:
        remark("There is no other work in this collection.")


def loners(found: Outliers) -> None:
    """A table: rank, how close the nearest ten are, what sets the work apart, the nearest, its colours."""
    usual = f"{found.apart:,} of {counted(found.works, 'work')} lie beyond the usual spread; in the middle: "
    facts([("apart", f"{usual}{percentile(found.usual)}")], err=True)
    title = _title_of(found, [one.path for one in found.outliers])
    table: list[list[str | Text]] = [
        [
            str(one.rank),
            percentile(one.closeness),
            "*" if one.apart else "",
            _work(one.path, one.copies),
            *title(one.path),
            ", ".join(one.words) or "–",
            f"{display_path(one.nearest)} ({percentile(one.nearest_percentile)})",
            swatches(one.colours),
        ]
        for one in found.outliers
    ]
    columns = ("rank", "ten nearest", "", "work", *title(None), "set apart by", "nearest", "colours")
    rows(table, columns=columns, right=(0, 1))
    if not found.outliers:
        remark("With fewer than two different pictures none stands alone.")


def versions(found: Duplicates) -> None:
    """A table: group, file, pixels, size, and how it differs from the first of its group."""
    table = [
        [
            str(number),
            f"{one.width} x {one.height}",
            f"{one.size / 1e6:,.2f}",
            "best" if place == 0 else "same file" if one.same_file else f"differs by {one.difference:.1f}",
            display_path(one.path),
        ]
        for number, group in enumerate(found.groups, start=1)
        for place, one in enumerate(group.versions)
    ]
    if found.groups:
        groups = counted(len(found.groups), "picture")
        surplus = f"{counted(found.surplus, 'file')} besides the best of each, {found.surplus_bytes / 1e6:,.1f} MB"
        facts([("more than once", f"{groups} among {counted(found.files, 'file')}; {surplus}")], err=True)
    rows(table, columns=("group", "pixels", "MB", "version", "file"), right=(0, 1, 2))
    if not found.groups:
        remark(f"None of {counted(found.files, 'file')} is there more than once.")


def _title_of(found: Walk | Intermediates | Outliers, paths: Sequence[bytes]) -> Callable[[bytes | None], list[str]]:
    """The cell of the title column for a work, its heading for None; no cell where no work has a title."""
    told = {path: one.caption for path in paths if (one := found.metadata.get(path)) and one.caption}

    def cell(path: bytes | None) -> list[str]:
        return [told.get(path, "") if path is not None else "title"] if told else []

    return cell


def _work(path: bytes, others: tuple[bytes, ...]) -> str:
    return display_path(path) + copies(len(others))
