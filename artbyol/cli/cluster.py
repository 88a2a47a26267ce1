"""`artbyol cluster`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from artbyol.cli import app
from artbyol.cli.options import Dpi, Folder, Json, MetadataTable, PaperSize, Quiet, Seed, StoreDir, number_of_groups
from artbyol.pictures.measures.axes import Axis

ClusterMethod = Literal["kmeans", "hdbscan", "ward"]

Count = Annotated[str, typer.Option("-k", metavar="N|auto", help="How many groups, or auto.")]
Method = Annotated[
    ClusterMethod, typer.Option(help="kmeans, ward, or hdbscan (finds the number itself and leaves some works out).")
]
By = Annotated[
    Axis,
    typer.Option("--by", help="What to group by: style, brushwork, palette, composition or tone; see artbyol similar."),
]
Keep = Annotated[
    bool,
    typer.Option(
        "--keep",
        help="Keep these groups: works added later are assigned to them, and join for good with the next --keep.",
    ),
]
Csv = Annotated[
    str | None,
    typer.Option("--csv", metavar="FILE", help="Write all works and their groups as CSV; - is standard output."),
]
Organize = Annotated[
    Path | None,
    typer.Option(
        "--organize",
        metavar="DIR",
        help=("Make one folder per group in DIR, with links to the pictures. Originals are never touched."),
    ),
]
Copy = Annotated[bool, typer.Option("--copy", help="With --organize: copy the pictures instead of linking them.")]
SheetDir = Annotated[
    Path | None,
    typer.Option(
        "--sheet-dir",
        metavar="DIR",
        help="Draw sheets into DIR: an overview, and all works of each group, the most typical first.",
    ),
]
SheetFormat = Annotated[
    Literal["pdf", "png"],
    typer.Option("--sheet-format", help="With --sheet-dir: pdf, or png with a file for each page."),
]


@app.command()
def cluster(
    folder: Folder,
    k: Count = "auto",
    method: Method = "kmeans",
    by: By = "style",
    keep: Keep = False,
    seed: Seed = 0,
    csv: Csv = None,
    organize: Organize = None,
    copy: Copy = False,
    sheet_dir: SheetDir = None,
    sheet_format: SheetFormat = "pdf",
    paper: PaperSize = "a4",
    dpi: Dpi = 300,
    metadata: MetadataTable = None,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Group the works of FOLDER by style: cohesion, most typical works and outliers of each group, and what sets it
    apart.

    Words such as cooler or calmer compare a group with the other works of this collection; a group of works drawn by
    lot gets none.

    Where groups are kept (--keep), they are not made again: new works are assigned to the nearest, or to none. See
    artbyol groups.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.output import write_csv, write_json
    from artbyol.cli.summaries import groups
    from artbyol.report.csv_rows import groups_table
    from artbyol.verbs.cluster import cluster as run

    with watching(quiet) as listener:
        found = run(
            folder,
            number_of_groups(k),
            method=method,
            by=by,
            keep=keep,
            metadata=metadata,
            store=store,
            seed=seed,
            csv=csv if csv != "-" else None,
            organize=organize,
            copy=copy,
            sheet_dir=sheet_dir,
            sheet_format=sheet_format,
            paper=paper,
            dpi=dpi,
            listener=listener,
        )
    if csv == "-":
        write_csv(groups_table(found))
    if json:
        write_json(found)
    elif csv != "-":
        groups(found)
