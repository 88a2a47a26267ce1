"""Stores that were made on other machines become one: what is known of pictures comes over, and no picture is read."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artbyol.base.errors import FolderError, ModelMismatchError, StoreMissingError, UsageError
from artbyol.base.run import Run
from artbyol.encoder.current import axis_in_use, current_model_id
from artbyol.encoder.stored_model import bring_model
from artbyol.encoder.workers import at_work
from artbyol.pictures.listing import Brief, WithFile
from artbyol.pictures.scan import is_unchanged
from artbyol.search.embedding import Follow, finish
from artbyol.storage.atomic import write_atomically
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.path_list import path_inside
from artbyol.storage.rows import StoredFile
from artbyol.storage.store import STORE_NAME, Store, find

_TOGETHER = 512  # files of a transaction: a fifth of a second
_LOOKED_AT = 16  # files of a store that are looked for in the folder


@dataclass(frozen=True)
class Conflict(WithFile):
    """A file that two stores know with another content.

    Attributes:
        path: relative to the collection.
        store: the one that knows it as something else than was known before.
        taken: whether what it says counts now: the file in the folder has the size and the time that it knows, and not
            those known before.
    """

    path: bytes
    store: Path
    taken: bool


@dataclass(frozen=True, repr=False)
class MergeReport(Brief):
    """What a merging did.

    Attributes:
        folder: the collection; `model_id`: of the model whose vectors it holds.
        stores: that were merged.
        files: known now; `works`: different pictures among the usable ones.
        added: works that came over; `known`: that were there already, or in an earlier one of the stores.
        conflicts: files that two stores know with another content.
        seconds: wall time.
    """

    folder: Path
    model_id: str
    stores: tuple[Path, ...]
    files: int
    works: int
    added: int
    known: int
    conflicts: tuple[Conflict, ...]
    seconds: float


@dataclass(frozen=True)
class Part:
    """A store to be merged: its catalogue, open; its model; and where its folder lies in the collection ("prints/")."""

    store: Store
    catalogue: Catalogue
    model_id: str
    prefix: bytes

    @staticmethod
    def of(named: Path, whole: Store, opened: ExitStack) -> Part:
        """Raises as `merge_stores`."""
        store = find(named, named)
        if store is None:
            raise StoreMissingError(f"{named} is no artbyol store, nor a folder that has one.", "artbyol embed FOLDER")
        if whole.root.exists() and store.root.samefile(whole.root):
            raise UsageError(f"{named} is the store that the others are to be merged into.", "leave it out")
        catalogue = opened.enter_context(Catalogue.open(store.catalogue, read_only=True))
        opened.enter_context(catalogue.question())
        model_id = axis_in_use(store, catalogue, "style")
        return Part(store, catalogue, model_id, _place_in(whole.folder, store, catalogue))


def merge_stores(named: Sequence[Path], whole: Store, run: Run, follow: Follow) -> MergeReport:
    """Bring what stores know into that of a collection; `artbyol.merge` explains what comes of it, and the errors."""
    started = time.monotonic()
    run.progress("opening the stores")
    with ExitStack() as opened:
        parts = [Part.of(one, whole, opened) for one in named]
        model_id = _common_model(parts, whole)
        with at_work(whole, run, "artbyol merge") as (_, catalogue):
            if parts[0].store.model.exists():
                bring_model(parts[0].store.model, whole)
            merging = _Merging(whole, catalogue, run, sum(part.catalogue.file_count() for part in parts))
            before = catalogue.counts().contents
            for part in parts:
                merging.bring(part)
            _bring_groups(parts, whole, run)
            finish(whole, catalogue, model_id, run, follow)
            counts = catalogue.counts()
    return MergeReport(
        folder=whole.folder,
        model_id=model_id,
        stores=tuple(part.store.root for part in parts),
        files=counts.files,
        works=counts.contents,
        added=counts.contents - before,
        known=merging.works - (counts.contents - before),
        conflicts=tuple(merging.conflicts),
        seconds=time.monotonic() - started,
    )


class _Merging:
    """Fills a catalogue from others, some files in each transaction: a merging that was stopped goes on."""

    def __init__(self, whole: Store, catalogue: Catalogue, run: Run, files: int) -> None:
        self.root, self.catalogue, self.run, self.files = os.fsencode(whole.folder), catalogue, run, files
        self.done = 0
        self.works = 0  # in all stores
        self.conflicts: list[Conflict] = []

    def bring(self, part: Part) -> None:
        """What one store knows. Raises Interrupted; StoreError: it is damaged."""
        self.run.progress("merging", self.done, self.files)
        counts = part.catalogue.counts()
        self.works += counts.contents
        with part.catalogue.explained():
            for files in part.catalogue.all_of_files():
                for at in range(0, len(files), _TOGETHER):
                    some = files[at : at + _TOGETHER]
                    self.run.check_stop(f"Stopped with {self.done:,} of {self.files:,} files merged; they are kept.")
                    with self.catalogue.batch():
                        self._bring_files(part, some, counts.vectors)
                    self.done += len(some)
                    self.run.progress("merging", self.done, self.files)

    def _bring_files(self, part: Part, files: Sequence[StoredFile], models: Iterable[str]) -> None:
        files = [file._replace(path=part.prefix + file.path) for file in files]
        contents = part.catalogue.contents_of({file.content for file in files if file.content is not None})
        hashes: dict[int, bytes] = {}
        for file in files:
            if file.content is None or file.hash is None:
                if self.catalogue.file(file.path) is None:
                    skip = (file.skip_code or "", file.skip_reason or "", file.judged_by or "")
                    self.catalogue.record_skip(*file[:4], *skip)
            elif self._counts(file, part.store):
                self.catalogue.record_ok(*file[:3], file.hash, *contents[file.content])
                hashes[file.content] = file.hash
        ids = self.catalogue.ids_of(hashes.values())
        for model_id in models:
            there = self.catalogue.known_vectors(ids.values(), model_id)
            lacking = [content for content, digest in hashes.items() if ids[digest] not in there]
            vectors = part.catalogue.known_vectors(lacking, model_id)
            if vectors:
                self.catalogue.put_vectors(model_id, [hashes[one] for one in vectors], np.stack([*vectors.values()]))

    def _counts(self, file: StoredFile, store: Store) -> bool:
        """Whether what a store says of a usable file is new, and counts."""
        known = self.catalogue.file(file.path)
        if known is None or known.skip_code:
            return True
        if known.hash == file.hash:
            return False
        now = [is_unchanged(self.root, *stamp) for stamp in (file[:3], known[:3])]
        taken = now == [True, False]  # else the next embedding sees what the file is
        self.conflicts.append(Conflict(file.path, store.root, taken))
        return taken


def _common_model(parts: Sequence[Part], whole: Store) -> str:
    """The id of the model that all have in common. Raises ModelMismatchError."""
    first = parts[0]
    for part in parts[1:]:
        if part.model_id != first.model_id:
            raise _other_models(part.store, part.model_id, f"{first.store.root} by {first.model_id}", first.store)
    if whole.catalogue.exists():
        with Catalogue.open(whole.catalogue, read_only=True) as catalogue:
            held = catalogue.model_id
        if held is not None and held != first.model_id:
            raise _other_models(first.store, first.model_id, f"the collection {whole.folder} by {held}", whole)
    if whole.model.exists() and (current := current_model_id(whole)) != first.model_id:
        raise _other_models(first.store, first.model_id, f"the model of {whole.folder} is {current}", whole)
    return first.model_id


def _other_models(store: Store, model_id: str, other: str, right: Store) -> ModelMismatchError:
    message = (
        f"The pictures of {store.root} were embedded by {model_id}, but {other}: their vectors cannot be compared."
    )
    copy = f"cp {shlex.quote(str(right.model))} {shlex.quote(str(store.root))}/ && " if right.model.exists() else ""
    again = f"artbyol embed {shlex.quote(str(store.folder))} --store {shlex.quote(str(store.root))}"
    return ModelMismatchError(message, f"{copy}{again}")


def _bring_groups(parts: Sequence[Part], whole: Store, run: Run) -> None:
    """The groups that are kept, where only one store has any: others' ids mean other groups."""
    having = [store for store in (whole, *(part.store for part in parts)) if store.groups.is_file()]
    if having and having[0] is not whole:  # their works are found by content, and their paths brought up to date
        write_atomically(whole.groups, having[0].groups.read_bytes())
    for store in having[1:]:
        run.notice(
            f"The groups kept in {store.root} are not taken, because there are others; artbyol groups --export and"
            " --import take them along."
        )


def _place_in(folder: Path, store: Store, catalogue: Catalogue) -> bytes:
    """Where in a collection a store's own folder lies, "" or "prints/": where pictures of its names and sizes are.

    Raises:
        FolderError: nowhere.
    """
    root = os.fsencode(folder)
    prefixes = []
    for own in (store.folder, *([store.root.parent] if store.root.name == STORE_NAME else [])):
        with suppress(UsageError):
            prefixes.append(path_inside(folder, os.path.realpath(own)))
    usable = ([file for file in files if file.content is not None] for files in catalogue.all_of_files())
    files: list[StoredFile] = next(filter(None, usable), [])
    some = files[:: max(1, len(files) // _LOOKED_AT)]
    for prefix in (*prefixes, b""):
        for file in some:
            path = os.path.join(root, prefix, file.path)
            if os.path.isfile(path) and os.path.getsize(path) == file.size:
                return os.path.join(prefix, b"") if prefix else b""
    if not files:
        return b""
    raise FolderError(
        f"The store {store.root} is of {store.folder}, and pictures of its names and sizes are not in {folder}.",
        "merge into the folder that holds them, or a folder above it",
    )
