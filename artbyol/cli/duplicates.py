"""`artbyol duplicates`"""

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import PATHS, Folder, Sheet


@command(
    "artbyol duplicates paintings --sheet duplicates.png",
    "artbyol duplicates paintings --paths",
    adds=PATHS,
)
def duplicates(call: Call, folder: Folder, sheet: Sheet = None) -> Answer:
    """Find pictures that FOLDER holds more than once: as copies, or saved at another size, quality or format.

    The best version comes first: the one with most pixels, then the largest file; --paths prints the others that may go
    without loss. Links are no copies, and what links lead to stays. Crops, frames, mirrored pictures and other
    photographs of the same work do not count. Nothing is changed on disk. What is new in FOLDER since it was last
    embedded is not looked at, and what has changed stays.
    """
    from artbyol.cli.render.files import duplicates as show

    found = call(artbyol.duplicates)
    return Shown(found, show, found.spare)
