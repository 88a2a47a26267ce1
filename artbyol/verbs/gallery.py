"""`gallery`: a folder of pages to look at a collection in any browser."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Unpack

from artbyol.grouping.clustering import Method
from artbyol.report.gallery.site import GalleryReport, make_gallery
from artbyol.verbs.opening import Folder, RunOptions, opened


def gallery(
    folder: Folder,
    destination: str | Path,
    *,
    k: int | Literal["auto"] = "auto",
    method: Method = "leiden",
    title: str | None = None,
    thumbnails: int = 320,
    large: int = 1600,
    metadata: str | Path | None = None,
    seed: int = 0,
    across: str | None = None,
    where: bool = False,
    with_search: bool = False,
    zoom: bool = False,
    about: str | Path | None = None,
    **run: Unpack[RunOptions],
) -> GalleryReport:
    """Make a gallery of a collection: a folder of pages that any browser opens, without a server or the network.

    An earlier gallery in the same folder is replaced, and its copies of pictures are used again. After a stop the same
    call goes on.

    Args:
        folder: the collection, or any folder inside it; its pictures are only read.
        destination: a folder that is new, empty, or holds an earlier gallery.
        k, method: how works are grouped, as in `artbyol.cluster`.
        title: default: the folder's name.
        thumbnails: height of the small copies, px.
        large: longer side of the large copies, px (a panorama may be twice as long); 0: none.
        metadata: a CSV that says more of the works, instead of metadata.csv beside the pictures; see
            `artbyol.metadata.metadata`.
        seed: of k-means, of the map, and of the shuffles that tell turning points from chance.
        across: beside each work show only works from elsewhere, as in `artbyol.similar`.
        where: show, too, on which places two works are alike; every picture is opened for that.
        with_search: the gallery answers for pictures that are dropped on it, too, in the browser alone: the network and
            the vectors of all works are in it, 15 MB and 1.3 KB for each work.
        zoom: cut tiles of scans at least 1.5 times as long as the large copies, so that they can be enlarged to their
            last detail.
        about: a text file, instead of about.txt beside the pictures: what the About page says of the collection. Lines
            such as "Credit: …" and "Licence: …" in it are set apart.
        run: see `RunOptions`; pictures larger than `max_pixels` are named, but not shown.

    Raises:
        StoreMissingError: nothing was embedded yet. ModelMismatchError: trained since.
        UsageError: the destination holds something else; k is not possible; a size out of range; nothing
            `across`; no browser can run the network to search with; `about` cannot be read.
        Interrupted: `stop` said so.
    """
    with opened(folder, run, table=metadata) as collection:
        looking, cutting = ["looking where"] if where else [], ["cutting tiles"] if zoom else []
        collection.run.steps("grouping", "finding neighbours", "mapping", *looking, "copying", *cutting, "writing")
        sides, text = (thumbnails, large), None if about is None else Path(about)
        return make_gallery(
            collection, Path(destination), title, sides, k, method, seed, across, where, with_search, zoom, text
        )
