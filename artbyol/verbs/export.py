"""`export`: a collection in a format that other programs read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.encoder.current import axis_in_use, nothing_embedded
from artbyol.grouping.groups import Groups, Method
from artbyol.pictures.measures.axes import STANDARDISED_IDS, Axis
from artbyol.report.export.dataset import FORMATS, Dataset, Exported, Format
from artbyol.search.index import current_index
from artbyol.search.standardise import Space
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import Store, existing
from artbyol.verbs.cluster import cluster

_BY_ENDING: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".parquet": "parquet", ".npy": "npy"}


def export(
    folder: str | Path,
    target: str | Path,
    format: Format | None = None,
    *,
    by: Axis = "style",
    k: int | Literal["auto"] = "auto",
    method: Method = "kmeans",
    neighbours: int = 12,
    vectors: bool | None = None,
    metadata: str | Path | None = None,
    store: str | Path | None = None,
    seed: int = 0,
    listener: Listener = ignore,
) -> Exported:
    """Write a collection for other programs: works, groups, neighbours, a map, metadata and vectors.

    Args:
        folder: the collection, or any folder inside it.
        target: a file, or for "projector" and "vikus" a folder; new, or made by an earlier export.
        format: "csv", "jsonl", "parquet", "npy" (vectors, and a CSV beside), "projector" (TensorBoard) or "vikus";
            None: by the ending of `target`.
        by: the axis: "style" (the model's vectors), "brushwork", "palette", "composition" or "tone".
        k, method: how to group; see `artbyol.cluster`.
        neighbours: how many of each work.
        vectors: write them, too; None: in all formats but CSV.
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata.metadata`.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        seed: of groups and map.
        listener: told what happens.

    Raises:
        UsageError: unknown format, or `target` exists and is no such export.
        InstallationError: Parquet without pyarrow.
        FolderError, StoreMissingError, ModelMismatchError: as `artbyol.cluster`.
    """
    path = Path(target)
    chosen = format or _BY_ENDING.get(path.suffix.lower())
    if chosen is None or chosen not in FORMATS:
        wrong = f"There is no format {format!r}." if format else f"{path.name!r} does not say which format is wanted."
        raise UsageError(wrong, f"--format, one of {', '.join(FORMATS)}")
    if neighbours < 1:
        raise UsageError(f"--neighbours must be at least 1, not {neighbours}.")
    if chosen == "npy" and path.suffix.lower() != ".npy":
        raise UsageError("Vectors are written to a file that ends in .npy; what they are comes beside it as .csv.")
    place = existing(Path(folder), Path(store) if store else None)
    groups = cluster(
        place.folder, k, method=method, by=by, metadata=metadata, store=store, seed=seed, listener=listener
    )
    data = _dataset(place, groups, neighbours, seed, listener)
    with_vectors = chosen != "csv" if vectors is None else vectors
    listener(Notice(f"Writing {len(data):,} works."))
    _writer(chosen, with_vectors)(data, path)
    described = sum(any(one in data.metadata for one in files) for files in data.files)
    counts = len(data), described, sum(group.size > 0 for group in groups.groups)
    return Exported(path, chosen, *counts, data.model_id, by, data.trustworthiness)


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


def _dataset(place: Store, groups: Groups, neighbours: int, seed: int, listener: Listener) -> Dataset:
    from artbyol.grouping.map import lay_out

    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        model_id = axis_in_use(place, catalogue, groups.by)
        ids, vectors = catalogue.vectors(model_id)
        if not len(ids):
            raise nothing_embedded(place)
        index = current_index(catalogue, place.index_of(groups.by), model_id, listener)
        paths = catalogue.paths_of(ids.tolist())
        order = sorted(range(len(ids)), key=lambda row: paths[int(ids[row])][0])
        known = {work.id: work for work in catalogue.works()}
    files = [paths[int(ids[row])] for row in order]
    works = [known[int(ids[row])]._replace(path=paths[int(ids[row])][0]) for row in order]
    vectors = vectors[order]
    listener(Notice(f"Laying out {len(works):,} works."))
    layout = lay_out(Space.of(vectors, standardise=model_id in STANDARDISED_IDS).place(vectors), seed)
    grouped = {
        member.path: (group.id, group.name, member.likeness) for group in groups.groups for member in group.members
    }
    return Dataset(
        *(place.folder, model_id, groups.by, works, files, vectors, layout.positions, grouped, groups.metadata),
        *(index, neighbours, layout.trustworthiness),
    )
