"""A collection as CSV, JSON Lines, Parquet (for pandas, DuckDB, and embedding-atlas, which shows map, neighbours and
columns), or vectors with a CSV of their names. One row a picture, written as it is read."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from artbyol.base.errors import InstallationError
from artbyol.base.spreadsheet import Figure, write_rows
from artbyol.base.text import text_path
from artbyol.report.csv_rows import begins_with
from artbyol.report.destination import alone_in, check_file, replacing_file
from artbyol.report.export.dataset import AT_THE_END, COLUMNS, Dataset
from artbyol.storage.atomic import sync

if TYPE_CHECKING:
    import pyarrow

_KIND: Final = "such an export"
_FIRST_KEY = b'{"id": "'
_MADE = b'"made_by": "artbyol'
_ROWS_TOGETHER: Final = 5_000  # a row group of Parquet: 128 numbers a row are 2.5 MB


def write_csv(data: Dataset, target: Path, vectors: bool) -> None:
    """A CSV: tags and copies as JSON lists, neighbours as ids with spaces between, the vector (if asked for) in columns
    of its own."""
    with replacing_file(target, is_table, _KIND) as temporary:
        _write_rows(data, temporary, vectors)


def _write_rows(data: Dataset, path: Path, vectors: bool) -> None:
    ids = [work.hash.hex() for work in data.works]
    numbers = [f"v{place:03d}" for place in range(data.vectors.shape[1])] if vectors else []

    def cells(row: dict[str, Any]) -> Iterator[object]:
        near = " ".join(ids[number] for number in row["neighbours"]["ids"])
        vector = (Figure(f"{value:.6g}") for value in row["vector"]) if vectors else ()
        return chain((_cell(row[name]) for name in data.columns), (near, *data.made.values()), vector)

    with path.open("w", encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        write_rows(file, chain(((*data.columns, *AT_THE_END, *numbers),), map(cells, data.rows())))


def write_jsonl(data: Dataset, target: Path, vectors: bool) -> None:
    """JSON Lines: an object a line; undecodable bytes of names as lone surrogates, escaped."""
    with (
        replacing_file(target, _is_lines, _KIND) as temporary,
        temporary.open("w", encoding="ascii", newline="\n") as file,
    ):
        for row in data.rows():
            near, vector = row["neighbours"], row.pop("vector")
            near["distances"] = [round(distance, 6) for distance in near["distances"]]
            if vectors:
                row["vector"] = [float(f"{value:.6g}") for value in vector]
            file.write(json.dumps({name: _json_cell(cell) for name, cell in row.items()}) + "\n")


def write_npy(data: Dataset, target: Path) -> None:
    """Vectors (n, d) as NPY, and beside it, in a CSV of the same name, what each row is."""
    names = target.with_suffix(".csv")
    earlier = check_file(
        target, lambda path: _belong_together(path, names), "the vectors of the works listed beside it"
    )
    with (
        alone_in(earlier.parent),  # the vectors of one run and the names of another are no pair
        replacing_file(target, lambda _: True, _KIND) as temporary,
        replacing_file(names, is_table, _KIND) as table,
    ):
        with temporary.open("wb") as file:
            np.lib.format.write_array(file, np.ascontiguousarray(data.vectors, "<f4"), allow_pickle=False)
        _write_rows(data, table, False)
        # Two files cannot be replaced at one moment: old vectors must never stand beside new names. They go when the
        # new ones have reached the disk: it may be full.
        sync(temporary)
        sync(table)
        earlier.unlink(missing_ok=True)


def _belong_together(vectors: Path, table: Path) -> bool:
    """Whether an NPY has a row of numbers for each work of a table that `write_csv` made: an NPY cannot say whose it
    is."""
    if not table.is_file() or not is_table(table):
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
    return begins_with(path, ",".join(COLUMNS).encode("ascii"))


def _is_lines(path: Path) -> bool:
    """Whether a file is one that `write_jsonl` made."""
    with path.open("rb") as file:
        beginning = file.readline(1 << 20)
    return beginning.startswith(_FIRST_KEY) and _MADE in beginning


def _cell(cell: Any) -> Any:
    if isinstance(cell, tuple):
        return json.dumps(_json_cell(cell)) if cell else ""
    return "" if cell is None else _json_cell(cell)


def _json_cell(cell: Any) -> Any:
    if isinstance(cell, tuple):
        return [_json_cell(one) for one in cell]
    return text_path(cell) if isinstance(cell, bytes) else cell


def write_parquet(data: Dataset, target: Path, vectors: bool) -> None:
    """A Parquet file: `vector` a list of fixed size, and what made the file in its metadata under "artbyol", as JSON.

    Raises:
        InstallationError: pyarrow is not installed. UsageError: `target` exists and is no earlier export.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InstallationError("Parquet needs the package pyarrow.", "pip install 'artbyol[parquet]'") from error

    def is_ours(path: Path) -> bool:
        with suppress(ValueError, pyarrow.ArrowException):
            return b"artbyol" in (parquet.read_schema(str(path)).metadata or {})
        return False

    schema = _schema(pyarrow, data, vectors)
    with (
        replacing_file(target, is_ours, _KIND) as temporary,
        parquet.ParquetWriter(str(temporary), schema, compression="zstd") as writer,
    ):
        rows = ({name: _arrow_cell(row[name]) for name in schema.names} for row in data.rows())
        while block := list(islice(rows, _ROWS_TOGETHER)):
            writer.write_table(pyarrow.Table.from_pylist(block, schema=schema))


def _schema(arrow: Any, data: Dataset, vectors: bool) -> pyarrow.Schema:
    text, texts, number = arrow.string(), arrow.list_(arrow.string()), arrow.int32()
    kinds = {"copies": texts, "tags": texts, "width": number, "height": number, "group": number, "year": number}
    kinds |= {"x": arrow.float32(), "y": arrow.float32(), "likeness": arrow.float32()}
    near = arrow.struct([("ids", arrow.list_(arrow.int64())), ("distances", arrow.list_(arrow.float32()))])
    kinds |= {"neighbours": near}
    fields = [arrow.field(name, kinds.get(name, text)) for name in (*data.columns, *AT_THE_END)]
    if vectors:
        fields.append(arrow.field("vector", arrow.list_(arrow.float32(), data.vectors.shape[1])))
    return arrow.schema(fields, metadata={"artbyol": json.dumps(data.provenance)})


def _arrow_cell(cell: Any) -> Any:
    """Arrow's text is UTF-8 and nothing else: undecodable bytes of names become \\xff, as they are shown elsewhere."""
    if isinstance(cell, tuple):
        return [_arrow_cell(one) for one in cell]
    return cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else cell
