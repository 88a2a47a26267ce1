"""Networks whose BatchNorms went into their convolutions see what they saw before."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from artbyol.encoder.backbones import Backbone, InputFormat
from artbyol.encoder.device import Machine
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.folding import folded
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.torch_network import TorchNetwork
from artbyol.encoder.weights import load_backbone


def lived(name: str) -> Backbone:
    """A network whose BatchNorms have seen something: as made, they do next to nothing."""
    backbone = load_backbone(name, "none")[0]
    rng = torch.Generator().manual_seed(1)
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.weight.data, module.running_var):
                values.uniform_(0.5, 2, generator=rng)
            for values in (module.bias.data, module.running_mean):
                values.uniform_(-0.5, 0.5, generator=rng)
    return backbone.eval()


def norms(network: nn.Module) -> int:
    return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())


@pytest.mark.parametrize(
    "name", ["efficientnet_lite0", "resnet18", "mobilenet_v3_small", "timm:resnet10t", "convnext_tiny", "conv4"]
)
@pytest.mark.slow
def test_a_folded_network_gives_the_same_maps_and_the_original_stays(name: str) -> None:
    backbone = lived(name)
    before = {key: value.clone() for key, value in backbone.state_dict().items()}
    light = folded(backbone)
    assert norms(light) == 0
    x = torch.rand(2, 3, 96, 64)
    with torch.inference_mode():
        for expected, found in zip(backbone(x), light(x), strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
    after = backbone.state_dict()
    assert after.keys() == before.keys() and all(torch.equal(after[key], before[key]) for key in before)


class Shared(nn.Module):
    """One convolution used twice, normalised once: it cannot be folded."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1)
        self.norm = nn.BatchNorm2d(3)
        self.norm.running_mean = torch.full((3,), 2.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.norm(self.conv(x)) + self.conv(x + 1)
        return found


def test_what_folding_would_change_is_left_alone() -> None:
    backbone = Backbone([Shared()], 1, InputFormat()).eval()
    light = folded(backbone)
    assert norms(light) == 1
    x = torch.rand(1, 3, 8, 8)
    with torch.inference_mode():
        assert torch.equal(light(x)[0], backbone(x)[0])


def test_a_network_at_work_leaves_the_encoder_as_it_was() -> None:
    encoder = StyleEncoder(EncoderConfig("resnet18", "none"), lived("resnet18"))
    names = list(encoder.state_dict())
    network = TorchNetwork(encoder, Machine("cpu", "fp32"))
    assert norms(encoder) == 20 and norms(network.backbone) == 0
    assert list(network.encoder.state_dict()) == names
