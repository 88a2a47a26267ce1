"""Composition: where light and dark lie, which way the lines run and where, and how symmetric the whole is.

Measured on lightness in cells of the picture, whatever its proportions: a tall and a wide picture with the same
layout are alike. Contrast does not count, either. A picture and its mirror image are different compositions.
"""

import numpy as np

from artbyol.pictures.measures.surface import Floats, Surface, frequencies, grid

LAYOUT = 6
CELLS = 4
DIRECTIONS = 4
_SIDE = 96  # lines are looked for on this side squared of pixels
_SYMMETRY_SIDE = 12

MIRRORED = -3
"""Where in the vector the symmetry of left and right stands."""


def composition(surface: Surface) -> Floats:
    """Lightness of 6 x 6 places; square roots of the shares of slope in 4 x 4 places and 4 directions; three
    symmetries: (36 + 64 + 3,)."""
    layout = _without_contrast(grid(surface.light, LAYOUT, LAYOUT))
    lines = np.sqrt(_lines(grid(surface.light, _SIDE, _SIDE)))
    return np.concatenate([layout.ravel(), lines.ravel(), symmetries(surface.light)])


def _without_contrast(places: Floats) -> Floats:
    """Places against their mean, in units of their spread (with 2 L* added: a flat picture has no layout)."""
    centred = places - places.mean()
    return np.asarray(centred / (float(np.sqrt((centred**2).mean())) + 2))


def symmetries(light: Floats) -> Floats:
    """Correlation of the layout with itself mirrored left to right, top to bottom, and turned by half a circle: -1..1,
    drawn towards 0 where there is hardly any contrast."""
    places = grid(light, _SYMMETRY_SIDE, _SYMMETRY_SIDE)
    centred = places - places.mean()
    power = float((centred**2).mean()) + 1
    mirrored = (centred[:, ::-1], centred[::-1], centred[::-1, ::-1])
    return np.array([(centred * other).mean() / power for other in mirrored], np.float32)


def _lines(light: Floats) -> Floats:
    """Shares of the slope by direction and place, (4, 4, 4): every slope is shared out between the two of the four
    directions (0, 45, 90 and 135 degrees) that it lies between."""
    down, across = np.gradient(light)
    slope = np.hypot(across, down)
    turn = np.arctan2(down, across) % np.pi * (DIRECTIONS / np.pi)
    first = np.minimum(turn.astype(np.int64), DIRECTIONS - 1)
    part = turn - first
    place = np.arange(_SIDE) * CELLS // _SIDE
    cell = place[:, None] * CELLS + place
    bins = np.stack([first * CELLS**2 + cell, (first + 1) % DIRECTIONS * CELLS**2 + cell])
    return frequencies(bins, DIRECTIONS * CELLS**2, np.stack([slope * (1 - part), slope * part]))
