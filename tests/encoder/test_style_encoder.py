"""From pictures to vectors: statistics by hand, and vectors that do not depend on who else is in the batch."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator

from artbyol.base.run import Run
from artbyol.base.vectors import unit
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.model_file import untrained_encoder
from artbyol.encoder.readers import reader_of
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.views import ViewPlan, Views
from artbyol.training.whitening import Affine
from tests.conftest import painting

FP32 = Run(device="cpu", precision="fp32")
SHAPES = [(96, 64), (64, 96), (64, 64), (96, 64), (64, 96), (96, 64)]


@pytest.fixture(scope="module")
def encoder() -> StyleEncoder:
    """The pretrained default."""
    backbone, origin = load_backbone("efficientnet_lite0", "pretrained")
    return untrained_encoder("efficientnet_lite0", backbone, origin)


def pictures() -> list[NDArray[np.uint8]]:
    return [np.asarray(painting(seed, width, height)) for seed, (width, height) in enumerate(SHAPES)]


def test_the_default_encoder_describes_a_picture_in_2316_numbers(encoder: StyleEncoder) -> None:
    assert encoder.feature_width() == 2316
    features = reader_of(encoder, FP32).features(pictures()[:1])
    assert features.shape == (1, 2316)
    assert np.isfinite(features).all()
    # Means and deviations of five groups, correlations of three: thirteen parts of length 1.
    assert float(np.linalg.norm(features)) == pytest.approx(13**0.5, abs=1e-3)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_pictures_of_any_mix_of_shapes_are_described_as_each_of_them_alone(
    encoder: StyleEncoder, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = reader_of(encoder, Run(device="cpu", precision=precision))
    monkeypatch.setattr(reader.network, "pass_pixels", 2 * 64 * 96)  # so that a shape takes more than one batch
    together = reader.features(pictures())
    alone = np.concatenate([reader.features([picture]) for picture in pictures()])
    assert np.allclose(together, alone, atol=1e-4 if precision == "fp32" else 2e-2)
    apart = np.linalg.norm(alone[:, None] - alone, axis=2) + 9 * np.eye(len(alone))
    assert apart.min() > 0.05  # and they differ from each other


@pytest.mark.slow
def test_bf16_gives_nearly_the_vectors_of_fp32(encoder: StyleEncoder) -> None:
    exact, rough = (
        reader_of(encoder, Run(device="cpu", precision=precision)).features(pictures())
        for precision in ("fp32", "bf16")
    )
    assert rough.dtype == np.float32
    assert (unit(exact) * unit(rough)).sum(1).min() > 0.995
    assert not np.array_equal(exact, rough)


def projecting(dimensions: int = 8) -> StyleEncoder:
    torch.manual_seed(0)
    backbone = load_backbone("mobilenet_v3_small", "none")[0]
    plan = ViewPlan(whole_side=64, crop_side=32, crops=3)
    return StyleEncoder(EncoderConfig("mobilenet_v3_small", "none", plan, dimensions=dimensions), backbone).eval()


def some_views() -> list[Views]:
    rng = np.random.default_rng(0)
    return [Views(picture, rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)) for picture in pictures()]


@pytest.mark.parametrize("crops", [0, 3])
def test_vectors_have_unit_length_with_and_without_crops(crops: int) -> None:
    views = [Views(v.whole, v.crops[:crops]) for v in some_views()]
    found = reader_of(projecting(), FP32).encode(views)
    assert found.shape == (6, 8)
    assert found.dtype == np.float32 and found.flags.c_contiguous
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(6), abs=1e-5)


def test_a_works_vector_is_half_its_whole_view_and_half_its_crops() -> None:
    encoder = projecting()
    rng = Generator().manual_seed(0)
    for name, values in encoder.projection.state_dict().items():
        if "bend" in name and values.is_floating_point():  # as if it had learnt; as made, it does nothing
            values.uniform_(0.5, 1.5, generator=rng)
    width = encoder.feature_width()
    whole, crops = torch.randn(4, width, generator=rng), torch.randn(4, 3, width, generator=rng)
    found = encoder.fitted().vectors(whole.numpy(), crops.numpy())
    with torch.no_grad():
        parts = [F.normalize(encoder.projection(crops[:, i]), dim=1) for i in range(3)]
        expected = F.normalize(F.normalize(encoder.projection(whole), dim=1) + sum(parts) / 3, dim=1)
    assert np.allclose(found, expected, atol=1e-5)


def test_training_starts_where_the_whitening_ended() -> None:
    encoder = projecting()
    rng = Generator().manual_seed(0)
    affine = Affine(torch.randn(8, encoder.feature_width(), generator=rng), torch.randn(8, generator=rng))
    encoder.projection.start_from(affine.weight, affine.bias)
    features = torch.randn(6, encoder.feature_width(), generator=rng)
    assert torch.allclose(encoder.projection(features), affine(features), atol=1e-5)


def test_asking_for_the_width_leaves_the_networks_mode_and_statistics_alone() -> None:
    encoder = projecting().train()
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    encoder.feature_width()
    assert encoder.training
    assert all(torch.equal(before[name], value) for name, value in encoder.state_dict().items())


def test_a_configuration_survives_json() -> None:
    config = EncoderConfig("resnet18", "somewhere", ViewPlan(224, 112, 4, 0.3, True), "pooled", 32)
    assert EncoderConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config
