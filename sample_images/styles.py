"""Eight ways to render a scene: each style turns a layout and a palette into a finished picture."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from palettes import Palette, shade, vivid
from PIL import Image, ImageDraw
from scene import Layout, Region, Window
from texture import Array, Ints, Rng, blur, cloud, noise, over, relief, step, to_array, to_image, warp

Render = Callable[[Layout, Palette, Rng], Image.Image]


def rgb(colour: Array) -> tuple[int, int, int]:
    """A colour as Pillow wants it."""
    red, green, blue = (int(part) for part in np.clip(np.rint(colour * 255), 0, 255))
    return red, green, blue


def pairs(points: Array) -> list[tuple[float, float]]:
    """Points as Pillow wants them."""
    return [(float(x), float(y)) for x, y in points]


# --- neoplastic grids ------------------------------------------------------------------------------------

Cell = tuple[int, int, int, int]  # left, top, right, bottom on a coarse lattice


_HEED = {"sky": 1.0, "ground": 1.0, "detail": 2.2}  # how much a kind of region counts; others 1.5


class _Tally:
    """How much of each region lies in any rectangle of a coarse lattice (sums over an integral image)."""

    def __init__(self, layout: Layout, rows: int, fine: int) -> None:
        columns = max(4, round(rows * layout.width / layout.height))
        self.rows, self.columns, self.fine = rows, columns, fine
        y = (np.arange(rows * fine) + 0.5) / (rows * fine) * layout.height
        x = (np.arange(columns * fine) + 0.5) / (columns * fine) * layout.width
        grid = layout.labels[np.ix_(y.astype(int), x.astype(int))]
        weights = np.array([_HEED.get(region.kind, 1.5) for region in layout.regions])
        groups = {region.name + region.role: number for number, region in enumerate(layout.regions)}
        self.of = np.array([groups[region.name + region.role] for region in layout.regions])
        present = np.unique(self.of[grid])
        self.numbers = present
        one_hot = (self.of[grid][..., None] == present) * weights[present]
        self.sums = np.zeros((rows * fine + 1, columns * fine + 1, len(present)))
        self.sums[1:, 1:] = one_hot.cumsum(0).cumsum(1)

    def counts(self, cell: Cell) -> Array:
        """The weight of each region in a cell."""
        left, top, right, bottom = (edge * self.fine for edge in cell)
        s = self.sums
        return np.asarray(s[bottom, right] - s[top, right] - s[bottom, left] + s[top, left])

    def mixture(self, cell: Cell) -> float:
        """How mixed a cell is (Gini impurity times weight); 0 if it holds one region only."""
        counts = self.counts(cell)
        total = counts.sum()
        return float(total - (counts**2).sum() / total) if total else 0.0

    def best_split(self, cell: Cell) -> tuple[float, Cell, Cell] | None:
        """The cut that separates regions best, with its gain."""
        left, top, right, bottom = cell
        cuts = [((left, top, x, bottom), (x, top, right, bottom)) for x in range(left + 1, right)]
        cuts += [((left, top, right, y), (left, y, right, bottom)) for y in range(top + 1, bottom)]
        if not cuts:
            return None
        whole = self.mixture(cell)
        scored = [(whole - self.mixture(a) - self.mixture(b), a, b) for a, b in cuts]
        return max(scored, key=lambda item: item[0])


def neoplastic(layout: Layout, palette: Palette, rng: Rng) -> Image.Image:
    """De Stijl: the scene as upright rectangles in clear colours and whites between black bars."""
    tally = _Tally(layout, rows=int(rng.integers(29, 33)), fine=6)
    whole: Cell = (0, 0, tally.columns, tally.rows)
    heap: list[tuple[float, Cell, Cell, Cell, int]] = []
    leaves: dict[Cell, int] = {}

    def push(cell: Cell, depth: int) -> None:
        leaves[cell] = depth
        split = tally.best_split(cell)
        if split and split[0] > 2.4:
            heapq.heappush(heap, (-split[0], cell, split[1], split[2], depth))

    push(whole, 0)
    while heap and len(leaves) < 175:
        _, cell, first, second, depth = heapq.heappop(heap)
        del leaves[cell]
        push(first, depth + 1)
        push(second, depth + 1)

    zoom = 2
    scale_x, scale_y = layout.width * zoom / tally.columns, layout.height * zoom / tally.rows
    image = Image.new("RGB", (layout.width * zoom, layout.height * zoom))
    draw = ImageDraw.Draw(image)
    white = palette["paper"] * 0.5 + 0.5
    owner = np.zeros((tally.rows, tally.columns), dtype=np.int64)
    for index, cell in enumerate(sorted(leaves)):
        left, top, right, bottom = cell
        number = int(tally.numbers[int(tally.counts(cell).argmax())])
        region = layout.regions[number]
        small = (right - left) * (bottom - top) < 10 and region.kind not in ("sky", "ground")
        owner[top:bottom, left:right] = number if small else -1 - index
        colour = _plane_colour(region, palette, white, rng, index)
        corner = (left * scale_x, top * scale_y, right * scale_x, bottom * scale_y)
        draw.rectangle(corner, fill=rgb(colour))
    black = rgb(palette["ink"] * 0.35 + 0.02)
    for (left, top, right, bottom), depth in leaves.items():
        half = layout.height * zoom * (0.0056 if depth < 5 else 0.0042)
        x0, y0 = left * scale_x, top * scale_y
        for column in range(left, right) if top else ():
            if owner[top, column] != owner[top - 1, column]:
                x = column * scale_x
                draw.rectangle((x - half, y0 - half, x + scale_x + half, y0 + half), fill=black)
        for row in range(top, bottom) if left else ():
            if owner[row, left] != owner[row, left - 1]:
                y = row * scale_y
                draw.rectangle((x0 - half, y - half, x0 + half, y + scale_y + half), fill=black)
    pixels = to_array(image.resize((layout.width, layout.height), Image.Resampling.LANCZOS))
    grain = noise(rng, layout.shape, 2.0, 6.0) * 0.004 + noise(rng, layout.shape, 90) * 0.006
    return to_image(pixels + grain[..., None])


def _plane_colour(region: Region, palette: Palette, white: Array, rng: Rng, index: int) -> Array:
    if region.kind == "sky":
        tinted = white * 0.8 + palette[region.end or region.role] * 0.2
        return (white, white * 0.93, tinted)[int(rng.integers(3))]
    if region.role in ("paper", "low"):
        return white if index % 2 else white * 0.96
    if region.role == "ink":
        return palette["ink"] * 0.5
    if region.kind == "ground" and region.role == "far":
        return white * 0.55 + palette["far"] * 0.45
    return vivid(palette[region.role], 1.35)


# --- pointillism -----------------------------------------------------------------------------------------


def pointillism(layout: Layout, palette: Palette, rng: Rng) -> Image.Image:
    """Dots of pure colour, side by side: the hue of a place mixed with lighter, cooler and opposite ones."""
    zoom = 2
    base = layout.paint(palette)
    near_edge = blur(layout.edges, 5)
    ground = 0.55 * palette["paper"] + 0.45 * base.mean(axis=(0, 1))
    image = Image.new("RGB", (layout.width * zoom, layout.height * zoom), rgb(ground))
    draw = ImageDraw.Draw(image)
    cool = vivid(palette["high"], 1.3)
    warm = vivid(palette["light"], 1.3)
    sparks = np.array([vivid(palette[role], 1.3) for role in ("accent", "second", "high", "light")])
    size = layout.height / 640
    for spacing, radius in ((7.6, 4.9), (6.8, 3.3), (7.2, 2.9)):
        spacing, radius = spacing * size, radius * size
        y, x = np.mgrid[0 : layout.height + spacing : spacing * 0.9, 0 : layout.width + spacing : spacing]
        x = x + (np.arange(len(x)) % 2)[:, None] * spacing / 2
        spots = np.stack([x.ravel(), y.ravel()], axis=1)
        spots += rng.normal(0, spacing * 0.2, spots.shape)
        rng.shuffle(spots)
        rows = np.clip(spots[:, 1], 0, layout.height - 1).astype(int)
        columns = np.clip(spots[:, 0], 0, layout.width - 1).astype(int)
        colours = base[rows, columns]
        value = colours @ [0.299, 0.587, 0.114]
        saturated = value[:, None] + (colours - value[:, None]) * rng.uniform(1.0, 1.6, (len(spots), 1))
        pick = rng.random(len(spots))[:, None]
        other = np.where(rng.random((len(spots), 1)) < value[:, None], warm, cool)
        mixed = np.where(pick < 0.24, saturated * 0.55 + other * 0.45, saturated)
        guests = sparks[rng.integers(len(sparks), size=len(spots))]
        mixed = np.where(pick > 0.91, saturated * 0.50 + guests * 0.50, mixed)
        mixed += rng.normal(0, 0.055, (len(spots), 1)) + rng.normal(0, 0.025, mixed.shape)
        finer = 1 - 0.35 * np.minimum(1, near_edge[rows, columns] * 6)
        radii = radius * rng.uniform(0.78, 1.12, len(spots)) * finer
        coloured = np.clip(mixed * 255, 0, 255).astype(int)
        for (px, py), r, (red, green, blue) in zip(
            (spots * zoom).tolist(), (radii * zoom).tolist(), coloured.tolist(), strict=True
        ):
            draw.ellipse((px - r, py - r, px + r, py + r), fill=(red, green, blue))
    return image.resize((layout.width, layout.height), Image.Resampling.LANCZOS)


# --- ink wash --------------------------------------------------------------------------------------------


def ink_wash(layout: Layout, palette: Palette, rng: Rng) -> Image.Image:
    """East Asian ink on paper: graded washes that fade into mist, brush contours and touches of colour."""
    shape = layout.shape
    unit = layout.height / 640
    depth = np.zeros((*shape, 3))
    dx, dy = cloud(rng, shape, 34 * unit) * 2.4 * unit, cloud(rng, shape, 34 * unit) * 2.4 * unit
    mottle = 1 + 0.20 * cloud(rng, shape, 70 * unit, 4) + 0.07 * noise(rng, shape, 2.5)
    black = -np.log(np.clip(palette["ink"] * 0.6 + 0.03, 0.02, 1))
    y = np.mgrid[: shape[0], : shape[1]][0] / shape[0]
    sky = layout.regions[0]
    tint = -np.log(np.clip(palette[sky.role], 0.12, 1))
    streak = np.clip(1.1 - 1.5 * y + 0.22 * cloud(rng, shape, 120 * unit), 0, 1)
    depth += (0.16 * streak * mottle)[..., None] * (0.55 * tint + 0.12 * black)
    for region in layout.regions[1:]:
        margin = round(14 * unit) + 2
        window, mask = layout.mask(region, margin)
        if not mask.size or min(mask.shape) < 3:
            continue
        mask = blur(warp(mask, dx[window], dy[window]), 1)
        colour = -np.log(np.clip(shade(palette[region.role], region.tint), 0.10, 1))
        coloured = region.role in ("accent", "second", "light") and region.kind != "ground"
        strength = (1 - region.tone) ** 1.1 * (0.62 if region.kind == "ground" else 0.92)
        lift = 0.96 if region.kind in ("thing", "light", "detail") else 0.70
        rows, local = mask.shape[0], y[window] * shape[0]
        points = np.clip(layout.points(region)[:, 1], 0, shape[0])
        fall = (local - points.min()) / max(1.0, float(np.ptp(points)))
        fade = 1.14 - 0.45 * fall
        if region.kind == "ground":
            skyline = (mask > 0.5).argmax(axis=0)
            below = np.clip(np.mgrid[:rows, : mask.shape[1]][0] - skyline, 0, None) / shape[0]
            fade = 0.08 + 1.05 * np.exp(-below / 0.13)
        if region.round:
            across = np.mgrid[:rows, : mask.shape[1]][1] / mask.shape[1]
            fade = fade * (0.50 + 0.85 * across)
        rim = mask * np.clip(1 - blur(mask, 5 * unit), 0, 1)
        wash = mask * fade * mottle[window] + rim * 0.55
        pigment = strength * black * (0.35 if coloured else 0.88)
        pigment = pigment + colour * (0.78 if coloured else 0.10 * (1 - region.tone))
        depth[window] *= 1 - lift * mask[..., None]
        depth[window] += wash[..., None] * pigment
        if region.kind == "thing" and region.tone > 0.25:
            depth[window] += (_brush_line(layout, region, window, rng, unit) * 0.8)[..., None] * black
    paper = _rice_paper(palette, shape, rng)
    pixels = paper * np.exp(-np.clip(depth, 0, 3.2))
    return _seal(layout, palette, rng, to_image(pixels))


def _rice_paper(palette: Palette, shape: tuple[int, int], rng: Rng) -> Array:
    """Warm paper with cloudy patches and short fibres."""
    ground = palette["paper"] * 0.94
    fibres = step(1.7, 3.0, noise(rng, shape, 1.6, 12.0)) + step(1.7, 3.0, noise(rng, shape, 16.0, 0.1))
    tone = 1 + 0.012 * cloud(rng, shape, 140) - 0.030 * fibres + 0.007 * cloud(rng, shape, 4, 2)
    return np.asarray(ground * tone[..., None])


def _brush_line(layout: Layout, region: Region, window: Window, rng: Rng, unit: float) -> Array:
    """A contour in two or three strokes that swell, thin out and run dry."""
    rows, columns = window
    zoom = 2
    points = (layout.points(region) - [columns.start, rows.start]) * zoom
    points = np.vstack([points, points[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    count = max(8, int(along[-1] / 1.5))
    t = np.linspace(0, along[-1], count)
    turn = int(rng.integers(count))
    x, y = (np.roll(np.interp(t, along, points[:, axis]), turn) for axis in (0, 1))
    knots = np.arange(0, count + 30, 30)
    wobble = np.interp(np.arange(count), knots, rng.standard_normal(len(knots)))
    image = Image.new("L", ((columns.stop - columns.start) * zoom, (rows.stop - rows.start) * zoom))
    draw = ImageDraw.Draw(image)
    widest = 2.9 * unit * zoom * min(1.0, 0.4 + along[-1] / (1100 * unit))
    strokes = int(rng.integers(2, 4))
    for part in range(strokes):
        begin, end = int(count * part / strokes), int(count * (part + rng.uniform(0.74, 0.97)) / strokes)
        for i in range(begin, end):
            s = (i - begin) / max(1, end - begin)
            half = widest * (0.12 + 0.88 * np.sin(np.pi * s**0.7) ** 1.2) * (1 + 0.22 * wobble[i])
            px, py = x[i] + wobble[i] * 1.6, y[i] - wobble[i] * 1.2
            wet = int(255 * (1 - 0.62 * max(0.0, s - 0.45) / 0.55))
            draw.ellipse((px - half, py - half, px + half, py + half), fill=wet)
    size = columns.stop - columns.start, rows.stop - rows.start
    laid = to_array(image.resize(size, Image.Resampling.BOX))
    ragged = step(-0.3, 0.3, (laid - 0.5) * 3 + 0.8 * noise(rng, (size[1], size[0]), 2.0))
    return np.asarray(laid * ragged)


def _calm(patch: Array) -> float:
    """How light and even a patch of paper is."""
    return float(patch.mean() - 3 * patch.std())


def _seal(layout: Layout, palette: Palette, rng: Rng, image: Image.Image) -> Image.Image:
    """The painter's red seal: a few bars in a square, in a corner."""
    size, zoom = round(layout.height * 0.052), 4
    red = 0.75 * np.array([0.74, 0.16, 0.12]) + 0.25 * palette["accent"]
    stamp = Image.new("L", (size * zoom, size * zoom))
    draw = ImageDraw.Draw(stamp)
    edge = size * zoom
    draw.rounded_rectangle((0, 0, edge - 1, edge - 1), edge // 8, fill=235)
    for column in range(2):
        left = edge * (0.16 + 0.37 * column)
        for row in range(3):
            top = edge * (0.16 + 0.24 * row)
            if rng.random() < 0.75:
                draw.rectangle((left, top, left + edge * 0.29, top + edge * 0.07), fill=0)
            if rng.random() < 0.6:
                middle = left + edge * rng.uniform(0.05, 0.2)
                draw.rectangle((middle, top, middle + edge * 0.07, top + edge * 0.24), fill=0)
    stamp = stamp.resize((size, size), Image.Resampling.LANCZOS)
    inset = round(layout.height * 0.045)
    values = to_array(image.convert("L"))
    right, bottom = layout.width - size - inset, layout.height - size - inset
    places = [(inset, bottom), (inset, inset), (right, bottom), (right, inset)]
    at = max(places, key=lambda place: _calm(values[place[1] :, place[0] :][:size, :size]))
    image.paste(rgb(red), (at[0], at[1], at[0] + size, at[1] + size), stamp)
    return image


# --- suprematism -----------------------------------------------------------------------------------------


def suprematism(layout: Layout, palette: Palette, rng: Rng) -> Image.Image:
    """Flat tilted planes, discs and bars that float on a pale ground."""
    zoom = 3
    width, height = layout.width * zoom, layout.height * zoom
    paper = palette["paper"] * 0.97
    image = Image.new("RGB", (width, height), rgb(paper))
    draw = ImageDraw.Draw(image)
    tilt = np.deg2rad(rng.uniform(11, 17)) * rng.choice([-1, 1])
    middle = np.array([layout.width, layout.height]) * zoom / 2
    shrink = 0.80

    def place(points: Array, turn: float) -> Array:
        cos, sin = np.cos(turn), np.sin(turn)
        turned = (points - middle) @ np.array([[cos, sin], [-sin, cos]])
        return np.asarray(turned * shrink + middle)

    low, high = np.array([0.03, 0.06]) * height, np.array([width - 0.03 * height, 0.97 * height])
    for region in layout.regions[1:]:
        points = np.clip(layout.points(region) * zoom, low, high)
        extent = np.ptp(points, axis=0)
        if extent.min() < 0.002 * height or region.name in ("halo", "cloud", "shadow"):
            continue
        planes = _planes(points)
        slant = 0.0 if region.kind in ("detail", "light") else float(rng.normal(0, 0.035))
        if region.kind == "ground":
            slant = float(rng.normal(0, 0.02))
        colour = _suprematist_colour(region, palette, paper)
        centre = points.mean(axis=0)
        cos, sin = np.cos(slant), np.sin(slant)
        turned = (planes - centre) @ np.array([[cos, sin], [-sin, cos]]) + centre
        draw.polygon(pairs(place(turned, tilt)), fill=rgb(colour))
    _float_bars(image, draw, palette, rng, tilt)
    weave = noise(rng, layout.shape, 1.5) * 0.008 + cloud(rng, layout.shape, 110, 2) * 0.007
    brushed = noise(rng, layout.shape, 2.2, 22.0) * 0.006
    pixels = to_array(image.resize((layout.width, layout.height), Image.Resampling.LANCZOS))
    return to_image(pixels * (1 + (weave + brushed)[..., None]))


def _planes(points: Array) -> Array:
    """The plainest shape for an outline: a disc if it is nearly round, else a plane with few corners."""
    x, y = points[:, 0], points[:, 1]
    area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    around = np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).sum()
    if 4 * np.pi * area / around**2 > 0.86 and len(points) > 12:
        t = np.linspace(0, 2 * np.pi, 90)
        centre = (points.min(axis=0) + points.max(axis=0)) / 2
        return np.asarray(centre + np.sqrt(area / np.pi) * np.stack([np.cos(t), np.sin(t)], axis=1))
    fill = area / float(np.prod(np.maximum(1.0, np.ptp(points, axis=0))))
    if len(points) > 24 and 0.75 < fill < 0.82:  # an ellipse or an arch stays as it is
        return points
    corners = [points[i] for i in range(len(points)) if not np.allclose(points[i], points[i - 1], atol=0.5)]
    limit = 0.07 * area
    while len(corners) > 3:
        after = [*corners[1:], corners[0]]
        cost = [_triangle(corners[i - 1], corners[i], after[i]) for i in range(len(corners))]
        least = int(np.argmin(cost))
        if len(corners) <= 6 and cost[least] > limit:
            break
        del corners[least]
        if len(corners) <= 4:
            break
    return np.array(corners)


