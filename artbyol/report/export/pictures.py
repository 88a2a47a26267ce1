"""Small copies of pictures for exports; a picture that cannot be read any more is a grey square."""

from __future__ import annotations

from PIL import Image

from artbyol.base.errors import DecodeError
from artbyol.pictures.thumbnail import thumbnail

_ABSENT = (228, 224, 218)


def fitted(path: bytes, side: int) -> Image.Image:
    """A picture whole, its longer side at most `side` pixels; never enlarged."""
    try:
        return thumbnail(path, side, side)
    except DecodeError:
        return Image.new("RGB", (side, side), _ABSENT)


def square(path: bytes, side: int) -> Image.Image:
    """A picture whole in the middle of a white square of `side` pixels."""
    picture = fitted(path, side)
    im = Image.new("RGB", (side, side), "white")
    im.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
    return im
