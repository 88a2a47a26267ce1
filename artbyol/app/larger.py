"""Larger pictures of works than their pages have, made when they are asked for: whole, or in tiles for deep zoom.

They are opened by the path and the content that the catalogue knows, as every picture is, and kept in a folder of this
process, as much as has room there.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from PIL import Image

from artbyol.base.errors import DecodeError, UsageError
from artbyol.base.text import display_path
from artbyol.pictures.decode import Picture, decode_content
from artbyol.pictures.deep_zoom import TILE, Pyramid, cut
from artbyol.pictures.thumbnail import resized
from artbyol.storage.ingest import FILES_OWN

SMALLEST, LARGEST = 64, 4096
"""Longer side of a whole picture, px."""

ROOM: Final = 1 << 30
"""Bytes of pictures and tiles that are kept."""

_QUALITY = 85
_STEP = 64  # px: pictures of nearly the same size are one


@dataclass(frozen=True)
class Original:
    """A work whose picture is asked for: where its files lie, the hash of its content, and its size in pixels."""

    files: Sequence[bytes]
    hash: bytes
    width: int
    height: int

    @property
    def pyramid(self) -> Pyramid:
        """Its levels."""
        return Pyramid(self.width, self.height)

    def said(self) -> dict[str, int]:
        """What a viewer has to know."""
        return {
            "width": self.width,
            "height": self.height,
            "tileSize": TILE,
            "overlap": 0,
            "minLevel": 0,
            "maxLevel": self.pyramid.levels - 1,
        }


class Larger:
    """Makes larger pictures.

    Args:
        folder: of this process alone. max_pixels: larger originals are refused.
    """

    def __init__(self, folder: Path, max_pixels: int) -> None:
        self.folder, self.max_pixels = folder, max_pixels
        self._kept: OrderedDict[str, int] = OrderedDict()
        self._bytes, self._lock, self._one = 0, Lock(), Lock()  # one original at a time: each may be gigabytes

    def picture(self, one: Original, side: int) -> Path:
        """The whole picture, its longer side so many pixels, or as many as it has.

        Raises:
            UsageError: no such size. DecodeError: the file is gone, or cannot be read.
        """
        if not SMALLEST <= side <= LARGEST:
            raise UsageError(f"Pictures are {SMALLEST} to {LARGEST} px, not {side}.")
        side = min(-(-side // _STEP) * _STEP, LARGEST, max(one.width, one.height))
        name = f"{one.hash.hex()}-{side}.jpg"

        def make() -> None:
            scale = side / max(one.width, one.height)
            size = max(1, round(one.width * scale)), max(1, round(one.height * scale))
            self._write(resized(self._decoded(one, min(size)), size), name)

        return self._made(name, make)

    def tile(self, one: Original, level: int, column: int, row: int) -> Path:
        """One tile.

        Raises:
            UsageError: there is no such tile. DecodeError: the file is gone, or cannot be read.
        """
        pyramid = one.pyramid
        if not 0 <= level < pyramid.levels:
            raise UsageError("There is no such level.")
        if (column, row) not in pyramid.tiles(level):
            raise UsageError("There is no such tile.")
        name = self._tile_name(one, level, column, row)

        def make() -> None:
            small = max(pyramid.size(level)) <= LARGEST
            levels = [level] if small else [at for at in range(pyramid.levels) if max(pyramid.size(at)) > LARGEST]
            picture = self._decoded(one, min(pyramid.size(levels[-1])))
            for at in levels:
                self._cut_up(one, resized(picture, pyramid.size(at)), at)

        return self._made(name, make)

    def _cut_up(self, one: Original, image: Image.Image, level: int) -> None:
        for column, row in one.pyramid.tiles(level):
            self._write(cut(image, (column, row)), self._tile_name(one, level, column, row))

    @staticmethod
    def _tile_name(one: Original, level: int, column: int, row: int) -> str:
        return f"{one.hash.hex()}-{level}-{column}-{row}.jpg"

    def _made(self, name: str, make: Callable[[], None]) -> Path:
        """A file that is kept, or is made now; others wait, who want the same or another."""
        if not self._is_kept(name):
            with self._one:
                if not self._is_kept(name):
                    make()
        return self.folder / name

    def _is_kept(self, name: str) -> bool:
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return True
            return False

    def _write(self, image: Image.Image, name: str) -> None:
        path = self.folder / name
        image.save(path, "JPEG", quality=_QUALITY)
        with self._lock:
            self._bytes += path.stat().st_size - self._kept.pop(name, 0)
            self._kept[name] = path.stat().st_size
            while self._bytes > ROOM and len(self._kept) > 1:
                old, size = self._kept.popitem(last=False)
                self._bytes -= size
                (self.folder / old).unlink(missing_ok=True)

    def _decoded(self, one: Original, short_side: int) -> Picture:
        for path in one.files:
            try:
                return decode_content(path, one.hash, short_side, self.max_pixels)
            except DecodeError as error:
                if error.code not in FILES_OWN:  # otherwise a copy may be as it was
                    raise DecodeError(error.code, f"{display_path(path)} cannot be shown: {error.message}.") from error
        raise UsageError("The file is gone, or was changed since it was embedded.", "artbyol embed FOLDER")