def _triangle(a: Array, b: Array, c: Array) -> float:
    return abs(float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))) / 2


def _suprematist_colour(region: Region, palette: Palette, paper: Array) -> Array:
    colour = vivid(shade(palette[region.role], region.tint * 0.6), 1.25)
    if np.abs(colour - paper).sum() < 0.35:
        return paper * 0.80 if region.kind == "ground" else np.minimum(1.0, paper * 1.04)
    return colour


def _float_bars(image: Image.Image, draw: ImageDraw.ImageDraw, palette: Palette, rng: Rng, tilt: float) -> None:
    """Free bars, alone or crossed, where the sheet is still empty."""
    width, height = image.size
    paper = image.getpixel((0, 0))
    placed = 0
    for _ in range(160):
        centre = np.array([width * rng.uniform(0.07, 0.93), height * rng.uniform(0.06, 0.94)])
        length, thick = height * rng.uniform(0.05, 0.19), height * rng.uniform(0.007, 0.024)
        turn = tilt + (np.pi / 2 if rng.random() < 0.35 else 0.0)
        cross = rng.random() < 0.25
        cos, sin = np.cos(turn), np.sin(turn)
        spin = np.array([[cos, sin], [-sin, cos]])
        frame = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
        reach = [length * 0.6, max(thick * 2, length * 0.36 if cross else 0)]
        grid = np.stack(np.meshgrid(np.linspace(-1, 1, 13), np.linspace(-1, 1, 7)), axis=-1).reshape(-1, 2)
        probes = grid * reach @ spin + centre
        inside = ((probes > 0) & (probes < [width, height])).all()
        if not inside or any(image.getpixel((int(x), int(y))) != paper for x, y in probes):
            continue
        corners = frame * [length / 2, thick / 2]
        role = ("ink", "accent", "second", "ink", "near")[placed % 5]
        draw.polygon(pairs(corners @ spin + centre), fill=rgb(vivid(palette[role], 1.2)))
        if cross:
            corners = frame * [thick / 2, length / 3.2]
            other = "accent" if role == "ink" else "ink"
            draw.polygon(pairs(corners @ spin + centre), fill=rgb(vivid(palette[other], 1.2)))
        placed += 1
        if placed == 6:
            return


