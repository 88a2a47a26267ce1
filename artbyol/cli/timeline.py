"""`artbyol timeline`"""

from __future__ import annotations

from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.cluster import By
from artbyol.cli.options import Folder, Json, MetadataTable, Quiet, Seed, StoreDir
from artbyol.cli.similar import Sheet

Artist = Annotated[str | None, typer.Option("--artist", metavar="NAME", help="Only works by this artist.")]


@app.command()
def timeline(
    folder: Folder,
    by: By = "style",
    artist: Artist = None,
    metadata: MetadataTable = None,
    sheet: Sheet = None,
    seed: Seed = 0,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say how style moves over the years: how fast, where it turns, and what is typical of the times between.

    Years come from a metadata.csv beside the pictures, from XMP sidecars or from the files. A turning point is shown
    only if it can be told from chance and from steady drift; often there is none.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.output import write_json
    from artbyol.cli.years import timeline as show
    from artbyol.verbs.timeline import timeline as run

    with watching(quiet) as listener:
        found = run(
            folder, by=by, artist=artist, metadata=metadata, store=store, seed=seed, sheet=sheet, listener=listener
        )
    if json:
        write_json(found)
    else:
        show(found)
