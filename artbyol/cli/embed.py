"""`artbyol embed`"""

from __future__ import annotations

import shlex

from artbyol.cli import app
from artbyol.cli.options import Device, Folder, Json, MaxMegapixels, Precision, Quiet, StoreDir, pixels


@app.command()
def embed(
    folder: Folder,
    device: Device = "auto",
    precision: Precision = "auto",
    max_megapixels: MaxMegapixels = 500,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Bring the catalogue of FOLDER up to date: every picture gets its style vector.

    Only new and changed files are opened; renamed and copied ones keep their vector, vanished ones leave. Without a
    trained model the pretrained default is used as it is.
    """
    from artbyol.cli.console import facts, watching
    from artbyol.cli.interrupt import stoppable
    from artbyol.cli.output import write_json
    from artbyol.cli.summaries import embedded
    from artbyol.cli.together import follows
    from artbyol.verbs.embed import embed as run

    if follows(device, precision):
        return
    with stoppable() as stop, watching(quiet) as listener:
        report = run(
            folder,
            store=store,
            device=device,
            precision=precision,
            max_pixels=pixels(max_megapixels),
            listener=listener,
            stop=stop,
        )
    if json:
        write_json(report)
        return
    facts([*embedded(report), ("next", f"artbyol similar PICTURE  or  artbyol cluster {shlex.quote(str(folder))}")])
