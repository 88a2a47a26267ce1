"""Tables that people keep about their pictures: CSV as spreadsheets write it, and which file a row means."""

from __future__ import annotations

import csv
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from artbyol.base.errors import UsageError

FILE_COLUMNS = ("filename", "path", "file")
"""What the column of file names may be called, the first one found: pix-plot's name, then artbyol's own."""

_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Table:
    """A CSV with a column of file names.

    Attributes:
        header: the columns' names.
        rows: as many cells each as there are columns, without the spaces around them.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def has(self, name: str) -> bool:
        return name.casefold() in map(str.casefold, self.header)

    def column(self, name: str) -> tuple[str, ...]:
        """The cells of one column; its name in capitals or small letters. Raises UsageError."""
        names = [column.casefold() for column in self.header]
        if name.casefold() not in names:
            raise UsageError(f"{self.path} has no column {name!r}.", f"its columns are {', '.join(self.header)}")
        place = names.index(name.casefold())
        return tuple(row[place] for row in self.rows)

    @property
    def files(self) -> tuple[str, ...]:
        return self.column(next(name for name in FILE_COLUMNS if self.has(name)))


def read_table(path: Path) -> Table:
    """Read a CSV (UTF-8, with or without a mark at its beginning) separated by commas, semicolons or tabs.

    Raises:
        UsageError: no such file, not UTF-8, no CSV, or without a column of file names.
    """
    text = read_text(path)
    try:
        for delimiter in _DELIMITERS:
            header, *rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter)) or [[]]
            table = Table(path, tuple(name.strip() for name in header), _filled(rows, len(header)))
            if any(table.has(name) for name in FILE_COLUMNS):
                return table
    except csv.Error as error:
        raise UsageError(f"{path} cannot be read as CSV: {error}.") from error
    first = text.splitlines()[0] if text.strip() else ""
    raise UsageError(
        f"{path} has no column of file names ({', '.join(FILE_COLUMNS)})"
        + (f"; its first line is {first[:80]!r}." if first else ": it is empty."),
        "begin it with a line such as: filename,label",
    )


def read_text(path: Path) -> str:
    """A file's text. Raises UsageError: no such file, or not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 (byte {error.start + 1}).", "save it anew as UTF-8; spreadsheets call it CSV UTF-8"
        ) from error


class FileNames:
    """Finds works by what a table calls them: the path in the collection, else the file's own name.

    Accents are compared as they look: some systems store é as one letter and some as two.

    Args:
        paths: of each work, the files that show it, relative to `folder`.
    """

    def __init__(self, folder: Path, paths: Sequence[Sequence[bytes]]) -> None:
        self._folder = folder
        self._by_path: dict[str, int] = {}
        self._by_name: dict[str, set[int]] = {}
        for work, files in enumerate(paths):
            for file in files:
                path = _composed(os.fsdecode(file))
                self._by_path[path] = work
                self._by_name.setdefault(path.rpartition("/")[2], set()).add(work)

    def find(self, name: str) -> frozenset[int]:
        """The works that a name may mean: none, the one, or several that share a base name."""
        path = _composed(name.replace("\\", "/")).removeprefix("./")
        folder = _composed(self._folder.as_posix()) + "/"
        path = path.removeprefix(folder)
        if path in self._by_path:
            return frozenset({self._by_path[path]})
        return frozenset(self._by_name.get(path.rpartition("/")[2], ()))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _filled(rows: Sequence[Sequence[str]], width: int) -> tuple[tuple[str, ...], ...]:
    """Rows of exactly `width` cells; empty lines left out."""
    told = [[cell.strip() for cell in row] for row in rows]
    return tuple(tuple([*row, *[""] * width][:width]) for row in told if any(row))
