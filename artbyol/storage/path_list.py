"""Lists of paths, from a file or a pipe, and where in a collection they lead."""

import io
import os
import re
import sys
from pathlib import Path

from artbyol.base.errors import InstallationError, UsageError
from artbyol.base.text import MARK, MARKS, display_path

Named = str | bytes | os.PathLike[str]


def read_paths(source: str) -> list[bytes]:
    """The paths that a list names, as they stand there.

    Args:
        source: a file, or "-": standard input. Text with a path a line, or each ended by NUL (`find -print0`); or
            Parquet with a column `path`.

    Raises:
        UsageError: it cannot be read, or has no column `path`. InstallationError: Parquet without pyarrow.
    """
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror or error}.") from error
    return _in_parquet(data, source) if data.startswith(b"PAR1") else names_in(data)


def names_in(data: bytes) -> list[bytes]:
    """The names in a text: a line each, or each ended by NUL."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            data = data[len(mark) :]  # file names need not be UTF-8, whatever the mark says
            data = data if mark == MARK else os.fsencode(data.decode(encoding, "replace"))
            break
    return [name for name in (data.split(b"\0") if b"\0" in data else re.split(rb"\r?\n", data)) if name]


def _in_parquet(data: bytes, source: str) -> list[bytes]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise InstallationError("Parquet needs the package pyarrow.", "pip install 'artbyol[parquet]'") from error
    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        if "path" not in file.schema_arrow.names:
            raise UsageError(f"{source} has no column path, but {', '.join(file.schema_arrow.names)}.", "rename one")
        cells = file.read(["path"])["path"].to_pylist()
    except pyarrow.ArrowException as error:
        raise UsageError(f"{source} is damaged: {str(error).rstrip('.')}.") from error
    if wrong := next((cell for cell in cells if not isinstance(cell, (str, bytes))), None):
        raise UsageError(f"The column path of {source} holds {wrong!r}, which is no path.")
    return [os.fsencode(cell) for cell in cells if cell]


def path_inside(folder: Path, named: Named) -> bytes:
    """A path as the catalogue has it: relative to the collection, its parts divided by "/".

    Args:
        folder: the collection, absolute.
        named: absolute, or relative to the collection, or else to the working directory.

    Raises:
        UsageError: it does not lie in the folder.
    """
    root, given = os.fsencode(folder), os.fsencode(named)
    whole = os.path.normpath(os.path.join(root, given))
    if not os.path.lexists(whole) and not os.path.isabs(given):
        here = os.path.abspath(given)
        # Of a file that is gone its folder tells.
        if os.path.lexists(here) or (_is_below(here, root) and not os.path.lexists(os.path.dirname(whole))):
            whole = here
    if not _is_below(whole, root):  # by way of a link, perhaps
        whole = os.path.join(os.path.realpath(os.path.dirname(whole)), os.path.basename(whole))
        root = os.path.realpath(root)
    if not _is_below(whole, root):
        raise UsageError(
            f"{display_path(given)} does not lie in the collection {display_path(os.fsencode(folder))}.",
            "a list holds paths relative to the collection, or absolute paths in it",
        )
    return whole[len(root) :].lstrip(os.fsencode(os.sep)).replace(os.fsencode(os.sep), b"/")


def _is_below(path: bytes, root: bytes) -> bool:
    return path == root or path.startswith(os.path.join(root, b""))
