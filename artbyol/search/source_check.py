"""Do neighbours follow where a file is from rather than what it shows? Asked without labels.

Where a folder holds one hand, its works are alike for good reasons, and their files often are, too. So a work is asked
for its nearest in *other* folders: whether their files are of its kind more often than chance would have it, no shared
folder explains. Only where all works lie in one folder, or a kind of file keeps to folders of its own, all others are
asked; in the latter case nobody can tell the file from the hand, and nothing is warned of.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from artbyol.base.vectors import Floats, Ints, LabelColumn
from artbyol.search.collection import OpenCollection
from artbyol.search.file_kinds import Aspect, FileKinds, file_kinds
from artbyol.search.leak import LabelLeak, Leak, leak, nearest_others, shared

FOLLOWED: Final = 0.5
"""From here on neighbours are said to follow the files: half of what could be followed. Measured: at most 0.37 in
collections of one source, 0.56 to 0.97 in those of several (docs/experiments/sources.md)."""

ASKED: Final = 1_000
"""Works asked for their neighbours: enough for intervals of three points."""

FEWEST: Final = 20
"""Works that a kind must have to count: as many as ten neighbours and ten others."""


@dataclass(frozen=True)
class Followed:
    """How far neighbours follow one thing.

    Attributes:
        aspect: what.
        found: how many of the nearest share it, and chance.
        elsewhere: whether only works in other folders were looked at. If not, a shared folder may explain it.
    """

    aspect: Aspect
    found: Leak
    elsewhere: bool

    @property
    def clearest(self) -> LabelLeak:
        """The kind that keeps to itself most."""
        return max(self.found.by_label, key=lambda one: (one.share - one.chance) / (1 - one.chance))


@dataclass(frozen=True)
class SourceCheck:
    """How far the neighbours of a collection follow where files are from.

    Attributes:
        asked: works that were asked for their nearest.
        aspects: what they may follow, as far as there are kinds of enough works; what they follow most comes first.
        warning: the one of `aspects` to be warned of, or None.
    """

    asked: int
    aspects: tuple[Followed, ...]
    warning: Followed | None


def check_collection(collection: OpenCollection) -> SourceCheck:
    """How far the neighbours of a collection follow its files. Raises what `OpenCollection.embedded` does."""
    embedded = collection.embedded()
    known = {work.id: work for work in reversed(collection.files())}  # of copies, the first by path
    works = [known[content] for content in embedded.ids.tolist()]
    return source_check(embedded.directions, file_kinds(collection.catalogue, works))


def source_check(directions: Floats, kinds: FileKinds, seed: int = 0) -> SourceCheck:
    """How far the nearest of works follow their files.

    Args:
        directions: (n, d), the vectors of works at length 1; kinds: of the same works.
        seed: of the works that are asked, where there are more than `ASKED`.
    """
    n = len(directions)
    asked = np.sort(np.random.default_rng(seed).permutation(n)[:ASKED])
    everywhere = nearest_others(directions, asked)
    _, works = np.unique(np.array(kinds.folders, dtype=object), return_counts=True)
    # Where most works lie in one folder, what lies elsewhere says little of them.
    elsewhere = nearest_others(directions, asked, apart=kinds.folders) if 2 * works.max() <= n else None
    found = [_followed("folder", kinds.top_folders, asked, everywhere)]
    for aspect, labels in kinds.said.items():
        if aspect == "compression":
            continue  # it goes with what is shown, too: a line drawing takes more bits than a wash
        told = None if elsewhere is None else _followed(aspect, labels, asked, elsewhere, kinds.folders)
        found.append(told or _followed(aspect, labels, asked, everywhere))
    aspects = sorted((one for one in found if one), key=lambda one: -one.found.strength)
    sure = [one for one in aspects if one.aspect != "folder" and one.elsewhere == (elsewhere is not None)]
    warning = next((one for one in sure if one.found.strength >= FOLLOWED), None)
    return SourceCheck(len(asked), tuple(aspects), warning)


def _followed(
    aspect: Aspect, labels: LabelColumn, asked: Ints, nearest: Ints, folders: LabelColumn | None = None
) -> Followed | None:
    """How far the `nearest` of works share a label; None where too few could have done otherwise.

    Args:
        folders: the nearest lie in others than the query.
    """
    _, chances = shared(nearest, asked, labels, apart=folders)
    tells = (chances > 0) & (chances < 1)  # elsewhere there are works of this kind, and of others
    own = np.array([labels[work] for work in asked.tolist()], dtype=object)
    kinds, works = np.unique(own[tells], return_counts=True)
    tells &= np.isin(own, kinds[works >= FEWEST])
    if len(set(own[tells])) < 2 or (folders is not None and 2 * tells.sum() < len(asked)):
        return None
    found = leak(nearest[tells], asked[tells], labels, apart=folders)
    return Followed(aspect, found, folders is not None) if found else None
