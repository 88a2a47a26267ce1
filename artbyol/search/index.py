"""The search index: cosine neighbours over the catalogue's vectors, and how close "close" is in this collection.

Derived from the catalogue and rebuilt whenever it does not match it; deleting the file costs time and nothing else.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.base.errors import IndexDamagedError, ModelError, StoreError, StoreFormatError
from artbyol.base.events import Listener, Notice, ignore
from artbyol.base.large_arrays import let_go, room, taken
from artbyol.base.vectors import unit
from artbyol.pictures.measures.axes import STANDARDISED_IDS
from artbyol.search.faiss_index import EXACT_NUMBERS, Kind, build_approximate, build_exact
from artbyol.search.standardise import Space
from artbyol.storage.atomic import is_read_only
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.tensor_file import TensorFormat

Result = TypeVar("Result")


class IndexHeader(TypedDict):
    """The header of an index's file."""

    generation: int
    model_id: str
    kind: Kind
    recall: float | None
    count: int
    dimensions: int
    checksum: int


class ChangesHeader(TypedDict):
    """The header of the file of what changed beside an index."""

    base: int
    generation: int


INDEX = TensorFormat(
    name="artbyol-index",
    version=2,
    damaged=IndexDamagedError,
    header=IndexHeader,
    arrays={"faiss": "u1 b", "ids": "i8 n", "background": "f4 q", "centre": "f4 d", "scale": "f4 d"},
    oldest=2,
)
CHANGES = TensorFormat(
    "artbyol-index-recent",
    1,
    IndexDamagedError,
    header=ChangesHeader,
    arrays={"added": "i8 m", "placed": "f4 m d", "removed": "i8 r", "background": "f4 q"},
)

LEAST = 50_000
"""Works in an index below which it is simply built again: that takes less than half a second."""

SHARE = 0.05
"""Changes, as a share of an index, after which it is built again; a build of n works is so paid for by n / 20 changes,
and recall and percentiles of the older part hold for at least 19 works in 20."""

_QUANTILES = 1001  # a percentile to a tenth
_PAIRS = 200_000  # pairs sampled for them; up to 632 works that is all pairs
_SAMPLED = 20_000  # works that stand for a larger collection in these pairs
_SEED = 0  # fixed, so that the same vectors give the same percentiles


@dataclass(frozen=True)
class Hits:
    """Best first; where a collection has fewer than k works, ids and scores are padded with -1.

    Attributes:
        ids: content ids, int64 (q, k).
        scores: cosines, float32 (q, k).
    """

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Changes:
    """What changed in a large collection since its index was built: a small file beside a large one that stays as is.

    The index of a million works is not written anew for a thousand more. Works that came are searched one by one, those
    that went are passed over; once they are a twentieth (`SHARE`), the index is built again.

    Attributes:
        base: checksum of the index file.
        generation: of the catalogue that the two of them together are of.
        added, placed: ids (m,) of works that the index lacks, and their directions (m, d) in its space.
        removed: ids (r,) of works in the index that the collection lacks.
        background: see `StyleIndex`, of the collection as it is.
    """

    base: int
    generation: int
    added: NDArray[np.int64]
    placed: NDArray[np.float32]
    removed: NDArray[np.int64]
    background: NDArray[np.float32]

    def save(self, path: Path) -> None:
        """Write them atomically, with checksums. Raises StoreError."""
        arrays = {name: getattr(self, name) for name in CHANGES.arrays or ()}
        CHANGES.write(path, arrays, {"base": self.base, "generation": self.generation})

    @staticmethod
    def load(path: Path, base: int, generation: int) -> Changes | None:
        """The changes to this index up to this generation; None where the file is missing, damaged or of others: they
        are found anew in the catalogue."""
        try:
            header, arrays = CHANGES.read(path)
        except (IndexDamagedError, StoreFormatError):
            return None
        if (header["base"], header["generation"]) != (base, generation):
            return None
        return Changes(base, generation, *arrays.values())


