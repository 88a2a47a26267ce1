"""Talking to people, on standard error, with Rich."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from artbyol.base.errors import ArtbyolError, Interrupted
from artbyol.base.events import Listener, ignore
from artbyol.report.progress import drawn, literal_console, print_facts, print_line, print_remark

if TYPE_CHECKING:
    from artbyol.pictures.measures.dominant import DominantColour


class _Output(Console):
    """Standard output, where a reader that has enough (`| head`) is no failure; Rich would exit with 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # the boundary in artbyol.cli ends the program quietly


_FIGURES = re.compile(r"[\W\d]*\d[\W\d]*|\d+ x \d+|–")
"""What stands at the right of its column: numbers, with whatever signs, and the dash for none."""

talk = literal_console(stderr=True)


def show_error(error: ArtbyolError) -> None:
    """The message, and what to do about it; said even when quiet."""
    talk.quiet = False
    stopped = isinstance(error, Interrupted)
    print_line(talk, "" if stopped else "Error: ", "bold red", error.message)
    if error.hint:
        print_line(talk, "" if stopped else "Try:   ", "dim", error.hint)


def remark(text: str) -> None:
    """A sentence for the user."""
    print_remark(talk, text)


def swatches(colours: Sequence[DominantColour]) -> Text:
    """Colours and their shares: a painted patch where standard output is a terminal that has colours, else as hex."""
    painted = sys.stdout.isatty() and _Output().color_system in ("256", "truecolor")
    line = Text()
    for colour in colours:
        share, ink = f"{100 * colour.share:.0f}%", "white" if colour.lab[0] < 60 else "black"
        line.append(" " if line else "")
        if painted:
            line.append(f" {share} ", Style(color=ink, bgcolor=colour.hex))
        else:
            line.append(f"{colour.hex} {share}")
    return line


def rows(
    cells: Sequence[Sequence[str | Text]],
    columns: Sequence[str],
    *,
    optional: Collection[str] = (),
    ends: int | None = None,
) -> None:
    """A table on standard output: drawn for a terminal, tab-separated for a pipe. Columns named in `optional` are left
    out where all their cells are empty; rows from number `ends` on are drawn faint, below a line."""
    named = ((name, [row[place] for row in cells]) for place, name in enumerate(columns))
    kept = [(name, column) for name, column in named if name not in optional or any(column)]
    lines = list(zip(*(column for _, column in kept), strict=True))
    if not sys.stdout.isatty():
        for line in lines:
            print("\t".join(map(str, line)))  # noqa: T201
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name, column in kept:
        figures = all(isinstance(cell, str) and _FIGURES.fullmatch(cell) for cell in column) and set(column) != {"–"}
        table.add_column(Text(name), justify="right" if figures else "left", overflow="fold")
    for number, line in enumerate(lines):
        if number == ends:
            table.add_row(*(Text("─" * len(name), "dim") for name, _ in kept))
        table.add_row(
            *(cell if isinstance(cell, Text) else Text(cell) for cell in line),
            style="dim" if ends is not None and number >= ends else None,
        )
    literal_console(_Output).print(table)


def facts(pairs: Sequence[tuple[str, str | Text]], *, err: bool = False) -> None:
    """Subject and sentence, one pair a line."""
    print_facts(talk if err else literal_console(_Output), pairs)


@contextmanager
def watching(quiet: bool, verbose: bool) -> Iterator[Listener]:
    """A listener that draws what a verb reports; nothing when quiet, what training measures when verbose."""
    talk.quiet = quiet
    if quiet:
        yield ignore
        return
    with drawn(talk, verbose=verbose) as listener:
        yield listener
