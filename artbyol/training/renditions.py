"""Some works of a collection as other files of it would have given them: what training learns to overlook."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

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

    def differences(self, whole: Tensor, crops: Tensor) -> Tensor | None:
        """What changed in views (m (1 + k / 2), D), given the features of the collection: (n, D), (n, k, D); times the
        root of `weight`. None where that is 0."""
        if not self.weight:
            return None
        of_crops = crops[self.rows][:, ::2] - self.crops
        return math.sqrt(self.weight) * torch.cat([whole[self.rows] - self.whole, of_crops.flatten(0, 1)])

    def without(self, held_out: Tensor) -> "Renditions":
        """The same for a collection that lacks these works (bool (n,)): rows are numbered anew."""
        kept = ~held_out[self.rows]
        rows = (~held_out).cumsum(0)[self.rows[kept]] - 1
        return Renditions(rows, self.whole[kept], self.crops[kept], self.weight)


def overlooking(sources: SourceCheck) -> float:
    """How much of what files change to overlook, where neighbours follow files so far: nothing where they do not, for
    what goes with the files is then as likely the hand's; `GREATEST_WEIGHT` where they follow nothing else."""
    beyond = (sources.strongest - FOLLOWED) / (1 - FOLLOWED)
    return GREATEST_WEIGHT * max(0.0, beyond) ** 2
