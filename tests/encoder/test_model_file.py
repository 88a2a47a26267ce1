"""Model files: whole or refused, readable at a glance, the same id for the same model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from artbyol.base.errors import ModelError, StoreFormatError
from artbyol.encoder.current import MODEL, TRAINING_STATE
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.heads import HIDDEN
from artbyol.encoder.model_file import arrays_of, load_model, save_model, tensors_of
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.weights import load_backbone
from artbyol.pictures.views import ViewPlan
from tests.conftest import model_header, run_python


def small_encoder(seed: int = 0, side: int = 64, hidden: int = HIDDEN) -> StyleEncoder:
    views = ViewPlan(side, side, 0, fixed=True)
    backbone, _ = load_backbone("conv4", "none", seed)
    torch.manual_seed(seed)
    return StyleEncoder(EncoderConfig("conv4", "a line about weights", views, "statistics", 5), backbone, hidden).eval()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    save_model(tmp_path / "model.safetensors", small_encoder(), model_header(made="today"))
    return tmp_path / "model.safetensors"


def test_a_model_comes_back_from_its_file_alone_with_the_same_vectors(model: Path) -> None:
    encoder, header = load_model(model)
    before = small_encoder()
    assert encoder.config == before.config
    assert not encoder.training
    pixels = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert torch.equal(encoder(pixels), before(pixels))
    assert header["made"] == "today"
    assert header["format"] == "artbyol-model" and header["format_version"] == 1


@pytest.mark.parametrize(
    ("name", "tokens", "features"),
    [
        ("conv4+timm:test_vit", True, "joined"),
        ("timm:test_vit", True, "tokens"),
        ("timm:test_vit", False, "statistics"),  # as artbyols before wrote them
        ("timm:test_vit", False, "pooled"),
    ],
)
def test_a_vision_transformer_alone_or_beside_another_comes_back_read_as_it_was(
    name: str, tokens: bool, features: str, tmp_path: Path
) -> None:
    backbone, _ = load_backbone(name, "none", 1, tokens)
    views = ViewPlan(160, 160, 0, fixed=not tokens)
    before = StyleEncoder(EncoderConfig(name, "random", views, features, 5), backbone).eval()
    save_model(tmp_path / "model.safetensors", before, model_header())
    after, _ = load_model(tmp_path / "model.safetensors")
    pixels = torch.rand(2, 3, 160, 160)
    assert torch.equal(after(pixels), before(pixels))
    assert type(after.backbone) is type(backbone) and after.config == before.config


def test_a_model_of_an_older_artbyol_with_a_wider_projection_comes_back(model: Path) -> None:
    before = small_encoder(hidden=512)
    save_model(model, before, model_header())
    pixels = torch.rand(2, 3, 64, 64)
    assert torch.equal(load_model(model)[0](pixels), before(pixels))


def test_the_header_is_read_without_torch(model: Path) -> None:
    code = """
import sys
from pathlib import Path
from artbyol.encoder.current import MODEL
print(MODEL.read_header(Path(sys.argv[1]))["model_id"], "torch" in sys.modules)
"""
    done = run_python(code, model)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [MODEL.read_header(model)["model_id"], "False"]


def test_the_same_weights_and_configuration_have_the_same_id_whoever_made_them(tmp_path: Path) -> None:
    def id_of(encoder: StyleEncoder, made: str) -> str:
        return save_model(tmp_path / "m.safetensors", encoder, model_header(made=made))

    first = id_of(small_encoder(), "today")
    assert first == id_of(small_encoder(), "tomorrow")
    assert len(first) == 12 and int(first, 16) >= 0
    assert first != id_of(small_encoder(seed=1), "today")
    assert first != id_of(small_encoder(side=96), "today")
    nudged = small_encoder()
    with torch.no_grad():
        next(nudged.parameters()).view(-1)[0] += 1e-6
    assert first != id_of(nudged, "today")


def test_a_file_of_a_newer_artbyol_is_refused_with_the_remedy(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as future:
        future.setattr("artbyol.encoder.model_file.MODEL", replace(MODEL, version=2))
        save_model(model, small_encoder(), model_header())
    with pytest.raises(StoreFormatError, match="newer artbyol") as caught:
        load_model(model)
    assert caught.value.hint == "pip install --upgrade artbyol"


@pytest.mark.parametrize("damage", ["empty", "cut", "garbage", "text"])
def test_a_damaged_file_is_called_damaged(model: Path, damage: str) -> None:
    data = model.read_bytes()
    spoilt = {"empty": b"", "cut": data[: len(data) // 2], "garbage": b"\xff" * 64, "text": b"a letter to my aunt"}
    model.write_bytes(spoilt[damage])
    for read in (load_model, MODEL.read_header):
        with pytest.raises(ModelError, match="damaged or not a safetensors file"):
            read(model)


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no file"):
        MODEL.read_header(tmp_path / "none.safetensors")


def test_somebody_elses_tensors_and_our_other_kinds_are_no_model(tmp_path: Path) -> None:
    save_file({"x": torch.ones(2)}, tmp_path / "foreign.safetensors")
    TRAINING_STATE.write(tmp_path / "state.safetensors", {"x": np.ones(2)}, {})
    for name in ("foreign", "state"):
        with pytest.raises(ModelError, match="not an artbyol model"):
            load_model(tmp_path / f"{name}.safetensors")


def test_tensors_that_do_not_fit_the_header_are_named_as_such(model: Path) -> None:
    encoder = small_encoder()
    tensors = {name: value for name, value in encoder.state_dict().items() if "projection" not in name}
    MODEL.write(model, arrays_of(tensors), model_header(model_id="x", encoder=encoder.config.as_dict()))
    with pytest.raises(ModelError, match="does not hold the model its header describes"):
        load_model(model)


def test_tensors_of_every_shape_and_layout_survive(tmp_path: Path) -> None:
    tensors = {
        "scalar": torch.tensor(7),
        "turned": torch.arange(6.0).view(2, 3).T,
        "half": torch.ones(2, dtype=torch.float16),
        "flags": torch.tensor([True, False]),
        "layout": torch.rand(1, 3, 4, 4).contiguous(memory_format=torch.channels_last),
    }
    TRAINING_STATE.write(tmp_path / "state.safetensors", arrays_of(tensors), {"key": "ä", "done": 1, "total": 2})
    header, arrays = TRAINING_STATE.read(tmp_path / "state.safetensors")
    found = tensors_of(arrays)
    assert header["key"] == "ä"
    assert all(torch.equal(found[name], value) for name, value in tensors.items())
    assert all(found[name].dtype == value.dtype for name, value in tensors.items())
