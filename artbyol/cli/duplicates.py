"""`artbyol duplicates`"""

from __future__ import annotations

from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.options import Folder, Json, Quiet, Sheet, StoreDir

Paths = Annotated[
    bool,
    typer.Option("--paths", help="Print absolute paths only, one a line: of each group all files but the best."),
]
Null = Annotated[bool, typer.Option("-0", help="Like --paths, but end each path with a NUL (for xargs -0).")]


@app.command()
def duplicates(
    folder: Folder,
    paths: Paths = False,
    null: Null = False,
    sheet: Sheet = None,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find pictures that FOLDER holds more than once: as copies, or saved at another size, quality or format.

    The best version comes first: the one with most pixels, then the largest file. Crops, frames, mirrored pictures and
    other photographs of the same work do not count. Nothing is changed on disk. FOLDER is taken as it was when it was
    last embedded.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.ideas import versions
    from artbyol.cli.output import write_json, write_paths
    from artbyol.verbs.duplicates import duplicates as run

    with watching(quiet) as listener:
        found = run(folder, store=store, sheet=sheet, listener=listener)
    if json:
        write_json(found)
    elif paths or null:
        others = [version.path for group in found.groups for version in group.versions[1:]]
        write_paths(found.folder, others, b"\0" if null else b"\n")
    else:
        versions(found)
