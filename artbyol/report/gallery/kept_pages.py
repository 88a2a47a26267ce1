"""The pages that a store keeps of its collection: made by `explore`, shown by `open`, and made anew when the collection
has changed."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Final

from artbyol.base.typed_json import from_json
from artbyol.metadata.metadata import TABLE_NAME
from artbyol.report.gallery.folder import INDEX
from artbyol.report.gallery.owner import ABOUT
from artbyol.report.gallery.page_code import digest_of, page_code
from artbyol.search.collection import OpenCollection
from artbyol.storage.atomic import write_atomically
from artbyol.storage.store import Store

SIZES: Final = (320, 0)
"""Of their pictures, px: small ones, and no large ones."""

_GROUPS = 4  # place of the time of the kept groups in what is written down of the pages


def page_of(place: Store) -> Path | None:
    """The first page; None where there are none."""
    index = place.gallery / INDEX
    return index if index.is_file() and place.shown.is_file() else None


def seed_of(place: Store) -> int:
    """The seed that the pages were made with; 0 where there are none."""
    try:
        _, _, seed, *_ = from_json(place.shown.read_bytes(), list[str | int])
        return int(seed)
    except (OSError, ValueError):
        return 0


def is_current(collection: OpenCollection, seed: int, *, but_groups: bool = False) -> bool:
    """Whether the pages show the collection as it is; or all `but_groups`, which may have been changed since."""
    place = collection.store
    if page_of(place) is None:
        return False
    shown, now = (json.loads(state) for state in (place.shown.read_bytes(), _state(collection, seed)))
    if but_groups:
        shown[_GROUPS : _GROUPS + 1] = now[_GROUPS : _GROUPS + 1]
    return bool(shown == now)


def are_of_this_version(place: Store) -> bool:
    """Whether pages are there, and are those that this artbyol makes, whatever they show."""
    try:
        made_by, *_ = from_json(place.shown.read_bytes(), list[str | int])
        return page_of(place) is not None and made_by == _made_by()
    except (OSError, ValueError):
        return False


def make_pages(collection: OpenCollection, seed: int) -> Path:
    """Make them; gives back the first. Raises what `artbyol.gallery` does."""
    from artbyol.report.gallery.site import make_gallery  # which brings much along: who only shows pages need not wait

    state = _state(collection, seed)  # before: what changes meanwhile is not on them
    index = make_gallery(collection, collection.store.gallery, None, SIZES, "auto", "leiden", seed, None, False).index
    write_atomically(collection.store.shown, state)
    return index


def _state(collection: OpenCollection, seed: int) -> bytes:
    """What the pages depend on."""
    place = collection.store
    beside = (place.model, place.groups, place.folder / TABLE_NAME, place.folder / ABOUT)
    times = [path.stat().st_mtime_ns if path.exists() else 0 for path in beside]
    return json.dumps([_made_by(), collection.catalogue.generation, seed, *times]).encode("ascii")


def _made_by() -> str:
    """What tells pages of this artbyol from those of others: its version, and their scripts and styles."""
    return f"{version('artbyol')} {digest_of(page_code())}"