# --- op art ----------------------------------------------------------------------------------------------


def op_art(layout: Layout, palette: Palette, rng: Rng) -> Image.Image:
    """Black and white stripes, with one hue, that swell and turn to raise the scene out of the plane."""
    zoom = 3
    big = layout.scaled(zoom)
    y, x = np.mgrid[: big.height, : big.width].astype(np.float32)
    period = big.height / rng.uniform(39, 45)
    base_angle = float(rng.choice([0.0, np.pi / 2, np.pi / 4, -np.pi / 4]))
    dark = np.zeros(big.shape, dtype=bool)
    hue = np.zeros(big.shape, dtype=bool)
    swell = np.sin(x / big.width * np.pi * 2 * rng.uniform(0.8, 1.3) + rng.uniform(0, 6)) * period * 0.9
    for region, window, inside in big.patches():
        lit = region.role in ("accent", "light") and region.kind != "ground"
        px, py = x[window], y[window]
        phase = _stripes(region, px, py, big.height, base_angle, swell[window], period)
        if region.kind in ("thing", "detail"):
            points = big.points(region)
            centre = (points.min(axis=0) + points.max(axis=0)) / 2
            reach = np.maximum(np.ptp(points, axis=0) / 2, 1)
            off = ((px - centre[0]) / reach[0]) ** 2 + ((py - centre[1]) / reach[1]) ** 2
            phase = phase + np.clip(1 - off, 0, 1) * 1.6
        share = 0.84 - (0.70 if not lit else 0.40) * region.tone
        wave = np.abs((phase % 1.0) - 0.5) * 2
        dark[window][inside] = (wave < share)[inside]
        hue[window][inside] = lit
    edge = big.labels
    rim = np.zeros(big.shape, dtype=bool)
    reach = max(2, round(big.height * 0.0016))
    for shift in range(1, reach + 1):
        rim[:, shift:] |= edge[:, shift:] != edge[:, :-shift]
        rim[shift:] |= edge[shift:] != edge[:-shift]
    ground = palette[("paper", "low", "light")[int(rng.integers(3))]]
    ink, paper = palette["ink"] * 0.55, ground * 0.42 + 0.58
    colour = vivid(palette["accent"], 1.2)
    inks = np.array([rgb(paper), rgb(ink), rgb(colour)], dtype=np.uint8)
    stripes = np.where(dark, np.where(hue, 2, 1), 0)
    stripes[rim] = 1
    image = Image.fromarray(inks[stripes])
    return image.resize((layout.width, layout.height), Image.Resampling.LANCZOS)


