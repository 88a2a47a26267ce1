"""Kept groups as TOML, one line a work, so that a work is moved, or pinned, by moving its line in a text editor.

The standard library reads TOML and does not write it. Writing is done here: this one shape takes a page, and no comment
need be kept, because a curator's remarks are data (`note`) and so live through every command, in every program.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from artbyol.base.errors import StoreFormatError, UsageError
from artbyol.grouping.draft import Draft, DraftGroup, hash_text, path_text, said_axis, text_hash, text_path_bytes
from artbyol.grouping.kept import GoneGroup, Kept, KeptWork, checked_name

FORMAT = "artbyol-groups"
VERSION = 1

HEAD = """\
# Groups of works, kept by artbyol. This file may be edited: names, notes, the order of groups. To move a work, move its
# line to another group; under "pinned" it stays there for good. A new group is [[group]] and a name; it gets its id.
# Comments are not kept; write a note. Read it back with: artbyol groups FOLDER --import THIS_FILE
"""

# What must be escaped in a TOML string, and what would hide or turn around the text beside it in an editor.
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

_KEYS = {
    "": {"format", "version", "frozen", "next_id", "by", "model", "group", "gone", "waiting"},
    "group": {"id", "name", "note", "pinned", "works"},
    "gone": {"id", "name", "into"},
    "work": {"path", "content"},
}


def write_toml(kept: Kept, waiting: Sequence[KeptWork] = ()) -> str:
    """The file's text. `waiting`: works without a group, listed at the end to be moved into one."""
    return "".join(f"{line}\n" for line in _lines(kept, waiting))


def _lines(kept: Kept, waiting: Sequence[KeptWork]) -> Iterator[str]:
    yield HEAD
    yield f"format = {_string(FORMAT)}"
    yield f"version = {VERSION}"
    yield f"frozen = {'true' if kept.frozen else 'false'}"
    yield f"by = {_string(kept.by)}"
    if kept.model_id is not None:
        yield f"model = {_string(kept.model_id)}"
    yield f"next_id = {kept.next_id}"
    for group in kept.groups:
        yield f"\n[[group]]\nid = {group.id}\nname = {_string(group.name)}"
        if group.note:
            yield f"note = {_string(group.note)}"
        yield from _works("pinned", [work for work in group.works if work.pinned])
        yield from _works("works", [work for work in group.works if not work.pinned])
    for one in kept.gone:
        yield f"\n[[gone]]\nid = {one.id}\nname = {_string(one.name)}"
        if one.into is not None:
            yield f"into = {one.into}"
    if waiting:
        yield "\n[waiting]"
        yield from _works("works", waiting)


def _works(name: str, works: Sequence[KeptWork]) -> Iterator[str]:
    if not works:
        yield f"{name} = []"
        return
    yield f"{name} = ["
    for work in works:
        content = f", content = {_string(hash_text(work.hash))}" if work.hash else ""
        yield f"  {{ path = {_string(path_text(work.path))}{content} }},"
    yield "]"


def _string(text: str) -> str:
    return '"' + _ESCAPED.sub(lambda match: _SHORT.get(match[0], f"\\u{ord(match[0]):04x}"), text) + '"'


def read_toml(text: str, source: Path) -> Draft:
    """What a TOML file of groups says.

    Raises:
        UsageError: it is no TOML, or says something that groups do not have. StoreFormatError: a newer artbyol's.
    """
    try:
        said = tomllib.loads(text)
    except (
        ValueError,
        RecursionError,
    ) as error:  # tomllib's own, a number too long for Python, lists in lists in lists
        raise UsageError(f"{source} cannot be read as TOML: {error}", "mend that line") from error
    if said.get("format") != FORMAT:
        raise UsageError(f"{source} is no file of groups: format is not {FORMAT!r}", "artbyol groups FOLDER --export")
    version = said.get("version")
    if isinstance(version, int) and version > VERSION:
        raise StoreFormatError(
            f"{source} was made by a newer artbyol (version {version}, this one reads {VERSION})",
            "pip install --upgrade artbyol",
        )
    return _Reader(text, source).draft(said)


