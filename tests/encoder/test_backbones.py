"""Every backbone gives feature maps and can learn from the top down."""

from __future__ import annotations

from itertools import pairwise

import pytest
import timm
import torch
from torch import nn

from artbyol.base.errors import UsageError
from artbyol.encoder.backbones import (
    EFFICIENTNETS,
    NAMES,
    TORCHVISION,
    Backbone,
    InputFormat,
    JoinedBackbone,
    TimmBackbone,
    TokenBackbone,
    as_backbone,
    bare_network,
    timm_features,
)
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.style_encoder import StyleEncoder
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
    assert vectors.shape == (2, encoder.feature_width()) and vectors.shape[1] >= sum(m.shape[1] for m in maps)
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
    assert load_backbone("timm:test_vit", "none", tokens=False)[0].fixed_side == 160
    assert load_backbone("timm:test_resnet", "none")[0].fixed_side is None


def test_of_a_vision_transformer_the_class_tokens_are_read_at_any_size() -> None:
    backbone, _ = load_backbone("timm:test_vit", "none")
    assert isinstance(backbone, TokenBackbone) and backbone.fixed_side is None
    transformer = backbone.stages[0].model
    pixels = torch.rand(2, 3, 160, 160)
    with torch.no_grad():
        tokens = backbone(pixels)
        last = transformer.forward_features((pixels - backbone.mean) / backbone.std)[:, 0]
        assert torch.allclose(tokens[-1][:, :, 0, 0], last, atol=1e-5)  # its norm was taken off: see below
        seen = [backbone._size(*size) for size in ((320, 320), (160, 160), (96, 400), (20, 5))]
        assert all(backbone(torch.rand(1, 3, *size))[-1].isfinite().all() for size in ((224, 320), (64, 64), (30, 17)))
    assert seen[1] == (160, 160) and seen[3] == (16, 16)
    assert seen[0][0] == seen[0][1] <= backbone.side and seen[2][0] < seen[2][1]  # shrunk, and as wide as before


def test_a_vision_transformer_without_class_token_is_read_by_the_mean_of_its_patches() -> None:
    name = "timm:vit_tiny_patch16_224"
    net = timm.create_model(
        name[5:], features_only=True, depth=6, class_token=False, global_pool="avg", dynamic_img_size=True
    )
    backbone = as_backbone(name, net).eval()
    with torch.no_grad():
        maps = backbone(torch.rand(1, 3, 64, 96))
    assert [m.shape for m in maps] == [(1, 192, 1, 1)] * 4


def test_two_networks_look_at_the_same_views_each_as_it_does_alone() -> None:
    joined, origin = load_backbone("conv4+timm:test_vit", "none", seed=3)
    one, two = load_backbone("conv4", "none", 3)[0], load_backbone("timm:test_vit", "none", 3)[0]
    pixels = torch.rand(2, 3, 96, 64)
    with torch.no_grad():
        maps, alone = joined(pixels), [one(pixels), two(pixels)]
    described = torch.cat([one.describe(alone[0]), two.describe(alone[1])], 1)
    assert torch.equal(joined.describe(maps), described) and origin.count("seed 3") == 2
    assert joined.pool(maps).norm(dim=1).tolist() == pytest.approx([2**0.5] * 2)
    encoder = StyleEncoder(EncoderConfig("conv4+timm:test_vit", "none", features="joined"), joined)
    assert encoder.part_widths() == [one.describe(alone[0]).shape[1], two.describe(alone[1]).shape[1]]


def test_a_network_of_one_size_gets_that_size_beside_another() -> None:
    square = nn.Identity()
    part = Backbone([square], 1, InputFormat(fixed_side=32))
    joined = JoinedBackbone([Backbone([nn.Identity()], 1, InputFormat()), part])
    sizes: list[tuple[int, ...]] = []
    square.register_forward_hook(lambda module, inputs, output: sizes.append(tuple(output.shape[2:])))
    joined(torch.rand(1, 3, 64, 96))
    assert sizes == [(32, 32)]


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
