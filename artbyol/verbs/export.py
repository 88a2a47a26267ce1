"""`export`: a collection in a format that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Unpack

from artbyol.grouping.clustering import Method
from artbyol.grouping.group_works import group_works
from artbyol.pictures.measures.axes import Axis
from artbyol.report.export.exporting import Exported, Format, export_groups, format_of
from artbyol.verbs.opening import Folder, RunOptions, opened


def export(
    folder: Folder,
    target: str | Path,
    format: Format | None = None,
    *,
    by: Axis = "style",
    k: int | Literal["auto"] = "auto",
    method: Method = "leiden",
    neighbours: int = 12,
    vectors: bool | None = None,
    metadata: str | Path | None = None,
    seed: int = 0,
    **run: Unpack[RunOptions],
) -> Exported:
    """Write a collection for other programs: works, groups, neighbours, a map, metadata and vectors.

    Args:
        folder: the collection, or any folder inside it.
        target: a file, or for "projector" and "vikus" a folder; new, or made by an earlier export.
        format: "csv", "jsonl", "parquet", "npy" (vectors, and a CSV beside; without a map, and without
            groups unless some are kept or `k` or `method` asks for them), "projector" (TensorBoard) or "vikus";
            None: by the ending of `target`.
        by: the axis: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        k, method: how to group; see `artbyol.cluster`.
        neighbours: how many of each work.
        vectors: write them, too; None: in all formats but CSV.
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata.metadata`.
        seed: of groups and map.
        run: see `RunOptions`.

    Raises:
        UsageError: unknown format, or `target` exists and is no such export.
        InstallationError: Parquet without pyarrow.
        FolderError, StoreMissingError, ModelMismatchError: as `artbyol.cluster`.
    """
    with opened(folder, run, table=metadata) as collection:
        collection.run.steps("grouping", "mapping", "writing")
        chosen = format_of(Path(target), format, neighbours)
        plain = chosen == "npy" and (k, method) == ("auto", "leiden") and not collection.store.groups.exists()
        groups = None if plain else group_works(collection, k, method=method, by=by, seed=seed)
        return export_groups(collection, by, groups, Path(target), chosen, neighbours, vectors, seed)