@dataclass(frozen=True, eq=False)
class StyleIndex:
    """An immutable index over n works of d numbers.

    Attributes:
        ids: content ids, int64 (n,).
        d: numbers per vector, 0 for an empty index.
        model_id, generation: whose vectors, and of which state of the catalogue.
        kind: "exact", or "approximate" with `recall` (recall@10 against exact search, measured when it was built).
        background: float32 (1001,), quantiles of the cosine over pairs of different works; (0,) below two works.
        space: where cosines are taken.
    """

    ids: NDArray[np.int64]
    d: int
    model_id: str
    generation: int
    kind: Kind
    recall: float | None
    background: NDArray[np.float32]
    space: Space
    _faiss: Any = field(repr=False)
    _memory: Any = field(default=None, repr=False)  # what a loaded index looks into, and must not outlive
    _changes: Changes | None = field(default=None, repr=False)  # ids and _faiss are those from before it

    @staticmethod
    def build(
        ids: ArrayLike,
        vectors: ArrayLike,
        *,
        model_id: str,
        generation: int,
        standardise: bool = False,
        exact_limit: int | None = None,
    ) -> StyleIndex:
        """Index vectors (n, d), which need not be of length 1.

        Args:
            standardise: bring every feature to the mean and the spread it has in this collection; see `Space`.
            exact_limit: up to how many works to search exactly; None: see `artbyol.search.faiss_index.EXACT_NUMBERS`.
        """
        numbers = np.ascontiguousarray(ids, dtype=np.int64)
        rows = np.asanyarray(vectors, dtype=np.float32)
        if rows.ndim != 2 or len(numbers) != len(rows):
            raise StoreError(f"There are {len(numbers)} works, but vectors of shape {rows.shape}.")
        space = Space.of(rows, standardise=standardise)
        placed = space.place(rows)
        if exact_limit is None:
            exact_limit = EXACT_NUMBERS // max(1, placed.shape[1])
        built = build_exact(placed) if len(placed) <= exact_limit else build_approximate(placed)
        return StyleIndex(
            *(numbers, placed.shape[1], model_id, generation, built.kind, built.recall),
            *(_background(placed), space, built.index),
        )

    def __len__(self) -> int:
        changed = len(self._changes.added) - len(self._changes.removed) if self._changes else 0
        return len(self.ids) + changed

    def contents(self) -> set[int]:
        """The ids of all works in it."""
        held = set(self.ids.tolist())
        if self._changes is not None:
            held = (held | set(self._changes.added.tolist())) - set(self._changes.removed.tolist())
        return held

    def some_contents(self, most: int) -> list[int]:
        """The ids of at most so many works that stand for all, evenly spread. Those that came since a large index was
        built are left out."""
        spread = self.ids[:: -(-len(self.ids) // most) or 1]
        removed = self._changes.removed if self._changes else self.ids[:0]
        some: list[int] = spread[~np.isin(spread, removed)].tolist()
        return some

    def caught_up(self, changes: Changes) -> StyleIndex:
        """The same with these works more and those fewer."""
        return replace(self, generation=changes.generation, background=changes.background, _changes=changes)

    def search(self, queries: ArrayLike, k: int) -> Hits:
        """The k works closest in cosine to each direction (q, d) in the index's space; equal scores in order of id.

        Raises:
            ModelError: the queries are not of the index's length, so another model made them.
        """
        rows = np.atleast_2d(np.asarray(queries, dtype=np.float32))
        if rows.shape[1] != self.d and len(self) and len(rows):
            raise ModelError(f"A query of {rows.shape[1]} numbers does not fit vectors of {self.d}.")
        ids = np.full((len(rows), k), -1, np.int64)
        scores = np.full((len(rows), k), -np.inf, np.float32)
        if len(self.ids) and len(rows) and k:
            n = min(k, len(self.ids))
            scores[:, :n], positions = self._faiss.search(unit(rows), n, params=self._without_removed())
            ids[:, :n] = np.where(positions >= 0, self.ids[positions], -1)
        if self._changes and len(self._changes.added) and len(rows) and k:
            others = unit(rows) @ self._changes.placed.T
            best = np.argsort(-others, axis=1, kind="stable")[:, :k]
            ids = np.concatenate([ids, self._changes.added[best]], axis=1)
            scores = np.concatenate([scores, np.take_along_axis(others, best, 1)], axis=1)
        scores = np.where(ids >= 0, scores.clip(-1.0, 1.0), -np.inf)
        order = np.lexsort((ids, -scores), axis=-1)[:, :k]
        ids, scores = np.take_along_axis(ids, order, -1), np.take_along_axis(scores, order, -1)
        return Hits(ids, np.where(ids >= 0, scores, -1.0).astype(np.float32))

    def _without_removed(self) -> Any:
        """faiss's word for searching all but the works that are gone; None: search all."""
        if self._changes is None or not len(self._changes.removed):
            return None
        import faiss

        parameters: Any = faiss.SearchParameters if self.kind == "exact" else faiss.SearchParametersIVF
        also = {} if self.kind == "exact" else {"nprobe": self._faiss.nprobe}
        gone = np.flatnonzero(np.isin(self.ids, self._changes.removed))
        stay = faiss.IDSelectorNot(faiss.IDSelectorBatch(gone))
        return parameters(sel=stay, **also)

    def percentile(self, scores: ArrayLike) -> NDArray[np.float64]:
        """The share of this collection's pairs, 0 to 100, that are less alike than these cosines; any shape.

        NaN where there are no pairs to compare with (fewer than two works).
        """
        cosines = np.asarray(scores, dtype=np.float64)
        if not len(self.background):
            return np.full(cosines.shape, np.nan)
        values, first = np.unique(self.background, return_index=True)
        shares = np.interp(cosines, values, first * (100.0 / (_QUANTILES - 1)))
        return np.asarray(np.where(cosines > values[-1], 100.0, shares))

    def save(self, path: Path) -> None:
        """Write the index atomically, with checksums. Raises StoreError."""
        data = self._memory if self._memory is not None else _serialised(self._faiss)
        arrays = (data, self.ids, self.background, self.space.centre, self.space.scale)
        header = {
            "generation": self.generation,
            "model_id": self.model_id,
            "kind": self.kind,
            "recall": self.recall,
            "count": len(self),
            "dimensions": self.d,
        }
        INDEX.write(path, dict(zip(INDEX.arrays or (), arrays, strict=True)), header)

    @staticmethod
    def load(path: Path) -> StyleIndex:
        """Read an index.

        Raises:
            IndexDamagedError: missing, truncated, altered, or not readable by this faiss.
            StoreFormatError: whole, but of another version.
        """
        header, arrays = INDEX.read(path)
        try:
            index = _deserialised(arrays["faiss"])
        except RuntimeError as error:
            raise IndexDamagedError(f"{path} is damaged: {error}.") from error
        if not len(arrays["ids"]) == index.ntotal == header["count"] or index.d != max(1, header["dimensions"]):
            raise IndexDamagedError(f"{path} is damaged: it does not hold as many works as it says.")
        return StyleIndex(
            *(arrays["ids"], header["dimensions"], header["model_id"], header["generation"]),
            *(header["kind"], header["recall"], arrays["background"]),
            *(Space(arrays["centre"], arrays["scale"]), index, arrays["faiss"]),
        )


def current_index(catalogue: Catalogue, path: Path, model_id: str, listener: Listener = ignore) -> StyleIndex:
    """The index of the catalogue's vectors of one model: from `path` if it is whole and fresh, else built and saved, or
    where little changed in a large collection, brought up to date.

    Where it cannot be saved (read-only media) it is used all the same. A `Notice` says when a damaged file was
    replaced, and what an approximate index was measured to find.
    """
    # Read before the vectors: should a writer come in between, the index is newer than it says and is built again.
    generation = catalogue.generation
    header = None
    try:
        header = INDEX.read_header(path) if path.exists() else None
        if header and header.get("model_id") == model_id:
            found = _brought_up_to_date(catalogue, path, header, generation, listener)
            if found is not None:
                return found
    except StoreFormatError:
        pass  # an older or newer artbyol's: built again like any that does not fit
    except IndexDamagedError as error:
        listener(Notice(f"{error} It is built again."))
    index = StyleIndex.build(
        *catalogue.vectors(model_id),
        model_id=model_id,
        generation=generation,
        standardise=model_id in STANDARDISED_IDS,
    )
    if index.recall is not None:
        listener(Notice(f"An approximate index of {len(index):,} works is used; its recall@10 is {index.recall:.3f}."))
    if header is None or header["generation"] <= generation:  # otherwise another process has kept a newer one
        _keep(index, path, listener)
    return index


def kept_index(path: Path, model_id: str, generation: int) -> StyleIndex | None:
    """The index in `path`, if it is of this state of the catalogue, else None; builds and writes nothing.

    Raises:
        IndexDamagedError, StoreFormatError: see `StyleIndex.load`.
    """
    header = INDEX.read_header(path)
    if header["model_id"] != model_id:
        return None
    if header["generation"] == generation:
        return StyleIndex.load(path)
    changes = Changes.load(changes_path(path), header["checksum"], generation)
    return StyleIndex.load(path).caught_up(changes) if changes else None


def keep_current(catalogue: Catalogue, path: Path, model_id: str, listener: Listener = ignore) -> None:
    """See to it that `path` holds the current index, for those who do not search in it now: one that says it is fresh
    is not read. Should it be damaged, the next search says so and builds it again."""
    try:
        header, generation = INDEX.read_header(path), catalogue.generation
        fresh = header["generation"] == generation or Changes.load(changes_path(path), header["checksum"], generation)
        if header["model_id"] == model_id and fresh:
            return
    except (StoreFormatError, IndexDamagedError):
        pass
    current_index(catalogue, path, model_id, listener)


def _brought_up_to_date(
    catalogue: Catalogue, path: Path, header: dict[str, Any], generation: int, listener: Listener
) -> StyleIndex | None:
    """The index in `path` and what changed since; None where it should be built again."""
    model_id, base = header["model_id"], header["checksum"]
    if header["generation"] == generation:
        found = StyleIndex.load(path)
        return found if (found.model_id, found.generation) == (model_id, generation) else None  # replaced just now
    if header["count"] < LEAST or model_id in STANDARDISED_IDS:  # what all works together say decides each direction
        return None
    changes = Changes.load(changes_path(path), base, generation)
    index = StyleIndex.load(path)
    if (index.model_id, index.generation) != (model_id, header["generation"]):  # replaced just now
        return None
    if changes:
        return index.caught_up(changes)
    now = catalogue.vector_ids(model_id)
    added, removed = now[~np.isin(now, index.ids)], index.ids[~np.isin(index.ids, now)]
    if len(added) + len(removed) > SHARE * len(index.ids):
        return None
    sample = now[_sampled(len(now))]
    changes = Changes(
        *(base, generation, added, index.space.place(_rows_of(catalogue, added, model_id, index.d)), removed),
        _background(index.space.place(_rows_of(catalogue, sample, model_id, index.d))),
    )
    _keep(changes, changes_path(path), listener)
    return index.caught_up(changes)


def changes_path(path: Path) -> Path:
    """Where what changed since an index was built is kept."""
    return path.with_suffix(".recent.safetensors")


def _sampled(works: int) -> NDArray[np.int64]:
    """Which rows stand for all."""
    generator = np.random.default_rng(_SEED)
    return np.sort(generator.choice(works, min(_SAMPLED, works), replace=False))


def _rows_of(catalogue: Catalogue, ids: NDArray[np.int64], model_id: str, d: int) -> NDArray[np.float32]:
    return catalogue.vectors_of(ids.tolist(), model_id) if len(ids) else np.empty((0, d), np.float32)


def _keep(made: StyleIndex | Changes, path: Path, listener: Listener) -> None:
    try:
        made.save(path)
    except StoreError as error:
        if not is_read_only(error):
            listener(Notice(f"The index could not be saved and is built again next time: {error}"))


def _serialised(index: Any) -> NDArray[np.uint8]:
    """The bytes of a faiss index; of a large one on the disk, where faiss itself would make two copies in memory."""
    pieces = _written(index, len)
    data, ends = room((sum(pieces),), np.uint8), itertools.accumulate(pieces)

    def put(piece: bytes) -> None:
        end = next(ends)
        data[end - len(piece) : end] = np.frombuffer(piece, np.uint8)
        let_go(data)

    _written(index, put)
    return data


def _written(index: Any, take: Callable[[bytes], Result]) -> list[Result]:
    """What `take` makes of each piece that faiss writes of an index."""
    import faiss

    made: list[Result] = []

    def write(piece: bytes) -> int:
        made.append(take(piece))
        return len(piece)

    faiss.write_index(index, faiss.PyCallbackIOWriter(write))  # type: ignore[attr-defined]
    return made


def _deserialised(data: NDArray[np.uint8]) -> Any:
    """The faiss index in `data`; where faiss can (1.11), it looks into those bytes instead of copying them twice."""
    import faiss

    if not hasattr(faiss, "ZeroCopyIOReader"):
        return faiss.deserialize_index(data)
    return faiss.read_index(faiss.ZeroCopyIOReader(faiss.swig_ptr(data), data.nbytes))


def _background(placed: NDArray[np.float32]) -> NDArray[np.float32]:
    """Quantiles of the cosine over all pairs of different works, or over a sample of them."""
    some = taken(placed, _sampled(len(placed)))
    n = len(some)
    if n < 2:
        return np.empty(0, np.float32)
    if n * (n - 1) // 2 <= _PAIRS:
        first, second = np.triu_indices(n, 1)
    else:
        generator = np.random.default_rng(_SEED)
        first = generator.integers(n, size=_PAIRS)
        second = (first + 1 + generator.integers(n - 1, size=_PAIRS)) % n
    cosines = np.empty(len(first), np.float32)
    for at in range(0, len(first), 10_000):  # in blocks: the rows of all pairs at once can be a gigabyte
        block = slice(at, at + 10_000)
        cosines[block] = np.einsum("nd,nd->n", some[first[block]], some[second[block]])
    return np.quantile(cosines, np.linspace(0.0, 1.0, _QUANTILES)).astype(np.float32)