def _stripes(region: Region, x: Array, y: Array, height: int, base: float, swell: Array, period: float) -> Array:
    """The phase of the stripes in a region: rings about its centre, or waves at its own angle."""
    if region.centre is not None and region.kind in ("light", "detail", "thing"):
        cx, cy = region.centre[0] * height, region.centre[1] * height
        return np.asarray(np.hypot(x - cx, y - cy) / (period * 0.85))
    if region.kind == "sky":
        return np.asarray((x * np.sin(base) + y * np.cos(base) + swell) / period)
    if region.kind == "ground":
        angle = base + {"far": 0.5, "mid": -0.55, "near": 0.9, "high": 1.2}.get(region.role, -1.1)
        return np.asarray((x * np.sin(angle) + y * np.cos(angle) + 1.8 * swell) / (period * 1.1))
    angle = region.grain + {"accent": 0.8, "second": -0.8, "light": 0.4, "near": 1.57}.get(region.role, 0.0)
    return np.asarray((x * np.sin(angle) + y * np.cos(angle)) / (period * 0.8))


# --- impasto ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Brush:
    """Stamps of one brush at many angles: where paint lies, how high it stands, how its bristles streak."""

    length: float
    stamps: list[list[tuple[Array, Array, Array]]]

    @classmethod
    def make(cls, rng: Rng, length: float, width: float, angles: int = 24, variants: int = 3) -> _Brush:
        return cls(
            length,
            [[cls._stamp(rng, length, width, np.pi * i / angles) for _ in range(variants)] for i in range(angles)],
        )

    @staticmethod
    def _stamp(rng: Rng, length: float, width: float, angle: float) -> tuple[Array, Array, Array]:
        reach = int(np.ceil((length + width) / 2)) + 1
        y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
        u, v = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
        v = v + rng.normal(0, 0.05) * u * u / length
        hairs = max(4, round(width / 2.4))
        bristles = np.interp(np.linspace(-1, 1, 64), np.linspace(-1, 1, hairs), rng.standard_normal(hairs))
        place = np.clip((v / width + 0.5) * 63, 0, 63).astype(int)
        streak = bristles[place]
        ragged = length * (0.40 + 0.09 * streak)
        alpha = step(1.5, -1.5, np.abs(u) - ragged) * step(1.0, -1.0, np.abs(v) - width * 0.44)
        ridge = np.exp(-(((np.abs(v) - width * 0.38) / (width * 0.13)) ** 2)) * 0.9
        heap = np.exp(-(((u - length * 0.33) / (length * 0.08)) ** 2)) * 0.8
        return alpha, 0.8 + 0.42 * streak + ridge + heap, streak


