"""Bringing a store up to date with its folder and its model: catalogue, vectors, and index."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artbyol.base.errors import Interrupted
from artbyol.base.run import Run
from artbyol.encoder.current import MODEL, backbone_stayed, current_model_id, unfinished_training, untrained_id
from artbyol.encoder.reading import PictureRead, Reading
from artbyol.encoder.stored_model import bring_model
from artbyol.encoder.workers import Workers, at_work
from artbyol.pictures.listing import Brief
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.search.index import keep_current
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import (
    LEAST_VIEWS,
    Content,
    known_contents,
    record_pictures,
    tell_of_away_folders,
    update_files,
)
from artbyol.storage.rows import Counts, Skip, Work
from artbyol.storage.store import Store

Follow = Callable[[Store, Sequence[Work]], None]
"""What is to be told of all usable files where groups are kept."""

BATCH = 16
"""Works encoded and committed together; a kill loses at most these."""


@dataclass(frozen=True, repr=False)
class EmbedReport(Brief):
    """What an embedding found and did.

    Attributes:
        folder: the collection.
        model_id: of the model whose vectors the catalogue now holds; `trained`: whether it was trained here.
        files: image files in the folder, or known and not looked at; `works`: different pictures among the usable ones.
        embedded: pictures that got a style vector now, `decoded` of them by opening the file.
        measured: pictures opened only to be measured, because an older artbyol catalogued them.
        unchanged, moved, vanished: files as before; renamed, copied or merely touched; gone.
        returned: files that were gone and are back as they were; `away`: files that are gone and of which everything
            that is known is kept, in case they come back.
        skips: files that cannot be used, and why.
        other_files: files with another ending, passed over; `other_kinds`: how many by ending, as "pdf".
        passed_over: of each kind of thing in which no works are looked for, how many there are: folders of other
            programs, as "photo library" (only its originals are works) or "snapshot", links to other pictures, and what
            was excluded.
        machine: device and precision in words, None where no network had to run.
        seconds: wall time.
    """

    folder: Path
    model_id: str
    trained: bool
    files: int
    works: int
    embedded: int
    decoded: int
    measured: int
    unchanged: int
    moved: int
    vanished: int
    returned: int
    away: int
    skips: tuple[Skip, ...]
    other_files: int
    other_kinds: Mapping[str, int]
    passed_over: Mapping[str, int]
    machine: str | None
    seconds: float


def embed_folder(
    place: Store,
    run: Run,
    follow: Follow,
    *,
    only: Iterable[bytes] | None = None,
    model: Path | None = None,
    forget: bool = False,
) -> EmbedReport:
    """Give every picture of a folder its vectors; `artbyol.embed` explains what comes of it, and the errors.

    Args:
        follow: told of all usable files where groups are kept, while the store is still locked.
        only: look at these paths alone, relative to the folder.
        model: the file of a trained model that the collection is to have.
        forget: what is known of files that are gone.
    """
    started = time.monotonic()
    with at_work(place, run, "artbyol embed") as (workers, catalogue):
        if model:
            bring_model(model, place)
        model_id = current_model_id(place)
        if training := unfinished_training(place):
            before = "the untrained encoder" if model_id == untrained_id() else "the model from before"
            run.notice(f"{training} Until then pictures are embedded by {before}.")
        catalogue.give_checksums()
        diff = update_files(place, catalogue, run, only)
        if forget:
            catalogue.forget_away()
        tell_of_away_folders(catalogue, run)
        counts = catalogue.counts()
        missing = _missing(catalogue, counts, [model_id])
        known = [content for content in known_contents(catalogue) if content.hash in missing] if missing else []
        if missing and catalogue.model_id not in (None, model_id):
            change = f"The model changed ({catalogue.model_id} → {model_id})"
            run.notice(f"{change}: {len(missing):,} pictures are embedded again.")
        embedded, decoded, machine = 0, 0, None
        if known or diff.fresh:
            run.progress("embedding", 0, len(known) + len(diff.fresh))  # to load a network takes seconds
            embedding = _Embedding(workers, place, catalogue, model_id, run)
            embedded, decoded = embedding.embed(known, diff.fresh)
            machine = embedding.reader.describe()
            counts = catalogue.counts()
        measured = _measure_the_rest(workers, place, catalogue, counts, run)
        finish(place, catalogue, model_id, run, follow)
        return EmbedReport(
            folder=place.folder,
            model_id=model_id,
            trained=model_id != untrained_id(),
            files=diff.files,
            works=counts.contents,
            embedded=embedded,
            decoded=decoded,
            measured=measured,
            unchanged=diff.unchanged,
            moved=diff.moved,
            vanished=diff.vanished,
            returned=diff.returned,
            away=len(catalogue.away()),
            skips=tuple(catalogue.skips()),
            other_files=sum(diff.other_kinds.values()),
            other_kinds=diff.other_kinds,
            passed_over=diff.passed_over,
            machine=machine,
            seconds=time.monotonic() - started,
        )


def finish(place: Store, catalogue: Catalogue, model_id: str, run: Run, follow: Follow) -> None:
    """The catalogue holds the vectors of this model now: drop what is not needed, and see to the index and the groups
    that are kept."""
    with catalogue.batch():
        catalogue.set_model(model_id)
        catalogue.prune()
    run.progress("indexing", 0, 1)  # of millions of works it takes a minute
    keep_current(catalogue, place.index, model_id, run.listener)
    run.progress("indexing", 1, 1)
    if place.groups.is_file():
        follow(place, catalogue.works())


def _missing(catalogue: Catalogue, counts: Counts, ids: Sequence[str]) -> set[bytes]:
    """Hashes of the contents that lack a vector of one of these models; which they are is asked only if any do."""
    behind = [one for one in ids if counts.vectors.get(one, 0) < counts.contents]
    return {digest for one in behind for digest, _ in catalogue.missing(one)}


def _measure_the_rest(workers: Workers, place: Store, catalogue: Catalogue, counts: Counts, run: Run) -> int:
    """Measure pictures that an older artbyol has catalogued; gives back how many. No network runs."""
    missing = _missing(catalogue, counts, MEASURED_IDS) | catalogue.without_fingerprint()
    if not missing:
        return 0
    run.notice(f"Pictures that lack measurements, {len(missing):,} of them, are opened again.")
    contents = [content for content in known_contents(catalogue) if content.hash in missing]
    done = measured = 0
    for found in workers.read(Reading(place.folder, LEAST_VIEWS, run.max_pixels, "measures", BATCH), contents, None):
        measured += len(record_pictures(catalogue, [one.outcome for one in found], run.max_pixels))
        done += len(found)
        run.progress("measuring", done, len(contents))
        if run.stop() and done < len(contents):
            raise Interrupted(f"Stopped with {done:,} of {len(contents):,} pictures measured; they are kept.")
    return measured


class _Embedding:
    """The part of `embed` that needs the network."""

    def __init__(self, workers: Workers, place: Store, catalogue: Catalogue, model_id: str, run: Run) -> None:
        from artbyol.encoder.readers import current_reader

        self.workers, self.place, self.catalogue, self.model_id, self.run = workers, place, catalogue, model_id, run
        self.reader, _ = current_reader(place.model, run)

    def embed(self, known: Sequence[Content], fresh: Sequence[Content]) -> tuple[int, int]:
        """Embed contents that the catalogue knows and contents it has never seen.

        Returns how many of them got a vector, and how many of these by decoding."""
        contents = [*known, *fresh]
        remembered = self._from_training(known)
        rest = [content for content in contents if content.hash not in remembered]
        done, decoded = len(remembered), 0
        reading = Reading(self.place.folder, self.reader.config.views, self.run.max_pixels, "vectors", BATCH)
        for found in self.workers.read(reading, rest, self.reader):
            decoded += self._commit(found)
            done += len(found)
            self.run.progress("embedding", done, len(contents))
            if self.run.stop() and done < len(contents):
                raise Interrupted(f"Stopped with {done:,} of {len(contents):,} pictures embedded; they are kept.")
        return len(remembered) + decoded, decoded

    def _commit(self, found: Sequence[PictureRead]) -> int:
        with self.catalogue.batch():
            usable = record_pictures(self.catalogue, [one.outcome for one in found], self.run.max_pixels)
            if usable:
                vectors = np.stack([vector for one in found for vector in one.numbers])
                self.catalogue.put_vectors(self.model_id, [seen.content.hash for seen in usable], vectors)
        return len(usable)

    def _from_training(self, contents: Sequence[Content]) -> set[bytes]:
        """Pictures whose features training has kept need only the projection; gives back their hashes."""
        from artbyol.encoder.feature_cache import cache_for

        if not self.place.model.exists() or not backbone_stayed(MODEL.read_header(self.place.model)):
            return set()
        cache = cache_for(self.place, self.reader.config, self.reader.machine)
        digests = [content.hash for content in contents if content.hash in cache]
        for start in range(0, len(digests), 1024):
            some = digests[start : start + 1024]
            self.catalogue.put_vectors(self.model_id, some, self.reader.projection.vectors(*cache.get(some)))
            self.run.progress("embedding", start + len(some), len(contents))
        return set(digests)
