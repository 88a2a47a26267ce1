"""Pictures as a terminal shows them: kitty's graphics protocol, iTerm2's inline images, or coloured half blocks.

Sources: sw.kovidgoyal.net/kitty/graphics-protocol (transmission in chunks of 4,096 bytes, `C=1` leaves the cursor
alone, `q=2` keeps the terminal from answering), iterm2.com/documentation-images.html (OSC 1337), and ECMA-48 with the
true colours of ISO 8613-6 for the half blocks.
"""

import base64
import io
import math
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artbyol.base.errors import DecodeError
from artbyol.base.processes import in_threads
from artbyol.pictures.thumbnail import thumbnail

Protocol = Literal["kitty", "iterm", "blocks"]

_CHUNK = 4096  # bytes of base64 in one command of kitty's
_CELL = (10, 20)  # pixels drawn for a character cell; the terminal scales them to its own
_MOST_PIXELS = 60_000_000  # a larger picture is left grey: nobody waits for a thumbnail
_GREY = (128, 128, 128)


def picture_rows(
    pictures: Sequence[tuple[bytes, str]], protocol: Protocol, *, abreast: int, across: int, gap: int
) -> Iterator[str]:
    """What to write to a terminal: rows of pictures and a line of labels below each.

    Args:
        pictures: paths and labels.
        abreast: pictures in a row.
        across: columns of characters of a picture, which is half as many lines high; gap: columns between pictures.
    """
    cell = (1, 2) if protocol == "blocks" else _CELL
    lines = across // 2
    width, height = across * cell[0], lines * cell[1]
    small = list(in_threads(lambda one: _small(one[0], width, height), pictures, ahead=16))
    for start in range(0, len(pictures), abreast):
        labels = [label for _, label in pictures[start : start + abreast]]
        columns = len(labels) * (across + gap) - gap
        strip = Image.new("RGBA", (columns * cell[0], lines * cell[1]))
        for place, image in enumerate(small[start : start + abreast]):
            strip.paste(image, (place * (across + gap) * cell[0], strip.height - image.height))
        yield _shown(strip, protocol, columns, lines)
        yield (" " * gap).join(f"{label:<{across}.{across}}" for label in labels).rstrip() + "\n\n"


def _small(path: bytes, width: int, height: int) -> Image.Image:
    """A picture fitted into (width, height); a grey field for one that cannot be shown."""
    try:
        return thumbnail(path, width, height, most_enlarged=math.inf, max_pixels=_MOST_PIXELS)
    except DecodeError:
        return Image.new("RGB", (width, height // 2), _GREY)


def _shown(strip: Image.Image, protocol: Protocol, columns: int, lines: int) -> str:
    if protocol == "blocks":
        return half_blocks(np.asarray(strip))
    data = io.BytesIO()
    strip.save(data, "PNG", compress_level=1)
    return kitty(data.getvalue(), columns, lines) if protocol == "kitty" else iterm(data.getvalue(), columns, lines)


def kitty(png: bytes, columns: int, lines: int) -> str:
    """A PNG over so many columns and lines, the cursor below it.

    The lines are made first, and the picture drawn upwards from there: at the bottom of the screen they would scroll.
    """
    data = base64.standard_b64encode(png).decode("ascii")
    chunks = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    first = f"a=T,f=100,t=d,c={columns},r={lines},C=1,q=2,"
    commands = [
        f"\x1b_G{first if number == 0 else ''}m={int(number < len(chunks) - 1)};{chunk}\x1b\\"
        for number, chunk in enumerate(chunks)
    ]
    return "\n" * lines + f"\x1b[{lines}A" + "".join(commands) + f"\x1b[{lines}B"


def iterm(png: bytes, columns: int, lines: int) -> str:
    """The same for iTerm2, which moves the cursor to the end of the picture itself."""
    data = base64.standard_b64encode(png).decode("ascii")
    size = f"size={len(png)};width={columns};height={lines};preserveAspectRatio=0"
    return f"\x1b]1337;File=inline=1;{size}:{data}\x07\n"


def half_blocks(pixels: NDArray[np.uint8]) -> str:
    """(2 h, w, 4) pixels, red, green, blue and alpha, as h lines of w characters, two pixels above each other in each.

    A pixel that is not opaque shows the terminal's own background.
    """
    lines = []
    for upper, lower in zip(pixels[::2].tolist(), pixels[1::2].tolist(), strict=True):
        line, before = "", "0"
        for top, bottom in zip(upper, lower, strict=True):
            style, character = _block(top, bottom)
            line += character if style == before else f"\x1b[{style}m{character}"
            before = style
        lines.append(line.rstrip(" ") + ("\x1b[0m" if before != "0" else "") + "\n")
    return "".join(lines)


def _block(top: Sequence[int], bottom: Sequence[int]) -> tuple[str, str]:
    """How two pixels above each other are drawn: the terminal's style, and a character."""
    above, below = (f"2;{one[0]};{one[1]};{one[2]}" if one[3] == 255 else "" for one in (top, bottom))
    if above and below:
        return f"38;{above};48;{below}", "▀"
    if above or below:
        return f"0;38;{above or below}", "▀" if above else "▄"
    return "0", " "
