"""Features of a collection, and of some of its works looked at once more: what a training is fitted on.

Some works are seen as other files of the collection would have given them, and some without their colours. What that
changes in features is not the hand's: training overlooks it.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from artbyol.base.vectors import Ints, LabelColumn
from artbyol.search.source_check import FOLLOWED, SourceCheck

GREATEST_WEIGHT = 1.0
"""How much what other files change counts beside the scatter of crops, where neighbours follow files in everything.
With more, real sources lost more than they gained (docs/experiments/sources.md)."""


@dataclass(frozen=True)
class Renditions:
    """Some works of a collection, as other files of it would have given them.

    Attributes:
        rows: int64 (m,), which works of the collection.
        whole: (m, D), features of the whole works.
        crops: (m, k / 2, D), features of the crops of their first halves: every second one of the works' own k.
        weight: how much what changed is to count (`overlooking`).
    """

    rows: Tensor
    whole: Tensor
    crops: Tensor
    weight: float = 0.0

    def without(self, held_out: Tensor) -> "Renditions":
        """The same for a collection that lacks these works (bool (n,))."""
        kept, rows = _left(self.rows, held_out)
        return replace(self, rows=rows, whole=self.whole[kept], crops=self.crops[kept])


@dataclass(frozen=True)
class Altered:
    """Features of some works (`rows` (m,) of the collection) without their colours, and with a tenth cut off each side:
    whole (m, D) and k crops (m, k, D) each. `weight`: how much the loss of colours is to count."""

    rows: Tensor
    in_grey: tuple[Tensor, Tensor]
    cut: tuple[Tensor, Tensor]
    weight: float = 0.0

    def without(self, held_out: Tensor) -> "Altered":
        """The same for a collection that lacks these works (bool (n,))."""
        kept, rows = _left(self.rows, held_out)
        in_grey, cut = ((whole[kept], crops[kept]) for whole, crops in (self.in_grey, self.cut))
        return Altered(rows, in_grey, cut, self.weight)


@dataclass(frozen=True)
class CollectionFeatures:
    """Features of a collection, and what is known of its files.

    Attributes:
        whole: whole works (n, D).
        crops: k crops of each, by turns from its two halves (n, k, D).
        altered: some works altered.
        elsewhere: some works as other files would have given them.
        pictures: (n,), equal for versions of one picture; None: there are none.
        sources: (n,), what kind of file each work is in.
    """

    whole: Tensor
    crops: Tensor
    altered: Altered | None = None
    elsewhere: Renditions | None = None
    pictures: Ints | None = None
    sources: LabelColumn | None = None

    def without(self, held_out: Tensor) -> "CollectionFeatures":
        """The features of the others (bool (n,)), with nothing that these works have a part in."""
        altered = self.altered and self.altered.without(held_out)
        elsewhere = self.elsewhere and self.elsewhere.without(held_out)
        return CollectionFeatures(self.whole[~held_out], self.crops[~held_out], altered, elsewhere)

    def overlooked(self) -> tuple[Tensor, ...]:
        """Differences (m, D) between two views of one work which are to count as little as those between its crops do:
        each kind times the root of its weight. Kinds of which there is nothing are left out."""
        found = []
        if (altered := self.altered) is not None and altered.weight and len(altered.rows):
            found.append(math.sqrt(altered.weight) * (self.whole[altered.rows] - altered.in_grey[0]))
        if (other := self.elsewhere) is not None and other.weight and len(other.rows):
            of_crops = self.crops[other.rows][:, ::2] - other.crops
            of_views = torch.cat([self.whole[other.rows] - other.whole, of_crops.flatten(0, 1)])
            found.append(math.sqrt(other.weight) * of_views)
        return tuple(found)


def overlooking(sources: SourceCheck) -> float:
    """How much of what files change to overlook, where neighbours follow files so far: nothing where they do not, for
    what goes with the files is then as likely the hand's; `GREATEST_WEIGHT` where they follow nothing else."""
    beyond = (sources.strongest - FOLLOWED) / (1 - FOLLOWED)
    return GREATEST_WEIGHT * max(0.0, beyond) ** 2


def _left(rows: Tensor, held_out: Tensor) -> tuple[Tensor, Tensor]:
    """Which of some rows stay in a collection without the works held out (bool), and their rows there."""
    kept = ~held_out[rows]
    return kept, (~held_out).cumsum(0)[rows[kept]] - 1
