"""A contact sheet: pictures side by side, each whole, with its caption: as one image, or as pages to print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from artbyol.base.errors import UsageError
from artbyol.report.destination import check_file, replacing_file
from artbyol.report.lettering import Lettering
from artbyol.report.pages import DEFAULT_DPI, Heading, Paper, Section, pages
from artbyol.report.tiles import INK, PAPER, Grid, Row, Tile, caption_lines, draw_row, height_of, rows_of

DEFAULT_MAX_PIXELS: Final = 60_000_000
"""Of a sheet that is one image; with more tiles they are drawn smaller. 60 million pixels take 240 MB while drawn."""

_SUFFIXES: Final = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".pdf": "PDF"}
KIND: Final = "a contact sheet"
_MADE_BY = "artbyol contact sheet"  # written into the file: only such a file is ever replaced

_SMALLEST_TILE = 48
_WIDTH_TO_HEIGHT = 1.4  # of the sheet, roughly a page or a screen


def contact_sheet(
    tiles: Sequence[Tile],
    output: Path,
    *,
    title: str | None = None,
    columns: int | None = None,
    tile_side: int = 320,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    paper: Paper = "a4",
    dpi: int = DEFAULT_DPI,
) -> None:
    """Draw pictures with their captions and save them: as one image, PNG or JPEG, or as the pages of a PDF, by the
    suffix.

    Every picture appears whole, in the order given. One that cannot be decoded becomes a grey tile with the reason.

    Args:
        columns: tiles beside each other; by default as many as make a page of pleasant proportions. Not for a PDF.
        tile_side: pixels of a column of an image; less where the sheet would exceed `max_pixels`.
        paper, dpi: of a PDF's pages; see `artbyol.report.pages`.

    Raises:
        UsageError: no tiles, another suffix, too many tiles for one image, or `output` exists and is no sheet of ours.
        ArtbyolError: the file cannot be written.
    """
    kind = _SUFFIXES.get(output.suffix.lower())
    if kind is None:
        raise UsageError(f"A sheet is saved as .png, .jpg or .pdf, not as {output.suffix or 'a name without ending'}.")
    if not tiles:
        raise UsageError("A contact sheet needs at least one picture.")
    check_file(output, is_sheet, KIND)
    if kind == "PDF":
        save_pages([Section(Heading(title) if title else None, tiles)], output, paper=paper, dpi=dpi)
        return
    columns = max(1, min(columns or _pleasant_columns(len(tiles)), len(tiles)))
    side = _fitting_side(len(tiles), columns, caption_lines(tiles), title, tile_side, max_pixels)
    _save(_drawn(tiles, side, columns, title, max_pixels), output, kind)


def save_pages(
    sections: Sequence[Section],
    output: Path,
    *,
    paper: Paper = "a4",
    dpi: int = DEFAULT_DPI,
    columns: int | None = None,
) -> int:
    """Save a sheet as pages: of one PDF, or for a name that ends in .png as one file a page.

    The first page is `output`; those of a PNG that follow are called "NAME page 2.png" and so on.

    Returns:
        How many pages.

    Raises:
        UsageError: one of the files exists and is no sheet of ours. ArtbyolError: it cannot be written.
    """
    number, made = 0, pages(sections, paper=paper, dpi=dpi, columns=columns)
    if output.suffix.lower() == ".pdf":
        with replacing_file(output, is_sheet, KIND) as temporary:
            for number, page in enumerate(made, start=1):
                # One page after the other: a long sheet never lies in memory as a whole.
                page.save(temporary, "PDF", resolution=float(dpi), quality=92, producer=_MADE_BY, append=number > 1)
        return number
    for number, page in enumerate(made, start=1):
        _save(page, output if number == 1 else page_after(output, number), "PNG", dpi)
    return number


def page_after(output: Path, number: int) -> Path:
    """Where a page but the first goes, of a sheet that has a file for each."""
    return output.with_name(f"{output.stem} page {number}{output.suffix}")


def is_sheet(path: Path) -> bool:
    """Whether a file, not an empty one, is a sheet that artbyol drew."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return any(content.find(_MADE_BY.encode(code)) >= 0 for code in ("ascii", "utf-16-be"))


def _drawn(tiles: Sequence[Tile], side: int, columns: int, title: str | None, max_pixels: int) -> Image.Image:
    """One image of all tiles; smaller where panoramas and scrolls take more room than was thought."""
    while True:
        grid = _grid(side, columns, caption_lines(tiles))
        rows = list(rows_of(tiles, grid))
        size = _size(grid, [height_of(row, grid) for row in rows], title)
        if size[0] * size[1] <= max_pixels or side <= _SMALLEST_TILE:
            return _sheet(rows, grid, size, title)
        side = max(_SMALLEST_TILE, int(side * 0.98 * math.sqrt(max_pixels / (size[0] * size[1]))))


def _sheet(rows: Sequence[Row], grid: Grid, size: tuple[int, int], title: str | None) -> Image.Image:
    sheet = Image.new("RGB", size, PAPER)
    margin, top = _margin(grid.side), _margin(grid.side)
    if title:
        large = _large(grid.side)
        large.write(ImageDraw.Draw(sheet), (margin, margin - large.height // 4), title, INK, grid.width)
        top += large.height + grid.gap
    for row in rows:
        draw_row(sheet, row, grid, margin, top)
        top += height_of(row, grid) + grid.gap
    return sheet


def _grid(side: int, columns: int, lines: int) -> Grid:
    return Grid(side, max(10, side // 9), columns, lines, Lettering(max(10, side // 20)))


def _margin(side: int) -> int:
    return max(16, side // 6)


def _large(side: int) -> Lettering:
    return Lettering(max(14, side // 11))


def _size(grid: Grid, heights: Sequence[int], title: str | None) -> tuple[int, int]:
    """Width and height of a sheet with rows of these heights."""
    head = _large(grid.side).height + grid.gap if title else 0
    height = 2 * _margin(grid.side) + head + sum(heights) + (len(heights) - 1) * grid.gap
    return 2 * _margin(grid.side) + grid.width, height


def _pleasant_columns(count: int) -> int:
    # A cell is a little higher than wide, because of its caption.
    return max(1, round(math.sqrt(count * _WIDTH_TO_HEIGHT)))


def _fitting_side(count: int, columns: int, lines: int, title: str | None, side: int, max_pixels: int) -> int:
    """The largest tile side up to `side` with which a sheet of square pictures stays within `max_pixels`."""
    while True:
        grid = _grid(side, columns, lines)
        width, height = _size(grid, [side + grid.caption] * math.ceil(count / columns), title)
        if width * height <= max_pixels:
            return side
        if side <= _SMALLEST_TILE:
            raise UsageError(f"{count} pictures are too many for one sheet.", "ask for fewer, or for a .pdf")
        side = max(_SMALLEST_TILE, side * 9 // 10)


def _save(sheet: Image.Image, output: Path, kind: str, dpi: int | None = None) -> None:
    with replacing_file(output, is_sheet, KIND) as temporary:
        if kind == "PNG":
            info = PngInfo()
            info.add_text("Software", _MADE_BY)
            known = {"dpi": (dpi, dpi)} if dpi else {}
            sheet.save(temporary, kind, pnginfo=info, compress_level=3, **known)
        else:
            sheet.save(temporary, kind, quality=92, subsampling=0, comment=_MADE_BY.encode("ascii"))
