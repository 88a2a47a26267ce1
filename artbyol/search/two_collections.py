"""Two collections seen by the model of one of them: who has kin over there, who has not, and what of theirs is inside
the style of mine.

"Inside" is a test of novelty: a work lies inside a collection's style unless it is farther from the works nearest to it
than nine in ten works of that collection are from those nearest to them (a conformal p-value, Bates et al. 2023, arXiv
2104.08279; the score of Angiulli and Pizzuti 2002). The radii of Kynkäänniemi et al. (2019), which reach as far around
each work as its own third neighbour, take in far more that is foreign: docs/experiments/ranking.md.

A model that learnt from few works tells those apart by what little they differ in, and overlooks what sets all of them
apart from others. So with few works the untrained encoder is asked, too, and what it holds to be outside is outside.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from artbyol.base.bootstrap import Estimate, estimate, resampled_means
from artbyol.base.vectors import Floats, Ints
from artbyol.encoder.current import current_model_id, id_in
from artbyol.metadata.metadata import Metadata, written
from artbyol.pictures.listing import Listed
from artbyol.pictures.near_duplicates import near_duplicates
from artbyol.search.chance import Chance
from artbyol.search.collection import OpenCollection
from artbyol.search.index import StyleIndex
from artbyol.search.results import RankedWork
from artbyol.storage.store import Store

NEAREST: Final = 3
"""Works whose mean cosine says how near a work is to a collection."""

OUTSIDE: Final = 0.1
"""Of a collection's own works, the share that lies as far out as what is not inside its style."""

FEW: Final = 256
"""Works of mine, below which the untrained encoder is asked, too: twice the dimensions of the space of style, which
fewer works cannot fill."""

_AMONG = 500  # works over there among which kin are counted
_BLOCK = 1_000


@dataclass(frozen=True)
class Kin(RankedWork):
    """A work of the one collection beside the work of the other that is nearest to it.

    Attributes:
        nearest: that work, relative to the other folder; `same`: whether it is the same picture.
        percentile: 0..100, the share of all pairs of works in my collection that are less alike.
        kin: how many works over there are more alike to it than chance would have them (`artbyol.search.chance`).
        inside: whether it lies inside the other collection's style; with fewer than ten works, no style has an outside.
    """

    nearest: bytes
    same: bool
    percentile: float
    kin: int
    inside: bool


@dataclass(frozen=True, repr=False, kw_only=True)
class Comparison(Listed):
    """What two collections have to do with each other, in style.

    Attributes:
        folder, other: the collections, mine and theirs; `works`, `other_works`: how many pictures they have.
        model_id: of the model of `folder`, which saw both.
        mine: the works of `folder`, those with the nearest over there first; `theirs`: those of `other`, likewise.
        with_kin: of mine the share, in per cent, that has kin over there.
        inside: of theirs the share, in per cent, inside the style of mine.
        usual: of mine the share that is, each measured by the others, to compare with: about 90, and less if the
            untrained encoder was asked, too.
        metadata: what is known of the works of `folder` besides, by path.
    """

    folder: Path
    other: Path
    works: int
    other_works: int
    model_id: str
    mine: tuple[Kin, ...]
    theirs: tuple[Kin, ...]
    with_kin: Estimate
    inside: Estimate
    usual: float
    metadata: Mapping[bytes, Metadata] = field(default_factory=dict)

    @property
    def only_mine(self) -> tuple[Kin, ...]:
        """The works of `folder` without kin over there, the farthest from all of them first."""
        return tuple(one for one in reversed(self.mine) if not one.kin)

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        return ((one, written(self.metadata.get(one.path))) for one in self.mine)


def store_as_seen(collection: OpenCollection, folder: Path, model: Path | None) -> Store:
    """Where the works of a folder are kept as a model sees them, None: the untrained encoder: inside the store of this
    collection. Nothing of it is made yet; what an earlier model saw there is to be embedded again."""
    seen = os.fsencode(os.path.realpath(folder)) + (b"" if model else b"\0untrained")
    name = hashlib.sha256(seen).hexdigest()[:16]
    store = Store(Path(os.path.abspath(folder)), collection.store.compared / name)
    if model and current_model_id(store) != id_in(model):
        store.model.unlink(missing_ok=True)
    return store


def compare_collections(mine: OpenCollection, theirs: OpenCollection) -> Comparison:
    """Compare two collections that were embedded by one model; `artbyol.compare` explains what comes of it."""
    ours, others = _Side(mine), _Side(theirs)
    mine.run.progress("comparing")
    there, here = ours.beside(others, ours.index), others.beside(ours, ours.index)
    return Comparison(
        folder=mine.folder,
        other=theirs.folder,
        works=len(ours.ids),
        other_works=len(others.ids),
        model_id=ours.index.model_id,
        mine=there,
        theirs=here,
        with_kin=_share([one.kin > 0 for one in there]),
        inside=_share([one.inside for one in here]),
        usual=100 * float(np.mean(list(ours.own().values()))),
        metadata=mine.metadata([one.path for one in there]),
    )


