"""A picture in tiles, at levels each half as large as the next (Microsoft's Deep Zoom): of a large scan only what is
looked at need be loaded."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from PIL import Image

TILE: Final = 512
"""Side of a tile, px; they do not overlap."""

Tile = tuple[int, int]
"""Column and row."""


@dataclass(frozen=True)
class Pyramid:
    """The levels of a picture of this size, px: at level 0 it is one pixel, at the last it is the original."""

    width: int
    height: int

    @property
    def levels(self) -> int:
        """How many there are."""
        return math.ceil(math.log2(max(self.width, self.height, 2))) + 1

    def size(self, level: int) -> tuple[int, int]:
        """Width and height at a level."""
        scale = 2 ** (self.levels - 1 - level)
        return math.ceil(self.width / scale), math.ceil(self.height / scale)

    def tiles(self, level: int) -> Iterator[Tile]:
        """The tiles of a level, line by line."""
        width, height = self.size(level)
        for row in range(-(-height // TILE)):
            for column in range(-(-width // TILE)):
                yield column, row


def cut(image: Image.Image, tile: Tile) -> Image.Image:
    """A tile of a picture that has the size of its level."""
    left, upper = tile[0] * TILE, tile[1] * TILE
    return image.crop((left, upper, min(left + TILE, image.width), min(upper + TILE, image.height)))
