"""A map of works: two numbers for each, so that neighbours on the map are neighbours in style.

t-SNE (van der Maaten and Hinton 2008; Barnes-Hut, van der Maaten 2014) from a start by principal components, which
keeps far apart what is far apart and makes the map the same every time (Kobak and Berens 2019). Its axes mean nothing,
so it is turned until it is longest along the longer side of the window it is for, stretched to that window's shape, and
its places are moved half-way to their ranks from left to right and from top to bottom, which takes width from gaps and
gives it to works. Then works that would cover each other are pushed aside, as a hand would hang them. How far the map
can be trusted is measured on what comes out.

Measured (1,098 paintings; one thread): trustworthiness 0.988, continuity 0.980, 1.6 s with 500 iterations; 20,000 works
take 60 s. 1,000 iterations gained nothing and took twice as long; two principal components alone reach 0.919 and 0.955.
Turned, stretched to 1.85 and evened, 420 paintings keep 0.979 of 0.978, and are drawn half as large again in a window
of that shape.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from artbyol.base.vectors import Doubles, Floats, one_thread_and_quiet
from artbyol.grouping.map_grid import Cells, to_grid

WIDE: Final = 1.85
"""Width to height of a map for a desktop's window."""

TALL: Final = 0.6
"""And for a telephone's."""

NEIGHBOURS: Final = 10
"""Of each work, in trustworthiness and continuity; fewer where there are fewer than 20 works."""

_PERPLEXITY = 30.0  # 10 and 15 did a little less well
_ITERATIONS = 500
_FEWEST = 6  # works: below, t-SNE has nothing to do that principal components do not
_MOST = 30_000  # works that t-SNE lays out; of more, the others join their nearest among these
_SPEAKERS = 5  # laid-out works that say where such a one belongs
_ASKED = 2_000  # works that a large map is judged by
_BLOCK = 500
_DENSITY = 0.75  # side of a work, where 1 would fill the whole area with works
_EVENED = 0.5  # of the way from a place to its rank
_ROUNDS = 80


@dataclass(frozen=True, eq=False)
class Grid(Cells):
    """The same map snapped to cells, so that works fill the window.

    Attributes:
        trustworthiness, continuity: as of `Layout`, of works in their cells.
    """

    trustworthiness: float
    continuity: float


@dataclass(frozen=True, eq=False)
class Layout:
    """Where works lie.

    Attributes:
        aspect: width to height of the window it is for.
        positions: float32 (n, 2), centres; the map's longer side reaches from 0 to 1, the other is centred on 0.5.
        side: of the square that a work can fill, nearly always without covering another.
        trustworthiness: 0..1: how few of a work's neighbours on the map are strangers in style (Venna and Kaski 2001).
        continuity: 0..1: how few of its neighbours in style are torn away on the map (the same). Both NaN with fewer
            than five works.
        method: in words.
        grid: the same, snapped to cells.
    """

    aspect: float
    positions: Floats
    side: float
    trustworthiness: float
    continuity: float
    method: str
    grid: Grid


def lay_out(directions: Floats, seed: int = 0, aspects: Sequence[float] = (WIDE,)) -> tuple[Layout, ...]:
    """One map of works by their directions (n, d), rows of length 1, for a window of each of these shapes. The same
    vectors and seed give the same map."""
    different, same = np.unique(directions, axis=0, return_inverse=True)
    with one_thread_and_quiet():
        flat, method = _flat(different, seed)
    flat = flat[same.ravel()]
    layouts = []
    for aspect in aspects:
        positions, side = _hung(flat, aspect, seed)
        cells = to_grid(positions, aspect)
        gridded = faithfulness(directions, cells.cells.astype(np.float64), seed)
        grid = Grid(cells.columns, cells.rows, cells.cells, *gridded)
        free = faithfulness(directions, positions, seed)
        layouts.append(Layout(aspect, positions.astype(np.float32), side, *free, method=method, grid=grid))
    return tuple(layouts)