def impasto(layout: Layout, palette: Palette, rng: Rng) -> Image.Image:
    """Thick paint in strokes that follow the forms, with ridges that catch the light."""
    unit = layout.height / 640
    base = layout.paint(palette)
    shape = layout.shape
    pixels = base * 0.72 + palette["accent"] * 0.10
    height = np.zeros(shape)
    flow = layout.flow + cloud(rng, shape, 90 * unit) * 0.20
    for length, width, gap in ((76, 25, 16.0), (50, 17, 12.5), (30, 10.5, 8.6), (17, 6.2, 5.6)):
        brush = _Brush.make(rng, length * unit, width * unit)
        fine = width < 12
        for px, py in _stroke_places(layout, rng, gap * unit, length * unit, width * unit, flow, fine):
            colour = base[py, px]
            colour = colour * (1 + rng.normal(0, 0.10)) + rng.normal(0, 0.028, 3)
            if rng.random() < 0.07:
                colour = 0.7 * colour + 0.3 * palette[("light", "second", "high")[int(rng.integers(3))]]
            turn = round(float(flow[py, px] + rng.normal(0, 0.12)) / np.pi * 24) % 24
            alpha, rise, streak = brush.stamps[turn][int(rng.integers(3))]
            _stamp(pixels, height, px, py, alpha, rise * (0.6 + 0.02 * width), streak, colour)
    light, gloss = relief(blur(height, 1), 1.0)
    lit = pixels * (0.25 + 0.75 * light)[..., None] + 0.14 * np.maximum(gloss - 0.35, 0)[..., None]
    return to_image(lit)


