"""Eight subjects, each composed once as a scene of regions; the seed shifts and scales its parts a little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scene import Point, Region, Scene, blob, box, curve, disc, leaf, polygon, ribbon, ridge
from texture import Array, Rng


def _sky(
    width: float,
    tone: float,
    role: str = "high",
    end: str = "low",
    grain: float = 0.0,
    centre: Point | None = None,
) -> Region:
    """The backdrop that covers the whole sheet."""
    outline = box(-0.05, -0.05, width + 0.05, 1.05)
    return Region("sky", "sky", outline, role, tone, end=end, grain=grain, centre=centre)


def sun_over_hills(w: float, rng: Rng) -> list[Region]:
    """A large sun sinks behind three ranges of hills; cypresses stand in front, a road winds down."""
    sun = (w * rng.uniform(0.58, 0.68), rng.uniform(0.36, 0.42))
    radius = rng.uniform(0.14, 0.17)
    lift = rng.uniform(-0.03, 0.03)
    regions = [
        _sky(w, 0.84, centre=sun),
        Region("halo", "light", disc(*sun, radius * 1.75), "low", 0.93, tint=0.18, centre=sun),
        Region("sun", "light", disc(*sun, radius), "light", 1.0, centre=sun),
    ]
    for x, y, length in ((0.22, 0.16, 0.44), (0.72, 0.10, 0.34), (0.34, 0.29, 0.30)):
        x = w * (x + rng.uniform(-0.04, 0.04))
        for dx, dy, size in ((0.0, 0.0, 0.5), (0.12, -0.03, 0.3)):
            puff = disc(x + dx * length * 2, y + dy, length * size, 0.020)
            regions.append(Region("cloud", "detail", puff, "paper", 0.97))
    peaks = [(-0.1, 0.60 + lift), (w * 0.18, 0.46 + lift), (w * 0.40, 0.56), (w * 0.64, 0.47)]
    far = ridge([*peaks, (w * 0.86, 0.55), (w + 0.1, 0.46 - lift)])
    mid = ridge([(-0.1, 0.62), (w * 0.22, 0.68 + lift), (w * 0.55, 0.585), (w * 0.82, 0.66), (w + 0.1, 0.60)])
    near = ridge([(-0.1, 0.735 + lift), (w * 0.25, 0.745), (w * 0.6, 0.84), (w + 0.1, 0.76)])
    fore = ridge([(-0.1, 0.86), (w * 0.3, 0.90), (w * 0.65, 0.955), (w + 0.1, 0.90)])
    road = [(w * 0.57, 0.64), (w * 0.66, 0.70), (w * 0.50, 0.77), (w * 0.44, 0.84), (w * 0.62, 1.04)]
    regions += [
        Region("far hills", "ground", far, "far", 0.66, end="low", centre=(w * 0.3, 1.6)),
        Region("middle hills", "ground", mid, "mid", 0.46, end="far", centre=(w * 0.6, 1.7)),
        Region("near hills", "ground", near, "second", 0.68, end="mid", centre=(w * 0.2, 1.9)),
        Region("road", "detail", ribbon(road, 0.012, 0.12), "paper", 0.96, end="low", grain=1.2),
        Region("meadow", "ground", fore, "near", 0.22, grain=-0.1),
    ]
    for x, foot, tall in ((0.10, 0.90, 0.44), (0.185, 0.92, 0.31), (0.90, 0.95, 0.27)):
        x, tall = w * (x + rng.uniform(-0.015, 0.015)), tall * rng.uniform(0.9, 1.1)
        cypress = leaf(x, foot, tall, tall * 0.24, -np.pi / 2)
        regions.append(Region("cypress", "thing", cypress, "near", 0.12, tint=-0.25, grain=1.4))
    return regions


def boats(w: float, rng: Rng) -> list[Region]:
    """Three sailing boats on a calm sea, with a low shore behind them."""
    horizon = rng.uniform(0.50, 0.55)
    shore = [(-0.1, horizon - 0.05), (w * 0.2, horizon - 0.12), (w * 0.45, horizon - 0.04)]
    shore += [(w * 0.75, horizon - 0.085), (w + 0.1, horizon - 0.03)]
    regions = [
        _sky(w, 0.9, role="low", end="paper", grain=0.15),
        Region("cloud", "detail", disc(w * 0.78, 0.15, 0.22, 0.05), "paper", 1.0, tint=0.2),
        Region("cloud", "detail", disc(w * 0.62, 0.20, 0.16, 0.035), "paper", 0.96),
        Region("shore", "ground", ridge(shore, horizon + 0.02), "far", 0.55),
        Region("sea", "ground", box(-0.05, horizon, w + 0.05, 1.05), "high", 0.52, end="mid"),
    ]
    for step in range(7):
        x, y = w * rng.uniform(0.05, 0.95), horizon + 0.06 + 0.06 * step
        length = 0.10 + 0.035 * step
        wave = disc(x, y, length, 0.005 + 0.0016 * step)
        regions.append(Region("wave", "detail", wave, "low", 0.80, tint=0.1))
    fleet = ((0.80, 0.60, 0.40, "second", "near"), (0.17, 0.68, 0.54, "paper", "accent"))
    for x, y, size, sail, hull in (*fleet, (0.51, 0.84, 0.86, "accent", "ink")):
        x, y, size = w * (x + rng.uniform(-0.025, 0.025)), y + rng.uniform(-0.015, 0.015), size * 0.82
        jib = "light" if sail == "accent" else "accent"
        gleam = polygon((x - 0.15 * size, y), (x + 0.20 * size, y), (x + 0.04 * size, y + 0.30 * size))
        deck, top = y - 0.115 * size, y - 0.98 * size
        leech = curve([(x + 0.02 * size, top), (x + 0.17 * size, y - 0.58 * size), (x + 0.345 * size, deck)])
        main = np.vstack([leech, [[x + 0.02 * size, deck]]])
        fore = polygon((x - 0.015 * size, top + 0.06 * size), (x - 0.02 * size, deck), (x - 0.27 * size, deck))
        boat = blob(
            *(
                (x - 0.33 * size, y - 0.115 * size),
                (x, y - 0.085 * size),
                (x + 0.36 * size, y - 0.105 * size),
            ),
            *((x + 0.25 * size, y + 0.005 * size), (x, y + 0.03 * size), (x - 0.22 * size, y + 0.005 * size)),
        )
        mast = box(x - 0.011 * size, top - 0.04 * size, x + 0.011 * size, y - 0.08 * size)
        dark = 0.12 if hull != "accent" else 0.3
        regions += [
            Region("reflection", "detail", gleam, sail, 0.74, end="mid", tint=-0.08),
            Region("mast", "detail", mast, "ink", 0.05, grain=1.57),
            Region("sail", "thing", main, sail, 0.94 if sail != "accent" else 0.62, grain=1.3, round=True),
            Region("jib", "thing", fore, jib, 0.78 if jib == "light" else 0.5, grain=-1.1),
            Region("hull", "thing", boat, hull, dark),
        ]
    return regions


def tree(w: float, rng: Rng) -> list[Region]:
    """One broad tree on a rise, its crown in clusters of leaves, with far hills behind."""
    x = w * rng.uniform(0.47, 0.53)
    rise = [(-0.1, 0.86), (w * 0.3, 0.80), (w * 0.62, 0.79), (w + 0.1, 0.85)]
    far = [(-0.1, 0.70), (w * 0.25, 0.64), (w * 0.6, 0.70), (w * 0.85, 0.63), (w + 0.1, 0.67)]
    regions = [
        _sky(w, 0.92, role="low", end="paper", centre=(x, 0.45)),
        Region("far hills", "ground", ridge(far), "far", 0.72, centre=(w * 0.5, 2.0)),
        Region("rise", "ground", ridge(rise), "second", 0.62, end="mid", centre=(w * 0.5, 2.2)),
    ]
    shadow = disc(x + 0.10, 0.885, 0.27, 0.035, 0.03)
    regions.append(Region("shadow", "detail", shadow, "near", 0.32))
    trunk = ribbon([(x - 0.01, 0.92), (x + 0.012, 0.72), (x - 0.012, 0.54), (x + 0.01, 0.36)], 0.105, 0.036)
    clusters = (
        *((-0.20, 0.44, 0.120, "near"), (0.21, 0.47, 0.115, "near"), (0.01, 0.40, 0.150, "near")),
        *((-0.245, 0.33, 0.110, "mid"), (0.24, 0.335, 0.115, "mid"), (0.0, 0.16, 0.115, "mid")),
        *((-0.125, 0.225, 0.115, "accent"), (0.135, 0.215, 0.115, "second"), (-0.04, 0.315, 0.095, "accent")),
        *((0.13, 0.375, 0.080, "accent"), (-0.16, 0.425, 0.065, "second")),
    )
    tones = {"near": 0.20, "mid": 0.42, "accent": 0.55, "second": 0.80}
    branches = []
    for dx, y in ((-0.23, 0.44), (0.24, 0.45), (-0.12, 0.30), (0.15, 0.30)):
        line = [(x, 0.66), (x + dx * 0.42, 0.56 + (y - 0.44) * 0.4), (x + dx, y)]
        branches.append(Region("branch", "thing", ribbon(line, 0.045, 0.014), "ink", 0.08, grain=1.2))
    crown = []
    for dx, y, radius, role in clusters:
        radius *= rng.uniform(0.92, 1.12)
        dx, y = dx * w / 0.78 + rng.uniform(-0.015, 0.015), y + rng.uniform(-0.012, 0.012)
        turns = np.arange(9) * 2 * np.pi / 9
        reach = radius * rng.uniform(0.86, 1.14, 9)
        knots = [(x + dx + r * np.cos(t), y + r * np.sin(t) * 0.88) for r, t in zip(reach, turns, strict=True)]
        middle = (x + dx, y)
        crown.append(Region("crown", "thing", blob(*knots), role, tones[role], centre=middle, round=True))
    regions += [*crown[:2], *branches, Region("trunk", "thing", trunk, "ink", 0.08, tint=0.08, grain=1.57)]
    return regions + crown[2:]


def face(w: float, rng: Rng) -> list[Region]:
    """A face seen from the front, half in shadow, with dark hair, a collar and an earring."""
    x, y = w * rng.uniform(0.48, 0.52), rng.uniform(0.44, 0.46)
    s = rng.uniform(0.97, 1.05)

    def at(dx: float, dy: float) -> tuple[float, float]:
        return x + dx * s, y + dy * s

    def place(*pairs: tuple[float, float]) -> Array:
        return blob(*(at(*pair) for pair in pairs))

    hair = place(
        *(
            (0, -0.385),
            (0.17, -0.345),
            (0.275, -0.19),
            (0.285, 0.02),
            (0.31, 0.22),
            (0.23, 0.33),
            (0.0, 0.30),
        ),
        *((-0.23, 0.33), (-0.31, 0.22), (-0.285, 0.02), (-0.275, -0.19), (-0.17, -0.345)),
    )
    head = place(
        *(
            (0, -0.265),
            (0.125, -0.235),
            (0.195, -0.12),
            (0.197, 0.03),
            (0.165, 0.165),
            (0.085, 0.265),
            (0, 0.295),
        ),
        *((-0.085, 0.265), (-0.165, 0.165), (-0.197, 0.03), (-0.195, -0.12), (-0.125, -0.235)),
    )
    half = place(
        *((0.02, -0.26), (0.125, -0.235), (0.195, -0.12), (0.197, 0.03), (0.165, 0.165), (0.085, 0.265)),
        *((0.005, 0.294), (0.03, 0.20), (0.012, 0.12), (0.055, 0.075), (0.025, -0.02), (0.03, -0.13)),
    )
    fringe = place(
        *((-0.215, -0.02), (-0.19, -0.14), (-0.09, -0.21), (0.04, -0.235), (0.12, -0.17), (0.195, -0.06)),
        *((0.235, -0.02), (0.24, -0.18), (0.15, -0.31), (0, -0.35), (-0.15, -0.31), (-0.24, -0.18)),
    )
    neck = polygon(at(-0.095, 0.17), at(0.095, 0.17), at(0.105, 0.40), at(0, 0.47), at(-0.105, 0.40))
    collar = [at(-0.60, 0.57), at(-0.36, 0.42), at(-0.12, 0.37), at(0, 0.45), at(0.12, 0.37)]
    coat = ridge([*collar, at(0.36, 0.42), at(0.60, 0.57)], 1.1)
    regions = [
        _sky(w, 0.80, role="second", end="second", centre=(x, y)),
        Region("wall", "ground", box(x + 0.02, -0.05, w + 0.05, 1.05), "high", 0.58, end="mid", grain=1.2),
        Region("halo", "detail", disc(x, y - 0.07, 0.385 * s), "far", 0.90, tint=0.25, centre=(x, y)),
        Region("hair", "thing", hair, "ink", 0.08, centre=at(0, 0.1), tint=0.06),
        Region("coat", "thing", coat, "accent", 0.40, end="near", centre=at(0, 1.3)),
        Region("neck", "thing", neck, "low", 0.66, tint=-0.2, grain=1.4),
        Region("face", "thing", head, "paper", 0.95, end="low", centre=at(0, -0.1)),
        Region("shadow side", "thing", half, "far", 0.60, tint=0.12, grain=1.3),
        Region("fringe", "thing", fringe, "ink", 0.08, centre=at(0, 0.1), tint=0.06),
    ]
    for side in (-1, 1):
        eye, iris = at(side * 0.092, -0.03), at(side * 0.092 + 0.006, -0.031)
        lens = leaf(eye[0] - 0.058 * s, eye[1], 0.116 * s, 0.052 * s, 0.0)
        brow = ribbon([at(side * 0.035, -0.085), at(side * 0.10, -0.108), at(side * 0.155, -0.082)], 0.024, 0.010)
        cheek = disc(*at(side * 0.105, 0.085), 0.042 * s, 0.034 * s)
        regions += [
            Region("cheek", "detail", cheek, "accent", 0.74, tint=0.35, centre=at(side * 0.105, 0.085)),
            Region("brow", "detail", brow, "ink", 0.05),
            Region("eye", "detail", lens, "paper", 1.0, tint=0.4),
            Region(
                "lash",
                "detail",
                ribbon(
                    [
                        (eye[0] - 0.062 * s, eye[1] + 0.004),
                        (eye[0], eye[1] - 0.031 * s),
                        (eye[0] + 0.062 * s, eye[1] + 0.004),
                    ],
                    0.012,
                    0.012,
                ),
                "ink",
                0.05,
            ),
            Region("iris", "detail", disc(*iris, 0.026 * s), "near", 0.08, centre=iris),
        ]
    nose = ribbon([at(0.028, -0.06), at(0.030, 0.03), at(0.050, 0.085), at(0.0, 0.103), at(-0.03, 0.092)], 0.010, 0.014)
    upper = place((-0.075, 0.178), (-0.025, 0.158), (0, 0.166), (0.025, 0.158), (0.075, 0.178), (0, 0.192))
    lower = place((-0.072, 0.180), (0, 0.188), (0.072, 0.180), (0.035, 0.213), (-0.035, 0.213))
    earring = at(-0.218, 0.165)
    regions += [
        Region("nose", "detail", nose, "mid", 0.25, grain=1.5),
        Region("lower lip", "detail", lower, "accent", 0.42),
        Region("upper lip", "detail", upper, "accent", 0.28, tint=-0.25),
        Region("earring", "light", disc(*earring, 0.026 * s), "light", 1.0, centre=earring),
    ]
    return regions


def still_life(w: float, rng: Rng) -> list[Region]:
    """A bottle, a jug and a bowl of fruit on a table with a cloth."""
    edge = rng.uniform(0.60, 0.64)
    bottle_x, jug_x, bowl_x = (w * (x + rng.uniform(-0.015, 0.015)) for x in (0.20, 0.79, 0.47))
    lean = rng.uniform(-0.02, 0.02)
    wall = box(-0.05, -0.05, w * (0.56 + lean), 1.05)
    cloth = polygon((w * 0.08, 0.74), (w * 0.64, 0.70), (w * 0.74, 0.86), (w * 0.58, 1.05), (w * 0.14, 1.05))
    fold = polygon((w * 0.36, 0.90), (w * 0.64, 0.70), (w * 0.74, 0.86), (w * 0.58, 1.05), (w * 0.40, 1.05))
    bottle = blob(
        *(
            (bottle_x - 0.032, 0.14),
            (bottle_x + 0.032, 0.14),
            (bottle_x + 0.032, 0.32),
            (bottle_x + 0.085, 0.42),
        ),
        *((bottle_x + 0.088, 0.60), (bottle_x + 0.085, 0.775), (bottle_x, 0.79), (bottle_x - 0.085, 0.775)),
        *((bottle_x - 0.088, 0.60), (bottle_x - 0.085, 0.42), (bottle_x - 0.032, 0.32)),
    )
    jug = blob(
        *((jug_x - 0.085, 0.30), (jug_x + 0.085, 0.285), (jug_x + 0.065, 0.40), (jug_x + 0.145, 0.56)),
        *((jug_x + 0.125, 0.72), (jug_x + 0.07, 0.785), (jug_x - 0.07, 0.785), (jug_x - 0.125, 0.72)),
        *((jug_x - 0.145, 0.56), (jug_x - 0.065, 0.40)),
    )
    handle = [(jug_x + 0.06, 0.33), (jug_x + 0.19, 0.35), (jug_x + 0.205, 0.49), (jug_x + 0.12, 0.60)]
    bowl = blob(
        *((bowl_x - 0.235, 0.585), (bowl_x, 0.60), (bowl_x + 0.235, 0.585), (bowl_x + 0.16, 0.72)),
        *((bowl_x + 0.07, 0.775), (bowl_x - 0.07, 0.775), (bowl_x - 0.16, 0.72)),
    )
    regions = [
        _sky(w, 0.66, role="high", end="high", grain=0.9),
        Region("wall", "ground", wall, "low", 0.88, end="paper", grain=-0.9),
        Region("table", "ground", box(-0.05, edge, w + 0.05, 1.05), "mid", 0.34, end="near"),
        Region("cloth", "thing", cloth, "paper", 0.98, grain=0.15),
        Region("fold", "detail", fold, "low", 0.82, grain=-0.6),
        Region("shadow", "detail", disc(bottle_x + 0.09, 0.785, 0.16, 0.022), "near", 0.2),
        Region("shadow", "detail", disc(jug_x + 0.07, 0.785, 0.19, 0.024), "ink", 0.12),
        Region("bottle", "thing", bottle, "near", 0.16, tint=0.06, grain=1.57, round=True),
        Region("label", "detail", box(bottle_x - 0.080, 0.54, bottle_x + 0.080, 0.66), "paper", 0.95),
        Region("gleam", "detail", disc(bottle_x - 0.05, 0.47, 0.010, 0.050), "paper", 1.0, grain=1.57),
        Region("handle", "thing", ribbon(handle, 0.030, 0.024), "second", 0.50, tint=-0.2, grain=1.0),
        Region("jug", "thing", jug, "second", 0.70, grain=1.57, round=True),
        Region("jug mouth", "detail", disc(jug_x, 0.296, 0.078, 0.018, -0.08), "ink", 0.1),
        Region(
            "jug band",
            "detail",
            ribbon([(jug_x - 0.143, 0.54), (jug_x, 0.565), (jug_x + 0.143, 0.54)], 0.03, 0.03),
            "paper",
            0.92,
        ),
    ]
    for dx, y, radius, role, tone in (
        *((-0.095, 0.515, 0.088, "accent", 0.42), (0.105, 0.510, 0.090, "light", 0.92)),
        *((0.0, 0.455, 0.086, "mid", 0.55), (0.005, 0.56, 0.080, "second", 0.75)),
    ):
        x, y = bowl_x + dx, y + rng.uniform(-0.01, 0.01)
        fruit = disc(x, y, radius, radius * 0.95)
        regions.append(Region("fruit", "thing", fruit, role, tone, centre=(x, y), round=True))
    lemon_x = bowl_x - 0.02
    regions += [
        Region("bowl", "thing", bowl, "far", 0.80, tint=0.2, centre=(bowl_x, 0.3), round=True),
        Region("shadow", "detail", disc(lemon_x + 0.02, 0.925, 0.20, 0.020), "far", 0.5, tint=-0.2),
        Region(
            "apple",
            "thing",
            disc(lemon_x + 0.125, 0.865, 0.075),
            "accent",
            0.40,
            centre=(lemon_x + 0.12, 0.86),
            round=True,
        ),
        Region("lemon", "thing", leaf(lemon_x - 0.17, 0.90, 0.22, 0.14, -0.12), "light", 0.93, round=True),
    ]
    return regions


def town(w: float, rng: Rng) -> list[Region]:
    """Gabled houses climb in two rows towards a church tower; a few windows are lit."""
    hill = [(-0.1, 0.52), (w * 0.25, 0.42), (w * 0.52, 0.36), (w * 0.8, 0.44), (w + 0.1, 0.50)]
    moon = (w * 0.17, 0.17)
    regions = [
        _sky(w, 0.80, grain=0.25),
        Region("cloud", "detail", disc(w * 0.80, 0.16, 0.22, 0.032), "paper", 0.95),
        Region("cloud", "detail", disc(w * 0.68, 0.215, 0.16, 0.022), "paper", 0.95),
        Region("sun", "light", disc(*moon, 0.07), "light", 1.0, centre=moon),
        Region("hill", "ground", ridge(hill), "far", 0.62, centre=(w * 0.5, 1.6)),
    ]

    def windows(left: float, right: float, top: float, bottom: float, across: int, down: int) -> None:
        for row in range(down):
            for column in range(across):
                x = left + (right - left) * (column + 0.5) / across
                y = top + (bottom - top) * (row + 0.5) / down
                lit = rng.random() < 0.45
                pane = box(x - 0.017, y - 0.024, x + 0.017, y + 0.024)
                role, tone = ("light", 1.0) if lit else ("ink", 0.08)
                regions.append(Region("window", "detail", pane, role, tone, grain=1.57))

    def house(left: float, right: float, roof: float, base: float, wall: str, top: str, tone: float) -> None:
        middle, peak = (left + right) / 2, roof - (right - left) * 0.52
        front = box(left, roof, right, base)
        gable = polygon((left - 0.014, roof + 0.006), (middle, peak), (right + 0.014, roof + 0.006))
        regions.append(Region("house", "thing", front, wall, tone, grain=1.57))
        regions.append(Region("roof", "thing", gable, top, 0.30 if top != "second" else 0.5, grain=0.7))

    tower = w * rng.uniform(0.52, 0.58)
    spire = polygon((tower - 0.072, 0.285), (tower, 0.045), (tower + 0.072, 0.285))
    regions += [
        Region("tower", "thing", box(tower - 0.06, 0.28, tower + 0.06, 0.75), "low", 0.84, tint=-0.06, grain=1.57),
        Region("spire", "thing", spire, "near", 0.16, grain=1.2),
        Region("clock", "light", disc(tower, 0.36, 0.033), "paper", 1.0, centre=(tower, 0.36)),
    ]
    walls = ("paper", "second", "low", "mid", "paper", "far", "second")
    roofs = ("accent", "near", "accent", "mid", "near", "accent", "near")
    tones = {"paper": 0.96, "second": 0.72, "low": 0.84, "mid": 0.5, "far": 0.62}
    back = (
        (0.05, 0.19, 0.50),
        (0.21, 0.33, 0.44),
        (0.34, 0.455, 0.49),
        (0.64, 0.755, 0.46),
        (0.77, 0.92, 0.52),
    )
    for number, (left, right, roof) in enumerate(back):
        roof += rng.uniform(-0.025, 0.025)
        house(w * left, w * right, roof, 0.85, walls[number], roofs[number], tones[walls[number]])
        windows(w * left, w * right, roof + 0.03, roof + 0.13, 2, 1)
    street = polygon((-0.05, 0.86), (w + 0.05, 0.86), (w + 0.05, 1.05), (-0.05, 1.05))
    front = (
        (-0.03, 0.14, 0.68),
        (0.15, 0.30, 0.62),
        (0.31, 0.445, 0.69),
        (0.57, 0.70, 0.65),
        (0.71, 0.85, 0.60),
    )
    for number, (left, right, roof) in enumerate((*front, (0.86, 1.03, 0.69))):
        roof += rng.uniform(-0.02, 0.02)
        wall = walls[(number + 3) % 7]
        house(w * left, w * right, roof, 0.90, wall, roofs[(number + 2) % 7], tones[wall])
        windows(w * left, w * right, roof + 0.02, 0.86, 2, 2 if roof < 0.66 else 1)
    path = polygon((w * 0.465, 0.66), (w * 0.55, 0.66), (w * 0.72, 1.05), (w * 0.26, 1.05))
    regions.append(Region("street", "ground", street, "near", 0.24, tint=0.08))
    regions.append(Region("path", "ground", path, "low", 0.90, end="paper", grain=1.3))
    return regions


def bridge(w: float, rng: Rng) -> list[Region]:
    """A stone bridge with three arches over still water, a full moon and its path of light."""
    moon = (w * rng.uniform(0.68, 0.76), rng.uniform(0.19, 0.23))
    water, rise = rng.uniform(0.63, 0.66), rng.uniform(0.15, 0.19)
    hills = [
        (-0.1, 0.44),
        (w * 0.16, 0.36),
        (w * 0.38, 0.47),
        (w * 0.6, 0.42),
        (w * 0.84, 0.36),
        (w + 0.1, 0.46),
    ]
    deck = water - rise
    top = [(-0.1, deck + 0.03), (w * 0.25, deck - 0.035), (w * 0.5, deck - 0.06), (w * 0.75, deck - 0.035)]
    span = ridge([*top, (w + 0.1, deck + 0.03)], water + 0.015)
    rail = ribbon([*top, (w + 0.1, deck + 0.03)], 0.030, 0.030)
    regions = [
        _sky(w, 0.60, centre=moon),
        Region("halo", "light", disc(*moon, 0.185), "high", 0.76, end="low", tint=0.15, centre=moon),
        Region("moon", "light", disc(*moon, 0.105), "light", 1.0, centre=moon),
        Region("hills", "ground", ridge(hills, water + 0.01), "far", 0.46, centre=(w * 0.5, 1.5)),
        Region("water", "ground", box(-0.05, water, w + 0.05, 1.05), "mid", 0.36, end="high"),
        Region("bridge", "thing", span, "second", 0.68, tint=-0.06, grain=0.0),
    ]
    for x, reach in ((0.19, 0.115), (0.5, 0.135), (0.81, 0.115)):
        reach *= w
        t = np.linspace(0, np.pi, 30)
        tall = rise * (1.05 if x == 0.5 else 0.85)
        ends = [[w * x - reach, water + 0.02], [w * x + reach, water + 0.02]]
        arch = np.vstack([np.stack([w * x + reach * np.cos(t), water - tall * np.sin(t)], axis=1), ends])
        mirror = arch * [1, -0.8] + [0, water * 1.8]
        ring = np.vstack([np.stack([w * x + reach * 1.13 * np.cos(t), water - tall * 1.14 * np.sin(t)], axis=1), ends])
        middle = (w * x, water)
        regions += [
            Region("reflection", "detail", mirror[:-2], "near", 0.16, end="mid", tint=0.05),
            Region("stones", "detail", ring, "accent", 0.48, centre=middle, grain=np.pi / 2),
            Region("arch", "thing", arch[:-2], "low", 0.88, end="far", centre=middle),
        ]
    regions.append(Region("rail", "thing", rail, "near", 0.14))
    for step in range(7):
        y = water + 0.045 + 0.048 * step
        width = 0.055 + 0.016 * step * rng.uniform(0.6, 1.4)
        gleam = disc(moon[0] + rng.uniform(-0.02, 0.02), y, width, 0.012)
        regions.append(Region("gleam", "light", gleam, "light", 0.98))
    x, y = w * rng.uniform(0.24, 0.34), 0.90
    hull = blob(
        (x - 0.17, y - 0.035),
        (x, y - 0.008),
        (x + 0.17, y - 0.035),
        (x + 0.10, y + 0.022),
        (x - 0.10, y + 0.022),
    )
    regions += [
        Region("shade", "detail", disc(x, y + 0.03, 0.16, 0.016), "near", 0.15),
        Region("punter", "thing", leaf(x + 0.08, y, 0.13, 0.05, -np.pi / 2), "accent", 0.35, grain=1.4),
        Region("punt", "thing", hull, "ink", 0.06),
    ]
    return regions


def flowers(w: float, rng: Rng) -> list[Region]:
    """A bunch of large flowers in a round vase on a table."""
    x, edge = w * rng.uniform(0.47, 0.53), rng.uniform(0.77, 0.81)
    vase = blob(
        *((x - 0.075, 0.60), (x + 0.075, 0.60), (x + 0.070, 0.66), (x + 0.150, 0.75), (x + 0.140, 0.87)),
        *((x + 0.075, 0.925), (x - 0.075, 0.925), (x - 0.140, 0.87), (x - 0.150, 0.75), (x - 0.070, 0.66)),
    )
    band = ribbon([(x - 0.152, 0.79), (x, 0.815), (x + 0.152, 0.79)], 0.040, 0.040)
    regions = [
        _sky(w, 0.90, role="low", end="paper", centre=(x, 0.4)),
        Region("wall", "ground", box(-0.05, -0.05, w * 0.36, 1.05), "high", 0.66, end="far", grain=1.3),
        Region("table", "ground", box(-0.05, edge, w + 0.05, 1.05), "mid", 0.36, end="near"),
        Region("shadow", "detail", disc(x + 0.11, 0.925, 0.22, 0.024), "ink", 0.12),
    ]
    blooms = (
        *((-0.235, 0.40, 0.098, "accent", "light"), (0.240, 0.385, 0.100, "second", "ink")),
        *((0.10, 0.145, 0.102, "accent", "ink"), (-0.135, 0.175, 0.095, "paper", "second")),
        *((0.135, 0.53, 0.078, "paper", "accent"), (-0.10, 0.555, 0.080, "second", "accent")),
        *((0.015, 0.355, 0.130, "light", "near"),),
    )
    places = [(x + dx * w / 0.78 + rng.uniform(-0.02, 0.02), y + rng.uniform(-0.015, 0.015)) for dx, y, *_ in blooms]
    for px, py in places:
        stem = [(x + (px - x) * 0.12, 0.64), (x + (px - x) * 0.55, (py + 0.62) / 2), (px, py)]
        regions.append(Region("stem", "detail", ribbon(stem, 0.014, 0.012), "near", 0.12, grain=1.4))
    for dx, y, length, turn in (
        *(
            (-0.05, 0.55, 0.30, 3.35),
            (0.05, 0.53, 0.30, -0.18),
            (-0.03, 0.47, 0.30, 3.95),
            (0.04, 0.45, 0.31, -0.75),
        ),
        *((-0.02, 0.34, 0.30, 4.55), (-0.04, 0.60, 0.24, 2.85), (0.05, 0.60, 0.24, 0.28)),
    ):
        turn += rng.uniform(-0.12, 0.12)
        shape = leaf(x + dx, y, length * w / 0.78, 0.075, turn)
        regions.append(Region("leaf", "thing", shape, "near", 0.26, tint=0.06, grain=turn))
    tones = {"accent": 0.50, "second": 0.72, "paper": 1.0, "light": 0.92}
    regions += [
        Region("vase", "thing", vase, "far", 0.78, grain=1.57, round=True),
        Region("band", "detail", band, "accent", 0.4),
    ]
    for (px, py), (_, _, radius, role, heart) in zip(places, blooms, strict=True):
        radius *= rng.uniform(0.93, 1.08)
        petals, start = int(rng.integers(7, 10)), rng.uniform(0, 1)
        t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
        reach = radius * (0.70 + 0.30 * np.abs(np.sin(petals * (t + start) / 2)) ** 0.7)
        bloom = np.stack([px + reach * np.cos(t), py + reach * np.sin(t)], axis=1)
        middle = (px, py)
        regions += [
            Region("bloom", "thing", bloom, role, tones[role], centre=middle, grain=np.pi / 2, round=True),
            Region(
                "inner",
                "detail",
                disc(px, py, radius * 0.52),
                role,
                tones[role] - 0.16,
                tint=-0.16,
                centre=middle,
            ),
            Region("heart", "detail", disc(px, py, radius * 0.29), heart, 0.10, tint=-0.1, centre=middle),
        ]
    return regions


@dataclass(frozen=True)
class Subject:
    """A named composition with its usual size in pixels."""

    name: str
    width: int
    height: int
    compose: Callable[[float, Rng], list[Region]]

    def scene(self, aspect: float, rng: Rng) -> Scene:
        """The subject laid out for a picture of this aspect (width over height), at times mirrored."""
        scene = Scene(aspect, tuple(self.compose(aspect, rng)))
        return scene.mirrored() if rng.random() < 0.5 else scene


SUBJECTS = (
    Subject("sun-over-hills", 724, 532, sun_over_hills),
    Subject("boats", 620, 584, boats),
    Subject("tree", 536, 676, tree),
    Subject("face", 530, 664, face),
    Subject("still-life", 704, 548, still_life),
    Subject("town", 744, 530, town),
    Subject("bridge", 768, 516, bridge),
    Subject("flowers", 528, 692, flowers),
)
