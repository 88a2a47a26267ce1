"""`artbyol info`"""

from pathlib import Path

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command


@command("artbyol info paintings", "artbyol info paintings/.artbyol/model.safetensors")
def info(call: Call, path: Path) -> Answer:
    """Show what a collection's store or a model file holds: what made it, what is stale, what was skipped and why.

    Options:
        path (FOLDER|MODEL): A collection (or any folder inside it), or a model file.
    """
    from artbyol.cli.render import files
    from artbyol.report.inventory import ModelInfo

    found = call(artbyol.info)
    return Shown(found, files.model if isinstance(found, ModelInfo) else files.store)
