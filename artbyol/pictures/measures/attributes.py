"""Attributes: what a person would say of a picture's colours, light and make, each as one number with a unit.

Measured from pixels alone; whether 31 is much is for the collection to say (`artbyol.pictures.measures.words`).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from artbyol.pictures.measures.composition import MIRRORED
from artbyol.pictures.measures.surface import Floats, Surface, frequencies, grid, slopes

_WARMEST = math.radians(65)  # CIELAB hue of orange, between red (40) and yellow (100); its opposite is a greenish blue
_COLOURED = 5.0  # C*: below it a pixel has no hue to speak of
_HUES = 12
_SIDE = 96  # forms are looked for on about this side squared of pixels
_MARGIN = 4  # of them are left out all round: a frame, or the edge of the paper, is no line of the picture
_FORM = 4.0  # L* per pixel of that side: a slope that the eye takes for an edge of something
_PLACES = 32  # cells a side, for empty space
_EMPTY = 2.0  # L*: standard deviation below which a cell has nothing in it


@dataclass(frozen=True)
class Attribute:
    """One thing measured.

    Attributes:
        name, unit: as reports show them.
        more, less: what is said of a work, or a group, that lies far above or far below the collection. None where
            the absence of something says nothing.
    """

    name: str
    unit: str
    more: str
    less: str | None


ATTRIBUTES: Final = (
    Attribute("lightness", "L*", "lighter", "darker"),
    Attribute("contrast", "L*", "higher contrast", "lower contrast"),
    Attribute("warmth", "a*b*", "warmer", "cooler"),
    Attribute("colourfulness", "C*", "more colourful", "less colourful"),
    Attribute("hues", "hues", "more varied hues", "fewer hues"),
    Attribute("colours", "colours", "richer palette", "limited palette"),
    Attribute("texture", "cycles", "finer texture", "coarser texture"),
    Attribute("busyness", "%", "busier", "calmer"),
    Attribute("empty space", "%", "more empty space", "less empty space"),
    Attribute("symmetry", "r", "more symmetric", "less symmetric"),
    Attribute("verticals", "%", "more vertical", None),
    Attribute("horizontals", "%", "more horizontal", None),
    Attribute("diagonals", "%", "more diagonal", None),
    Attribute("edge softness", "ratio", "softer edges", "sharper edges"),
)
"""In the order in which the catalogue keeps them; docs/method.md defines each."""


def attributes(surface: Surface, palette: Floats, composition: Floats) -> Floats:
    """The values of `ATTRIBUTES`, in their order; what these axes say of the picture is not measured again."""
    light, calmed = surface.light, surface.octaves[min(1, len(surface.octaves) - 1)]
    forms = _forms(light)
    values = (
        float(light.mean()),
        float(light.std()),
        *_colour(surface.lab, palette**2),
        _cycles(surface.octaves),
        *_busyness_and_emptiness(forms, calmed),
        float(composition[MIRRORED]),
        *_directions(forms),
        _softness(surface.octaves),
    )
    return np.array(values, np.float32)


def _forms(light: Floats) -> Floats:
    """Lightness at the scale of forms, in the picture's own proportions: a direction must stay what it is."""
    stretch = math.sqrt(light.shape[0] / light.shape[1])
    rows, columns = max(16, round(_SIDE * stretch)), max(16, round(_SIDE / stretch))
    return grid(light, rows, columns)[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]


def _colour(lab: Floats, shares: Floats) -> tuple[float, float, float, float]:
    """Warmth, mean chroma, effective number of hues, effective number of colours."""
    a, b = lab[..., 1], lab[..., 2]
    chroma = np.hypot(a, b)
    warmth = float((a * math.cos(_WARMEST) + b * math.sin(_WARMEST)).mean())
    hue = (np.arctan2(b, a) % (2 * np.pi) * (_HUES / (2 * np.pi))).astype(np.int64) % _HUES
    hues = frequencies(hue, _HUES, np.where(chroma >= _COLOURED, chroma, np.float32(0)))
    return warmth, float(chroma.mean()), _effective(hues), _effective(shares)


def _effective(shares: Floats) -> float:
    """How many equal shares have the same entropy (Hill 1973): 1 where all is one."""
    held = shares[shares > 0]
    return float(np.exp(-(held * np.log(held)).sum()))


def _cycles(octaves: tuple[Floats, ...]) -> float:
    """The typical scale of detail, in cycles a side: the mean octave, weighted by the variance that lies in it.

    The variance of one octave is what its 2 x 2 means, the next octave, no longer have.
    """
    power = np.array([float((light * light).mean()) for light in octaves])
    variance = np.maximum(power[:-1] - power[1:], 0.0)
    if not variance.sum():
        return 1.0
    side = math.sqrt(octaves[0].size)
    octave = np.arange(len(variance)) + 1.5  # between the periods 2^(n+1) and 2^(n+2) pixels
    return side / 2 ** float((variance * octave).sum() / variance.sum())


def _busyness_and_emptiness(forms: Floats, light: Floats) -> tuple[float, float]:
    """Per cent of the forms that are edges of something; per cent of the places that have nothing in them."""
    across, down = slopes(forms)
    mean, square = grid(light, _PLACES, _PLACES), grid(light * light, _PLACES, _PLACES)
    return (
        100 * float((across**2 + down**2 > _FORM**2).mean()),
        100 * float((square - mean * mean < _EMPTY**2).mean()),
    )


def _directions(forms: Floats) -> tuple[float, float, float]:
    """Per cent of the slope on vertical, horizontal and diagonal lines, each within 22.5 degrees of its direction."""
    across, down = slopes(forms)
    sector = np.round(np.arctan2(down, across) * (4 / np.pi)).astype(np.int64) % 4
    shares = 100 * frequencies(sector, 4, np.hypot(across, down))
    return float(shares[0]), float(shares[2]), float(shares[1] + shares[3])


def _softness(octaves: tuple[Floats, ...]) -> float:
    """How much steeper, per pixel, the steepest 3 % of slopes are two octaves down: 1 for knife-edges, 4 where every
    edge is a gradation."""
    steep = []
    for light in (octaves[0], octaves[min(2, len(octaves) - 1)]):
        across, down = slopes(light, every=2)  # as good as all of them
        steep.append(float(np.quantile(across**2 + down**2, 0.97)) ** 0.5)
    return steep[1] / steep[0] if steep[0] > 0 else 1.0
