"""What searches in a collection give back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from artbyol.metadata.metadata import Metadata, written
from artbyol.pictures.listing import Listed, WithFile
from artbyol.pictures.measures.axes import Axis
from artbyol.pictures.measures.dominant import DominantColour
from artbyol.search.axis_percentiles import AxisPercentiles


@dataclass(frozen=True)
class RankedWork(WithFile):
    """One work of an answer.

    Attributes:
        rank: from 1.
        path: relative to the collection's folder, absolute for an end of a path that lies outside it; `copies`: other
            files that show the same picture.
    """

    rank: int
    path: bytes
    copies: tuple[bytes, ...]


@dataclass(frozen=True, repr=False, kw_only=True)
class Answer(Listed):
    """What a collection answers, asked on one axis.

    Attributes:
        folder: the collection.
        by: the axis its works were compared on; `model_id`: of the model that made their vectors, or of what was
            measured.
        works: how many different pictures it has.
    """

    folder: Path
    by: Axis
    model_id: str
    works: int


Places = tuple[tuple[float, ...], ...]
"""Of each place of a picture, rows from the top, how it stands out; see `Whereabouts`."""


@dataclass(frozen=True)
class Whereabouts:
    """Where on two pictures the one is like the other.

    Attributes:
        on_query, on_work: how much more than the rest of this picture each place is like the other; 1: by as much as
            its places usually differ (the standard deviation of their cosines to a work of the collection, the median
            of all works). Where nothing reaches that, they are alike all over, or nowhere.
    """

    on_query: Places
    on_work: Places


@dataclass(frozen=True)
class Neighbour(RankedWork):
    """One work found.

    Attributes:
        percentile: 0..100, the share of all pairs of works in this collection that are less alike.
        cosine: similarity of the vectors, -1..1.
        why: on which axes the work agrees with what was asked for; where: on which places of both pictures they are
            alike; None unless asked.
        metadata: what is known of it besides; None: nothing.
    """

    percentile: float
    cosine: float
    why: AxisPercentiles | None = None
    where: Whereabouts | None = None
    metadata: Metadata | None = None


@dataclass(frozen=True, repr=False, kw_only=True)
class Neighbours(Answer):
    """What a search found.

    Attributes:
        queries, unlike: absolute paths of the pictures asked for, folders spelt out.
        neighbours: best first.
        left_out: works left out because they are the query or a duplicate of it.
        across: "folders" or a column, if only works from elsewhere were asked for.
        kin: how many works of the collection, from elsewhere if that was asked for, are more alike to the query than
            chance would have them, one in ten of them mistakenly (`artbyol.search.chance`); 500: at least so many.
            Known for one query, in style.
    """

    queries: tuple[bytes, ...]
    unlike: tuple[bytes, ...]
    neighbours: tuple[Neighbour, ...]
    left_out: tuple[bytes, ...]
    across: str | None = None
    kin: int | None = None

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        return ((one, written(one.metadata)) for one in self.neighbours)


@dataclass(frozen=True)
class Intermediate(RankedWork):
    """One work between two others.

    Attributes:
        to_first, to_second: how close it is to each of the two, 0..100: the share of all pairs of works in this
            collection that are less alike.
        position: 0..1, where it lies between them: its angle to the first, as a share of its angles to both.
    """

    to_first: float
    to_second: float
    position: float


@dataclass(frozen=True, repr=False, kw_only=True)
class Intermediates(Answer):
    """What lies between two works.

    Attributes:
        first, second: absolute paths of the pictures named, folders spelt out.
        at: where between them was asked for, 0..1.
        intermediates: best first.
        metadata: what is known of the works besides, by path.
    """

    first: tuple[bytes, ...]
    second: tuple[bytes, ...]
    at: float
    intermediates: tuple[Intermediate, ...]
    metadata: Mapping[bytes, Metadata] = field(default_factory=dict)

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        return ((one, written(self.metadata.get(one.path))) for one in self.intermediates)


@dataclass(frozen=True)
class Station(RankedWork):
    """One work of a walk.

    Attributes:
        step: how close the work is to the one before it, 0..100: the share of all pairs of works in this collection
            that are less alike; NaN for the first.
        to_start, to_end: the same to both ends of the walk.
    """

    step: float
    to_start: float
    to_end: float


@dataclass(frozen=True, repr=False, kw_only=True)
class Walk(Answer):
    """A walk through a collection.

    Attributes:
        stations: from one end to the other, both included; fewer than asked for where no more lie between.
        metadata: what is known of the works besides, by path.
    """

    stations: tuple[Station, ...]
    metadata: Mapping[bytes, Metadata] = field(default_factory=dict)

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        return ((one, written(self.metadata.get(one.path))) for one in self.stations)


@dataclass(frozen=True)
class Outlier(RankedWork):
    """One work that stands alone.

    Attributes:
        closeness: how close the ten works nearest to it are on the whole, 0..100: the share of all pairs of works in
            this collection that are less alike. Of most works nearly all.
        apart: whether it lies beyond what is usual in this collection: farther from its nearest than Q3 + 1.5 IQR of
            all works are (Tukey 1977).
        words: what sets it apart from the collection, strongest first; `colours`: its dominant colours. Empty where
            the pictures were not measured yet.
        nearest: the work nearest to it that is no copy of it; `nearest_percentile`: how close, as `closeness`.
    """

    closeness: float
    apart: bool
    words: tuple[str, ...]
    colours: tuple[DominantColour, ...]
    nearest: bytes
    nearest_percentile: float


@dataclass(frozen=True, repr=False, kw_only=True)
class Outliers(Answer):
    """The works of a collection that stand most alone.

    Attributes:
        outliers: the most alone first.
        apart: how many of all works lie beyond what is usual.
        usual: the median closeness, 0..100, to compare with.
        metadata: what is known of the works besides, by path.
    """

    outliers: tuple[Outlier, ...]
    apart: int
    usual: float
    metadata: Mapping[bytes, Metadata] = field(default_factory=dict)

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        return ((one, written(self.metadata.get(one.path))) for one in self.outliers)


@dataclass(frozen=True)
class Version(WithFile):
    """One file of a picture that is there more than once.

    Attributes:
        path: relative to the collection's folder.
        width, height: pixels; size: bytes.
        same_file: byte for byte the same as the first of its group.
        names: the file's other names in the collection: hard links, and links that lead to it.
        keep: why it stays whoever tidies up: "best"; "linked", links lead to it; "link", its own name is one;
            "changed", it is not as it was embedded, or gone; "package", it lies in a folder of another program. None:
            it may go, under all its names, for a better version stays.
        difference: how far it is from the first, as a share of what saving a picture again may do: 0 equal, 1 the most
            that counts as the same picture (`artbyol.pictures.near_duplicates`).
    """

    path: bytes
    width: int
    height: int
    size: int
    same_file: bool
    difference: float
    names: tuple[bytes, ...]
    keep: str | None


@dataclass(frozen=True)
class DuplicateGroup:
    """Files that show one picture.

    Attributes:
        versions: at least two files; the one with most pixels first, of equal ones the largest.
        exact: whether all are the same byte for byte.
    """

    versions: tuple[Version, ...]
    exact: bool


@dataclass(frozen=True, repr=False)
class Duplicates(Listed):
    """What a collection holds more than once.

    Attributes:
        folder: the collection.
        groups: the largest first, equally large ones in order of path.
        files: usable files in the collection, each once, however many names it has; `surplus`: how many of them may go,
            because a better version stays; `surplus_bytes`: what these take on disk.
    """

    folder: Path
    groups: tuple[DuplicateGroup, ...]
    files: int
    surplus: int
    surplus_bytes: int

    @property
    def spare(self) -> list[bytes]:
        """The files that may go, under all their names: whoever deletes these loses no picture."""
        versions = (one for group in self.groups for one in group.versions if one.keep is None)
        return [name for one in versions for name in (one.path, *one.names)]

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        return ((one, {"group": number}) for number, group in enumerate(self.groups, start=1) for one in group.versions)


@dataclass(frozen=True)
class AttributeValue:
    """One attribute of a work.

    Attributes:
        name, unit: see docs/method.md.
        value: as measured.
        percentile: 0..100, the share of the collection's works that lie below.
        deviation: from the collection's median, in robust standard deviations.
    """

    name: str
    unit: str
    value: float
    percentile: float
    deviation: float


@dataclass(frozen=True)
class WorkDescription(WithFile):
    """One work.

    Attributes:
        path: absolute.
        words: what sets it apart from the collection, strongest first; often nothing does.
        colours: its dominant colours, the largest first, at most five.
        attributes: all that is measured.
        metadata: what is known of it besides; None: nothing.
    """

    path: bytes
    words: tuple[str, ...]
    colours: tuple[DominantColour, ...]
    attributes: tuple[AttributeValue, ...]
    metadata: Metadata | None = None


@dataclass(frozen=True, repr=False)
class Descriptions(Listed):
    """Works described.

    Attributes:
        folder: the collection they were compared with; `compared_with`: how many different pictures it has.
        works: in the order asked for, folders spelt out.
    """

    folder: Path
    compared_with: int
    works: tuple[WorkDescription, ...]

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        return (
            (one, {**written(one.metadata), **{value.name: value.percentile for value in one.attributes}})
            for one in self.works
        )
