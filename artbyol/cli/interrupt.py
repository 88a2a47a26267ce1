"""Ctrl-C asks a run to stop at the next safe point; a second Ctrl-C stops it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from artbyol.cli.console import remark

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Within this context the yielded function tells whether the user (or the system, by SIGTERM) asked to stop."""
    asked = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        remark("Stopping at the next safe point; press Ctrl-C again to stop at once.")

    before: dict[int, Any] = {number: signal.signal(number, on_signal) for number in SIGNALS}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
