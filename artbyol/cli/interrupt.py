"""Ctrl-C asks a run to stop at the next safe point; a second Ctrl-C stops it at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from artbyol.base.processes import is_follower, started_together
from artbyol.cli.console import remark

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Within this context the yielded function tells whether the user (or the system, by SIGTERM) asked to stop."""
    asked = threading.Event()
    together = started_together()  # torchrun passes every signal on: the second is not a second thought

    def on_signal(number: int, frame: FrameType | None) -> None:
        if asked.is_set() and not together:
            raise KeyboardInterrupt
        if not asked.is_set():
            again = "" if together else " Press Ctrl-C again to stop at once."
            remark(f"Stopping at the next safe point.{again}")
        asked.set()

    with _handling(on_signal):
        yield asked.is_set


def follows(device: str, precision: str) -> bool:
    """Whether torchrun started several processes and this is not the one that the user's command runs in, but one that
    follows it; if so it has done, when this returns, all that it was told to."""
    if not is_follower():
        return False
    from artbyol.encoder.workers import follow

    with _handling(signal.SIG_IGN):  # the leader stops at a safe point, and then says so
        follow(device, precision)
    return True


@contextmanager
def _handling(handler: Any) -> Iterator[None]:
    """Within this context the signals that ask to stop go to `handler`."""
    before: dict[int, Any] = {number: signal.signal(number, handler) for number in SIGNALS}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