def _stroke_places(
    layout: Layout, rng: Rng, gap: float, length: float, width: float, flow: Array, fine: bool
) -> Iterator[tuple[int, int]]:
    """Where strokes of one brush fit inside their region, back to front."""
    y, x = np.mgrid[0 : layout.height : gap, 0 : layout.width : gap]
    px = np.clip(x.ravel() + rng.uniform(-gap, gap, x.size) * 0.6, 0, layout.width - 1)
    py = np.clip(y.ravel() + rng.uniform(-gap, gap, x.size) * 0.6, 0, layout.height - 1)
    at = layout.labels[py.astype(int), px.astype(int)]
    angle = flow[py.astype(int), px.astype(int)]
    fits = np.ones(len(px), dtype=bool)
    for along, across in ((0.36, 0), (-0.36, 0), (0, 0.36), (0, -0.36), (0.2, 0.3), (-0.2, -0.3)):
        qx = px + np.cos(angle) * along * length - np.sin(angle) * across * width
        qy = py + np.sin(angle) * along * length + np.cos(angle) * across * width
        rows = np.clip(qy, 0, layout.height - 1).astype(int)
        fits &= layout.labels[rows, np.clip(qx, 0, layout.width - 1).astype(int)] == at
    if fine:
        close = blur(layout.edges, 7 * layout.height / 640)[py.astype(int), px.astype(int)] > 0.02
        fits &= close if width < 8 * layout.height / 640 else (close | (rng.random(len(px)) < 0.25))
    order = np.lexsort((rng.random(len(px)), at))
    for i in order[fits[order]].tolist():
        yield int(px[i]), int(py[i])


def _stamp(
    pixels: Array, height: Array, px: int, py: int, alpha: Array, rise: Array, streak: Array, colour: Array
) -> None:
    """Press one stamp into the paint at (px, py)."""
    reach = alpha.shape[0] // 2
    top, left = max(0, py - reach), max(0, px - reach)
    bottom, right = min(height.shape[0], py + reach + 1), min(height.shape[1], px + reach + 1)
    cut = (slice(top - py + reach, bottom - py + reach), slice(left - px + reach, right - px + reach))
    here = (slice(top, bottom), slice(left, right))
    a = alpha[cut]
    laid = colour * (1 + 0.085 * streak[cut])[..., None]
    pixels[here] += (laid - pixels[here]) * (a * 0.94)[..., None]
    height[here] += (rise[cut] + 0.15 * height[here] - height[here]) * a


