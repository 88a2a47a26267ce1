"""`artbyol path`"""

from pathlib import Path

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, PATHS, By, In, Sheet


@command(
    "artbyol path first.jpg last.jpg --sheet path.png",
    "artbyol path first.jpg last.jpg --steps 20 --by palette",
    adds=(*PATHS, *NETWORK),
)
def path(
    call: Call, start: Path, end: Path, steps: int = 9, by: By = "style", folder: In = None, sheet: Sheet = None
) -> Answer:
    """Go from A to B through the collection, in steps as small as possible.

    Every work is farther from A and closer to B than the one before. The scores are percentiles: 99.2 means closer
    than 99.2 % of all pairs of works in this collection.

    Options:
        start (A): Where the path begins: a picture, in the collection or not; a folder stands for its most typical one.
        end (B): Where it ends.
        steps (N): How many works, A and B included.
    """
    from artbyol.cli.render.search import walk

    return Shown(call(artbyol.path), lambda found: walk(found, steps))
