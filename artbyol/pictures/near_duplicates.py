"""Pictures that were saved more than once: fingerprints, and what they share, without comparing each with each.

Two files are one picture where every one of 48 x 48 places is as bright in both, but for what saving again does to it.
That is little in an even place and more where there are edges, and more in a small copy than in a large one: a model of
this noise, and not one threshold, lets copies of poor quality pass and stops two drawings on the same white paper.
Measured in docs/experiments/near-duplicates.md.

What counts is decided by `differences` alone. It says no where the spectra of two pictures are far apart, and these are
short: a tree over them spares it nearly all pairs, and nothing is missed.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from artbyol.pictures.decode import Picture

Fingerprints = NDArray[np.uint8]
Spectra = NDArray[np.float32]
Rows = NDArray[np.int64]
Floats = NDArray[np.float32]

_COLOURS: Final = 8
_PLACES: Final = 48
_FREQUENCIES: Final = 12

_LAYOUT: Final = np.dtype(
    [
        ("colours", np.uint8, (_COLOURS, _COLOURS, 3)),  # means; an older artbyol's fingerprints end here
        ("spectrum", np.int8, _FREQUENCIES**2 - 1),
        ("strength", "<f4"),
        ("size", "<u4", 2),
        ("span", "<f4", 2),  # the darkest and the lightest place
        ("places", np.uint8, (_PLACES, _PLACES)),  # mean luminance, stretched to that span
    ]
)
LENGTH: Final = _LAYOUT.itemsize
"""Bytes of a fingerprint. A shorter one, of an older artbyol, is filled up with zeros and is like no other."""

SPECTRUM: Final = slice(192, 192 + 147)
"""The part of a fingerprint that `same_pictures` looks at first."""

_FLOOR = 0.35  # standard deviation that saving again brings to an even place, in levels of 255
_EDGES = 0.4  # variance for each level of contrast around a place
_FINE_PIXELS = 8.0  # a place of so many pixels a side has twice the variance of one of very many
_LARGEST, _LARGEST_AROUND = 7.0, 4.2  # standard deviations: the most of any place, and of any 3 x 3 places together
_CONTRAST = 1.25  # one of two copies may have so many times the contrast of the other
_LIGHTER = 13.0  # levels by which one may be lighter
_COLOURFUL, _ANY_COLOUR = 6.0, 20.0  # levels by which the chroma of 8 x 8 places may differ, on average and anywhere
_UNLIKE_DETAIL = 0.6  # 1 - correlation of what is finer than 3 x 3 places
_ASPECT = 0.005  # besides what rounding a side to whole pixels does
_BLANK = 50.0  # strength of the spectrum, up to which a picture has nothing to be told by, and is like no other
_NEAR, _FAINT, _FARTHEST = 0.2, 200.0, 1.0  # distance of spectra: of clear pictures, more of faint ones, at most

_DIMENSIONS: Final = 12
"""Of the tree: principal components of the spectra. With 8 there are more than twice as many pairs to look at; with 16
the tree itself takes longer."""

_SIEVE: Final = 40  # components that what the tree finds is compared by before the whole spectra are

_TOGETHER = 16  # works asked for at a time at first; where they find few others, more
_FOUND_AT_MOST = 200_000  # pairs held at a time


def fingerprint(picture: Picture) -> bytes:
    """What `differences` compares, `LENGTH` bytes: 8 x 8 mean colours, 48 x 48 mean luminances, their spectrum, and the
    size of the picture."""
    image = Image.fromarray(picture.pixels)
    found = np.zeros((), _LAYOUT)
    found["colours"] = np.asarray(image.resize((_COLOURS, _COLOURS), Image.Resampling.BOX))
    grey = image.convert("L").convert("F")  # whole levels would hide faint pencil
    places = np.asarray(grey.resize((_PLACES, _PLACES), Image.Resampling.BOX))
    found["size"] = picture.width, picture.height
    low, high = float(places.min()), float(places.max())
    found["span"] = low, high
    found["places"] = np.rint((places - low) * (255 / max(high - low, 1e-6)))
    cosines = _cosines() @ places @ _cosines().T
    rows, columns = np.indices(cosines.shape)
    # Low frequencies, which all pages of a kind share, count for less.
    spectrum = (cosines * np.hypot(rows, columns)).reshape(-1)[1:]
    strength = float(np.linalg.norm(spectrum))
    found["strength"] = strength
    found["spectrum"] = np.rint(spectrum * (127 / max(strength, 1e-6)))
    return found.tobytes()


def _cosines() -> Floats:
    """The lowest frequencies of the discrete cosine transform (DCT-II); orthonormal, but for the zeroth."""
    frequencies, places = np.arange(_FREQUENCIES)[:, None], np.arange(_PLACES)
    return np.asarray(np.cos(np.pi * frequencies * (places + 0.5) / _PLACES) * (2 / _PLACES) ** 0.5, np.float32)


def near_duplicates(fingerprints: Fingerprints, of: Fingerprints) -> NDArray[np.bool_]:
    """Which of (n, LENGTH) fingerprints are the same picture as the one (LENGTH,), saved at another size or quality."""
    return differences(fingerprints, of) <= 1


def differences(fingerprints: Fingerprints, of: Fingerprints) -> Floats:
    """How far (n, LENGTH) fingerprints are from the one (LENGTH,): 0 equal, 1 the most that saving a picture again may
    do, more another picture; infinite where a first look says so.

    It is the largest of several differences, each divided by what is allowed: of the luminance of any place and of any
    3 x 3 places together, of detail, of lightness, and of colours.
    """
    found = np.full(len(fingerprints), np.inf, np.float32)
    near = np.flatnonzero(may_be_same(fingerprints[:, SPECTRUM], of[SPECTRUM]))
    if not len(near):
        return found
    others, one = (np.ascontiguousarray(some).view(_LAYOUT)[..., 0] for some in (fingerprints[near], of))
    shaped = _same_shape(others["size"], one["size"])
    if shaped.any():
        found[near[shaped]] = _differences(others[shaped], one)
    return found


def may_be_same(spectra: NDArray[np.uint8], of: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of (n, 147) spectra, as fingerprints hold them, are near enough to one (147,) to look further."""
    vectors, reach = _vectors(spectra), _reach(of[None])[0]
    reach = np.minimum(_reach(spectra), reach)
    return np.asarray(np.linalg.norm(vectors - _vectors(of[None]), axis=1) <= reach)