# --- woodcut ---------------------------------------------------------------------------------------------


def woodcut(layout: Layout, palette: Palette, rng: Rng) -> Image.Image:
    """A print from carved blocks: graded flat colours under a black key block with tapering gouges."""
    zoom = 1.6
    big = layout.scaled(zoom)
    shape = big.shape
    unit = big.height / 1200
    wood = noise(rng, shape, 3.0 * unit, 60.0) + 0.6 * noise(rng, shape, 9 * unit, 40.0)
    plain = big.paint(palette)
    colours = np.round(plain * 9) / 9 * 0.75 + plain * 0.25
    colours = np.roll(colours, (round(3 * unit), round(-4 * unit)), axis=(0, 1))
    inked = 1 - 0.10 * step(0.6, 2.2, wood) - 0.10 * step(1.2, 2.4, noise(rng, shape, 2.5 * unit))
    paper = palette["paper"]
    sheet = paper * (1 + 0.012 * noise(rng, shape, 2.0, 5.0))[..., None]
    pixels = over(sheet, colours, 0.94 * inked)

    key = _gouged(big, rng, unit)
    outline = blur(big.edges, 2.0 * unit)
    outline = outline * (1 + 0.30 * cloud(rng, shape, 26 * unit, 2))
    key = np.maximum(key, step(0.10, 0.16, outline))
    wear = step(1.9, 2.6, cloud(rng, shape, 7 * unit)) + 0.5 * step(1.4, 2.4, wood)
    key = np.clip(key - wear, 0, 1)
    pixels = over(pixels, palette["ink"] * 0.7 * (1 + 0.06 * wood[..., None]), key * 0.97)

    margin = 0.030 * big.height
    y, x = np.mgrid[: shape[0], : shape[1]]
    inset = np.minimum.reduce([x, shape[1] - 1 - x, y, shape[0] - 1 - y]) - margin
    inset = inset + 1.1 * unit * cloud(rng, shape, 40 * unit, 2)
    frame = step(-1.5, 1.5, inset) * (1 - step(-1.5, 1.5, inset - 9 * unit))
    pixels = over(pixels, sheet, 1 - step(-1.5, 1.5, inset))
    pixels = over(pixels, palette["ink"] * 0.7, frame * 0.95)
    return to_image(pixels, (layout.width, layout.height))


def _gouged(big: Layout, rng: Rng, unit: float) -> Array:
    """The carved key block: lines along the grain that thicken towards shadow, broken like gouge cuts."""
    shape = big.shape
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    bend = cloud(rng, shape, 150 * unit) * 7 * unit
    x, y = x + bend, y + bend
    lengthwise = np.zeros(shape)
    phase = np.zeros(shape)
    for region, window, inside in big.patches():
        px, py = x[window][inside], y[window][inside]
        pitch = (13 if region.kind in ("sky", "ground") else 10) * unit
        if region.centre is None:
            angle = region.grain
            phase[window][inside] = (-px * np.sin(angle) + py * np.cos(angle)) / pitch
            lengthwise[window][inside] = (px * np.cos(angle) + py * np.sin(angle)) / (70 * unit)
        else:
            dx, dy = px - region.centre[0] * big.height, py - region.centre[1] * big.height
            radius, turn = np.hypot(dx, dy), np.arctan2(dy, dx)
            if abs(region.grain) > 1:
                spokes = max(12.0, round(0.9 * float(radius.mean()) * 2 * np.pi / (pitch * 1.5)))
                phase[window][inside], lengthwise[window][inside] = (
                    turn / (2 * np.pi) * spokes,
                    radius / (70 * unit),
                )
            else:
                phase[window][inside], lengthwise[window][inside] = (
                    radius / pitch,
                    turn * radius.mean() / (70 * unit),
                )
    row = np.floor(phase)
    cut = np.abs(((lengthwise + row * 0.618) % 1.0) - 0.5) * 2
    wave = np.abs(phase - row - 0.5) * 2
    darkness = 1 - big.tone + 0.07 * cloud(rng, shape, 60 * unit)
    share = np.where(darkness > 0.8, 1.2, np.clip(darkness * 1.15 - 0.20, 0, 1.0) * (0.62 + 0.55 * cut))
    return step(-0.10, 0.10, share - wave - 0.06)


# --- stained glass ---------------------------------------------------------------------------------------


