"""On which axes works are alike and on which not: percentiles, for each axis among the pairs of this collection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from artbyol.base.vectors import Floats
from artbyol.pictures.measures.axes import AXES, Axis
from artbyol.search.index import StyleIndex
from artbyol.storage.catalogue import Catalogue

AGREE: Final = 80.0
"""From this percentile on two works agree on an axis: closer than four of five pairs of the collection."""

DIFFER: Final = 50.0
"""Below this percentile they differ: they are less alike than two random works usually are."""


@dataclass(frozen=True)
class AxisPercentiles:
    """Why a work was found.

    Attributes:
        agree: axes at 80 or more, the highest first; differ: axes below 50, the lowest first.
        style, brushwork, palette, composition, tone: percentiles 0..100, the share of all pairs of works in this
            collection that are less alike on this axis; NaN with fewer than two works.
    """

    agree: tuple[Axis, ...]
    differ: tuple[Axis, ...]
    style: float
    brushwork: float
    palette: float
    composition: float
    tone: float


def axis_percentiles(
    catalogue: Catalogue, indexes: Mapping[Axis, StyleIndex], directions: Mapping[Axis, Floats], contents: Sequence[int]
) -> list[AxisPercentiles]:
    """How each of these contents agrees with what was asked for.

    Args:
        indexes, directions: of every axis: its index, and the direction (d,) asked for in the index's space.
    """
    if not contents:
        return []
    shares = {
        axis: index.percentile(index.space.place(catalogue.vectors_of(contents, index.model_id)) @ directions[axis])
        for axis, index in indexes.items()
    }
    return [_axis_percentiles({axis: float(shares[axis][row]) for axis in AXES}) for row in range(len(contents))]


def _axis_percentiles(shares: dict[str, float]) -> AxisPercentiles:
    falling = sorted(AXES, key=lambda axis: -shares[axis])
    agree = tuple(axis for axis in falling if shares[axis] >= AGREE)
    differ = tuple(axis for axis in reversed(falling) if shares[axis] < DIFFER)
    return AxisPercentiles(**shares, agree=agree, differ=differ)
