"""What pictures are opened for: the numbers a verb wants of each, a few pictures at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import NDArray

from artbyol.base.errors import DecodeError
from artbyol.pictures.views import ViewPlan, Views
from artbyol.storage.ingest import Content, Seen, see

if TYPE_CHECKING:
    from artbyol.encoder.style_encoder import FeatureReader

Wanted = Literal["features", "vectors", "squares", "measures"]
Numbers = tuple[NDArray[Any], ...]


@dataclass(frozen=True)
class Look:
    """How to look at a folder's pictures and what for.

    Attributes:
        wanted: "features" of the whole (D,) and of the crops (k, D), the style "vectors" (d,), "squares" (S, S, 3)
            uint8, or the "measures" alone.
        together: pictures that go through the networks, and come back, together.
        alter: changes the views of a work, drawn from its hash, before they are read; a function of a module, so that
            other processes can be told.
    """

    folder: Path
    views: ViewPlan
    max_pixels: int
    wanted: Wanted
    together: int
    alter: Callable[[Views, bytes], Views] | None = None


@dataclass(frozen=True)
class Looked:
    """One picture: what is known of it, or why it cannot be used, and the numbers that were wanted."""

    outcome: Seen | tuple[Content, DecodeError]
    numbers: Numbers = ()


def look_at(look: Look, contents: Sequence[Content], reader: FeatureReader | None) -> Iterator[list[Looked]]:
    """Look at pictures in this process; yields a few at a time, in the order given.

    Args:
        reader: what features or vectors are made with; None where neither is wanted.
    """
    batch: list[Seen | tuple[Content, DecodeError]] = []
    # Whoever trains on squares embeds afterwards, which opens every picture again and can measure it then.
    seen = see(look.folder, contents, look.views, look.max_pixels, measured=look.wanted != "squares")
    for position, one in enumerate(seen, start=1):
        batch.append(one)
        if len(batch) == look.together or position == len(contents):
            usable = [one for one in batch if isinstance(one, Seen)]
            numbers = iter(_numbers(look, usable, reader))
            yield [Looked(one, next(numbers)) if isinstance(one, Seen) else Looked(one) for one in batch]
            batch = []


def _numbers(look: Look, usable: Sequence[Seen], reader: FeatureReader | None) -> Sequence[Numbers]:
    views = [seen.views for seen in usable]
    if look.wanted == "measures" or not views:
        return [() for _ in views]
    if look.wanted == "squares":
        return [(one.whole,) for one in views]
    if reader is None:
        raise ValueError(f"{look.wanted} need a reader")
    if look.wanted == "vectors":
        return [(vector,) for vector in reader.encode(views)]
    if look.alter:
        views = [look.alter(one, seen.content.hash) for one, seen in zip(views, usable, strict=True)]
    whole, crops = reader.read(views)
    return list(zip(whole.numpy(), crops.numpy(), strict=True))
