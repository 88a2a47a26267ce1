"""Which label each work has: its first subfolder's name, or what a table says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from artbyol.base.errors import UsageError
from artbyol.metadata.table import FileNames, Table, read_table
from artbyol.search.origins import FOLDERS, subfolders

LABEL_COLUMNS = ("label", "artist")
"""Columns that are taken for the label when none is named, the first that says anything."""


@dataclass(frozen=True)
class Labelling:
    """Labels of works, one entry per work, in the order asked for.

    Attributes:
        source: where they are from, in words.
        labels: None: the work has none.
        exclude_groups: what `--disjoint` compares, None where the work has no label or nothing to compare; or None
            altogether.
        sources: of each name of `--leak` that is a column, or "folders", what is said of each work.
        contested: works whose files, or rows, name different labels; they have none.
        unknown: names in the table that mean no work; `ambiguous`: names that may mean several.
    """

    source: str
    labels: tuple[str | None, ...]
    exclude_groups: tuple[str | None, ...] | None = None
    sources: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)
    contested: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()


def read_labels(
    source: str,
    column: str | None,
    disjoint: str | None,
    folder: Path,
    paths: Sequence[Sequence[bytes]],
    leak: Sequence[str] = (),
) -> Labelling:
    """Labels of works by subfolder (`source` "folders") or from a CSV.

    Args:
        column: of the CSV; None: see `LABEL_COLUMNS`.
        disjoint: a column of the CSV, or "folders"; None: not asked for.
        folder, paths: the collection, and of each work the files that show it.
        leak: columns of the CSV, or "folders", that are read besides.

    Raises:
        UsageError: the table cannot be read, has no such column, or the options do not go together.
    """
    if source == FOLDERS:
        asked = {"--column": column, "--disjoint": disjoint, "--leak": any(one != FOLDERS for one in leak)}
        for option in (option for option, is_asked in asked.items() if is_asked):
            raise UsageError(
                f"{option} needs a table; with --labels {FOLDERS} there is none.", f"--labels FILE.csv {option} NAME"
            )
        labels, contested = _one_each(subfolders(paths))
        return Labelling("first subfolder", labels, sources=dict.fromkeys(leak, labels), contested=contested)
    table = read_table(Path(source))
    column = column or _label_column(table)
    names = FileNames(folder, paths)
    found = [names.find(name) for name in table.files]

    def said(of: str) -> list[set[str]]:
        return subfolders(paths) if of == FOLDERS else _of_works(found, table.column(of), len(paths))

    labels, contested = _one_each(_of_works(found, table.column(column), len(paths)))
    groups = None
    if disjoint is not None:
        groups, _ = _one_each(said(disjoint))
        labels = tuple(None if group is None else label for label, group in zip(labels, groups, strict=True))
    named = list(zip(table.files, found, strict=True))
    return Labelling(
        f"column {column} of {Path(source).name}",
        labels,
        groups,
        {one: _one_each(said(one))[0] for one in leak},
        contested,
        unknown=tuple(name for name, works in named if not works),
        ambiguous=tuple(name for name, works in named if len(works) > 1),
    )


def _label_column(table: Table) -> str:
    for name in LABEL_COLUMNS:
        if table.has(name) and any(table.column(name)):
            return name
    raise UsageError(
        f"{table.path} says nothing under {' or '.join(LABEL_COLUMNS)}.",
        f"--column NAME, one of {', '.join(table.header)}",
    )


def _of_works(found: Sequence[frozenset[int]], cells: Sequence[str], works: int) -> list[set[str]]:
    """Everything the rows of a table say of each work."""
    said: list[set[str]] = [set() for _ in range(works)]
    for candidates, cell in zip(found, cells, strict=True):
        if len(candidates) == 1:
            said[next(iter(candidates))].add(cell)
    return said


def _one_each(said: Sequence[set[str]]) -> tuple[tuple[str | None, ...], tuple[int, ...]]:
    """The one thing said of each work, or None; and which works were said to be several."""
    meant = [words - {""} for words in said]
    contested = tuple(work for work, words in enumerate(meant) if len(words) > 1)
    return tuple(next(iter(words)) if len(words) == 1 else None for words in meant), contested
