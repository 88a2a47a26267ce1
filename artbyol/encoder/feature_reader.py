"""An encoder's frozen part at work: views in, features and style vectors out, as fast as the machine can.

Which program runs the network is the network's own affair (`artbyol.encoder.engine`, `artbyol.encoder.torch_network`);
views of one shape go through it together, and neither changes what comes out by more than rounding.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from artbyol.base.vectors import Floats
from artbyol.encoder.device import Machine
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.projection import Projection
from artbyol.pictures.views import Views


class Network(Protocol):
    """What runs the network.

    Attributes:
        name: of the program; `pass_pixels`: what it likes to be given at once.
    """

    name: str
    pass_pixels: int

    def features(self, batches: Sequence[Sequence[NDArray[np.uint8]]]) -> list[Floats]:
        """Batches of views (h, w, 3) of one shape each -> their features (n, D), batch by batch."""


@dataclass(frozen=True)
class FeatureReader:
    """Runs an encoder over views; `artbyol.encoder.readers` makes them. It can be sent to other processes.

    Attributes:
        config: of the encoder; `projection`: its own.
        network: what runs the backbone; `machine`: on what.
    """

    config: EncoderConfig
    projection: Projection
    network: Network
    machine: Machine

    def features(self, pixels: Sequence[NDArray[np.uint8]]) -> Floats:
        """(h, w, 3) uint8 arrays of any mix of shapes -> features (n, D), in the same order."""
        by_shape: dict[tuple[int, ...], list[int]] = {}
        for i, array in enumerate(pixels):
            by_shape.setdefault(array.shape, []).append(i)
        batches = [
            places[start : start + size]
            for shape, places in by_shape.items()
            for size in (max(1, self.network.pass_pixels // (shape[0] * shape[1])),)
            for start in range(0, len(places), size)
        ]
        rows = np.concatenate(self.network.features([[pixels[i] for i in batch] for batch in batches]))
        found = np.empty_like(rows)
        found[[i for batch in batches for i in batch]] = rows
        return found

    def read(self, views: Sequence[Views]) -> tuple[Floats, Floats]:
        """Views of n works -> features of the whole works (n, D) and of their k crops (n, k, D), float32."""
        whole = self.features([v.whole for v in views])
        crops = [c for v in views for c in v.crops]
        if not crops:
            return whole, np.empty((len(whole), 0, whole.shape[1]), np.float32)
        return whole, self.features(crops).reshape(len(views), -1, whole.shape[1])

    def encode(self, views: Sequence[Views]) -> Floats:
        """Views of n works -> unit vectors (n, d) float32."""
        return self.projection.vectors(*self.read(views))

    def windows(self, whole: NDArray[np.uint8]) -> Floats:
        """A view (H, W, 3) of an encoder of "windows" -> unit vectors (h, w, d) of the windows around its places."""
        (found,) = self.network.features([[whole]])
        _, numbers, height, width = found.shape
        return self.projection.part(found.reshape(numbers, 1, -1).T).reshape(height, width, -1)

    def describe(self) -> str:
        """Machine and program, for a line on the screen."""
        return f"{self.machine.describe()}, {self.network.name}"

    def seconds_a_picture(self) -> float:
        """What the network takes for one picture on this machine now: for a grey one, read alone, the second time."""
        plan = self.config.views
        side = plan.crop_side
        grey = Views(
            np.full((plan.whole_side,) * 2 + (3,), 128, np.uint8), np.full((plan.crops, side, side, 3), 128, np.uint8)
        )
        self.read([grey])
        started = time.perf_counter()
        self.read([grey])
        return time.perf_counter() - started
