"""Where likeness ends: how many of the works nearest to one are more alike than chance would have them.

Chance puts a pair of works as often far above the usual cosine as far below it; kinship only puts it above. So the
pairs far below tell how often chance alone reaches as far above: a null distribution that is taken from the collection
itself and assumes no shape (the symmetry that Barber and Candès 2015 test by, arXiv 1404.5609). Works are counted from
the nearest on while at most one in ten of them is expected by chance (Benjamini and Hochberg 1995). How well that
holds: docs/experiments/ranking.md.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from artbyol.base.vectors import Floats, Ints

BY_CHANCE: Final = 0.1
"""Of the works counted as more alike than chance would have them, the share that is expected to be so by chance."""

SAMPLED: Final = 1_000
"""Works whose pairs stand for those of a larger collection."""

STEPS: Final = 2_048
"""To which a cosine's unit is divided where pairs are counted: sorting all of them would take longer than the rest of
a question."""


@dataclass(frozen=True, eq=False)
class Chance:
    """What chance makes of likeness in a collection.

    Attributes:
        sample: directions (m, d) of works, of length 1.
        below: (2 STEPS + 1,), how many pairs with these lie so many steps of the cosine, or more, below the median of
            the one that asks.
        pairs: that were looked at.
    """

    sample: Floats
    below: Ints
    pairs: int

    @staticmethod
    def of(sample: Floats, asking: Floats | None = None) -> "Chance":
        """As pairs of these works (m, d) tell it, or pairs of others that ask (n, d) and these."""
        cosines = (sample if asking is None else asking) @ sample.T
        below = _middle(cosines)[:, None] - cosines
        counts = np.bincount((STEPS * below[below > 0]).astype(np.int32), minlength=2 * STEPS + 1)
        pairs = len(sample) * (len(sample) - 1) if asking is None else cosines.size
        return Chance(sample, counts[::-1].cumsum()[::-1], pairs)

    def kin(self, direction: Floats, nearest: Floats, works: int) -> int:
        """How many works are more alike to a direction (d,) than chance would have them.

        Args:
            nearest: (k,), cosines of the works nearest to it, falling; where all of them are more alike, there may be
                more.
            works: in the collection searched.
        """
        if not self.pairs:
            return 0
        above = nearest - _middle(self.sample @ direction)
        as_far = np.maximum(self.below[(STEPS * above.clip(0, 2)).astype(np.int32)], 0.5)  # chance is never zero
        expected = works * as_far / self.pairs
        counted = np.arange(1, len(nearest) + 1)
        held = np.flatnonzero((expected <= BY_CHANCE * counted) & (above > 0))
        return int(held[-1]) + 1 if len(held) else 0


def _middle(cosines: Floats) -> Floats:
    """The median along the last axis, of an even number the upper of the two in the middle; the first call of numpy's
    imports 40 ms of modules."""
    place = cosines.shape[-1] // 2
    return np.asarray(np.partition(cosines, place)[..., place])
