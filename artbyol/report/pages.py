"""Pages to print: pictures in columns on paper of a known size, at a known resolution, under a heading."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from PIL import Image, ImageDraw

from artbyol.base.errors import UsageError
from artbyol.base.text import display_text
from artbyol.pictures.measures.dominant import DominantColour
from artbyol.report import DEFAULT_DPI, Paper
from artbyol.report.lettering import Lettering
from artbyol.report.tiles import HAIRLINE, INK, PALE_INK, Grid, Tile, caption_lines, draw_row, height_of, rows_of

SIZES: Final[dict[Paper, tuple[float, float]]] = {"a4": (210, 297), "a3": (297, 420), "letter": (215.9, 279.4)}
"""Width and height in millimetres."""

_WHITE = (255, 255, 255)  # of paper there is some in the printer
_MARGIN, _GAP = 14.0, 5.0  # mm
_COLUMN = 42.0  # mm, about: four of them on A4
_TITLE, _SUBTITLE, _WORDS, _CAPTION = 16.0, 12.0, 9.0, 7.0  # points
_STRIP, _STRIP_AIR, _BELOW = 3.5, 1.2, 3.5  # mm: height of the palette, the space above it and below the heading
_LEAST_DPI, _MOST_DPI = 50, 600


@dataclass(frozen=True)
class Heading:
    """What stands above pictures: a title, a line of words, and colours by their shares."""

    title: str
    words: str = ""
    colours: tuple[DominantColour, ...] = ()
    large: bool = True


@dataclass(frozen=True)
class Section:
    """Pictures, and what stands above them."""

    heading: Heading | None
    tiles: Sequence[Tile]


class _Sheet:
    """Paper at a resolution: lengths in pixels."""

    def __init__(self, paper: Paper, dpi: int, lines: int, columns: int | None) -> None:
        self.dpi = dpi
        self.size = (self.mm(SIZES[paper][0]), self.mm(SIZES[paper][1]))
        self.margin = self.mm(_MARGIN)
        room, gap = self.size[0] - 2 * self.margin, self.mm(_GAP)
        columns = columns or max(1, round((room + gap) / (self.mm(_COLUMN) + gap)))
        side = (room - (columns - 1) * gap) // columns
        self.grid = Grid(side, gap, columns, lines, self.letters(_CAPTION), 2.0 * dpi / 150)
        self.bottom = self.size[1] - self.margin

    def mm(self, length: float) -> int:
        return round(length / 25.4 * self.dpi)

    def letters(self, points: float) -> Lettering:
        return Lettering(max(6, round(points / 72 * self.dpi)))

    def blank(self) -> Image.Image:
        return Image.new("RGB", self.size, _WHITE)


def pages(
    sections: Sequence[Section], *, paper: Paper = "a4", dpi: int = DEFAULT_DPI, columns: int | None = None
) -> Iterator[Image.Image]:
    """The pages one after the other; at least one. Pages that follow carry the first section's title.

    Args:
        columns: pictures beside each other; by default as many as make columns of about 42 mm.

    Raises:
        UsageError: no such paper, or a resolution that is none.
    """
    if paper not in SIZES or not _LEAST_DPI <= dpi <= _MOST_DPI:
        known = f"paper is one of {', '.join(SIZES)}; dpi lie between {_LEAST_DPI} and {_MOST_DPI}"
        raise UsageError(f"There is no page of {paper} at {dpi} dpi.", known)
    lines = caption_lines(tile for section in sections for tile in section.tiles)
    sheet = _Sheet(paper, dpi, lines, columns)
    page, number = sheet.blank(), 1
    top = begin = sheet.margin
    for section in sections:
        for heading, row in zip_longest([section.heading], rows_of(section.tiles, sheet.grid)):
            height = _height_of(sheet, heading) + (height_of(row, sheet.grid) if row else 0)
            if top + height > sheet.bottom and top > begin:  # a heading stays with its first row
                yield page
                page, number = sheet.blank(), number + 1
                top = begin = _write_running_head(page, sheet, sections[0].heading, number)
            if heading:
                _write_heading(page, sheet, heading, top)
                top += _height_of(sheet, heading)
            if row:
                draw_row(page, row, sheet.grid, sheet.margin, top)
                top += height_of(row, sheet.grid) + sheet.grid.gap
    yield page


def _parts(sheet: _Sheet, heading: Heading) -> Iterator[tuple[str, Lettering, tuple[int, int, int]]]:
    """The lines of a heading, how they are lettered, and in which ink."""
    if heading.title:
        yield display_text(heading.title), sheet.letters(_TITLE if heading.large else _SUBTITLE), INK
    if heading.words:
        yield display_text(heading.words), sheet.letters(_WORDS), PALE_INK


def _height_of(sheet: _Sheet, heading: Heading | None) -> int:
    if heading is None:
        return 0
    strip = sheet.mm(_STRIP) + sheet.mm(_STRIP_AIR) if heading.colours else 0
    return sum(letters.height for _, letters, _ in _parts(sheet, heading)) + strip + sheet.mm(_BELOW)


def _write_heading(page: Image.Image, sheet: _Sheet, heading: Heading, top: int) -> None:
    pen, width = ImageDraw.Draw(page), sheet.grid.width
    for text, letters, ink in _parts(sheet, heading):
        letters.write(pen, (sheet.margin, top), text, ink, width)
        top += letters.height
    if heading.colours:
        top += sheet.mm(_STRIP_AIR)
        draw_palette(page, heading.colours, (sheet.margin, top, sheet.margin + width, top + sheet.mm(_STRIP)))


def _write_running_head(page: Image.Image, sheet: _Sheet, heading: Heading | None, number: int) -> int:
    """Write what page it is, and give back where its own headings and pictures begin."""
    title, letters = heading.title if heading else "", sheet.letters(_WORDS)
    words = display_text(f"{title}  ·  page {number}" if title else f"page {number}")
    letters.write(ImageDraw.Draw(page), (sheet.margin, sheet.margin), words, PALE_INK, sheet.grid.width)
    return sheet.margin + letters.height + sheet.mm(_GAP)


def draw_palette(page: Image.Image, colours: Sequence[DominantColour], box: tuple[int, int, int, int]) -> None:
    """Colours side by side, each as broad as its share."""
    pen = ImageDraw.Draw(page)
    left, done = float(box[0]), 0.0
    for colour in colours:
        done += colour.share
        right = box[0] + (box[2] - box[0]) * min(1.0, done)
        pen.rectangle((round(left), box[1], max(round(left), round(right) - 1), box[3] - 1), colour.hex)
        left = right
    pen.rectangle((box[0] - 1, box[1] - 1, box[2], box[3]), None, HAIRLINE)
