"""`artbyol export`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from artbyol.cli import app
from artbyol.cli.cluster import By, Count, Method
from artbyol.cli.options import Folder, Json, MetadataTable, Quiet, Seed, StoreDir, number_of_groups

ExportFormat = Literal["csv", "jsonl", "parquet", "npy", "projector", "vikus"]

Target = Annotated[
    Path, typer.Option("--output", "-o", metavar="TARGET", help="The file, or for projector and vikus the folder.")
]
Format = Annotated[
    ExportFormat | None,
    typer.Option(
        "--format",
        help=(
            "csv, jsonl, parquet, npy (vectors, and a csv beside), projector (TensorBoard) or vikus (VIKUS Viewer);"
            " default: by the ending of TARGET."
        ),
    ),
]
Near = Annotated[int, typer.Option("--neighbours", metavar="N", min=1, help="How many neighbours of each work.")]
Vectors = Annotated[
    bool | None,
    typer.Option("--vectors/--no-vectors", help="The vectors, too; default: in all formats but csv."),
]


@app.command()
def export(
    folder: Folder,
    output: Target,
    format: Format = None,
    by: By = "style",
    k: Count = "auto",
    method: Method = "kmeans",
    neighbours: Near = 12,
    vectors: Vectors = None,
    metadata: MetadataTable = None,
    seed: Seed = 0,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write all works for other programs: groups, neighbours, a map, metadata and vectors.

    TARGET is new, or an earlier export, which is replaced; anything else is left as it is.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.output import write_json
    from artbyol.cli.written import exported
    from artbyol.verbs.export import export as run

    with watching(quiet) as listener:
        found = run(
            folder,
            output,
            format,
            by=by,
            k=number_of_groups(k),
            method=method,
            neighbours=neighbours,
            vectors=vectors,
            metadata=metadata,
            store=store,
            seed=seed,
            listener=listener,
        )
    if json:
        write_json(found)
    else:
        exported(found)
