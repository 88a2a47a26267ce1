"""`artbyol describe`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.options import Json, MaxMegapixels, MetadataTable, Quiet, StoreDir, pixels

Pictures = Annotated[
    list[Path],
    typer.Argument(metavar="PICTURE...", help="Pictures, in the collection or not. A folder stands for its pictures."),
]
In = Annotated[
    Path | None,
    typer.Option(
        "--in",
        metavar="FOLDER",
        help="The collection to compare with; default: the one PICTURE lies in, else the one you are in.",
    ),
]


@app.command()
def describe(
    pictures: Pictures,
    folder: In = None,
    metadata: MetadataTable = None,
    max_megapixels: MaxMegapixels = 500,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what sets a work apart from its collection (cooler, busier, softer edges), and its dominant colours.

    Every word compares: cooler is cooler than this collection is on the whole. Of many works there is nothing to say.
    One picture is shown with all its attributes, several as a table.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.output import write_json
    from artbyol.cli.summaries import descriptions
    from artbyol.verbs.describe import describe as run

    with watching(quiet):
        found = run(pictures, folder=folder, metadata=metadata, store=store, max_pixels=pixels(max_megapixels))
    if json:
        write_json(found)
    else:
        descriptions(found)
