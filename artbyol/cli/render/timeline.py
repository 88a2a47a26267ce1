"""How style moved over the years."""

from collections.abc import Sequence

from artbyol.cli.console import Name, facts, rows
from artbyol.cli.render.text import TYPICAL_SHOWN, Facts, counted, shown, words
from artbyol.grouping.change_points import SIGNIFICANT
from artbyol.grouping.timeline import DatedWork, Timeline
from artbyol.report.turn_words import change_of_hands


def timeline(found: Timeline) -> None:
    """Turning points, then a table of periods."""
    facts(_turns(found), err=True)
    speeds = [[one.speed for one in found.moments if p.first <= one.year <= p.last] for p in found.periods]
    table = [
        [
            f"{period.first}–{period.last}" if period.last > period.first else str(period.first),
            str(period.works),
            f"{period.unity:.2f}",
            f"{sum(speed) / len(speed):.0f}°" if speed else "–",
            words(period.words),
            Name(_dated(found, period.typical[:TYPICAL_SHOWN])),
        ]
        for period, speed in zip(found.periods, speeds, strict=True)
    ]
    rows(table, ("years", "works", "unity", "per ten years", "set apart by", "most typical"))


def _turns(found: Timeline) -> Facts:
    of = f" by {found.artist}" if found.artist else ""
    lines: Facts = [("works", f"{counted(found.works, 'work')}{of} with a year, {found.first}–{found.last}")]
    if found.undated:
        lines[0] = ("works", f"{lines[0][1]}; {found.undated:,} without")
    if found.chance is None:
        return [*lines, ("turns", "too few different years to tell a turning point from chance")]
    drifts = (found.drift or 1.0) <= SIGNIFICANT
    moves = "moves with the years" if drifts else "has nothing to do with the year, as far as can be told"
    lines.append(("drift", f"{found.by} {moves} (p = {found.drift:.3f})"))
    if not found.turning_points:
        none = f"none that can be told from chance (p = {found.chance:.2f} for the largest step)"
        lines.append(("turns", none + ("; the change is gradual" if drifts else "")))
    for turn in found.turning_points:
        explained = f"the step explains {100 * turn.share:.0f} % of what steady drift does not"
        lines.append(("turns", f"{turn.year}, after {turn.last}: {explained} (p = {turn.chance:.3f})"))
        if turn.is_of_hands:
            lines.append(("hands", change_of_hands(turn)))
        lines.append(("before", _dated(found, turn.before)))
        lines.append(("after", _dated(found, turn.after)))
    return lines


def _dated(found: Timeline, works: Sequence[DatedWork]) -> str:
    return ", ".join(f"{shown(found.folder, one.path)} ({one.metadata.date or one.year})" for one in works)
