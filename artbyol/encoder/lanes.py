"""Several batches at once, each on one core, instead of one batch on all of them.

A network that only looks has no need to share the work of a layer out among cores and to wait, layer by layer, for the
slowest: with pictures decoded beside it, or another program at work, that wait is much of the time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from artbyol.encoder.device import threads

MOST = 16
"""Beyond so many, Python's lock would be what they wait for; more cores than twice that are shared out among them."""

Batch = TypeVar("Batch")
Result = TypeVar("Result")


def in_lanes(work: Callable[[Batch], Result], batches: Sequence[Batch]) -> list[Result]:
    """What `work` makes of each batch, in their order, on a CPU."""
    cores = torch.get_num_threads()
    if cores == 1 or len(batches) == 1:
        return [work(batch) for batch in batches]
    lanes = min(MOST, cores)
    with threads(cores // lanes):
        return list(_pool(lanes).map(work, batches))


@functools.lru_cache(maxsize=1)
def _pool(lanes: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(lanes, "lane")
