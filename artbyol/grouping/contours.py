"""Outlines of groups on a map: where the works of one group are dense, and in the majority."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_FINEST = 400  # cells a side of the map
_COARSEST = 100
_REACH = 1.1  # standard deviation of a work's influence, in sides of works
_DENSE = 0.35  # of the influence in the middle of a single work
_MAJORITY = 0.5
_LEAST = 1.5  # area of an outline, in areas of works

# Marching squares: for each pattern of corners inside (1: upper left, 2: upper right, 4: lower right, 8: lower left)
# the edges (0: upper, 1: right, 2: lower, 3: left) that a line enters and leaves by, the inside on its right hand.
_LINES: Final[dict[int, tuple[tuple[int, int], ...]]] = {
    1: ((3, 0),),
    2: ((0, 1),),
    3: ((3, 1),),
    4: ((1, 2),),
    5: ((3, 0), (1, 2)),
    6: ((0, 2),),
    7: ((3, 2),),
    8: ((2, 3),),
    9: ((2, 0),),
    10: ((0, 1), (2, 3)),
    11: ((2, 1),),
    12: ((1, 3),),
    13: ((1, 0),),
    14: ((0, 3),),
}


def outlines(
    positions: NDArray[np.float32], labels: NDArray[np.int64], groups: int, side: float
) -> list[list[Doubles]]:
    """Closed lines (m, 2) around each group's regions, the largest first.

    Args:
        positions, side: of works on a map, as `artbyol.grouping.map.Layout` has them.
        labels: of each work its group, 0 and on, or -1 for none; `groups`: how many there are, with works or without.
    """
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
        lines = [(line - margin) * step for line in zero_lines(np.minimum(own - _DENSE, own - _MAJORITY * everyone))]
        found.append([line for line in sorted(lines, key=_area, reverse=True) if _area(line) >= _LEAST * side**2])
    return found


def zero_lines(field: Doubles) -> list[Doubles]:
    """The closed lines (m, 2), x and y in cells, along which a field (rows, columns) that is negative at its border
    passes through zero: marching squares (Lorensen and Cline 1987, in two dimensions)."""
    inside = field >= 0
    corners = (inside[:-1, :-1], inside[:-1, 1:], inside[1:, 1:], inside[1:, :-1])
    pattern = np.sum([corner.astype(int) << bit for bit, corner in enumerate(corners)], axis=0)
    onward: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    for y, x in np.argwhere((pattern > 0) & (pattern < 15)).tolist():
        for enters, leaves in _LINES[int(pattern[y, x])]:
            onward[_edge(y, x, enters)] = _edge(y, x, leaves)
    lines = []
    while onward:
        start, at = onward.popitem()
        line = [_crossing(field, start)]
        while at != start:
            line.append(_crossing(field, at))
            at = onward.pop(at)
        lines.append(np.array(line))
    return lines


def _edge(y: int, x: int, number: int) -> tuple[int, int, int]:
    """An edge by the grid point it begins at, and whether it goes right (0) or down (1): two cells share it."""
    return ((y, x, 0), (y, x + 1, 1), (y + 1, x, 0), (y, x, 1))[number]


def _crossing(field: Doubles, edge: tuple[int, int, int]) -> tuple[float, float]:
    y, x, down = edge
    here, there = field[y, x], field[y + down, x + 1 - down]
    share = float(here / (here - there))
    return x + share * (1 - down), y + share * down


def _area(line: Doubles) -> float:
    x, y = line.T
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2
