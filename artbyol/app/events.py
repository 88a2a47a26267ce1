"""What windows are told: each has a queue of what it has not been told yet."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

_KEPT_WAITING: Final = 200  # events; a window that does not take them asks for the state again anyway
_BREATH: Final = 15.0  # seconds, after which a window hears that the server is still there


class Events:
    """Tells all windows. To be made, and asked, in the loop of the server; `tell` may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._windows = loop, set[asyncio.Queue[str | None]]()
        self._ended = False

    @property
    def windows(self) -> int:
        """How many are listening."""
        return len(self._windows)

    def tell(self, event: str, value: Any) -> None:
        """Send an event to every window."""
        text = f"event: {event}\ndata: {json.dumps(value)}\n\n"
        try:
            self._loop.call_soon_threadsafe(self._put, text)
        except RuntimeError:  # the loop has ended
            return

    def end(self) -> None:
        """Let go of all windows."""
        self._ended = True
        self._put(None)

    def _put(self, text: str | None) -> None:
        for window in self._windows:
            if window.full():
                window.get_nowait()
            window.put_nowait(text)

    async def listen(self) -> AsyncIterator[str]:
        """What one window is told, as server-sent events, until it goes or the server ends."""
        window: asyncio.Queue[str | None] = asyncio.Queue(_KEPT_WAITING)
        self._windows.add(window)
        try:
            yield "retry: 1000\n\n"
            while not self._ended:
                try:
                    text = await asyncio.wait_for(window.get(), _BREATH)
                except TimeoutError:
                    text = ": still here\n\n"
                if text is None:
                    return
                yield text
        finally:
            self._windows.discard(window)
