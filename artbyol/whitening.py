"""Crop whitening: the closed form of "two crops of one painting agree", and where BYOL starts from.

Directions in which crops of one painting scatter around their own mean say nothing about the painting; they are
shrunk until the scatter is the same everywhere, and principal components of what is left are kept. Speaker
recognition knows the two steps as within-class covariance normalisation (Hatch, Kajarekar and Stolcke 2006) and PCA;
the class here is the painting itself, so no label is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from artbyol.device import one_thread
from artbyol.errors import TooFewImagesError

ALIKE = 2e-3
"""Works whose features differ from their mean by less than this share of its length differ by rounding alone (bf16)."""


@dataclass(frozen=True)
class Affine:
    """x -> x @ weight.T + bias, with `weight` (d, D) and `bias` (d,)."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        return x @ self.weight.T + self.bias


def crop_whitening(whole: Tensor, crops: Tensor, dimensions: int, shrink: float) -> Affine:
    """Fit the whitening on a collection.

    Args:
        whole: (n, D) features of whole works.
        crops: (n, k, D) features of k crops of each.
        dimensions: d, at most; fewer when the collection spans fewer.
        shrink: how much of a unit matrix to mix into the scatter, in units of its mean variance.

    Returns:
        The map from features to d whitened dimensions, scaled so that whole works have unit variance on average.

    Raises:
        TooFewImagesError: the works all look the same; there is no direction to keep.
    """
    centre = whole.mean(0)
    if (whole - centre).norm(dim=1).mean() <= ALIKE * centre.norm():
        raise TooFewImagesError(
            "These pictures all look the same to the encoder: there is nothing to learn from them.",
            hint="artbyol embed FOLDER works without training, and so do similar and cluster",
        )
    scatter = (crops - crops.mean(1, keepdim=True)).flatten(0, 1)
    within = scatter.T @ scatter / len(scatter)
    ridge = shrink * within.diagonal().mean().clamp(min=1e-12)
    with one_thread():  # 0.3 s for 1,488 features; with two threads as long, and 9 to 19 s beside another program
        variances, directions = torch.linalg.eigh(within + ridge * torch.eye(len(within)))
    # With fewer crops than dimensions rounding can leave tiny negative variances; none is below the ridge.
    whiten = (directions * variances.clamp(min=float(ridge)).rsqrt()) @ directions.T
    whitened = torch.cat([(whole - centre) @ whiten, ((crops - centre) @ whiten).mean(1)])
    middle = whitened.mean(0)
    _, strengths, components = torch.linalg.svd(whitened - middle, full_matrices=False)
    kept = components[: min(dimensions, int((strengths > strengths[0] * 1e-4).sum()))]
    weight = kept @ whiten
    bias = -(weight @ centre) - kept @ middle
    spread = (whole @ weight.T + bias).pow(2).mean().sqrt().clamp(min=1e-12)
    return Affine(weight / spread, bias / spread)