def marks_of(spectra: NDArray[np.uint8]) -> tuple[NDArray[np.int8], Floats]:
    """What (n, 147) spectra, as fingerprints hold them, consist of: numbers (n, 143) and strengths (n,)."""
    return spectra[:, :-4].view(np.int8), np.ascontiguousarray(spectra[:, -4:]).view("<f4")[:, 0]


def _vectors(spectra: NDArray[np.uint8]) -> Spectra:
    return np.asarray(spectra[:, :-4].view(np.int8) / np.float32(127))


def _reach(spectra: NDArray[np.uint8]) -> Floats:
    """How far another may be from each of (n, 147) spectra: the fainter, the farther; -1: nothing to be seen."""
    strength = np.ascontiguousarray(spectra[:, -4:]).view("<f4")[:, 0]
    reach = np.minimum(_FARTHEST, _NEAR + _FAINT / np.maximum(strength, 1e-6))
    return np.asarray(np.where(strength > _BLANK, reach, -1), np.float32)


def _same_shape(sizes: NDArray[np.uint32], of: NDArray[np.uint32]) -> NDArray[np.bool_]:
    sides, own = np.log(sizes.astype(np.float64)), np.log(of.astype(np.float64))
    rounding = 1 / sizes.min(axis=1) + 1 / of.min()
    return np.asarray(np.abs((sides[:, 0] - sides[:, 1]) - (own[0] - own[1])) <= _ASPECT + rounding)


def _differences(others: Any, one: Any) -> Floats:
    """Of rows of `_LAYOUT` from one."""
    first, second = _luminance(one), _luminance(others)
    lighter = second.mean(axis=(1, 2)) - first.mean()
    first, second = first - first.mean(), second - second.mean(axis=(1, 2), keepdims=True)
    # Copies may have been saved a little lighter, or with a little more contrast.
    spread = np.maximum(second.std(axis=(1, 2), keepdims=True), 1e-6) / max(float(first.std()), 1e-6)
    gain = np.sqrt(spread.clip(1 / _CONTRAST, _CONTRAST))
    first, second = first * gain, second / gain

    middle = (first + second) / 2
    around = _blurred(middle)
    contrast = np.sqrt(np.maximum(_blurred(middle**2) - around**2, 0))
    pixels = np.minimum(others["size"].min(axis=-1), one["size"].min()) / _PLACES
    noise = (_FLOOR**2 + _EDGES * contrast) * (1 + _FINE_PIXELS / pixels)[:, None, None]
    squares = (first - second) ** 2 / noise
    place = np.sqrt(squares.max(axis=(1, 2))) / _LARGEST
    region = np.sqrt(_blurred(squares).max(axis=(1, 2))) / _LARGEST_AROUND

    first, second = first - _blurred(first), second - _blurred(second)
    detail = 1 - (first * second).sum((1, 2)) / np.maximum(
        np.sqrt((first**2).sum((1, 2)) * (second**2).sum((1, 2))), 1e-6
    )
    chroma = np.abs(_chroma(others["colours"]) - _chroma(one["colours"]))
    colour = np.maximum(chroma.mean((1, 2, 3)) / _COLOURFUL, chroma.max((1, 2, 3)) / _ANY_COLOUR)
    shares = (place, region, detail / _UNLIKE_DETAIL, np.abs(lighter) / _LIGHTER, colour)
    return np.asarray(np.max(shares, axis=0), np.float32)


