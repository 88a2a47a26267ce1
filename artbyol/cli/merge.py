"""`artbyol merge`"""

from pathlib import Path

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command


@command(
    "artbyol merge part1 part2 --into paintings",
    "artbyol merge museum/prints museum/drawings --into museum",
    stops=True,
)
def merge(call: Call, stores: list[Path], into: Path) -> Answer:
    """Bring what several stores know into one, as if a single machine had embedded all pictures.

    For a collection that was embedded in parts (artbyol embed FOLDER --list PART --store DIR), on one machine or many,
    and for folders that become one collection. No picture is read, and the stores stay as they are.

    Options:
        stores (STORE...): Store directories, or folders that have one. All must be embedded by the same model.
        into (--into -o FOLDER): The folder that holds the pictures; its own store, or --store, takes what comes.
    """
    from artbyol.cli.render.training import merged

    return Shown(call(artbyol.merge), merged)
