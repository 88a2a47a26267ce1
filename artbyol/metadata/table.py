"""Tables that people keep about their pictures: CSV as spreadsheets write it, and which file a row means."""

import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from artbyol.base.errors import UsageError
from artbyol.base.events import Notice
from artbyol.base.spreadsheet import harmless, read_rows
from artbyol.base.text import read_text

FILE_COLUMNS = ("filename", "path", "file")
"""What the column of file names may be called, the first one found: pix-plot's name, then artbyol's own."""

_PICTURE = re.compile(
    r"\.(jpe?g|jpe|jfif|tiff?|png|gif|bmp|webp|avif|hei[cf]|hif|jp2|jpx|psd|psb|dng|raw|xmp|pdf|cr[23w]|nef|arw|raf|orf"
    r"|rw2|pef|srw|3fr|iiq)$"
)
"""Endings of pictures, in whatever format the master is."""

_ABSOLUTE = re.compile(r"/|[a-z]:|[a-z]+://", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A CSV with a column of file names.

    Attributes:
        header: the columns' names.
        rows: as many cells each as there are columns; `numbers`: which row each is, as a spreadsheet counts.
        longer: numbers of rows that have more cells than there are columns.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    longer: tuple[int, ...]

    def has(self, name: str) -> bool:
        return _has(self.header, name)

    def column(self, name: str) -> tuple[str, ...]:
        """The cells of one column; its name in capitals or small letters. Raises UsageError."""
        return tuple(map(str.strip, self._column(name)))

    @property
    def files(self) -> tuple[str, ...]:
        """The names of files, to the space."""
        names = self._column(next(name for name in FILE_COLUMNS if self.has(name)))
        return tuple(name.replace("\0", "") for name in names)

    def _column(self, name: str) -> tuple[str, ...]:
        names = [column.casefold() for column in self.header]
        if name.casefold() not in names:
            raise UsageError(f"{self.path} has no column {name!r}.", f"its columns are {', '.join(self.header)}")
        place = names.index(name.casefold())
        return tuple(row[place] for row in self.rows)


def read_table(path: Path) -> Table:
    """Read a CSV (UTF-8, or UTF-16 as spreadsheets save it) separated by commas, semicolons, tabs or |.

    Raises:
        UsageError: no such file, another encoding, no CSV, or without a column of file names.
    """
    text = read_text(path, "surrogateescape")
    found = read_rows(text, path, lambda header: any(_has(header, name) for name in FILE_COLUMNS))
    if found is None:
        first = text.strip()[:80].splitlines()
        raise UsageError(
            f"{path} has no column of file names ({', '.join(FILE_COLUMNS)})"
            + (f"; its first line is {first[0]!r}." if first else ": it is empty."),
            "begin it with a line such as: filename,label",
        )
    header = tuple(map(str.strip, found.header))
    numbered = list(found.numbered())
    rows = tuple((*row, *[""] * len(header))[: len(header)] for _, row in numbered)
    longer = tuple(number for number, row in numbered if any(map(str.strip, row[len(header) :])))
    return Table(path, header, rows, tuple(number for number, _ in numbered), longer)


def _has(header: Sequence[str], name: str) -> bool:
    return name.casefold() in (column.strip().casefold() for column in header)


@dataclass(frozen=True)
class TableUse:
    """What became of a table's rows.

    Attributes:
        table: the file; `rows`: how many; `works`: how many files of the collection they say something of.
        unknown: of rows that mean no file what they call it; `ambiguous`: of rows that may mean several.
        repeated: of rows that mean a file that an earlier row means: it says what that one leaves open.
        longer: numbers of rows, as a spreadsheet counts, with more cells than the header has.
    """

    table: Path
    rows: int
    works: int
    unknown: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    longer: tuple[int, ...] = ()

    def told(self) -> str:
        """What is not as it should be, in words; "" where all is."""
        faults = (
            (self.unknown, "no file of this collection"),
            (self.ambiguous, "what several files are called"),
            (self.repeated, "a file that an earlier row names, too"),
        )
        said = [
            f"{len(names):,} of {self.rows:,} rows {'names' if len(names) == 1 else 'name'} {what} ({_first(names)})"
            for names, what in faults
            if names
        ]
        if self.longer:
            said.append(f"row {self.longer[0]} has more cells than the header: put text with separators in quotes")
        return "; ".join(said)


@dataclass(frozen=True)
class TableNotice(Notice):
    """That not all rows of a table say something of a file; `use` says of which."""

    use: TableUse


def _first(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:3])) + (", …" if len(names) > 3 else "")


