"""Where two pictures are alike, asked of a page: as its details have it, made when somebody wants to see it."""

import base64
import os
from collections import OrderedDict
from typing import Any, Final

import numpy as np

from artbyol.app.uploads import Uploads
from artbyol.app.works import Known
from artbyol.base.errors import UsageError
from artbyol.base.vectors import Floats
from artbyol.search.collection import OpenCollection
from artbyol.search.query import QueryReader
from artbyol.search.where import PlaceReader, lit

_KEPT: Final = 64
"""Pictures whose places are kept: of one and its neighbours, several times over."""


class WhereAlike:
    """Says where pictures are alike. To be asked in the thread of the collection.

    Args:
        uploads: pictures that were dropped, which may be asked about, too.
    """

    def __init__(self, uploads: Uploads) -> None:
        self._uploads, self._windows = uploads, OrderedDict[tuple[str, str], Floats]()

    def between(self, collection: OpenCollection, known: Known, one: str, other: str) -> list[list[Any]]:
        """How the first is lit by the second, and the other way round: of each the height and width of its places, and
        their bytes (255: wholly) in base64, as in the details of a gallery.

        Raises:
            UsageError: no such work; the model does not tell where; a picture cannot be opened.
        """
        reader = PlaceReader(collection)
        paths = [self._path(collection, known, id) for id in (one, other)]
        directions = [self._direction(collection, reader, path) for path in paths]
        windows = [self._places(reader, id, path) for id, path in zip((one, other), paths, strict=True)]
        return [
            _lit(reader.standing(windows[0], directions[1])),
            _lit(reader.standing(windows[1], directions[0])),
        ]

    def _path(self, collection: OpenCollection, known: Known, id: str) -> bytes:
        if id.startswith("upload:"):
            return os.fsencode(self._uploads.find(id).path)
        (work,) = known.works([id])
        return os.path.join(os.fsencode(collection.folder), work.path)

    def _direction(self, collection: OpenCollection, reader: PlaceReader, path: bytes) -> Floats:
        model = reader.index.model_id
        (query,) = QueryReader(collection, (model,)).read([path])
        return np.asarray(reader.index.space.place([query.vectors[model]])[0])

    def _places(self, reader: PlaceReader, id: str, path: bytes) -> Floats:
        key = id, reader.index.model_id
        if key not in self._windows:
            found = reader.windows(path)
            if found is None:
                raise UsageError(
                    "The picture cannot be opened: its file is gone, or was changed.", "load the page again"
                )
            self._windows[key] = found
            while len(self._windows) > _KEPT:
                self._windows.popitem(last=False)
        self._windows.move_to_end(key)
        return self._windows[key]


def _lit(standing: Floats) -> list[Any]:
    light = (255 * lit(standing)).astype(np.uint8)
    return [*light.shape, base64.b64encode(light.tobytes()).decode("ascii")]
