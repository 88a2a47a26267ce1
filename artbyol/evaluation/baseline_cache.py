"""What the controls see of a collection: colour histogram, last layer, channel statistics. One pass over the pictures,
kept in the store so that the next evaluation looks only at what is new.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import Interrupted, StoreError
from artbyol.encoder.current import FrozenChoice, features_key, frozen_choice
from artbyol.evaluation.shortcuts import colour_histogram
from artbyol.search.collection import OpenCollection
from artbyol.storage.atomic import is_read_only
from artbyol.storage.ingest import Content, PictureResult, PreparedPicture, known_contents, prepare_pictures
from artbyol.storage.store import Store
from artbyol.storage.tensor_file import TensorFormat

CONTROLS = TensorFormat("artbyol-controls", 1, StoreError, fields=("depends_on",))
SAVE_EVERY = 60.0
"""Seconds between saves: a kill loses at most this much."""

_BATCH = 16
_HASH_BYTES = 16
_ROWS = ("histogram", "last_layer", "statistics")

Rows = NDArray[np.float16]


@dataclass(frozen=True)
class Controls:
    """What the controls see, one row per content; half precision is plenty to rank by.

    Attributes:
        hashes: of the contents.
        histogram: (n, 512), see `artbyol.evaluation.shortcuts.colour_histogram`.
        last_layer: (n, C), the frozen backbone's last block group, averaged over positions.
        statistics: (n, D), the frozen backbone's channel statistics: the untrained encoder.
    """

    hashes: tuple[bytes, ...]
    histogram: Rows
    last_layer: Rows
    statistics: Rows

    def of(self, hashes: Sequence[bytes]) -> Controls:
        """The rows of those of these contents that are here, in the order asked for."""
        place = {digest: row for row, digest in enumerate(self.hashes)}
        here = tuple(digest for digest in hashes if digest in place)
        rows = [place[digest] for digest in here]
        return Controls(here, self.histogram[rows], self.last_layer[rows], self.statistics[rows])


def see_controls(collection: OpenCollection, hashes: Sequence[bytes]) -> Controls:
    """What the controls see of these contents; opens the pictures that no earlier evaluation has looked at.

    Where the store cannot be written, everything works but is not kept.

    Returns:
        Rows for those contents that a file still shows and that can be decoded.

    Raises:
        Interrupted: `stop` said so; what was seen is kept.
    """
    choice = frozen_choice(collection.store)
    # As asked for, not as chosen: to know what "auto" means takes torch, and it means the same every time.
    depends_on = features_key(choice.name, choice.weights, collection.run.device, collection.run.precision)
    if choice.name.startswith("timm:"):
        depends_on["pooling"] = "average"  # the last layer of some was taken in another way once
    kept = _load(collection.store, depends_on)
    known = set(kept.hashes) if kept else set()
    missing = set(hashes) - known
    contents = [one for one in known_contents(collection.catalogue) if one.hash in missing] if missing else []
    parts = [kept] if kept else []
    saved = time.monotonic()
    try:
        for part in _look(collection, contents, choice) if contents else ():
            parts.append(part)
            if time.monotonic() - saved > SAVE_EVERY:
                _save(collection, _joined(parts), depends_on)
                saved = time.monotonic()
    finally:
        if contents and parts:
            _save(collection, _joined(parts), depends_on)
    return _joined(parts).of(hashes)


def _look(collection: OpenCollection, contents: Sequence[Content], choice: FrozenChoice) -> Iterator[Controls]:
    from artbyol.encoder.frozen import frozen_backbone

    backbone = frozen_backbone(collection.store, choice, collection.run.device, collection.run.precision)
    batch: list[PictureResult] = []
    stream = prepare_pictures(collection.store.folder, contents, backbone.views, collection.run.max_pixels)
    for done, one in enumerate(stream, start=1):
        batch.append(one)
        if len(batch) < _BATCH and done < len(contents):
            continue
        usable = [seen for seen in batch if isinstance(seen, PreparedPicture)]
        batch = []
        if usable:
            colours = np.stack([colour_histogram(seen.views.whole) for seen in usable])
            both = backbone.look([seen.views for seen in usable])
            hashes = tuple(seen.content.hash for seen in usable)
            yield Controls(hashes, *(rows.astype(np.float16) for rows in (colours, *both)))
        collection.run.progress("looking", done, len(contents))
        if collection.run.stop() and done < len(contents):
            raise Interrupted(f"Stopped with {done:,} of {len(contents):,} pictures looked at for the controls.")


def _joined(parts: Sequence[Controls]) -> Controls:
    if not parts:
        none = np.empty((0, 0), np.float16)
        return Controls((), none, none, none)
    return Controls(
        tuple(digest for part in parts for digest in part.hashes),
        np.concatenate([part.histogram for part in parts]),
        np.concatenate([part.last_layer for part in parts]),
        np.concatenate([part.statistics for part in parts]),
    )


def _load(place: Store, depends_on: dict[str, Any]) -> Controls | None:
    """What an earlier evaluation kept; None: nothing, or it is damaged, of another version or of another backbone."""
    try:
        header, arrays = CONTROLS.read(place.controls, ("hashes", *_ROWS))
    except StoreError:
        return None
    if header["depends_on"] != depends_on:
        return None
    return Controls(tuple(row.tobytes() for row in arrays["hashes"]), *(arrays[name] for name in _ROWS))


def _save(collection: OpenCollection, controls: Controls, depends_on: dict[str, Any]) -> None:
    """Keep what was seen, without what has left the collection."""
    used = {work.hash for work in collection.catalogue.works()}
    controls = controls.of([digest for digest in controls.hashes if digest in used])
    hashes = np.frombuffer(b"".join(controls.hashes), np.uint8).reshape(-1, _HASH_BYTES)
    rows = {name: getattr(controls, name) for name in _ROWS}
    try:
        CONTROLS.write(collection.store.controls, {"hashes": hashes, **rows}, {"depends_on": depends_on})
    except StoreError as error:
        if not is_read_only(error):
            collection.run.notice(f"What the controls saw could not be saved, it is seen again next time: {error}")