def _luminance(rows: Any) -> Floats:
    low, high = rows["span"][..., 0, None, None], rows["span"][..., 1, None, None]
    return np.asarray(low + rows["places"] * ((high - low) / 255), np.float32)


def _chroma(colours: NDArray[np.uint8]) -> Floats:
    levels = colours.astype(np.float32)
    return np.asarray(levels - levels.mean(axis=-1, keepdims=True))


def _blurred(maps: Floats) -> Floats:
    """Maps (n, h, w), each place the mean of 3 x 3."""
    wide = np.pad(maps, ((0, 0), (1, 1), (1, 1)), mode="edge")
    wide = wide[:, :-2] + wide[:, 1:-1] + wide[:, 2:]
    return np.asarray((wide[..., :-2] + wide[..., 1:-1] + wide[..., 2:]) / 9, np.float32)


def same_pictures(spectra: NDArray[np.uint8], read: Callable[[Rows], Fingerprints]) -> Rows:
    """Of each of n pictures the row of the first that it is the same picture as, if only its own.

    That one stands for all that are led by it: they are near duplicates of it, each, and no chain of likenesses leads
    from a picture to another one. Put the best version first.

    Args:
        spectra: of their fingerprints (n, 147).
        read: gives the fingerprints (m, LENGTH) of some rows: of the few that are alike.
    """
    led_by = np.arange(len(spectra))
    known = np.flatnonzero(_reach(spectra) >= 0)
    if len(known):
        led_by[known] = known[_leaders(spectra[known], lambda rows: read(known[rows]))]
    return led_by


def _leaders(spectra: NDArray[np.uint8], read: Callable[[Rows], Fingerprints]) -> Rows:
    leader = np.full(len(spectra), -1, np.int64)
    for row, near in _near(spectra, leader):
        if leader[row] >= 0:  # another's copy, as was found while this was asked for
            continue
        leader[row] = row
        free = near[leader[near] < 0]
        free = free[may_be_same(spectra[free], spectra[row])]
        if len(free):
            leader[free[near_duplicates(read(free), read(np.array([row]))[0])]] = row
    return leader


def _near(spectra: NDArray[np.uint8], leader: Rows) -> Iterator[tuple[int, Rows]]:
    """Each row that nobody leads yet, in order, with the rows that may be alike."""
    from scipy.spatial import cKDTree

    shadows = _shadows(spectra)
    first = np.ascontiguousarray(shadows[:, :_DIMENSIONS])
    tree = cKDTree(first)  # a k-d tree (Bentley 1975)
    reach = _reach(spectra) + 1e-4  # rounding
    done, together = 0, _TOGETHER
    while done < len(spectra):
        rows = np.arange(done, min(done + together, len(spectra)))
        done = int(rows[-1]) + 1
        rows = rows[leader[rows] < 0]
        if not len(rows):
            continue
        found = tree.query_ball_point(first[rows], reach[rows], return_sorted=False)
        for row, some in zip(rows.tolist(), found, strict=True):
            near = np.array(some, np.int64)
            yield row, near[np.linalg.norm(shadows[near] - shadows[row], axis=1) <= reach[row]]
        together = int(np.clip(_FOUND_AT_MOST * len(rows) / max(1, sum(map(len, found))), 1, 2 * together))


def _shadows(spectra: NDArray[np.uint8]) -> Floats:
    """The spectra in a few dimensions (n, components): no two are farther apart there than they are."""
    rows = _vectors(spectra)
    rows -= rows.mean(axis=0)
    _, axes = np.linalg.eigh(rows.T @ rows)
    return np.asarray(rows @ np.ascontiguousarray(axes[:, : -_SIEVE - 1 : -1], np.float32))
