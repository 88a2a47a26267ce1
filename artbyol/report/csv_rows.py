"""Groups and scores as tables, and tables as CSV files."""

import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from artbyol.base.errors import ArtbyolError
from artbyol.base.spreadsheet import Figure, rows_text
from artbyol.base.text import MARK, display_file, text_path
from artbyol.evaluation.comparison import Estimates
from artbyol.evaluation.evaluation import Evaluation
from artbyol.evaluation.retrieval import RetrievalScores
from artbyol.grouping.groups import Groups
from artbyol.report.destination import replacing_file
from artbyol.search.two_collections import Comparison

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""The names of columns, and rows."""

_GROUPS = (
    "group",
    "path",
    "likeness",
    "typical",
    "outlier",
    "name",
    "pinned",
    "new",
    "part",
    "subpart",
    "sure",
    "second",
)
_KNOWN = ("title", "artist", "year")
_COMPARED = ("whose", "path", "nearest", "same", "percentile", "kin", "inside")
_SCORES = ("encoder", "minus", "label", "queries", "metric", "value", "low", "high")


def table_text(table: Table) -> str:
    """A table as CSV, undecodable bytes of names as surrogates."""
    header, rows = table
    cells = ([text_path(cell) if isinstance(cell, bytes) else cell for cell in row] for row in rows)
    return rows_text([header, *cells])


def write_table(target: Path, table: Table) -> None:
    """Write a CSV file.

    Raises:
        UsageError: it is there and is no such table. ArtbyolError: it cannot be written.
    """
    data = MARK + table_text(table).encode("utf-8", "surrogateescape")
    # The first columns say whose table it is; those behind come and go with what is known.
    first_line = ",".join(table[0][:5]).encode("ascii")
    if _is_stream(target):  # nothing to lose, and no file to replace
        try:
            target.write_bytes(data)
        except OSError as error:
            raise ArtbyolError(f"{display_file(target)} cannot be written: {error.strerror}.") from error
        return
    with replacing_file(target, lambda path: begins_with(path, first_line), "such a table") as temporary:
        temporary.write_bytes(data)


def _is_stream(target: Path) -> bool:
    """Whether it is a pipe, a terminal, or what this process has open already; files in memory (/dev/shm) are files."""
    if re.match(r"/dev/(fd/|stdout$|stderr$)|/proc/(self|[0-9]+)/fd/", os.path.abspath(target)):
        return True
    with suppress(OSError):
        return target.is_fifo() or target.is_char_device()
    return False


def begins_with(path: Path, first: bytes) -> bool:
    """Whether these are a file's first bytes, behind the mark of UTF-8 where it has one."""
    with path.open("rb") as file:
        return file.read(len(MARK + first)).removeprefix(MARK)[: len(first)] == first


def groups_table(found: Groups) -> Table:
    """One row a file: the group's id (0: none), path in the collection, cosine to the group's centre, whether the work
    is among the typical ones (1) or the outliers (1) of its group; the group's name, whether the work is pinned there
    (1), whether it is new (1); the number of its part of the group, and of its part of that; in how many resamples it
    was in its group (0 to 1), and the id of the other group where it lies between two; and title, artist and year
    where anything is known of any work."""
    return (*_GROUPS, *(_KNOWN if found.metadata else ())), _group_rows(found)


def _group_rows(found: Groups) -> Iterator[tuple[object, ...]]:
    new = {work.path for work in found.new}

    def known(path: bytes) -> tuple[object, ...]:
        one = found.metadata.get(path)
        return tuple((one and getattr(one, name)) or "" for name in _KNOWN) if found.metadata else ()

    for group in found.groups:
        for member in group.members:
            yield (
                group.id,
                member.path,
                Figure(f"{member.likeness:.4f}"),
                int(member.path in group.typical),
                int(member.path in group.outliers),
                group.name,
                int(member.pinned),
                int(member.new),
                *[*member.part.split(".")[1:], "", ""][:2],
                "" if math.isnan(member.sure) else Figure(f"{member.sure:.2f}"),
                member.second or "",
                *known(member.path),
            )
    for path in found.unassigned:
        yield 0, path, "", 0, 0, "", 0, int(path in new), *[""] * 4, *known(path)


def scores_table(found: Evaluation) -> Table:
    """One score a row, so that it can be filtered and turned into any table. Fractions, not percent.

    `label` empty: over all queries; "*": mean over the labels. `minus`: the encoder that the first one is compared
    with, where the row is a difference. `low`, `high`: of the interval, where there is one. "same museum": how many
    more of the nearest share it than by chance; "of one label": among works of the query's own label.
    """
    return _SCORES, _score_rows(found)


def _score_rows(found: Evaluation) -> Iterator[tuple[object, ...]]:
    for encoder in found.encoders:
        yield from _scores((encoder.name, "", "", found.queries), encoder.overall)
        yield from _scores((encoder.name, "", "*", found.queries), encoder.macro)
        for metric, value in (("nmi", encoder.groups.nmi), ("ari", encoder.groups.ari)):
            yield encoder.name, "", "", found.works, metric, _figure(value), "", ""
        for one in encoder.by_label:
            yield from _scores((encoder.name, "", one.label, one.queries), one.scores)
    for difference in found.differences:
        yield from _scores((found.encoders[0].name, difference.name, "", found.queries), difference.by)

    for leaked in found.leaks:
        for among, beyond in (("", leaked.overall.beyond), (" of one label", leaked.own_label.beyond)):
            interval = (_figure(beyond.low), _figure(beyond.high))
            yield leaked.encoder, "", "", leaked.works, f"same {leaked.source}{among}", _figure(beyond.value), *interval


def _scores(of: tuple[object, ...], scores: Estimates | RetrievalScores) -> Iterator[tuple[object, ...]]:
    for field in fields(scores):
        one = getattr(scores, field.name)
        interval = ("", "") if isinstance(one, float) else (_figure(one.low), _figure(one.high))
        yield *of, field.name, _figure(one if isinstance(one, float) else one.value), *interval


def comparison_table(found: Comparison) -> Table:
    """One row a work of either folder: whose it is, its path, the work of the other folder nearest to it, whether they
    are the same picture (1), how close they are (percentile), how many kin it has there, and whether it lies inside the
    other's style (1)."""
    return _COMPARED, (
        (
            *(whose, one.path, one.nearest, int(one.same), Figure(f"{one.percentile:.2f}")),
            *(one.kin, int(one.inside)),
        )
        for whose, works in (("mine", found.mine), ("theirs", found.theirs))
        for one in works
    )


def _figure(value: float) -> Figure:
    return Figure(f"{value:.5f}")
