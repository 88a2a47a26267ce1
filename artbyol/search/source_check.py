"""Do neighbours follow where a file is from rather than what it shows? Asked without labels.

Where a folder holds one hand, its works are alike for good reasons, and their files often are, too. So a work is asked
for its nearest in *other* folders: whether their files are of its kind more often than chance would have it, no shared
folder explains. Only where all works lie in one folder, or a kind of file keeps to folders of its own, all others are
asked; in the latter case nobody can tell the file from the hand, and nothing is warned of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from artbyol.base.vectors import Floats, Ints, LabelColumn
from artbyol.search.collection import OpenCollection
from artbyol.search.file_kinds import FileKinds, file_kinds, kinds_inside
from artbyol.search.leak import LabelLeak, Leak, leak, nearest_others, shared
from artbyol.storage.rows import Work

FOLLOWED: Final = 0.5
"""From here on neighbours are said to follow the files: half of what could be followed. Measured: at most 0.37 in
collections of one source, 0.56 to 0.97 in those of several (docs/experiments/sources.md)."""

ASKED: Final = 1_000
"""Works asked for their neighbours: enough for intervals of three points."""

OPENED: Final = 300
"""Files opened for what their headers say: no more than a moment, also where they lie on a slow disk."""

FEWEST: Final = 20
"""Works that a kind must have to count: as many as ten neighbours and ten others."""


@dataclass(frozen=True)
class Followed:
    """How far neighbours follow one thing.

    Attributes:
        aspect: what: "folder", or one of `artbyol.search.file_kinds.FileKinds`.
        found: how many of the nearest share it, and chance.
        elsewhere: whether only works in other folders were looked at. If not, a shared folder may explain it.
    """

    aspect: str
    found: Leak
    elsewhere: bool

    @property
    def clearest(self) -> LabelLeak:
        """The kind that keeps to itself most."""
        return max(self.found.by_label, key=lambda one: one.strength)


@dataclass(frozen=True)
class SourceCheck:
    """How far the neighbours of a collection follow where files are from.

    Attributes:
        asked: works that were asked for their nearest.
        aspects: what they may follow, as far as there are kinds of enough works; what they follow most comes first.
        warning: the one of `aspects` to be warned of, or None.
        strongest: how far the works of that kind of file which keeps to itself most follow it, as in `Leak.strength`; 0
            where no kind tells a file from a hand.
    """

    asked: int
    aspects: tuple[Followed, ...]
    warning: Followed | None
    strongest: float


def check_collection(collection: OpenCollection) -> SourceCheck:
    """How far the neighbours of a collection follow its files. Raises what `OpenCollection.embedded` does."""
    embedded = collection.embedded()
    return WorksFiles(collection.folder, collection.works_of(embedded.ids)).check(embedded.directions)


class WorksFiles:
    """What is known of the files of works, of which some are opened: once, for whichever vectors of them are checked.

    Args:
        folder: of the collection.

    Attributes:
        kinds: what the catalogue knows of them all.
    """

    def __init__(self, folder: Path, works: Sequence[Work]) -> None:
        self.kinds = file_kinds(works)
        self._some = np.random.default_rng(0).permutation(len(works))[:OPENED]
        self._inside = kinds_inside(folder, [works[row] for row in self._some.tolist()])

    def check(self, directions: Floats) -> SourceCheck:
        """How far the nearest of the works follow their files, by vectors (n, d) at length 1."""
        return source_check((directions, self.kinds), (directions[self._some], self._inside))


def source_check(*samples: tuple[Floats, FileKinds], seed: int = 0) -> SourceCheck:
    """How far the nearest of works follow their files.

    Args:
        samples: of all works, and of some that more is known of: their vectors (n, d) at length 1, and their kinds. The
            nearest are those within the sample.
        seed: of the works that are asked, where there are more than `ASKED`.
    """
    found, sure = list[Followed](), list[Followed]()
    for place, (directions, kinds) in enumerate(samples):
        n = len(directions)
        asked = np.sort(np.random.default_rng(seed).permutation(n)[:ASKED])
        everywhere = nearest_others(directions, asked)
        _, works = np.unique(np.array(kinds.folders, dtype=object), return_counts=True)
        # Where most works lie in one folder, what lies elsewhere says little of them.
        divided = 2 * int(works.max(initial=0)) <= n
        elsewhere = nearest_others(directions, asked, apart=kinds.folders) if divided else None
        if place == 0 and (one := _followed("folder", kinds.top_folders, asked, everywhere)):
            found.append(one)
        for aspect, labels in kinds.said.items():
            told = None if elsewhere is None else _followed(aspect, labels, asked, elsewhere, kinds.folders)
            told = told or _followed(aspect, labels, asked, everywhere)
            found += [told] if told else []
            # What may go with what is shown is said, but not warned of.
            sure += [told] if told and told.elsewhere == divided and aspect not in kinds.of_content else []
    warned = [one for one in sure if one.found.strength >= FOLLOWED]
    return SourceCheck(
        min(len(samples[0][0]), ASKED),
        tuple(sorted(found, key=lambda one: -one.found.strength)),
        max(warned, key=lambda one: one.found.strength, default=None),
        max((one.clearest.strength for one in sure), default=0.0),
    )


def _followed(
    aspect: str, labels: LabelColumn, asked: Ints, nearest: Ints, folders: LabelColumn | None = None
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
