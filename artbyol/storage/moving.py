"""Whether a folder is the collection of a store that lies elsewhere: by the pictures in it, not by its name. A drive
may have another mount point today, and the old one still be there, empty or with another drive's pictures."""

import os
from contextlib import suppress
from pathlib import Path

from artbyol.base.errors import ArtbyolError
from artbyol.pictures.scan import content_hash, scan
from artbyol.storage.catalogue import Catalogue

_LOOKED_AT = 8  # pictures that are read, of those with a known name and size, and of those with a known size only


def has_moved(catalogue: Path, before: Path, now: Path) -> bool | None:
    """Whether pictures that a catalogue knows lie in the folder `now`, and none in the one `before`; None where the
    catalogue knows none."""
    try:
        with Catalogue.open(catalogue, read_only=True) as opened:
            known = {path: record for path, record in (opened.files() | opened.away()).items() if not record.skip_code}
    except ArtbyolError:  # there is none, or it is damaged, which is said when it is needed
        return None
    if not known:
        return None
    sizes = {path: record.size for path, record in known.items()}
    hashes = {record.hash for record in known.values()}
    return _holds_any(now, sizes, hashes) and not _holds_any(before, sizes, hashes)


def _holds_any(folder: Path, sizes: dict[bytes, int], hashes: set[bytes | None]) -> bool:
    try:
        found = scan(folder).files
    except ArtbyolError:
        return False
    by_name = [stamp.path for stamp in found if sizes.get(stamp.path) == stamp.size]
    by_size = set(sizes.values())
    others = [stamp.path for stamp in found if stamp.size in by_size]
    for path in (*_some(by_name), *_some(others)):
        with suppress(ArtbyolError):
            if content_hash(os.path.join(os.fsencode(folder), path)) in hashes:
                return True
    return False


def _some(paths: list[bytes]) -> list[bytes]:
    """A few of them, from all over the folder."""
    return paths[:: max(1, -(-len(paths) // _LOOKED_AT))]
