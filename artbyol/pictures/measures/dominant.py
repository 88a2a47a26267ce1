"""Dominant colours: the few colours that come closest to all of a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artbyol.pictures.measures.surface import Floats, srgb_of

MOST = 5
_NUMBERS = 4  # L*, a*, b*, share
_ROUNDS = 10  # of k-means
_ENOUGH = 50_000  # pictures that are put together; of more, every second or third
_PARTS = 50  # that a picture's colours are counted in, when several pictures are put together
_ALIKE = 6.0  # CIELAB distance below which two colours are shown as one
# CIELAB in bytes, one scale for all three numbers so that distances stay what they are; a*, b* reach from -108 to 98.
_SCALE, _MIDDLE = 1.17, np.array([0.0, 128.0, 128.0])


@dataclass(frozen=True)
class DominantColour:
    """One colour.

    Attributes:
        hex: sRGB, as in "#c2b280".
        share: of the picture's area, 0..1; the shares of a picture's dominant colours sum to 1.
        lab: its L*, a* and b*.
    """

    hex: str
    share: float
    lab: tuple[float, float, float]


def dominant(lab: Floats) -> Floats:
    """The dominant colours of (h, w, 3) CIELAB pixels, the largest share first, as L*, a*, b*, share: (4 x 5,).

    Median cut, then k-means (Pillow's), both in CIELAB; colours that the eye hardly tells apart are put together. Where
    there are fewer than five, the rest is zero.
    """
    pixels = lab[::2, ::2].reshape(-1, 3)  # a quarter of the pixels gives the same colours in a quarter of the time
    labels = _quantised(pixels)
    alike = [pixels[labels == label] for label in np.unique(labels)]
    return _largest_first([(one.sum(axis=0), float(len(one))) for one in alike])


def _quantised(colours: Floats) -> NDArray[np.uint8]:
    """Which of at most five colours each of (n, 3) CIELAB colours comes closest to: (n,)."""
    coded = np.clip(np.round(colours * _SCALE + _MIDDLE), 0, 255).astype(np.uint8)
    return np.asarray(Image.fromarray(coded[None]).quantize(MOST, Image.Quantize.MEDIANCUT, _ROUNDS)).ravel()


def as_colours(numbers: Floats) -> tuple[DominantColour, ...]:
    """What `dominant` wrote, as colours."""
    rows = [row for row in numbers.reshape(MOST, _NUMBERS) if row[3] > 0]
    codes = [srgb_of(row[:3]) for row in rows]
    return tuple(
        DominantColour("#" + code.tobytes().hex(), float(row[3]), (float(row[0]), float(row[1]), float(row[2])))
        for row, code in zip(rows, codes, strict=True)
    )


def together(numbers: Floats) -> tuple[DominantColour, ...]:
    """The dominant colours of several pictures, each counted the same, from theirs (n, 20)."""
    some = numbers[:: len(numbers) // _ENOUGH + 1]
    rows = some.reshape(-1, _NUMBERS)
    rows = rows[rows[:, 3] > 0]
    times = np.ceil(rows[:, 3] * _PARTS).astype(np.int64)
    labels = _quantised(np.repeat(rows[:, :3], times, axis=0))[times.cumsum() - 1]
    groups = [rows[labels == label] for label in np.unique(labels)]
    sums = [((one[:, :3] * one[:, 3:]).sum(axis=0), float(one[:, 3].sum())) for one in groups]
    return as_colours(_largest_first(sums))


def _largest_first(colours: list[tuple[Floats, float]]) -> Floats:
    """Sums of CIELAB values, and what they weigh, -> what `dominant` gives: (20,)."""
    merged = _merged(colours)
    total = sum(weight for _, weight in merged)
    rows = np.zeros((MOST, _NUMBERS), np.float32)
    for row, (values, weight) in zip(rows, sorted(merged, key=lambda one: -one[1]), strict=False):
        row[:] = (*values / weight, weight / total)
    return rows.ravel()


def _merged(colours: list[tuple[Floats, float]]) -> list[tuple[Floats, float]]:
    """Put the closest two together as long as they look alike; sums of CIELAB values and what they weigh."""
    while len(colours) > 1:
        means = np.stack([total / size for total, size in colours])
        apart = np.linalg.norm(means[:, None] - means, axis=2) + np.diag([np.inf] * len(means))
        first, second = sorted(divmod(int(apart.argmin()), len(means)))
        if apart[first, second] >= _ALIKE:
            break
        one, other = colours[first], colours.pop(second)
        colours[first] = (one[0] + other[0], one[1] + other[1])
    return colours
