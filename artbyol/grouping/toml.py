"""Kept groups as TOML, one line a work, so that a work is moved, or pinned, by moving its line in a text editor.

The standard library reads TOML and does not write it. Writing is done by a template, `groups.toml`: no comment need be
kept, because a curator's remarks are data (`note`) and so live through every command, in every program.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from artbyol.base.errors import StoreFormatError, UsageError
from artbyol.base.rendering import Filters, rendered
from artbyol.grouping.draft import Draft, at, checked_id, hash_text, path_text, text_hash, text_path_bytes
from artbyol.grouping.kept import GoneGroup, Kept, KeptGroup, KeptWork, checked_name, checked_part
from artbyol.pictures.measures.axes import AXES

FORMAT = "artbyol-groups"
VERSION = 2  # 1, where no group has parts: what an older artbyol reads, too

# What must be escaped in a TOML string, and what would hide or turn around the text beside it in an editor.
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}

_TOP = {"format": str, "version": int, "frozen": bool, "next_id": int, "by": str, "model": str}
_TOP |= {"group": list, "gone": list, "waiting": dict}
_GROUP = {"id": int, "name": str, "note": str, "pinned": list, "works": list}
_GONE = {"id": int, "name": str, "into": int}
_WORK = {"path": str, "content": str, "part": str}
_CALLED = {bool: "true or false", int: "a number", str: "a text in quotes", list: "a list", dict: "a table"}


def write_toml(kept: Kept, waiting: Sequence[KeptWork] = ()) -> str:
    """The file's text. `waiting`: works without a group, listed at the end to be moved into one."""
    version = VERSION if any(work.part for group in kept.groups for work in group.works) else 1
    filters: Filters = {"text": _string, "path": path_text, "content": hash_text}
    shown = {"format": FORMAT, "version": version, "kept": kept, "waiting": waiting}
    return rendered("groups.toml", shown, "grouping", filters)


def _string(text: str) -> str:
    return '"' + _ESCAPED.sub(lambda match: _SHORT.get(match[0], f"\\u{ord(match[0]):04x}"), text) + '"'


def read_toml(text: str, source: Path, before: Kept | None = None) -> Draft:
    """What a TOML file of groups says. `before`: the groups until now.

    Raises:
        UsageError: it is no TOML, or says something that groups do not have. StoreFormatError: a newer artbyol's.
    """
    try:
        said = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # its own, a number too long for Python, lists in lists in lists
        raise UsageError(f"{source} cannot be read as TOML: {error}.", "mend that line") from error
    if said.get("format") != FORMAT:
        raise UsageError(f"{source} is not a file of groups of format {FORMAT!r}.", "artbyol groups FOLDER --export")
    version = said.get("version")
    if isinstance(version, int) and version > VERSION:
        raise StoreFormatError(
            f"{source} was made by a newer artbyol (version {version}, this one reads {VERSION}).",
            "pip install --upgrade artbyol",
        )
    where, base = partial(_where, text, source, said), before or Kept()
    with at(lambda: str(source)):
        _check(said, _TOP, "the file")
        if said.get("by", base.by) not in AXES:
            raise UsageError(f"There is no axis {said['by']!r}.", f"one of {', '.join(AXES)}")
        gone = [_gone(one) for one in said.get("gone", [])]
    kept = Kept(
        tuple(_group(one, place, where) for place, one in enumerate(said.get("group", []))),
        said.get("frozen", base.frozen),
        max(said.get("next_id", 1), base.next_id),
        said.get("by", base.by),
        said.get("model", base.model_id),
        tuple({one.id: one for one in [*base.gone, *gone]}.values()),
    )
    return Draft(kept, where)


def _where(text: str, source: Path, said: Mapping[str, Any], group: int, work: int | None) -> str:
    """The line of a group, or of one of its works. Sought only when there is something to say about it."""
    lines = text.split("\n")
    headers = [at for at, line in enumerate(lines) if re.match(r"\s*\[\[\s*group\s*\]\]", line)]
    if group >= len(headers):
        return f"{source}, group {group + 1}"
    line = headers[group]
    if work is not None:
        for one in _works_of(said["group"][group])[: work + 1]:  # in order, to find the second of two equal ones, too
            path = one.get("path", "") if isinstance(one, dict) else one
            forms = (_string(str(path)), f"'{path}'")
            line = next((n for n in range(line + 1, len(lines)) if any(form in lines[n] for form in forms)), line)
    return f"{source}, line {line + 1}"


def _works_of(group: Mapping[str, Any]) -> list[Any]:
    return [*group.get("pinned", []), *group.get("works", [])]


def _group(said: Any, place: int, where: Callable[[int, int | None], str]) -> KeptGroup:
    with at(lambda: where(place, None)):
        _check(said, _GROUP, "a group", "begin it with [[group]]")
        id = checked_id(said["id"]) if "id" in said else 0
        name = checked_name(said["name"]) if "name" in said else ""
    pinned, works = len(said.get("pinned", [])), []
    for number, one in enumerate(_works_of(said)):
        with at(lambda number=number: where(place, number)):  # type: ignore[misc]
            works.append(_work({"path": one} if isinstance(one, str) else one, number < pinned))
    return KeptGroup(id, name, tuple(works), said.get("note", ""))


def _work(said: Any, pinned: bool) -> KeptWork:
    if not isinstance(said, dict) or not said.get("path"):
        raise UsageError("A work has no path.", 'write { path = "NAME" }')
    _check(said, _WORK, "a work")
    part = checked_part(said.get("part", ""))
    return KeptWork(text_path_bytes(said["path"]), text_hash(said.get("content", "")), pinned, part)


def _gone(said: Any) -> GoneGroup:
    _check(said, _GONE, "[[gone]]", "leave it out")
    if "id" not in said or "name" not in said:
        raise UsageError("An entry of [[gone]] has no id or no name.", "leave it out")
    return GoneGroup(said["id"], said["name"], said.get("into"))


def _check(said: Any, kinds: Mapping[str, type], name: str, hint: str | None = None) -> None:
    """Raises UsageError: it is no table, or there is something in it that should not be, or is of another kind."""
    if not isinstance(said, dict):
        raise UsageError(f"{name} must be a table.", hint)
    for key, value in said.items():
        if key not in kinds:
            raise UsageError(f"Nothing is called {key!r} here.", f"one of {', '.join(sorted(kinds))}")
        if type(value) is not kinds[key]:
            raise UsageError(f"{key} is {value!r}, but must be {_CALLED[kinds[key]]}.", f"mend {key}")
