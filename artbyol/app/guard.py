"""Who may ask the server: the pages it gave out itself, in a browser on this machine, to whoever was given its address.

Any page in the world may send a browser to 127.0.0.1. So every path begins with a random token; the name asked for must
be this machine's (against DNS rebinding: a foreign name that leads here); and whatever changes something must come from
the server's own pages.
"""

import secrets
from collections.abc import Iterable
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from artbyol.app.answers import Json
from artbyol.app.tickets import Tickets

MOST_BYTES: Final = 256 << 20
"""Of what is sent to the server at once."""

_CHANGING = frozenset({"POST"})
_READING = frozenset({"GET", "HEAD"})
_JSON, _FORM = "application/json", "multipart/form-data"
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "cache-control": "no-store",
}
"""Of every answer; one that has a header of its own keeps it."""


class Guard:
    """What stands before the routes.

    Args:
        app: what answers whoever may ask; the token is off the path then.
        token: the first part of every path.
        port: of this server.
        tickets: what leads to the address with the token, once.
    """

    def __init__(self, app: ASGIApp, token: str, port: int, tickets: Tickets) -> None:
        self.app, self.token, self.port, self.tickets = app, token, port, tickets
        self.hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refused(scope)
        if refused and refused[0] == 404 and self.tickets.take(scope["path"].removeprefix("/")):
            await RedirectResponse(f"/{self.token}/", 303)(scope, receive, send_with_headers)
            return
        if refused:
            status, sentence, hint = refused
            await Json({"error": sentence, "hint": hint}, status)(scope, receive, send_with_headers)
            return
        prefix = f"/{self.token}"
        inner = {**scope, "root_path": scope.get("root_path", "") + prefix}
        await self.app(inner, _bounded(receive), send_with_headers)

    def _refused(self, scope: Scope) -> tuple[int, str, str | None] | None:
        """Why a request is not answered: status, sentence, and what to do."""
        headers, method = Headers(scope=scope), scope["method"]
        host = headers.getlist("host")
        if len(host) != 1 or host[0].lower() not in self.hosts:
            return 421, "This server answers for this machine alone.", f"http://127.0.0.1:{self.port}/…"
        first = scope["path"].split("/")[1] if scope["path"].startswith("/") else ""
        if not secrets.compare_digest(first.encode("utf-8", "replace"), self.token.encode("ascii")):
            return 404, "Nothing lies here without the key.", "use the whole address that artbyol open showed"
        if method not in _READING | _CHANGING:
            return 405, f"{method} is not answered here.", None
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and (
            headers.get("sec-fetch-mode") != "navigate" or method in _CHANGING
        ):
            return 403, "Only the pages of this server may ask it.", None
        if method in _CHANGING:
            if headers.getlist("origin") != [f"http://{host[0].lower()}"]:
                return 403, "Only the pages of this server may change something.", None
            if headers.get("content-type", "").partition(";")[0].strip().lower() not in (_JSON, _FORM):
                return 415, "What is sent here is JSON, or pictures.", None
            if _length(headers.getlist("content-length")) > MOST_BYTES:
                return 413, _TOO_MUCH, _LESS
        return None


_TOO_MUCH = f"At most {MOST_BYTES >> 20} MB are taken at once."
_LESS = "fewer pictures at a time, or smaller ones"


def _length(said: Iterable[str]) -> int:
    """What a request says of its length; as much as nobody may send where that makes no sense."""
    lengths = list(said)
    if not lengths:
        return 0
    return int(lengths[0]) if len(lengths) == 1 and lengths[0].isdecimal() else MOST_BYTES + 1


def _bounded(receive: Receive) -> Receive:
    """The same, of no more bytes than may come: a length need not be told, nor be true."""
    come = 0

    async def bounded() -> Message:
        nonlocal come
        message: Any = await receive()
        come += len(message.get("body", b""))
        if come > MOST_BYTES:
            raise HTTPException(413, _TOO_MUCH)
        return message  # type: ignore[no-any-return]

    return bounded
