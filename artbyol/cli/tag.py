"""`artbyol tag`"""

from __future__ import annotations

from typing import Annotated

import typer

from artbyol.cli import app
from artbyol.cli.cluster import By, Count, Method
from artbyol.cli.options import Folder, Json, Quiet, Seed, StoreDir, number_of_groups

Write = Annotated[bool, typer.Option("--write", help="Write the sidecars; without it nothing is written.")]
Remove = Annotated[
    bool, typer.Option("--remove", help="Take out of all sidecars what was added, and delete those made for it.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
Adobe = Annotated[
    bool, typer.Option("--adobe", help="NAME.xmp, as Lightroom and Bridge have it, instead of NAME.EXT.xmp.")
]


@app.command()
def tag(
    folder: Folder,
    k: Count = "auto",
    write: Write = False,
    remove: Remove = False,
    dry_run: DryRun = False,
    adobe: Adobe = False,
    method: Method = "kmeans",
    by: By = "style",
    seed: Seed = 0,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say each work's group in an XMP sidecar beside it, where darktable, digiKam and Lightroom find it as a keyword.

    The one command that writes beside your pictures, and only with --write (or --remove). Pictures are never touched,
    and sidecars that are there keep every byte they have; --remove undoes it.
    """
    from artbyol.base.errors import UsageError
    from artbyol.cli.console import watching
    from artbyol.cli.output import write_json
    from artbyol.cli.written import tagged
    from artbyol.verbs.tag import tag as run

    if write and (remove or dry_run):
        raise UsageError(f"--write and {'--remove' if remove else '--dry-run'} contradict each other.")
    with watching(quiet) as listener:
        found = run(
            folder,
            number_of_groups(k),
            write=write or (remove and not dry_run),
            remove=remove,
            adobe=adobe,
            method=method,
            by=by,
            store=store,
            seed=seed,
            listener=listener,
        )
    if json:
        write_json(found)
    else:
        tagged(found, remove)
