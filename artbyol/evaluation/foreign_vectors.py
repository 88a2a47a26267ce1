"""Anybody's vectors: an array of numbers, and the names of the files that its rows describe."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from artbyol.base.errors import UsageError
from artbyol.base.text import read_text
from artbyol.base.typed_json import from_json
from artbyol.metadata.table import read_table
from artbyol.storage.tensor_file import check_readable

HOW = (
    'a .safetensors file holds a tensor "vectors" (n, d) and in its metadata, under "filenames", a JSON list of n '
    "names; a .npy file has its names beside it, one a line, in a file of the same name ending in .txt (or .csv, with "
    "a column filename)"
)


def read_vectors(path: Path) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Read a .npy or .safetensors file: vectors float32 (n, d), all finite and of any length, and n names of files.

    Raises:
        UsageError: another kind of file, no names, or not (n, d) finite numbers, one row a name.
    """
    if path.suffix not in (".npy", ".safetensors"):
        raise UsageError(f"{path} is neither .npy nor .safetensors.", HOW)
    vectors, names = _read_npy(path) if path.suffix == ".npy" else _read_safetensors(path)
    if vectors.dtype.kind not in "fiu" or vectors.ndim != 2 or not vectors.size:
        raise UsageError(
            f"{path} holds an array of {vectors.dtype}, shape {vectors.shape}; it takes numbers, (works, numbers)."
        )
    if len(vectors) != len(names):
        raise UsageError(f"{path} has {len(vectors):,} vectors, but there are {len(names):,} names for them.")
    with np.errstate(over="ignore"):
        rows = np.asarray(vectors, dtype=np.float32)
    if not np.isfinite(rows).all():
        bad = int((~np.isfinite(rows).all(axis=1)).argmax())
        raise UsageError(f"{path} holds numbers that are not finite, first in row {bad + 1} ({names[bad]}).")
    return rows, names


def _read_npy(path: Path) -> tuple[NDArray[np.generic], tuple[str, ...]]:
    try:
        vectors = np.load(path, allow_pickle=False)  # a pickle may do anything when it is read
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # numpy's reader of headers raises many unrelated types
        raise UsageError(f"{path} is not a .npy file of plain numbers: {error}.") from error
    if not isinstance(vectors, np.ndarray):
        raise UsageError(f"{path} holds several arrays; it takes one.")
    text, table = path.with_suffix(".txt"), path.with_suffix(".csv")
    if text.exists():
        return vectors, tuple(line for line in re.split("\r\n|\r|\n", read_text(text)) if line.strip())
    if table.exists():
        return vectors, read_table(table).files
    raise UsageError(f"{path} has no names: there is neither {text.name} nor {table.name} beside it.", HOW)


def _read_safetensors(path: Path) -> tuple[NDArray[np.generic], tuple[str, ...]]:
    from safetensors import SafetensorError, safe_open

    try:
        check_readable(path)
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if "vectors" not in file.keys():  # noqa: SIM118 (no dictionary)
                raise UsageError(f"{path} holds no tensor called vectors.", HOW)
            vectors = file.get_tensor("vectors")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (SafetensorError, TypeError) as error:
        raise UsageError(f"{path} cannot be read as safetensors: {error}.") from error
    try:
        names: list[str] = from_json(metadata["filenames"], list[str])
    except (KeyError, ValueError) as error:
        raise UsageError(f"{path} has no list of file names in its metadata.", HOW) from error
    return vectors, tuple(names)
