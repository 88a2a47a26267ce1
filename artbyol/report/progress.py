"""What a verb reports while it works, drawn with Rich: in a terminal or a notebook a bar, elsewhere lines."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from artbyol.base.events import Event, Listener, Notice, Progress, Step, Steps
from artbyol.base.text import display_text
from artbyol.report.pace import Pace

BAR_AFTER, LINE_EVERY = 0.5, 5.0
"""Seconds before a bar is drawn, so that what is quick draws none; and from line to line where there is no terminal."""

STAGES = {
    "listing": "listing files",
    "reading": "reading files",
    "looking": "looking at pictures",
    "indexing": "preparing the index",
    "comparing": "embedding again",
    "copying": "copying pictures",
    "mapping": "laying out the map",
}


@contextmanager
def drawn(console: Console | None = None, *, verbose: bool = False) -> Iterator[Listener]:
    """A listener that draws what a verb reports; in a notebook below the cell, by default on standard error.

    Args:
        verbose: show what training measures at every step, too.
    """
    watcher = _Watcher(console or literal_console(stderr=True), verbose)
    try:
        yield watcher.hear
    finally:
        watcher.end()


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
    """What is going on, from the last event on; a thread of its own shows it, however long the next one takes."""

    def __init__(self, console: Console, verbose: bool) -> None:
        self.console, self.verbose = console, verbose
        self.steps: tuple[str, ...] = ()
        self.at, self.stage, self.measured = 0, "", ""
        self.pace = Pace(0, None, time.monotonic())
        self.spinner = Spinner("dots", style="cyan")
        self.live = Live(get_renderable=self.render, console=console, transient=True, refresh_per_second=10)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._show, daemon=True)
        self.thread.start()

    def hear(self, event: Event) -> None:
        if isinstance(event, Notice):
            print_remark(self.console, event.text)
        elif isinstance(event, Steps):
            self.steps = self.steps or event.stages  # of a verb that calls others, its own count
        elif isinstance(event, Progress):
            self._reach(event, time.monotonic())
        else:
            from artbyol.training.plan import Plan  # of what does not train, none comes

            if isinstance(event, Plan):
                print_facts(self.console, event.explain())

    def _reach(self, event: Progress, now: float) -> None:
        if event.stage != self.stage:
            self.stage, self.pace = event.stage, Pace(event.done, event.total, now)
            if event.stage in self.steps:
                self.at = max(self.at, self.steps.index(event.stage) + 1)
        self.pace.reach(event.done, event.total, now)
        self.measured = ""
        if isinstance(event, Step) and self.verbose:
            self.measured = f"loss {event.loss:.3f}  τ {event.tau:.4f}  spread {event.spread:.2f}"

    def title(self) -> str:
        """What is going on, and which step that is."""
        name = STAGES.get(self.stage, self.stage) or "starting"
        return f"{self.at} of {len(self.steps)}, {name}" if self.at else name[0].upper() + name[1:]

    def details(self) -> list[str]:
        """How fast it goes, how long it takes, and what is measured."""
        return [*self.pace.described(self.stage, time.monotonic()), *filter(None, [self.measured])]

    def render(self) -> Table:
        """The line that moves."""
        line = Table.grid(padding=(0, 1), expand=True)
        for ratio in (None, None, 1, None):
            line.add_column(no_wrap=True, ratio=ratio, max_width=40 if ratio else None)
        bar = ProgressBar(self.pace.total, self.pace.done, pulse=self.pace.total is None)
        figures = "  ".join(filter(None, [self.pace.amount(), *self.details()]))
        line.add_row(self.spinner, Text(display_text(self.title())), bar, Text(figures, "dim"))
        return line

    def end(self) -> None:
        """Nothing is going on any more."""
        self.ended.set()
        self.thread.join()
        self.live.stop()

    def _show(self) -> None:
        on_screen = self.console.is_terminal or self.console.is_jupyter
        while not self.ended.wait(BAR_AFTER if on_screen else LINE_EVERY):
            if on_screen:
                self.live.start()  # it has a thread of its own
                return
            amount = self.pace.amount()
            print_remark(self.console, ", ".join([f"{self.title()}{amount and ': '}{amount}", *self.details()]))
