"""Words for works and groups: what sets them apart from the rest of their collection.

Attributes (`artbyol.pictures.measures.attributes`) become words by comparison alone: "cooler" is cooler than this
collection. A work gets a word only in the extreme 5 %. A group gets one for what holds of its works against the others
with so much certainty that a random group gets none. Nothing is said twice: an attribute that is correlated with one
already named is passed over.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from artbyol.pictures.measures.attributes import ATTRIBUTES
from artbyol.pictures.measures.surface import Floats

Doubles = NDArray[np.float64]

MOST_WORDS: Final = 4

FEWEST_WORKS: Final = 20
"""In a smaller collection nothing is said of single works: its median is a matter of chance."""

EXTREME: Final = 5.0
"""An attribute of a work is named if at most this share of the works, per cent, lies further out on the same side."""

FAR: Final = 1.5
"""And if it lies at least so many robust standard deviations from the median: where all works are alike, none stands
out."""

LARGE: Final = 0.474
"""Cliff's delta from which an attribute of a group is named: "large" in Romano et al. 2006."""

WRONG: Final = 0.05
"""The share of the words said of groups that may be owed to chance: the false discovery rate (Benjamini and Hochberg
1995) over all attributes and groups. Where all groups are random, it is the probability of any word at all."""

_SAME = 0.85  # rank correlation from which two attributes say the same
_MONOCHROME = 3.0  # mean C* of a picture without colour
_NAMES = [attribute.name for attribute in ATTRIBUTES]
_COLOURFULNESS = _NAMES.index("colourfulness")
_OF_COLOUR = [_COLOURFULNESS, _NAMES.index("hues"), _NAMES.index("colours")]


def robust_z(values: Floats, everyone: Floats) -> Doubles:
    """Deviation of (..., m) values from the median of (n, m), in units of 1.4826 MAD (σ, for a normal distribution).

    0 where at least half of all works share one value.
    """
    median = np.median(everyone, axis=0)
    spread = 1.4826 * np.median(np.abs(everyone - median), axis=0)
    return np.asarray(np.where(spread > 0, (values - median) / np.where(spread > 0, spread, 1.0), 0.0), np.float64)


def percentiles(values: Floats, everyone: Floats) -> Doubles:
    """The share of works (n, m), 0..100, that lie below (q, m) values; works that are level count half."""
    shares = np.empty(values.shape)
    for number, column in enumerate(np.sort(everyone, axis=0).T):
        below, level = (np.searchsorted(column, values[:, number], side=side) for side in ("left", "right"))
        shares[:, number] = 50.0 * (below + level) / len(column)
    return shares


def work_words(values: Floats, everyone: Floats) -> list[tuple[str, ...]]:
    """What sets each of some works with these attributes (q, m) apart from a collection (n, m); strongest first, at
    most 4 words a work."""
    if len(everyone) < FEWEST_WORKS:
        return [()] * len(values)
    deviations, shares = robust_z(values, everyone), percentiles(values, everyone)
    named = (np.abs(deviations) >= FAR) & ((shares <= EXTREME) | (shares >= 100 - EXTREME))
    alike = _alike(everyone)
    return [_said(strength, row, alike) for strength, row in zip(np.where(named, deviations, 0.0), values, strict=True)]


def group_words(everyone: Floats, labels: NDArray[np.int64]) -> list[tuple[str, ...]]:
    """What sets each group apart from all other works.

    Args:
        everyone: attributes (n, m).
        labels: of each work its group, 0 and on, or -1 for none.

    Returns:
        For each group at most 4 words, strongest first.
    """
    groups = int(labels.max(initial=-1)) + 1
    if not groups:
        return []
    ranks = [_ranked(column) for column in everyone.T]
    found = [_against_the_rest(ranks, labels == group) for group in range(groups)]
    deltas, chances = (np.stack(rows) for rows in zip(*found, strict=True))
    real = (_corrected(chances) <= WRONG) & (np.abs(deltas) >= LARGE)
    alike = _alike(everyone)
    middles = [np.median(everyone[labels == group], axis=0) for group in range(groups)]
    return [_said(strength, row, alike) for strength, row in zip(np.where(real, deltas, 0.0), middles, strict=True)]


