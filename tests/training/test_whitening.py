"""Crop whitening on planted data, where the right answer is known."""

from __future__ import annotations

import pytest
import torch
from torch import Generator, Tensor

from artbyol.base.errors import TooFewImagesError
from artbyol.training.whitening import balance, crop_whitening


def planted(n: int = 300, k: int = 8, width: int = 10, seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Works that differ in their first two dimensions, crops that scatter loudly in the others: whole works (n, D),
    crops (n, k, D), and which of four groups each work belongs to (n,)."""
    rng = Generator().manual_seed(seed)
    groups = torch.arange(n) % 4
    centres = torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1]])[groups]
    truth = torch.cat([centres, torch.zeros(n, width - 2)], 1) + 0.1 * torch.randn(n, width, generator=rng)
    loudness = torch.cat([torch.full((2,), 0.3), torch.linspace(3, 9, width - 2)])
    turn = torch.linalg.qr(torch.randn(width, width, generator=rng))[0]  # no axis is special
    scatter = loudness * torch.randn(n, k + 1, width, generator=rng)
    seen = (truth[:, None] + scatter) @ turn
    return seen[:, 0], seen[:, 1:], groups


def within(crops: Tensor) -> Tensor:
    deviations = (crops - crops.mean(1, keepdim=True)).flatten(0, 1)
    return deviations.T @ deviations / len(deviations)


def test_the_scatter_of_crops_becomes_the_same_in_every_direction() -> None:
    whole, crops, _ = planted()
    before = torch.linalg.eigvalsh(within(crops))
    affine = crop_whitening(whole, crops, dimensions=10, shrink=1e-6)
    after = torch.linalg.eigvalsh(within(affine(crops)))
    assert float(before[-1] / before[0]) > 100
    assert float(after[-1] / after[0]) < 1.01


def test_parts_are_balanced_by_how_much_crops_of_one_work_scatter_in_them() -> None:
    _, crops, _ = planted()
    doubled = torch.cat([crops, 7 * crops], 2) * balance(torch.cat([crops, 7 * crops], 2), [10, 10])
    assert torch.allclose(doubled[:, :, :10], doubled[:, :, 10:], rtol=1e-4)


def test_shrinkage_holds_the_whitening_back() -> None:
    whole, crops, _ = planted()
    spreads = []
    for shrink in (0.01, 1.0, 1e6):
        values = torch.linalg.eigvalsh(within(crop_whitening(whole, crops, 10, shrink)(crops)))
        spreads.append(float(values[-1] / values[0]))
    assert spreads[0] < spreads[1] < spreads[2]
    before = torch.linalg.eigvalsh(within(crops))
    assert spreads[2] == pytest.approx(float(before[-1] / before[0]), rel=0.05)  # nothing but PCA is left


def test_neighbours_follow_the_works_and_no_longer_the_noise() -> None:
    whole, crops, groups = planted()
    affine = crop_whitening(whole, crops, dimensions=2, shrink=0.01)

    def agreement(x: Tensor) -> float:
        distance = torch.cdist(x, x).fill_diagonal_(float("inf"))
        return float((groups[distance.argmin(1)] == groups).float().mean())

    assert agreement(crops.mean(1)) < 0.6
    assert agreement(affine(crops).mean(1)) > 0.9


def test_whole_works_come_out_with_unit_variance() -> None:
    whole, crops, _ = planted()
    whitened = crop_whitening(whole, crops, dimensions=4, shrink=0.1)(whole)
    assert whitened.shape == (300, 4)
    assert float(whitened.pow(2).mean()) == pytest.approx(1, abs=1e-3)


def test_a_collection_that_spans_fewer_dimensions_gets_no_more_of_them() -> None:
    rng = Generator().manual_seed(0)
    basis = torch.randn(3, 20, generator=rng)
    whole = torch.randn(50, 3, generator=rng) @ basis
    crops = whole[:, None] + 0.2 * torch.randn(50, 4, 3, generator=rng) @ basis
    affine = crop_whitening(whole, crops, dimensions=16, shrink=0.1)
    assert affine.weight.shape == (3, 20)
    assert affine.bias.shape == (3,)
    assert affine(crops).isfinite().all()


def test_few_works_in_many_dimensions_give_finite_maps() -> None:
    rng = Generator().manual_seed(0)
    whole = torch.randn(8, 200, generator=rng)
    crops = whole[:, None] + 0.1 * torch.randn(8, 4, 200, generator=rng)
    affine = crop_whitening(whole, crops, dimensions=64, shrink=3.75)
    assert 1 <= len(affine.weight) <= 15  # 16 points span at most 15 dimensions
    assert affine.weight.isfinite().all() and affine(whole).isfinite().all()


def test_crops_that_do_not_scatter_at_all_leave_the_works_apart() -> None:
    whole = torch.randn(20, 6, generator=Generator().manual_seed(0))
    crops = whole[:, None].expand(-1, 4, -1)
    whitened = crop_whitening(whole, crops, dimensions=6, shrink=0.1)(whole)
    assert whitened.isfinite().all()
    assert float(torch.cdist(whitened, whitened).fill_diagonal_(1).min()) > 0.05


@pytest.mark.parametrize("noise", [0.0, 1e-4])
def test_works_that_all_look_the_same_are_refused_in_words(noise: float) -> None:
    rng = Generator().manual_seed(0)
    whole = torch.ones(10, 6) + noise * torch.randn(10, 6, generator=rng)
    crops = torch.ones(10, 4, 6) + 0.1 * torch.randn(10, 4, 6, generator=rng)
    with pytest.raises(TooFewImagesError, match="look the same"):
        crop_whitening(whole, crops, dimensions=4, shrink=0.1)


def test_components_are_the_same_of_fewer_works_than_features_and_of_more() -> None:
    rng = torch.Generator().manual_seed(0)
    whole = torch.randn(10, 24, generator=rng) * torch.linspace(3, 0.3, 24)
    crops = whole[:, None] + 0.3 * torch.randn(10, 4, 24, generator=rng)
    fewer, more = (crop_whitening(whole.repeat(n, 1), crops.repeat(n, 1, 1), 6, 0.1)(whole) for n in (1, 2))
    torch.testing.assert_close(fewer @ fewer.T, more @ more.T, rtol=1e-4, atol=1e-4)
