"""How one encoder sees works and their halves, in figures that need no labels: what a verdict compares stages by.

A work's style should be found in either half of it, whichever file shows it. So an encoder is asked twice for the works
closest to one: from crops of its one half, and from crops of its other half, which share no pixel. The *agreement* is
how often one of the ten works nearest to the one half is nearer to the other half than a work that is not among these
ten: 50 % is chance, 100 % the same ten. A work that is near to every half is no sign of a hand, so what it is near to
halves on average is taken off first. *Kinship*: of what two halves of a work have in common beyond all works, how much
do they have in common with halves of its nearest works? 0 % is what works without kin would show, 100 % as much as with
each other.

The reasoning is that of split-half reliability (Spearman 1910; Brown 1910), applied to neighbours, and of the
intraclass correlation (Fisher 1925), the class being a work and its neighbours; taking off the mean is how Suzuki,
Hara, Shimbo, Saerens and Fukumizu (2013, "Centering similarity measures to reduce hubs") deal with hubs.
"""

from dataclasses import dataclass

import numpy as np

from artbyol.base.vectors import Doubles, Floats, Ints, unit

NEIGHBOURS = 10

FOR_KINSHIP = 1000
"""Works among which kin are looked for."""


@dataclass(frozen=True)
class StageVectors:
    """How one encoder sees the n works of a collection: unit vectors (n, d).

    Attributes:
        works: as they are embedded: what is searched in.
        first, second: in crops of their one half, and of their other half.
        in_grey, cut: some of the works as they look without their colours, and with a tenth cut off each side, (m, d);
            None where that was not tried.
        elsewhere: the first halves of some of the works as other files of the collection would show them, (m, d); None
            where that was not tried.
    """

    works: Floats
    first: Floats
    second: Floats
    in_grey: Floats | None = None
    cut: Floats | None = None
    elsewhere: Floats | None = None


def agreement(seen: StageVectors, rows: Ints, pictures: Ints | None = None) -> Doubles:
    """For each of `rows` (m,), how often one of the ten works nearest to its one half is nearer to its other half than
    a work that is not among the ten: the area under the ROC curve, in percent (m,), of both directions averaged.

    Where ten would be more than a third of the others, it is that third. Versions of the work itself are no others:
    those of which `pictures` (n,) says the same.
    """
    # (half - mean half) . work is the work's cosine to this half less its mean cosine to all halves.
    halves = (half[rows] - half.mean(0) for half in (seen.first, seen.second))
    return agreement_of(*(to_others(half, seen.works, rows, pictures) for half in halves))


def agreement_of(by_first: Floats, by_second: Floats) -> Doubles:
    k = few(by_first)
    return np.asarray((_area(by_first, by_second, k) + _area(by_second, by_first, k)) / 2)


def kinship(seen: StageVectors, rows: Ints, pictures: Ints | None = None) -> Doubles:
    """For each of `rows` two figures (m, 2), of which the means are divided: what a half has in common with the halves
    of its nearest works, and with its own other half; 1 is as much with them as with itself, 0 what chance gives.

    Common is what cosines are above those to all works. The ten nearest are those of the one half; then the other half
    is compared with their other halves: crops that had no part in the choice. What is constant over one photograph is
    in the second figure alone. From both is taken what works without kin would show (`_without_kin`). Of a collection
    of more than `FOR_KINSHIP` works only `rows` are looked at.
    """
    if len(seen.works) > FOR_KINSHIP:
        seen = StageVectors(seen.works[rows], seen.first[rows], seen.second[rows])
        rows, pictures = np.arange(len(rows)), None if pictures is None else pictures[rows]
    first, second, works = seen.first, seen.second, seen.works
    found, others = [], len(works) - 1
    for half, other in ((first, second), (second, first)):
        chosen = to_others(half[rows] - half.mean(0), works, rows, pictures)
        kin, asked = nearest(chosen, few(chosen)), other[rows]
        itself, own = (asked * asked).sum(1), (asked * half[rows]).sum(1)
        with_kin = np.einsum("md,mkd->m", asked, other[kin]) / kin.shape[1]
        beyond = with_kin - (asked @ other.sum(0) - itself) / others, own - (asked @ half.sum(0) - own) / others
        found.append(np.stack(beyond, 1))
    shared, own = np.stack(found, dtype=np.float64).mean(0).T
    by_chance = _without_kin(works, kin.shape[1])
    return np.stack([shared - by_chance * own, (1 - by_chance) * own], 1)


