"""Two collections seen by the model of one of them: who has kin over there, who has not, and what of theirs is inside
the style of mine.

"Inside" is that of Kynkäänniemi et al. (2019, arXiv 1904.06991), who compare generated pictures with real ones: a work
lies inside a collection's style if it is as near to one of its works as that one's third neighbour is. Their precision
is the share of theirs inside mine; how many of mine lie inside the style of the others of mine says what is usual.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from artbyol.base.bootstrap import Estimate, estimate, resampled_means
from artbyol.base.vectors import Floats, Ints
from artbyol.encoder.current import current_model_id
from artbyol.metadata.metadata import Metadata, written
from artbyol.pictures.listing import Listed
from artbyol.pictures.near_duplicates import near_duplicates
from artbyol.search.chance import Chance
from artbyol.search.collection import OpenCollection
from artbyol.search.index import StyleIndex
from artbyol.search.results import RankedWork
from artbyol.storage.store import Store

RADIUS: Final = 3
"""The neighbour of a work whose distance is how far its style reaches (Kynkäänniemi et al. 2019, section 3)."""

_NEAREST = 500  # works over there among which kin are counted
_AROUND = 50  # works of mine around one of theirs that may hold it inside
_BLOCK = 1_000


@dataclass(frozen=True)
class Kin(RankedWork):
    """A work of the one collection beside the work of the other that is nearest to it.

    Attributes:
        nearest: that work, relative to the other folder; `same`: whether it is the same picture.
        percentile: 0..100, the share of all pairs of works in my collection that are less alike.
        kin: how many works over there are more alike to it than chance would have them (`artbyol.search.chance`).
        inside: whether it lies inside the other collection's style.
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
        inside: of theirs the share, in per cent, inside the style of mine; `usual`: of mine, inside that of the others.
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
    usual: Estimate
    metadata: Mapping[bytes, Metadata] = field(default_factory=dict)

    @property
    def only_mine(self) -> tuple[Kin, ...]:
        """The works of `folder` without kin over there, the farthest from all of them first."""
        return tuple(one for one in reversed(self.mine) if not one.kin)

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        return ((one, written(self.metadata.get(one.path))) for one in self.mine)


def store_as_seen(collection: OpenCollection, other: Path) -> Store:
    """Where the works of another folder are kept as this collection's model sees them: inside the store of this
    collection. Nothing of it is made yet; what an earlier model saw there is to be embedded again."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(other))).hexdigest()[:16]
    store = Store(Path(os.path.abspath(other)), collection.store.compared / name)
    if current_model_id(store) != current_model_id(collection.store):
        store.model.unlink(missing_ok=True)
    return store


def compare_collections(mine: OpenCollection, theirs: OpenCollection) -> Comparison:
    """Compare two collections that were embedded by one model; `artbyol.compare` explains what comes of it."""
    ours, others = _Side(mine), _Side(theirs)
    mine.run.progress("comparing")
    there, here = ours.beside(others, ours.index), others.beside(ours, ours.index)
    with_kin = _share([one.kin > 0 for one in there])
    usual = _share(ours.inside(ours.directions, ours.ids).tolist())
    return Comparison(
        folder=mine.folder,
        other=theirs.folder,
        works=len(ours.ids),
        other_works=len(others.ids),
        model_id=ours.index.model_id,
        mine=there,
        theirs=here,
        with_kin=with_kin,
        inside=_share([one.inside for one in here]),
        usual=usual,
        metadata=mine.metadata([one.path for one in there]),
    )


class _Side:
    """One of two collections."""

    def __init__(self, collection: OpenCollection) -> None:
        self.collection, self.index = collection, collection.index()
        embedded = collection.embedded()
        self.ids, self.directions = embedded.ids, embedded.directions
        self.sample = collection.chance().sample
        reach = min(RADIUS + 1, len(self.ids))  # itself is the first
        self.radius = self._nearest(self.directions, reach)[1][:, -1]

    def _nearest(self, directions: Floats, k: int) -> tuple[Ints, Floats]:
        """Rows (n, k) of the works nearest to these directions, and their cosines, falling."""
        blocks = [self.index.search(directions[at : at + _BLOCK], k) for at in range(0, len(directions), _BLOCK)]
        rows = np.concatenate([np.searchsorted(self.ids, hits.ids) for hits in blocks])
        return rows, np.concatenate([hits.scores for hits in blocks])

    def inside(self, directions: Floats, ids: Ints | None = None) -> Any:
        """Which directions (n, d) lie inside this collection's style, bool (n,).

        Args:
            ids: of works of this collection whose directions they are: none lies inside its own.
        """
        rows, cosines = self._nearest(directions, min(_AROUND, len(self.ids)))
        held = cosines >= self.radius[rows]
        if ids is not None:
            held &= self.ids[rows] != ids[:, None]
        return held.any(axis=1)

    def beside(self, other: _Side, scale: StyleIndex) -> tuple[Kin, ...]:
        """The works of this collection beside those of another, the nearest first; how close by an index's scale."""
        rows, cosines = other._nearest(self.directions, min(_NEAREST, len(other.ids)))
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
            told = nearest, same[row], float(shares[row]), kin, bool(inside[row])
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