def also_inside(found: Comparison, mine: OpenCollection, theirs: OpenCollection, seen: OpenCollection) -> Comparison:
    """A comparison in which only those of theirs are inside that are so to other eyes as well.

    Args:
        mine: the collection as it was compared; `seen`: by those eyes. theirs: of the other, by those eyes, at least
            the works that are inside.
    """
    ours, others = _Side(seen), _Side(theirs)
    held = dict(zip(others.names(), ours.inside(others.directions).tolist(), strict=True))
    here = tuple(replace(one, inside=one.inside and (one.same or held.get(one.path, False))) for one in found.theirs)
    first, second = _Side(mine).own(), ours.own()
    usual = 100 * float(np.mean([held and second.get(path, False) for path, held in first.items()]))
    return replace(found, theirs=here, inside=_share([one.inside for one in here]), usual=usual)


class _Side:
    """One of two collections."""

    def __init__(self, collection: OpenCollection) -> None:
        self.collection, self.index = collection, collection.index()
        embedded = collection.embedded()
        self.ids, self.directions = embedded.ids, embedded.directions
        self.sample = collection.chance().sample
        others = self._nearest(self.directions, min(NEAREST + 1, len(self.ids)))[1][:, 1:]  # the first is itself
        self.nearness = others.mean(axis=1) if others.size else np.empty(0, np.float32)

    def _nearest(self, directions: Floats, k: int) -> tuple[Ints, Floats]:
        """Rows (n, k) of the works nearest to these directions, and their cosines, falling."""
        blocks = [self.index.search(directions[at : at + _BLOCK], k) for at in range(0, len(directions), _BLOCK)]
        rows = np.concatenate([np.searchsorted(self.ids, hits.ids) for hits in blocks])
        return rows, np.concatenate([hits.scores for hits in blocks])

    def inside(self, directions: Floats) -> NDArray[np.bool_]:
        """Which directions (n, d) of works that are not in this collection lie inside its style, (n,)."""
        return self._near_enough(self._nearest(directions, min(NEAREST, len(self.ids)))[1].mean(axis=1))

    def own(self) -> dict[bytes, bool]:
        """Of each work of this collection, whether it lies inside the style of the others."""
        held = self._near_enough(self.nearness) if len(self.nearness) else np.ones(len(self.ids), bool)
        return dict(zip(self.names(), held.tolist(), strict=True))

    def names(self) -> list[bytes]:
        """The works' first paths, row by row."""
        files = self.collection.paths_of(self.ids.tolist())
        return [files[one][0] for one in self.ids.tolist()]

    def _near_enough(self, nearness: Floats) -> NDArray[np.bool_]:
        as_far = np.searchsorted(np.sort(self.nearness), nearness, side="right")
        return np.asarray((1 + as_far) / (1 + len(self.nearness)) > OUTSIDE)

    def beside(self, other: _Side, scale: StyleIndex) -> tuple[Kin, ...]:
        """The works of this collection beside those of another, the nearest first; how close by an index's scale."""
        rows, cosines = other._nearest(self.directions, min(_AMONG, len(other.ids)))
        chance = Chance.of(other.sample, self.sample)
        shares = scale.percentile(cosines[:, 0])
        inside = other.inside(self.directions)
        files = self.collection.paths_of(self.ids.tolist())
        theirs = other.collection.paths_of(np.unique(other.ids[rows[:, 0]]).tolist())
        same = self._same(other, rows[:, 0])
        found = []
        for rank, row in enumerate(np.argsort(-cosines[:, 0], kind="stable").tolist(), start=1):
            path, *copies = files[int(self.ids[row])]
            nearest = theirs[int(other.ids[rows[row, 0]])][0]
            kin = chance.kin(self.directions[row], cosines[row], len(other.ids))
            told = nearest, same[row], float(shares[row]), kin, same[row] or bool(inside[row])
            found.append(Kin(rank, path, tuple(copies), *told))
        return tuple(found)

    def _same(self, other: _Side, nearest: Ints) -> list[bool]:
        """Of each work whether the nearest over there is the same picture."""
        marks = self.collection.catalogue.fingerprints(self.ids.tolist())
        theirs = other.collection.catalogue.fingerprints(other.ids[nearest].tolist())
        return [bool(near_duplicates(one[None], two)[0]) for one, two in zip(marks, theirs, strict=True)]


def _share(held: Sequence[bool]) -> Estimate:
    """Of some works the share that something holds of, in per cent."""
    values = 100 * np.asarray(held, np.float64)
    return estimate(values.mean(), resampled_means(values[:, None])[:, 0])
