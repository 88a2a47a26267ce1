"""Pictures that somebody dropped on a page: in a folder of this process, which goes with it, and never in a collection.

They are opened as every picture is, in a process of its own where that is wise, and may not be larger than is good for
an answer within a second.
"""

import itertools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Final

from artbyol.base.errors import DecodeError, UsageError
from artbyol.base.text import display_text
from artbyol.pictures.decode import decode_content
from artbyol.pictures.scan import content_hash
from artbyol.pictures.thumbnail import fitted
from artbyol.search.query import Query

MOST_AT_ONCE: Final = 24
MOST_KEPT, ROOM = 96, 2 << 30
"""Pictures, and bytes: what is dropped after so many lets go of the first."""
MOST_BYTES: Final = 128 << 20
MOST_PIXELS: Final = 200_000_000

_PREVIEW: Final = 640  # px, the longer side
_PIECE = 1 << 20
_NAME = re.compile(r"upload:([1-9][0-9]{0,8})")


@dataclass(frozen=True, eq=False)
class Upload:
    """A picture that was dropped: its number and name, where it and its preview lie, the hash of its content, and its
    size in pixels and bytes."""

    number: int
    name: str
    path: Path
    preview: Path
    hash: bytes
    width: int
    height: int
    size: int

    @property
    def id(self) -> str:
        """What it is asked for by."""
        return f"upload:{self.number}"


class Uploads:
    """The pictures that were dropped.

    Args:
        folder: of this process alone. max_pixels: larger ones are refused.
    """

    def __init__(self, folder: Path, max_pixels: int) -> None:
        self.folder, self.max_pixels = folder, min(max_pixels, MOST_PIXELS)
        self._numbers, self._lock = itertools.count(1), Lock()
        self._kept: dict[int, Upload] = {}
        self._queries: dict[int, tuple[object, Query]] = {}

    def add(self, name: str, file: BinaryIO) -> Upload:
        """Keep a picture.

        Raises:
            UsageError: it is larger than may be. DecodeError: it is no usable picture.
        """
        number = next(self._numbers)
        path, preview = self.folder / f"upload-{number}", self.folder / f"upload-{number}.jpg"
        try:
            self._write(path, file)
            digest = content_hash(os.fsencode(path))
            picture = decode_content(os.fsencode(path), digest, _PREVIEW, self.max_pixels)
            fitted(picture, _PREVIEW, _PREVIEW).save(preview, "JPEG", quality=82)
        except BaseException:
            path.unlink(missing_ok=True)
            preview.unlink(missing_ok=True)
            raise
        shown = display_text(re.split(r"[/\\]", name)[-1])[:255] or "picture"
        size = path.stat().st_size
        one = Upload(number, shown, path, preview, digest, picture.width, picture.height, size)
        with self._lock:
            self._kept[number] = one
            while len(self._kept) > MOST_KEPT or (
                len(self._kept) > 1 and sum(one.size for one in self._kept.values()) > ROOM
            ):
                gone = self._kept.pop(old := min(self._kept))
                self._queries.pop(old, None)
                gone.path.unlink(missing_ok=True)
                gone.preview.unlink(missing_ok=True)
        return one

    def _write(self, path: Path, file: BinaryIO) -> None:
        written = 0
        with path.open("xb") as kept:
            while piece := file.read(_PIECE):
                written += len(piece)
                if written > MOST_BYTES:
                    raise UsageError(f"A picture may have at most {MOST_BYTES >> 20} MB.", "drop a smaller copy of it")
                kept.write(piece)

    def find(self, id: str) -> Upload:
        """One that was dropped. Raises UsageError: there is none of that name, or it was let go of."""
        matched = _NAME.fullmatch(id)
        one = self._kept.get(int(matched[1])) if matched else None
        if one is None:
            raise UsageError("That picture is not here any more.", "drop it again")
        return one

    def query(self, id: str, state: object, read: Any) -> Query:
        """What is asked with one of them: read once, as long as `state` is the same."""
        one = self.find(id)
        known = self._queries.get(one.number)
        if known is None or known[0] != state:
            try:
                known = state, read(one)
            except DecodeError as error:
                raise DecodeError(error.code, f"{one.name} is not usable: {error.message}.", error.hint) from error
            self._queries[one.number] = known
        return known[1]


def said_of(one: Upload | DecodeError | UsageError, name: str) -> Mapping[str, Any]:
    """What a window is told of a picture that it sent."""
    if isinstance(one, Upload):
        found = {"upload": one.id, "width": one.width, "height": one.height}
        return {**found, "name": one.name, "preview": f"api/upload/{one.number}.jpg", "error": None}
    reason = one.message.rstrip(".")
    sentence = f"{display_text(name)} is not usable: {reason}." if isinstance(one, DecodeError) else f"{reason}."
    return {"upload": None, "name": display_text(name), "width": 0, "height": 0, "preview": None, "error": sentence}
