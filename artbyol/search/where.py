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
from typing import TYPE_CHECKING, Final

import numpy as np

from artbyol.base.errors import DecodeError
from artbyol.base.vectors import Floats
from artbyol.search.collection import OpenCollection
from artbyol.search.results import Places, Whereabouts

if TYPE_CHECKING:
    from artbyol.encoder.feature_reader import FeatureReader


DARKEST: Final = -1.0
LIGHTEST: Final = 1.5
"""How a place that fades wholly, and one that is lit wholly, stand out."""


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
        if asked is None:
            return [None] * len(works)
        found: list[Whereabouts | None] = []
        for done, (path, on_query) in enumerate(zip(works, self.standing(asked, directions), strict=True)):
            self.collection.run.progress("looking where", done, len(works))
            windows = self.windows(path)
            on_work = None if windows is None else self.standing(windows, direction)
            found.append(None if on_work is None else Whereabouts(_rows(on_query), _rows(on_work)))
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

    def standing(self, windows: Floats, directions: Floats) -> Floats:
        """How much more than the others each of a picture's windows (h, w, d) is like a direction (d,), or like each of
        some (n, d): (h, w) or (n, h, w), as of `Whereabouts`."""
        usual = np.median((windows @ self.collection.chance().sample.T).std(axis=(0, 1)))
        cosines = np.moveaxis(windows @ directions.T, -1, 0) if directions.ndim > 1 else windows @ directions
        return np.asarray((cosines - cosines.mean(axis=(-2, -1), keepdims=True)) / max(float(usual), 1e-6))

    @cached_property
    def _reader(self) -> FeatureReader:
        return self.collection.reader(self.index.model_id, windows=True)


def lit(standing: Floats) -> Floats:
    """How places that stand out so are lit, 0..1."""
    return np.asarray((standing - DARKEST) / (LIGHTEST - DARKEST)).clip(0, 1)


def _rows(standing: Floats) -> Places:
    return tuple(tuple(row) for row in np.round(standing.astype(np.float64), 2).tolist())
