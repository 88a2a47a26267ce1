"""How far a picture is made smaller as it is decoded."""

from typing import Final

_MAX_ASPECT: Final = 64
_MAX_RESULT_PIXELS: Final = 16_000_000
"""A result is at most this many times short_side², or 16 megapixels: a film strip stitched to 1,000,000 x 250 pixels
would otherwise come back whole."""


def reduced_size(full: tuple[int, int], short_side: int) -> tuple[int, int]:
    """The size of the result for a full size, both (width, height)."""
    scale = min(1.0, short_side / min(full))
    room = max(_MAX_RESULT_PIXELS, _MAX_ASPECT * short_side**2)
    scale *= min(1.0, (room / (full[0] * full[1] * scale**2)) ** 0.5)
    return max(1, round(full[0] * scale)), max(1, round(full[1] * scale))


def jpeg_reduction(full: tuple[int, int], short_side: int) -> int:
    """1, 2, 4 or 8: a JPEG can be decoded at one such part of its size for a fraction of the cost; it stays at least as
    large as the size wanted."""
    width, height = reduced_size(full, short_side)
    return next((part for part in (8, 4, 2) if min(full[0] // width, full[1] // height) >= part), 1)
