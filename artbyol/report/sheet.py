"""A contact sheet: pictures side by side on one page, each whole, with its caption."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from artbyol.atomic import replacing
from artbyol.decoding import decode
from artbyol.errors import ArtbyolError, DecodeError, StoreError, UsageError
from artbyol.paths import display_path
from artbyol.report.lettering import Lettering

DEFAULT_MAX_PIXELS: Final = 60_000_000
"""Of the whole sheet; with more tiles they are drawn smaller. 60 million pixels take 240 MB while drawn."""

_SUFFIXES: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".pdf": "PDF"}
_MADE_BY = "artbyol contact sheet"  # written into the file: only such a file is ever replaced

_PAPER = (250, 248, 244)
_INK = (52, 49, 46)
_PALE_INK = (118, 112, 106)
_ABSENT = (228, 224, 218)
_HAIRLINE = (214, 209, 201)  # where a drawing on white paper ends
_MARK = (196, 72, 44)  # vermilion: visible beside any painting, and not taken for a part of one

_SMALLEST_TILE = 48
_WIDTH_TO_HEIGHT = 1.4  # of the sheet, roughly a page or a screen
_ENLARGED_AT_MOST = 2.0
_PIECE = 32  # tiles decoded ahead of the drawing


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
class _Layout:
    """Where everything goes, in pixels; `rows` are the heights of the pictures, which stand on their captions."""

    side: int
    columns: int
    rows: tuple[int, ...]
    gap: int
    margin: int
    header: int
    caption: int

    @property
    def size(self) -> tuple[int, int]:
        width = 2 * self.margin + self.columns * self.side + (self.columns - 1) * self.gap
        height = 2 * self.margin + self.header + sum(self.rows) + len(self.rows) * self.caption
        return width, height + (len(self.rows) - 1) * self.gap

    def place(self, index: int) -> tuple[int, int]:
        """Left edge of a tile's cell, and the line its picture stands on."""
        row, column = divmod(index, self.columns)
        bottom = self.margin + self.header + sum(self.rows[: row + 1]) + row * (self.caption + self.gap)
        return self.margin + column * (self.side + self.gap), bottom


def contact_sheet(
    tiles: Sequence[Tile],
    output: Path,
    *,
    title: str | None = None,
    columns: int | None = None,
    tile_side: int = 320,
    max_pixels: int = DEFAULT_MAX_PIXELS,
) -> None:
    """Draw pictures with their captions on one page and save it as PNG, JPEG or PDF, by the suffix.

    Every picture appears whole, in the order given. One that cannot be decoded becomes a grey tile with the reason.

    Args:
        columns: tiles beside each other; by default as many as make a page of pleasant proportions.
        tile_side: pixels of the square that a picture must fit in; less where the sheet would exceed `max_pixels`.

    Raises:
        UsageError: no tiles, another suffix, too many tiles, or `output` exists and is no sheet of ours.
        ArtbyolError: the file cannot be written.
    """
    kind = _SUFFIXES.get(output.suffix.lower())
    if kind is None:
        raise UsageError(f"a sheet is saved as .png, .jpg or .pdf, not as {output.suffix or 'a name without ending'}")
    if not tiles:
        raise UsageError("a contact sheet needs at least one picture")
    _refuse_to_overwrite(output)
    columns = max(1, min(columns or _pleasant_columns(len(tiles)), len(tiles)))
    lines = min(3, max(tile.caption.count("\n") + 1 for tile in tiles))
    side = _fitting_side(len(tiles), columns, lines, title, tile_side, max_pixels)
    _save(_draw(tiles, side, columns, lines, title), output, kind)


