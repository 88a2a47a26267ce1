"""Decoding in processes that may die, or be given up: a file that a look cannot judge costs itself, and not the run.

They are started when first needed, go on to the next file, and end with the process that started them.
"""

import atexit
import os
import pickle
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, Final

from artbyol.base.errors import DecodeError
from artbyol.pictures.skips import unusable

_MODULE = "artbyol.pictures.decoding_process"

_PATIENCE: Final = 10
"""A process is given up when it has computed for as long as it may, or after so many times as long by the clock."""

_OUT_OF_TIME = -getattr(signal, "SIGXCPU", signal.SIGTERM)
_KILLED = -getattr(signal, "SIGKILL", signal.SIGTERM)


def in_another_process(request: tuple[Any, ...], seconds: float, memory: int) -> Any:
    """What `decoding_process` answers to a request, within so many seconds of one core and bytes of memory.

    Raises:
        DecodeError: its answer; or "too-costly", "no-memory" or "damaged": it was given up, or died.
    """
    process = _idle_process() or _start()
    assert process.stdin and process.stdout
    given_up = threading.Event()

    def give_up() -> None:
        given_up.set()
        process.kill()

    clock = threading.Timer(_PATIENCE * seconds, give_up)
    clock.daemon = True
    clock.start()
    answer: Any = None
    try:
        pickle.dump((request, seconds, memory), process.stdin)
        process.stdin.flush()
        answer = pickle.load(process.stdout)
    except (OSError, EOFError, pickle.UnpicklingError):
        died = process.wait()
        if given_up.is_set() or died == _OUT_OF_TIME:
            raise unusable("too-costly", f"more than {seconds:.0f} seconds of computing") from None
        if died == _KILLED:  # by the system, when memory ran out
            raise unusable("no-memory") from None
        raise unusable("damaged", "the library that decodes it crashed") from None
    finally:
        clock.cancel()
        if answer is None:
            _end(process)
        else:
            with _lock:
                _idle.append(process)
    if isinstance(answer, DecodeError):
        raise answer
    return answer


_idle: list[subprocess.Popen[bytes]] = []
_lock = threading.Lock()


def _idle_process() -> subprocess.Popen[bytes] | None:
    with _lock:
        while _idle:
            process = _idle.pop()
            if process.poll() is None:
                return process
            _end(process)
    return None


def _start() -> subprocess.Popen[bytes]:
    # As few arenas as possible: their address space would count as memory.
    here = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "MALLOC_ARENA_MAX": "2"}
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **here},
            start_new_session=True,  # Ctrl-C is for the process that reads the answer
        )
    except OSError as error:
        raise unusable("no-memory") from error


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):
            if pipe:
                pipe.close()
    process.wait()


def _forget() -> None:
    """A process that was forked has none yet: two that spoke to the same one would get each other's pictures."""
    global _lock
    _lock = threading.Lock()
    for process in _idle:
        process.returncode = 0  # not ours to wait for
    _idle.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@atexit.register
def _end_all() -> None:
    while _idle:
        _end(_idle.pop())
