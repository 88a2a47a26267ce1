"""Tables for spreadsheets and from them: the one way CSV is written, and the one way it is read.

Written so that a double click opens it right in Excel: UTF-8 with the mark that says so, lines that end with CRLF. A
text that a spreadsheet would take for a formula (OWASP, "CSV Injection") gets an apostrophe in front, and comes back
without it. Numbers are written as numbers.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from artbyol.base.errors import UsageError

AS_UTF_8: Final = "open the original as UTF-8 and save it as CSV UTF-8"

_FORMULA = re.compile(r"[\s']*(?:[=+\-@|%＝＋－＠]|[\t\r\n])")
_DELIMITERS: Final = (",", ";", "\t", "|")
_SEPARATOR = re.compile(r'"?sep=(.)"?(?:\r\n|\r|\n|$)', re.IGNORECASE)  # Excel's own first line
_GARBLED_BY: Final = tuple(
    {bytes([byte]).decode(encoding, "ignore") or chr(byte): byte for byte in range(256)}
    for encoding in ("cp1252", "mac_roman")
)
"""What Excel takes UTF-8 without a mark for: of each character, the byte that it is shown for."""


class Figure(str):
    """A number as it is to be written: no text, so that "-0.5" stays what spreadsheets compute with."""


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula; `as_it_was` takes it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def as_it_was(cell: str) -> str:
    """The text behind what `harmless` made, and any other cell as it is."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def write_rows(file: TextIO, rows: Iterable[Iterable[object]], *, all_quoted: bool = False) -> None:
    """Write rows to a file opened with `newline=""`: texts made harmless, numbers as they are.

    Args:
        all_quoted: everything in quotes: for texts that hold what some program takes for the end of a line.
    """
    table = csv.writer(file, quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL)
    for row in rows:
        table.writerow([harmless(cell) if type(cell) is str else cell for cell in row])


def rows_text(rows: Iterable[Iterable[object]], *, all_quoted: bool = False) -> str:
    """The same as text, without the mark."""
    text = io.StringIO(newline="")
    write_rows(text, rows, all_quoted=all_quoted)
    return text.getvalue()


@dataclass(frozen=True)
class Rows:
    """A table as it was written: its header and its rows, ragged as they may be; `first`: the first row's number, as
    a spreadsheet counts."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    first: int

    def numbered(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Rows that say anything, with their numbers."""
        return ((number, row) for number, row in enumerate(self.rows, self.first) if any(map(str.strip, row)))


def read_rows(text: str, source: Path, fits: Callable[[Sequence[str]], bool]) -> Rows | None:
    """The rows of a CSV between commas, semicolons, tabs or |, whichever makes a header that fits; None: none does.

    A line ends at CR, LF or CRLF and nowhere else: vertical tabs and Unicode's own line ends stand in cells.

    Raises:
        UsageError: a quotation mark that nothing closes would swallow rows; or another program has garbled it.
    """
    text = text.lstrip("\ufeff").rstrip("\0")  # a disk that failed leaves zeros at the end
    if text.startswith(("ï»¿", "Ôªø")):  # the mark itself, taken for text
        raise garbled(source)
    first = 1
    delimiters: Sequence[str] = _DELIMITERS
    if said := _SEPARATOR.match(text):
        text, delimiters = text[said.end() :], (said[1],)
    while text[:1] in ("\r", "\n") and text:
        text, first = text[1 + text.startswith("\r\n") :], first + 1
    for delimiter in delimiters:
        header = next(_split(text, delimiter, quotes=True), ())
        if fits(header):
            _, *rows = _checked(text, delimiter, source, first)
            return Rows(header, tuple(rows), first + 1)
    return None


def garbled(source: Path, cell: str = "", before: str = "") -> UsageError:
    """The error for a table in which another program took UTF-8 for something else."""
    example = f": {before!r} has become {cell!r}" if cell else ""
    return UsageError(f"Another program has garbled the letters of {source}{example}.", AS_UTF_8)


def ungarbled(text: str) -> Iterator[str]:
    """What a text may have been, if it is UTF-8 that was taken for what Excel assumes."""
    for shown_for in () if text.isascii() else _GARBLED_BY:
        try:
            yield bytes(shown_for[character] for character in text).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            continue


def _checked(text: str, delimiter: str, source: Path, first: int) -> list[tuple[str, ...]]:
    """All rows. Where quotation marks are not as CSV has them, they are part of the text; in a table between tabs they
    always may be, otherwise none may hold a line end: it would have swallowed rows."""
    try:
        return list(_split(text, delimiter, quotes=True, strict=True))
    except csv.Error:
        rows = list(_split(text, delimiter, quotes=delimiter != "\t"))
    for number, row in enumerate(rows, first):
        if any("\n" in cell or "\r" in cell for cell in row):
            raise UsageError(
                f"{source}, row {number}: a quotation mark begins a cell that nothing closes.",
                "write it twice inside a cell that is in quotation marks",
            )
    return rows


def _split(text: str, delimiter: str, *, quotes: bool, strict: bool = False) -> Iterator[tuple[str, ...]]:
    csv.field_size_limit(max(csv.field_size_limit(), min(len(text), 2**31 - 1)))
    quoting: Any = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=strict):
        yield tuple(map(as_it_was, row))
