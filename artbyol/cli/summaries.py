"""What a verb found, in lines and tables for a person."""

from __future__ import annotations

import math
import os
import shlex
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from artbyol.cli.console import facts, remark, rows
from artbyol.config import FEWEST_WORKS
from artbyol.paths import display_path

if TYPE_CHECKING:  # the verbs import what they need; showing what they found needs nothing
    from artbyol.catalogue import Skip
    from artbyol.verbs.cluster import Groups
    from artbyol.verbs.embed import EmbedReport
    from artbyol.verbs.explore import Exploration
    from artbyol.verbs.info import ModelInfo, StoreInfo
    from artbyol.verbs.similar import Neighbours

SHOWN_SKIPS = 10
TYPICAL_SHOWN = 3

Facts = list[tuple[str, str]]


def embedded(report: EmbedReport) -> Facts:
    """The lines of an embedding."""
    usable = counted(report.files - len(report.skips), "usable file")
    lines: Facts = [("works", f"{counted(report.works, 'different picture')} in {usable}")]
    if report.embedded:
        how = f"{counted(report.embedded, 'picture')} in {report.seconds:.0f} s"
        reused = report.embedded - report.decoded
        lines.append(
            (
                "embedded",
                how
                + (f", {reused:,} from what training had seen" if reused else "")
                + (f" ({report.machine})" if report.machine else ""),
            )
        )
    else:
        lines.append(("embedded", "nothing to do, all is up to date"))
    moves = [
        f"{number:,} {word}"
        for number, word in ((report.moved, "renamed, copied or touched"), (report.vanished, "gone"))
        if number
    ]
    if moves:
        lines.append(("files", ", ".join(moves)))
    model = report.model_id if report.trained else "the pretrained default, untrained"
    if not report.trained and report.works >= FEWEST_WORKS:
        model += (
            "; artbyol train adapts it to this folder, so that neighbours follow the hand and the style more closely"
        )
    lines.append(("model", model))
    if report.other_files:
        lines.append(("passed over", f"{counted(report.other_files, 'file')} of other kinds (by their endings)"))
    if report.skips:
        lines.append(("skipped", f"{counted(len(report.skips), 'file')}: {skip_counts(report.skips)}"))
        lines += [("", skip) for skip in skip_lines(report.skips)]
    return lines


def counted(number: int, noun: str) -> str:
    """ "1 picture", "1,098 pictures"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def skip_counts(skips: Sequence[Skip]) -> str:
    """How many for which reason."""
    return ", ".join(f"{number} {code}" for code, number in Counter(skip.code for skip in skips).most_common())


def skip_lines(skips: Sequence[Skip], most: int = SHOWN_SKIPS) -> list[str]:
    """File and reason, a line each."""
    lines = [f"{display_path(skip.path)}: {skip.reason}" for skip in skips[:most]]
    if len(skips) > most:
        lines.append(f"… and {len(skips) - most:,} more; artbyol info lists them all")
    return lines


def neighbours(found: Neighbours) -> None:
    """A table: rank, percentile, file."""
    table = [
        [str(one.rank), _percentile(one.percentile), display_path(one.path) + _copies(len(one.copies))]
        for one in found.neighbours
    ]
    rows(table, columns=("rank", "closer than % of pairs", "work"), right=(0, 1))
    asked = {os.path.relpath(query, os.fsencode(found.folder)) for query in found.queries}
    duplicates = [path for path in found.left_out if path not in asked]
    if duplicates:
        remark(f"{counted(len(duplicates), 'duplicate')} of the query left out; --duplicates shows them.")
    if not found.neighbours:
        remark("There is no other work in this collection.")


def _percentile(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:.1f}"  # a collection of one work has no pairs


def _copies(number: int) -> str:
    return f"  (+{number} {'copy' if number == 1 else 'copies'})" if number else ""


def groups(found: Groups) -> None:
    """A table: group, size, cohesion, typical works, outliers."""
    facts([("groups", f"{len(found.groups)} among {counted(found.works, 'work')}; {found.criterion}")], err=True)
    table = [
        [
            str(group.number),
            str(group.size),
            f"{group.cohesion:.2f}",
            _names(group.typical[:TYPICAL_SHOWN]),
            _names(group.outliers[:2]),
        ]
        for group in found.groups
    ]
    rows(table, columns=("group", "files", "cohesion", "most typical", "stand apart"), right=(0, 1, 2))
    if found.unassigned:
        remark(f"{len(found.unassigned):,} works belong to no group.")


def _names(paths: Sequence[bytes]) -> str:
    return ", ".join(display_path(path) for path in paths)


def exploration(found: Exploration) -> None:
    """Everything `explore` did, ending with what to look at next."""
    folder = shlex.quote(str(found.embedded.folder))
    lines = embedded(found.embedded)
    if found.trained:
        trained = found.trained
        how = f"model {trained.model_id} on {trained.plan.works:,} works in {trained.seconds:.0f} s"
        lines.insert(0, ("trained", how))
    facts(lines, err=True)
    if found.groups is None or found.neighbours is None:
        remark("With fewer than two different pictures there is nothing to compare.")
        return
    groups(found.groups)
    query = os.fsdecode(found.neighbours.queries[0])
    facts([("closest to", os.path.relpath(query, found.embedded.folder))], err=True)
    neighbours(found.neighbours)
    facts(
        [
            ("look next", f"artbyol similar {shlex.quote(query)} --sheet neighbours.png"),
            ("", f"artbyol cluster {folder} --organize by-style"),
            ("", f"artbyol info {folder}"),
        ],
        err=True,
    )


def store_information(found: StoreInfo) -> Facts:
    """The lines of a store."""
    index = found.index + (f", recall@10 {found.recall:.3f}" if found.recall is not None else "")
    lines: Facts = [
        ("collection", str(found.folder)),
        ("store", f"{found.root}, {_megabytes(found.bytes)}"),
        ("works", f"{counted(found.works, 'different picture')} in {counted(found.files, 'usable file')}"),
        ("embedded", f"{found.embedded:,} of {found.works:,} by the model in use; index {index}"),
        *(model_information(found.model) if found.model else [("model", "the pretrained default, untrained")]),
    ]
    if found.new or found.changed or found.vanished:
        lines.append(("folder now", f"{found.new:,} new, {found.changed:,} changed, {found.vanished:,} gone"))
    lines += [("stale", sentence) for sentence in found.stale] or [("state", "up to date")]
    if found.skips:
        lines.append(("skipped", f"{counted(len(found.skips), 'file')}: {skip_counts(found.skips)}"))
        lines += [("", line) for line in skip_lines(found.skips, most=len(found.skips))]
    return lines


def model_information(model: ModelInfo) -> Facts:
    """The lines of a model."""
    plan, header = model.header["plan"], model.header
    versions = ", ".join(f"{name} {number}" for name, number in header["versions"].items())
    return [
        ("model", f"{model.model_id}, made {header['made']}, {_megabytes(model.bytes)}"),
        ("", f"recipe {plan['recipe']}, effort {plan['effort']}, {plan['epochs']} epochs, seed {plan['seed']}"),
        ("", f"backbone {plan['backbone']}, weights {header['encoder']['weights']}"),
        ("", f"trained on {header['trained_on']['works']:,} works; {versions}"),
    ]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
