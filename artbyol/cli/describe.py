"""`artbyol describe`"""

from pathlib import Path

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import PIXELS, In, MetadataTable


@command("artbyol describe harbour.jpg", "artbyol describe sketches/ --in paintings", adds=PIXELS)
def describe(call: Call, pictures: list[Path], folder: In = None, metadata: MetadataTable = None) -> Answer:
    """Describe what sets a work apart from its collection (cooler, busier, softer edges), and its dominant colours.

    Every word compares: cooler means cooler than most of this collection. A work gets a word only in the extreme 5 %,
    so many have none. One picture is shown with all its attributes, several as a table.

    Options:
        pictures (PICTURE...): Pictures, in the collection or not. A folder stands for its pictures, - for paths
            on standard input.
    """
    from artbyol.cli.render.search import descriptions

    return Shown(call(artbyol.describe), descriptions)
