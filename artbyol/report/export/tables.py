"""A collection as CSV, JSON Lines, or vectors with a CSV of their names. One row a picture, written as it is read."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from artbyol.base.errors import UsageError
from artbyol.base.text import text_path
from artbyol.report.export.dataset import AT_THE_END, COLUMNS, Dataset, Row, as_json, made_by, values
from artbyol.report.export.place import replacing_file

FIRST_COLUMNS = ",".join(COLUMNS)
_FIRST_KEY = b'{"id": "'
_MADE = b'"made_by": "artbyol'


def write_csv(data: Dataset, target: Path, vectors: bool) -> None:
    """A CSV: tags and copies as JSON lists, neighbours as ids with spaces between, the vector (if asked for) in columns
    of its own."""
    ids = [work.hash.hex() for work in data.works]
    others = data.other_columns
    numbers = [f"v{place:03d}" for place in range(data.vectors.shape[1])] if vectors else []

    def line(row: Row) -> Iterator[Any]:
        for cell in values(row, others).values():
            yield _cell(cell)
        yield " ".join(ids[number] for number in row.neighbours)
        yield from (data.model_id, data.by, made_by())
        if vectors:
            yield from (f"{value:.6g}" for value in row.vector)

    with (
        replacing_file(target, is_table) as temporary,
        temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        table = csv.writer(file)
        table.writerow([*COLUMNS, *others, *AT_THE_END, *numbers])
        table.writerows(list(line(row)) for row in data.rows())


def write_jsonl(data: Dataset, target: Path, vectors: bool) -> None:
    """JSON Lines: an object a line; undecodable bytes of names as lone surrogates, escaped."""
    others = data.other_columns
    with (
        replacing_file(target, is_lines) as temporary,
        temporary.open("w", encoding="ascii", newline="\n") as file,
    ):
        for row in data.rows():
            cells = {name: _json_cell(cell) for name, cell in values(row, others).items()}
            cells["neighbours"] = {
                "ids": list(row.neighbours),
                "distances": [round(1 - cosine, 6) for cosine in row.cosines],
            }
            cells |= {"model": data.model_id, "by": data.by, "made_by": made_by()}
            if vectors:
                cells["vector"] = [float(f"{value:.6g}") for value in row.vector]
            file.write(as_json(cells) + "\n")


def write_npy(data: Dataset, target: Path) -> None:
    """Vectors (n, d) as NPY, and beside it, in a CSV of the same name, what each row is."""
    table = target.with_suffix(".csv")
    if os.path.lexists(target) and not _belong_together(target, table):
        raise UsageError(f"{str(target)!r} exists and is not what the export beside it lists; it was left as it is.")
    write_csv(data, table, False)
    with replacing_file(target, lambda path: True) as temporary, temporary.open("wb") as file:
        np.lib.format.write_array(file, np.ascontiguousarray(data.vectors, "<f4"), allow_pickle=False)


def _belong_together(vectors: Path, table: Path) -> bool:
    """Whether an NPY has a row of numbers for each work of a table that `write_csv` made: an NPY cannot say whose it
    is."""
    if not is_table(table):
        return False
    try:
        rows = np.load(vectors, mmap_mode="r", allow_pickle=False)
        with table.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            works = sum(1 for _ in csv.reader(file)) - 1
    except (OSError, ValueError, csv.Error):
        return False
    return rows.ndim == 2 and rows.dtype == np.dtype("<f4") and len(rows) == works


def is_table(path: Path) -> bool:
    """Whether a file is a CSV that `write_csv` made."""
    return _begins(path, len(FIRST_COLUMNS)) == FIRST_COLUMNS.encode("ascii")


def is_lines(path: Path) -> bool:
    """Whether a file is one that `write_jsonl` made."""
    beginning = _begins(path, 1 << 20).partition(b"\n")[0]
    return beginning.startswith(_FIRST_KEY) and _MADE in beginning


def _begins(path: Path, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError:
        return b""


def _cell(cell: Any) -> Any:
    if isinstance(cell, tuple):
        return json.dumps([_json_cell(one) for one in cell], ensure_ascii=True) if cell else ""
    return text_path(cell) if isinstance(cell, bytes) else "" if cell is None else cell


def _json_cell(cell: Any) -> Any:
    if isinstance(cell, tuple):
        return [_json_cell(one) for one in cell]
    return text_path(cell) if isinstance(cell, bytes) else cell