def _draw(tiles: Sequence[Tile], side: int, columns: int, lines: int, title: str | None) -> Image.Image:
    small, large = Lettering(max(10, side // 20)), Lettering(max(14, side // 11))
    pictures = list(_pictures(tiles, side, small))
    rows = [pictures[start : start + columns] for start in range(0, len(pictures), columns)]
    heights = [max(picture.height for picture in row) for row in rows]
    layout = _layout(side, columns, heights, lines, title)
    sheet = Image.new("RGB", layout.size, _PAPER)
    pen = ImageDraw.Draw(sheet)
    if title:
        width = layout.size[0] - 2 * layout.margin
        large.write(pen, (layout.margin, layout.margin - large.height // 4), title, _INK, width)
    for index, (tile, picture) in enumerate(zip(tiles, pictures, strict=True)):
        left, bottom = layout.place(index)
        top, right = bottom - picture.height, left + picture.width
        pen.rectangle((left - 1, top - 1, right, bottom), None, _HAIRLINE)
        sheet.paste(picture, (left, top))
        if tile.emphasis:
            _frame(pen, (left, top, right, bottom), max(3, side // 70))
        _write_caption(pen, tile, small, (left, bottom + _air(side)), side, lines)
    return sheet


def _pictures(tiles: Sequence[Tile], side: int, lettering: Lettering) -> Iterator[Image.Image]:
    """The pictures fitted into the square, decoded in threads a piece at a time."""
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="sheet") as pool:
        for start in range(0, len(tiles), _PIECE):
            yield from pool.map(lambda tile: _picture(tile, side, lettering), tiles[start : start + _PIECE])


def _picture(tile: Tile, side: int, lettering: Lettering) -> Image.Image:
    try:
        # The short side may be asked for as large as the square: panoramas are cut down to it right after.
        picture = decode(tile.path, side)
    except DecodeError as error:
        return _absent(side, error.message, lettering)
    scale = min(side / picture.width, side / picture.height, _ENLARGED_AT_MOST)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return Image.fromarray(picture.pixels).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _absent(side: int, reason: str, lettering: Lettering) -> Image.Image:
    """A grey tile with the reason, for a picture that cannot be shown."""
    im = Image.new("RGB", (side, round(side * 0.75)), _ABSENT)
    pen = ImageDraw.Draw(im)
    room = side - 2 * _air(side)
    top = (im.height - 2 * lettering.height) // 2
    for line in _wrapped(reason, lettering, room):
        pen_left = round((side - lettering.width(line)) / 2)
        lettering.write(pen, (max(_air(side), pen_left), top), line, _PALE_INK, room)
        top += lettering.height
    return im


def _wrapped(text: str, lettering: Lettering, width: int) -> list[str]:
    """At most two lines; the second takes what is left, shortened."""
    words = text.split()
    count = len(words)
    while count > 1 and lettering.width(" ".join(words[:count])) > width:
        count -= 1
    rest = lettering.shortened(" ".join(words[count:]), width)
    return [lettering.shortened(" ".join(words[:count]), width), *([rest] if rest else [])]


def _frame(pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], thickness: int) -> None:
    """A coloured frame around a picture, with a thread of paper between them, like a mount."""
    space = max(2, thickness // 2)
    grown = (box[0] - space - thickness, box[1] - space - thickness)
    pen.rectangle((*grown, box[2] + space + thickness - 1, box[3] + space + thickness - 1), None, _MARK, thickness)


def _write_caption(
    pen: ImageDraw.ImageDraw, tile: Tile, lettering: Lettering, at: tuple[int, int], width: int, lines: int
) -> None:
    left, top = at
    for number, line in enumerate(tile.caption.split("\n")[:lines]):
        ink = _MARK if tile.emphasis and number == 0 else _INK if number == 0 else _PALE_INK
        lettering.write(pen, (left, top + number * lettering.height), _printable(line), ink, width)


def _printable(line: str) -> str:
    return display_path(line.encode("utf-8", "surrogateescape"))


def _air(side: int) -> int:
    """The space between a picture and its caption."""
    return max(6, side // 24)


def _layout(side: int, columns: int, rows: Sequence[int], lines: int, title: str | None) -> _Layout:
    gap, margin = max(10, side // 9), max(16, side // 6)
    header = Lettering(max(14, side // 11)).height + gap if title else 0
    caption = _air(side) + lines * Lettering(max(10, side // 20)).height
    return _Layout(side, columns, tuple(rows), gap, margin, header, caption)


def _pleasant_columns(count: int) -> int:
    # A cell is a little higher than wide, because of its caption.
    return max(1, round(math.sqrt(count * _WIDTH_TO_HEIGHT)))


def _fitting_side(count: int, columns: int, lines: int, title: str | None, side: int, max_pixels: int) -> int:
    """The largest tile side up to `side` with which the sheet stays within `max_pixels`."""
    while True:
        width, height = _layout(side, columns, [side] * math.ceil(count / columns), lines, title).size
        if width * height <= max_pixels:
            return side
        if side <= _SMALLEST_TILE:
            raise UsageError(f"{count} pictures are too many for one sheet", "ask for fewer, or for several sheets")
        side = max(_SMALLEST_TILE, side * 9 // 10)


def _refuse_to_overwrite(output: Path) -> None:
    """A sheet replaces an earlier sheet and nothing else: a slip of the pen must not cost a painting."""
    if not os.path.lexists(output):
        return
    written = (_MADE_BY.encode("ascii"), _MADE_BY.encode("utf-16-be"))
    try:
        content = output.read_bytes() if output.stat().st_size < 2**28 else b""
    except OSError:
        content = b""
    if not any(mark in content for mark in written):
        raise UsageError(f"{display_path(os.fsencode(output))} exists and is no contact sheet; it was left as it is")


def _save(sheet: Image.Image, output: Path, kind: str) -> None:
    try:
        with replacing(output) as temporary:
            if kind == "PNG":
                info = PngInfo()
                info.add_text("Software", _MADE_BY)
                sheet.save(temporary, kind, pnginfo=info, compress_level=3)
            elif kind == "JPEG":
                sheet.save(temporary, kind, quality=92, subsampling=0, comment=_MADE_BY.encode("ascii"))
            else:
                sheet.save(temporary, kind, resolution=150.0, quality=92, producer=_MADE_BY)
    except (StoreError, ValueError, OSError) as error:
        cause = getattr(error, "__cause__", None) or error
        reason = getattr(cause, "strerror", None) or cause
        raise ArtbyolError(f"{display_path(os.fsencode(output))} cannot be written: {reason}") from error
