"""Whether the installed packages are whole and fit together. torch is imported in functions: it may be what fails."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np

from artbyol.base.errors import InstallationError
from artbyol.base.finding import Finding

REINSTALL = "pip install --force-reinstall torch torchvision"
_TOLERANCE = 0.02  # of a convolution, as a share of its largest number: bf16 has eight bits


def imported(module: str) -> Any:
    """A module of another package. Raises InstallationError with the versions of torch and torchvision, where it cannot
    be imported: libraries that do not fit raise whatever the loader happens to meet."""
    package = module.partition(".")[0]
    try:
        return import_module(module)
    except Exception as error:  # RuntimeError, OSError, ImportError, AttributeError: seen so far
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
        if package != "torchvision":
            install = REINSTALL if package == "torch" else f"pip install --force-reinstall {package}"
            raise InstallationError(f"{package} {_version(package)} cannot be imported: {reason}.", install) from error
        raise InstallationError(
            f"torch {_version('torch')} and torchvision {_version('torchvision')} do not fit together: they come from "
            f"different builds ({reason}).",
            hint=REINSTALL,
        ) from error


def check_torch() -> Finding:
    """Whether torch can be imported and computes a convolution as numpy does."""
    torch = imported("torch")
    wrong = convolution_differs("cpu", torch.float32)
    return _package("torch", "a convolution comes out wrong" if wrong else "")


def check_torchvision() -> Finding:
    """Whether torchvision fits torch: its compiled operators work, and both are built for the same hardware."""
    torch, ops = imported("torch"), imported("torchvision.ops")
    boxes = torch.tensor([[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 9.0, 8.0], [20.0, 20.0, 29.0, 29.0]])
    kept = ops.nms(boxes, torch.tensor([0.5, 0.9, 0.1]), 0.5).tolist()
    builds = [_version(name).partition("+")[2] for name in ("torch", "torchvision")]
    wrong = "an operator comes out wrong" if kept != [1, 2] else ""
    if all(builds) and builds[0] != builds[1]:
        wrong = f"torch is built for {builds[0]}, torchvision for {builds[1]}"
    return _package("torchvision", wrong)


def check_pillow() -> Finding:
    """Which formats of pictures can be read."""
    features = imported("PIL.features")
    codecs = {"JPEG": "jpg", "PNG": "zlib", "TIFF": "libtiff", "WebP": "webp", "AVIF": "avif"}
    there = {name: features.check(codec) for name, codec in codecs.items()} | {"HEIC": bool(find_spec("pillow_heif"))}
    reads = ", ".join(name for name, one in there.items() if one)
    said = "".join(f"; not {name}" for name, one in there.items() if not one)
    remedy = None if there["HEIC"] else "pip install 'artbyol[heic]'"
    pillow = f"pillow {_version('pillow')}"
    return Finding("pictures", "noted" if said else "sound", f"{pillow} reads {reads}{said}", remedy)


def check_weights() -> Finding:
    """Whether the pretrained weights of the default backbone are there and are the expected file."""
    imported("torchvision.ops")  # timm needs it
    from artbyol.encoder import DEFAULT_BACKBONE
    from artbyol.encoder.weights import load_backbone

    origin = load_backbone(DEFAULT_BACKBONE, "pretrained")[1]
    return Finding("weights", "sound", f"{origin.partition(' ')[0]}, timm {_version('timm')}")


def convolution_differs(device: str, kind: Any) -> bool:
    """Whether torch's convolution of random numbers is another than numpy's."""
    import torch

    generator = np.random.default_rng(0)
    image, kernel = (generator.standard_normal(shape, np.float32) for shape in ((8, 24, 24), (16, 8, 3, 3)))
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3), (1, 2))  # (8, 22, 22, 3, 3)
    expected = np.einsum("chwij,ocij->ohw", windows, kernel)
    pixels, weights = (torch.from_numpy(one).to(device, kind) for one in (image[None], kernel))
    found = torch.nn.functional.conv2d(pixels, weights)[0].float().cpu().numpy()
    return not np.abs(found - expected).max() <= _TOLERANCE * np.abs(expected).max()


def _package(name: str, wrong: str) -> Finding:
    said = f"{name} {_version(name)}"
    return Finding(name, "wrong", f"{said}: {wrong}", REINSTALL) if wrong else Finding(name, "sound", said)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
