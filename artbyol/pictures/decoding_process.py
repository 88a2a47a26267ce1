"""`python -m artbyol.pictures.decoding_process`: decodes the files it is told of until nobody tells it of one.

The other end is `artbyol.pictures.apart`.
"""

import os
import pickle
import sys
from contextlib import suppress
from pathlib import Path

from artbyol.base.errors import DecodeError
from artbyol.pictures.decode import decode_here
from artbyol.pictures.skips import unusable

_MORE_MEMORY = 1 << 30
"""Bytes beyond what a picture takes: for libraries that are loaded, threads, and what is taken to be given back."""


def _answer_requests() -> None:
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a library has to say is no answer
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # if memory runs out, this process goes first
    while True:
        try:
            request, seconds, memory = pickle.load(requests)
        except EOFError:
            return
        _limit(seconds, memory + _MORE_MEMORY)
        try:
            answer: object = decode_here(*request)
        except DecodeError as error:
            answer = error
            if error.code == "no-memory":
                answer = unusable("too-costly", f"more than {memory >> 20:,} MB of memory")
        pickle.dump(answer, answers)
        answers.flush()


def _limit(seconds: float, memory: int) -> None:
    """To so many more seconds of computing, and bytes more than are in use; where the system can."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, most))
        in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (in_use + memory, most))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        _answer_requests()
