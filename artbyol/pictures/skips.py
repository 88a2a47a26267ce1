"""Why a file can be skipped, and how one is opened without being caught by what is no picture."""

import io
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

from artbyol.base.errors import DecodeError

Source = str | bytes | Path | io.BytesIO
"""Where a picture is: a file's name, or its content in memory."""

SKIP_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not-an-image": "no picture in a format that artbyol reads",
        "empty": "the file is empty (0 bytes)",
        "truncated": "the file is cut off",
        "damaged": "the file is damaged",
        "unsupported": "a kind of picture that artbyol cannot read",
        "needs-extra": "a package that reads such pictures is not installed",
        "too-large": "more pixels than allowed",
        "too-costly": "decoding it would take too much time or memory",
        "too-small": "less than 8 pixels on a side",
        "no-memory": "too large for this computer's memory",
        "unreadable": "the file cannot be read (permission or disk error)",
        "vanished": "the file is gone, or a link that leads nowhere",
        "changed": "the file was changed while it was read",
    }
)
"""Why a file can be skipped: stable code -> reason in plain words."""

TRANSIENT_CODES: Final = frozenset({"no-memory", "unreadable", "vanished", "changed"})
"""Reasons that lie around the file, not in it: the same bytes may work tomorrow."""


@contextmanager
def open_regular(path: Source, otherwise: str = "not-an-image") -> Iterator[BinaryIO]:
    """Open a file for reading, but never a pipe or a device, which could block for ever. What is in memory is open.

    Raises:
        DecodeError: code "vanished", "unreadable", or `otherwise` for what is no regular file.
    """
    if isinstance(path, io.BytesIO):
        path.seek(0)
        yield path
        return
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise unusable(otherwise)
        file = open(path, "rb")  # noqa: PTH123, SIM115 (bytes; closed below, out of reach of this except)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:  # ValueError: a NUL in the name
        raise unusable("vanished") from error
    except OSError as error:
        raise unusable("unreadable") from error
    with file:
        yield file


def unusable(code: str, detail: str = "") -> DecodeError:
    """The error for a file that is skipped: the reason in words, without the path (copies share one verdict)."""
    hint = detail if code == "needs-extra" else None
    return DecodeError(code, SKIP_CODES[code] + (f": {detail}" if detail else ""), hint)
