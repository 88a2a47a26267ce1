"""What a picture shows, before any style: outlined regions, and the maps that styles read from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from palettes import Palette, shade
from PIL import Image, ImageDraw
from texture import Array, Bools, Ints

Point = tuple[float, float]
Window = tuple[slice, slice]


@dataclass(frozen=True)
class Region:
    """One outlined part of a scene, measured in picture heights with the origin at the upper left.

    `kind` is "sky", "ground", "thing", "detail" or "light". `role` and `end` name the palette colours at
    the top and the bottom of the region, `tint` lightens or darkens them, `tone` says how light the region
    is for styles that work in black and white. `grain` is the direction of its marks in radians; with
    `centre`, the marks circle that point instead. A `round` region is shaded as a solid.
    """

    name: str
    kind: str
    outline: Array
    role: str
    tone: float
    end: str = ""
    tint: float = 0.0
    grain: float = 0.0
    centre: Point | None = None
    round: bool = False


@dataclass(frozen=True)
class Scene:
    """The regions of a picture from back to front; the first one covers everything."""

    aspect: float
    regions: tuple[Region, ...]

    def mirrored(self) -> Scene:
        """The same scene seen in a mirror."""

        def flip(region: Region) -> Region:
            outline = region.outline * [-1, 1] + [self.aspect, 0]
            centre = region.centre and (self.aspect - region.centre[0], region.centre[1])
            return replace(region, outline=outline, centre=centre, grain=-region.grain)

        return Scene(self.aspect, tuple(flip(region) for region in self.regions))


class Layout:
    """A scene at a size in pixels, with the maps that styles ask for."""

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        self.regions = scene.regions
        self.width, self.height = width, height
        self._y, self._x = np.mgrid[:height, :width].astype(np.float64)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    def scaled(self, factor: float) -> Layout:
        """The same scene on a larger or smaller sheet."""
        aspect = self.width / self.height
        return Layout(Scene(aspect, self.regions), round(self.width * factor), round(self.height * factor))

    def points(self, region: Region) -> Array:
        """The outline of a region in pixels."""
        return region.outline * self.height

    def window(self, region: Region, margin: int = 2) -> Window:
        """The part of the sheet that holds a region (empty when the region lies outside)."""
        points = self.points(region)
        left, top = np.floor(points.min(axis=0)).astype(int) - margin
        right, bottom = np.ceil(points.max(axis=0)).astype(int) + margin
        rows = slice(int(np.clip(top, 0, self.height)), int(np.clip(bottom, 0, self.height)))
        return rows, slice(int(np.clip(left, 0, self.width)), int(np.clip(right, 0, self.width)))

    def mask(self, region: Region, margin: int = 2) -> tuple[Window, Array]:
        """A window and, in it, how far each pixel lies inside the region (0 to 1, smooth edges)."""
        rows, columns = self.window(region, margin)
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if not height or not width:
            return (rows, columns), np.zeros((height, width))
        zoom = 3
        image = Image.new("L", (width * zoom, height * zoom))
        points = (self.points(region) - [columns.start, rows.start]) * zoom
        ImageDraw.Draw(image).polygon([(float(x), float(y)) for x, y in points], fill=255)
        small = image.resize((width, height), Image.Resampling.BOX)
        return (rows, columns), np.asarray(small, dtype=np.float64) / 255

    def masks(self, margin: int = 2) -> Iterator[tuple[Region, Window, Array]]:
        """Every region that shows on the sheet, back to front, with its window and mask."""
        for region in self.regions:
            window, mask = self.mask(region, margin)
            if mask.size:
                yield region, window, mask

    def patches(self) -> Iterator[tuple[Region, Window, Bools]]:
        """Every region that is not quite hidden, with a window and where in it the region is in front."""
        for number, region in enumerate(self.regions):
            window = self.window(region)
            inside = self.labels[window] == number
            if inside.any():
                yield region, window, inside

    @cached_property
    def labels(self) -> Ints:
        """For each pixel, the number of the region in front."""
        image = Image.new("L", (self.width, self.height))
        draw = ImageDraw.Draw(image)
        for number, region in enumerate(self.regions):
            draw.polygon([(float(x), float(y)) for x, y in self.points(region)], fill=number)
        return np.asarray(image).astype(np.int64)

    @cached_property
    def edges(self) -> Array:
        """1 where neighbouring pixels belong to different regions, else 0."""
        edge = np.zeros(self.shape)
        edge[:, 1:] += self.labels[:, 1:] != self.labels[:, :-1]
        edge[1:] += self.labels[1:] != self.labels[:-1]
        return np.minimum(edge, 1.0)

    @cached_property
    def flow(self) -> Array:
        """The direction of marks at each pixel, in radians."""
        field = np.zeros(self.shape)
        for region, window, inside in self.patches():
            if region.centre is None:
                field[window][inside] = region.grain
            else:
                dx = self._x[window][inside] - region.centre[0] * self.height
                dy = self._y[window][inside] - region.centre[1] * self.height
                field[window][inside] = np.arctan2(dy, dx) + np.pi / 2 + region.grain
        return field

    @cached_property
    def tone(self) -> Array:
        """How light each pixel is, from 0 to 1, whatever the palette."""
        field = np.zeros(self.shape)
        for region, window, mask in self.masks():
            value = region.tone + self._fall(window, region) * (0.10 if region.kind == "ground" else 0.04)
            value = value + self._solid(window, region) * 0.6
            field[window] += (value - field[window]) * mask
        return np.clip(field, 0, 1)

    def paint(self, palette: Palette) -> Array:
        """The scene in plain shaded colours."""
        image = np.zeros((*self.shape, 3))
        for region, window, mask in self.masks():
            top, bottom = palette[region.role], palette[region.end or region.role]
            fall = self._fall(window, region)[..., None] / 2 + 0.5
            colour = shade(top, region.tint) * (1 - fall) + shade(bottom, region.tint) * fall
            if region.round:
                solid = self._solid(window, region)[..., None]
                colour = colour + np.where(solid > 0, (1 - colour) * solid, colour * solid)
            image[window] += (colour - image[window]) * mask[..., None]
        return image

    def _fall(self, window: Window, region: Region) -> Array:
        """From -1 at the top of a region to 1 at its bottom."""
        points = np.clip(self.points(region)[:, 1], 0, self.height)
        top, bottom = points.min(), points.max()
        return np.asarray(np.clip((self._y[window] - top) / max(1.0, bottom - top) * 2 - 1, -1, 1))

    def _solid(self, window: Window, region: Region) -> Array:
        """Light (above 0) and shadow (below 0) on a round region."""
        if not region.round:
            return np.zeros_like(self._y[window])
        points = self.points(region)
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        reach = np.maximum(1.0, np.ptp(points, axis=0) / 2)
        dx, dy = (self._x[window] - middle[0]) / reach[0], (self._y[window] - middle[1]) / reach[1]
        return np.asarray(np.clip(-0.55 * dx - 0.45 * dy, -0.8, 0.8) * 0.5)


def curve(points: Sequence[Point], closed: bool = False, steps: int = 10) -> Array:
    """A smooth line through points (Catmull-Rom)."""
    knots = np.array(points, dtype=np.float64)
    if closed:
        knots = np.vstack([knots[-1:], knots, knots[:2]])
    else:
        knots = np.vstack([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(knots[:-3], knots[1:-2], knots[2:-1], knots[3:], strict=True):
        cubic = (3 * (b - c) + d - a) * t**3 + (2 * a - 5 * b + 4 * c - d) * t**2 + (c - a) * t + 2 * b
        parts.append(cubic / 2)
    if not closed:
        parts.append(knots[-2:-1])
    return np.vstack(parts)


def polygon(*points: Point) -> Array:
    """An outline with straight sides."""
    return np.array(points, dtype=np.float64)


def box(left: float, top: float, right: float, bottom: float) -> Array:
    """An upright rectangle."""
    return polygon((left, top), (right, top), (right, bottom), (left, bottom))


def disc(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0) -> Array:
    """A circle, or an ellipse turned by `turn` radians."""
    t = np.linspace(0, 2 * np.pi, 56, endpoint=False)
    along, across = rx * np.cos(t), (rx if ry is None else ry) * np.sin(t)
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([x + along * cos - across * sin, y + along * sin + across * cos], axis=1)


def blob(*points: Point) -> Array:
    """A smooth closed outline through points."""
    return curve(points, closed=True)


def leaf(x: float, y: float, length: float, width: float, turn: float) -> Array:
    """A pointed leaf that grows from (x, y) in the direction `turn`."""
    t = np.linspace(0, np.pi, 16)
    along = np.concatenate([(1 - np.cos(t)) / 2, (1 + np.cos(t[1:-1])) / 2]) * length
    across = np.concatenate([np.sin(t) ** 1.3, -(np.sin(t[1:-1]) ** 1.3)]) * width / 2
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([x + along * cos - across * sin, y + along * sin + across * cos], axis=1)


def ribbon(points: Sequence[Point], start: float, end: float) -> Array:
    """A smooth band along points whose width goes from `start` to `end`."""
    line = curve(points)
    heading = np.gradient(line, axis=0)
    heading /= np.linalg.norm(heading, axis=1, keepdims=True) + 1e-9
    normal = np.stack([-heading[:, 1], heading[:, 0]], axis=1)
    half = np.linspace(start, end, len(line))[:, None] / 2
    return np.vstack([line + normal * half, (line - normal * half)[::-1]])


def ridge(points: Sequence[Point], bottom: float = 1.05) -> Array:
    """A smooth skyline with everything below it, down to `bottom`."""
    line = curve(points)
    return np.vstack([line, [[line[-1, 0], bottom], [line[0, 0], bottom]]])
