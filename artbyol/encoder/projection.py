"""Features -> style vectors, in numpy: what `StyleProjection` learnt, applied without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.base.vectors import Floats, one_thread_and_quiet, unit

BLOCK = 512
"""Works whose features are projected at a time: without a projection they are copied whole."""

NORM_EPS = 1e-5  # of torch's BatchNorm1d


@dataclass(frozen=True)
class Projection:
    """What an encoder makes of features (N, D): a linear map, and what was learnt on top; in full precision, by one
    thread, so that sums are in one order whatever the machine.

    Attributes:
        layers: of the linear map, the straight path and the two layers of the bend (`heads.Residual`, its BatchNorm
            part of the first) the weights (inputs, outputs) and biases; None: nothing was fitted, features stay as
            they are.
    """

    layers: tuple[tuple[Floats, Floats], ...] | None = None

    @staticmethod
    def of(weights: Mapping[str, NDArray[Any]]) -> "Projection":
        """From the weights of a `StyleProjection` by their names in it; none: the identity."""
        if not weights:
            return Projection()
        bend = {name.removeprefix("residual.bend."): value for name, value in weights.items()}
        scale = bend["1.weight"] / np.sqrt(bend["1.running_var"] + NORM_EPS)
        shift = bend["1.bias"] + (bend["0.bias"] - bend["1.running_mean"]) * scale
        straight = weights["residual.straight.weight"]
        pairs = (
            (weights["linear.weight"], weights["linear.bias"]),
            (straight, np.zeros(len(straight))),
            (bend["0.weight"] * scale[:, None], shift),
            (bend["3.weight"], bend["3.bias"]),
        )
        return Projection(tuple((weight.T.astype("f4"), bias.astype("f4")) for weight, bias in pairs))

    def vectors(self, whole: Floats, crops: Floats) -> Floats:
        """Features of whole works (n, D) and of their crops (n, k, D) -> unit vectors (n, d).

        A work's vector is the direction of its whole view plus the mean direction of its crops.
        """
        found = []
        with one_thread_and_quiet():
            for start in range(0, len(whole), BLOCK):
                block = slice(start, start + BLOCK)
                directions = unit(self._placed(whole[block]))
                found.append(unit(directions + self._of_crops(crops[block])) if crops.shape[1] else directions)
        return np.concatenate(found)

    def part(self, crops: Floats) -> Floats:
        """Features of crops of a part of each work (n, k, D) -> unit vectors (n, d)."""
        with one_thread_and_quiet():
            return np.concatenate(
                [unit(self._of_crops(crops[start : start + BLOCK])) for start in range(0, len(crops), BLOCK)]
            )

    def halves(self, crops: Floats) -> tuple[Floats, Floats]:
        """Features of crops taken by turns from either half of a work (n, k, D) -> unit vectors (n, d) of the one half
        and of the other."""
        return self.part(crops[:, 0::2]), self.part(crops[:, 1::2])

    def _of_crops(self, crops: Floats) -> Floats:
        directions = unit(self._placed(crops.reshape(-1, crops.shape[2])))
        return directions.reshape(*crops.shape[:2], -1).mean(1)

    def _placed(self, features: Floats) -> Floats:
        """(N, D) -> style space (N, d)."""
        if self.layers is None:
            return features
        (linear, bias), (straight, _), (first, shift), (second, last) = self.layers
        placed = features @ linear + bias
        bend = np.maximum(placed @ first + shift, np.float32(0)) @ second + last
        return np.asarray(placed @ straight + bend, np.float32)
