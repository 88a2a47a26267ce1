"""Several processes at once, as torchrun would start them, but from one that has imported torch already."""

from __future__ import annotations

import multiprocessing
import os
import socket
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["artbyol.training.recipes", "artbyol.verbs.train", "artbyol.verbs.embed", "artbyol.cli"]
)


def together(size: int, work: Callable[..., Any], *args: Any) -> list[Any]:
    """What `work(*args)` gave back in each of `size` processes, in order of rank: a result, the text of an exception,
    or None where the process died."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    crew = []
    for rank in range(size):
        here, there = CONTEXT.Pipe(duplex=False)
        process = CONTEXT.Process(target=_run, args=(there, rank, size, port, work, args))
        process.start()
        there.close()
        crew.append((process, here))
    results = []
    for process, here in crew:
        try:
            results.append(here.recv() if here.poll(240) else None)
        except EOFError:
            results.append(None)
        process.join(10)
        process.kill()
    return results


def _run(answer: Connection, rank: int, size: int, port: int, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_WORLD_SIZE": str(size)}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    import torch

    torch.set_num_threads(1)
    try:
        answer.send(work(*args))
    except BaseException as error:
        traceback.print_exc()
        answer.send(f"{type(error).__name__}: {error}")
