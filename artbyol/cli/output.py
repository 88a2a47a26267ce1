"""Data for standard output: JSON, CSV, paths. Every byte of a file name survives."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from artbyol.base.errors import UsageError
from artbyol.base.text import text_path


def plain(value: Any) -> Any:
    """Dataclasses, paths and numbers -> what JSON knows. File names keep undecodable bytes as lone surrogates
    (``os.fsencode(json.loads(...)["path"])`` gives the name back); a number that does not exist becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, bytes):
        return text_path(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def write_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(plain(value), indent=2) + "\n")


def write_paths(folder: Path, paths: Iterable[bytes], end: bytes) -> None:
    """Absolute paths, byte for byte, each followed by `end`."""
    sys.stdout.flush()
    for path in paths:
        sys.stdout.buffer.write(os.path.join(os.fsencode(folder), path) + end)
    sys.stdout.buffer.flush()


def write_csv(target: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A CSV file (UTF-8, undecodable bytes of names as they are); "-" is standard output."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(header)
    table.writerows([[text_path(cell) if isinstance(cell, bytes) else cell for cell in row] for row in rows])
    data = text.getvalue().encode("utf-8", "surrogateescape")
    if target == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    try:
        # The first columns say whose table it is; those behind come and go with what is known.
        _refuse_to_overwrite(Path(target), ",".join(header[:5]).encode("ascii"))
        Path(target).write_bytes(data)
    except OSError as error:
        raise UsageError(f"Cannot write {target!r}: {error.strerror}.") from error


def _refuse_to_overwrite(target: Path, first_line: bytes) -> None:
    """A table replaces an earlier table and nothing else: a slip of the pen must not cost a painting."""
    if not target.is_file():  # a pipe or a device, as /dev/stderr, is nothing to lose
        return
    with target.open("rb") as file:
        beginning = file.read(len(first_line))
    if beginning not in (b"", first_line):
        raise UsageError(f"{str(target)!r} exists and is no such table; it was left as it is.", "name a new file")
