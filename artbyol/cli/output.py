"""Data for standard output: JSON, CSV, paths. Every byte of a file name survives."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artbyol.base.text import text_path

if TYPE_CHECKING:
    from artbyol.report.csv_rows import Table


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


def write_csv(table: Table) -> None:
    """A CSV table on standard output, for programs: as in a file, but without the mark (UTF-8, undecodable bytes of
    names as they are)."""
    from artbyol.report.csv_rows import table_text

    sys.stdout.flush()
    sys.stdout.buffer.write(table_text(table).encode("utf-8", "surrogateescape"))
