"""`artbyol similar`"""

from pathlib import Path

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import NETWORK, PATHS, Across, By, Count, Dpi, In, MetadataTable, PaperSize, Sheet


@command(
    "artbyol similar harbour.jpg -k 20 --sheet near.pdf",
    "artbyol similar harbour.jpg --by palette --why --across artist",
    adds=(*PATHS, *NETWORK),
)
def similar(
    call: Call,
    queries: list[Path],
    k: Count = 12,
    by: By = "style",
    why: bool = False,
    unlike: list[Path] | None = None,
    across: Across = None,
    folder: In = None,
    duplicates: bool = False,
    until: bool = False,
    where: bool = False,
    nearest_only: bool = False,
    metadata: MetadataTable = None,
    sheet: Sheet = None,
    html: Path | None = None,
    paper: PaperSize = "a4",
    dpi: Dpi = 300,
    *,
    thumbnails: bool | None = None,
) -> Answer:
    """Find the works closest to QUERY, in style or on another axis.

    The score is a percentile: 99.2 means closer than 99.2 % of all pairs of works in this collection. With several
    queries or --unlike it means closer to what they have in common.

    Options:
        queries (QUERY...): Pictures, in the collection or not; several mean 'more like these'. A folder stands for its
            pictures, - for paths on standard input.
        why: Name the axes on which each work agrees with QUERY, or differs.
        unlike (FILE): Move away from this picture; may be given several times.
        duplicates: Keep the query and its duplicates in the answer.
        until: Stop where likeness ends, at works no more alike to QUERY than chance would have them. Of the works
            before, one in ten is expected to be there by chance.
        where: Say on which part of both pictures they are alike; --html shows it on them.

    Output:
        html (FILE): Write one HTML file with the pictures, their colours, and --why as bars.
        thumbnails (--thumbnails/--no-thumbnails): Show small pictures in the terminal; default: in one that can (kitty,
            iTerm2, any with true colour).

    Rarely needed:
        nearest_only: Rank by the likeness to QUERY alone, not also by the chains of neighbours that lead from it.
    """
    from artbyol.cli.render.search import neighbours
    from artbyol.cli.render.thumbnails import show_thumbnails
    from artbyol.search.results import Neighbours

    def show(found: Neighbours) -> None:
        show_thumbnails(found, thumbnails)
        neighbours(found)

    return Shown(call(artbyol.similar), show)