class _Reader:
    """One file: what it says, and where."""

    def __init__(self, text: str, source: Path) -> None:
        self.lines = text.split("\n")
        self.headers = [at for at, line in enumerate(self.lines) if re.match(r"\s*\[\[\s*group\s*\]\]", line)]
        self.source = source
        self.works: list[list[str]] = []  # of each group, the works' paths as they are written

    def draft(self, said: Mapping[str, Any]) -> Draft:
        top = f"{self.source}"
        self._known(said, "", top)
        groups = tuple(self._group(one, at) for at, one in enumerate(self._list(said, "group", top)))
        gone = tuple(self._gone(one) for one in self._list(said, "gone", top))
        by = said.get("by")
        return Draft(
            self.source,
            groups,
            self.where,
            frozen=self._value(said, "frozen", bool, top),
            next_id=self._value(said, "next_id", int, top),
            by=None if by is None else said_axis(by, top),
            model_id=self._value(said, "model", str, top),
            gone=gone,
        )

    def where(self, group: int, work: int | None) -> str:
        """The line of a group, or of one of its works. Sought only when there is something to say about it."""
        if group >= len(self.headers):
            return f"{self.source}, group {group + 1}"
        line = self.headers[group]
        if work is not None:
            written = self.works[group][: work + 1]
            for path in written:  # in their order, so that the second of two equal ones is found, too
                forms = (_string(path), f"'{path}'")
                line = next((n for n in range(line + 1, len(self.lines)) if _has(self.lines[n], forms)), line)
        return f"{self.source}, line {line + 1}"

    def _group(self, said: Any, at: int) -> DraftGroup:
        self.works.append([])
        place = self.where(at, None)
        if not isinstance(said, dict):
            raise UsageError(f"{place}: a group is a table", "begin it with [[group]]")
        self._known(said, "group", place)
        name = self._value(said, "name", str, place)
        try:
            name = None if name is None else checked_name(name)
        except UsageError as error:
            raise UsageError(f"{place}: {error.message}", error.hint) from error
        works = [
            self._work(one, at, pinned=key == "pinned")
            for key in ("pinned", "works")
            for one in self._list(said, key, place)
        ]
        note = self._value(said, "note", str, place)
        return DraftGroup(self._value(said, "id", int, place), name, tuple(works), note or "")

    def _work(self, said: Any, group: int, *, pinned: bool) -> KeptWork:
        entry = {"path": said} if isinstance(said, str) else said
        path = entry.get("path") if isinstance(entry, dict) else None
        self.works[group].append(path if isinstance(path, str) else "")
        number = len(self.works[group]) - 1
        if not isinstance(path, str) or not path:
            raise UsageError(f"{self.where(group, number)}: a work without its path", 'write { path = "NAME" }')
        if not entry.keys() <= _KEYS["work"]:
            self._known(entry, "work", self.where(group, number))
        try:
            return KeptWork(text_path_bytes(path), text_hash(entry.get("content", "")), pinned)
        except (ValueError, AttributeError) as error:
            hint = "leave content out; artbyol fills it in"
            raise UsageError(f"{self.where(group, number)}: content is no hash of artbyol's", hint) from error

    def _gone(self, said: Any) -> GoneGroup:
        place = f"{self.source}, [[gone]]"
        if not isinstance(said, dict):
            raise UsageError(f"{place} is no table", "leave it out")
        self._known(said, "gone", place)
        id, name = self._value(said, "id", int, place), self._value(said, "name", str, place)
        if id is None or name is None:
            raise UsageError(f"{place} without id or name", "leave it out")
        return GoneGroup(id, name, self._value(said, "into", int, place))

    def _list(self, said: Mapping[str, Any], key: str, place: str) -> list[Any]:
        return self._value(said, key, list, place) or []

    def _value(self, said: Mapping[str, Any], key: str, kind: type, place: str) -> Any:
        value = said.get(key)
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            wanted = {bool: "true or false", int: "a number", str: "a text in quotes", list: "a list"}[kind]
            raise UsageError(f"{place}: {key} is {value!r}, and should be {wanted}", f"mend {key}")
        return value

    def _known(self, said: Mapping[str, Any], kind: str, place: str) -> None:
        for key in said:
            if key not in _KEYS[kind]:
                raise UsageError(f"{place}: nothing is called {key!r} here", f"one of {', '.join(sorted(_KEYS[kind]))}")


def _has(line: str, forms: Sequence[str]) -> bool:
    return any(form in line for form in forms)
