"""`artbyol between`"""

from pathlib import Path

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, PATHS, By, Count, In, Sheet


@command(
    "artbyol between monet.jpg sisley.jpg --sheet between.pdf",
    "artbyol between monet/ sisley/ --at 0.25",
    adds=(*PATHS, *NETWORK),
)
def between(
    call: Call,
    first: Path,
    second: Path,
    k: Count = 12,
    at: float = 0.5,
    by: By = "style",
    folder: In = None,
    sheet: Sheet = None,
) -> Answer:
    """Find the works that lie between A and B: close to both, and not much closer to one than to the other.

    The scores are percentiles: 92.1 means closer than 92.1 % of all pairs of works in this collection. A, B and their
    duplicates are left out.

    Options:
        first (A): A picture, in the collection or not; a folder stands for what its pictures have in common.
        second (B): A picture or a folder, likewise.
        at (N): Where between them: 0 is A, 1 is B.
    """
    from artbyol.cli.render.search import intermediates

    return Shown(call(artbyol.between), intermediates)
