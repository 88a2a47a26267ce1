"""One writer at a time, whose name the others can read.

The lock is the operating system's, so it ends with its process however that ends; the file beside it that names the
holder is only read after the lock was refused, and blocks nobody when a killed process leaves it behind.
"""

import errno
import json
import os
import shlex
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypedDict

from artbyol.base.errors import StoreBusyError, StoreError, UsageError
from artbyol.base.events import Listener, Notice
from artbyol.base.typed_json import from_json
from artbyol.storage.atomic import ELSEWHERE, cannot_write, write_atomically

_GRACE = 0.5  # seconds: short collisions need no talk, and a holder that has just begun needs a moment to sign
_held = threading.local()  # what this thread holds already, so that verbs may call verbs


class Signature(TypedDict):
    """What the file beside a lock says of who holds it."""

    pid: int
    purpose: str
    host: str
    since: str


@contextmanager
def exclusive(lock: Path, holder: Path, purpose: str, listener: Listener, wait: float) -> Iterator[None]:
    """Hold `lock`, signing `holder`; nested calls of the same thread pass through.

    Raises:
        StoreBusyError: another process still holds it after `wait` seconds. StoreError: the lock cannot be written.
    """
    key = (os.getpid(), os.fspath(lock))  # with the process id: a forked child holds nothing
    held: set[tuple[int, str]] = _held.__dict__.setdefault("keys", set())
    if key in held:
        yield
        return
    acquired = _acquire(lock, holder, listener, wait)
    held.add(key)
    try:
        _sign(holder, purpose)
        yield
    finally:
        held.discard(key)
        with suppress(OSError):
            holder.unlink(missing_ok=True)  # before the release: afterwards it may be the next holder's
        if acquired is not None:
            acquired.release()


def waiting_time(wait: float) -> float:
    """Seconds to wait for another process: ARTBYOL_WAIT, else `wait`. Raises UsageError for anything but seconds."""
    given = os.environ.get("ARTBYOL_WAIT", "").strip()
    if not given:
        return max(0.0, wait)
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < float("inf"):
        raise UsageError(f"ARTBYOL_WAIT={given} is not a number of seconds.", "export ARTBYOL_WAIT=600")
    return seconds


def _acquire(lock: Path, holder: Path, listener: Listener, wait: float) -> Any:
    """The acquired lock, or None where the medium knows no locks (some network shares)."""
    from filelock import FileLock, Timeout

    if lock.is_symlink():  # which some versions of FileLock follow, and empty what is there
        raise StoreError(f"{lock} is a link; nothing is written where it leads.", f"rm {shlex.quote(str(lock))}")
    file = FileLock(lock)
    try:
        try:
            file.acquire(timeout=min(_GRACE, wait), poll_interval=0.05)
        except Timeout:
            listener(Notice(f"Waiting for {describe_holder(holder)}."))
            file.acquire(timeout=wait, poll_interval=0.2)
    except Timeout as error:
        message = f"The store {lock.parent} is in use by {describe_holder(holder)}."
        raise StoreBusyError(message, "try again when it has finished, or wait longer: ARTBYOL_WAIT=SECONDS") from error
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno not in (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK):
            raise cannot_write(error, lock.parent, ELSEWHERE) from error
        listener(Notice(f"{lock.parent} cannot be locked on this medium: let only one artbyol write at a time."))
        return None
    return file


def _sign(holder: Path, purpose: str) -> None:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    signature = Signature(pid=os.getpid(), purpose=purpose, host=socket.gethostname(), since=since)
    write_atomically(holder, json.dumps(signature).encode("ascii"))


def describe_holder(holder: Path) -> str:
    """The holder in words, e.g. "artbyol embed (process 4711 on atelier, since 2025-05-01 14:03:20)"."""
    try:
        signed: Signature = from_json(holder.read_bytes(), Signature)
        return f"{signed['purpose']} (process {signed['pid']} on {signed['host']}, since {signed['since']})"
    except (OSError, ValueError):
        return "another artbyol"
