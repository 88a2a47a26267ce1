"""`artbyol path`"""

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

_END = "A picture, in the collection or not; a folder stands for its most typical one."
Start = Annotated[Path, typer.Argument(metavar="A", help=f"Where the walk begins. {_END}")]
End = Annotated[Path, typer.Argument(metavar="B", help=f"Where it ends. {_END}")]
Steps = Annotated[int, typer.Option("--steps", help="How many works, A and B counted.", min=2)]


@app.command()
def path(
    start: Start,
    end: End,
    steps: Steps = 9,
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
    """Walk from A to B through the collection, in steps as small as it allows.

    Every work is farther from A and closer to B than the one before. The figures are percentiles: 99.2 means closer
    than 99.2 % of all pairs of works in this collection.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.ideas import walk
    from artbyol.cli.output import write_json, write_paths
    from artbyol.verbs.path import path as run

    with watching(quiet) as listener:
        found = run(
            start,
            end,
            steps,
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
        write_paths(found.folder, [one.path for one in found.stations], b"\0" if null else b"\n")
    else:
        walk(found, steps)
