"""How every verb opens the collection that it is about, and what all of them take besides."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from artbyol.base.errors import UsageError
from artbyol.base.events import Listener
from artbyol.base.run import Run
from artbyol.search.collection import OpenCollection, Path_, store_near, store_of
from artbyol.storage import ingest
from artbyol.storage.ingest import tell_of_away_folders, tell_of_empty_folder
from artbyol.storage.linked_folders import add_folders
from artbyol.storage.store import Store, locate

Found = TypeVar("Found")

Folder = str | Path | OpenCollection
"""What a verb is about: a collection's folder, or any folder inside it, or the collection itself, open."""


class RunOptions(TypedDict, total=False):
    """What every verb takes besides its own arguments.

    Attributes:
        store: where artbyol keeps its state, instead of `FOLDER/.artbyol`.
        progress: True shows what goes on: in a terminal or a notebook a bar, elsewhere a line every few seconds.
        listener: told what happens instead: `Notice`, `Progress`, and what `artbyol.base.events` has besides.
        stop: asked at every safe point; True stops, and raises Interrupted.
        device: "auto", "cpu", "cuda" or "mps"; precision: "auto", "fp32" or "bf16": of the network.
        max_pixels: larger pictures are skipped; a query that is larger is refused.
    """

    store: str | Path | None
    progress: bool
    listener: Listener
    stop: Callable[[], bool]
    device: str
    precision: str
    max_pixels: int


@contextmanager
def running(options: RunOptions) -> Iterator[Run]:
    """The run that these options describe."""
    given: dict[str, Any] = {name: value for name, value in options.items() if name not in ("store", "progress")}
    if options.get("progress") and "listener" not in options:
        from artbyol.report.progress import drawn

        with drawn() as listener:
            yield Run(**given, listener=listener)
    else:
        yield Run(**given)


@contextmanager
def opened(
    folder: Folder | None, options: RunOptions, *, near: Path_ = "", table: str | Path | None = None
) -> Iterator[OpenCollection]:
    """The collection of a folder, or the one that is open already; None: the one that the picture `near` lies in.

    Raises:
        FolderError, StoreMissingError, StoreError: see `artbyol.open`. UsageError: a store is named besides.
    """
    store = options.get("store")
    if isinstance(folder, OpenCollection):
        if store is not None:
            raise UsageError("An open collection has its store already.", "name the store when it is opened")
        asked = {**folder.options, **options}
        if options.get("progress") and "listener" not in options:
            asked.pop("listener", None)  # this question is drawn, whoever listens to the others
        with running(asked) as run, folder.asked(run, table):  # type: ignore[arg-type]
            yield folder
        return
    with running(options) as run:
        run.progress("opening the collection")
        place = store_near(near, store) if folder is None else store_of(folder, store, run)
        with (
            OpenCollection(place, run, table, {**options, "listener": run.listener}) as collection,
            collection.question(),
        ):
            tell_of_empty_folder(place.folder, collection.catalogue, run)
            tell_of_away_folders(collection.catalogue, run)
            yield collection


def located(folder: str | Path, options: RunOptions) -> Store:
    """The store of a folder, which need not be there yet."""
    store = options.get("store")
    return locate(Path(folder), Path(store) if store else None)


def filled(
    folder: str | Path, options: RunOptions, run: Run, exclude: Sequence[str] | None, add: Sequence[str | Path]
) -> Store:
    """The store of a folder whose pictures are about to be read; `artbyol.embed` explains the arguments."""
    if add:
        add_folders(Path(folder), add)
    place = located(folder, options)
    if exclude is not None:
        ingest.exclude(place, exclude, run)
    return place


def drawn(found: Found, sheet: str | Path | None, collection: OpenCollection, **paged: Any) -> Found:
    """What was found, drawn as a contact sheet where one is wanted; `paged`: its paper and resolution."""
    if sheet:
        collection.run.progress("drawing")
        from artbyol.report.sheets import draw_sheet

        draw_sheet(found, Path(sheet), **paged)
        collection.run.notice(f"The contact sheet is {sheet}.")
    return found


def as_list(pictures: Path_ | Iterable[Path_]) -> list[Path_]:
    """One picture or several -> a list of them."""
    return [pictures] if isinstance(pictures, (str, bytes, os.PathLike)) else list(pictures)
