"""From a collection to a file, or a folder, for other programs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from artbyol.base.errors import UsageError
from artbyol.grouping.groups import Groups
from artbyol.pictures.listing import Brief
from artbyol.pictures.measures.axes import Axis
from artbyol.report.export.dataset import dataset
from artbyol.report.export.projector import write_projector
from artbyol.report.export.tables import write_csv, write_jsonl, write_npy, write_parquet
from artbyol.report.export.vikus import write_vikus
from artbyol.search.collection import OpenCollection

Format = Literal["csv", "jsonl", "parquet", "npy", "projector", "vikus"]

FORMATS: Final[tuple[Format, ...]] = get_args(Format)

_TABLES = {"csv": write_csv, "jsonl": write_jsonl, "parquet": write_parquet}


@dataclass(frozen=True, repr=False)
class Exported(Brief):
    """What was written.

    Attributes:
        target: the file, or the folder; `format`: which.
        works: different pictures, a row each; `described`: of how many of these something is known besides.
        groups: how many; None: nothing was grouped.
        model_id, by: whose vectors; the axis.
        trustworthiness: 0..1, of x and y: how few of a work's neighbours on the map are strangers; NaN: no map.
    """

    target: Path
    format: Format
    works: int
    described: int
    groups: int | None
    model_id: str
    by: Axis
    trustworthiness: float


def format_of(target: Path, format: Format | None, neighbours: int) -> Format:
    """The format that was asked for, or that the name of a file says. Raises UsageError: none, or not possible so."""
    ending = target.suffix.lower()
    chosen = format or next((one for one in ("csv", "jsonl", "parquet", "npy") if ending == f".{one}"), None)
    if chosen not in FORMATS:
        wrong = f"There is no format {format!r}." if format else f"{target.name!r} does not say which format is wanted."
        raise UsageError(wrong, f"--format, one of {', '.join(FORMATS)}")
    if neighbours < 1:
        raise UsageError(f"--neighbours must be at least 1, not {neighbours}.")
    if chosen == "npy" and ending != ".npy":
        raise UsageError("Vectors go into a file that ends in .npy; the names of their works go into a .csv beside it.")
    return chosen


def export_groups(
    collection: OpenCollection,
    by: Axis,
    groups: Groups | None,
    target: Path,
    format: Format,
    neighbours: int,
    vectors: bool | None,
    seed: int,
) -> Exported:
    """Write a collection and its groups for other programs; `artbyol.export` explains the arguments, and the errors.

    Args:
        groups: None: not wanted.
    """
    data = dataset(collection, by, groups, neighbours, seed, mapped=format != "npy")
    collection.run.progress("writing")
    collection.run.notice(f"Writing {len(data):,} works.")
    if format in _TABLES:
        _TABLES[format](data, target, format != "csv" if vectors is None else vectors)
    else:
        {"npy": write_npy, "projector": write_projector, "vikus": write_vikus}[format](data, target)
    described = sum(any(one in data.metadata for one in files) for files in data.files)
    number = sum(group.size > 0 for group in groups.groups) if groups else None
    return Exported(target, format, len(data), described, number, data.model_id, by, data.trustworthiness)
