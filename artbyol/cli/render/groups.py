"""Groups, kept groups, and the works that are new to them."""

import math
import shlex

from rich.text import Text

from artbyol.base.text import display_path, display_text
from artbyol.cli.console import facts, remark, rows, swatches
from artbyol.cli.render.text import TYPICAL_SHOWN, counted, listed, titled
from artbyol.grouping.edits import KeptGroups
from artbyol.grouping.groups import Groups, NewWork
from artbyol.grouping.kept import default_name

SHOWN_NEW = 10
_DOUBTFUL = 0.9


def groups(found: Groups) -> None:
    """A table: group, size, cohesion, stability, what sets it apart, typical works, outliers, its colours; below each
    group its parts. How many works lie between two groups."""
    facts([("groups", f"{len(found.groups)} among {counted(found.works, 'work')}; {found.criterion}")], err=True)
    table: list[list[str | Text]] = []
    for group in found.groups:
        table.append(
            [
                str(group.id) if group.name == default_name(group.id) else display_text(group.name),
                str(group.size),
                f"{group.cohesion:.2f}" if group.size else "–",
                "" if math.isnan(group.stability) else f"{group.stability:.2f}",
                display_text(group.description) or "–",
                titled(group.typical[:TYPICAL_SHOWN], found.metadata),
                titled(group.outliers[:2], found.metadata),
                swatches(group.colours),
            ]
        )
        for part in group.parts:
            typical = titled(part.typical[:TYPICAL_SHOWN], found.metadata)
            said = display_text(part.description)
            table.append([f"  {part.id}", str(part.size), f"{part.cohesion:.2f}", "", said, typical, "", ""])
    rows(table, ("group", "files", "cohesion", "stability", "described by", "most typical", "outliers", "colours"))
    between = sum(member.second is not None for group in found.groups for member in group.members)
    if between:
        remark(f"{counted(between, 'file')} between two groups; --json and --csv say which.")
    if alike := [display_text(group.name) for group in found.groups if group.files_alike]:
        verb = "is" if len(alike) == 1 else "are each"
        remark(f"{listed(alike, SHOWN_NEW)} {verb} nearly all one kind of file: maybe a source and not a style.")
    if found.frozen:
        _new_works(found)
    elif found.unassigned:
        remark(f"{counted(len(found.unassigned), 'file')} in no group.")


def _new_works(found: Groups) -> None:
    """How many works are new to frozen groups; which of them are doubtful or belong nowhere."""
    if not found.new:
        return
    joined = [one for one in found.new if one.group is not None]
    doubtful = [one for one in joined if one.sure < _DOUBTFUL]
    loose = [one for one in found.new if one.group is None]
    said = []
    if joined:
        sure = f" ({len(doubtful):,} of them less than 90 % sure)" if doubtful else ""
        said.append(f"{len(joined):,} join{'s' if len(joined) == 1 else ''} a group{sure}")
    if loose:
        said.append(f"{len(loose):,} belong{'s' if len(loose) == 1 else ''} nowhere yet")
    remark(f"{counted(len(found.new), 'new work')}: {'; '.join(said)}.")
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


def kept_groups(found: KeptGroups) -> None:
    """What was changed; a table: id, name, works, pinned, note; what waits."""
    if found.changed:
        remark(found.changed)
    table = [
        [str(one.id), display_text(one.name), str(one.works), str(one.pinned), display_text(one.note) or "–"]
        for one in found.groups
    ]
    for one in found.groups:
        if one.parts:
            remark(f"Parts of {display_text(one.name)}: {listed(one.parts, SHOWN_NEW)}")
    rows(table, ("id", "group", "works", "pinned", "note"))
    if found.gone:
        gone = listed([display_path(path) for path in found.gone], SHOWN_NEW)
        remark(f"Not in the collection now, but with a place kept: {gone}")
    folder = shlex.quote(str(found.folder))
    if not found.frozen:
        remark(f"These groups are not frozen: artbyol cluster {folder} groups anew. --freeze holds them again.")
    elif found.waiting:
        waiting = counted(len(found.waiting), "work")
        remark(f"{waiting} in no group yet: artbyol cluster {folder} shows where they belong.")
