"""Files that are at any moment, even after a power cut, the old one or the new one."""

from __future__ import annotations

import errno
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artbyol.base.errors import StoreError

ELSEWHERE = "keep the store somewhere else: --store DIR, or export ARTBYOL_STORE=DIR"

_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_TEMPORARY = re.compile(r"\..+\.\d+-\d+\.tmp", re.DOTALL)  # as `replacing` names them
ABANDONED_AFTER = 3600.0  # seconds; a temporary file this old was left by a killed process, nobody writes for an hour


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that at any moment, even after a power cut, it is the old or the new one. Raises StoreError."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary sibling to write; on success it is synced and takes the place of `path`, otherwise it goes.

    Raises:
        StoreError: the directory cannot be written or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        # Not tempfile: its files are readable by their owner alone, and a shared collection has several readers.
        temporary.touch()
        mode = temporary.stat().st_mode
        yield temporary
        temporary.chmod(mode)  # some writers (safetensors) make the file anew, for its owner alone
        with temporary.open("r+b") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_directory(path.parent)
    except OSError as error:
        raise cannot_write(error, path) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def is_temporary(name: str) -> bool:
    """Whether a file is called as those are that `replacing` writes."""
    return _TEMPORARY.fullmatch(name) is not None


def remove_abandoned(root: Path, name: str = "*") -> None:
    """Remove temporary files of killed processes; the index of a big collection is hundreds of megabytes.

    Args:
        name: a pattern: only those that were to become files called so.
    """
    for path in root.glob(f".{name}.*.tmp"):
        with suppress(OSError):
            if is_temporary(path.name) and time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                path.unlink()


def remove_own(folder: Path, names: str) -> None:
    """Remove the files of a folder of the store that have names artbyol gives (a regular expression), and their
    temporaries; nothing else in it, and nothing where the folder is a link that leads out of the store."""
    own = re.compile(rf"{names}|\.({names})\.\d+-\d+\.tmp")
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in folder.iterdir():
        with suppress(OSError):
            if own.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                path.unlink()


def is_read_only(error: BaseException | None) -> bool:
    """Whether an error, or the one behind it, says that the medium or the rights forbid writing."""
    if isinstance(error, StoreError):
        error = error.__cause__
    return isinstance(error, OSError) and error.errno in _READ_ONLY


def cannot_write(error: OSError, path: Path) -> StoreError:
    """The error a user can read for one of the operating system's."""
    if is_read_only(error):
        return StoreError(f"{path} cannot be written: {error.strerror}.", ELSEWHERE)
    return StoreError(f"{path} cannot be written: {error.strerror or error}.")


def _sync_directory(folder: Path) -> None:
    """Make the rename itself durable. Windows cannot, and some network shares refuse: both order it themselves."""
    if os.name == "nt":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
