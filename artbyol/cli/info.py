"""`artbyol info`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.options import Json, Quiet, StoreDir

Target = Annotated[
    Path, typer.Argument(metavar="FOLDER|MODEL", help="A collection (or any folder inside it), or a model file.")
]


@app.command()
def info(path: Target, store: StoreDir = None, json: Json = False, quiet: Quiet = False) -> None:
    """Tell what a collection's store or a model file holds: what made it, what is stale, what was skipped and why."""
    from artbyol.cli.console import facts
    from artbyol.cli.output import write_json
    from artbyol.cli.summaries import model_information, store_information
    from artbyol.report.inventory import ModelInfo
    from artbyol.verbs.info import info as run

    found = run(path, store=store)
    if json:
        write_json(found)
    else:
        facts(model_information(found) if isinstance(found, ModelInfo) else store_information(found))
