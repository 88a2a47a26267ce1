"""What of a picture the networks get to see: the whole work, and small crops at the scale of the brush.

Plain Pillow, so that it runs in the threads that decode. Crops are drawn from the picture's own content hash: the
same picture gives the same crops in every run, on every machine, whatever else is in the folder.
"""

import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artbyol.pictures.decode import Picture

Pixels = NDArray[np.uint8]

STRIDE = 32
"""Sides of the whole view are multiples of this, the coarsest stride of the backbones."""

WIDEST = 4.0
"""A longer scroll or panorama is seen as if it were this many times as long as high; crops still see all of it."""


@dataclass(frozen=True)
class ViewPlan:
    """How a picture is looked at.

    Attributes:
        whole_side: the whole work is resized to about this side squared of pixels, its proportions kept.
        crop_side: side of each crop after resizing, in pixels.
        crops: crops per work.
        area: share of the work's area that a crop covers; the same for all crops, so that they do not teach the
            encoder to overlook how broad a touch is.
        fixed: whether the network takes square input of exactly these sides only.
    """

    whole_side: int = 320
    crop_side: int = 160
    crops: int = 8
    area: float = 0.1
    fixed: bool = False

    @property
    def short_side(self) -> int:
        """Decode to this short side, px: with crops, twice the whole view's, so that a middling crop of a tenth of
        the area is not enlarged."""
        return 2 * self.whole_side if self.crops else self.whole_side


@dataclass(frozen=True)
class Views:
    """One picture as the networks see it: `whole` (h, w, 3) and `crops` (k, s, s, 3), uint8.

    Crops are taken by turns from its one half and its other half along the longer side, so that no crop of the one
    shares a pixel with one of the other.
    """

    whole: Pixels
    crops: Pixels


def make_views(picture: Picture, seed: bytes, plan: ViewPlan) -> Views:
    """The whole work and its crops, drawn from `seed`."""
    image = Image.fromarray(picture.pixels)
    rng = random.Random(seed)
    cut = [_crop(image, plan, number % 2, rng) for number in range(plan.crops)]
    empty = np.zeros((0, plan.crop_side, plan.crop_side, 3), np.uint8)
    return Views(_whole(image, plan), np.stack(cut) if cut else empty)


def whole_size(width: int, height: int, plan: ViewPlan) -> tuple[int, int]:
    """(width, height) of the whole view in pixels."""
    if plan.fixed:
        return plan.whole_side, plan.whole_side
    stretch = math.sqrt(min(WIDEST, max(1 / WIDEST, width / height)))

    def side(length: float) -> int:
        return max(STRIDE, round(length / STRIDE) * STRIDE)

    return side(plan.whole_side * stretch), side(plan.whole_side / stretch)


def _whole(image: Image.Image, plan: ViewPlan) -> Pixels:
    size = whole_size(*image.size, plan)
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0))


def _crop(image: Image.Image, plan: ViewPlan, half: int, rng: random.Random) -> Pixels:
    width, height = image.size
    left, top, right, bottom = 0.0, 0.0, float(width), float(height)
    if width >= height:
        left, right = half * width / 2, (half + 1) * width / 2
    else:
        top, bottom = half * height / 2, (half + 1) * height / 2
    ratio = math.exp(rng.uniform(math.log(3 / 4), math.log(4 / 3)))
    w, h = math.sqrt(plan.area * width * height * ratio), math.sqrt(plan.area * width * height / ratio)
    fit = min(1.0, (right - left) / w, (bottom - top) / h)  # scrolls are less high than that
    w, h = min(fit * w, right - left), min(fit * h, bottom - top)  # roundings must not lead out of the picture
    x, y = rng.uniform(left, right - w), rng.uniform(top, bottom - h)
    size = (plan.crop_side, plan.crop_side)
    box = (x, y, min(x + w, right), min(y + h, bottom))
    cut = image.resize(size, Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)
    if rng.random() < 0.5:
        cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(cut)


def without_colours(picture: Picture) -> Picture:
    """The same in greyscale (ITU-R BT.601)."""
    grey = np.asarray(Image.fromarray(picture.pixels).convert("L").convert("RGB"))
    return Picture(grey, picture.width, picture.height)


def without_edges(picture: Picture, share: float = 0.1) -> Picture:
    """The same with this share of its width and height cut off each side."""
    height, width = picture.pixels.shape[:2]
    y, x = round(share * height), round(share * width)
    inner = np.ascontiguousarray(picture.pixels[y : height - y, x : width - x])
    left = 1 - 2 * share
    return Picture(inner, round(left * picture.width), round(left * picture.height))
