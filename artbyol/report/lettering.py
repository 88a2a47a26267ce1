"""Text on a picture in any script the computer has a font for, cut to a width; no character is too odd to be drawn."""

import functools
import itertools
import unicodedata
from bisect import bisect_right
from contextlib import suppress

from PIL import ImageDraw, ImageFont

# Pillow's own font has the letters of English alone: a Dürer or a Cézanne needs one of the system's. Broad and common
# ones first, then those for other scripts; what is not installed is passed over.
_FONTS = (
    "NotoSans-Regular.ttf",
    "LiberationSans-Regular.ttf",
    "HelveticaNeue.ttc",
    "segoeui.ttf",
    "Arial.ttf",
    "arial.ttf",
    "DejaVuSans.ttf",
    "NotoSansCJK-Regular.ttc",
    "DroidSansFallbackFull.ttf",
    "AppleSDGothicNeo.ttc",
    "msyh.ttc",
    "YuGothM.ttc",
)
_NO_CHARACTER = "\uffff"  # by the Unicode standard: what a font draws here is its sign for "missing"

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class Lettering:
    """Fonts of one size, tried in turn for every character.

    Attributes:
        height: pixels from one line to the next.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self.height = round(size * 1.4)

    def write(
        self, pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, ink: tuple[int, int, int], width: int
    ) -> None:
        """Draw one line with its upper left corner at `at`, shortened with an ellipsis to `width` pixels."""
        left, baseline = float(at[0]), at[1] + self._size
        for font, run in self._runs(self.shortened(text, width)):
            pen.text((left, baseline), run, ink, font=font, anchor="ls")
            left += font.getlength(run)

    def width(self, text: str) -> float:
        """The length of a line in pixels."""
        return sum(font.getlength(run) for font, run in self._runs(text))

    def shortened(self, text: str, width: int) -> str:
        """The text, or its beginning and end around an ellipsis: the end of a file name tells pictures apart."""
        text = text[:1000]  # nothing longer fits a sheet, and the search below should not take long
        if self.width(text) <= width:
            return text
        fits = bisect_right(range(1, len(text)), float(width), key=lambda kept: self.width(_cut(text, kept)))
        return _cut(text, fits)

    def _runs(self, text: str) -> list[tuple[_Font, str]]:
        """The text in pieces that one font can draw each."""
        drawn = [_drawable(character, self._size) for character in unicodedata.normalize("NFC", text)]
        return [
            (font, "".join(piece for _, piece in run))
            for font, run in itertools.groupby(drawn, key=lambda pair: pair[0])
        ]


def _cut(text: str, kept: int) -> str:
    tail = kept // 3
    return text[: kept - tail].rstrip() + "…" + (text[-tail:].lstrip() if tail else "")


@functools.lru_cache(maxsize=4096)
def _drawable(character: str, size: int) -> tuple[_Font, str]:
    """A font and what it draws for a character: itself, its base letter, or a question mark."""
    fonts = _fonts(size)
    if character.isspace():
        return fonts[-1], " "
    for candidate in (character, unicodedata.normalize("NFKD", character)[0]):
        for font in fonts:
            if _has(font, candidate):
                return font, candidate
    return fonts[-1], "?"


@functools.lru_cache(maxsize=8)
def _fonts(size: int) -> list[_Font]:
    """Those of the system's that are installed, and last Pillow's own."""
    fonts: list[_Font] = []
    for name in _FONTS:
        with suppress(OSError):
            fonts.append(ImageFont.truetype(name, size))
    return [*fonts, ImageFont.load_default(size)]


def _has(font: _Font, character: str) -> bool:
    sign, missing = font.getmask(character), font.getmask(_NO_CHARACTER)
    return (sign.size, bytes(sign)) != (missing.size, bytes(missing))
