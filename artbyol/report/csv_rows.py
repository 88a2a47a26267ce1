"""Tables as CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from artbyol.base.errors import UsageError
from artbyol.base.text import text_path


def table_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table in UTF-8, undecodable bytes of names as they are."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(header)
    table.writerows([[text_path(cell) if isinstance(cell, bytes) else cell for cell in row] for row in rows])
    return text.getvalue().encode("utf-8", "surrogateescape")


def write_table(target: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file. Raises UsageError: it cannot be written, or is there and is no such table."""
    data = table_bytes(header, rows)
    try:
        # The first columns say whose table it is; those behind come and go with what is known.
        _refuse_to_overwrite(target, ",".join(header[:5]).encode("ascii"))
        target.write_bytes(data)
    except OSError as error:
        raise UsageError(f"Cannot write {str(target)!r}: {error.strerror}.") from error


def _refuse_to_overwrite(target: Path, first_line: bytes) -> None:
    """A table replaces an earlier table and nothing else: a typo must not overwrite a picture."""
    if not target.is_file():  # a pipe or a device, as /dev/stderr, is nothing to lose
        return
    with target.open("rb") as file:
        beginning = file.read(len(first_line))
    if beginning not in (b"", first_line):
        raise UsageError(f"{str(target)!r} exists and is no such table; it was left as it is.", "name a new file")
