"""Tiles of large scans, for deep zoom in a gallery (`--zoom`)."""

import os
from collections.abc import Mapping, Sequence
from typing import Final

from PIL import Image

from artbyol.base.errors import DecodeError
from artbyol.pictures.decode import decode_content
from artbyol.pictures.deep_zoom import TILE, Pyramid, cut
from artbyol.pictures.thumbnail import resized
from artbyol.report.gallery.folder import GalleryFolder
from artbyol.report.gallery.images import ImageSizes, is_whole
from artbyol.report.gallery.overview import Surveyed
from artbyol.search.collection import OpenCollection
from artbyol.storage.atomic import replacing

FACTOR: Final = 1.5
"""A scan so many times as long as the large copy has tiles: below, they would show little that the copy does not."""

FOLDER: Final = f"images/zoom-{TILE}"

_QUALITY = 82


def make_tiles(
    target: GalleryFolder, collection: OpenCollection, works: Sequence[Surveyed], sizes: ImageSizes
) -> Mapping[int, list[str]]:
    """Cut the tiles of works that are large enough and not cut yet; one after the other, each may be gigabytes.

    Returns:
        By row the names of a work's tiles, relative to the gallery; without those that cannot be read.

    Raises:
        Interrupted: `stop` said so; what was cut is kept. StoreError: the folder cannot be written.
    """
    copy = sizes.large or sizes.small
    rows = [row for row, work in enumerate(works) if max(work.width, work.height) >= FACTOR * copy]
    found: dict[int, list[str]] = {}
    for done, row in enumerate(rows):
        collection.run.progress("cutting tiles", done, len(rows))
        collection.run.check_stop("Stopped; the tiles made so far are kept.")
        names = [_name(works[row], level, *tile) for level, tile in _tiles(works[row], copy)]
        if all(is_whole(target.root / name) for name in names) or _cut_up(target, collection, works[row], copy):
            found[row] = names
    return found


def _tiles(work: Surveyed, copy: int) -> list[tuple[int, tuple[int, int]]]:
    """Level and place of each tile, of the levels that are larger than the copy."""
    pyramid = Pyramid(work.width, work.height)
    levels = (level for level in range(pyramid.levels) if max(pyramid.size(level)) > copy)
    return [(level, tile) for level in levels for tile in pyramid.tiles(level)]


def _name(work: Surveyed, level: int, column: int, row: int) -> str:
    return f"{FOLDER}/{work.id[:2]}/{work.id}/{level}/{column}_{row}.jpg"


def _cut_up(target: GalleryFolder, collection: OpenCollection, work: Surveyed, copy: int) -> bool:
    pyramid = Pyramid(work.width, work.height)
    for path in work.paths:
        try:
            whole = os.path.join(os.fsencode(collection.folder), path)
            picture = decode_content(whole, work.hash, min(work.width, work.height), collection.run.max_pixels)
        except DecodeError:
            continue  # a copy may be as it was; where none is, the page has the large picture alone
        sized: dict[int, Image.Image] = {}
        for level, tile in _tiles(work, copy):
            if level not in sized:
                sized = {level: resized(picture, pyramid.size(level))}
            with replacing(target.place(_name(work, level, *tile))) as temporary:
                cut(sized[level], tile).save(temporary, "JPEG", quality=_QUALITY)
        return True
    return False
