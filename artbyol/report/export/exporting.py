"""From a collection to a file, or a folder, for other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from artbyol.base.errors import UsageError
from artbyol.grouping.groups import Groups, Method, group_works
from artbyol.pictures.measures.axes import Axis
from artbyol.report.export.dataset import FORMATS, Dataset, Exported, Format
from artbyol.search.collection import OpenCollection

_BY_ENDING: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".parquet": "parquet", ".npy": "npy"}


def export_collection(
    collection: OpenCollection,
    target: Path,
    format: Format | None = None,
    *,
    by: Axis = "style",
    k: int | Literal["auto"] = "auto",
    method: Method = "kmeans",
    neighbours: int = 12,
    vectors: bool | None = None,
    seed: int = 0,
) -> Exported:
    """Write a collection for other programs; `artbyol.export` explains the arguments, and the errors."""
    chosen = format or _BY_ENDING.get(target.suffix.lower())
    if chosen is None or chosen not in FORMATS:
        wrong = f"There is no format {format!r}." if format else f"{target.name!r} does not say which format is wanted."
        raise UsageError(wrong, f"--format, one of {', '.join(FORMATS)}")
    if neighbours < 1:
        raise UsageError(f"--neighbours must be at least 1, not {neighbours}.")
    if chosen == "npy" and target.suffix.lower() != ".npy":
        raise UsageError("Vectors are written to a file that ends in .npy; what they are comes beside it as .csv.")
    groups = group_works(collection, k, method=method, by=by, seed=seed)
    data = _dataset(collection, groups, neighbours, seed)
    with_vectors = chosen != "csv" if vectors is None else vectors
    collection.run.notice(f"Writing {len(data):,} works.")
    _writer(chosen, with_vectors)(data, target)
    described = sum(any(one in data.metadata for one in files) for files in data.files)
    counts = len(data), described, sum(group.size > 0 for group in groups.groups)
    return Exported(target, chosen, *counts, data.model_id, by, data.trustworthiness)


def _writer(format: Format, vectors: bool) -> Callable[[Dataset, Path], None]:
    if format == "parquet":
        from artbyol.report.export.parquet import write_parquet

        return lambda data, path: write_parquet(data, path, vectors)
    if format == "projector":
        from artbyol.report.export.projector import write_projector

        return write_projector
    if format == "vikus":
        from artbyol.report.export.vikus import write_vikus

        return write_vikus
    from artbyol.report.export.tables import write_csv, write_jsonl, write_npy

    if format == "npy":
        return write_npy
    write = write_csv if format == "csv" else write_jsonl
    return lambda data, path: write(data, path, vectors)


def _dataset(collection: OpenCollection, groups: Groups, neighbours: int, seed: int) -> Dataset:
    from artbyol.grouping.map import lay_out

    embedded = collection.embedded(groups.by)
    ids = embedded.ids
    paths = collection.paths_of(ids.tolist())
    order = sorted(range(len(ids)), key=lambda row: paths[int(ids[row])][0])
    known = {work.id: work for work in collection.files()}
    files = [paths[int(ids[row])] for row in order]
    works = [known[int(ids[row])]._replace(path=paths[int(ids[row])][0]) for row in order]
    collection.run.notice(f"Laying out {len(works):,} works.")
    layout = lay_out(embedded.directions[order], seed)
    grouped = {
        member.path: (group.id, group.name, member.likeness) for group in groups.groups for member in group.members
    }
    return Dataset(
        *(collection.folder, embedded.model_id, groups.by, works, files, embedded.vectors[order], layout.positions),
        *(grouped, groups.metadata, collection.index(groups.by), neighbours, layout.trustworthiness),
    )
