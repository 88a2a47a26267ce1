"""`artbyol similar`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.options import (
    Device,
    Dpi,
    Json,
    MaxMegapixels,
    MetadataTable,
    Null,
    PaperSize,
    Paths,
    Precision,
    Quiet,
    StoreDir,
    pixels,
)
from artbyol.pictures.measures.axes import Axis

Queries = Annotated[
    list[Path],
    typer.Argument(
        metavar="QUERY...",
        help=("Pictures, in the collection or not; several mean 'more like these'. A folder stands for its pictures."),
    ),
]
Count = Annotated[int, typer.Option("-k", help="How many works.", min=1)]
In = Annotated[
    Path | None,
    typer.Option(
        "--in",
        metavar="FOLDER",
        help=("The collection to search; default: the one QUERY lies in, else the one you are in."),
    ),
]
Unlike = Annotated[
    list[Path] | None, typer.Option("--unlike", metavar="FILE", help="Move away from this picture; may be repeated.")
]
Duplicates = Annotated[bool, typer.Option("--duplicates", help="Keep the query and its duplicates in the answer.")]
Sheet = Annotated[
    Path | None,
    typer.Option("--sheet", metavar="FILE", help="Draw a contact sheet (.png, .jpg or .pdf), the query first."),
]
Html = Annotated[
    Path | None,
    typer.Option(
        "--html", metavar="FILE", help="Write one HTML file with the pictures, their colours, and --why as bars."
    ),
]

By = Annotated[
    Axis,
    typer.Option(
        "--by",
        help=(
            "What to compare: style (what the encoder has learnt), brushwork (the touch, without its colours), palette,"
            " composition (layout, lines, symmetry) or tone (light and dark). Only style needs the encoder."
        ),
    ),
]
NearestOnly = Annotated[
    bool,
    typer.Option(
        "--nearest-only",
        help="Rank by QUERY alone, not by QUERY together with the works closest to it.",
    ),
]
Why = Annotated[
    bool, typer.Option("--why", help="Say of each work on which of these it agrees with QUERY, and on which not.")
]

Thumbnails = Annotated[
    bool | None,
    typer.Option(
        "--thumbnails/--no-thumbnails",
        help="Show small pictures in the terminal; default: in one that can (kitty, iTerm2, any with true colour).",
    ),
]


@app.command()
def similar(
    queries: Queries,
    k: Count = 12,
    by: By = "style",
    why: Why = False,
    nearest_only: NearestOnly = False,
    folder: In = None,
    unlike: Unlike = None,
    duplicates: Duplicates = False,
    paths: Paths = False,
    null: Null = False,
    sheet: Sheet = None,
    html: Html = None,
    thumbnails: Thumbnails = None,
    paper: PaperSize = "a4",
    dpi: Dpi = 300,
    metadata: MetadataTable = None,
    device: Device = "auto",
    precision: Precision = "auto",
    max_megapixels: MaxMegapixels = 500,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the works closest to QUERY, in style or in what --by names.

    The score is a percentile: 99.2 means closer than 99.2 % of all pairs of works in this collection (with several
    queries or --unlike: closer to what they have in common).
    """
    from artbyol.cli.console import watching
    from artbyol.cli.output import write_json, write_paths
    from artbyol.cli.summaries import neighbours
    from artbyol.cli.thumbnails import show_thumbnails
    from artbyol.verbs.similar import similar as run

    with watching(quiet) as listener:
        found = run(
            queries,
            k,
            by=by,
            why=why,
            nearest_only=nearest_only,
            folder=folder,
            store=store,
            unlike=unlike or [],
            duplicates=duplicates,
            metadata=metadata,
            sheet=sheet,
            html=html,
            paper=paper,
            dpi=dpi,
            device=device,
            precision=precision,
            max_pixels=pixels(max_megapixels),
            listener=listener,
        )
    if json:
        write_json(found)
    elif paths or null:
        write_paths(found.folder, [one.path for one in found.neighbours], b"\0" if null else b"\n")
    else:
        show_thumbnails(found, thumbnails)
        neighbours(found)
