"""What a file adds to a work, and a work as another file of the collection would have given it.

Two files of one painting differ in size, in sharpness, in tone and in compression; whoever compares paintings does not
mean these. A collection shows by itself how its files differ: a picture made smaller, softer or sharper and compressed
as another file of the same collection is, differs from itself in what the files are to blame for, and in nothing else.
Where all files are of one kind there is hardly a difference.
"""

import io
import math
import random
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image

from artbyol.base.vectors import Floats
from artbyol.pictures.decode import Picture

STANDARD_TABLE = 57.625
"""Mean of the luminance quantisation table at quality 50 (ITU-T T.81, table K.1)."""

GAINS = (0.4, 2.5)
"""The finest octave is made weaker or stronger by no more than this."""

TONE, TINT = 0.15, 0.06
"""Greatest change of the exponent of brightness, and of the gain of a channel, as logarithms: what scanners and white
balances differ by. What a file has of them cannot be told from the palette of its work, so they are drawn at random."""


@dataclass(frozen=True)
class Rendition:
    """How a file shows its work.

    Attributes:
        short_side: of the file, px.
        sharpness: deviation of brightness in the finest octave over that in the next (a Laplacian pyramid: Burt and
            Adelson 1983), at the size decoded.
        quantisation: mean of a JPEG's luminance quantisation table; 0: no JPEG.
    """

    short_side: int
    sharpness: float
    quantisation: float


def rendition(picture: Picture) -> Rendition:
    """How this picture's file shows its work."""
    side = min(picture.width, picture.height)
    return Rendition(side, _sharpness(Image.fromarray(picture.pixels)), picture.quantisation)


def as_rendered(picture: Picture, other: Rendition, rng: random.Random) -> Picture:
    """The picture as a file of that kind would have shown it: no larger, as sharp, of another tone, compressed alike.

    Args:
        rng: how much of the other's sharpness it takes on, and its tone.
    """
    image = _at_most(Image.fromarray(picture.pixels), other.short_side)
    gain = np.clip(other.sharpness / max(_sharpness(image), 1e-6), *GAINS) ** rng.uniform(0.4, 1.0)
    coarse = _coarser(image).resize(image.size, Image.Resampling.BILINEAR)
    as_sharp = Image.blend(coarse, image, float(gain))
    exponent = math.exp(rng.uniform(-TONE, TONE))
    gains = np.array([math.exp(rng.uniform(-TINT, TINT)) for _ in range(3)])
    levels = np.minimum((np.arange(256) + 0.5) / 255, 1)  # `blend` rounds down
    toned = as_sharp.point(
        np.clip(255 * gains[:, None] * levels**exponent, 0, 255).round().astype(int).ravel().tolist()
    )
    return Picture(np.asarray(_compressed(toned, other.quantisation)), picture.width, picture.height)


def _at_most(image: Image.Image, short_side: int) -> Image.Image:
    scale = short_side / min(image.size)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)


def _sharpness(image: Image.Image) -> float:
    levels = [image.convert("L")]
    for _ in range(2):
        levels.append(_coarser(levels[-1]))
    fine, next_to_it = (
        float(np.std(_floats(one) - _floats(coarser.resize(one.size, Image.Resampling.BILINEAR))))
        for one, coarser in pairwise(levels)
    )
    return fine / (next_to_it + 1e-3)


def _coarser(image: Image.Image) -> Image.Image:
    return image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)


def _floats(image: Image.Image) -> Floats:
    return np.asarray(image, np.float32)


def _compressed(image: Image.Image, quantisation: float) -> Image.Image:
    """As a JPEG of the quality whose table has this mean."""
    if not quantisation:
        return image
    held = io.BytesIO()
    image.save(held, "JPEG", quality=round(jpeg_quality(quantisation)))
    return Image.open(held).convert("RGB")


def jpeg_quality(quantisation: float) -> float:
    """The quality, 1 to 100, in which libjpeg writes tables of this mean: the scale of the Independent JPEG Group."""
    scale = quantisation / STANDARD_TABLE
    return max(1.0, 100 - 50 * scale if scale <= 1 else 50 / scale)
