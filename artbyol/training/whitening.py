"""Crop whitening: the closed form of "two crops of one painting agree", and where BYOL starts from.

Directions in which crops of one painting scatter around their own mean say nothing about the painting; they are
shrunk until the scatter is the same everywhere, and principal components of what is left are kept. Speaker
recognition knows the two steps as within-class covariance normalisation (Hatch, Kajarekar and Stolcke 2006) and PCA;
the class here is the painting itself, so no label is needed. What changes when a painting comes from another file, or
loses its colours, says as little about the hand, and is shrunk with the rest (nuisance attribute projection, of
Solomonoff, Campbell and Boardman 2005, takes such directions out altogether).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from artbyol.base.errors import TooFewImagesError
from artbyol.encoder.device import threads

BLOCK = 512
"""Works whose crops are copied at a time."""

ALIKE = 2e-3
"""Works whose features differ from their mean by less than this share of its length differ by rounding alone (bf16)."""


@dataclass(frozen=True)
class Affine:
    """x -> x @ weight.T + bias, with `weight` (d, D) and `bias` (d,)."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        return x @ self.weight.T + self.bias


def crop_whitening(
    whole: Tensor, crops: Tensor, dimensions: int, shrink: float, overlooked: Sequence[Tensor] = ()
) -> Affine:
    """Fit the whitening on a collection.

    Args:
        whole: (n, D) features of whole works.
        crops: (n, k, D) features of k crops of each.
        dimensions: d, at most; fewer when the collection spans fewer.
        shrink: how much of a unit matrix to mix into the scatter, in units of its mean variance.
        overlooked: of any number of kinds, differences (m, D) between two views of one work; half of the scatter of
            each kind is added.

    Returns:
        The map from features to d whitened dimensions, scaled so that whole works have unit variance on average.

    Raises:
        TooFewImagesError: the works all look the same; there is no direction to keep.
    """
    width, centre = whole.shape[1], whole.mean(0)
    if (whole - centre).norm(dim=1).mean() <= ALIKE * centre.norm():
        raise TooFewImagesError(
            "These pictures all look the same to the encoder: there is nothing to learn from them.",
            hint="artbyol embed, similar and cluster work without training",
        )
    with threads(1):  # seconds for 2,316 features; with two threads as long, and far longer beside another program
        # Fewer views than features span a subspace; outside it there is nothing to whiten and nothing to keep.
        span = None
        if len(whole) * (1 + crops.shape[1]) < whole.shape[1]:
            span = torch.linalg.qr((torch.cat([whole, crops.flatten(0, 1)]) - centre).T)[0]
            whole, crops, centre = whole @ span, crops @ span, centre @ span
            overlooked = [one @ span for one in overlooked]
        within = _scatter(crops)
        for differences in overlooked:  # of two views each: half of it is one view's variance
            within += differences.T @ differences / (2 * len(differences))
        ridge = shrink * (within.trace() / width).clamp(min=1e-12)
        within.diagonal().add_(ridge)
        # Any root of the inverse whitens; they differ by a turn, which the components turn back.
        root = torch.linalg.cholesky(within)

        def whitened(x: Tensor) -> Tensor:
            return torch.linalg.solve_triangular(root, x.T, upper=False).T

        seen = whitened(torch.cat([whole, crops.mean(1)]) - centre)
        middle = seen.mean(0)
        seen = seen - middle
        # Of seen.T @ seen and seen @ seen.T, which have the same strengths, the smaller one: eigh takes its cube.
        few = len(seen) < seen.shape[1]
        strengths, components = torch.linalg.eigh(seen @ seen.T if few else seen.T @ seen)
        spanned = int((strengths > strengths[-1] * 1e-6).sum())
        kept = components.flip(1)[:, : min(dimensions, spanned)].T
        kept = F.normalize(kept @ seen, dim=1) if few else kept
        weight = torch.linalg.solve_triangular(root.T, kept.T, upper=True).T
    bias = -(weight @ centre) - kept @ middle
    spread = (whole @ weight.T + bias).pow(2).mean().sqrt().clamp(min=1e-12)
    if span is not None:
        weight = weight @ span.T
    return Affine(weight / spread, bias / spread)


def balance(crops: Tensor, widths: Sequence[int]) -> Tensor:
    """Factors (D,) for features strung together from parts of these widths: times these, crops (n, k, D) of one work
    scatter as much in each part as in the others, so that none outshouts them."""
    scatters = [(part - part.mean(1, keepdim=True)).pow(2).mean() for part in crops.split(list(widths), 2)]
    return torch.cat([s.clamp(min=1e-12).rsqrt().expand(w) for s, w in zip(scatters, widths, strict=True)])


def _scatter(crops: Tensor) -> Tensor:
    """Covariance (D, D) of crops (n, k, D) around their own work's mean; in blocks, so that they are not all copied."""
    found = torch.zeros(crops.shape[2], crops.shape[2])
    for start in range(0, len(crops), BLOCK):
        block = crops[start : start + BLOCK]
        deviations = (block - block.mean(1, keepdim=True)).flatten(0, 1)
        found += deviations.T @ deviations
    return found / (crops.shape[0] * crops.shape[1])
