"""Groups of works as they are shown: clusters, kept groups, and works that join them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from artbyol.metadata.metadata import Metadata
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.measures.dominant import DominantColour

Method = Literal["kmeans", "hdbscan", "ward"]


@dataclass(frozen=True)
class Member:
    """One work of a group: its path relative to the collection, and its cosine to the group's centre.

    `pinned`: the curator holds it here. `new`: it was assigned to a frozen group just now, and is not kept there yet.
    """

    path: bytes
    likeness: float
    pinned: bool = False
    new: bool = False


@dataclass(frozen=True)
class NewWork:
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

    @property
    def size(self) -> int:
        return len(self.members)


@dataclass(frozen=True)
class Groups:
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


@dataclass(frozen=True)
class KeptGroupInfo:
    """A kept group: its id, name and note; how many works it has, how many of them are pinned, and how many are not in
    the collection now."""

    id: int
    name: str
    note: str
    works: int
    pinned: int
    gone: int


@dataclass(frozen=True)
class KeptGroups:
    """What is kept of a collection's groups.

    Attributes:
        folder: the collection; `file`: where the groups are kept.
        frozen: new works are assigned to these groups; otherwise works are grouped anew.
        by: the axis the works are compared on.
        groups: in the curator's order.
        waiting: works that are in no group, by their first path.
        gone: works of groups that are not in the collection now, by the path they had.
        earlier: how many changes can be undone.
        changed: what was done now, in words; None: nothing.
    """

    folder: Path
    file: Path
    frozen: bool
    by: Axis
    groups: tuple[KeptGroupInfo, ...]
    waiting: tuple[bytes, ...]
    gone: tuple[bytes, ...]
    earlier: int
    changed: str | None
