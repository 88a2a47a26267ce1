"""Where works of a gallery are like those nearest to them."""

import os
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from artbyol.base.vectors import Floats
from artbyol.search.collection import OpenCollection
from artbyol.search.where import PlaceReader, lit

Light = Mapping[tuple[int, int], NDArray[np.uint8]]
"""How the places of a work (h, w) are lit by another: 255 wholly. By the rows of both."""


def where_alike(
    collection: OpenCollection, files: Sequence[bytes], directions: Floats, nearest: NDArray[np.int32]
) -> Light:
    """How every work is lit by its nearest, and by those that it is one of the nearest of.

    Args:
        files, directions, nearest: of n works the path in the collection, (n, d), and the rows (n, k) of the nearest,
            -1 for none.

    Raises:
        UsageError: the model does not tell where. Interrupted: `stop` said so.
    """
    reader, root = PlaceReader(collection), os.fsencode(collection.folder)
    by: list[set[int]] = [{int(other) for other in row if other >= 0} for row in nearest]
    for row, others in enumerate(nearest.tolist()):
        for other in others:
            if other >= 0:
                by[other].add(row)
    found: dict[tuple[int, int], NDArray[np.uint8]] = {}
    for row, path in enumerate(files):
        collection.run.check_stop("Stopped. What was copied is kept.")
        collection.run.progress("looking where", row, len(files))
        windows = reader.windows(os.path.join(root, path))
        if windows is not None:
            others = sorted(by[row])
            light = 255 * lit(reader.standing(windows, directions[others]))
            found |= {(row, other): one for other, one in zip(others, light.astype(np.uint8), strict=True)}
    return found
