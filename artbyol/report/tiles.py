"""Pictures on paper: each whole, with its caption, in rows. What contact sheets and printed pages are laid out of.

A panorama runs over as many columns as its proportions need, a scroll may stand up to twice as high as a tile is wide;
so that neither shrinks to a thread. All pictures of a row stand on one line.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from artbyol.base.errors import DecodeError
from artbyol.base.processes import in_threads
from artbyol.base.text import display_text
from artbyol.pictures.decode import decode
from artbyol.pictures.thumbnail import fitted
from artbyol.report.lettering import Lettering

PAPER = (250, 248, 244)
INK = (52, 49, 46)
PALE_INK = (118, 112, 106)
HAIRLINE = (214, 209, 201)  # where a drawing on white paper ends
_ABSENT = (228, 224, 218)
_MARK = (196, 72, 44)  # vermilion: visible beside any painting, and not taken for a part of one

_COLUMN = 1.5  # proportions (width to height) for which one more column is given
_SCROLL = 0.5  # proportions below which a picture may be higher than a tile is wide
_HIGHEST = 2.0  # times as high
_AHEAD = 32  # tiles decoded before they are drawn


@dataclass(frozen=True)
class Tile:
    """One picture of a sheet.

    Attributes:
        path: the file, absolute or relative to the working directory.
        caption: one or more lines under the picture, shortened to fit.
        emphasis: framed in colour: the picture that the others are compared to.
    """

    path: Path | bytes
    caption: str
    emphasis: bool = False


@dataclass(frozen=True)
class Grid:
    """Columns of equal width, in pixels, and the lettering of captions.

    Attributes:
        side: width of a column; gap: between columns, and between rows.
        lines: lines of each caption.
        most_enlarged: how many times a small picture may be enlarged.
    """

    side: int
    gap: int
    columns: int
    lines: int
    lettering: Lettering
    most_enlarged: float = 2.0

    @property
    def width(self) -> int:
        return self.over(self.columns)

    @property
    def air(self) -> int:
        """The space between a picture and its caption."""
        return max(6, self.side // 24)

    @property
    def caption(self) -> int:
        """Height of a caption, the space above it included."""
        return self.air + self.lines * self.lettering.height

    def over(self, columns: int) -> int:
        """The width of so many columns."""
        return columns * self.side + (columns - 1) * self.gap


@dataclass(frozen=True)
class Placed:
    """A tile in its row: its picture as drawn, its first column, and how many it runs over."""

    tile: Tile
    picture: Image.Image
    column: int
    columns: int


Row = tuple[Placed, ...]


def rows_of(tiles: Sequence[Tile], grid: Grid) -> Iterator[Row]:
    """The tiles in rows, in their order; pictures are decoded as the rows are asked for."""
    row: list[Placed] = []
    used = 0
    pictures = in_threads(lambda tile: _picture(tile, grid), tiles, ahead=_AHEAD)
    for tile, picture in zip(tiles, pictures, strict=True):
        columns = min(grid.columns, math.ceil((picture.width + grid.gap) / (grid.side + grid.gap)))
        if used + columns > grid.columns:
            yield tuple(row)
            row, used = [], 0
        row.append(Placed(tile, picture, used, columns))
        used += columns
    if row:
        yield tuple(row)


def height_of(row: Row, grid: Grid) -> int:
    """Of the highest picture, and its caption."""
    return max(placed.picture.height for placed in row) + grid.caption


def draw_row(sheet: Image.Image, row: Row, grid: Grid, left: int, top: int) -> None:
    """Draw a row with its upper left corner there."""
    pen = ImageDraw.Draw(sheet)
    line = top + height_of(row, grid) - grid.caption
    for placed in row:
        x, picture = left + placed.column * (grid.side + grid.gap), placed.picture
        box = (x, line - picture.height, x + picture.width, line)
        pen.rectangle((box[0] - 1, box[1] - 1, box[2], box[3]), None, HAIRLINE)
        sheet.paste(picture, box[:2])
        if placed.tile.emphasis:
            _frame(pen, box, max(3, grid.side // 70))
        _write_caption(pen, placed, grid, x, line + grid.air)


def caption_lines(tiles: Iterable[Tile]) -> int:
    """How many lines the captions of these tiles take, three at most."""
    return min(3, max((tile.caption.count("\n") + 1 for tile in tiles), default=1))


def _picture(tile: Tile, grid: Grid) -> Image.Image:
    try:
        # The short side may be asked for as large as the column: panoramas are cut down to it right after.
        picture = decode(tile.path, grid.side)
    except DecodeError as error:
        return _absent(grid, error.message)
    width = grid.over(min(grid.columns, max(1, round(picture.width / picture.height / _COLUMN))))
    height = grid.side * min(_HIGHEST, max(1.0, math.sqrt(_SCROLL * picture.height / picture.width)))
    return fitted(picture, width, height, most_enlarged=grid.most_enlarged)


def _absent(grid: Grid, reason: str) -> Image.Image:
    """A grey tile with the reason, for a picture that cannot be shown."""
    side, lettering = grid.side, grid.lettering
    im = Image.new("RGB", (side, round(side * 0.75)), _ABSENT)
    pen = ImageDraw.Draw(im)
    room = side - 2 * grid.air
    top = (im.height - 2 * lettering.height) // 2
    words = reason.split()
    fit = len(words)
    while fit > 1 and lettering.width(" ".join(words[:fit])) > room:
        fit -= 1
    for part in (words[:fit], words[fit:]):  # the second line takes what is left, shortened
        line = lettering.shortened(" ".join(part), room)
        left = round((side - lettering.width(line)) / 2)
        lettering.write(pen, (max(grid.air, left), top), line, PALE_INK, room)
        top += lettering.height
    return im


def _frame(pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], thickness: int) -> None:
    """A coloured frame around a picture, with a thread of paper between them, like a mount."""
    space = max(2, thickness // 2)
    grown = (box[0] - space - thickness, box[1] - space - thickness)
    pen.rectangle((*grown, box[2] + space + thickness - 1, box[3] + space + thickness - 1), None, _MARK, thickness)


def _write_caption(pen: ImageDraw.ImageDraw, placed: Placed, grid: Grid, left: int, top: int) -> None:
    width, emphasis = grid.over(placed.columns), placed.tile.emphasis
    for number, line in enumerate(placed.tile.caption.split("\n")[: grid.lines]):
        ink = _MARK if emphasis and number == 0 else INK if number == 0 else PALE_INK
        at = (left, top + number * grid.lettering.height)
        grid.lettering.write(pen, at, display_text(line), ink, width)
