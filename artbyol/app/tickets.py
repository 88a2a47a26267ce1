"""Addresses that work once: what a browser is started with can be read by everyone on this machine, in the list of what
runs. By then it leads nowhere any more."""

import secrets
import time
from threading import Lock
from typing import Final

VALID: Final = 60.0
"""Seconds, within which a browser must have come."""


class Tickets:
    """Names that let somebody in once."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lock = Lock()

    def issue(self) -> str:
        """A new one."""
        ticket = f"once-{secrets.token_urlsafe(24)}"
        with self._lock:
            self._until[ticket] = time.monotonic() + VALID
        return ticket

    def take(self, ticket: str) -> bool:
        """Whether it lets somebody in; it does not a second time."""
        with self._lock:
            return self._until.pop(ticket, 0.0) > time.monotonic()
