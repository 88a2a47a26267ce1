"""Everything that is measured of a picture besides its style, in one pass over its pixels.

Plain numpy and Pillow, so that it runs in the threads that decode.
"""

import numpy as np

from artbyol.pictures.decode import Picture
from artbyol.pictures.measures.attributes import attributes
from artbyol.pictures.measures.axes import ATTRIBUTES_ID, AXIS_IDS
from artbyol.pictures.measures.brushwork import brushwork
from artbyol.pictures.measures.composition import composition
from artbyol.pictures.measures.dominant import dominant
from artbyol.pictures.measures.palette import palette
from artbyol.pictures.measures.surface import Floats, surface_of
from artbyol.pictures.measures.tone import tone
from artbyol.pictures.views import ViewPlan

DECODED_SIDE = 640
"""Pictures are decoded to at least this short side, px, however small a network wants them: what is measured does not
hang on the model."""


def decoded_side(plan: ViewPlan) -> int:
    """The short side, px, to decode a picture to that is looked at by this plan and measured."""
    return max(plan.short_side, DECODED_SIDE)


def measure(picture: Picture) -> dict[str, Floats]:
    """The vectors of one picture, by the id under which the catalogue keeps each (`axes.MEASURED_IDS`)."""
    surface = surface_of(picture.pixels)
    colours, layout = palette(surface), composition(surface)
    return {
        AXIS_IDS["brushwork"]: brushwork(surface),
        AXIS_IDS["palette"]: colours,
        AXIS_IDS["composition"]: layout,
        AXIS_IDS["tone"]: tone(surface),
        ATTRIBUTES_ID: np.concatenate([attributes(surface, colours, layout), dominant(surface.lab)]),
    }
