"""What a verb reports while it works, drawn with Rich: bars and lines, in a terminal or a notebook."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Column
from rich.text import Text

from artbyol.base.events import Event, Listener, Notice, PhaseStart, Progress, Step
from artbyol.base.text import display_text
from artbyol.training.plan import Plan

STAGES = {
    "listing": "Listing files",
    "reading": "Reading files",
    "looking": "Looking at pictures",
    "embedding": "Embedding",
    "scoring": "Scoring",
    "measuring": "Measuring",
    "indexing": "Building the index",
    "comparing": "Embedding again",
    "copying": "Copying pictures",
    "comparing files": "Comparing files",
    "projection": "Training",
    "classic": "Training",
    "judging": "Looking again",
    "checking": "Judging",
}


@contextmanager
def drawn(console: Console | None = None) -> Iterator[Listener]:
    """A listener that draws what a verb reports; in a notebook below the cell, by default on standard error."""
    console = console or literal_console(stderr=True)
    bars = Bars(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=6, max_width=40)),
        TextColumn("{task.fields[amount]}", markup=False),
        _Details(Column(no_wrap=True)),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        expand=True,
        disable=not (console.is_terminal or console.is_jupyter),
    )
    try:
        yield _Watcher(bars).hear
    finally:
        if bars.live.is_started:
            bars.stop()


def literal_console(kind: type[Console] = Console, *, stderr: bool = False) -> Console:
    """A console that shows names and titles as they are: ":b:" is no emoji in them and "[red]" no colour."""
    return kind(stderr=stderr, emoji=False, markup=False, highlight=False)


def print_line(console: Console, mark: str, style: str, text: str) -> None:
    """A sentence behind a mark, on one line: nothing in a file name can end it or move the cursor."""
    console.print(Text.assemble((mark, style), display_text(text)), soft_wrap=True)


def print_remark(console: Console, text: str) -> None:
    """A sentence for the user."""
    print_line(console, "· ", "dim", text)


def print_facts(console: Console, pairs: Any) -> None:
    """Subject and sentence (str or Text), one pair a line."""
    width = max(len(name) for name, _ in pairs)
    for name, value in pairs:
        said = value if isinstance(value, Text) else display_text(value)
        console.print(Text.assemble((f"{display_text(name):>{width}}", "dim"), "  ", said), soft_wrap=True)


class _Watcher:
    """Turns events into bars and lines."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.tasks: dict[str, Any] = {}
        self.phase = "projection"
        self.began, self.seen = time.monotonic(), 0

    def hear(self, event: Event) -> None:
        if isinstance(event, Notice):
            print_remark(self.bars.console, event.text)
        elif isinstance(event, Plan):
            print_facts(self.bars.console, event.explain())
        elif isinstance(event, Progress):
            self._advance(event.stage, event.done, event.total)
        elif isinstance(event, PhaseStart):
            self.phase, self.began, self.seen = event.name, time.monotonic(), 0
            if event.done:
                print_remark(self.bars.console, f"Resumed at step {event.done} of {event.total}.")
        elif isinstance(event, Step):
            self._step(event)

    def _step(self, step: Step) -> None:
        self.seen += 2 * step.works  # two views of each work
        rate = self.seen / max(1e-9, time.monotonic() - self.began)
        unit = "views/s" if self.phase == "projection" else "img/s"  # there, features read before stand for images
        details = f"{rate:,.0f} {unit}  loss {step.loss:.3f}  τ {step.tau:.4f}  spread {step.spread:.2f}"
        self._advance(self.phase, step.done, step.total, details)

    def _advance(self, stage: str, done: int, total: int | None, details: str = "") -> None:
        if not self.bars.disable:
            self.bars.start()  # here, not at the start of the command: bars that never come leave no empty line
        shown: dict[str, Any] = {"amount": f"{done:,}/{total:,}" if total else f"{done:,}", "details": details}
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(STAGES.get(stage, stage.capitalize()), total=total, **shown)
        self.bars.update(self.tasks[stage], completed=done, total=total, **shown)
        if done == total:
            self.bars.remove_task(self.tasks.pop(stage))


class _Details(ProgressColumn):
    """A stage's own figures, or its rate."""

    def render(self, task: Task) -> Text:
        rate = f"{task.speed:,.0f}/s" if task.speed else ""
        return Text(task.fields["details"] or rate, style="dim")
