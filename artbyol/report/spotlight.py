"""A picture on which the places that are like another work stay as they are, and the rest fades."""

import numpy as np
from PIL import Image, ImageOps

from artbyol.search.results import Places
from artbyol.search.where import lit

_LEFT = 0.22  # of the contrast, where it fades wholly
_GREY = (128, 128, 128)


def spotlit(image: Image.Image, places: Places) -> Image.Image:
    """A copy of an RGB picture with these places of it lit, softly."""
    light = Image.fromarray((255 * lit(np.asarray(places, np.float32))).astype(np.uint8))
    faded = Image.blend(Image.new("RGB", image.size, _GREY), ImageOps.grayscale(image).convert("RGB"), _LEFT)
    return Image.composite(image, faded, light.resize(image.size, Image.Resampling.BICUBIC))
