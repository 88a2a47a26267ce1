"""The encoders that `evaluate` puts side by side: the collection's model, by cosine and as `similar` ranks, the
controls, anybody's vectors.

Controls are what takes no training, and what can pass for style without being it: the colours of a picture, and the
shape and size of its file. An encoder that tells styles apart must do better than these.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.base.errors import UsageError
from artbyol.base.vectors import Floats
from artbyol.evaluation.baseline_cache import digests, see_controls
from artbyol.evaluation.comparison import Candidate
from artbyol.evaluation.foreign_vectors import read_vectors
from artbyol.metadata.table import FileNames
from artbyol.search.collection import OpenCollection
from artbyol.storage.rows import Work

MODEL, UNTRAINED, AS_SIMILAR = "model", "untrained encoder", "as similar ranks"
STATISTICS = "channel statistics of the whole view, nothing fitted; cosine"


def of_model(vectors: Floats, trained: bool) -> Candidate:
    """The vectors (n, d) of the catalogue."""
    description = "the trained model's vectors; cosine" if trained else STATISTICS
    return Candidate(MODEL if trained else UNTRAINED, description, vectors, np.arange(len(vectors)))


def as_similar(model: Candidate) -> Candidate:
    """The same vectors, ranked as `similar` does."""
    return replace(model, name=AS_SIMILAR, description="the same vectors, ranked as similar does", similarity="graph")


def of_controls(
    collection: OpenCollection, works: Sequence[Work], wanted: NDArray[np.bool_], trained: bool
) -> list[Candidate]:
    """The controls; the untrained encoder is left out where it is the model itself.

    Args:
        works: one file of each different picture.
        wanted: bool (n,), which works are needed.
    """
    seen = see_controls(collection, [work.hash for work, is_wanted in zip(works, wanted, strict=True) if is_wanted])
    place = {digest: row for row, digest in enumerate(digests(seen))}
    row_of = np.array([place.get(work.hash, -1) for work in works])
    last_layer = "the frozen backbone's last block group, averaged over positions; cosine"
    colours = "8 x 8 x 8 colours of RGB, square roots of shares (Hellinger); cosine"
    shapes = "log(width / height) and log(width x height), standardised; distance"
    sides = shape_and_size([work.width for work in works], [work.height for work in works])
    return [
        *([Candidate(UNTRAINED, STATISTICS, seen["statistics"], row_of)] if trained else []),
        Candidate("last layer", last_layer, seen["last_layer"], row_of),
        Candidate("colour histogram", colours, seen["histogram"], row_of),
        Candidate("shape and size", shapes, sides, np.arange(len(works)), "distance"),
    ]


def shape_and_size(widths: ArrayLike, heights: ArrayLike) -> Floats:
    """Sides in pixels (n,) -> log(width / height) and log(width x height), each of mean 0 and variance 1 over the
    works; float32 (n, 2), to be compared by distance. What all works share stays 0."""
    width, height = np.log(np.asarray(widths, np.float64)), np.log(np.asarray(heights, np.float64))
    both = np.stack([width - height, width + height], axis=1)
    spread = both.std(axis=0)
    return np.asarray((both - both.mean(axis=0)) / np.where(spread > 1e-9, spread, np.inf), dtype=np.float32)


def from_file(path: Path, paths: Sequence[Sequence[bytes]], collection: OpenCollection) -> Candidate:
    """Somebody's vectors. A `Notice` tells of names that mean no work, or several.

    Args:
        paths: of each work, the files that show it.

    Raises:
        UsageError: the file cannot be used, or none of its names means a work.
    """
    vectors, file_names = read_vectors(path)
    names = FileNames(collection.folder, paths)
    row_of = np.full(len(paths), -1)
    lost = []
    for row, name in enumerate(file_names):
        found = names.find(name)
        if len(found) == 1:
            row_of[next(iter(found))] = row
        else:
            lost.append(name)
    if (row_of < 0).all():
        raise UsageError(f"None of the {len(file_names):,} names of {path} matches a work of {collection.folder}.")
    if lost:
        collection.run.notice(f"{len(lost):,} names of {path} match no work, or several; the first is {lost[0]}.")
    return Candidate(path.name, f"{vectors.shape[1]} numbers of {path}; cosine", vectors, row_of)
