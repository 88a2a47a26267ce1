"""`serve`: a collection opened in the browser, until somebody ends it."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Unpack

from artbyol.app.joining import announced, running_address
from artbyol.app.tickets import Tickets
from artbyol.base.errors import StoreMissingError, UsageError
from artbyol.base.run import Run
from artbyol.search.collection import store_of
from artbyol.storage.store import Store
from artbyol.verbs.opening import RunOptions, located, running

_HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class Served:
    """A collection in the browser.

    Attributes:
        folder: the collection.
        address: where it is; whoever knows it may change groups, stars and notes.
        joined: another process has it open already, and goes on.
    """

    folder: Path
    address: str
    joined: bool


def serve(
    folder: str | Path,
    *,
    port: int = 0,
    browser: bool = True,
    ready: Callable[[Served], None] | None = None,
    **run: Unpack[RunOptions],
) -> Served:
    """Open a collection in the browser, and answer its windows until `stop` says so, or Ctrl-C.

    The server answers for this machine alone, and only who knows the address, which holds a random key. Where the same
    collection is open already, its address is opened, and the call comes back at once.

    Args:
        folder: the collection, or any folder inside it. It is only read; groups, stars and notes are kept in its store.
        port: 0: any that is free.
        browser: open the address in the browser.
        ready: told the address as soon as it answers.
        run: see `RunOptions`.

    Raises:
        FolderError, StoreMissingError, StoreError: see `artbyol.open`. UsageError: the port is taken.
    """
    with running(run) as how:
        place = _explored(folder, run, how)
        if there := running_address(place):
            address, ticket = there
            joined = Served(place.folder, address, True)
            _shown(joined, ticket if browser else None, ready)
            return joined
        with _bound(port) as bound:
            token = secrets.token_urlsafe(24)
            served = Served(place.folder, f"http://{_HOST}:{bound.getsockname()[1]}/{token}/", False)
            tickets = Tickets()
            bound.listen(128)  # a browser that comes before the server is ready waits a moment
            with announced(place, served.address, how):
                _shown(served, tickets.issue() if browser else None, ready)
                from artbyol.app.answering import answer  # which takes a moment; the browser is on its way already

                asyncio.run(answer(place, how, bound, token, tickets))
        return served


def _explored(folder: str | Path, options: RunOptions, run: Run) -> Store:
    """The store of a collection that was embedded. Raises StoreMissingError: it has none, or nothing was."""
    try:
        place = store_of(folder, options.get("store"), run)
    except StoreMissingError as error:
        raise StoreMissingError(error.message, located(folder, options).command("explore")) from error
    if not place.catalogue.exists():
        raise StoreMissingError(f"Nothing of {place.folder} has been embedded yet.", place.command("explore"))
    return place


def _shown(served: Served, ticket: str | None, ready: Callable[[Served], None] | None) -> None:
    """Say where it is, and have the browser go there, by way of a ticket."""
    if ready:
        ready(served)
    if ticket and _has_windows():
        origin = served.address.rsplit("/", 2)[0]
        threading.Thread(target=webbrowser.open, args=(f"{origin}/{ticket}",), daemon=True).start()


def _has_windows() -> bool:
    """Whether a browser would have a window of its own: one that runs in the terminal would take it away."""
    with suppress(webbrowser.Error):
        return type(webbrowser.get()) is not webbrowser.GenericBrowser
    return False


@contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    """A socket on this machine's own address. Raises UsageError: the port is taken, or may not be used."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
        try:
            bound.bind((_HOST, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(f"Port {port} cannot be used: {reason}.", "leave --port out: any is taken") from error
        yield bound
