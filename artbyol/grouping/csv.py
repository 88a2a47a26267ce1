"""Kept groups as a CSV, one row a work, for spreadsheets. Notes, and groups that are gone, are not in it and stay."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from artbyol.base.errors import UsageError
from artbyol.base.spreadsheet import read_rows, rows_text
from artbyol.grouping.draft import Draft, at, checked_id, hash_text, path_text, text_hash, text_path_bytes
from artbyol.grouping.kept import Kept, KeptGroup, KeptWork, checked_name, checked_part, folded

COLUMNS = ("path", "group_id", "group_name", "pinned", "content")

_PARTS = ("part", "subpart")  # two columns of whole numbers: a spreadsheet takes 3.10 for 3.1, and 3-1 for a date

_YES, _NO = frozenset({"1", "true", "yes", "x"}), frozenset({"", "0", "false", "no"})


def write_csv(kept: Kept, waiting: Sequence[KeptWork] = ()) -> str:
    """The file's text: groups in their order, one without works as a row without a path; waiting works at the end."""
    divided = any(work.part for group in kept.groups for work in group.works)
    rows: list[Sequence[object]] = [(*COLUMNS, *(_PARTS if divided else ()))]
    for group in kept.groups:
        for work in group.works:
            parts = [*work.part.split("."), ""][: len(_PARTS)] if divided else []
            rows.append([path_text(work.path), group.id, group.name, int(work.pinned), hash_text(work.hash), *parts])
        if not group.works:
            rows.append(["", group.id, group.name, "", "", *[""] * (len(rows[0]) - len(COLUMNS))])
    rows += (
        [path_text(work.path), "", "", "", hash_text(work.hash), *[""] * (len(rows[0]) - len(COLUMNS))]
        for work in waiting
    )
    return rows_text(rows, all_quoted=True)


def read_csv(text: str, source: Path, before: Kept | None = None) -> Draft:
    """What a CSV of groups says. `before`: the groups until now, so that an id or a name alone will do.

    Raises:
        UsageError: it is no such table, or a row makes no sense; the row is named as a spreadsheet counts it.
    """
    base = before or Kept()
    known = {folded(group.name): group.id for group in base.groups}
    notes = {group.id: group.note for group in base.groups}
    groups: dict[int | str, _Gathered] = {}  # by id, new ones by name
    for number, row in _rows(text, source):
        with at(lambda number=number: f"{source}, row {number}"):  # type: ignore[misc]
            _take(row, number, groups, known)
    found = list(groups.items())

    def where(group: int, work: int | None) -> str:
        gathered = found[group][1]
        return f"{source}, row {gathered.row if work is None else gathered.rows[work]}"

    kept = [
        KeptGroup(key if isinstance(key, int) else 0, one.name, tuple(one.works), notes.get(key, ""))  # type: ignore[arg-type]
        for key, one in found
    ]
    return Draft(replace(base, groups=tuple(kept)), where)


def _rows(text: str, source: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by number, their cells by column. The header may be in any order, and have columns of the curator's own."""

    def fits(header: Sequence[str]) -> bool:
        names = {name.strip().casefold() for name in header}
        return "path" in names and not names.isdisjoint(("group_id", "group_name"))

    found = read_rows(text, source, fits)
    if found is None:
        raise UsageError(f"{source} is not a table of groups.", f"begin it with the line: {','.join(COLUMNS)}")
    names = [name.strip().casefold() for name in found.header]
    for name in (*COLUMNS, *_PARTS):
        if names.count(name) > 1:
            raise UsageError(f"{source} has two columns {name!r}.", "take one of them out")
    for number, row in found.numbered():
        yield number, dict(zip(names, [*row, *[""] * len(names)], strict=False))


@dataclass
class _Gathered:
    """A group as far as the table was read: its first row, its name ("": not said yet), its works and their rows."""

    row: int
    name: str = ""
    works: list[KeptWork] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


def _take(row: dict[str, str], number: int, groups: dict[int | str, _Gathered], known: dict[str, int]) -> None:
    """Put a row to its group: by its id, else by its name, else a new one of that name."""
    path, cell, name = row["path"], row.get("group_id", "").strip(), row.get("group_name", "").strip()
    if not cell and not name:
        if not path:
            raise UsageError("There is neither a work nor a group.", "fill it in, or take it out")
        return  # a work that waits for a group
    if cell and not (cell.isascii() and cell.isdecimal() and len(cell) < 10):
        raise UsageError(f"{cell!r} is not an id.", "leave the id of a new group empty")
    name = checked_name(name) if name else ""
    if cell:
        key: int | str = checked_id(int(cell))
    else:
        same = [key for key, one in groups.items() if one.name and folded(one.name) == folded(name)]
        key = same[0] if same else known.get(folded(name), folded(name))
    group = groups.setdefault(key, _Gathered(number, name))
    if cell and name and group.name not in ("", name):
        raise UsageError(
            f"Group {cell} is called {name!r}, but {group.name!r} in row {group.row}.",
            "write the same name in all rows of a group",
        )
    if cell:
        group.name = group.name or name
    if path:
        pinned = row.get("pinned", "").strip().casefold()
        if pinned not in _YES | _NO:
            raise UsageError(f"The column pinned holds {row['pinned']!r}.", "write 1 or 0")
        part = checked_part(".".join(filter(None, (row.get(name, "").strip().removesuffix(".0") for name in _PARTS))))
        group.works.append(KeptWork(text_path_bytes(path), text_hash(row.get("content", "")), pinned in _YES, part))
        group.rows.append(number)
