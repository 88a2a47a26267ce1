"""Threads of this process, whether another runs, and what torchrun's environment variables say of it: nothing where it
was started alone."""

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
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


MOST_AT_ONCE = 16
"""Batches at once on a processor. Beyond so many, Python's lock would be what they wait for."""


def at_once(work: Callable[[Item], Result], batches: Sequence[Item], together: int) -> list[Result]:
    """What `work` makes of each batch, in their order, so many of them together, each in a thread."""
    if together == 1 or len(batches) == 1:
        return [work(batch) for batch in batches]
    return list(in_threads(work, batches, ahead=2 * together, workers=together))


def cores() -> int:
    """Of this machine's cores those that this process may call its own, as OMP_NUM_THREADS says where it is set."""
    chosen = os.environ.get("OMP_NUM_THREADS", "")
    if chosen.isdigit() and int(chosen) > 0:
        return int(chosen)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, allowed // sharing_machine())


class Room:
    """So much of something, for threads to share. Who finds no room waits; who needs more than all, to be alone."""

    def __init__(self, size: int) -> None:
        self._size, self._used, self._changed = size, 0, threading.Condition()

    @contextmanager
    def taken(self, amount: int) -> Iterator[None]:
        """Have this much of it, for as long as the `with` lasts."""
        with self._changed:
            self._changed.wait_for(lambda: not self._used or self._used + amount <= self._size)
            self._used += amount
        try:
            yield
        finally:
            with self._changed:
                self._used -= amount
                self._changed.notify_all()


def started_together() -> bool:
    """Whether torchrun started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE") or 1) > 1 and "RANK" in os.environ


def is_follower() -> bool:
    """Whether torchrun started this process, and not as the one that leads."""
    return started_together() and int(os.environ["RANK"]) > 0


def sharing_machine() -> int:
    """How many of them share this machine's cores."""
    return int(os.environ.get("LOCAL_WORLD_SIZE") or 1) if started_together() else 1


@cache
def machine() -> str:
    """Eight digits for where a process can be asked for by its number: this machine since it was started, this
    container; on Windows, where none can, this process."""
    told = [os.uname().nodename if hasattr(os, "uname") else str(os.getpid())]
    with suppress(OSError):  # only Linux says more
        told += [Path("/proc/sys/kernel/random/boot_id").read_text("ascii"), os.readlink("/proc/self/ns/pid")]
    return hashlib.blake2b("\0".join(told).encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()


def is_running(process: int) -> bool:
    """Whether there is a process of this number in the same `machine`."""
    try:
        if process != os.getpid():
            os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's
        pass
    return True