def _without_kin(works: Floats, k: int) -> float:
    """What works (n, d) would have in common with their k nearest if none were kin: they vary along each principal axis
    as much as these do, but along each independently of the others.

    That is parallel analysis (Horn 1965) by permutation (Buja and Eyuboglu 1992). Vectors of few dimensions are near to
    some others whatever they show.
    """
    if works.shape[1] < len(works):  # the same coordinates, by the smaller of two matrices
        coordinates = works @ np.linalg.eigh(works.T @ works)[1]
    else:
        strengths, axes = np.linalg.eigh(works @ works.T)
        coordinates = axes * np.sqrt(np.maximum(strengths, 0))
    rng, found = np.random.default_rng(0), []
    for _ in range(max(1, FOR_KINSHIP // len(works))):
        drawn = unit(np.stack([rng.permutation(column) for column in coordinates.T], 1))
        cosines = drawn @ drawn.T
        mean = (cosines.sum(1) - 1) / (len(works) - 1)
        np.fill_diagonal(cosines, -np.inf)
        nearest = np.partition(cosines, -k, axis=1)[:, -k:].mean(1)
        found.append(float((nearest - mean).mean() / max(float((1 - mean).mean()), 1e-9)))
    return min(float(np.mean(found)), 0.99)


def found_again(seen: StageVectors, rows: Ints, pictures: Ints | None = None) -> Doubles:
    """For each of `rows` (m,), percent of its two halves (m,) that are nearest to each other among all other halves."""
    pictures = np.arange(len(seen.works)) if pictures is None else pictures
    pairs = ((seen.first, seen.second), (seen.second, seen.first))
    matched = [pictures[(half[rows] @ other.T).argmax(1)] == pictures[rows] for half, other in pairs]
    return np.asarray(100.0 * np.mean(matched, 0))


def neighbours_kept(seen: StageVectors, rows: Ints, altered: Floats, pictures: Ints | None = None) -> Doubles:
    """Of the ten works nearest to each of `rows` (m,), the percentage that stay (m,) when the work is altered and has
    these vectors (m, d)."""
    before, after = (to_others(queries, seen.works, rows, pictures) for queries in (seen.works[rows], altered))
    k = few(before)
    return np.asarray(100.0 * (nearest(before, k)[:, :, None] == nearest(after, k)[:, None, :]).any(2).mean(1))


def effective_rank(vectors: Floats) -> float:
    """The exponential of the entropy of the singular values' shares (Roy and Vetterli 2007) of centred (n, d)."""
    centred = (vectors - vectors.mean(0)).astype(np.float64)
    products = centred @ centred.T if len(centred) < centred.shape[1] else centred.T @ centred
    strengths = np.sqrt(np.maximum(np.linalg.eigvalsh(products), 0))  # quicker than `svd`
    shares = strengths / max(float(strengths.sum()), 1e-12)
    return float(np.exp(-(shares * np.log(np.maximum(shares, 1e-12))).sum()))


def hubness(seen: StageVectors, rows: Ints, k: int = NEIGHBOURS) -> float:
    """Skewness of the k-occurrences of all works among the nearest of `rows`: Radovanović, Nanopoulos and Ivanović
    2010, equation 2."""
    cosines = to_others(seen.works[rows], seen.works, rows)
    counts = np.bincount(nearest(cosines, few(cosines, k)).ravel(), minlength=len(seen.works)).astype(float)
    spread = counts.std()
    return float(((counts - counts.mean()) ** 3).mean() / spread**3) if spread else 0.0


def to_others(queries: Floats, works: Floats, rows: Ints, pictures: Ints | None = None) -> Floats:
    """Cosines (m, n) of queries to works; of each to the work that it is of (`rows`) and its versions, -inf."""
    cosines = queries @ works.T
    if pictures is None:
        cosines[np.arange(len(rows)), rows] = -np.inf
    else:
        cosines[pictures[rows, None] == pictures] = -np.inf
    return cosines


def nearest(cosines: Floats, k: int) -> Ints:
    return np.argpartition(-cosines, k - 1, axis=1)[:, :k]


def _area(asked: Floats, order: Floats, k: int) -> Doubles:
    """Percent (m,) of the pairs of one of the k greatest of a row of `asked` and one of the others in which it is the
    greater in the same row of `order`; both (m, n). Those at -inf do not count. Ties count half."""
    values, hidden = np.take_along_axis(order, nearest(asked, k), 1), np.isneginf(order).sum(1)
    below = np.mean([(order < values[:, j : j + 1]).sum(1) - hidden for j in range(k)], axis=0)
    level = np.mean([(order == values[:, j : j + 1]).sum(1) - 1 for j in range(k)], axis=0)  # - 1: itself
    among_themselves = (k - 1) / 2
    return np.asarray(100 * (below + level / 2 - among_themselves) / (order.shape[1] - hidden - k))


def few(cosines: Floats, k: int = NEIGHBOURS) -> int:
    """k, or a third of the others where that is less."""
    return min(k, max(1, int((~np.isneginf(cosines)).sum(1).min()) // 3))