def _ranked(column: Floats) -> tuple[Doubles, float]:
    """Ranks (n,) from 1, of equal values their mean; and the sum of t³ - t over sets of t equal values.

    (This, the test and the correction below are as in scipy.stats, which takes most of a second to import.)
    """
    _, place, counts = np.unique(column, return_inverse=True, return_counts=True)
    sizes = counts.astype(np.float64)
    return (sizes.cumsum() - (sizes - 1) / 2)[place], float((sizes**3 - sizes).sum())


def _against_the_rest(ranked: list[tuple[Doubles, float]], members: NDArray[np.bool_]) -> tuple[Doubles, Doubles]:
    """Cliff's delta (-1..1) of the members against the others for each attribute, and the probability of one as large
    by chance (Mann-Whitney test, two-sided, by the normal approximation)."""
    from scipy.special import ndtr

    n, inside = len(members), int(members.sum())
    pairs = inside * (n - inside)
    if not pairs:
        return np.zeros(len(ranked)), np.ones(len(ranked))
    wins = np.array([ranks[members].sum() for ranks, _ in ranked]) - inside * (inside + 1) / 2
    ties = np.array([tied for _, tied in ranked])
    spread = np.sqrt(pairs / 12 * (n + 1 - ties / (n * (n - 1))))
    beyond = np.maximum(np.abs(wins - pairs / 2) - 0.5, 0.0)  # continuity
    chances = np.where(spread > 0, 2 * ndtr(-beyond / np.where(spread > 0, spread, 1.0)), 1.0)
    return 2 * wins / pairs - 1, chances


def _corrected(chances: Doubles) -> Doubles:
    """Probabilities, of any shape, as Benjamini and Hochberg (1995) correct them."""
    order = np.argsort(chances, axis=None)[::-1]
    scaled = chances.ravel()[order] * chances.size / np.arange(chances.size, 0, -1)
    found = np.empty(chances.size)
    found[order] = np.minimum.accumulate(scaled).clip(max=1.0)
    return found.reshape(chances.shape)


def _said(strength: Doubles, values: Floats, alike: NDArray[np.bool_]) -> tuple[str, ...]:
    """Words for the attributes whose strength is not 0, the strongest first, none that is like one before."""
    words: list[str] = []
    named: list[int] = []
    if values[_COLOURFULNESS] < _MONOCHROME and (strength[_OF_COLOUR] < 0).any():  # one word for all three
        strength = strength.copy()
        strength[_OF_COLOUR] = (strength[_OF_COLOUR].min(), 0.0, 0.0)
    for number in np.argsort(-np.abs(strength), kind="stable").tolist():
        attribute = ATTRIBUTES[number]
        word = attribute.more if strength[number] > 0 else attribute.less
        if not strength[number] or len(words) == MOST_WORDS:
            break
        if word is None or alike[number, named].any():
            continue
        grey = number == _COLOURFULNESS and word == attribute.less and values[number] < _MONOCHROME
        words.append("monochrome" if grey else word)
        named.append(number)
    return tuple(words)


def _alike(everyone: Floats) -> NDArray[np.bool_]:
    """Which attributes rise and fall together over the collection: (m, m), by Spearman's rank correlation."""
    if len(everyone) < 2:
        return np.zeros((everyone.shape[1], everyone.shape[1]), bool)
    ranks = np.stack([_ranked(column)[0] for column in everyone.T])
    with np.errstate(invalid="ignore", divide="ignore"):  # an attribute may have one value everywhere
        return np.asarray(np.abs(np.corrcoef(ranks)) >= _SAME)
