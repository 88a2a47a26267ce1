"""Where on two pictures they are alike: each place of the one compared with the whole of the other.

A place is a window of a tenth of the picture. Its vector is made as that of a crop: the same statistics of the same
maps, put through the same projection. So a window's likeness is exact, and nothing is linearised; but the likeness of
two works is not the sum of those of their places. How well it points: docs/experiments/where.md.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from artbyol.base.errors import DecodeError
from artbyol.base.vectors import Floats
from artbyol.encoder.current import model_mismatch
from artbyol.search.collection import OpenCollection
from artbyol.search.results import Places, Whereabouts

if TYPE_CHECKING:
    from artbyol.encoder.feature_reader import FeatureReader


class PlaceReader:
    """Opens pictures to see where they are like others of a collection."""

    def __init__(self, collection: OpenCollection) -> None:
        self.collection, self.index = collection, collection.index()

    def whereabouts(
        self, query: bytes, works: Sequence[bytes], direction: Floats, directions: Floats
    ) -> list[Whereabouts | None]:
        """Where a picture and some works are alike; None of those that cannot be opened.

        Args:
            query, works: absolute paths.
            direction, directions: their own, (d,) and (n, d), in the space of the index of style.
        """
        asked = self.windows(query)
        found: list[Whereabouts | None] = []
        for done, (path, other) in enumerate(zip(works, directions, strict=True)):
            self.collection.run.progress("looking where", done, len(works))
            windows = self.windows(path)
            if asked is None or windows is None:
                found.append(None)
            else:
                found.append(Whereabouts(self.places(asked, other), self.places(windows, direction)))
        return found

    def windows(self, path: bytes) -> Floats | None:
        """Directions (h, w, d) of a picture's windows; None where it cannot be opened."""
        from artbyol.pictures.decode import decode_content
        from artbyol.pictures.scan import content_hash
        from artbyol.pictures.views import make_views

        plan = replace(self._reader.config.views, crops=0)
        try:
            digest = content_hash(path)
            picture = decode_content(path, digest, plan.short_side, self.collection.run.max_pixels)
        except DecodeError as error:
            self.collection.run.notice(f"{os.fsdecode(path)} cannot be looked at: {error.message}.")
            return None
        windows = self._reader.windows(make_views(picture, digest, plan).whole)
        return self.index.space.place(windows.reshape(-1, windows.shape[2])).reshape(windows.shape)

    def places(self, windows: Floats, direction: Floats) -> Places:
        """How much more than the others each of a picture's windows (h, w, d) is like a direction (d,)."""
        usual = np.median((windows @ self.collection.chance().sample.T).std(axis=(0, 1)))
        cosines = windows @ direction
        standing = (cosines - cosines.mean()) / max(float(usual), 1e-6)
        return tuple(tuple(row) for row in np.round(standing.astype(np.float64), 2).tolist())

    @cached_property
    def _reader(self) -> FeatureReader:
        from artbyol.encoder.readers import current_reader

        self.collection.run.progress("loading the network")
        reader, now = current_reader(self.collection.store.model, self.collection.run, windows=True)
        if now != self.index.model_id:  # trained this very moment
            raise model_mismatch(self.collection.store, self.index.model_id, now)
        return reader
