"""Talking to people, on standard error, with Rich."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from artbyol.base.errors import ArtbyolError, Interrupted
from artbyol.base.events import Listener, Notice, ignore
from artbyol.base.text import from_here
from artbyol.report.progress import drawn, literal_console, print_facts, print_line, print_remark

if TYPE_CHECKING:
    from artbyol.pictures.measures.dominant import DominantColour


class _Output(Console):
    """Standard output, where a reader that has enough (`| head`) is no failure; Rich would exit with 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # the boundary in artbyol.cli ends the program quietly


_FIGURES = re.compile(r"[\W\d]*\d[\W\d]*|\d+ x \d+|–")
"""What stands at the right of its column: numbers, with whatever signs, and the dash for none."""

_GAP, _SHORT_NAME, _NARROW = 2, 20, 8
"""Columns between those of a table; down to what width file names make room for words; and how narrow any may get."""

talk = literal_console(stderr=True)


@dataclass
class Asked:
    """What the command that runs was asked for by options that concern everything it prints: columns named in pipes,
    JSON instead of text, and a store that what is to be done next must name, too."""

    header: bool = False
    json: bool = False
    store: Path | None = None


asked = Asked()


class Name(str):
    """A file's name. Where a terminal has no room for it, it is shortened in the middle, for names differ at the end;
    and tables that have such are drawn with a line for each row."""

    __slots__ = ()

    def fitted(self, width: int) -> str:
        """At most so many cells wide."""
        if cell_len(self) <= width:
            return self
        head = max(0, (width - 1) // 3)
        return f"{set_cell_size(self, head)}…{set_cell_size(self[::-1], width - 1 - head)[::-1]}"


Cell = str | Text
Card = tuple[str, Sequence[tuple[str, Cell | Sequence[tuple[Name, str]]]]]
"""A title, and below it labels and what they say: a cell, or several names, and what is said where there is room."""


def on_terminal() -> bool:
    """Whether a person looks at standard output."""
    return sys.stdout.isatty()


def next_command(verb: str, folder: Path | str, *more: str) -> str:
    """A command line to paste, from where one stands and with the store that is in use."""
    where, store = (os.fsdecode(from_here(os.path.abspath(os.fsencode(one)))) for one in (folder, asked.store or "."))
    return shlex.join(["artbyol", verb, where, *more, *(["--store", store] if asked.store else [])])


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
    """Colours and their shares: a painted patch where standard output is a terminal that shows colours, else as hex."""
    screen = _Output()
    painted = on_terminal() and screen.color_system in ("256", "truecolor") and not screen.no_color
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
    cells: Sequence[Sequence[Cell]],
    columns: Sequence[str],
    *,
    optional: Collection[str] = (),
    spare: Sequence[str] = (),
    ends: int | None = None,
) -> None:
    """A table on standard output: drawn for a terminal, tab-separated for a pipe, there with names of columns if asked.

    Args:
        optional: columns left out where all their cells are empty; spare: on a terminal that is too narrow, one after
            the other.
        ends: rows from this number on are drawn faint, below a line.
    """
    named = ((name, [row[place] for row in cells]) for place, name in enumerate(columns))
    kept = {name: column for name, column in named if name not in optional or any(column)}
    if not on_terminal():
        for line in [*([tuple(kept)] if asked.header else []), *zip(*kept.values(), strict=True)]:
            print("\t".join(map(str, line)))  # noqa: T201
        return
    screen = literal_console(_Output)
    widths = _widths(kept, screen.width, spare)
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in widths:
        right = "right" if _is_figures(kept[name]) and set(kept[name]) != {"–"} else "left"
        overflow, width = ("fold", None) if widths[name] is None else ("ellipsis", widths[name])
        table.add_column(Text(name), justify=right, overflow=overflow, width=width, no_wrap=width is not None)  # type: ignore[arg-type]
    for number, line in enumerate(zip(*(kept[name] for name in widths), strict=True)):
        faint = ends is not None and number >= ends
        if number == ends:
            table.add_row(*(Text("─" * cell_len(name), "dim", overflow="crop") for name in widths))
        drawn = (_in_cell(cell, width) for cell, width in zip(line, widths.values(), strict=True))
        table.add_row(*drawn, style="dim" if faint else None)
    screen.print(table)


def _is_figures(column: Sequence[Cell]) -> bool:
    return all(isinstance(cell, str) and _FIGURES.fullmatch(cell) for cell in column)


def _in_cell(cell: Cell, width: int | None) -> Text:
    if isinstance(cell, Name) and width is not None:
        return Text(cell.fitted(width))
    return cell if isinstance(cell, Text) else Text(cell)


def _widths(columns: dict[str, list[Cell]], room: int, spare: Sequence[str]) -> dict[str, int | None]:
    """How wide each column of a table with names is drawn, so that a row is a line; None: as wide as Rich will."""
    named = {name for name, column in columns.items() if any(isinstance(cell, Name) for cell in column)}
    if not named:
        return dict.fromkeys(columns)
    widths = {name: max(cell_len(str(cell)) for cell in (name, *column)) for name, column in columns.items()}
    words = {name for name in widths if not _is_figures(columns[name])}
    for name in spare:
        least = (min(width, _SHORT_NAME) if one in words else width for one, width in widths.items())
        if name in widths and sum(least) + _GAP * (len(widths) - 1) > room:
            del widths[name]
    words &= widths.keys()

    def narrow(some: set[str], least: int) -> None:
        over = sum(widths.values()) + _GAP * (len(widths) - 1) - room
        while over > 0 and some and widths[widest := max(sorted(some), key=lambda name: widths[name])] > least:
            widths[widest] -= 1
            over -= 1

    narrow(named, _SHORT_NAME)
    narrow(words - named, _SHORT_NAME)
    narrow(words, _NARROW)
    return dict(widths)


def cards(found: Sequence[Card]) -> None:
    """For a terminal: things that are too much for a row of a table. Under the title of each a line for every label; of
    several names each gets its share of the line."""
    screen = literal_console(_Output)
    indent = 2 + max((len(label) for _, lines in found for label, _ in lines), default=0)
    for title, lines in found:
        screen.print(Text(title, "bold"), no_wrap=True, overflow="ellipsis")
        for label, said in lines:
            if not isinstance(said, str | Text):
                share = (screen.width - indent - _GAP * len(said)) // max(1, len(said))
                said = ", ".join(more if cell_len(more) <= share else name.fitted(share) for name, more in said)
            mark = f"  {label:<{indent - 2}}  " if label else "  "
            line = Text.assemble((mark, "dim"), said)
            screen.print(line, no_wrap=True, overflow="ellipsis")


def facts(pairs: Sequence[tuple[str, str | Text]], *, err: bool = False) -> None:
    """Subject and sentence, one pair a line."""
    print_facts(talk if err else literal_console(_Output), pairs)


@contextmanager
def watching(quiet: bool, verbose: bool, *, lasting: bool = False) -> Iterator[Listener]:
    """A listener that draws what a verb reports; nothing when quiet, what training measures when verbose. Of one that
    lasts until somebody ends it, its remarks alone."""
    talk.quiet = quiet
    if lasting and not quiet:
        yield lambda event: remark(event.text) if isinstance(event, Notice) else None
        return
    if quiet:
        yield ignore
        return
    with drawn(talk, verbose=verbose) as listener:
        yield listener
