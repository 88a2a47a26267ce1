"""A picture on which the places that are like another work stay as they are, and the rest fades."""

from typing import Final

import numpy as np
from PIL import Image, ImageOps

from artbyol.search.results import Places

DARKEST: Final = -1.0
LIGHTEST: Final = 1.5
"""How a place that fades wholly, and one that is lit wholly, stand out (`artbyol.search.results.Whereabouts`)."""

_LEFT = 0.22  # of the contrast, where it fades wholly
_GREY = (128, 128, 128)


def spotlit(image: Image.Image, places: Places) -> Image.Image:
    """A copy of an RGB picture with these places of it lit, softly."""
    lit = ((np.asarray(places, np.float32) - DARKEST) / (LIGHTEST - DARKEST)).clip(0, 1)
    mask = Image.fromarray((255 * lit).astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    faded = Image.blend(Image.new("RGB", image.size, _GREY), ImageOps.grayscale(image).convert("RGB"), _LEFT)
    return Image.composite(image, faded, mask)
