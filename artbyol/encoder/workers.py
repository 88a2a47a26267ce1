"""Several processes at work on one collection: the one that leads runs the verb, the others do what it orders.

The leader alone writes the store and talks to the user. It orders the costly parts: to look at pictures, of which
each process takes its share, and to train on pixels, where each makes its share of every batch. Followers know no verb
and no catalogue; they need to see the folder and the store under the same paths. Where there is one process only, it
does everything itself, by the same code.
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
from artbyol.encoder.ranks import ALONE, Ranks, joined
from artbyol.encoder.reading import Look, Looked, look_at
from artbyol.pictures.scan import check_folder
from artbyol.pictures.views import Views
from artbyol.storage.ingest import Content, Seen

if TYPE_CHECKING:
    from artbyol.encoder.device import Machine
    from artbyol.encoder.style_encoder import FeatureReader, StyleEncoder

BLOCK = 1024
"""Pictures of each process in one order: a list of millions is not sent at once, and between two orders the pictures
decoded ahead run out."""


@dataclass(frozen=True)
class SentEncoder:
    """An encoder on its way to another process."""

    config: dict[str, Any]
    weights: dict[str, Any]

    @staticmethod
    def of(encoder: StyleEncoder) -> SentEncoder:
        weights = {name: values.detach().cpu() for name, values in encoder.state_dict().items()}
        return SentEncoder(encoder.config.as_dict(), weights)

    def built(self) -> StyleEncoder:
        from artbyol.encoder.model_file import encoder_from

        return encoder_from(self.config, self.weights)


class Order(Protocol):
    """Something that all processes do together; it must survive being pickled."""

    def prepared(self, ranks: Ranks) -> Callable[[], bool]:
        """Make ready to do it, in a process that follows; what is given back does it, and says whether it was done to
        the end."""


@dataclass(frozen=True)
class _LookOrder:
    """Look at every nth of these contents; `network`: None where it is the last order's, or none is needed."""

    look: Look
    machine: Machine | None
    network: SentEncoder | None
    contents: Sequence[Content]


class Crew:
    """The leader's hold on the others; see `lead`."""

    def __init__(self, ranks: Ranks = ALONE) -> None:
        self.ranks = ranks
        self._sent: FeatureReader | None = None

    def look(self, look: Look, contents: Sequence[Content], reader: FeatureReader | None) -> Iterator[list[Looked]]:
        """Look at pictures, each process at its share; yields a few at a time, in the order given.

        Args:
            reader: what features or vectors are made with.

        Raises:
            WorkerFailedError, WorkerLostError: another process cannot go on, or is gone.
        """
        if self.ranks.alone:
            yield from look_at(look, contents, reader)
            return
        size = self.ranks.size
        for start in range(0, len(contents), BLOCK * size):
            block = contents[start : start + BLOCK * size]
            new = reader is not None and reader is not self._sent
            network = SentEncoder.of(reader.encoder) if reader and new else None
            self.order(_LookOrder(look, reader.machine if reader else None, network, block))
            self._sent = reader or self._sent
            mine = look_at(look, block[::size], reader)
            for _ in range(_rounds(len(block), size, look.together)):
                parts = self.ranks.gather(_without_views(next(mine)))
                _raise_trouble(parts)
                yield [one for row in zip_longest(*parts) for one in row if one is not None]
                self.ranks.broadcast(True)

    def order(self, order: Order | _LookOrder) -> None:
        """Have the others do it, too; where there are none, nothing happens."""
        if not self.ranks.alone:
            self.ranks.broadcast(order)
            _raise_trouble(self.ranks.gather(None))


@contextmanager
def lead(device: str, precision: str) -> Iterator[Crew]:
    """The crew of this run, this process leading: the others, where torchrun started any, wait for its orders.

    Raises:
        WorkerLostError: one of them did not come. UsageError: see `artbyol.encoder.ranks.joined`.
    """
    if not started_together():
        yield Crew()
        return
    from artbyol.encoder.device import choose_machine

    with joined(choose_machine(device, precision).device) as ranks:
        try:
            yield Crew(ranks)
        except WorkerLostError:
            raise
        except ArtbyolError:  # raised where the others wait for the next word
            ranks.broadcast(None)
            raise
        ranks.broadcast(None)


def follow(device: str, precision: str) -> None:
    """Do what the leader of this run orders, until it is done.

    Raises:
        WorkerLostError: the leader, or another process, is gone.
    """
    from artbyol.encoder.device import choose_machine

    with joined(choose_machine(device, precision).device) as ranks:
        follower = _Follower(ranks)
        while (order := ranks.broadcast()) is not None:
            if not follower.obey(order):
                return


class _Follower:
    def __init__(self, ranks: Ranks) -> None:
        self.ranks = ranks
        self.reader: FeatureReader | None = None

    def obey(self, order: Order | _LookOrder) -> bool:
        """Do it; False when the leader stopped half-way."""
        try:
            work, trouble = self._prepared(order), None
        except Exception as error:  # whatever it is, the leader is told
            work, trouble = lambda: True, self._trouble(error)
        self.ranks.gather(trouble)
        return work()

    def _prepared(self, order: Order | _LookOrder) -> Callable[[], bool]:
        if not isinstance(order, _LookOrder):
            return order.prepared(self.ranks)
        from artbyol.encoder.style_encoder import FeatureReader

        _check_sight(order.look.folder, order.contents)
        if order.network and order.machine:
            self.reader = FeatureReader(order.network.built(), order.machine)
        return lambda: self._look(order)

    def _look(self, order: _LookOrder) -> bool:
        mine = order.contents[self.ranks.rank :: self.ranks.size]
        looked = look_at(order.look, mine, self.reader)
        for _ in range(_rounds(len(order.contents), self.ranks.size, order.look.together)):
            try:
                found: list[Looked] | _Trouble = _without_views(next(looked, []))
            except Exception as error:
                found = self._trouble(error)
            self.ranks.gather(found)
            if not self.ranks.broadcast():
                return False
        return True

    def _trouble(self, error: Exception) -> _Trouble:
        what = error.message if isinstance(error, ArtbyolError) else f"{type(error).__name__}: {error}"
        return _Trouble(f"Process {self.ranks.rank} of this run, on {socket.gethostname()}, failed: {what}")


@dataclass(frozen=True)
class _Trouble:
    text: str


def _raise_trouble(parts: Sequence[Any]) -> None:
    for part in parts:
        if isinstance(part, _Trouble):
            raise WorkerFailedError(part.text, hint="the same torchrun command goes on from what was saved")


def _rounds(contents: int, size: int, together: int) -> int:
    """How often they come together: as often as the leader, who has the most, needs."""
    return -(-len(range(0, contents, size)) // together)


def _without_views(looked: list[Looked]) -> list[Looked]:
    """The same, lighter to send: the networks have seen them."""
    nothing = Views(*(np.empty((0, 0, 0), np.uint8) for _ in range(2)))
    return [
        replace(one, outcome=replace(one.outcome, views=nothing)) if isinstance(one.outcome, Seen) else one
        for one in looked
    ]


def _check_sight(folder: Path, contents: Sequence[Content]) -> None:
    """Raises FolderError where this machine does not see what the leader saw: nothing it said of a picture could be
    believed."""
    check_folder(folder)
    file = contents[0].files[0]
    path = os.path.join(os.fsencode(folder), file.path)
    if not os.path.isfile(path) or os.path.getsize(path) != file.size:
        raise FolderError(f"{os.fsdecode(path)} is not here as the leading process sees it.")
