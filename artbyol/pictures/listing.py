"""Results that list works, at home in a script and a notebook: paths to use, short to look at, rows for pandas."""

from __future__ import annotations

import base64
import io
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artbyol.base.errors import DecodeError
from artbyol.base.text import display_path

if TYPE_CHECKING:
    import pandas

SHOWN = 24
"""Works that a notebook shows of a result; the rest is counted."""

_PICTURE = 96  # px, the longer side
_CELL = "text-align:left;vertical-align:middle"


class WithFile:
    """Something with a `path`, the exact bytes relative to the collection's folder."""

    path: bytes

    @property
    def name(self) -> str:
        """The path as a string that every function of Python takes (`os.fsencode` gives the bytes back)."""
        return os.fsdecode(self.path)


class Brief:
    """A dataclass that is short to look at: its figures and names, and of what it lists how many."""

    def __repr__(self) -> str:
        said = []
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, (tuple, Mapping)):
                said.append(f"{len(value)} {field.name}")
            elif isinstance(value, (str, int, float, Path)):
                said.append(f"{field.name} {value:.4g}" if isinstance(value, float) else f"{field.name} {value}")
        return f"<{type(self).__name__}: {display_path(os.fsencode(', '.join(said)))}>"


class Tabular(Brief):
    """A result that is a table; a subclass gives its rows."""

    def rows(self) -> list[dict[str, Any]]:
        """Rows with plain values: text, numbers, True or False, lists of text."""
        raise NotImplementedError

    def to_pandas(self) -> pandas.DataFrame:
        """The rows as a data frame. Needs pandas, which artbyol does not install."""
        import pandas

        return pandas.DataFrame(self.rows())

    def _repr_html_(self) -> str:
        rows = self.rows()
        columns = list(dict.fromkeys(name for row in rows[:SHOWN] for name in row))
        cells = [["", *columns], *([first, *map(row.get, columns)] for first, row in self._beside(rows[:SHOWN]))]
        table = "".join("<tr>" + "".join(f"<td style='{_CELL}'>{_html(one)}</td>" for one in line) for line in cells)
        more = f"<p>and {len(rows) - SHOWN:,} more</p>" if len(rows) > SHOWN else ""
        return f"<table>{table}</table>{more}"

    def _beside(self, rows: list[dict[str, Any]]) -> Iterator[tuple[Any, dict[str, Any]]]:
        """What stands before each row."""
        return ((None, row) for row in rows)


class Listed(Tabular):
    """A result about works of a collection; a subclass says in `_listed` which."""

    folder: Path

    def _listed(self) -> Iterator[tuple[Any, Mapping[str, object]]]:
        """The works in order, and what the result says of each besides."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Any]:
        return (one for one, _ in self._listed())

    def __len__(self) -> int:
        return sum(1 for _ in self._listed())

    def __bool__(self) -> bool:
        return True  # an empty answer is an answer

    @property
    def paths(self) -> list[Path]:
        """Of the works, absolute."""
        return [self.folder / os.fsdecode(one.path) for one in self]

    def rows(self) -> list[dict[str, Any]]:
        """One row a work, with plain values: text, numbers, True or False, lists of text."""
        return [{**more, **flat(one)} for one, more in self._listed()]

    def __repr__(self) -> str:
        names = [display_path(one.path) for one in self]
        shown = [*names[:3], *(["…"] if len(names) > 3 else [])]
        where = display_path(os.fsencode(self.folder))
        return f"<{type(self).__name__} in {where}: {len(names):,} works{': ' if names else ''}{', '.join(shown)}>"

    def _beside(self, rows: list[dict[str, Any]]) -> Iterator[tuple[Any, dict[str, Any]]]:
        return zip(self.paths, rows, strict=False)


def flat(one: Any, prefix: str = "") -> dict[str, Any]:
    """A dataclass's fields as plain values; those of dataclasses in it under `field.subfield`."""
    row: dict[str, Any] = {}
    for field in fields(one):
        value, name = getattr(one, field.name), prefix + field.name
        if field.name == "metadata":
            continue  # the result says itself which parts of it are columns
        if is_dataclass(value):
            row |= flat(value, f"{name}.")
        elif isinstance(value, bytes):
            row[name] = os.fsdecode(value)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            row |= {name: [_word(item) for item in value]} if all(_word(item) is not None for item in value) else {}
        elif not isinstance(value, Mapping):
            row[name] = value
    return row


def _word(item: Any) -> str | None:
    """An item of a list as text; None: it has parts of its own."""
    if isinstance(item, bytes):
        return os.fsdecode(item)
    return getattr(item, "hex", None) if is_dataclass(item) else str(item)


def _html(value: Any) -> str:
    """A cell: a picture for a path, nothing for what is not known."""
    if isinstance(value, Path):
        return _picture(value)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return escape(display_path(os.fsencode(", ".join(value) if isinstance(value, list) else str(value))))


def _picture(path: Path) -> str:
    """A small copy of a picture inside the page; nothing where there is none."""
    from artbyol.pictures.thumbnail import thumbnail

    try:
        image = thumbnail(os.fsencode(path), _PICTURE, _PICTURE)
    except DecodeError:
        return ""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return f"<img src='data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}' alt=''>"
