"""What people have written down about works: title, artist, year, tags, and whatever else their tables hold.

Three sources, the first that says something counts, field by field:

1. a table: the one that is named, else `metadata.csv` in the picture's folder or a folder above it, the nearest first;
2. XMP sidecars: `NAME.EXT.xmp` (darktable, digiKam), then `NAME.xmp` (Adobe);
3. what is embedded in the file: XMP, IPTC, EXIF.

Broken metadata never stops a run: what cannot be read says nothing. All text is one line, free of control characters.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.metadata.image_metadata import Said, clean, embedded_metadata, embedded_of, is_link, sidecar_metadata
from artbyol.metadata.table import FILE_COLUMNS, FileNames, Table, TableNotice, TableUse, read_table, use_of
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store

TABLE_NAME = "metadata.csv"

_SIDECAR_SUFFIXES = (b".xmp", b".XMP")
_MANY = 64  # pictures of one folder; from there on listing it is quicker than asking for each sidecar


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

    def with_columns(self, more: Mapping[str, str]) -> "Metadata":
        """The same with further columns, where it has none of that name."""
        return replace(self, other={**more, **self.other})

    @property
    def caption(self) -> str | None:
        """As beside a picture on a wall: "Vincent van Gogh, Wheat Field, 1889"; None without a title and an artist."""
        said = [self.artist, self.title]
        if not any(said):
            return None
        return ", ".join(part for part in [*said, self.date or (str(self.year) if self.year else None)] if part)

    @property
    def columns(self) -> dict[str, tuple[str, ...]]:
        """All of it as columns of a table, those that say something: of each, named in small letters, what it says;
        tags each for itself."""
        said = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "other"}
        said |= {name.casefold(): value for name, value in self.other.items()}
        return {name: value if name == "tags" else (str(value),) for name, value in said.items() if value}


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
    of many, what is embedded is kept in the store. For the arguments and errors see `read_metadata`."""
    embedded = embedded_of(place, catalogue, paths)
    return read_metadata(place.folder, paths, table, embedded, catalogue.paths, listener)


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
    table: str | Path | None = None,
    embedded: Mapping[bytes, Said] | None = None,
    among: Callable[[], Iterable[bytes]] = tuple,
    listener: Listener = ignore,
) -> dict[bytes, Metadata]:
    """What is known of files, by path; files of which nothing is known are left out.

    Args:
        folder, paths: the collection, and files relative to it.
        table: a CSV to use instead of those named metadata.csv.
        embedded: what the files themselves say; None: they are opened.
        among: gives all other files of the collection: a base name in a table that several of them share means none of
            them. Not asked where there is no table.
        listener: told of tables that cannot be read, and of rows that mean no file, or several.

    Raises:
        UsageError: the named table cannot be read.
    """
    root = os.fsencode(folder)
    if embedded is None:
        embedded = {path: embedded_metadata(os.path.join(root, path)) for path in paths}
    tables = [(b"", read_table(Path(table)))] if table is not None else _tables_beside(root, paths, listener)
    rows = _rows_of(tables, folder, paths, among, listener) if tables else {}
    sidecars = _sidecars(root, paths)
    found = {path: _merged([*rows.get(path, ()), *sidecars[path], embedded.get(path, {})]) for path in paths}
    return {path: one for path, one in found.items() if one}


def _tables_beside(root: bytes, paths: Iterable[bytes], listener: Listener) -> list[tuple[bytes, Table]]:
    """The tables in the folders of pictures and in those above, up to the collection's, and their folders in it; the
    deepest first. One that cannot be read is left out, with a `Notice`."""
    folders = {b""}
    for path in paths:
        folder = os.path.dirname(path)
        while folder not in folders:
            folders.add(folder)
            folder = os.path.dirname(folder)
    found = []
    for folder in sorted(folders, key=lambda one: (-one.count(b"/") - bool(one), one)):
        table = Path(os.fsdecode(os.path.join(root, folder)), TABLE_NAME)
        if table.is_file():
            try:
                found.append((folder, read_table(table)))
            except UsageError as error:
                listener(Notice(f"Skipped: {error.message}" + (f" Try: {error.hint}" if error.hint else "")))
    return found


