"""Threads of this process, and what torchrun's environment variables say of it: nothing where it was started alone."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_threads(
    function: Callable[[Item], Result], items: Iterable[Item], *, ahead: int, workers: int | None = None
) -> Iterator[Result]:
    """What `function` makes of each item, in their order; whoever leaves early cancels what has not begun.

    Args:
        ahead: items begun before their turn, at most: bounds memory whatever their number.
        workers: threads; None: one for each core that this process may call its own.
    """
    from concurrent.futures import Future, ThreadPoolExecutor  # not for those who only ask about torchrun

    with ThreadPoolExecutor(workers or max(1, (os.cpu_count() or 1) // sharing_machine())) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) >= ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def started_together() -> bool:
    """Whether torchrun started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE") or 1) > 1 and "RANK" in os.environ


def is_follower() -> bool:
    """Whether torchrun started this process, and not as the one that leads."""
    return started_together() and int(os.environ["RANK"]) > 0


def sharing_machine() -> int:
    """How many of them share this machine's cores."""
    return int(os.environ.get("LOCAL_WORLD_SIZE") or 1) if started_together() else 1
