"""A collection as Parquet: for pandas, DuckDB, and embedding-atlas, which shows map, neighbours and columns."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from artbyol.base.errors import InstallationError
from artbyol.report.export.dataset import COLUMNS, Dataset, Row, made_by, values
from artbyol.report.export.place import replacing_file

if TYPE_CHECKING:
    import pyarrow

_ROWS_TOGETHER: Final = 5_000  # a row group: 128 numbers a row are 2.5 MB


def write_parquet(data: Dataset, target: Path, vectors: bool) -> None:
    """A Parquet file.

    `vector` is a list of fixed size, `neighbours` a structure of row numbers from 0 (`ids`) and cosine distances
    (`distances`), as embedding-atlas documents it. What made the file is in its metadata under "artbyol", as JSON.

    Raises:
        InstallationError: pyarrow is not installed. UsageError: `target` exists and is no earlier export.
    """
    arrow, writer_of = _pyarrow()
    others = data.other_columns
    schema = _schema(arrow, data, others, vectors)
    with (
        replacing_file(target, is_ours) as temporary,
        writer_of.ParquetWriter(str(temporary), schema, compression="zstd") as writer,
    ):
        rows = data.rows()
        while block := [_record(row, data, others, vectors) for row in islice(rows, _ROWS_TOGETHER)]:
            writer.write_table(arrow.Table.from_pylist(block, schema=schema))


def is_ours(path: Path) -> bool:
    """Whether a file is a Parquet file that artbyol made."""
    arrow, reader = _pyarrow()
    try:
        return b"artbyol" in (reader.read_schema(str(path)).metadata or {})
    except (OSError, ValueError, arrow.ArrowException):
        return False


def _schema(arrow: Any, data: Dataset, others: tuple[str, ...], vectors: bool) -> pyarrow.Schema:
    text, texts, number = arrow.string(), arrow.list_(arrow.string()), arrow.int32()
    kinds = {"copies": texts, "tags": texts, "width": number, "height": number, "group": number, "year": number}
    kinds |= {"x": arrow.float32(), "y": arrow.float32(), "likeness": arrow.float32()}
    fields = [arrow.field(name, kinds.get(name, text)) for name in (*COLUMNS, *others)]
    near = arrow.struct([("ids", arrow.list_(arrow.int64())), ("distances", arrow.list_(arrow.float32()))])
    fields += [arrow.field("neighbours", near)]
    fields += [arrow.field(name, text) for name in ("model", "by", "made_by")]
    if vectors:
        fields.append(arrow.field("vector", arrow.list_(arrow.float32(), data.vectors.shape[1])))
    return arrow.schema(fields, metadata={"artbyol": json.dumps(data.provenance)})


def _record(row: Row, data: Dataset, others: tuple[str, ...], vectors: bool) -> dict[str, Any]:
    record = {name: _arrow_cell(cell) for name, cell in values(row, others).items()}
    record["neighbours"] = {"ids": list(row.neighbours), "distances": [1 - cosine for cosine in row.cosines]}
    record |= {"model": data.model_id, "by": data.by, "made_by": made_by()}
    if vectors:
        record["vector"] = row.vector
    return record


def _arrow_cell(cell: Any) -> Any:
    """Arrow's text is UTF-8 and nothing else: undecodable bytes of names become \\xff, as they are shown elsewhere."""
    if isinstance(cell, tuple):
        return [_arrow_cell(one) for one in cell]
    return cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else cell


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise InstallationError("Parquet needs the package pyarrow.", "pip install 'artbyol[parquet]'") from error
    return pyarrow, pyarrow.parquet
