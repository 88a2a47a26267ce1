"""What pictures are opened for: the numbers a verb wants of each, a few pictures at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import NDArray

from artbyol.pictures.views import ViewPlan, Views
from artbyol.storage.ingest import Content, PictureResult, PreparedPicture, prepare_pictures

if TYPE_CHECKING:
    from artbyol.encoder.feature_reader import FeatureReader

Wanted = Literal["features", "vectors", "squares", "measures"]
Numbers = tuple[NDArray[Any], ...]


@dataclass(frozen=True)
class Reading:
    """How a folder's pictures are read, and what for.

    Attributes:
        wanted: "features" of the whole (D,) and of the crops (k, D), the style "vectors" (d,), "squares" (S, S, 3)
            uint8, or the "measures" alone.
        together: pictures that go through the networks, and come back, together.
        alter: changes the views of a work, drawn from its hash, before the networks see them; a function of a module,
            so that other processes can be told.
    """

    folder: Path
    views: ViewPlan
    max_pixels: int
    wanted: Wanted
    together: int
    alter: Callable[[Views, bytes], Views] | None = None


@dataclass(frozen=True)
class PictureRead:
    """One picture: what is known of it, or why it cannot be used, and the numbers that were wanted."""

    outcome: PictureResult
    numbers: Numbers = ()


def read_pictures(
    reading: Reading, contents: Sequence[Content], reader: FeatureReader | None
) -> Iterator[list[PictureRead]]:
    """Read pictures in this process; yields a few at a time, in the order given.

    Args:
        reader: what features or vectors are made with; None where neither is wanted.
    """
    batch: list[PictureResult] = []
    # Whoever trains on squares embeds afterwards, which opens every picture again and can measure it then.
    measured = reading.wanted != "squares"
    prepared = prepare_pictures(reading.folder, contents, reading.views, reading.max_pixels, measured=measured)
    for position, one in enumerate(prepared, start=1):
        batch.append(one)
        if len(batch) == reading.together or position == len(contents):
            usable = [one for one in batch if isinstance(one, PreparedPicture)]
            numbers = iter(_numbers(reading, usable, reader))
            yield [PictureRead(one, next(numbers) if isinstance(one, PreparedPicture) else ()) for one in batch]
            batch = []


def _numbers(reading: Reading, usable: Sequence[PreparedPicture], reader: FeatureReader | None) -> Sequence[Numbers]:
    views = [seen.views for seen in usable]
    if reading.wanted == "measures" or not views:
        return [() for _ in views]
    if reading.wanted == "squares":
        return [(one.whole,) for one in views]
    if reader is None:
        raise ValueError(f"{reading.wanted} need a reader")
    if reading.wanted == "vectors":
        return [(vector,) for vector in reader.encode(views)]
    if reading.alter:
        views = [reading.alter(one, seen.content.hash) for one, seen in zip(views, usable, strict=True)]
    return list(zip(*reader.read(views), strict=True))
