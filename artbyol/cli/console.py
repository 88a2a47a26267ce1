"""Talking to people, on standard error, with Rich. The only module that imports it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.style import Style
from rich.table import Column, Table
from rich.text import Text

from artbyol.base.errors import ArtbyolError
from artbyol.base.events import Event, Listener, Notice, PhaseStart, Progress, Step, ignore
from artbyol.training.plan import Plan

if TYPE_CHECKING:
    from artbyol.pictures.measures.dominant import DominantColour


class _Output(Console):
    """Standard output, where a reader that has enough (`| head`) is no failure; Rich would exit with 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # the boundary in artbyol.cli ends the program quietly


talk = Console(stderr=True, highlight=False)

STAGES = {
    "reading": "Reading files",
    "looking": "Looking at pictures",
    "embedding": "Embedding",
    "scoring": "Scoring",
    "measuring": "Measuring",
    "copying": "Copying pictures",
    "projection": "Training",
    "classic": "Training",
    "judging": "Looking again",
    "checking": "Judging",
}


def show_error(error: ArtbyolError) -> None:
    """The message, and what to do about it; said even when quiet."""
    talk.quiet = False
    prefix = "" if error.exit_code == 130 else "[bold red]Error:[/] "
    talk.print(prefix + _line(error.message), soft_wrap=True)
    if error.hint:
        talk.print(f"[dim]Try:[/]   {_line(error.hint)}", soft_wrap=True)


def remark(text: str) -> None:
    """A sentence for the user."""
    talk.print(f"[dim]·[/] {_line(text)}", soft_wrap=True)


def _line(text: str) -> str:
    """Safe to print: no markup, and nothing in a file name can end the line or move the cursor."""
    from artbyol.base.text import display_path

    return escape(display_path(text.encode("utf-8", "surrogateescape")))


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
    *,
    columns: Sequence[str],
    title: str | None = None,
    right: Sequence[int] = (),
) -> None:
    """A table on standard output: drawn for a terminal, tab-separated for a pipe."""
    if not sys.stdout.isatty():
        for row in cells:
            print("\t".join(map(str, row)))  # noqa: T201
        return
    table = Table(title=title, title_justify="left", box=None, header_style="dim", pad_edge=False)
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place in right else "left", overflow="fold")
    for row in cells:
        table.add_row(*(cell if isinstance(cell, Text) else escape(cell) for cell in row))
    _Output(highlight=False).print(table)


def facts(pairs: Sequence[tuple[str, str | Text]], *, err: bool = False) -> None:
    """Subject and sentence, one pair a line."""
    console = talk if err else _Output(highlight=False)
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        said = value if isinstance(value, Text) else Text.from_markup(_line(value))
        console.print(Text.assemble((f"{name:>{width}}", "dim"), "  ", said), soft_wrap=True)


@contextmanager
def watching(quiet: bool) -> Iterator[Listener]:
    """A listener that draws what a verb reports; nothing when quiet."""
    talk.quiet = quiet
    if quiet:
        yield ignore
        return
    bars = Bars(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=6, max_width=40)),
        _Amount(),
        _Details(),
        TimeRemainingColumn(compact=True),
        console=talk,
        transient=True,
        expand=True,
        disable=not talk.is_terminal,
    )
    try:
        yield _Watcher(bars).hear
    finally:
        if bars.live.is_started:
            bars.stop()


class _Watcher:
    """Turns events into bars and lines."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.tasks: dict[str, Any] = {}
        self.phase = "projection"
        self.began, self.seen = time.monotonic(), 0

    def hear(self, event: Event) -> None:
        if isinstance(event, Notice):
            remark(event.text)
        elif isinstance(event, Plan):
            facts(event.explain(), err=True)
        elif isinstance(event, Progress):
            self._advance(event.stage, event.done, event.total)
        elif isinstance(event, PhaseStart):
            self._phase(event)
        elif isinstance(event, Step):
            self._step(event)

    def _phase(self, event: PhaseStart) -> None:
        self.phase, self.began, self.seen = event.name, time.monotonic(), 0
        if event.done:
            remark(f"Resumed at step {event.done} of {event.total}.")

    def _step(self, step: Step) -> None:
        self.seen += 2 * step.works  # two views of each work
        rate = self.seen / max(1e-9, time.monotonic() - self.began)
        unit = "views/s" if self.phase == "projection" else "img/s"  # there, features read before stand for images
        details = f"{rate:,.0f} {unit}  loss {step.loss:.3f}  τ {step.tau:.4f}  spread {step.spread:.2f}"
        self._advance(self.phase, step.done, step.total, details)

    def _advance(self, stage: str, done: int, total: int | None, details: str = "") -> None:
        if not self.bars.disable:
            self.bars.start()  # here, not at the start of the command: bars that never come leave no empty line
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(STAGES.get(stage, stage), total=total, details=details)
        self.bars.update(self.tasks[stage], completed=done, total=total, details=details)
        if done == total:
            self.bars.remove_task(self.tasks.pop(stage))


class _Amount(ProgressColumn):
    """Done of total, as in 1,098/5,000."""

    def get_table_column(self) -> Column:
        return Column(no_wrap=True)

    def render(self, task: Task) -> Text:
        return Text(f"{int(task.completed):,}/{int(task.total):,}" if task.total else f"{int(task.completed):,}")


class _Details(ProgressColumn):
    """A stage's own figures, or its rate."""

    def get_table_column(self) -> Column:
        return Column(no_wrap=True)

    def render(self, task: Task) -> Text:
        if task.fields.get("details"):
            return Text(task.fields["details"], style="dim")
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")
