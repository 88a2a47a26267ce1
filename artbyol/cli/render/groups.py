"""Groups, kept groups, and the works that are new to them."""

import math
from collections.abc import Iterator

from artbyol.base.text import display_text
from artbyol.cli.console import Card, Cell, Name, cards, facts, next_command, on_terminal, remark, rows, swatches
from artbyol.cli.render.text import TYPICAL_SHOWN, counted, listed, shown, titled, together
from artbyol.grouping.edits import KeptGroups
from artbyol.grouping.groups import Group, Groups, NewWork
from artbyol.grouping.kept import default_name

SHOWN_NEW = 10
_DOUBTFUL = 0.9


def groups(found: Groups) -> None:
    """Of each group: size, cohesion, stability, what sets it apart, typical works, outliers, its colours; and its
    parts. In a pipe a table, on a terminal some lines for each. How many works lie between two groups."""
    facts([("groups", f"{len(found.groups)} among {counted(found.works, 'work')}; {found.criterion}")], err=True)
    if on_terminal():
        cards([_card(found, group) for group in found.groups])
    else:
        table = [row for group in found.groups for row in (_row(found, group), *_part_rows(found, group))]
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


def _name(group: Group) -> str:
    return str(group.id) if group.name == default_name(group.id) else display_text(group.name)


def _row(found: Groups, group: Group) -> list[Cell]:
    return [
        *(_name(group), str(group.size), f"{group.cohesion:.2f}" if group.size else "–"),
        *("" if math.isnan(group.stability) else f"{group.stability:.2f}", display_text(group.description) or "–"),
        together(titled(found.folder, group.typical[:TYPICAL_SHOWN], found.metadata)),
        together(titled(found.folder, group.outliers[:2], found.metadata)),
        swatches(group.colours),
    ]


def _part_rows(found: Groups, group: Group) -> Iterator[list[Cell]]:
    for part in group.parts:
        typical = together(titled(found.folder, part.typical[:TYPICAL_SHOWN], found.metadata))
        yield [
            f"  {part.id}",
            str(part.size),
            f"{part.cohesion:.2f}",
            "",
            display_text(part.description),
            typical,
            "",
            "",
        ]


def _card(found: Groups, group: Group) -> Card:
    name, _, cohesion, stability, described, *_ = _row(found, group)
    said = [counted(group.size, "file"), f"cohesion {cohesion}", *([f"stability {stability}"] if stability else [])]
    lines: list[tuple[str, Cell | list[tuple[Name, str]]]] = [
        ("", described),
        ("typical", titled(found.folder, group.typical[:TYPICAL_SHOWN], found.metadata)),
        ("outliers", titled(found.folder, group.outliers[:2], found.metadata)),
        ("colours", swatches(group.colours)),
        *((part.id, f"{counted(part.size, 'file')}: {display_text(part.description) or '–'}") for part in group.parts),
    ]
    return f"{name}  {', '.join(said)}", [(label, value) for label, value in lines if value]


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
        remark(f"{shown(found.folder, one.path)}: {where}{_nearest(one, names)}")
    if len(doubts) > SHOWN_NEW:
        remark(f"… and {len(doubts) - SHOWN_NEW:,} more; --json has them all.")
    if joined:
        remark(f"{next_command('cluster', found.folder, '--keep')}  # keeps the {len(joined):,} in their groups")


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
        gone = listed([shown(found.folder, path) for path in found.gone], SHOWN_NEW)
        remark(f"Not in the collection now, but with a place kept: {gone}")
    anew = next_command("cluster", found.folder)
    if not found.frozen:
        remark("These groups are not frozen; --freeze holds them again.")
        remark(f"{anew}  # groups anew")
    elif found.waiting:
        remark(f"{counted(len(found.waiting), 'work')} in no group yet.")
        remark(f"{anew}  # shows where they belong")
