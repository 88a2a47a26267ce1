"""`open`: a collection to be asked again and again."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar, Unpack

import numpy as np
from numpy.typing import NDArray

from artbyol.metadata.metadata import Metadata, most_told
from artbyol.pictures.measures.axes import Axis
from artbyol.search.collection import OpenCollection, store_of
from artbyol.verbs.between import between
from artbyol.verbs.cluster import cluster
from artbyol.verbs.compare import compare
from artbyol.verbs.describe import describe
from artbyol.verbs.doctor import doctor
from artbyol.verbs.duplicates import duplicates
from artbyol.verbs.evaluate import evaluate
from artbyol.verbs.export import export
from artbyol.verbs.gallery import gallery
from artbyol.verbs.groups import groups
from artbyol.verbs.info import info
from artbyol.verbs.opening import RunOptions, running
from artbyol.verbs.outliers import outliers
from artbyol.verbs.path import path
from artbyol.verbs.similar import similar
from artbyol.verbs.tag import tag
from artbyol.verbs.timeline import timeline

P = ParamSpec("P")
Found = TypeVar("Found")


class Vectors(NamedTuple):
    """Vectors of n different pictures: float32 (n, d), and of each the path relative to the folder."""

    values: NDArray[np.float32]
    paths: list[str]


class CollectedWork(NamedTuple):
    """One picture of a collection: its path relative to the folder, further files that show it, its size in pixels, and
    what people wrote about it (None: nothing)."""

    path: str
    copies: tuple[str, ...]
    width: int
    height: int
    metadata: Metadata | None


def _asked(verb: Callable[P, Found]) -> Callable[Concatenate[OpenCollection, P], Found]:
    """A function that takes its collection as `folder`, as a method: `help()` and completion show its own words."""

    @wraps(verb)
    def method(self: OpenCollection, /, *given: P.args, **options: P.kwargs) -> Found:
        return verb(*given, folder=self, **options)  # type: ignore[arg-type]

    whole = inspect.signature(verb)
    own = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    asked = (one for name, one in whole.parameters.items() if name != "folder")
    method.__signature__ = whole.replace(parameters=[own, *asked])  # type: ignore[attr-defined]
    return method


class Collection(OpenCollection):
    """A collection, open. Its methods are the functions of the same names, asked of this collection; pictures may be
    named as they are called in it. To be used in a `with` statement, or closed by `close()`."""

    between = _asked(between)
    cluster = cluster
    compare = compare
    describe = _asked(describe)
    doctor = doctor
    duplicates = duplicates
    evaluate = evaluate
    export = export
    gallery = gallery
    groups = groups
    info = info
    outliers = outliers
    path = _asked(path)
    similar = _asked(similar)
    tag = tag
    timeline = timeline

    def __repr__(self) -> str:
        return f"<artbyol collection {self.folder}: {len(self):,} works>"

    def __len__(self) -> int:
        return self.catalogue.counts().contents

    def __bool__(self) -> bool:
        return True  # also one without works

    def works(self) -> list[CollectedWork]:
        """Its different pictures, in order of path."""
        with self.question():
            _, works, files = self.in_order(np.unique([work.id for work in self.files()]))
            known = self.metadata([work.path for work in self.files()])
        return [
            CollectedWork(first, tuple(copies), work.width, work.height, most_told(paths, known))
            for work, paths in zip(works, files, strict=True)
            for first, *copies in [[os.fsdecode(path) for path in paths]]
        ]

    def vectors(self, by: Axis = "style") -> Vectors:
        """The vectors of all works on an axis; a copy, to be changed at will.

        Raises:
            FolderError: there are none. StoreMissingError, ModelMismatchError: see `artbyol.similar`.
        """
        with self.question():
            embedded = self.embedded(by)
            files = self.files_of(embedded.ids)
        return Vectors(embedded.vectors.copy(), [os.fsdecode(first) for first, *_ in files])


def open(
    folder: str | Path,
    *,
    metadata: str | Path | None = None,
    **run: Unpack[RunOptions],
) -> Collection:
    """Open a collection that was embedded, to be asked again and again: what one question reads the next finds read.

    Args:
        folder: the collection, or any folder inside it.
        metadata: a CSV to use instead of metadata.csv beside the pictures; see `artbyol.metadata`.
        run: see `RunOptions`; a question may have its own.

    Raises:
        FolderError: no such folder. StoreMissingError: nothing was embedded yet. StoreError: the store is damaged.
    """
    with running(run) as how:
        return Collection(store_of(folder, run.get("store"), how), how, metadata, dict(run))
