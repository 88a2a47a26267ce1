"""The encoders that `evaluate` puts side by side: the collection's model, the controls, anybody's vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.evaluation.baseline_cache import see_controls
from artbyol.evaluation.comparison import Candidate
from artbyol.evaluation.foreign_vectors import read_vectors
from artbyol.evaluation.shortcuts import shape_and_size
from artbyol.metadata.table import FileNames
from artbyol.search.collection import OpenCollection

MODEL, UNTRAINED = "model", "untrained encoder"
STATISTICS = "channel statistics of the whole view, nothing fitted; cosine"


@dataclass(frozen=True)
class Works:
    """The different pictures of a collection.

    Attributes:
        hashes: of their contents.
        paths: of each, the files that show it.
        widths, heights: pixels, int64 (n,).
    """

    hashes: tuple[bytes, ...]
    paths: tuple[tuple[bytes, ...], ...]
    widths: NDArray[np.int64]
    heights: NDArray[np.int64]


def works_of(collection: OpenCollection, ids: NDArray[np.int64]) -> Works:
    """The contents of these ids, in their order."""
    known = {work.id: work for work in collection.files()}
    paths = collection.paths_of(ids.tolist())
    some = [known[number] for number in ids.tolist()]
    return Works(
        tuple(work.hash for work in some),
        tuple(tuple(paths[work.id]) for work in some),
        np.array([work.width for work in some]),
        np.array([work.height for work in some]),
    )


def of_model(vectors: NDArray[np.float32], trained: bool) -> Candidate:
    """The vectors (n, d) of the catalogue."""
    description = "the trained model's vectors; cosine" if trained else STATISTICS
    return Candidate(MODEL if trained else UNTRAINED, description, vectors, np.arange(len(vectors)))


def of_controls(collection: OpenCollection, works: Works, wanted: NDArray[np.bool_], trained: bool) -> list[Candidate]:
    """What takes no training, and what is no style. The untrained encoder is left out where it is the model itself.

    Args:
        wanted: bool (n,), which works are needed.
    """
    digests = [digest for digest, is_wanted in zip(works.hashes, wanted, strict=True) if is_wanted]
    seen = see_controls(collection, digests)
    row_of = _rows_of(works.hashes, seen.hashes)
    every = np.arange(len(works.hashes))
    last_layer = "the frozen backbone's last block group, averaged over positions; cosine"
    colours = "8 x 8 x 8 colours of RGB, square roots of shares (Hellinger); cosine"
    shapes = "log(width / height) and log(width x height), standardised; distance"
    return [
        *([Candidate(UNTRAINED, STATISTICS, seen.statistics, row_of)] if trained else []),
        Candidate("last layer", last_layer, seen.last_layer, row_of),
        Candidate("colour histogram", colours, seen.histogram, row_of),
        Candidate("shape and size", shapes, shape_and_size(works.widths, works.heights), every, "distance"),
    ]


def from_file(path: Path, works: Works, collection: OpenCollection) -> Candidate:
    """Somebody's vectors. A `Notice` tells of names that mean no work, or several.

    Raises:
        UsageError: the file cannot be used, or none of its names means a work.
    """
    named = read_vectors(path)
    names = FileNames(collection.folder, works.paths)
    row_of = np.full(len(works.paths), -1)
    lost = []
    for row, name in enumerate(named.names):
        found = names.find(name)
        if len(found) == 1:
            row_of[next(iter(found))] = row
        else:
            lost.append(name)
    if (row_of < 0).all():
        raise UsageError(f"None of the {len(named.names):,} names of {path} means a work of {collection.folder}.")
    if lost:
        collection.run.notice(f"{path}: {len(lost):,} names mean no work, or several; first {lost[0]}")
    return Candidate(path.name, f"{named.vectors.shape[1]} numbers of {path}; cosine", named.vectors, row_of)


def _rows_of(hashes: Sequence[bytes], seen: Sequence[bytes]) -> NDArray[np.int64]:
    place = {digest: row for row, digest in enumerate(seen)}
    return np.array([place.get(digest, -1) for digest in hashes])
