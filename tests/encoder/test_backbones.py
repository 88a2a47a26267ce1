"""Every backbone gives feature maps and can learn from the top down."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from artbyol.base.errors import UsageError
from artbyol.encoder.backbones import (
    EFFICIENTNETS,
    NAMES,
    TORCHVISION,
    Backbone,
    InputFormat,
    TimmBackbone,
    as_backbone,
    bare_network,
    timm_features,
)
from artbyol.encoder.style_encoder import EncoderConfig, StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.views import ViewPlan

TIMM = ("timm:test_resnet", "timm:test_vit", "timm:test_mambaout")
WIDTHS = {
    "resnet18": [64, 128, 256, 512],
    "resnet50": [256, 512, 1024, 2048],
    "conv4": [32, 64, 128, 256],
    "efficientnet_lite0": [40, 80, 112, 192, 320],
}


@pytest.mark.parametrize("name", [*EFFICIENTNETS, *TORCHVISION, "conv4", *TIMM])
@pytest.mark.slow
def test_a_backbone_gives_maps_vectors_and_layers_that_can_learn(name: str) -> None:
    backbone, _ = load_backbone(name, "none")
    side = backbone.fixed_side or 64
    pixels = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        maps = backbone(pixels)
    assert 1 <= len(maps) <= 5
    assert all(m.ndim == 4 and len(m) == 2 and m.isfinite().all() for m in maps)
    assert all(deep.shape[-1] <= shallow.shape[-1] for shallow, deep in pairwise(maps))
    if name in WIDTHS:
        assert [m.shape[1] for m in maps] == WIDTHS[name]

    views = ViewPlan(side, side, 0, fixed=backbone.fixed_side is not None)
    encoder = StyleEncoder(EncoderConfig(name, "none", views), backbone).eval()
    vectors = encoder(pixels)
    assert vectors.shape == (2, encoder.feature_width()) and vectors.shape[1] >= 2 * sum(m.shape[1] for m in maps)
    assert not torch.allclose(vectors[0], vectors[1], atol=1e-4)

    encoder(pixels).sum().backward()
    learning = {n.split(".")[1] for n, p in backbone.named_parameters() if p.grad is not None and p.grad.any()}
    assert learning == {str(number) for number in range(len(backbone.stages))}


def test_channels_last_networks_are_turned_the_right_way() -> None:
    name = "timm:test_mambaout"
    network = bare_network(name)
    backbone = as_backbone(name, network).eval()
    assert isinstance(backbone, TimmBackbone) and backbone.channels_last
    with torch.no_grad():
        maps = backbone(torch.rand(1, 3, 64, 96))
    assert [m.shape[1] for m in maps] == network.feature_info.channels()[-5:]
    assert maps[-1].shape[3] > maps[-1].shape[2]  # wider than high, as the picture


def test_a_network_with_a_position_table_says_which_size_it_takes() -> None:
    assert load_backbone("timm:test_vit", "none")[0].fixed_side == 160
    assert load_backbone("timm:test_resnet", "none")[0].fixed_side is None


def test_pixels_are_normalised_inside_the_backbone() -> None:
    backbone = Backbone([nn.Identity()], 1, InputFormat((0.5, 0.4, 0.3), (0.5, 0.2, 0.1)))
    pixels = torch.tensor([1.0, 0.6, 0.2]).view(1, 3, 1, 1)
    assert backbone(pixels)[0].flatten().tolist() == pytest.approx([1, 1, -1], abs=1e-5)


def test_pooling_averages_over_positions_and_keeps_the_articles_grid_for_conv4() -> None:
    one = torch.arange(8.0).view(1, 2, 2, 2)
    assert Backbone([nn.Identity()], 1, InputFormat()).pool([one]).tolist() == [[1.5, 5.5]]
    grid = torch.randn(2, 256, 4, 4)
    assert torch.equal(load_backbone("conv4", "none")[0].pool([grid]), grid.flatten(1))


@pytest.mark.parametrize("name", ["timm:efficientvit_b1", "timm:pvt_v2_b0"])
def test_networks_whose_maps_have_the_shape_of_conv4s_are_averaged_all_the_same(name: str) -> None:
    backbone = load_backbone(name, "none")[0]
    maps = backbone(torch.rand(1, 3, 224, 224))
    assert len(maps) == 4 and maps[-1].shape[1] == 256
    assert backbone.pool(maps).shape == (1, 256)


def test_an_unknown_backbone_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="no backbone called 'resnet19'") as caught:
        bare_network("resnet19")
    assert all(name in str(caught.value.hint) for name in NAMES)


def test_an_unknown_timm_network_is_answered_with_a_guess() -> None:
    with pytest.raises(UsageError, match="resnet10x") as caught:
        timm_features("resnet10x")
    assert "resnet10" in str(caught.value.hint) or caught.value.hint is None
