"""Kept groups as a CSV, one row a work, for spreadsheets. Notes, and groups that are gone, are not in it and stay."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from artbyol.base.errors import UsageError
from artbyol.grouping.draft import Draft, DraftGroup, hash_text, path_text, text_hash, text_path_bytes
from artbyol.grouping.kept import Kept, KeptWork, checked_name, folded

COLUMNS = ("path", "group_id", "group_name", "pinned", "content")

_YES, _NO = frozenset({"1", "true", "yes", "x"}), frozenset({"", "0", "false", "no"})
_DELIMITERS = (",", ";", "\t")


def write_csv(kept: Kept, waiting: Sequence[KeptWork] = ()) -> str:
    """The file's text: groups in their order, one without works as a row without a path; waiting works at the end."""
    text = io.StringIO(newline="")
    # Everything in quotes: a name may hold what some program takes for the end of a line.
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    for group in kept.groups:
        for work in group.works:
            table.writerow([path_text(work.path), group.id, group.name, int(work.pinned), hash_text(work.hash)])
        if not group.works:
            table.writerow(["", group.id, group.name, "", ""])
    table.writerows([path_text(work.path), "", "", "", hash_text(work.hash)] for work in waiting)
    return text.getvalue()


def read_csv(text: str, source: Path, before: Kept | None) -> Draft:
    """What a CSV of groups says. `before`: the groups until now, so that an id or a name alone will do.

    Raises:
        UsageError: it is no such table, or a row makes no sense; the row is named as a spreadsheet counts it.
    """
    return _Reader(source, before).draft(_rows(text, source))


def _rows(text: str, source: Path) -> list[dict[str, str]]:
    """Cells by column. The header may be in any order, and have columns of the curator's own."""
    for delimiter in _DELIMITERS:
        try:
            header, *rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)) or [[]]
        except csv.Error as error:
            raise UsageError(f"{source} cannot be read as CSV: {error}.", "save it anew as CSV UTF-8") from error
        names = [name.strip().casefold() for name in header]
        if "path" in names and ("group_id" in names or "group_name" in names):
            for name in COLUMNS:
                if names.count(name) > 1:
                    raise UsageError(f"{source} has two columns {name!r}", "take one of them out")
            return [dict(zip(names, [*row, *[""] * len(names)], strict=False)) for row in rows]
    raise UsageError(f"{source} is no table of groups", f"begin it with the line: {','.join(COLUMNS)}")


class _Reader:
    """One table, whose rows are gathered to groups."""

    def __init__(self, source: Path, before: Kept | None) -> None:
        self.source = source
        self.known = {group.id: group.name for group in before.groups} if before else {}
        self.by_name = {folded(name): id for id, name in self.known.items()}
        self.names: dict[int | str, str | None] = {}  # group -> its name as said, in the order of first rows
        self.first: dict[int | str, int] = {}
        self.works: dict[int | str, list[tuple[KeptWork, int]]] = {}

    def draft(self, rows: Sequence[dict[str, str]]) -> Draft:
        for number, row in enumerate(rows, start=2):  # the header is row 1
            if any(cell.strip() for cell in row.values()):
                self._take(row, number)
        groups = [
            DraftGroup(key if isinstance(key, int) else None, name, tuple(work for work, _ in self.works[key]))
            for key, name in self.names.items()
        ]
        keys = list(self.names)

        def where(group: int, work: int | None) -> str:
            key = keys[group]
            return f"{self.source}, row {self.first[key] if work is None else self.works[key][work][1]}"

        return Draft(self.source, tuple(groups), where)

    def _take(self, row: dict[str, str], number: int) -> None:
        place = f"{self.source}, row {number}"
        path, told = row["path"], row.get("group_name", "").strip()
        id = self._id(row.get("group_id", ""), place)
        if id is None and not told:
            if not path:
                raise UsageError(f"{place} has neither a work nor a group", "fill it in, or take it out")
            return  # a work that waits for a group
        key = self._group(id, checked_name(told) if told else None, place)
        self.first.setdefault(key, number)
        works = self.works.setdefault(key, [])
        if not path:
            return
        pinned = row.get("pinned", "").strip().casefold()
        if pinned not in _YES | _NO:
            raise UsageError(f"{place}: pinned is {row['pinned']!r}", "write 1 or 0")
        try:
            works.append((KeptWork(text_path_bytes(path), text_hash(row.get("content", "")), pinned in _YES), number))
        except ValueError as error:
            hint = "leave the cell empty; artbyol fills it in"
            raise UsageError(f"{place}: content is no hash of artbyol's", hint) from error

    def _id(self, cell: str, place: str) -> int | None:
        cell = cell.strip()
        if not cell:
            return None
        if not (cell.isascii() and cell.isdecimal() and len(cell) < 10):
            raise UsageError(f"{place}: {cell!r} is no id", "leave the id of a new group empty")
        return int(cell)

    def _group(self, id: int | None, name: str | None, place: str) -> int | str:
        """The group that a row means: by its id, else by its name, else a new one of that name."""
        if id is None and name is not None:
            same = [key for key, said in self.names.items() if folded(said or "") == folded(name)]
            key = same[0] if same else self.by_name.get(folded(name), folded(name))
            self.names.setdefault(key, name)
            return key
        assert id is not None
        before = self.names.get(id)
        if before is not None and name is not None and before != name:
            raise UsageError(
                f"{place} calls group {id} {name!r}, row {self.first[id]} calls it {before!r}",
                "write the same name in all rows of a group",
            )
        self.names[id] = name if name is not None else before
        return id
