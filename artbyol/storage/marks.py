"""Stars and notes that somebody put on works, kept in the store.

A mark belongs to a picture: to its content wherever it lies, else, where the file was saved anew, to what lies at its
path. It stays when the work is gone, in case it comes back.
"""

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypedDict

from artbyol.base.errors import StoreError, StoreFormatError, UsageError
from artbyol.base.text import text_path
from artbyol.base.typed_json import from_json
from artbyol.storage.atomic import write_atomically
from artbyol.storage.rows import Work
from artbyol.storage.store import Store, made_by

LONGEST_NOTE: Final = 10_000
"""Characters."""

_FORMAT: Final = 1


@dataclass(frozen=True)
class Mark:
    """What somebody put on a work: a star, a note, or both. `path`, `hash`: where it lay, and of its content, when it
    was last marked."""

    path: bytes
    hash: bytes
    star: bool = False
    note: str = ""

    def said(self) -> dict[str, str]:
        """As columns of a table: "star", "yes", and "note"."""
        return ({"star": "yes"} if self.star else {}) | ({"note": self.note} if self.note else {})


class _Written(TypedDict):
    """A mark in the file."""

    path: str
    hash: str
    star: bool
    note: str


class _File(TypedDict):
    format: int
    marks: list[_Written]


def load_marks(place: Store) -> tuple[Mark, ...]:
    """The marks kept in a store.

    Raises:
        StoreError: the file cannot be read, or is damaged. StoreFormatError: a newer artbyol's.
    """
    try:
        read: _File = from_json(place.marks.read_bytes(), _File)
        if read["format"] > _FORMAT:
            raise StoreFormatError(f"{place.marks} was made by a newer artbyol.", "pip install --upgrade artbyol")
        return tuple(
            Mark(os.fsencode(one["path"]), bytes.fromhex(one["hash"]), one["star"], one["note"])
            for one in read["marks"]
        )
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StoreError(f"{place.marks} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise StoreError(f"{place.marks} is damaged: {error}.", "move it elsewhere to begin anew") from error


def save_marks(place: Store, marks: Sequence[Mark]) -> None:
    """Keep these marks, in order of path. Call it while `writing`."""
    written = [
        _Written(path=text_path(one.path), hash=one.hash.hex(), star=one.star, note=one.note)
        for one in sorted(marks, key=lambda one: one.path)
    ]
    content = {"format": _FORMAT, "made_by": made_by(), "marks": written}
    write_atomically(place.marks, json.dumps(content, indent=1).encode("ascii"))


def marks_of(marks: Sequence[Mark], files: Sequence[Work]) -> dict[int, Mark]:
    """Which marks the contents of a collection have, by their ids.

    Args:
        files: every usable file (`Catalogue.works`).
    """
    by_hash = {work.hash: work.id for work in files}
    by_path = {work.path: work.id for work in files}
    found: dict[int, Mark] = {}
    for mark in sorted(marks, key=lambda one: one.hash not in by_hash):
        content = by_hash[mark.hash] if mark.hash in by_hash else by_path.get(mark.path)
        if content is not None:
            found.setdefault(content, mark)
    return found


def marked(
    marks: Sequence[Mark],
    files: Sequence[Work],
    star: Collection[int] = (),
    unstar: Collection[int] = (),
    notes: Mapping[int, str] | None = None,
) -> tuple[Mark, ...]:
    """The marks after a change: contents, by their ids, that get a star or lose it, and notes; "" takes one away.

    Raises:
        UsageError: a note is too long.
    """
    notes = notes or {}
    if any(len(text) > LONGEST_NOTE for text in notes.values()):
        raise UsageError(f"A note has at most {LONGEST_NOTE:,} characters.", "shorten it")
    before = marks_of(marks, files)
    first = {work.id: work for work in reversed(files)}
    changed = {id(mark) for content, mark in before.items() if content in {*star, *unstar, *notes}}
    kept = [mark for mark in marks if id(mark) not in changed]
    for content in dict.fromkeys([*star, *unstar, *notes]):
        work = first[content]
        mark = replace(before.get(content, Mark(work.path, work.hash)), path=work.path, hash=work.hash)
        starred = content in star or (mark.star and content not in unstar)
        mark = replace(mark, star=starred, note=notes.get(content, mark.note).strip())
        if mark.star or mark.note:
            kept.append(mark)
    return tuple(kept)
