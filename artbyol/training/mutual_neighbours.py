"""Which works make a pair while training: mutual nearest neighbours in the target's own space.

Mean Shift for self-supervised learning (Koohpayegani et al. 2021, arXiv 2105.07269) and NNCLR (Dwibedi et al. 2021,
arXiv 2104.14548) take a neighbour's view as the positive; asking that both works name each other keeps hubs out.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor

BLOCK = 2048
"""Rows of the similarity matrix computed at a time."""


@dataclass(frozen=True)
class MutualNeighbours:
    """For each of n works its k nearest others, and which of these list it back: both (n, k)."""

    nearest: Tensor
    mutual: Tensor

    def draw(self, works: Tensor, rng: Generator) -> Tensor:
        """One mutual neighbour of each of `works` (b,) at random -> (b,); a work that has none is its own."""
        weights = self.mutual[works].float()
        alone = weights.sum(1) == 0
        weights[alone] = 1
        place = torch.multinomial(weights, 1, generator=rng)
        return torch.where(alone, works, self.nearest[works].gather(1, place)[:, 0])


def find_mutual_neighbours(vectors: Tensor, k: int) -> MutualNeighbours:
    """Mutual k nearest neighbours by cosine among unit vectors (n, d), computed in blocks: memory grows with n."""
    n = len(vectors)
    k = min(k, n - 1)
    nearest = torch.empty(n, k, dtype=torch.long)
    for start in range(0, n, BLOCK):
        similarity = vectors[start : start + BLOCK] @ vectors.T
        rows = torch.arange(len(similarity))
        similarity[rows, start + rows] = -2
        nearest[start : start + BLOCK] = similarity.topk(k, 1).indices
    mutual = (nearest[nearest] == torch.arange(n)[:, None, None]).any(2)
    return MutualNeighbours(nearest, mutual)
