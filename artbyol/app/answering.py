"""The server at work: it answers windows until it is told to end."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn

from artbyol.app.events import Events
from artbyol.app.guard import Guard
from artbyol.app.routes import routes_of
from artbyol.app.session import Session
from artbyol.app.tickets import Tickets
from artbyol.app.watching import watch
from artbyol.base.run import Run
from artbyol.storage.store import Store

_LOOK: Final = 0.2  # seconds between two looks at whether to stop
_GRACE: Final = 1  # seconds that answers under way get at the end


async def answer(place: Store, run: Run, bound: socket.socket, token: str, tickets: Tickets) -> None:
    """Answer what comes to a socket, until Ctrl-C, or until the run is stopped.

    Args:
        token: the first part of every path that is answered. tickets: what leads there, once.
    """
    events = Events(asyncio.get_running_loop())
    session = Session(place, run, events)
    guarded = Guard(routes_of(session, tickets), token, bound.getsockname()[1], tickets)
    config = uvicorn.Config(
        guarded,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    server = _Server(config, events.end)
    beside = [asyncio.create_task(watch(session)), asyncio.create_task(_stopped(server, run))]
    try:
        await server.serve(sockets=[bound])
    finally:
        for task in beside:
            task.cancel()
        await asyncio.to_thread(session.end)


async def _stopped(server: "_Server", run: Run) -> None:
    """Ends the server once `stop` says so."""
    while not run.stop():
        await asyncio.sleep(_LOOK)
    server.handle_exit(signal.SIGINT, None)


class _Server(uvicorn.Server):
    """uvicorn's server, which Ctrl-C ends without more words; windows that listen are let go of first."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C ends this server, and is not raised again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, earlier in before.items():
                signal.signal(number, earlier)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """End; a second Ctrl-C does not wait for answers under way."""
        self._ending()
        super().handle_exit(sig, frame)
