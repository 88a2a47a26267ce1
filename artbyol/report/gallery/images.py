"""The pictures of a gallery: small and large copies of works, and sheets of still smaller ones for the map.

A copy is named by its work's content, so that one that is there already is right, whatever became of file names.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from artbyol.base.errors import DecodeError
from artbyol.base.processes import in_threads
from artbyol.base.run import Run
from artbyol.base.vectors import Floats
from artbyol.pictures.decode import decode_content
from artbyol.pictures.thumbnail import resized
from artbyol.report.gallery.folder import GalleryFolder
from artbyol.report.gallery.overview import Surveyed
from artbyol.storage.atomic import replacing
from artbyol.storage.ingest import FILES_OWN

CELLS: Final = (24, 64)
"""Sides of the squares, px, that works are fitted into on sheets for the map: from afar, and from closer by."""

SHEET_SIDE: Final = 1024
WIDEST: Final = 3.0
"""A small copy is at most so many times as wide as it may be high: a panorama is less high."""

_QUALITY = 82
_ABSENT = (228, 224, 218)
_AHEAD = 64  # works handed to the threads
_END_OF_JPEG = b"\xff\xd9"


@dataclass(frozen=True)
class ImageSizes:
    """How large the copies are, px: `small`: height (a panorama is less high); `large`: longer side; 0: none."""

    small: int
    large: int

    @property
    def folders(self) -> tuple[str, ...]:
        return (f"images/small-{self.small}", *([f"images/large-{self.large}"] if self.large else []))


def image_name(folder: str, work: str) -> str:
    """Of a work's copy, relative to the gallery: 20,000 files in one folder are a burden to many programs."""
    return f"{folder}/{work[:2]}/{work}.jpg"


def make_copies(
    target: GalleryFolder, folder: Path, works: Sequence[Surveyed], sizes: ImageSizes, run: Run
) -> list[str | None]:
    """Make the copies of works that are not there yet.

    Returns:
        Of each work why there is no copy of it, "" where there was one, None where one was made now.

    Raises:
        Interrupted: `stop` said so; the copies made are kept. StoreError: the folder cannot be written.
    """

    def copy(work: Surveyed) -> str | None:
        missing = [name for name in sizes.folders if not is_whole(target.root / image_name(name, work.id))]
        if not missing:
            return ""
        for path in work.paths:
            try:
                _copy(target, os.path.join(os.fsencode(folder), path), work, sizes, run.max_pixels)
                return None
            except DecodeError as error:
                if error.code not in FILES_OWN:  # otherwise a copy may be as it was
                    return error.message
        return "the file is gone, or was changed since it was embedded"

    found = []
    for one in in_threads(copy, works, ahead=_AHEAD):
        found.append(one)
        run.progress("copying", len(found), len(works))
        run.check_stop("Stopped; the copies of pictures made so far are kept.")
    return found


def _copy(target: GalleryFolder, path: bytes, work: Surveyed, sizes: ImageSizes, max_pixels: int) -> None:
    lower = min(1.0, sizes.small / work.height, WIDEST * sizes.small / work.width)
    small = _scaled(work.width, work.height, lower)
    large = _large_size(work.width, work.height, sizes.large) if sizes.large else small
    picture = decode_content(path, work.hash, max(min(small), min(large)), max_pixels)
    for folder, size in zip(sizes.folders, (small, large), strict=False):
        with replacing(target.place(image_name(folder, work.id))) as temporary:
            resized(picture, size).save(
                temporary, "JPEG", quality=_QUALITY, progressive=folder.startswith("images/large")
            )


def _large_size(width: int, height: int, side: int) -> tuple[int, int]:
    """A panorama may be twice as long, as long as its short side is no more than half of it."""
    longer, shorter = max(width, height), min(width, height)
    return _scaled(width, height, min(1.0, max(side / longer, min(2 * side / longer, side / 2 / shorter))))


def _scaled(width: int, height: int, scale: float) -> tuple[int, int]:
    return max(1, round(width * scale)), max(1, round(height * scale))


def is_whole(path: Path) -> bool:
    """Whether a copy is there and was written to its end."""
    try:
        with path.open("rb") as file:
            file.seek(-len(_END_OF_JPEG), os.SEEK_END)
            return file.read() == _END_OF_JPEG
    except OSError:
        return False


def make_sheets(
    target: GalleryFolder, works: Sequence[Surveyed], order: Sequence[int], small: str, cell: int
) -> list[str]:
    """Sheets of works for the map, `SHEET_SIDE` px square, each work fitted into a cell at its upper left.

    Args:
        order: rows in the order in which they are to appear; neighbours on the map should be neighbours here.
        small: the folder of small copies.

    Returns:
        Names of the sheets, relative to the gallery; one that is there already is kept.
    """
    columns = SHEET_SIDE // cell
    names = []
    for start in range(0, len(order), columns**2):
        rows = order[start : start + columns**2]
        digest = hashlib.blake2b(f"{small} {cell} {[works[row].id for row in rows]}".encode(), digest_size=8)
        name = f"images/map-{cell}/{digest.hexdigest()}.jpg"
        names.append(name)
        if is_whole(target.root / name):
            continue
        height = -(-len(rows) // columns) * cell
        sheet = Image.new("RGB", (SHEET_SIDE, height), _ABSENT)
        for at, row in enumerate(rows):
            sheet.paste(_sprite(target.root, works[row], small, cell), (at % columns * cell, at // columns * cell))
        with replacing(target.place(name)) as temporary:
            sheet.save(temporary, "JPEG", quality=_QUALITY, subsampling=0)
    return names


def sprite_size(width: int, height: int, cell: int) -> tuple[int, int]:
    """Of a work on a sheet; the page computes the same."""
    ratio = width / height
    return max(1, int(cell * min(1.0, ratio) + 0.5)), max(1, int(cell * min(1.0, 1 / ratio) + 0.5))


def _sprite(root: Path, work: Surveyed, small: str, cell: int) -> Image.Image:
    size = sprite_size(work.width, work.height, cell)
    try:
        with Image.open(root / image_name(small, work.id)) as image:
            image.draft("RGB", (2 * size[0], 2 * size[1]))
            return image.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    except OSError:
        return Image.new("RGB", size, work.colours[0].hex if work.colours else _ABSENT)


def along_the_map(positions: Floats) -> list[int]:
    """Rows in Morton order (1966) of their places: those near each other come near each other."""
    cells = np.clip(positions * 1024, 0, 1023).astype(np.int64)
    code = np.zeros(len(cells), np.int64)
    for bit in range(10):
        code |= ((cells[:, 0] >> bit) & 1) << (2 * bit) | ((cells[:, 1] >> bit) & 1) << (2 * bit + 1)
    return np.argsort(code, kind="stable").tolist()  # type: ignore[no-any-return]
