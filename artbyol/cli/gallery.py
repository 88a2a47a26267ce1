"""`artbyol gallery`"""

from pathlib import Path

import artbyol
from artbyol.cli.command import Answer, Call, Shown, command
from artbyol.cli.options import PIXELS, Across, Folder, MetadataTable, Method, NumberOfGroups, Seed


@command(
    "artbyol gallery paintings -o gallery",
    "artbyol gallery paintings -o gallery --title Harbours -k 12",
    adds=PIXELS,
    stops=True,
)
def gallery(
    call: Call,
    folder: Folder,
    destination: Path,
    k: NumberOfGroups = "auto",
    method: Method = "leiden",
    title: str | None = None,
    thumbnails: int = 320,
    large: int = 1600,
    metadata: MetadataTable = None,
    across: Across = None,
    where: bool = False,
    with_search: bool = False,
    zoom: bool = False,
    about: Path | None = None,
    seed: Seed = 0,
) -> Answer:
    """Make a gallery of FOLDER: pages for any browser, opened by a double click, without the network.

    A wall of all works, the groups, a map on which neighbours are neighbours in style, every work with its closest
    and why they are close, a timeline where years are known, outliers, duplicates, and paths from work to work. The
    folder can be put on any web host as it is. Made again, it reuses the pictures that are there.

    Options:
        where: Show, too, on which places two works are alike; every picture is opened for that.
        with_search: Answer for pictures dropped on the gallery, too, in any browser, without a server: adds about
            15 MB, and 1.3 KB for each work.
        zoom: Let scans that are at least 1.5 times as long as the large pictures be enlarged to their last detail; for
            that they are cut into tiles.
        destination (--output -o DIR): Where: a folder that is new, empty, or holds an earlier gallery.
        about (FILE): What the page About says of the collection, with lines "Credit: …" and "Licence: …"; default:
            about.txt beside the pictures.
        title (TEXT): Title of the gallery; default: the folder's name.
        thumbnails (PX): Height of the small pictures.
        large (PX): Longer side of the large pictures; 0: no large pictures.
    """
    from artbyol.cli.render.files import gallery as show

    return Shown(call(artbyol.gallery), show)
