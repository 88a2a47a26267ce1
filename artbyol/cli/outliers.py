"""`artbyol outliers`"""

from __future__ import annotations

from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.options import By, Folder, Json, Null, Paths, Quiet, Sheet, StoreDir

Count = Annotated[int, typer.Option("-k", help="How many works.", min=1)]


@app.command()
def outliers(
    folder: Folder,
    k: Count = 12,
    by: By = "style",
    paths: Paths = False,
    null: Null = False,
    sheet: Sheet = None,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the works that stand alone: those farthest from the ten works nearest to them, and what sets them apart.

    The figure says how close those ten are: 75 means closer than 75 % of all pairs of works in this collection. It is
    near 100 for most works. A * marks what lies beyond the usual spread. Copies are no company.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.ideas import loners
    from artbyol.cli.output import write_json, write_paths
    from artbyol.verbs.outliers import outliers as run

    with watching(quiet) as listener:
        found = run(folder, k, by=by, store=store, sheet=sheet, listener=listener)
    if json:
        write_json(found)
    elif paths or null:
        write_paths(found.folder, [one.path for one in found.outliers], b"\0" if null else b"\n")
    else:
        loners(found)
