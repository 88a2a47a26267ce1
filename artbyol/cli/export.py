"""`artbyol export`"""

from pathlib import Path
from typing import Literal

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import By, Folder, MetadataTable, Method, NumberOfGroups, Seed


@command("artbyol export paintings -o works.csv", "artbyol export paintings -o viewer --format vikus")
def export(
    call: Call,
    folder: Folder,
    target: Path,
    format: Literal["csv", "jsonl", "parquet", "npy", "projector", "vikus"] | None = None,
    by: By = "style",
    k: NumberOfGroups = "auto",
    method: Method = "leiden",
    neighbours: int = 12,
    vectors: bool | None = None,
    metadata: MetadataTable = None,
    seed: Seed = 0,
) -> Answer:
    """Write all works for other programs: groups, neighbours, a map, metadata and vectors.

    TARGET is new, or an earlier export, which is replaced; anything else is left as it is.

    Options:
        target (--output -o TARGET): The file, or for projector and vikus the folder.
        format (FORMAT): csv, jsonl, parquet, npy (vectors, and a csv beside; no map), projector (TensorBoard) or vikus
            (VIKUS Viewer); default: by the ending of TARGET.
        neighbours (N): How many neighbours of each work.
        vectors (--vectors/--no-vectors): The vectors, too; default: in all formats but csv.
    """
    from artbyol.cli.render.files import exported

    return Shown(call(artbyol.export), exported)
