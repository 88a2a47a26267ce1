"""Files that are at any moment, even after a power cut, the old one or the new one."""

import errno
import hashlib
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artbyol.base.errors import StoreError
from artbyol.base.processes import is_running, machine
from artbyol.base.text import display_file

ELSEWHERE = "keep the store somewhere else: --store DIR, or export ARTBYOL_STORE=DIR"

_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

# Of a temporary folder: for what it is, on which machine, by which process. Nobody else gives such names.
_TEMPORARY = re.compile(r"\.artbyol-([0-9a-f]{8})-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp")
ABANDONED_AFTER = 3600.0
"""Seconds after which what a process of another machine left is taken for abandoned: nobody writes for an hour."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that at any moment, even after a power cut, it is the old or the new one. Raises StoreError."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary file to write; on success it is synced and takes the place of `path`, and the rights of the
    file that was there; otherwise it goes.

    Raises:
        StoreError: the directory cannot be written or the disk is full.
    """
    folder = temporary_folder(path)
    temporary = folder / path.name
    try:
        folder.mkdir()  # a folder of its own: some writers (safetensors) put a temporary file of theirs beside
        # Not tempfile: its files are readable by their owner alone, and a shared collection has several readers.
        temporary.touch()
        rights = _rights(path) or _rights(temporary)
        yield temporary
        sync(temporary)
        if rights != _rights(temporary):
            temporary.chmod(rights)
        os.replace(temporary, path)
        _sync_directory(path.parent)
    except OSError as error:
        raise cannot_write(error, path) from error
    finally:
        _clear(folder)


def sync(path: Path) -> None:
    """See to it that what was written has reached the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def make_folder(folder: Path, remedy: str | None = None) -> None:
    """Make a folder where there is none. Raises StoreError: it cannot be made; with a remedy for a read-only medium."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(error, folder, remedy) from error


def temporary_folder(path: Path) -> Path:
    """A folder that is not there yet, beside a file or folder, to make what is to take its place."""
    random = secrets.token_hex(4)  # so that nobody can put something in its place
    return path.with_name(f".artbyol-{_digest(path)}-{machine()}-{os.getpid()}-{random}.tmp")


def is_temporary(name: str) -> bool:
    """Whether something is called as `temporary_folder` does it."""
    return _TEMPORARY.fullmatch(name) is not None


def abandoned(root: Path, *, below: bool = False, made_for: Path | None = None) -> Iterator[Path]:
    """Temporary folders in a folder whose process is gone; the index of a big collection is hundreds of megabytes.

    Args:
        below: also in the folders inside it.
        made_for: only those that were to take the place of this file or folder.
    """
    for here, folders, _ in os.walk(root):  # enters no links
        for name in folders:
            found, path = _TEMPORARY.fullmatch(name), Path(here, name)
            if not found or path.is_symlink() or (made_for and found[1] != _digest(made_for)):
                continue
            if not is_running(int(found[3])) if found[2] == machine() else _last_change(path) < _long_ago():
                yield path
        folders[:] = [name for name in folders if below and not is_temporary(name)]


def remove_abandoned(root: Path, *, below: bool = False) -> None:
    """Remove the temporary files of processes that are gone. What `artbyol.report.destination` makes folders in stays
    for it to look at."""
    for folder in abandoned(root, below=below):
        _clear(folder)


def remove_own(folder: Path, names: str) -> None:
    """Remove the files of a folder of the store that have names artbyol gives (a regular expression); nothing else in
    it, and nothing where the folder is a link that leads out of the store."""
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in folder.iterdir():
        with suppress(OSError):
            if re.fullmatch(names, path.name) and path.is_file() and not path.is_symlink():
                path.unlink()


def exchange(one: Path, other: Path) -> bool:
    """Let two files or folders change places at one moment. Whether it was done: only Linux can, on most disks."""
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    if call is None:
        return False
    here, exchanged = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    if call(here, os.fsencode(one), here, os.fsencode(other), exchanged) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(other))


def is_read_only(error: BaseException | None) -> bool:
    """Whether an error, or the one behind it, says that the medium or the rights forbid writing."""
    if isinstance(error, StoreError):
        error = error.__cause__
    return isinstance(error, OSError) and error.errno in _READ_ONLY


def cannot_write(error: OSError, path: Path, remedy: str | None = None) -> StoreError:
    """The error a user can read for one of the operating system's; with a remedy for a medium that is read-only."""
    message = f"{display_file(path)} cannot be written: {error.strerror or error}."
    return StoreError(message, remedy if is_read_only(error) else None)


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


def _rights(path: Path) -> int:
    """Who may read and write a file; 0 where there is none."""
    with suppress(OSError):
        return stat.S_IMODE(path.lstat().st_mode) if path.is_file() and not path.is_symlink() else 0
    return 0


def _digest(path: Path) -> str:
    return hashlib.blake2b(os.fsencode(path.name), digest_size=4).hexdigest()


def _long_ago() -> float:
    return time.time() - ABANDONED_AFTER


def _last_change(folder: Path) -> float:
    """When something was last put into a folder or into one in it: thousands of pictures may go into one of those."""
    with suppress(OSError):
        return max(path.lstat().st_mtime for path in (folder, *folder.glob("*"), *folder.glob("*/*")))
    return time.time()


def _clear(folder: Path) -> None:
    """Remove a temporary folder and the files in it."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.is_symlink() or not path.is_dir():
                path.unlink()
        folder.rmdir()
