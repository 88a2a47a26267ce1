"""Several processes at work on one collection: the one that leads runs the verb, the others do what it orders.

The leader alone writes the store and talks to the user. It orders the costly parts: to read pictures, of which each
process takes its share, and to train on pixels, where each makes its share of every batch. Followers know no verb and
no catalogue; they need to see the folder and the store under the same paths. Where there is one process only, it does
everything itself, by the same code.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from artbyol.base.errors import ArtbyolError, FolderError, WorkerFailedError, WorkerLostError
from artbyol.base.processes import started_together
from artbyol.base.run import Run
from artbyol.encoder.ranks import ALONE, Ranks, joined
from artbyol.encoder.reading import PictureRead, Reading, read_pictures
from artbyol.pictures.scan import check_folder
from artbyol.pictures.views import Views
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.ingest import Content, PreparedPicture
from artbyol.storage.store import Store, create, writing

if TYPE_CHECKING:
    from artbyol.encoder.feature_reader import FeatureReader

BLOCK = 4096
"""Pictures of each process in one order: a list of millions is not sent at once. Between two orders the network is sent
again, and the pictures decoded ahead run out."""


class Order(Protocol):
    """Something that all processes do together; it must survive being pickled."""

    def prepared(self, ranks: Ranks) -> Callable[[], bool]:
        """Make ready to do it, in a process that follows; what is given back does it, and says whether it was done to
        the end."""


class Workers:
    """The leader's hold on the others; see `lead`."""

    def __init__(self, ranks: Ranks = ALONE) -> None:
        self.ranks = ranks

    def read(
        self, reading: Reading, contents: Sequence[Content], reader: FeatureReader | None
    ) -> Iterator[list[PictureRead]]:
        """Read pictures, each process its share; yields a few at a time, in the order given.

        Args:
            reader: what features or vectors are made with.

        Raises:
            WorkerFailedError, WorkerLostError: another process cannot go on, or is gone.
        """
        if self.ranks.alone:
            yield from read_pictures(reading, contents, reader)
            return
        size = self.ranks.size
        for start in range(0, len(contents), BLOCK * size):
            block = contents[start : start + BLOCK * size]
            self.order(_ReadOrder(reading, reader, block))
            mine = read_pictures(reading, block[::size], reader)
            for _ in range(_rounds(len(block), size, reading.together)):
                parts = self.ranks.gather(_without_views(next(mine)))
                _raise_trouble(parts)
                yield [one for row in zip_longest(*parts) for one in row if one is not None]
                self.ranks.broadcast(True)

    def order(self, order: Order) -> None:
        """Have the others do it, too; where there are none, nothing happens."""
        if not self.ranks.alone:
            self.ranks.broadcast(order)
            _raise_trouble(self.ranks.gather(None))


@contextmanager
def lead(device: str, precision: str) -> Iterator[Workers]:
    """The workers of this run, this process leading: the others, where torchrun started any, wait for its orders.

    Raises:
        WorkerLostError: one of them did not come. UsageError: see `artbyol.encoder.ranks.joined`.
    """
    if not started_together():
        yield Workers()
        return
    from artbyol.encoder.device import choose_machine

    with joined(choose_machine(device, precision).device) as ranks:
        try:
            yield Workers(ranks)
        except WorkerLostError:
            raise
        except ArtbyolError:  # raised where the others wait for the next word
            ranks.broadcast(None)
            raise
        ranks.broadcast(None)


@contextmanager
def at_work(store: Store, run: Run, command: str) -> Iterator[tuple[Workers, Catalogue]]:
    """What a verb needs that changes a store: its workers and the catalogue, the store being made and locked.

    Args:
        command: what those are told who would change it, too.

    Raises:
        FolderError: there is no such folder. StoreError: somebody else is at work. Otherwise as `lead`.
    """
    check_folder(store.folder)
    create(store, run.listener)
    with (
        lead(run.device, run.precision) as workers,
        writing(store, command, run.listener),
        Catalogue.open(store.catalogue) as catalogue,
        catalogue.explained(),
    ):
        yield workers, catalogue


def follow(device: str, precision: str) -> None:
    """Do what the leader of this run orders, until it is done.

    Raises:
        WorkerLostError: the leader, or another process, is gone.
    """
    from artbyol.encoder.device import choose_machine

    with joined(choose_machine(device, precision).device) as ranks:
        while (order := ranks.broadcast()) is not None:
            try:
                work, trouble = order.prepared(ranks), None
            except Exception as error:  # whatever it is, the leader is told
                work, trouble = (lambda: True), _Trouble.of(error, ranks)
            ranks.gather(trouble)
            if not work():  # the leader stopped half-way
                return


@dataclass(frozen=True)
class _ReadOrder:
    """Read every nth of these contents, with this reader where any is needed."""

    reading: Reading
    reader: FeatureReader | None
    contents: Sequence[Content]

    def prepared(self, ranks: Ranks) -> Callable[[], bool]:
        _check_sight(self.reading.folder, self.contents)
        return lambda: self._read(ranks)

    def _read(self, ranks: Ranks) -> bool:
        mine = read_pictures(self.reading, self.contents[ranks.rank :: ranks.size], self.reader)
        for _ in range(_rounds(len(self.contents), ranks.size, self.reading.together)):
            try:
                found: list[PictureRead] | _Trouble = _without_views(next(mine, []))
            except Exception as error:
                found = _Trouble.of(error, ranks)
            ranks.gather(found)
            if not ranks.broadcast():
                return False
        return True


@dataclass(frozen=True)
class _Trouble:
    text: str

    @staticmethod
    def of(error: Exception, ranks: Ranks) -> _Trouble:
        what = error.message if isinstance(error, ArtbyolError) else f"{type(error).__name__}: {error}"
        return _Trouble(f"Process {ranks.rank} of this run, on {socket.gethostname()}, failed: {what.rstrip('.')}.")


def _raise_trouble(parts: Sequence[Any]) -> None:
    for part in parts:
        if isinstance(part, _Trouble):
            raise WorkerFailedError(part.text, hint="Run the same torchrun command again to resume.")


def _rounds(contents: int, size: int, together: int) -> int:
    """How often they come together: as often as the leader, who has the most, needs."""
    return -(-len(range(0, contents, size)) // together)


def _without_views(pictures: list[PictureRead]) -> list[PictureRead]:
    """The same, lighter to send: the networks have seen them."""
    nothing = Views(*(np.empty((0, 0, 0), np.uint8) for _ in range(2)))
    return [
        replace(one, outcome=replace(one.outcome, views=nothing)) if isinstance(one.outcome, PreparedPicture) else one
        for one in pictures
    ]


def _check_sight(folder: Path, contents: Sequence[Content]) -> None:
    """Raises FolderError where this machine does not see what the leader saw: nothing it said of a picture could be
    believed."""
    check_folder(folder)
    file = contents[0].files[0]
    path = os.path.join(os.fsencode(folder), file.path)
    if not os.path.isfile(path) or os.path.getsize(path) != file.size:
        raise FolderError(f"{os.fsdecode(path)} is not here as the leading process sees it.")
