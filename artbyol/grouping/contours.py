"""Outlines of groups on a map: where the works of one group are dense, and in the majority."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.base.vectors import Doubles, Floats, Ints

_FINEST = 400  # cells a side of the map
_COARSEST = 100
_REACH = 1.1  # standard deviation of a work's influence, in sides of works
_DENSE = 0.35  # of the influence in the middle of a single work
_MAJORITY = 0.5
_LEAST = 1.5  # area of an outline, in areas of works


def outlines(positions: Floats, labels: Ints, groups: int, side: float) -> list[list[Doubles]]:
    """Closed lines (m, 2) around each group's regions, the largest first.

    Args:
        positions, side: of works on a map, as `artbyol.grouping.map.Layout` has them.
        labels: of each work its group, 0 and on, or -1 for none; `groups`: how many there are, with works or without.
    """
    from contourpy import contour_generator
    from scipy.ndimage import gaussian_filter

    step = min(max(1 / _FINEST, side / 3), 1 / _COARSEST)
    sigma = _REACH * side / step
    margin = int(np.ceil(4 * sigma)) + 1
    cells = int(np.ceil(1 / step)) + 1 + 2 * margin
    places = np.round(positions / step).astype(int) + margin

    def influence(rows: NDArray[np.bool_]) -> Doubles:
        count = np.zeros((cells, cells))
        np.add.at(count, (places[rows, 1], places[rows, 0]), 2 * np.pi * sigma**2)
        return np.asarray(gaussian_filter(count, sigma, mode="constant"), np.float64)

    everyone = influence(np.ones(len(positions), bool))
    found = []
    for group in range(groups):
        own = influence(labels == group)
        field = np.minimum(own - _DENSE, own - _MAJORITY * everyone)  # negative at its border: lines are closed
        drawn: Any = contour_generator(z=field).lines(0.0)
        lines = [(line[:-1] - margin) * step for line in drawn]  # without the first point once more
        found.append([line for line in sorted(lines, key=_area, reverse=True) if _area(line) >= _LEAST * side**2])
    return found


def _area(line: Doubles) -> float:
    x, y = line.T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2
