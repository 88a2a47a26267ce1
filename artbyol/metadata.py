"""What people have written down about works: title, artist, year, tags, and whatever else their tables hold.

Three sources, the first that says something counts, field by field:

1. a table: the one that is named, else `metadata.csv` in the picture's folder or a folder above it, the nearest first;
2. XMP sidecars: `NAME.EXT.xmp`, then `NAME.xmp`;
3. what is embedded in the file: XMP, IPTC, EXIF.

Broken metadata never stops a run: what cannot be read says nothing. All text is one line, free of control characters.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from artbyol.catalogue import Catalogue
from artbyol.events import Listener, ignore
from artbyol.paths import display_path
from artbyol.store import Store

TABLE_NAME = "metadata.csv"


@dataclass(frozen=True)
class Metadata:
    """What is known of one work. Whatever nobody said is None, or empty.

    Attributes:
        title, artist: one line each.
        year: of the work, never of the photograph; see `artbyol.years.year_of` for what "1888–90" means.
        date: the year as it was written, as "c. 1889".
        tags: in the order given, each once.
        permalink: the work's page, with http or https.
        label: what it is to be counted as; pix-plot's `category`.
        description: one line.
        other: further columns of the table, by name.
    """

    title: str | None = None
    artist: str | None = None
    year: int | None = None
    date: str | None = None
    tags: tuple[str, ...] = ()
    permalink: str | None = None
    label: str | None = None
    description: str | None = None
    other: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    @property
    def caption(self) -> str | None:
        """As beside a picture on a wall: "Vincent van Gogh, Wheat Field, 1889"; None without a title and an artist."""
        said = [self.artist, self.title]
        if not any(said):
            return None
        return ", ".join(part for part in [*said, self.date or (str(self.year) if self.year else None)] if part)


def metadata_of(
    place: Store,
    catalogue: Catalogue,
    paths: Sequence[bytes],
    table: str | Path | None = None,
    listener: Listener = ignore,
) -> dict[bytes, Metadata]:
    """What is known of these files of a collection; the others are left out. For a few works it opens only their files.

    Args:
        paths: relative to the collection's folder.
        table: a CSV to use instead of those named metadata.csv.
        listener: told of tables that cannot be read.

    Raises:
        UsageError: the named table cannot be read.
    """
    raise NotImplementedError


def captioned(path: bytes, known: Mapping[bytes, Metadata]) -> str:
    """What to call a work in one line, safe to show: its caption, else its path."""
    said = known[path].caption if path in known else None
    return said or display_path(path)
