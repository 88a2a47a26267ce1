"""Neighbours, walks, works between, outliers and descriptions."""

import os

from artbyol.cli.console import Cell, Name, facts, on_terminal, remark, rows, swatches
from artbyol.cli.render.text import Facts, caption, counted, percentile, shown, words, work
from artbyol.metadata.metadata import Metadata
from artbyol.pictures.measures.axes import AXES
from artbyol.report.likeness_words import where_alike, where_likeness_ends
from artbyol.search import results
from artbyol.search.axis_percentiles import AxisPercentiles

SHORT = {"brushwork": "brush", "composition": "compos."}
"""Names of axes, for columns of a narrow terminal."""

NO_OTHER = "There is no other work in this collection."


def neighbours(found: results.Neighbours) -> None:
    """A table: rank, percentile, file; where they are known, artist and title; where asked for, why."""
    table = [
        [
            *(str(one.rank), percentile(one.percentile), work(found.folder, one.path, one.copies)),
            *(caption(one.metadata), *_reasons(one.why), where_alike(one.where)),
        ]
        for one in found.neighbours
    ]
    why = tuple(SHORT.get(axis, axis) for axis in AXES) if on_terminal() else ("why",)
    columns = ("rank", "closeness", "work", "title", *why, "where on QUERY")
    less = ("title",) if any(one.why for one in found.neighbours) else ()  # than what was asked for
    rows(table, columns, optional=columns[3:], spare=less, ends=found.kin)
    asked = {os.path.relpath(query, os.fsencode(found.folder)) for query in found.queries}
    duplicates = [path for path in found.left_out if path not in asked]
    if duplicates:
        remark(f"{counted(len(duplicates), 'duplicate')} of the query left out; --duplicates shows them.")
    if found.neighbours:
        ends = where_likeness_ends(found.kin, len(found.neighbours))
        if ends:
            remark(ends)
    elif found.kin == 0 and found.works > 1:
        remark("No work is kin: none is closer than chance brings.")
    else:
        remark("No work is from elsewhere." if found.across else NO_OTHER)


def _reasons(why: AxisPercentiles | None) -> list[str]:
    """On a terminal a number for every axis; for a pipe as in "agree: palette 98, tone 91; differ: composition 23"."""
    if on_terminal():
        numbers = [getattr(why, axis, None) for axis in AXES]
        return ["" if why is None else "–" if one is None else f"{one:.0f}" for one in numbers]
    if why is None:
        return [""]
    said = [
        f"{word}: " + ", ".join(f"{axis} {getattr(why, axis):.0f}" for axis in axes)
        for word, axes in (("agree", why.agree), ("differ", why.differ))
        if axes
    ]
    return ["; ".join(said) or "near the middle on every axis"]


def _work(found: results.Walk | results.Intermediates | results.Outliers, one: results.RankedWork) -> tuple[str, str]:
    """A work, and its title where it is known."""
    return work(found.folder, one.path, one.copies), caption(found.metadata.get(one.path))


def walk(found: results.Walk, steps: int) -> None:
    """A table: the works of a walk, and how wide each step is."""
    table = [
        [str(one.rank), percentile(one.step), percentile(one.to_start), percentile(one.to_end), *_work(found, one)]
        for one in found.stations
    ]
    rows(table, ("step", "closeness", "to A", "to B", "work", "title"), optional=("title",))
    if len(found.stations) < steps:
        remark(f"There are no more works on the way: {len(found.stations)} instead of {steps}.")


def intermediates(found: results.Intermediates) -> None:
    """A table: rank, how close to either end, file."""
    table = [
        [str(one.rank), percentile(one.to_first), percentile(one.to_second), f"{one.position:.2f}", *_work(found, one)]
        for one in found.intermediates
    ]
    rows(table, ("rank", "to A", "to B", "position", "work", "title"), optional=("title",))
    if not found.intermediates:
        remark(NO_OTHER)


def outliers(found: results.Outliers) -> None:
    """A table: rank, how close the nearest ten are, what sets the work apart, the nearest, its colours."""
    said = f"{found.apart:,} of {counted(found.works, 'work')}; median {percentile(found.usual)}"
    facts([("outliers", said)], err=True)
    table: list[list[Cell]] = [
        [
            *(str(one.rank), percentile(one.closeness), "*" if one.apart else ""),
            *_work(found, one),
            *(
                words(one.words),
                Name(f"{shown(found.folder, one.nearest)} ({percentile(one.nearest_percentile)})"),
                swatches(one.colours),
            ),
        ]
        for one in found.outliers
    ]
    columns = ("rank", "ten nearest", "*", "work", "title", "set apart by", "nearest", "colours")
    rows(table, columns, optional=("title",), spare=("colours", "title"))
    if not found.outliers:
        remark("With fewer than two different pictures there is nothing to compare.")


def descriptions(found: results.Descriptions) -> None:
    """One work: its words, colours and attributes. Several: a table of words and colours."""
    if len(found.works) > 1:
        table: list[list[Cell]] = [
            [shown(found.folder, one.path), words(one.words), swatches(one.colours)] for one in found.works
        ]
        rows(table, ("work", "set apart by", "colours"))
        return
    (one,) = found.works
    nothing = f"no trait found, compared with {counted(found.compared_with, 'work')}"
    facts(
        [
            ("work", shown(found.folder, one.path)),
            *_known(one.metadata),
            ("set apart by", ", ".join(one.words) or nothing),
            ("colours", swatches(one.colours)),
        ]
    )
    attributes = [
        [each.name, f"{each.value:.1f}", each.unit, f"{each.percentile:.0f}", f"{each.deviation:+.1f}"]
        for each in one.attributes
    ]
    rows(attributes, ("attribute", "value", "unit", "percentile", "deviation"))


def _known(metadata: Metadata | None) -> Facts:
    """What is known of a work, a line each."""
    if metadata is None:
        return []
    named = [(name, getattr(metadata, name)) for name in ("title", "artist", "date", "label", "description")]
    named += [("tags", ", ".join(metadata.tags)), ("permalink", metadata.permalink), *metadata.other.items()]
    return [(name, value) for name, value in named if value]
