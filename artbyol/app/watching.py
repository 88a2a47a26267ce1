"""What others do to the collection meanwhile, at the command line beside, say. Windows are told."""

import asyncio
from typing import Any, Final

from artbyol.app.session import Session
from artbyol.app.state import generation_of, stamp, version_of
from artbyol.base.processes import is_running
from artbyol.base.typed_json import from_json
from artbyol.report.gallery.kept_pages import is_current, seed_of
from artbyol.storage.lock import Signature

_OFTEN: Final = 0.5  # seconds between two looks at the store
_SCANS: Final = 60.0
"""Seconds between two looks at the folder while somebody looks at the pages; and as many times as long as one takes."""
_SHARE: Final = 20


async def watch(session: Session) -> None:
    """Tell the windows of every change, until cancelled."""
    looking = asyncio.create_task(_look_for_new_files(session))
    try:
        before: tuple[str, ...] | None = None
        told: tuple[str, str] | None = None
        while True:
            now = _seen(session)
            if now != before and not _is_written(session):
                before = now
                if session.pages is None or not session.pages.are_there() or not await _shows_all(session):
                    session.remake()
                elif (said := (generation_of(session.pages), version_of(session.place))) != told:
                    if told:
                        session.events.tell("state", said[0])
                    told = said
            await asyncio.sleep(_OFTEN)
    finally:
        looking.cancel()


def _seen(session: Session) -> tuple[str, ...]:
    """What a change of anything that pages show changes."""
    place = session.place
    wal = place.catalogue.with_name(f"{place.catalogue.name}-wal")
    watched = (place.catalogue, wal, place.model, place.groups, place.marks, place.shown)
    return tuple(stamp(path) for path in watched)


def _is_written(session: Session) -> bool:
    """Whether a process holds the store just now: the pages would be made again and again while it embeds."""
    try:
        signed: Any = from_json(session.place.holder.read_bytes(), Signature)
        return is_running(signed["pid"])
    except (OSError, ValueError):
        return False


async def _shows_all(session: Session) -> bool:
    """Whether the pages show the works that there are; that groups were changed is told without new pages."""
    ask = session.thread.ask(lambda collection: is_current(collection, seed_of(session.place), but_groups=True))
    try:
        return await asyncio.wrap_future(ask)
    except Exception:  # the store is being replaced, say; there will be another look
        return True


async def _look_for_new_files(session: Session) -> None:
    while True:
        if await asyncio.to_thread(session.new.look) and session.pages:
            session.events.tell("state", generation_of(session.pages))
        await asyncio.sleep(max(_SCANS, _SHARE * session.new.took))
        while not session.events.windows:
            await asyncio.sleep(1)
