"""`artbyol explore`"""

from __future__ import annotations

from artbyol.cli import app
from artbyol.cli.options import (
    Device,
    EffortDial,
    Folder,
    Json,
    MaxMegapixels,
    Precision,
    Quiet,
    Seed,
    StoreDir,
    pixels,
)


@app.command()
def explore(
    folder: Folder,
    effort: EffortDial = "standard",
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "auto",
    max_megapixels: MaxMegapixels = 500,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Do for FOLDER whatever is still missing: train, embed, group, and show one work's neighbours.

    The place to begin. Ctrl-C saves; the same command goes on from there.
    """
    from artbyol.cli.console import watching
    from artbyol.cli.interrupt import stoppable
    from artbyol.cli.output import write_json
    from artbyol.cli.summaries import exploration
    from artbyol.verbs.explore import explore as run

    with stoppable() as stop, watching(quiet) as listener:
        found = run(
            folder,
            store=store,
            effort=effort,
            seed=seed,
            device=device,
            precision=precision,
            max_pixels=pixels(max_megapixels),
            listener=listener,
            stop=stop,
        )
    if json:
        write_json(found)
    else:
        exploration(found)
