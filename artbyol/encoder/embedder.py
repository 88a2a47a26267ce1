"""Batches of pictures become columns of numbers, without a store: what Ray Data, Spark and `datasets` call."""

import io
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import DecodeError, ModelMismatchError, UsageError
from artbyol.base.processes import cores, in_threads
from artbyol.base.run import DEFAULT_MAX_PIXELS, Run
from artbyol.base.vectors import Floats
from artbyol.encoder.current import id_in
from artbyol.encoder.device import check_choice
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.encoder.stored_model import model_file
from artbyol.encoder.weight_files import weights_folder
from artbyol.pictures.decode import Picture, decode_content
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.pictures.measures.measure import decoded_side, measure
from artbyol.pictures.scan import content_hash
from artbyol.pictures.skips import Source
from artbyol.pictures.views import Views, make_views
from artbyol.storage.ingest import AHEAD

PICTURES = ("bytes", "content", "image", "path")
"""Columns in which pictures are looked for, in this order: what Ray Data, Spark and `datasets` call them."""

_TOGETHER = 16  # works that go through the network together

_AXIS_OF = {measured: measured.rpartition("-")[0] for measured in MEASURED_IDS}  # without the formula's number


class Embedder:
    """Pictures in, vectors out, a batch at a time; it writes nothing, and needs no collection.

    It can be pickled, and goes as these arguments: Ray Data calls it by `map_batches`, Spark by `mapInArrow`,
    `datasets` by `map(batched=True)`. The first batch of each process opens the model, which stays open there. Vectors
    are those that `artbyol.embed` gives, bit for bit on a processor of the same kind.

    Args:
        model: whose vectors: a collection's folder, its store, or a model's file; all processes must see it under this
            path. None, or a collection that is not trained: the pretrained default.
        column: which column of a batch holds the pictures; None: the first that there is of `bytes`, `content`,
            `image` and `path`. Bytes are a file's content, text is a path, and so are bytes in `path`; a dictionary,
            as `datasets` has them, holds either or both.
        axes: whether to measure the other axes too, which takes as long again as the untrained network.
        device, precision, max_pixels: as everywhere (`artbyol.verbs.opening.RunOptions`).

    Attributes:
        model_id: of the model whose vectors come out.

    Raises:
        StoreMissingError: `model` is a folder without a store. ModelError: its file is damaged. UsageError: an unknown
            device or precision.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        column: str | None = None,
        axes: bool = True,
        device: str = "auto",
        precision: str = "auto",
        max_pixels: int = DEFAULT_MAX_PIXELS,
    ) -> None:
        check_choice(device, precision)
        self.model = model_file(Path(model)) if model is not None else None
        self.model_id = id_in(self.model)
        self.column, self.axes, self.max_pixels = column, axes, max_pixels
        self.device, self.precision = device, precision

    def __repr__(self) -> str:
        return f"<artbyol embedder: {self.model_id}>"

    def __call__(self, batch: Any) -> Any:
        """A batch with what was found in its pictures.

        Args:
            batch: columns by name (lists or arrays), a pyarrow Table or RecordBatch, or an iterator of any of these.

        Returns:
            The same kind: its columns but the bytes of pictures, and `vector` (n, d), the measured axes `brushwork`,
            `palette`, `composition`, `tone` and `attributes` (as in docs/store.md), all float32; and `reason`: None,
            or in words why a picture cannot be used. Its numbers are nan then, in pyarrow null.

        Raises:
            UsageError: no column holds pictures, or something in it is none. ModelMismatchError: the model's file is
                another by now.
        """
        if isinstance(batch, Mapping):
            name = self._column(batch)
            return _without(batch, name) | self._found(batch[name], name)
        if hasattr(batch, "column_names") or hasattr(batch, "schema"):
            return self._in_arrow(batch)
        if isinstance(batch, Iterator):
            return map(self, batch)
        raise UsageError(
            f"A batch is columns by name, not {type(batch).__name__}.",
            'Ray Data: batch_format="numpy" or "pyarrow"; datasets: map(..., batched=True)',
        )

    def _in_arrow(self, batch: Any) -> Any:
        import pyarrow

        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        name = self._column(columns)
        found = self._found(columns[name].to_pylist(), name)
        reasons = found.pop("reason")
        arrays = {
            column: pyarrow.array(
                [None if why else row for row, why in zip(rows, reasons, strict=True)], pyarrow.list_(pyarrow.float32())
            )
            for column, rows in found.items()
        }
        everything = _without(columns, name) | arrays | {"reason": pyarrow.array(reasons, pyarrow.string())}
        return type(batch).from_arrays(list(everything.values()), names=list(everything))

    def _column(self, batch: Mapping[str, Any]) -> str:
        names = (self.column,) if self.column else PICTURES
        for name in names:
            if name in batch:
                return name
        raise UsageError(
            f"A batch has the columns {', '.join(map(str, batch))}, but none called {' or '.join(names)}.",
            "artbyol.Embedder(model, column=NAME) says which one holds the pictures",
        )

    def _found(self, cells: Iterable[Any], column: str) -> dict[str, NDArray[Any]]:
        """Columns of what is in these pictures."""
        opened = _opened_once(self.model, self.model_id, self.device, self.precision)
        sources = [_source(cell, column) for cell in cells]
        reasons = np.full(len(sources), None, object)
        found = {name: np.tile(row, (len(sources), 1)) for name, row in opened.nothing.items()}
        if not self.axes:
            found = {"vector": found["vector"]}
        waiting: dict[int, Views] = {}
        looked_at = in_threads(partial(self._look, opened.reader), sources, ahead=AHEAD, workers=cores())
        for row, seen in enumerate(looked_at):
            if isinstance(seen, DecodeError):
                reasons[row] = seen.message
            else:
                waiting[row], measures = seen
                for measured, numbers in measures.items():
                    found[_AXIS_OF[measured]][row] = numbers
            if waiting and (len(waiting) == _TOGETHER or row == len(sources) - 1):
                found["vector"][list(waiting)] = opened.reader.encode(list(waiting.values()))
                waiting = {}
        return found | {"reason": reasons}

    def _look(self, reader: FeatureReader, source: Source | None) -> tuple[Views, dict[str, Floats]] | DecodeError:
        """What the network is to see of a picture, and what is measured of it; or why it cannot be used."""
        plan = reader.config.views
        try:
            if source is None:
                return DecodeError("vanished", "there is no picture in this row")
            digest = content_hash(source)
            # As large as for `embed`, also where nothing is measured: the views are cut from it.
            picture = decode_content(source, digest, decoded_side(plan), self.max_pixels)
        except DecodeError as error:
            return error
        return make_views(picture, digest, plan), measure(picture) if self.axes else {}


@dataclass(frozen=True)
class _Opened:
    """A model, open in this process; and, by column, a row of what is found where there is nothing."""

    reader: FeatureReader
    nothing: Mapping[str, Floats]


_opening = threading.Lock()


def _opened_once(*model: Any) -> _Opened:
    with _opening:  # threads that begin together wait for the first
        return _opened(os.getpid(), *model)


@lru_cache(maxsize=2)
def _opened(process: int, model: Path | None, model_id: str, device: str, precision: str) -> _Opened:
    """Args:
    process: a forked one opens its own.
    """
    from artbyol.encoder.readers import current_reader

    with _alone():
        reader, now = current_reader(model, Run(device=device, precision=precision))
    if now != model_id:
        message = f"The model {model} is {now}, but was {model_id} when this Embedder was made."
        raise ModelMismatchError(message, "make a new artbyol.Embedder, and see that all machines have the same file")
    grey = Picture(np.full((64, 64, 3), 128, np.uint8), 64, 64)
    vector = reader.encode([make_views(grey, b"", reader.config.views)])[0]
    known = {"vector": vector, **{_AXIS_OF[measured]: row for measured, row in measure(grey).items()}}
    return _Opened(reader, {name: np.full(len(row), np.nan, np.float32) for name, row in known.items()})


@contextmanager
def _alone() -> Iterator[None]:
    """Of processes that begin together on a new machine one makes the network's graph, which takes torch and half a
    gigabyte; the others wait for it. Where nothing can be locked, none does."""
    from filelock import FileLock

    lock = FileLock(weights_folder() / "opening.lock")
    with suppress(OSError, NotImplementedError):
        weights_folder().mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _without(batch: Mapping[str, Any], pictures: str) -> dict[str, Any]:
    """The columns of a batch but the one that holds pictures, if they are the pictures themselves."""
    return {name: batch[name] for name in batch if name != pictures or name == "path"}


def _source(cell: Any, column: str) -> Source | None:
    """Where the picture is that a cell names or holds."""
    if isinstance(cell, Mapping):
        inside = cell.get("bytes")
        cell = inside if inside is not None else cell.get("path")
    if cell is None or isinstance(cell, (str, Path)):
        return cell
    if isinstance(cell, (bytes, bytearray, memoryview)):
        return bytes(cell) if column == "path" else io.BytesIO(cell)
    raise UsageError(
        f"The column {column} holds {type(cell).__name__}, not bytes or paths.",
        "datasets: cast_column(NAME, datasets.Image(decode=False)) leaves pictures as they are in their files",
    )