def _rows_of(
    tables: Sequence[tuple[bytes, Table]],
    folder: Path,
    paths: Sequence[bytes],
    among: Callable[[], Iterable[bytes]],
    listener: Listener,
) -> dict[bytes, list[Said]]:
    """Of each picture what the rows say that mean it, those of the first table first.

    A row names a picture by its path from the table's folder, else by its base name, where only one picture in that
    folder and below has it.
    """
    found: dict[bytes, list[Said]] = {}
    wanted = set(paths)
    for (_, table), files, meanings in _meanings(tables, folder, sorted(wanted.union(among()))):
        use = use_of(table, meanings)
        if told := use.told():
            listener(TableNotice(f"{table.path}: {told}.", use))
        for row, meant in zip(table.rows, meanings, strict=True):
            if len(meant) == 1 and (path := files[next(iter(meant))]) in wanted:
                found.setdefault(path, []).append(_from_row(table.header, row))
    return found


def _meanings(
    tables: Sequence[tuple[bytes, Table]], folder: Path, everything: Sequence[bytes]
) -> Iterator[tuple[tuple[bytes, Table], list[bytes], list[frozenset[int]]]]:
    """Of each table the files in its folder and below, and which of these each row may mean."""
    for place, table in tables:
        start = place + b"/" if place else b""
        files = [path for path in everything if path.startswith(start)]
        names = FileNames(folder / os.fsdecode(place), [[path[len(start) :]] for path in files])
        yield (place, table), files, [names.find(name) for name in table.files]


def tables_of(folder: Path, paths: Sequence[bytes], listener: Listener = ignore) -> tuple[TableUse, ...]:
    """What becomes of the rows of every table in a collection that has these files. Tables that cannot be read are left
    out; the listener is told."""
    tables = _tables_beside(os.fsencode(folder), paths, listener)
    return tuple(use_of(table, meanings) for (_, table), _, meanings in _meanings(tables, folder, paths))


def _sidecars(root: bytes, paths: Sequence[bytes]) -> dict[bytes, list[Said]]:
    """Of each picture what its XMP sidecars say, the more particular one first."""
    listed: dict[bytes, frozenset[bytes]] = {}
    for folder, count in Counter(os.path.dirname(path) for path in paths).items():
        if count >= _MANY:
            with suppress(OSError):
                listed[folder] = frozenset(os.listdir(os.path.join(root, folder)))
    found: dict[bytes, list[Said]] = {path: [] for path in paths}
    for path in paths:
        folder, name = os.path.split(path)
        for stem in dict.fromkeys((name, os.path.splitext(name)[0])):
            for sidecar in (stem + suffix for suffix in _SIDECAR_SUFFIXES):
                there = os.path.join(root, folder, sidecar)
                if sidecar in listed.get(folder, (sidecar,)) and os.path.isfile(there):
                    found[path].append(sidecar_metadata(there))
                    break
    return found


def _merged(sources: Sequence[Mapping[str, Any]]) -> Metadata:
    """Field by field what the first source says that says anything."""
    from artbyol.metadata.years import year_of  # a dozen patterns that most questions do not need

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


def _from_row(header: Sequence[str], row: Sequence[str]) -> Said:
    """What one row of a table says, in the fields of `Metadata`."""
    from artbyol.metadata.years import year_of

    said: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    for column, cell in zip(header, row, strict=True):
        if column.casefold() == "tags":
            tags = tags or _tags(cell)
        elif line := clean(cell):
            said.setdefault(column.casefold(), line)
    told: Said = {name: said.pop(name) for name in ("title", "artist", "permalink", "description") if name in said}
    if "permalink" in told and not is_link(told["permalink"]):
        said["permalink"] = told.pop("permalink")
    if label := said.pop("label", None) or said.pop("category", None):
        told["label"] = label
    year, date = said.pop("year", None), said.pop("date", None)
    if year or date:
        told["date"] = date or year
        told["year"] = year_of(year or "", date or "")
    if tags:
        told["tags"] = tags
    spelt = {column.casefold(): column for column in header}
    other = {spelt[name]: value for name, value in said.items() if name and name not in FILE_COLUMNS}
    return told | ({"other": other} if other else {})


def _tags(cell: str) -> tuple[str, ...]:
    """Tags on lines of their own (FileMaker's lists, with vertical tabs), else between | as pix-plot wants them; where
    there is none, between semicolons, else between commas."""
    parts = re.split(r"[\r\n\v\x1d]+", cell.strip())
    if len(parts) == 1:
        parts = cell.split(next((mark for mark in "|;" if mark in cell), ","))
    return tuple(dict.fromkeys(tag for part in parts if (tag := clean(part))))
