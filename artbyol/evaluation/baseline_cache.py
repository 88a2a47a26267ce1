"""What the controls see of a collection: colour histogram, last layer, channel statistics. One pass over the pictures,
kept in the store so that the next evaluation looks only at what is new.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import StoreError
from artbyol.encoder.current import FrozenChoice, features_key, frozen_choice
from artbyol.encoder.reading import Reading, read_pictures
from artbyol.search.collection import OpenCollection
from artbyol.storage.atomic import is_read_only
from artbyol.storage.ingest import Content, PreparedPicture, known_contents
from artbyol.storage.store import Store
from artbyol.storage.tensor_file import TensorFormat


class ControlsHeader(TypedDict):
    """The header of the controls' file."""

    depends_on: dict[str, Any]


CONTROLS = TensorFormat(
    "artbyol-controls",
    1,
    StoreError,
    header=ControlsHeader,
    arrays={"hashes": "u1 n 16", "histogram": "f2 n 512", "last_layer": "f2 n C", "statistics": "f2 n D"},
)
SAVE_EVERY = 60.0
"""Seconds between saves: a kill loses at most this much."""

Seen = dict[str, NDArray[Any]]
"""What the controls see, by name, one row per content: `hashes` of the contents, uint8 (n, 16); in half precision,
which is plenty to rank by, `histogram` (n, 512), `last_layer` (n, C), the frozen backbone's last block group averaged
over positions, and `statistics` (n, D), its channel statistics: the untrained encoder."""

_NAMES = ("hashes", "histogram", "last_layer", "statistics")
_BATCH = 16
_BINS = 8  # per channel of RGB: 512 colours


def see_controls(collection: OpenCollection, hashes: Sequence[bytes]) -> Seen:
    """What the controls see of these contents, if a file still shows them and can be decoded, and of others seen
    before. Opens the pictures that no earlier evaluation has looked at.

    Where the store cannot be written, everything works but is not kept.

    Raises:
        Interrupted: `stop` said so; what was seen is kept.
    """
    choice = frozen_choice(collection.store)
    # As asked for, not as chosen: to know what "auto" means takes torch, and it means the same every time.
    depends_on = features_key(choice.name, choice.weights, collection.run.device, collection.run.precision)
    if choice.name.startswith("timm:"):
        depends_on["pooling"] = "average"  # the last layer of some was taken in another way once
    parts = _load(collection.store, depends_on)
    missing = set(hashes).difference(digests(_joined(parts)))
    contents = [one for one in known_contents(collection.catalogue) if one.hash in missing] if missing else []
    saved = time.monotonic()
    try:
        for part in _read(collection, contents, choice) if contents else ():
            parts.append(part)
            if time.monotonic() - saved > SAVE_EVERY:
                _save(collection, parts, depends_on)
                saved = time.monotonic()
    finally:
        if contents and parts:
            _save(collection, parts, depends_on)
    return _joined(parts)


def digests(seen: Seen) -> list[bytes]:
    """The contents' hashes, in the order of the rows."""
    return [row.tobytes() for row in seen["hashes"]]


def colour_histogram(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels (h, w, 3) -> the square roots of the shares of 8 x 8 x 8 colours (512,), of length 1 together.

    The cosine of two such vectors is the Bhattacharyya coefficient of the histograms, and ranks as their Hellinger
    distance does.
    """
    level = pixels.reshape(-1, 3) // (256 // _BINS)
    colour = (level[:, 0].astype(np.int64) * _BINS + level[:, 1]) * _BINS + level[:, 2]
    return np.sqrt(np.bincount(colour, minlength=_BINS**3) / len(colour)).astype(np.float32)


def _read(collection: OpenCollection, contents: Sequence[Content], choice: FrozenChoice) -> Iterator[Seen]:
    from artbyol.encoder.readers import frozen_reader

    run = collection.run
    run.progress("loading the network")
    reader, width = frozen_reader(collection.store, choice, run)
    run.progress("looking", 0, len(contents))
    reading = Reading(collection.folder, reader.config.views, run.max_pixels, "features", _BATCH)
    done = 0
    for pictures in read_pictures(reading, contents, reader):
        usable = [(one.outcome, one.numbers[0]) for one in pictures if isinstance(one.outcome, PreparedPicture)]
        if usable:
            hashes = np.frombuffer(b"".join(seen.content.hash for seen, _ in usable), np.uint8)
            colours = np.stack([colour_histogram(seen.views.whole) for seen, _ in usable])
            both = np.stack([numbers for _, numbers in usable])
            rows = (one.astype(np.float16) for one in (colours, both[:, :width], both[:, width:]))
            yield dict(zip(_NAMES, (hashes.reshape(len(usable), -1), *rows), strict=True))
        done += len(pictures)
        run.progress("looking", done, len(contents))
        if done < len(contents):
            run.check_stop(f"Stopped with {done:,} of {len(contents):,} pictures looked at for the controls.")


def _joined(parts: Sequence[Seen]) -> Seen:
    if not parts:
        return dict.fromkeys(_NAMES, np.empty((0, 0)))
    return {name: np.concatenate([part[name] for part in parts]) for name in _NAMES}


def _load(place: Store, depends_on: dict[str, Any]) -> list[Seen]:
    """What an earlier evaluation kept: nothing, where it is damaged, of another version or of another backbone."""
    try:
        header, arrays = CONTROLS.read(place.controls)
    except StoreError:
        return []
    return [arrays] if header["depends_on"] == depends_on else []


def _save(collection: OpenCollection, parts: Sequence[Seen], depends_on: dict[str, Any]) -> None:
    """Keep what was seen, without what has left the collection for good."""
    used, seen = set(collection.catalogue.hashes()), _joined(parts)
    kept = np.array([digest in used for digest in digests(seen)])
    try:
        CONTROLS.write(
            collection.store.controls, {name: rows[kept] for name, rows in seen.items()}, {"depends_on": depends_on}
        )
    except StoreError as error:
        if not is_read_only(error):
            collection.run.notice(f"The controls' vectors could not be saved and are computed again next time: {error}")
