"""Processes of their own for what is tested, forked from one that has imported what is slow to import."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import IO, Any

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        *("torchvision", "timm", "sklearn.cluster", "faiss", "jinja2", "rich.progress", "rich.table"),
        *("artbyol.training.recipes", "artbyol.verbs.train", "artbyol.verbs.embed", "tests.encoder.test_workers"),
    ]
)


class Started:
    """A process at work; what it says goes to files, so that it never waits for a reader."""

    def __init__(self, process: ForkServerProcess, stdout: IO[bytes], stderr: IO[bytes]) -> None:
        self._process, self._stdout, self._stderr = process, stdout, stderr

    def finish(self, timeout: float = 300) -> subprocess.CompletedProcess[bytes]:
        """Wait for its end: exit code (negative: the signal that ended it) and what it said."""
        self._process.join(timeout)
        if self._process.is_alive():
            self._process.kill()
            raise TimeoutError(f"still running after {timeout} s: {self._process.name}")
        said = []
        for file in (self._stdout, self._stderr):
            file.seek(0)
            said.append(file.read())
            file.close()
        assert self._process.exitcode is not None
        return subprocess.CompletedProcess([self._process.name], self._process.exitcode, *said)


def start(
    work: Callable[..., Any],
    *args: Any,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    terminal: int | None = None,
) -> Started:
    """Begin `work(*args)` in a process of its own. `terminal`: a descriptor that is its standard output instead."""
    stdout, stderr = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
    streams = [Connection(os.dup(terminal or stdout.fileno())), Connection(os.dup(stderr.fileno()))]
    place = os.fspath(cwd or Path.cwd())
    process = CONTEXT.Process(target=_begin, args=(streams, dict(environment), place, work, args), name=str(args))
    process.start()
    for stream in streams:
        stream.close()
    return Started(process, stdout, stderr)


def _begin(
    streams: list[Connection], environment: dict[str, str], cwd: str, work: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    for descriptor, stream in enumerate(streams, start=1):
        os.dup2(stream.fileno(), descriptor)
        stream.close()
    # As a fresh interpreter opens them.
    sys.stdout = open(1, "w", encoding="utf-8", errors=sys.stdout.errors, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.default_int_handler)
    work(*args)


def artbyol(*arguments: str) -> None:
    """The program, as `python -m artbyol` runs it."""
    sys.argv = ["artbyol", *arguments]
    from artbyol.cli import main

    main()


def artbyol_interrupted(target: str, call: int, *arguments: str) -> None:
    """The program, which gets Ctrl-C when a function of it (its dotted name) is called for the `call`-th time."""
    place, _, name = target.rpartition(".")
    owner = pkgutil.resolve_name(place)
    whole, calls = getattr(owner, name), itertools.count(1)

    def counted(*args: Any, **more: Any) -> Any:
        if next(calls) == call:
            os.kill(os.getpid(), signal.SIGINT)
        return whole(*args, **more)

    setattr(owner, name, counted)
    artbyol(*arguments)


def together(size: int, work: Callable[..., Any], *args: Any) -> list[Any]:
    """What `work(*args)` gave back in each of `size` processes, as torchrun would start them, in order of rank: a
    result, the text of an exception, or None where the process died."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = []
    for rank in range(size):
        here, there = CONTEXT.Pipe(duplex=False)
        process = CONTEXT.Process(target=_join, args=(there, rank, size, port, work, args))
        process.start()
        there.close()
        started.append((process, here))
    results = []
    for process, here in started:
        try:
            results.append(here.recv() if here.poll(240) else None)
        except EOFError:
            results.append(None)
        process.join(10)
        process.kill()
    return results


def _join(answer: Connection, rank: int, size: int, port: int, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size), "LOCAL_WORLD_SIZE": str(size)}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    import torch

    torch.set_num_threads(1)
    try:
        answer.send(work(*args))
    except BaseException as error:
        traceback.print_exc()
        answer.send(f"{type(error).__name__}: {error}")
