"""The processes that one `torchrun` started, seen from one of them: who it is, what its share is, how they exchange.

torchrun's own environment variables say how many there are; without them there is one, and every exchange is nothing.
docs/scaling.md tells how to start them.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from artbyol.base.errors import UsageError, WorkerLostError

if TYPE_CHECKING:
    from torch import Tensor

PATIENCE = timedelta(days=7)
"""How long one process waits for a word of the others. Listing a big collection's files is the leader's work and may
take hours; that one of them died is noticed at once all the same, by the connection that closes."""


@dataclass(frozen=True)
class Ranks:
    """One of `size` processes; rank 0 leads."""

    rank: int = 0
    size: int = 1
    _talk: Any = field(default=None, repr=False, compare=False)  # a gloo group: objects lie in memory, not on a GPU

    @property
    def alone(self) -> bool:
        return self.size == 1

    def share(self, n: int, rank: int | None = None) -> slice:
        """Which of n rows are this process's (or another's): one after the other, as even as can be."""
        rank = self.rank if rank is None else rank
        return slice(rank * n // self.size, (rank + 1) * n // self.size)

    def broadcast(self, thing: Any = None) -> Any:
        """What the leader hands in, to all of them."""
        if self.alone:
            return thing
        import torch.distributed as dist

        box = [thing]
        with noticing_loss():
            dist.broadcast_object_list(box, src=0, group=self._talk)
        return box[0]

    def gather(self, thing: Any) -> list[Any]:
        """What each hands in, in order of rank, to the leader; nothing to the others."""
        if self.alone:
            return [thing]
        import torch.distributed as dist

        found = [None] * self.size if self.rank == 0 else None
        with noticing_loss():
            dist.gather_object(thing, found, dst=0, group=self._talk)
        return found or []

    def sum(self, values: Tensor) -> None:
        """Add up a tensor over all of them, in place."""
        import torch.distributed as dist

        with noticing_loss():
            dist.all_reduce(values)

    def rows(self, mine: Tensor, n: int) -> Tensor:
        """The n rows of which each holds its share: (its share, …) -> (n, …), the same in all of them."""
        if self.alone:
            return mine
        import torch
        import torch.distributed as dist

        most = -(-n // self.size)  # exchanged tensors are of one size
        padded = torch.cat([mine, mine.new_zeros(most - len(mine), *mine.shape[1:])])
        found = [torch.empty_like(padded) for _ in range(self.size)]
        with noticing_loss():
            dist.all_gather(found, padded)
        shares = (self.share(n, rank) for rank in range(self.size))
        return torch.cat([part[: own.stop - own.start] for part, own in zip(found, shares, strict=True)])


ALONE = Ranks()


@contextmanager
def joined(device: str) -> Iterator[Ranks]:
    """Meet the others: NCCL between GPUs ("cuda", one for each process of a machine), gloo elsewhere.

    Raises:
        UsageError: on a device that cannot be shared so. WorkerLostError: one of them did not come.
    """
    import torch
    import torch.distributed as dist

    if device == "mps":
        raise UsageError("Apple's GPU cannot be shared by several processes.", hint="run it without torchrun")
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    with noticing_loss():
        dist.init_process_group("nccl" if device == "cuda" else "gloo")
        ranks = Ranks(dist.get_rank(), dist.get_world_size(), dist.new_group(backend="gloo", timeout=PATIENCE))
    try:
        with warnings.catch_warnings():
            # Kernels of 1 x h x w lie in memory in two ways at once, and DDP remarks on it in every process.
            warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides")
            yield ranks
    finally:
        dist.destroy_process_group()


@contextmanager
def noticing_loss() -> Iterator[None]:
    """Where others are waited for.

    Raises:
        WorkerLostError: in place of what torch raises when one of them is gone.
    """
    import torch.distributed as dist

    try:
        yield
    except RuntimeError as error:
        # gloo has no exception of its own. Whatever else went wrong (memory ran out) is not to be blamed on others.
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            raise _lost(error) from error
        raise


def _lost(error: RuntimeError) -> WorkerLostError:
    """What to tell: torch says where in its sources it noticed before it says what, and much after it."""
    reason = re.sub(r"^\[.*?\]\s*", "", str(error).strip()).split(". ")[0].splitlines()[:1] or [type(error).__name__]
    return WorkerLostError(
        f"Another process of this run stopped, or the network between them failed ({reason[0]}).",
        hint="See what the other one said, then run the same torchrun command again to resume.",
    )
