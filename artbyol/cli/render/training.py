"""What training and embedding did."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artbyol.base.text import display_text, from_here
from artbyol.cli.console import facts, next_command, remark, rows
from artbyol.cli.render.groups import groups
from artbyol.cli.render.search import neighbours
from artbyol.cli.render.text import Facts, counted, listed, shown
from artbyol.pictures.preview import RAW_SUFFIXES
from artbyol.training.plan import FEWEST_WORKS

if TYPE_CHECKING:
    from artbyol.search.embedding import EmbedReport
    from artbyol.search.merging import MergeReport
    from artbyol.search.source_check import SourceCheck
    from artbyol.storage.rows import Skip
    from artbyol.training.recipes import TrainReport
    from artbyol.training.verdict import Verdict
    from artbyol.verbs.explore import Exploration

SHOWN_KINDS = 8
SHOWN_SKIPS, MOST_SKIPS = 10, 100  # of files that cannot be used: after an embedding; of `info`, in a terminal


def trained(report: TrainReport, folder: Path) -> None:
    """What a training achieved, and what it made."""
    if report.verdict:
        from artbyol.report.wording import measures

        head = (f"on {report.verdict.works:,} works held out of fitting", *(one.stage for one in report.verdict.stages))
        rows(measures(report.verdict), head)
    at_the_end = [("at the end", f"loss {report.loss:.3f}, spread {report.spread:.2f} (0 would be collapse)")]
    skipped = [("skipped", f"{counted(report.skipped, 'file')}; artbyol info lists the reasons")]
    facts(
        [
            *verdict_lines(report.verdict),
            *sources(report.sources, just_trained=True),
            ("model", f"{report.model_id} in {report.model}"),
            ("trained", f"on {report.plan.works:,} works, {report.steps:,} steps, in {report.seconds:.0f} s"),
            *([] if math.isnan(report.loss) else at_the_end),  # an earlier run took the last step
            *(skipped if report.skipped else []),
            ("next", next_command("embed", folder)),
        ]
    )


def verdict_lines(found: Verdict | None) -> Facts:
    """The finding, how far to believe it, and what follows."""
    from artbyol.report.source_words import palette_line
    from artbyol.report.wording import UNJUDGED, finding, keeping, meaning

    if found is None:
        return [("verdict", f"none: {UNJUDGED}")]
    palette = palette_line(found)
    lines = [("verdict", finding(found)), ("", meaning(found)), ("kept", keeping(found))]
    return [*lines, *([("colour", palette)] if palette else [])]


def sources(check: SourceCheck | None, just_trained: bool = False) -> Facts:
    """How far neighbours follow where files are from, and what to do where that is too far."""
    from artbyol.report.source_words import source_line, source_warning

    line = source_line(check) if check else None
    if check is None or line is None:
        return []
    warning = source_warning(check, just_trained)
    return [("sources", line), *([("warning", warning)] if warning else [])]


def embedded(report: EmbedReport, folder: Path) -> None:
    """What an embedding did, and what to ask next."""
    facts([*_embedding(report), ("next", next_command("cluster", folder))])


def merged(report: MergeReport) -> None:
    """What came over, and where stores contradict each other."""
    came = f"{counted(report.added, 'picture')} in {report.seconds:.0f} s, from {counted(len(report.stores), 'store')}"
    lines: Facts = [
        ("works", f"{counted(report.works, 'different picture')} in {counted(report.files, 'file')}"),
        ("merged", came + (f"; {report.known:,} were known already" if report.known else "")),
        ("model", report.model_id),
    ]
    if report.conflicts:
        lines.append(("conflicts", f"{counted(len(report.conflicts), 'file')} with another content in another store"))
    for one in report.conflicts[:SHOWN_SKIPS]:
        which = "this one counts: the file is as it says" if one.taken else "what was known before counts"
        lines.append(("", f"{shown(report.folder, one.path)}, in {one.store}: {which}"))
    if len(report.conflicts) > SHOWN_SKIPS:
        lines.append(("", f"… and {len(report.conflicts) - SHOWN_SKIPS:,} more; --json lists them all"))
    facts([*lines, ("next", next_command("embed", report.folder))])


def _embedding(report: EmbedReport) -> Facts:
    usable = counted(report.files - len(report.skips), "usable file")
    lines: Facts = [("works", f"{counted(report.works, 'different picture')} in {usable}")]
    if report.embedded:
        reused = report.embedded - report.decoded
        seen = f", {reused:,} from what training had seen" if reused else ""
        machine = f" ({report.machine})" if report.machine else ""
        lines.append(("embedded", f"{counted(report.embedded, 'picture')} in {report.seconds:.0f} s{seen}{machine}"))
    elif not report.measured:
        lines.append(("embedded", "nothing to do, everything is up to date"))
    if report.measured:
        lines.append(("measured", f"{counted(report.measured, 'picture')} opened again for palette, tone and the like"))
    moves = ((report.moved, "renamed, copied or touched"), (report.returned, "back"), (report.vanished, "gone"))
    if any(number for number, _ in moves):
        lines.append(("files", ", ".join(f"{number:,} {word}" for number, word in moves if number)))
    lines += waited_for(report.away)
    model = report.model_id if report.trained else "the pretrained default, untrained"
    if not report.trained and report.works >= FEWEST_WORKS:
        model += "; artbyol train adapts it to this folder, so that neighbours follow hand and style more closely"
    lines.append(("model", model))
    return [
        *lines,
        *not_entered(report.passed_over, report.other_kinds),
        *skipped_files(report.folder, report.skips, SHOWN_SKIPS),
    ]


def waited_for(away: int) -> Facts:
    """Files that are gone and not forgotten."""
    kept = "what is known of them is kept until artbyol embed --forget"
    return [("away", f"{counted(away, 'file')} that are gone; {kept}")] if away else []


def not_entered(passed_over: Mapping[str, int], other_kinds: Mapping[str, int]) -> Facts:
    """What is in a folder besides its works."""
    lines: Facts = []
    if other_kinds:
        files = counted(sum(other_kinds.values()), "file")
        kinds = sorted(other_kinds.items(), key=lambda one: (-one[1], one[0]))
        named = [f"{number:,} {display_text(kind.upper()) or 'without'}" for kind, number in kinds]
        raw = any(f".{kind}" in RAW_SUFFIXES for kind in other_kinds)
        how = "; the previews in RAW are read with rawpy: pip install 'artbyol[raw]'" if raw else ""
        lines.append(("ignored", f"{files} of other kinds: {listed(named, SHOWN_KINDS)}{how}"))
    said = ", ".join(counted(number, kind) for kind, number in sorted(passed_over.items()))
    originals = "; of photo libraries only the originals are works" if "photo library" in passed_over else ""
    return [*lines, *([("passed over", said + originals)] if said else [])]


def skipped_files(folder: Path, skips: Sequence[Skip], most: int) -> Facts:
    """How many for which reason; then file and reason, a line each."""
    if not skips:
        return []
    reasons = ", ".join(f"{number} {code}" for code, number in Counter(skip.code for skip in skips).most_common())
    named = [f"{shown(folder, skip.path)}: {skip.reason}" for skip in skips[:most]]
    if len(skips) > most:
        where = "a pipe, or --json," if most == MOST_SKIPS else "artbyol info"
        named.append(f"… and {len(skips) - most:,} more; {where} lists them all")
    return [("skipped", f"{counted(len(skips), 'file')}: {reasons}"), *(("", line) for line in named)]


def exploration(found: Exploration) -> None:
    """Everything `explore` did, ending with what to look at next."""
    folder = found.embedded.folder
    lines = _embedding(found.embedded)
    if found.trained:
        made = found.trained
        how = f"model {made.model_id} on {made.plan.works:,} works in {made.seconds:.0f} s"
        lines = [("trained", how), *verdict_lines(made.verdict), *sources(made.sources), *lines]
    facts(lines, err=True)
    if found.groups is None or found.neighbours is None:
        remark("With fewer than two different pictures there is nothing to compare.")
        return
    groups(found.groups)
    query = os.fsdecode(from_here(found.neighbours.queries[0]))
    facts([("closest to", query)], err=True)
    neighbours(found.neighbours)
    look_next = (
        next_command("similar", query, "--sheet", "neighbours.png"),
        next_command("cluster", folder, "--organize", "by-style"),
        next_command("info", folder),
    )
    facts([("" if place else "look next", line) for place, line in enumerate(look_next)], err=True)
    if found.page:
        alive = next_command("open", folder)
        remark(f"See and sort all works in your browser with {alive}, or look at the same pages: {found.page.as_uri()}")
