"""Eight palettes that every style shares, so that colour alone never gives a style away."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np
from texture import Array

ROLES = ("paper", "ink", "high", "low", "light", "far", "mid", "near", "accent", "second")


@dataclass(frozen=True)
class Palette:
    """Ten colours, each with a role: sky high and low, land far to near, a light, two accents, paper, ink."""

    name: str
    colours: dict[str, Array]

    def __getitem__(self, role: str) -> Array:
        return self.colours[role]


def shade(colour: Array, amount: float) -> Array:
    """Mix a colour with white (amount above 0) or with black (below 0)."""
    return colour + (1.0 - colour) * amount if amount > 0 else colour * (1.0 + amount)


def vivid(colour: Array, gain: float = 1.5, lift: float = 0.0) -> Array:
    """The same hue with its saturation multiplied by `gain` and its value raised by `lift`."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(float(part) for part in np.clip(colour, 0, 1)))
    return np.array(colorsys.hsv_to_rgb(hue, min(1.0, saturation * gain), min(1.0, value + lift)))


def _palette(name: str, codes: str) -> Palette:
    colours = {
        role: np.array([int(code[start : start + 2], 16) / 255 for start in (0, 2, 4)])
        for role, code in zip(ROLES, codes.split(), strict=True)
    }
    return Palette(name, colours)


#           paper  ink    high   low    light  far    mid    near   accent second
PALETTES = (
    _palette("sunset", "f6e7cf 2b1a2e 70488f f59a5c ffdc66 b0587c 7f3a63 432550 e2452f f2b13c"),
    _palette("noon", "faf5e8 1d2a44 3a8bd0 b5dfee ffe070 7db8a8 62a04a 2c6b40 e0532d f3c22e"),
    _palette("twilight", "e3e6f0 151a36 1f2a63 7383c6 fff0bf 5360a6 34428a 1c2656 eda63c b85a9b"),
    _palette("harvest", "f5ead0 35210f e3b552 f8e6ae d6482a d79b3c ad6529 66391d b42f1f 2d7274"),
    _palette("spring", "f8f5ee 23372f 9fd3d6 fde0dc ffd95e a5d19c 62b477 2a7f66 e5648d 8268bf"),
    _palette("ember", "f4dec9 1f1011 97201f e7662f ffd052 bb3a31 7a1d26 3a131d f5922c 2a6d96"),
    _palette("lagoon", "eff3e9 0e2e37 127d8c 9fdbd0 fff0b4 57b5ac 218c8e 0d4d5b fb6d50 f4b838"),
    _palette("primary", "f7f3e8 141414 2a58ab e6ebef f5c814 9db2cf d3382a 1c3c8c d5271b f2c20c"),
)
