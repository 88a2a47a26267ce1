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
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from artbyol.base.events import Listener, ignore
from artbyol.metadata.image_metadata import Said, embedded_metadata
from artbyol.metadata.sources import Sidecars, rows_of, tables_beside
from artbyol.metadata.table import FILE_COLUMNS, Table, read_table
from artbyol.metadata.xmp import clean
from artbyol.metadata.years import year_of
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store


@dataclass(frozen=True)
class Metadata:
    """What is known of one work. Whatever nobody said is None, or empty.

    Attributes:
        title, artist: one line each.
        year: of the work, never of the photograph; see `artbyol.metadata.years.year_of` for what "1888–90" means.
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


def written(known: Metadata | None) -> dict[str, object]:
    """Title, artist and year, where anything is known of a work: columns of a table."""
    return {"title": known.title, "artist": known.artist, "year": known.year} if known else {}


def metadata_of(
    place: Store,
    catalogue: Catalogue,
    paths: Sequence[bytes],
    table: str | Path | None = None,
    listener: Listener = ignore,
) -> dict[bytes, Metadata]:
    """What is known of these files of a collection; the others are left out. For a few works it opens only their files;
    of many, what is embedded is kept in the store (`artbyol.metadata.image_metadata_cache`).

    Args:
        paths: relative to the collection's folder.
        table: a CSV to use instead of those named metadata.csv.
        listener: told of tables that cannot be read.

    Raises:
        UsageError: the named table cannot be read.
    """
    from artbyol.metadata.image_metadata_cache import embedded_of

    return read_metadata(
        place.folder,
        paths,
        table=table,
        embedded=lambda wanted: embedded_of(place, catalogue, wanted),
        among=catalogue.paths,
        listener=listener,
    )


def most_told(files: Sequence[bytes], known: Mapping[bytes, Metadata]) -> Metadata | None:
    """What is known of a work by the files that show it: of the first that has a year, else of the first of which
    anything is known."""
    told = [known[path] for path in files if path in known]
    return next((one for one in told if one.year is not None), told[0] if told else None)


def metadata_of_pictures(
    place: Store, catalogue: Catalogue, pictures: Sequence[bytes], table: str | Path | None = None
) -> dict[bytes, Metadata]:
    """What is known of pictures by their absolute paths, in the collection or not; of those that are not, what lies
    beside them and in them."""
    root = os.fsencode(place.folder)
    inside = {os.path.relpath(picture, root).replace(os.fsencode(os.sep), b"/"): picture for picture in pictures}
    within = [path for path in inside if not path.startswith(b"../")]
    found = {inside[path]: one for path, one in metadata_of(place, catalogue, within, table).items()}
    for path, picture in inside.items():
        if path.startswith(b"../"):
            folder, name = os.path.split(picture)
            if one := read_metadata(Path(os.fsdecode(folder)), [name]).get(name):
                found[picture] = one
    return found


def read_metadata(
    folder: Path,
    paths: Sequence[bytes],
    *,
    table: str | Path | None = None,
    embedded: Callable[[Sequence[bytes]], Mapping[bytes, Said]] | None = None,
    among: Callable[[], Sequence[bytes]] | None = None,
    listener: Listener = ignore,
) -> dict[bytes, Metadata]:
    """What is known of files, by path; files of which nothing is known are left out.

    Args:
        folder, paths: the collection, and files relative to it.
        table: a CSV to use instead of those named metadata.csv.
        embedded: what the files themselves say; by default they are opened.
        among: gives all files of the collection: a base name in a table that several of them share means none of them.
            By default `paths` are all.
        listener: told of tables that cannot be read.

    Raises:
        UsageError: the named table cannot be read.
    """
    root = os.fsencode(folder)
    inside = embedded(paths) if embedded else {path: embedded_metadata(os.path.join(root, path)) for path in paths}
    beside = Sidecars(root, paths)
    tables = [(b"", read_table(Path(table)))] if table is not None else tables_beside(root, paths, listener)
    told = rows_of(tables, folder, paths, among or (lambda: paths), listener)
    found = {}
    for path in paths:
        rows = [_from_row(table, row) for table, row in told.get(path, ())]
        if one := _merged([*rows, *beside.of(path), inside.get(path, {})]):
            found[path] = one
    return found


def _merged(sources: Sequence[Mapping[str, Any]]) -> Metadata:
    """Field by field what the first source says that says anything."""
    values: dict[str, Any] = {}
    other: dict[str, str] = {}
    for source in sources:
        if "date" in source and "date" not in values:  # year and date are one statement: never of two sources
            values["date"], values["year"] = source["date"], source.get("year", year_of(source["date"]))
        for name, value in source.items():
            if name == "other":
                other = {**value, **other}
            elif name not in ("date", "year"):
                values.setdefault(name, value)
    return Metadata(**values, other=other)


def _from_row(table: Table, row: int) -> Said:
    """What one row of a table says, in the fields of `Metadata`."""
    said: dict[str, str] = {}
    for column, cell in zip(table.header, table.rows[row], strict=True):
        if line := clean(cell):
            said.setdefault(column.casefold(), line)
    told: Said = {name: said.pop(name) for name in ("title", "artist", "permalink", "description") if name in said}
    if not told.get("permalink", "https://").startswith(("http://", "https://")):
        said["permalink"] = told.pop("permalink")  # an address to click on must be no script
    if label := said.pop("label", None) or said.pop("category", None):
        told["label"] = label
    year, date = said.pop("year", None), said.pop("date", None)
    if year or date:
        told["date"] = date or year
        told["year"] = year_of(year) if year and year_of(year) else year_of(date or "")
    if tags := _tags(said.pop("tags", "")):
        told["tags"] = tags
    spelt = {column.casefold(): column for column in table.header}
    other = {spelt[name]: value for name, value in said.items() if name and name not in FILE_COLUMNS}
    return told | ({"other": other} if other else {})


def _tags(cell: str) -> tuple[str, ...]:
    """Tags between | as pix-plot wants them; where there is none, between semicolons, else between commas."""
    separator = next((mark for mark in "|;" if mark in cell), ",")
    return tuple(dict.fromkeys(tag for part in cell.split(separator) if (tag := part.strip())))
