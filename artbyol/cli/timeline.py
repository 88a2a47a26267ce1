"""`artbyol timeline`"""

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import By, Folder, MetadataTable, Seed, Sheet


@command("artbyol timeline paintings --sheet timeline.pdf", "artbyol timeline paintings --artist 'Anna Ancher'")
def timeline(
    call: Call,
    folder: Folder,
    by: By = "style",
    artist: str | None = None,
    metadata: MetadataTable = None,
    sheet: Sheet = None,
    seed: Seed = 0,
) -> Answer:
    """Show how style moves over the years: how fast, where it turns, and what is typical of the times between.

    Years come from a metadata.csv beside the pictures, from XMP sidecars or from the files. A turning point is shown
    only if it can be told from chance and from steady drift; often there is none.

    Options:
        artist (NAME): Only works by this artist.
    """
    from artbyol.cli.render.timeline import timeline as show

    return Shown(call(artbyol.timeline), show)
