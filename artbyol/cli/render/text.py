"""Words and figures that all tables share."""

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from artbyol.base.text import display_path, from_here
from artbyol.cli.console import Name, on_terminal
from artbyol.metadata.metadata import Metadata

Facts = list[tuple[str, str]]
"""Subject and sentence, a pair per line."""

TYPICAL_SHOWN = 3


def counted(number: int, noun: str) -> str:
    """ "1 picture", "1,098 pictures", "2 libraries", "3 links to pictures"."""
    head, space, rest = noun.partition(" to ")
    plural = f"{head[:-1]}ies" if head.endswith("y") else f"{head}s"
    return f"{number:,} {head if number == 1 else plural}{space}{rest}"


def percentile(share: float) -> str:
    """For a table; NaN is nothing: a collection of one work has no pairs."""
    return "–" if math.isnan(share) else f"{share:.1f}"


def megabytes(size: int) -> str:
    """Of so many bytes."""
    return f"{size / 1e6:,.1f} MB"


def shown(folder: Path, path: bytes) -> Name:
    """A file of a collection, by a path that works where one stands."""
    return Name(display_path(from_here(os.fsencode(folder), path)))


def work(folder: Path, path: bytes, copies: Sequence[bytes] = ()) -> Name:
    """A work, and for a person how many more files show it."""
    also = f"  (+{counted(len(copies), 'copy')})" if copies and on_terminal() else ""
    return Name(shown(folder, path) + also)


def caption(metadata: Metadata | None) -> str:
    """Artist, title and date as far as they are known; "" where nothing is."""
    return (metadata and metadata.caption) or ""


def titled(folder: Path, paths: Sequence[bytes], known: Mapping[bytes, Metadata]) -> list[tuple[Name, str]]:
    """Files, and the same with their titles where these are known."""
    titles = [(shown(folder, path), known[path].title if path in known else None) for path in paths]
    return [(path, f"{path} ({title})" if title else path) for path, title in titles]


def together(files: Sequence[tuple[Name, str]]) -> str:
    """Such files in a row."""
    return ", ".join(said for _, said in files)


def listed(names: Sequence[str], most: int) -> str:
    """Names in a row, not more than so many."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def words(said: Sequence[str]) -> str:
    """What sets a work or a group apart, or a dash."""
    return ", ".join(said) or "–"
