"""Statistics of feature maps, against the same by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from artbyol.encoder.channel_statistics import MIXTURES, channel_statistics, correlations, windowed_statistics


def maps(channels: int, side: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(2, channels, side, side, generator=torch.Generator().manual_seed(seed))


def test_means_and_deviations_of_each_map_come_at_unit_length() -> None:
    first = torch.tensor([[[[1.0, 3.0], [1.0, 3.0]], [[4.0, 4.0], [4.0, 4.0]]]])  # means 2, 4; deviations 1, 0
    second = torch.full((1, 1, 1, 1), -5.0)
    found = channel_statistics([first, second])[0]
    assert found.tolist() == pytest.approx([2 / 20**0.5, 4 / 20**0.5, 1, 0.0032, -1, 1], abs=1e-3)


def test_correlations_are_those_of_numpy_for_mixtures_of_channels() -> None:
    x = maps(40, 12)
    found = correlations(x)
    assert found.shape == (2, MIXTURES * (MIXTURES - 1) // 2)
    shuffled = x.flatten(2)[:, :, torch.randperm(144, generator=torch.Generator().manual_seed(1))].view(2, 40, 12, 12)
    assert torch.allclose(found, correlations(shuffled), atol=1e-5)  # where things are does not count
    assert torch.allclose(found, correlations(3 * x + 5), atol=1e-4)  # nor how much of them there is
    assert float(found.abs().max()) <= 1 + 1e-5
    # As many channels as mixtures: a rotation, so that the mixtures' spread is the channels'.
    square = maps(MIXTURES, 12, seed=2)
    twice = square.clone()
    twice[:, 1] = twice[:, 0]
    assert not torch.allclose(correlations(square), correlations(twice), atol=0.05)


def test_mixtures_are_orthonormal_and_the_same_in_every_run() -> None:
    from artbyol.encoder.channel_statistics import _mixing

    basis = _mixing(112)
    assert torch.allclose(basis.T @ basis, torch.eye(MIXTURES), atol=1e-5)
    _mixing.cache_clear()
    assert torch.equal(basis, _mixing(112))
    x = maps(112, 10)
    mixed = np.einsum("nchw,cm->nmhw", x.numpy(), basis.numpy()).reshape(2, MIXTURES, -1)
    by_hand = np.corrcoef(mixed[0])[np.triu_indices(MIXTURES, 1)]
    assert correlations(x)[0].numpy() == pytest.approx(by_hand, abs=1e-4)


@pytest.mark.parametrize(
    ("shapes", "correlated"),
    [
        ([(40, 40), (80, 20), (112, 20), (192, 10), (320, 10)], 3),  # EfficientNet-Lite0, 320 px
        ([(64, 80), (64, 80), (128, 40), (256, 20), (512, 10)], 2),  # ResNet-18, 320 px
        ([(64, 56), (64, 28), (128, 14), (256, 7), (512, 4)], 2),  # the same at 112 px, sides rounded
        ([(192, 14), (192, 14), (192, 14)], 0),  # a transformer: one scale only
        ([(16, 40), (16, 20), (40, 10)], 0),  # too few channels to mix
    ],
)
def test_channels_are_correlated_in_the_middle_of_a_network(shapes: list[tuple[int, int]], correlated: int) -> None:
    found = channel_statistics([maps(channels, side) for channels, side in shapes])
    assert found.shape[1] == 2 * sum(channels for channels, _ in shapes) + 276 * correlated
    assert torch.allclose(found.norm(dim=1), torch.tensor((2 * len(shapes) + correlated) ** 0.5), atol=1e-3)


def test_a_flat_picture_has_finite_statistics() -> None:
    assert channel_statistics([torch.zeros(1, 40, 8, 8), torch.zeros(1, 40, 4, 4)]).isfinite().all()


def test_a_windows_statistics_are_those_of_its_maps_alone() -> None:
    layers = [maps(40, 20), maps(48, 10, seed=1), maps(56, 5, seed=2)]
    found = windowed_statistics(layers)
    assert found.shape[2:] == (5, 5)
    for row, column in ((2, 2), (0, 4)):  # one in the middle; one at a corner, of which the picture holds four cells
        top, bottom = max(0, row - 1), min(5, row + 2)
        left, right = max(0, column - 1), min(5, column + 2)
        cut = [x[:, :, top * s : bottom * s, left * s : right * s] for x, s in zip(layers, (4, 2, 1), strict=True)]
        # Which maps are correlated goes by all positions of the view: here the finest and the middle one.
        alone = channel_statistics([*cut[:2], cut[2]])
        assert torch.allclose(found[:, :, row, column], alone, atol=2e-3)


def test_one_window_over_everything_has_what_the_whole_has() -> None:
    layers = [maps(40, 12), maps(48, 6, seed=1), maps(56, 3, seed=2)]
    assert torch.allclose(windowed_statistics(layers)[:, :, 1, 1], channel_statistics(layers), atol=2e-3)