def stained_glass(layout: Layout, palette: Palette, rng: Rng) -> Image.Image:
    """Panes of glowing glass between dark leads; each region is cut along its own grain."""
    zoom = 1.6
    big = layout.scaled(zoom)
    shape = big.shape
    unit = big.height / 1200
    colours, gap = _panes(layout, palette, rng)
    tall, wide = shape
    distances = Image.fromarray(gap.astype(np.float32)).resize((wide, tall), Image.Resampling.BILINEAR)
    gap = np.asarray(distances, dtype=np.float64) * zoom
    colours = to_array(to_image(colours).resize((wide, tall), Image.Resampling.NEAREST))
    edge = blur(big.edges, 2.6 * unit)
    lead = np.maximum(step(4.6 * unit, 2.6 * unit, gap), step(0.055, 0.11, edge))
    border = 13 * unit
    y, x = np.mgrid[: shape[0], : shape[1]]
    inset = np.minimum.reduce([x, shape[1] - 1 - x, y, shape[0] - 1 - y]).astype(np.float64)
    lead = np.maximum(lead, step(border + 1.5, border - 1.5, inset))

    glow = np.clip(1 - blur(lead, 14 * unit) * 1.5, 0, 1)
    bent = cloud(rng, shape, 160 * unit, 2) * 9 * unit
    ripple = 0.035 * warp(noise(rng, shape, 7 * unit, 6.0), bent, bent) + 0.06 * cloud(rng, shape, 70 * unit)
    seeds = step(2.6, 3.1, noise(rng, shape, 5 * unit)) * 0.25
    sun_x, sun_y = rng.uniform(0.3, 0.7) * shape[1], 0.3 * shape[0]
    shine = np.exp(-(((x - sun_x) ** 2 + (y - sun_y) ** 2) / (0.55 * shape[0]) ** 2))
    bright = 0.58 + 0.40 * glow + 0.20 * shine + ripple + seeds
    glass = colours * bright[..., None] + 0.07 * (glow * shine)[..., None]
    pixels = over(glass, np.zeros(3), np.clip(blur(lead, 3 * unit) * 0.5, 0, 1))
    light, _ = relief(blur(lead, 2 * unit) * 9 * unit, 0.8)
    metal = palette["ink"] * 0.25 + 0.05 + 0.10 * np.clip(light - 1, 0, 1)[..., None] * 1.2
    return to_image(over(pixels, metal, lead), (layout.width, layout.height))


def _panes(layout: Layout, palette: Palette, rng: Rng) -> tuple[Array, Array]:
    """The colour of the pane at each pixel, and how many pixels away the nearest cut in its region is."""
    base = layout.paint(palette)
    colours, gap = np.zeros_like(base), np.full(layout.shape, 1e3)
    for region, window, inside in layout.patches():
        rows, columns = np.nonzero(inside)
        rows, columns = rows + window[0].start, columns + window[1].start
        pane, near = _cut_panes(region, rows, columns, layout.height, rng)
        gap[rows, columns] = near
        size = np.maximum(1, np.bincount(pane))
        own = base[rows, columns]
        means = np.stack([np.bincount(pane, own[:, part]) / size for part in range(3)], axis=1)
        glass = [vivid(shade(mean, float(rng.normal(0, 0.10))), 1.25, 0.05) for mean in means]
        colours[rows, columns] = (np.array(glass) + rng.normal(0, 0.015, means.shape))[pane]
    return colours, gap


def _cut_panes(region: Region, rows: Ints, columns: Ints, height: int, rng: Rng) -> tuple[Ints, Array]:
    """Cut a region into panes (Lloyd's method): each pixel's pane and its distance to the nearest cut."""
    x, y = columns.astype(np.float64), rows.astype(np.float64)
    if region.centre is not None and region.kind in ("sky", "ground"):
        cx, cy = region.centre[0] * height, region.centre[1] * height
        radius = np.hypot(x - cx, y - cy)
        spread = max(float(radius.mean()), 1.0)
        around = np.arctan2(x - cx, cy - y) * spread * (1.5 if region.kind == "sky" else 0.6)
        place = np.stack([radius, around], axis=1)
    else:
        cos, sin = np.cos(region.grain), np.sin(region.grain)
        place = np.stack([(x * cos + y * sin) * 0.62, y * cos - x * sin], axis=1)
    pane_area = (0.098 if region.kind == "sky" else 0.084) ** 2 * height**2 * 0.62
    count = int(np.clip(round(len(x) / pane_area), 1, 48)) if region.kind not in ("light", "detail") else 1
    if region.kind == "detail" and len(x) > 3.2 * pane_area:
        count = round(len(x) / pane_area)
    if count == 1:
        return np.zeros(len(x), dtype=np.int64), np.full(len(x), 1e3)
    sample = place[rng.choice(len(place), min(len(place), 1500), replace=False)]
    seeds = sample[:count].copy()
    for _ in range(6):
        nearest = ((sample[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1)
        for piece in range(count):
            if (nearest == piece).any():
                seeds[piece] = sample[nearest == piece].mean(axis=0)
    square = np.stack([((place - seed) ** 2).sum(axis=1) for seed in seeds], axis=1)
    pane = square.argmin(axis=1)
    two = np.partition(square, 1, axis=1)[:, :2]
    first, second = pane, np.where(square == two[:, 1:2], 1, 0).argmax(axis=1)
    apart = np.linalg.norm(seeds[first] - seeds[second], axis=1) + 1e-9
    return pane, (two[:, 1] - two[:, 0]) / (2 * apart)


@dataclass(frozen=True)
class Style:
    """A named way of rendering; `stretch` changes the aspect of its sheets a little."""

    name: str
    render: Render
    stretch: float = 1.0
    quality: int = 85


STYLES = (
    Style("neoplastic", neoplastic, 1.00, 88),
    Style("pointillism", pointillism, 1.06, 75),
    Style("ink-wash", ink_wash, 0.93, 86),
    Style("suprematism", suprematism, 0.96, 88),
    Style("op-art", op_art, 1.02, 76),
    Style("impasto", impasto, 1.04, 84),
    Style("woodcut", woodcut, 0.98, 78),
    Style("stained-glass", stained_glass, 0.95, 81),
)
