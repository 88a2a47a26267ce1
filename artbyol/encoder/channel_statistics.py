"""What of a network's feature maps describes style: statistics of channels over the picture, not where things are.

Style sits in the middle of a network and in the statistics of its channels rather than in its last layer (Gatys,
Ecker and Bethge 2016; Huang and Belongie 2017, arXiv 1703.06868). Means and deviations say how much of each pattern
there is; correlations, which patterns come together (the Gram matrix of Gatys et al., without the part that means and
deviations say already).
"""

from collections.abc import Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

MIXTURES = 24
"""Channels are mixed into so many before they are correlated: all pairs of 112 would be 6,216 numbers."""

WINDOW = 3
"""Side of a window in cells of the coarsest map, in most networks of 32 px: a tenth of a whole view, as a crop is."""


def channel_statistics(maps: Sequence[Tensor]) -> Tensor:
    """Feature maps (N, C_i, h_i, w_i) -> (N, D): mean and deviation of each channel of every map, and correlations of
    channels in the middle maps; each part scaled to unit length, so that none outshouts the others."""
    parts: list[Tensor] = []
    for x in maps:
        x = x.float()
        mean, variance = x.mean((2, 3)), x.var((2, 3), unbiased=False)
        parts += [F.normalize(mean, dim=1), F.normalize((variance + 1e-5).sqrt(), dim=1)]
    parts += [F.normalize(correlations(x), dim=1) for x in _middle(maps)]
    return torch.cat(parts, 1)


def windowed_statistics(maps: Sequence[Tensor]) -> Tensor:
    """Feature maps (N, C_i, h_i, w_i) -> (N, D, h, w): what `channel_statistics` takes of a whole view, of windows
    around the cells of the coarsest map, which end where the picture does.

    All of it are means over positions and what follows from them, so a window's are exact; but what a network makes of
    a position depends on what is around it, as far as its receptive field reaches.
    """
    coarsest = min(maps, key=lambda x: int(x.shape[2]))

    def means(x: Tensor) -> Tensor:
        cell = int(x.shape[2]) // int(coarsest.shape[2]), int(x.shape[3]) // int(coarsest.shape[3])
        cells = F.avg_pool2d(x.float(), cell)[:, :, : coarsest.shape[2], : coarsest.shape[3]]
        return F.avg_pool2d(cells, WINDOW, 1, WINDOW // 2, count_include_pad=False)

    parts: list[Tensor] = []
    for x in maps:
        mean = means(x)
        variance = (means(x * x) - mean * mean).clamp_min(0)
        parts += [F.normalize(mean, dim=1), F.normalize((variance + 1e-5).sqrt(), dim=1)]
    row, column = torch.triu_indices(MIXTURES, MIXTURES, offset=1)
    for x in _middle(maps):
        mixed = torch.einsum("nchw,cm->nmhw", x.float(), _mixing(int(x.shape[1])).to(x.device))
        mean = means(mixed)
        deviation = ((means(mixed * mixed) - mean * mean).clamp_min(0) + 1e-6).sqrt()
        together = means(mixed[:, row] * mixed[:, column]) - mean[:, row] * mean[:, column]
        parts.append(F.normalize(together / (deviation[:, row] * deviation[:, column]), dim=1))
    return torch.cat(parts, 1)


def channel_means(maps: Sequence[Tensor]) -> Tensor:
    """Feature maps (N, C_i, h_i, w_i) -> (N, D): the mean of each channel of every map, each map's of unit length."""
    return torch.cat([F.normalize(x.float().mean((2, 3)), dim=1) for x in maps], 1)


def correlations(x: Tensor) -> Tensor:
    """Correlations over positions between `MIXTURES` fixed random mixtures of a map's channels:
    (N, C, h, w) -> (N, 276), those of the upper triangle."""
    mixed = torch.einsum("nchw,cm->nmhw", x.float(), _mixing(int(x.shape[1])).to(x.device)).flatten(2)
    centred = mixed - mixed.mean(2, keepdim=True)
    unit = centred / (centred.pow(2).mean(2, keepdim=True) + 1e-6).sqrt()
    found = unit @ unit.transpose(1, 2) / unit.shape[2]
    return found.flatten(1).index_select(1, _above_diagonal().to(x.device))


def _middle(maps: Sequence[Tensor]) -> list[Tensor]:
    """The maps one and two scales finer than the coarsest (8th and 16th of the picture's side, in most networks), of
    channels enough to be mixed: finer ones hold edges, and the coarsest has too few positions to correlate over."""
    places = [int(x.shape[2]) * int(x.shape[3]) for x in maps]
    return [x for x, n in zip(maps, places, strict=True) if 2 < n / min(places) < 32 and x.shape[1] >= MIXTURES]


@lru_cache(maxsize=1)
def _above_diagonal() -> Tensor:
    """Where the upper triangle of a matrix (MIXTURES, MIXTURES) lies in its rows strung together: (276,)."""
    with torch.inference_mode(False):  # as below
        row, column = torch.triu_indices(MIXTURES, MIXTURES, offset=1)
        return row * MIXTURES + column


@lru_cache(maxsize=64)
def _mixing(channels: int) -> Tensor:
    """A fixed orthonormal basis of a random subspace (C, MIXTURES): the same in every run (Johnson and Lindenstrauss
    1984 on why random directions will do)."""
    with torch.inference_mode(False):  # whoever asks first may be in it, and a later one may want gradients
        random = torch.randn(channels, MIXTURES, generator=torch.Generator().manual_seed(channels))
        basis, triangle = torch.linalg.qr(random)
        return basis * triangle.diagonal().sign()  # the sign a library chose is no part of it
