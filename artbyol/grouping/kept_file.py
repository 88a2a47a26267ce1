"""The groups kept in a store: read, written, taken back.

`groups.toml` is the truth, and small enough to be written whole. It outlives the catalogue, a retraining, and files
that were renamed or saved anew (`artbyol.grouping.matching`). Centres are not in it: they are computed from the works'
vectors when they are needed, in whatever space the model of the day has, so there is nothing that could fall out of
step.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from artbyol.base.errors import ArtbyolError, StoreError, UsageError
from artbyol.base.text import read_text
from artbyol.grouping.draft import settle
from artbyol.grouping.kept import Kept
from artbyol.grouping.matching import refreshed
from artbyol.grouping.toml import read_toml, write_toml
from artbyol.storage.atomic import make_folder, write_atomically
from artbyol.storage.rows import Work
from artbyol.storage.store import Store

_VERSIONS = 50  # of the file, to go back to


def load(place: Store) -> Kept | None:
    """The groups kept in a store, or None.

    Raises:
        StoreError: the file cannot be read, or somebody edited it into nonsense. StoreFormatError: a newer artbyol's.
    """
    if not place.groups.is_file():
        return None
    try:
        return _settled(read_text(place.groups), place.groups)
    except UsageError as error:
        back = f"{place.command('groups', '--undo')}   # goes back to the version before"
        raise StoreError(error.message, f"{error.hint}; or {back}" if error.hint else back) from error


@lru_cache(2)
def _settled(text: str, file: Path) -> Kept:
    """What a file says; a change of large groups looks at it again and again, and reading TOML is slow."""
    return settle(read_toml(text, file), None)


def save(place: Store, kept: Kept) -> None:
    """Keep these groups; what was kept before can be had again with `take_back`. Call it while `writing`."""
    data = write_toml(kept).encode("utf-8")
    before = place.groups.read_bytes() if place.groups.is_file() else None
    if before == data:
        return
    if before is not None:
        earlier = versions(place)
        number = int(earlier[-1].stem) + 1 if earlier else 1
        if _history(place).is_symlink():
            raise StoreError(f"{_history(place)} is a link; nothing is written where it leads.", "put a folder there")
        make_folder(_history(place))
        write_atomically(_history(place) / f"{number:06d}.toml", before)
        for old in earlier[: max(0, len(earlier) + 1 - _VERSIONS)]:
            _remove(old)
    write_atomically(place.groups, data)


def take_back(place: Store) -> Kept:
    """Undo the last change, and, called again, the one before. Call it while `writing`.

    Raises:
        UsageError: there is nothing to go back to.
    """
    now = place.groups.read_bytes() if place.groups.is_file() else b""
    for version in reversed(versions(place)):
        data = version.read_bytes()
        if data != now:  # a kill between the two writes of `save` leaves two that are equal
            write_atomically(place.groups, data)
        _remove(version)
        if data != now:
            found = load(place)
            assert found is not None
            return found
    hint = f"{place.command('groups', '--unfreeze')}   # lets go of them"
    raise UsageError("There is no earlier version of the groups to go back to.", hint)


def follow(place: Store, works: Sequence[Work]) -> None:
    """After an embedding: write down where kept works lie now, so that a work may be renamed today and saved anew
    tomorrow. Not a change of the curator's, so there is nothing to undo."""
    try:
        kept = load(place)
    except ArtbyolError:
        return  # said when the groups are asked for; embedding does not need them
    if kept and (now := refreshed(kept, works)) != kept:
        write_atomically(place.groups, write_toml(now).encode("utf-8"))


def versions(place: Store) -> list[Path]:
    """Earlier versions of the file, the oldest first: as many changes can be taken back. A folder that became a link
    is somebody's own."""
    if _history(place).is_symlink():
        return []
    return sorted(path for path in _history(place).glob("*.toml") if re.fullmatch(r"[0-9]{6}", path.stem))


def _history(place: Store) -> Path:
    return place.root / "groups.before"


def _remove(version: Path) -> None:
    with suppress(OSError):  # one too many does no harm: it is like the groups of today, or older than the rest
        version.unlink(missing_ok=True)
