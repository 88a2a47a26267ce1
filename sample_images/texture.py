"""Small image helpers on numpy arrays: noise, blur, warping, relief light and conversion to Pillow images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Rng = np.random.Generator


def noise(rng: Rng, shape: tuple[int, int], cell: float, stretch: float = 1.0) -> Array:
    """Smooth noise about 0 with unit spread; bumps are `cell` pixels high and `cell * stretch` wide."""
    height, width = shape
    rows, columns = max(2, round(height / cell) + 1), max(2, round(width / (cell * stretch)) + 1)
    grid = Image.fromarray(rng.standard_normal((rows, columns)).astype(np.float32))
    field = np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float64)
    return np.asarray((field - field.mean()) / (field.std() + 1e-9))


def cloud(rng: Rng, shape: tuple[int, int], cell: float, octaves: int = 3) -> Array:
    """Layered noise: each octave has bumps half as large and half as strong; unit spread."""
    total = sum(noise(rng, shape, max(1.5, cell / 2**step)) / 2**step for step in range(octaves))
    field = np.asarray(total, dtype=np.float64)
    return np.asarray(field / field.std())


def blur(field: Array, radius: float) -> Array:
    """An approximate Gaussian blur: three passes of a running mean along each axis."""
    reach = max(1, round(radius))
    for axis in (0, 1):
        for _ in range(3):
            pad = [(0, 0)] * field.ndim
            pad[axis] = (reach + 1, reach)
            total = np.cumsum(np.pad(field, pad, mode="edge"), axis=axis)
            span = 2 * reach + 1
            field = (total[span:] - total[:-span] if axis == 0 else total[:, span:] - total[:, :-span]) / span
    return field


def warp(field: Array, dx: Array, dy: Array) -> Array:
    """Move the pixels of a field by (dx, dy), nearest neighbour, with the edges repeated."""
    height, width = field.shape[:2]
    y, x = np.mgrid[:height, :width]
    rows = np.clip(np.rint(y + dy), 0, height - 1).astype(np.int64)
    columns = np.clip(np.rint(x + dx), 0, width - 1).astype(np.int64)
    moved: Array = field[rows, columns]
    return moved


def step(low: float, high: float, field: Array) -> Array:
    """A smooth ramp from 0 at `low` to 1 at `high`."""
    t = np.clip((field - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def relief(height: Array, strength: float) -> tuple[Array, Array]:
    """Diffuse and glossy light on a height field, lit from the upper left; flat ground has diffuse 1."""
    dy, dx = np.gradient(height * strength)
    length = np.sqrt(dx * dx + dy * dy + 1.0)
    light = np.array([0.45, 0.55, 0.70])
    facing = (dx * light[0] + dy * light[1] + light[2]) / length
    return facing / light[2], np.clip(facing, 0, 1) ** 24


def over(image: Array, colour: Array, alpha: Array) -> Array:
    """Lay a colour, or a second picture, over a picture wherever alpha is above 0."""
    return image + (colour - image) * alpha[..., None]


def to_image(pixels: Array, size: tuple[int, int] | None = None) -> Image.Image:
    """A Pillow RGB picture from values between 0 and 1, reduced to `size` (width, height) if given."""
    image = Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))
    return image.resize(size, Image.Resampling.LANCZOS) if size and size != image.size else image


def to_array(image: Image.Image) -> Array:
    """The values of a Pillow picture, between 0 and 1."""
    return np.asarray(image, dtype=np.float64) / 255
