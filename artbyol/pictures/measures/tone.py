"""Tone: the values of a picture, light against dark, without its colours.

How much of it lies at each lightness, how strong its contrasts are from broad masses down to detail, and where the
light falls.
"""

import numpy as np
from PIL import Image

from artbyol.pictures.measures.surface import Floats, Surface, frequencies, grid

VALUES = 16
_SCALES = (4, 8, 16, 32, 64)  # cells a side; contrasts are those between one grid and the next finer one
_PLACES = 3


def tone(surface: Surface) -> Floats:
    """Square roots of the shares of 16 values, logarithms of 5 contrasts, lightness of 3 x 3 places against the mean
    (in units of 100 L*): (30,)."""
    fine = grid(surface.light, 2 * _SCALES[-1], 2 * _SCALES[-1])
    places = grid(fine, _PLACES, _PLACES)
    values = np.sqrt(_values(surface.light))
    return np.concatenate([values, _contrasts(fine), (places - places.mean()).ravel() / 100])


def _values(light: Floats) -> Floats:
    """Shares of lightness in 16 steps from black to white, each value shared out between the two steps it lies
    between."""
    fine = frequencies(np.round(light * 2).astype(np.uint8), 201)
    steps = np.linspace(0, VALUES - 1, 201)
    near = np.maximum(0, 1 - np.abs(steps[:, None] - np.arange(VALUES)))
    return np.asarray(fine @ near, np.float32)


def _contrasts(fine: Floats) -> Floats:
    """log(σ + 0.5 L*) of what each grid shows that the next coarser one does not, finest first."""
    spreads = []
    for cells in reversed(_SCALES):
        coarse = grid(fine, cells, cells)
        smooth = Image.fromarray(coarse).resize((2 * cells, 2 * cells), Image.Resampling.BICUBIC)
        spreads.append(float(np.std(fine - np.asarray(smooth))))
        fine = coarse
    return np.asarray(np.log(np.array(spreads, np.float32) + np.float32(0.5)))