def faithfulness(high: Floats, low: NDArray[np.floating], seed: int = 0) -> tuple[float, float]:
    """Trustworthiness and continuity (Venna and Kaski 2001) of points (n, 2) for directions (n, d).

    A large map is judged by 2,000 of its works, drawn at random, as if it had no others.
    """
    from sklearn.manifold import trustworthiness

    if len(high) > _ASKED:
        rows = np.random.default_rng(seed).choice(len(high), _ASKED, replace=False)
        high, low = high[rows], low[rows]
    k = min(NEIGHBOURS, (len(high) - 1) // 2)
    if len(high) < 5:
        return float("nan"), float("nan")
    return (
        float(trustworthiness(high, low, n_neighbors=k, metric="cosine")),
        float(trustworthiness(low, high, n_neighbors=k)),
    )


def _flat(different: Floats, seed: int) -> tuple[Doubles, str]:
    """Different directions (m, d) -> points (m, 2) in any unit, and how."""
    m = len(different)
    if m < 2:
        return np.zeros((m, 2)), "one place"
    if m < _FEWEST:
        return _principal(different, seed), "principal components"
    if m <= _MOST:
        return _tsne(different, seed), f"t-SNE of {m:,} works, perplexity {_perplexity(m):.0f}"
    chosen = np.sort(np.random.default_rng(seed).choice(m, _MOST, replace=False))
    flat = np.empty((m, 2))
    flat[chosen] = _tsne(different[chosen], seed)
    others = np.setdiff1d(np.arange(m), chosen)
    for start in range(0, len(others), _BLOCK):
        rows = others[start : start + _BLOCK]
        cosines = different[rows] @ different[chosen].T
        nearest = np.argpartition(-cosines, _SPEAKERS, axis=1)[:, :_SPEAKERS]
        flat[rows] = np.median(flat[chosen][nearest], axis=1)
    return flat, f"t-SNE of {_MOST:,} works, perplexity {_PERPLEXITY:.0f}; the others at their nearest"


def _perplexity(m: int) -> float:
    return min(_PERPLEXITY, (m - 1) / 3)


def _tsne(different: Floats, seed: int) -> Doubles:
    from sklearn.manifold import TSNE

    start = _principal(different, seed)
    start *= 1e-4 / start[:, 0].std()
    fitted = TSNE(
        perplexity=_perplexity(len(different)),
        init=start.astype(np.float32),
        max_iter=_ITERATIONS,
        random_state=seed,
        learning_rate="auto",
    )
    return np.asarray(fitted.fit_transform(different), np.float64)


def _principal(different: Floats, seed: int) -> Doubles:
    from sklearn.decomposition import PCA

    wide = np.pad(different, ((0, 0), (0, max(0, 2 - different.shape[1]))))
    return np.asarray(PCA(2, random_state=seed).fit_transform(wide.astype(np.float64)), np.float64)


def _hung(flat: Doubles, aspect: float, seed: int) -> tuple[Doubles, float]:
    """Points in any unit -> positions and side as `Layout` has them, hardly any work covering another."""
    if not len(flat):
        return flat, 1.0
    points = _shaped(flat, aspect)
    side = _DENSITY * float(np.sqrt(_occupied(points) / len(points)))
    points = _apart(points, side, np.random.default_rng(seed))
    return _fitted(points, side)


def _shaped(flat: Doubles, aspect: float) -> Doubles:
    """Points turned to lie along the longer side of a window of this shape, stretched to it and evened, in a rectangle
    whose longer side is 1."""
    flat = flat - flat.mean(axis=0)
    _, vectors = np.linalg.eigh(flat.T @ flat)
    vectors = vectors * np.where(vectors[np.abs(vectors).argmax(axis=0), [0, 1]] < 0, -1, 1)  # no sign of its own
    along = flat @ (vectors[:, ::-1] if aspect >= 1 else vectors)
    low, extent = along.min(axis=0), np.ptp(along, axis=0)
    place = (along - low) / np.where(extent > 0, extent, 1.0)
    ranks = np.stack([np.unique(column, return_inverse=True)[1] for column in place.T], axis=1)
    ranks = ranks / np.maximum(ranks.max(axis=0), 1)
    shape = np.array([aspect, 1.0]) / max(aspect, 1.0)
    return np.asarray(((1 - _EVENED) * place + _EVENED * ranks) * shape)


def _fitted(points: Doubles, side: float) -> tuple[Doubles, float]:
    """Scaled and moved, so that squares of this side around the points reach from 0 to 1; and the side, scaled too."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max())
    if extent == 0:
        return np.full(points.shape, 0.5), 1.0
    scale = 1.0 / (extent + (side if side < 1 else 0.0))
    return (points - (low + high) / 2) * scale + 0.5, side * scale


def _occupied(points: Doubles) -> float:
    """The area where works lie, of the unit square: of a grid with a cell for every two works, the cells not empty."""
    cells = max(1, int(np.sqrt(len(points) / 2)))
    taken = np.unique(np.minimum((points * cells).astype(int), cells - 1), axis=0)
    return len(taken) / cells**2


def _apart(points: Doubles, side: float, rng: np.random.Generator) -> Doubles:
    """Push works whose squares overlap apart, half the overlap each, until none does or the rounds are up."""
    from scipy.spatial import cKDTree

    points = points + rng.normal(0.0, side * 1e-3, points.shape)  # copies lie in one place: somewhere they must go
    for _ in range(_ROUNDS):
        pairs = cKDTree(points).query_pairs(side, p=np.inf, output_type="ndarray")
        if not len(pairs):
            break
        one, other = pairs.T
        between = points[other] - points[one]
        rows, along = np.arange(len(pairs)), np.abs(between).argmax(axis=1)
        push = np.zeros(between.shape)
        overlap = side - np.abs(between[rows, along])
        push[rows, along] = np.where(between[rows, along] >= 0, 0.5, -0.5) * 0.9 * overlap
        # Among many at once each push would be too far by as much as they are many.
        crowd = np.maximum(1.0, np.bincount(pairs.ravel(), minlength=len(points)) / 3)
        np.add.at(points, other, push / crowd[other, None])
        np.add.at(points, one, -push / crowd[one, None])
    return points
