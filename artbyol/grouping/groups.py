"""Groups of works as they are shown: clusters, kept groups, and works that join them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artbyol.metadata.metadata import Metadata, written
from artbyol.pictures.listing import Listed, WithFile
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.measures.dominant import DominantColour


@dataclass(frozen=True)
class Member(WithFile):
    """One work of a group.

    Attributes:
        path: relative to the collection's folder.
        likeness: cosine to the group's centre.
        pinned: the curator holds it here.
        new: it was assigned to a frozen group just now, and is not kept there yet.
        part: id of the part of the group that it is in, as "3.1"; "": in none.
        sure: 0 to 1: in how many of the groupings without a fifth of the works it was in this group; NaN where groups
            were not found by leiden.
        second: id of the other group that it was in most often, where `sure` is below 0.9: it lies between the two.
            None: it is of the core of its group.
    """

    path: bytes
    likeness: float
    pinned: bool = False
    new: bool = False
    part: str = ""
    sure: float = math.nan
    second: int | None = None


@dataclass(frozen=True)
class NewWork(WithFile):
    """A work that frozen groups did not have yet, and where it belongs.

    Attributes:
        path: relative to the collection's folder.
        group: id of the group it joins; None: it lies outside all of them.
        nearest, second: ids of the nearest and the second nearest group, whether it joins or not; None: there is none.
        likeness: mean cosine to the five works of the nearest group that are most like it.
        sure: 0 to 1: of the kept works that lay between two groups as it does, how many were in the nearer one.
        percentile: percentage of the nearest group's works that are less like its other works; below 5 it does not
            join.
    """

    path: bytes
    group: int | None
    nearest: int | None
    second: int | None
    likeness: float
    sure: float
    percentile: float


@dataclass(frozen=True)
class Part:
    """Works of a group that are more alike still.

    Attributes:
        id: the group's, and its number in the group, the largest first: "3.1"; a part of that: "3.1.2".
        size: how many works, copies of a picture among them.
        cohesion, typical: as of a group.
        words, description: likewise, against the other works of its group.
    """

    id: str
    size: int
    cohesion: float
    typical: tuple[bytes, ...]
    words: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class Group:
    """Works alike.

    Attributes:
        number: from 1, the largest group first; kept groups in the curator's order.
        id, name: for good, of a group that is kept; otherwise its number, and "group" with its number.
        members: most typical first; copies of one picture follow each other.
        cohesion: mean cosine of the group's works to its centre, -1..1; 1: all the same.
        typical: the most typical works; outliers: works that stand apart from their group.
        words: what sets the group apart from the other works, strongest first, at most 4; often nothing does.
        colours: the dominant colours of its works together, the largest first, at most five.
        description: the words, what is known of most of its works, and `files_alike`; else which group is closest.
        files_alike: the kind of file that nearly all of its works are in and few others, in words: it may be a source
            and not a style. Mostly "".
        stability: 0 to 1, mean Jaccard index with the groups found without a fifth of the works: below 0.6 it is not to
            be trusted, from 0.75 it holds (Hennig 2007). NaN where it was not found by leiden.
        title: what it can be headed by: the artists or the folder of most of its works, else what sets it apart.
        parts: its parts, where finer levels were asked for or are kept, each followed by its own; often none holds.
    """

    number: int
    id: int
    name: str
    members: tuple[Member, ...]
    cohesion: float
    typical: tuple[bytes, ...]
    outliers: tuple[bytes, ...]
    words: tuple[str, ...]
    colours: tuple[DominantColour, ...]
    description: str = ""
    files_alike: str = ""
    stability: float = math.nan
    parts: tuple[Part, ...] = ()
    title: str = ""

    @property
    def size(self) -> int:
        return len(self.members)


@dataclass(frozen=True, repr=False)
class Groups(Listed):
    """A clustering of a collection.

    Attributes:
        folder: the collection.
        groups: largest first; kept ones in the curator's order.
        unassigned: works that belong to no group: hdbscan's, and those too far from every frozen one; copies of one
            picture follow each other.
        method, criterion: how the groups, and their number, were found, in words.
        works: different pictures; model_id: of the model that made their vectors, or of the axis measured.
        by: the axis they were grouped on.
        frozen: these are the groups the curator keeps, and new works were assigned to them.
        new: these works, surest first; with `keep`, those that are in no group still.
        metadata: what is known of works besides, by path.
    """

    folder: Path
    groups: tuple[Group, ...]
    unassigned: tuple[bytes, ...]
    method: str
    criterion: str
    works: int
    model_id: str
    by: Axis
    frozen: bool = False
    new: tuple[NewWork, ...] = ()
    metadata: Mapping[bytes, Metadata] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Groups of {self.works:,} works: {', '.join(f'{one.name} ({one.size})' for one in self.groups)}>"

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        for group in self.groups:
            for member in group.members:
                where = {"group": group.id, "group_name": group.name, "part": member.part}
                yield member, {**where, **written(self.metadata.get(member.path))}
