"""Where a collection is open already: a file in its store, which its owner alone may read, says the address.

What it says is believed only as far as it can be: an address of this machine, of a process that runs and answers.
"""

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypedDict
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from artbyol.base.processes import is_running, machine
from artbyol.base.run import Run
from artbyol.base.typed_json import from_json
from artbyol.storage.store import Store

_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:[0-9]{1,5}/[A-Za-z0-9_-]{20,}/")
_PATIENCE: Final = 1.0  # seconds


class _Opened(TypedDict):
    """Who has a collection open, and where."""

    address: str
    pid: int
    machine: str


class _Here(TypedDict):
    """What a server says of itself."""

    folder: str
    ticket: str


def running_address(place: Store) -> tuple[str, str] | None:
    """Where the collection is open in the browser already, on this machine and by this user, and a ticket for another
    browser; None: nowhere."""
    opened = _read(place.opened)
    if opened is None or opened["machine"] != machine() or not is_running(opened["pid"]):
        return None
    direct = build_opener(ProxyHandler({}))
    try:
        with direct.open(f"{opened['address']}api/here", timeout=_PATIENCE) as answer:
            here: _Here = from_json(answer.read(4096), _Here)
            return (opened["address"], here["ticket"]) if here["folder"] == str(place.folder) else None
    except (URLError, OSError, ValueError):
        return None


@contextmanager
def announced(place: Store, address: str, run: Run) -> Iterator[None]:
    """While the collection is open, its store says where."""
    opened = _Opened(address=address, pid=os.getpid(), machine=machine())
    try:
        place.opened.unlink(missing_ok=True)
        rights = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        with os.fdopen(os.open(place.opened, rights, 0o600), "w", encoding="ascii") as file:
            json.dump(opened, file)
    except OSError as error:
        run.notice(f"{place.root} cannot be written: {error.strerror}. Nothing that is changed here can be kept.")
        yield
        return
    try:
        yield
    finally:
        if _read(place.opened) == opened:
            with suppress(OSError):
                place.opened.unlink()


def _read(path: Path) -> _Opened | None:
    """What the file says; None where there is none, or one that somebody else wrote, or could read."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if os.name != "nt" and (stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.getuid()):
                return None
            opened: _Opened = from_json(file.read(4096), _Opened)
            return opened if _ADDRESS.fullmatch(opened["address"]) else None
    except (OSError, ValueError):
        return None
