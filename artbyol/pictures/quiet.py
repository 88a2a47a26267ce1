"""Pillow's complaints about odd files stay off the user's terminal, and nobody else's are touched."""

from __future__ import annotations

import ctypes
import functools
import importlib
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

# Pillow logs some complaints; without any handler Python would write them to the user's terminal.
logging.getLogger("PIL").addHandler(logging.NullHandler())


class _DecodingThread:
    """Stands where a warnings filter keeps its message pattern; matches all that a decoding thread has to say.

    `warnings.catch_warnings` changes the filters of every thread, and threads put them back in the wrong order; a
    filter that looks at the thread needs no putting back, and other threads' warnings stay what they were.
    """

    pattern = "(?!)"
    """Matches nothing: scikit-learn makes its workers' filters anew from the patterns of those that are there."""

    def __init__(self) -> None:
        self.state = threading.local()

    def match(self, text: str) -> bool:
        return getattr(self.state, "decoding", False)


_decoding_thread = _DecodingThread()
_IGNORE: Any = ("ignore", _decoding_thread, Warning, None, 0)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Drop Pillow's warnings about odd files in this thread; they would reach the terminal without a file name."""
    filters: Any = warnings.filters
    if not filters or filters[0] is not _IGNORE:  # at first, and after others put theirs in front
        filters[:] = [_IGNORE, *(other for other in filters if other is not _IGNORE)]
    _decoding_thread.state.decoding = True
    try:
        yield
    finally:
        _decoding_thread.state.decoding = False


@functools.cache
def silence_libtiff() -> None:
    """Keep libtiff from writing the errors of damaged files to stderr; Pillow turns off only its warnings.

    They reach us as exceptions all the same. Where the library cannot be found (Windows links it in), nothing happens.
    """
    with suppress(OSError, AttributeError, ImportError):
        # A library's handle finds the functions of the libraries it was linked with, too.
        ctypes.CDLL(str(importlib.import_module("PIL._imaging").__file__)).TIFFSetErrorHandler(None)
