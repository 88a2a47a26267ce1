"""`artbyol between`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.options import (
    By,
    Device,
    In,
    Json,
    MaxMegapixels,
    Null,
    Paths,
    Precision,
    Quiet,
    Sheet,
    StoreDir,
    pixels,
)

_END = "A picture, in the collection or not; a folder stands for what its pictures have in common."
First = Annotated[Path, typer.Argument(metavar="A", help=_END)]
Second = Annotated[Path, typer.Argument(metavar="B", help=_END)]
Count = Annotated[int, typer.Option("-k", help="How many works.", min=1)]
At = Annotated[float, typer.Option("--at", help="Where between them: 0 is A, 1 is B.", min=0, max=1)]


@app.command()
def between(
    first: First,
    second: Second,
    k: Count = 12,
    at: At = 0.5,
    by: By = "style",
    folder: In = None,
    paths: Paths = False,
    null: Null = False,
    sheet: Sheet = None,
    device: Device = "auto",
    precision: Precision = "auto",
    max_megapixels: MaxMegapixels = 500,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the works that lie between A and B: close to both, and to neither much more.

    The figures are percentiles: 92.1 means closer than 92.1 % of all pairs of works in this collection. A, B and their
    duplicates are left out.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.ideas import intermediates
    from artbyol.cli.output import write_json, write_paths
    from artbyol.verbs.between import between as run

    with watching(quiet) as listener:
        found = run(
            first,
            second,
            k,
            at=at,
            by=by,
            folder=folder,
            store=store,
            sheet=sheet,
            device=device,
            precision=precision,
            max_pixels=pixels(max_megapixels),
            listener=listener,
        )
    if json:
        write_json(found)
    elif paths or null:
        write_paths(found.folder, [one.path for one in found.intermediates], b"\0" if null else b"\n")
    else:
        intermediates(found)
