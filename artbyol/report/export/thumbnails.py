"""Small copies of pictures for exports; a picture that cannot be read any more is a grey square."""

from __future__ import annotations

from PIL import Image

from artbyol.base.errors import DecodeError
from artbyol.pictures.decode import decode

_ABSENT = (228, 224, 218)


def fitted(path: bytes, side: int) -> Image.Image:
    """A picture whole, its longer side at most `side` pixels; never enlarged."""
    try:
        picture = decode(path, side)
    except DecodeError:
        return Image.new("RGB", (side, side), _ABSENT)
    scale = min(1.0, side / max(picture.width, picture.height))
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return Image.fromarray(picture.pixels).resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def square(path: bytes, side: int) -> Image.Image:
    """A picture whole in the middle of a white square of `side` pixels."""
    picture = fitted(path, side)
    im = Image.new("RGB", (side, side), "white")
    im.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return im
