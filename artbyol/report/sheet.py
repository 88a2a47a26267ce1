"""A contact sheet: pictures side by side, each whole, with its caption: as one image, or as pages to print."""

import math
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from artbyol.base.errors import UsageError
from artbyol.report import DEFAULT_DPI, Paper
from artbyol.report.destination import check_file, replacing_file
from artbyol.report.lettering import Lettering
from artbyol.report.pages import Heading, Section, pages
from artbyol.report.tiles import INK, PAPER, Grid, Row, Tile, caption_lines, draw_row, height_of, rows_of

DEFAULT_MAX_PIXELS: Final = 60_000_000
"""Of a sheet that is one image; with more tiles they are drawn smaller. 60 million pixels take 240 MB while drawn."""

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
    suffix = output.suffix.lower()
    if suffix not in (".png", ".jpg", ".jpeg", ".pdf"):
        raise UsageError(f"A sheet is saved as .png, .jpg or .pdf, not as {output.suffix or 'a name without ending'}.")
    if not tiles:
        raise UsageError("A contact sheet needs at least one picture.")
    check_file(output, is_sheet, KIND)
    if suffix == ".pdf":
        save_pages([Section(Heading(title) if title else None, tiles)], output, paper=paper, dpi=dpi)
        return
    # A cell is a little higher than wide, because of its caption.
    columns = max(1, min(columns or round(math.sqrt(len(tiles) * _WIDTH_TO_HEIGHT)), len(tiles)))
    _save(_drawn(tiles, tile_side, columns, title, max_pixels), output)


def save_pages(sections: Sequence[Section], output: Path, *, paper: Paper, dpi: int, columns: int | None = None) -> int:
    """Save a sheet as pages: of one PDF, or for a name that ends in .png as one file a page.

    The first page is `output`; those of a PNG that follow are called "NAME page 2.png" and so on.

    Returns:
        How many pages.

    Raises:
        UsageError: one of the files exists and is no sheet of ours. ArtbyolError: it cannot be written.
    """
    number, made = 0, enumerate(pages(sections, paper=paper, dpi=dpi, columns=columns), start=1)
    if output.suffix.lower() == ".pdf":
        with replacing_file(output, is_sheet, KIND) as temporary:
            for number, page in made:
                # One page after the other: a long sheet never lies in memory as a whole.
                said = {"producer": _MADE_BY, "title": output.stem}  # else the temporary file's name is the title
                page.save(temporary, "PDF", resolution=float(dpi), quality=92, append=number > 1, **said)
    else:
        for number, page in made:
            _save(page, output if number == 1 else page_after(output, number), dpi)
    return number


def page_after(output: Path, number: int) -> Path:
    """Where a page but the first goes, of a sheet that has a file for each."""
    return output.with_name(f"{output.stem} page {number}{output.suffix}")


def is_sheet(path: Path) -> bool:
    """Whether a file, not an empty one, is a sheet that artbyol drew."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return any(content.find(_MADE_BY.encode(code)) >= 0 for code in ("ascii", "utf-16-be"))


class _Layout:
    """A sheet whose columns are `side` pixels wide: its grid, its margin, and its title.

    Attributes:
        top: where the first row begins.
    """

    def __init__(self, side: int, columns: int, lines: int, title: str | None) -> None:
        self.grid = Grid(side, max(10, side // 9), columns, lines, Lettering(max(10, side // 20)))
        self.margin = max(16, side // 6)
        self.title, self.large = title, Lettering(max(14, side // 11))
        self.top = self.margin + (self.large.height + self.grid.gap if title else 0)

    def size(self, heights: Sequence[int]) -> tuple[int, int]:
        """Width and height of the sheet with rows of these heights."""
        height = self.top + sum(heights) + (len(heights) - 1) * self.grid.gap + self.margin
        return 2 * self.margin + self.grid.width, height

    def draw(self, rows: Sequence[Row]) -> Image.Image:
        sheet, top = Image.new("RGB", self.size([height_of(row, self.grid) for row in rows]), PAPER), self.top
        if self.title:
            at = (self.margin, self.margin - self.large.height // 4)
            self.large.write(ImageDraw.Draw(sheet), at, self.title, INK, self.grid.width)
        for row in rows:
            draw_row(sheet, row, self.grid, self.margin, top)
            top += height_of(row, self.grid) + self.grid.gap
        return sheet


def _drawn(tiles: Sequence[Tile], side: int, columns: int, title: str | None, max_pixels: int) -> Image.Image:
    """One image of all tiles, their columns `side` pixels wide, or less so that it stays within `max_pixels`."""
    lines = caption_lines(tiles)
    while True:  # before any is decoded: with square pictures
        layout = _Layout(side, columns, lines, title)
        width, height = layout.size([side + layout.grid.caption] * math.ceil(len(tiles) / columns))
        if width * height <= max_pixels:
            break
        if side <= _SMALLEST_TILE:
            raise UsageError(f"{len(tiles)} pictures are too many for one sheet.", "ask for fewer, or for a .pdf")
        side = max(_SMALLEST_TILE, side * 9 // 10)
    while True:  # panoramas and scrolls take more room than that
        layout = _Layout(side, columns, lines, title)
        rows = list(rows_of(tiles, layout.grid))
        width, height = layout.size([height_of(row, layout.grid) for row in rows])
        if width * height <= max_pixels or side <= _SMALLEST_TILE:
            return layout.draw(rows)
        side = max(_SMALLEST_TILE, int(side * 0.98 * math.sqrt(max_pixels / (width * height))))


def _save(sheet: Image.Image, output: Path, dpi: int | None = None) -> None:
    with replacing_file(output, is_sheet, KIND) as temporary:
        if output.suffix.lower() == ".png":
            info = PngInfo()
            info.add_text("Software", _MADE_BY)
            sheet.save(temporary, "PNG", pnginfo=info, compress_level=3, dpi=dpi and (dpi, dpi))
        else:
            sheet.save(temporary, "JPEG", quality=92, subsampling=0, comment=_MADE_BY.encode("ascii"))
