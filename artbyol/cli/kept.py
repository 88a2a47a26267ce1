"""Kept groups, and the works that are new to them, in tables and sentences for a person."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from artbyol.base.text import display_path, display_text
from artbyol.cli.console import remark, rows
from artbyol.cli.summaries import counted

if TYPE_CHECKING:
    from artbyol.grouping.edits import KeptGroups
    from artbyol.grouping.groups import Groups, NewWork

SHOWN_NEW = 10
_DOUBTFUL = 0.9


def kept_groups(found: KeptGroups) -> None:
    """What was changed; a table: id, name, works, pinned, note; what waits."""
    if found.changed:
        remark(found.changed)
    table = [
        [str(one.id), display_text(one.name), str(one.works), str(one.pinned), display_text(one.note) or "–"]
        for one in found.groups
    ]
    rows(table, columns=("id", "group", "works", "pinned", "note"), right=(0, 2, 3))
    if found.gone:
        remark(f"Not in the collection now, but with a place kept: {_names(found.gone)}")
    folder = shlex.quote(str(found.folder))
    if not found.frozen:
        remark(f"These groups are not frozen: artbyol cluster {folder} groups anew. --freeze holds them again.")
    elif found.waiting:
        remark(
            f"{counted(len(found.waiting), 'work')} in no group yet: artbyol cluster {folder} says where they belong."
        )


def new_works(found: Groups) -> None:
    """How many works are new to frozen groups; which of them are doubtful or belong nowhere."""
    if not found.new:
        return
    joined = [one for one in found.new if one.group is not None]
    doubtful = [one for one in joined if one.sure < _DOUBTFUL]
    loose = [one for one in found.new if one.group is None]
    said = f"{counted(len(found.new), 'new work')}: "
    if joined:
        said += f"{len(joined):,} join{'s' if len(joined) == 1 else ''} a group"
        said += f" ({len(doubtful):,} of them less than 90 % sure)" if doubtful else ""
    if loose:
        said += f"{'; ' if joined else ''}{len(loose):,} belong{'s' if len(loose) == 1 else ''} nowhere yet"
    remark(said + ".")
    names = {group.id: group.name for group in found.groups}
    doubts = [*((one, "") for one in doubtful[::-1]), *((one, "outside all groups; ") for one in loose)]
    for one, where in doubts[:SHOWN_NEW]:
        remark(f"{display_path(one.path)}: {where}{_nearest(one, names)}")
    if len(doubts) > SHOWN_NEW:
        remark(f"… and {len(doubts) - SHOWN_NEW:,} more; --json has them all.")
    if joined:
        remark(f"artbyol cluster {shlex.quote(str(found.folder))} --keep keeps the {len(joined):,} in their groups.")


def _nearest(one: NewWork, names: dict[int, str]) -> str:
    """As in "Night pieces, 71 % sure, else Harbours"."""
    if one.nearest is None:
        return "there is no group with works"
    if one.group is None:
        return f"nearest is {display_text(names[one.nearest])}"
    other = f", else {display_text(names[one.second])}" if one.second is not None else ""
    return f"{display_text(names[one.nearest])}, {100 * one.sure:.0f} % sure{other}"


def _names(paths: tuple[bytes, ...]) -> str:
    return ", ".join(display_path(path) for path in paths[:SHOWN_NEW]) + (", …" if len(paths) > SHOWN_NEW else "")
