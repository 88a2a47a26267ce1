"""`artbyol duplicates`"""

from __future__ import annotations

import artbyol
from artbyol.cli.command import Answer, Call, command
from artbyol.cli.options import PATHS, Folder, Sheet


@command(
    "artbyol duplicates paintings --sheet duplicates.png",
    "artbyol duplicates paintings --paths",
    adds=PATHS,
)
def duplicates(call: Call, folder: Folder, sheet: Sheet = None) -> Answer:
    """Find pictures that FOLDER holds more than once: as copies, or saved at another size, quality or format.

    The best version comes first: the one with most pixels, then the largest file; --paths prints all the others. Crops,
    frames, mirrored pictures and other photographs of the same work do not count. Nothing is changed on disk. FOLDER is
    taken as it was when it was last embedded.
    """
    from artbyol.cli.render.files import duplicates as show

    found = call(artbyol.duplicates)
    return Answer(found, lambda: show(found), [one.path for group in found.groups for one in group.versions[1:]])
