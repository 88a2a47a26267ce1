"""`similar`: the works closest in style to one picture, or to several."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.catalogue import Catalogue
from artbyol.decoding import DEFAULT_MAX_PIXELS
from artbyol.errors import StoreMissingError, UsageError
from artbyol.events import Listener, ignore
from artbyol.identity import model_in_use, nothing_embedded
from artbyol.queries import Query, QueryReader
from artbyol.store import Store, check, existing, find

Path_ = str | bytes | os.PathLike[str]

UNLIKE_WEIGHT = 0.5
"""How strongly `unlike` pushes away: between the 0.15 and 0.75 that Rocchio's formula is used with."""


@dataclass(frozen=True)
class Neighbour:
    """One work found.

    Attributes:
        rank: from 1.
        path: relative to the collection's folder; `copies`: other files that show the same picture.
        percentile: 0..100, the share of all pairs of works in this collection that are less alike.
        cosine: similarity of the vectors, -1..1.
    """

    rank: int
    path: bytes
    copies: tuple[bytes, ...]
    percentile: float
    cosine: float


@dataclass(frozen=True)
class Neighbours:
    """What a search found.

    Attributes:
        folder: the collection searched.
        queries, unlike: absolute paths of the pictures asked for, folders spelt out.
        neighbours: best first.
        left_out: works left out because they are the query or a duplicate of it.
        works: different pictures searched; model_id: of the model that made their vectors.
    """

    folder: Path
    queries: tuple[bytes, ...]
    unlike: tuple[bytes, ...]
    neighbours: tuple[Neighbour, ...]
    left_out: tuple[bytes, ...]
    works: int
    model_id: str


def similar(
    queries: Path_ | Sequence[Path_],
    k: int = 12,
    *,
    folder: str | Path | None = None,
    store: str | Path | None = None,
    unlike: Sequence[Path_] = (),
    duplicates: bool = False,
    device: str = "auto",
    precision: str = "auto",
    max_pixels: int = DEFAULT_MAX_PIXELS,
    listener: Listener = ignore,
) -> Neighbours:
    """Find the works of a collection closest in style to one or several pictures.

    Several queries are averaged ("more like these"), `unlike` ones subtracted (Rocchio 1971). The query itself and
    its exact or near duplicates are left out.

    Args:
        queries: picture files or folders of them, in the collection or not.
        k: how many works.
        folder: the collection, or any folder inside it; default: the one the first query lies in, else the one the
            working directory lies in.
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        unlike: pictures to move away from.
        duplicates: keep the query and its duplicates in the answer.
        device, precision, max_pixels: for queries the catalogue does not know.
        listener: told when an index had to be built.

    Raises:
        StoreMissingError: nothing was embedded yet. ModelMismatchError: the model is newer than the vectors.
        DecodeError: a query is no usable picture. UsageError: no such file, or k below 1.
    """
    from artbyol.index import current_index

    asked = [queries] if isinstance(queries, (str, bytes, os.PathLike)) else list(queries)
    if not asked or k < 1:
        raise UsageError("Name at least one picture to compare with." if k >= 1 else f"-k must be at least 1, not {k}.")
    place = _collection(asked[0], folder, Path(store) if store else None)
    with Catalogue.open(place.catalogue, read_only=True) as catalogue:
        model_id = model_in_use(place, catalogue)
        index = current_index(catalogue, place.index, model_id, listener)
        if not len(index):
            raise nothing_embedded(place)
        reader = QueryReader(place, catalogue, model_id, device, precision, max_pixels)
        liked, disliked = reader.read(asked), reader.read(unlike)
        direction = _mean([q.vector for q in liked])
        if disliked:
            direction = direction - UNLIKE_WEIGHT * _mean([q.vector for q in disliked])
        known = set(catalogue.ids_of([q.hash for q in liked]).values())
        wanted = min(k + len(known), len(index))
        found: list[Neighbour] = []
        left_out: list[bytes] = []
        while True:  # ask for more until enough are no duplicates
            hits = index.search(direction[None], wanted)
            ids = [int(i) for i in hits.ids[0] if i >= 0]
            same = np.zeros(len(ids), bool) if duplicates else _same_pictures(catalogue, ids, liked, known)
            if len(ids) - int(same.sum()) >= k or len(ids) < wanted or wanted == len(index):
                break
            wanted = min(2 * wanted, len(index))
        paths = catalogue.paths_of(ids)
        for content, cosine, dropped in zip(ids, hits.scores[0], same, strict=False):
            if dropped:
                left_out.append(paths[content][0])
            elif len(found) < k:
                first, *copies = paths[content]
                percentile = float(index.percentile(cosine))
                found.append(Neighbour(len(found) + 1, first, tuple(copies), percentile, float(cosine)))
        return Neighbours(
            place.folder,
            tuple(q.path for q in liked),
            tuple(q.path for q in disliked),
            tuple(found),
            tuple(left_out),
            len(index),
            model_id,
        )


def _collection(query: Path_, folder: str | Path | None, store: Path | None) -> Store:
    if folder is not None:
        return existing(Path(folder), store)
    start = Path(os.fsdecode(query)).absolute()
    found = find(start, store) or find(Path.cwd(), store)
    if found is None:
        raise StoreMissingError(
            f"Neither {str(start)!r} nor the working directory lies in an artbyol collection.",
            hint="artbyol explore FOLDER makes one; --in FOLDER names one",
        )
    check(found)
    return found


def _same_pictures(
    catalogue: Catalogue, ids: Sequence[int], queries: Sequence[Query], known: set[int]
) -> NDArray[np.bool_]:
    """Which of these contents are a query, or one of the queries saved at another size or quality."""
    from artbyol.views import near_duplicates

    same = np.array([content in known for content in ids], bool)
    marks = catalogue.fingerprints(ids)
    for query in queries:
        same |= near_duplicates(marks, query.fingerprint)
    return same


def _mean(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    mean = np.mean(vectors, axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
