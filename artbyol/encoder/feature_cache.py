"""Features kept between runs, so that pixels are looked at once: by a training that was stopped, by `embed` after it.

Shards of safetensors under the store, keyed by everything the features depend on. Bounded by the number of works a
training fits on; deleting the folder loses nothing but time.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import ModelError, StoreFormatError
from artbyol.base.vectors import Floats
from artbyol.encoder.current import features_key
from artbyol.encoder.device import Machine
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.pictures.scan import HASH_BYTES
from artbyol.storage.atomic import make_folder, remove_own
from artbyol.storage.store import Store
from artbyol.storage.tensor_file import TensorFormat

_KEY = re.compile("[0-9a-f]{12}")
_SHARD = r"[0-9]+\.safetensors"


class FeaturesHeader(TypedDict):
    """The header of a file of features."""

    depends_on: dict[str, Any]


FEATURES = TensorFormat(
    "artbyol-features",
    1,
    ModelError,
    "Run the same command again: what was in this file is made anew.",
    header=FeaturesHeader,
    arrays={"hashes": f"u1 n {HASH_BYTES}", "whole": "f2 n D", "crops": "f2 n k D"},
)


class FeatureCache:
    """Half-precision features of contents, by content hash.

    Args:
        root: the folder of all caches; each key has one of its own in it.
        depends_on: everything that changes the features (weights, views, colour changes, device, precision).
    """

    def __init__(self, root: Path, depends_on: dict[str, Any]) -> None:
        self.root, self.depends_on = root, depends_on
        self.folder = root / _key_of(depends_on)
        self._places: dict[bytes, tuple[Path, int]] = {}
        for shard in shards(self.folder):
            self._learn(shard)

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._places

    def drop_others(self) -> None:
        """Delete the caches of other keys: one training's worth of disk is enough."""
        for other in caches(self.root):
            if other != self.folder:
                drop(other)

    def add(self, digests: Sequence[bytes], whole: NDArray[Any], crops: NDArray[Any]) -> None:
        """Keep the features of contents: `whole` (n, D), `crops` (n, k, D). Raises ModelError: not finite."""
        # One more than the last, not how many there are: one in between may have been damaged and taken away.
        number = max((int(path.stem) for path in shards(self.folder)), default=-1) + 1
        shard = self.folder / f"{number:06d}.safetensors"
        hashes = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, HASH_BYTES)
        with np.errstate(over="ignore"):  # found below
            arrays = {"hashes": hashes, "whole": np.asarray(whole, "f2"), "crops": np.asarray(crops, "f2")}
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ModelError("The network's features are not finite numbers.", "other --weights, or --precision fp32")
        make_folder(self.folder)
        FEATURES.write(shard, arrays, {"depends_on": self.depends_on})
        self._places.update({digest: (shard, row) for row, digest in enumerate(digests)})

    def get(self, digests: Sequence[bytes]) -> tuple[Floats, Floats]:
        """Features of contents that are all in the cache, in this order: (n, D) and (n, k, D), float32.

        Raises:
            ModelError: a file is damaged; it is removed, so that what was in it is made anew the next time.
        """
        by_shard: dict[Path, list[tuple[int, int]]] = {}
        for place, digest in enumerate(digests):
            shard, row = self._places[digest]
            by_shard.setdefault(shard, []).append((place, row))
        found: dict[str, Floats] = {}
        for shard, pairs in by_shard.items():
            places, rows = (list(numbers) for numbers in zip(*pairs, strict=True))
            try:
                _, arrays = FEATURES.read(shard, ("whole", "crops"))
            except ModelError:
                shard.unlink(missing_ok=True)
                raise
            for name, array in arrays.items():
                if name not in found:
                    found[name] = np.empty((len(digests), *array.shape[1:]), np.float32)
                found[name][places] = array[rows]
        return found["whole"], found["crops"]

    def _learn(self, shard: Path) -> None:
        try:
            header, arrays = FEATURES.read(shard)  # all of it: what is damaged is made again before it is needed
            if _key_of(header["depends_on"]) != self.folder.name:
                raise ModelError(f"{shard} holds features of another network.")
        except (ModelError, StoreFormatError):
            shard.unlink(missing_ok=True)  # half-written or from another version: made again
            return
        self._places.update({digest.tobytes(): (shard, row) for row, digest in enumerate(arrays["hashes"])})


def _key_of(depends_on: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()[:12]


def caches(root: Path) -> list[Path]:
    """The folders of all caches, the latest last; none where `root` is a link, to where other things may be."""
    folders = [] if root.is_symlink() else [path for path in root.glob("*") if _KEY.fullmatch(path.name)]
    return sorted(folders, key=lambda folder: folder.lstat().st_mtime)


def shards(folder: Path) -> list[Path]:
    """The files of a cache."""
    return sorted(path for path in folder.glob("*") if re.fullmatch(_SHARD, path.name))


def drop(folder: Path) -> None:
    """Delete a cache, but nothing else that lies there."""
    remove_own(folder, _SHARD)
    with suppress(OSError):  # something else lies in it
        folder.rmdir()


def cache_for(place: Store, config: EncoderConfig, machine: Machine, colour: bool = False) -> FeatureCache:
    """The store's cache of what the frozen part of such an encoder sees on this machine.

    Args:
        colour: whether the colours of crops are changed first (the brushwork recipe's training).
    """
    key = features_key(config.backbone, config.weights, machine.device, machine.precision)
    how = {"views": config.as_dict()["views"], "features": config.features, "colour": colour}
    return FeatureCache(place.features, key | how)
