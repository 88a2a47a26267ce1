"""`artbyol gallery`"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from artbyol.cli import app
from artbyol.cli.cluster import Count, Method
from artbyol.cli.options import (
    Folder,
    Json,
    MaxMegapixels,
    MetadataTable,
    Quiet,
    Seed,
    StoreDir,
    number_of_groups,
    pixels,
)

if TYPE_CHECKING:
    from artbyol.report.gallery.making import GalleryReport

Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="DIR", help="Where: a folder that is new, empty, or holds an earlier gallery."
    ),
]
Title = Annotated[str | None, typer.Option("--title", help="What the gallery is called; default: the folder's name.")]
Thumbnails = Annotated[int, typer.Option("--thumbnails", metavar="PX", help="Height of the small pictures.")]
Large = Annotated[
    int, typer.Option("--large", metavar="PX", help="Longer side of the large pictures; 0: no large pictures.")
]


@app.command()
def gallery(
    folder: Folder,
    output: Output,
    k: Count = "auto",
    method: Method = "kmeans",
    title: Title = None,
    thumbnails: Thumbnails = 320,
    large: Large = 1600,
    metadata: MetadataTable = None,
    seed: Seed = 0,
    max_megapixels: MaxMegapixels = 500,
    store: StoreDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a gallery of FOLDER: pages to look at it in a browser, opened by a double click, without the network.

    A wall of all works, the groups, a map on which neighbours are neighbours in style, every work with its closest
    and why they are close, a timeline where years are known, outliers, duplicates, and walks from work to work. The
    folder can be put on any web host as it is. Made again, it uses the pictures that are there.
    """
    from artbyol.cli.console import facts, watching
    from artbyol.cli.interrupt import stoppable
    from artbyol.cli.output import write_json
    from artbyol.verbs.gallery import gallery as run

    with stoppable() as stop, watching(quiet) as listener:
        made = run(
            folder,
            output,
            k=number_of_groups(k),
            method=method,
            title=title,
            thumbnails=thumbnails,
            large=large,
            metadata=metadata,
            store=store,
            seed=seed,
            max_pixels=pixels(max_megapixels),
            listener=listener,
            stop=stop,
        )
    if json:
        write_json(made)
    else:
        facts(_lines(made))


def _lines(made: GalleryReport) -> list[tuple[str, str]]:
    """What a gallery consists of, and what to open."""
    from artbyol.cli.summaries import counted

    years = f"; the year of {made.with_year:,} is known" if made.with_year else ""
    absent = f"; {counted(len(made.absent), 'work')} without" if made.absent else ""
    trust = f"trustworthiness {made.trustworthiness:.3f}, continuity {made.continuity:.3f}"
    return [
        ("works", f"{made.works:,} in {counted(made.groups, 'group')}{years}"),
        ("pictures", f"{made.copied:,} copied, {made.reused:,} there already{absent}"),
        ("map", "too few works to judge it by" if math.isnan(made.trustworthiness) else trust),
        ("size", f"{made.bytes / 1e6:,.1f} MB"),
        ("open", str(made.index)),
    ]