def use_of(table: Table, found: Sequence[frozenset[int]]) -> TableUse:
    """What became of a table, given what `FileNames` found for each row."""
    names = [name.strip() or f"row {number}" for name, number in zip(table.files, table.numbers, strict=True)]
    told = list(zip(names, found, strict=True))
    single = [(name, next(iter(works))) for name, works in told if len(works) == 1]
    first = dict(reversed([(work, place) for place, (_, work) in enumerate(single)]))
    return TableUse(
        table.path,
        len(table.rows),
        len(first),
        unknown=tuple(name for name, works in told if not works),
        ambiguous=tuple(name for name, works in told if len(works) > 1),
        repeated=tuple(name for place, (name, work) in enumerate(single) if first[work] != place),
        longer=table.longer,
    )


_Parts = tuple[str, ...]


class FileNames:
    """Finds works by what a table calls them: the path in the collection, else the file's own name.

    Accents are compared as they look: some systems store é as one letter and some as two. What is written exactly so
    counts first; then whatever differs in capitals or in spaces around it; then the name with another ending, or none.

    Args:
        paths: of each work, the files that show it, relative to `folder`.
    """

    def __init__(self, folder: Path, paths: Sequence[Sequence[bytes]]) -> None:
        self._folder = _composed(folder.as_posix()) + "/"
        self._files = [(_composed(os.fsdecode(file)), work) for work, files in enumerate(paths) for file in files]
        self._indexes: dict[Callable[[str], str], dict[str, list[tuple[_Parts, int]]]] = {}

    def find(self, name: str) -> frozenset[int]:
        """The works that a name may mean: none, the one, or several that share a base name."""
        spellings = list(dict.fromkeys(self._spellings(_composed(name))))
        for key, whole in ((_composed, True), (_folded, True), (_composed, False), (_folded, False), (_stem, False)):
            index = self._index(key)
            for spelling in spellings:
                parts = _parts(spelling.removeprefix(self._folder), key)
                files = index.get(parts[-1], ())
                if found := [work for file, work in files if file == parts]:
                    return frozenset(found)
                if files and not whole:
                    alike = [(_alike(file, parts, bool(_ABSOLUTE.match(spelling))), work) for file, work in files]
                    return frozenset(work for how, work in alike if how == max(alike)[0])
        return frozenset()

    def _spellings(self, name: str) -> Iterator[str]:
        """A name as it is written, and what it may be the writing of: a path of Windows, an address, a cell that was
        made harmless somewhere else."""
        yield name.removeprefix("./")
        slashed = name.replace("\\", "/").removeprefix("./")
        yield slashed
        if (quoted := harmless(name)) != name:
            yield quoted
        if "://" in name:
            with_path = urlsplit(slashed).path
            yield with_path
            yield unquote(with_path)
        elif "%" in name:
            yield unquote(slashed)

    def _index(self, key: Callable[[str], str]) -> dict[str, list[tuple[_Parts, int]]]:
        """By base name the files that have it, each in its parts."""
        if key not in self._indexes:
            index = self._indexes[key] = {}
            for path, work in self._files:
                parts = _parts(path, key)
                index.setdefault(parts[-1], []).append((parts, work))
        return self._indexes[key]


def _alike(file: _Parts, row: _Parts, absolute: bool) -> tuple[bool, int]:
    """How well a file fits a row that has the same base name: how many folders above it are called the same; and where
    the row says where it lay on some computer, whether all of them are."""
    same = 0
    for one, other in zip(reversed(file), reversed(row), strict=False):
        if one != other:
            break
        same += 1
    return absolute and same == len(file), same


def _parts(path: str, key: Callable[[str], str]) -> _Parts:
    """Folders and base name, as they are compared."""
    *folders, base = path.split("/")
    return (*map(_folded if key is _stem else key, folders), key(base))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return _composed(_composed(text).strip().casefold())


def _stem(name: str) -> str:
    return _PICTURE.sub("", _folded(name))
