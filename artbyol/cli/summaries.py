"""What a verb found, in lines and tables for a person."""

from __future__ import annotations

import math
import os
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artbyol.base.text import display_path, display_text
from artbyol.cli.console import facts, remark, rows, swatches
from artbyol.grouping.kept import default_name
from artbyol.training.plan import FEWEST_WORKS

if TYPE_CHECKING:  # the verbs import what they need; showing what they found needs nothing
    from rich.text import Text

    from artbyol.grouping.groups import Groups
    from artbyol.metadata.metadata import Metadata
    from artbyol.report.inventory import ModelInfo, StoreInfo
    from artbyol.search.axis_percentiles import AxisPercentiles
    from artbyol.search.embedding import EmbedReport
    from artbyol.search.results import Descriptions, Neighbours, WorkDescription
    from artbyol.storage.catalogue import Skip
    from artbyol.training.recipes import TrainReport
    from artbyol.training.verdict import Verdict
    from artbyol.verbs.explore import Exploration

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
    elif not report.measured:
        lines.append(("embedded", "nothing to do, all is up to date"))
    if report.measured:
        lines.append(("measured", f"{counted(report.measured, 'picture')} opened again for palette, tone and the like"))
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


def trained(report: TrainReport, folder: Path) -> None:
    """What a training achieved, and what it made."""
    if report.verdict:
        from artbyol.report.wording import measures

        head = (f"on {report.verdict.works:,} works held out", *(one.stage for one in report.verdict.stages))
        rows(measures(report.verdict), columns=head, right=range(1, len(head)))
    at_the_end = [("at the end", f"loss {report.loss:.3f}, spread {report.spread:.2f} (0 would be collapse)")]
    skipped = [("skipped", f"{counted(report.skipped, 'file')}; artbyol info lists the reasons")]
    facts(
        [
            *verdict_lines(report.verdict),
            ("model", f"{report.model_id} in {report.model}"),
            ("trained", f"on {report.plan.works:,} works, {report.steps:,} steps, in {report.seconds:.0f} s"),
            *([] if math.isnan(report.loss) else at_the_end),  # an earlier run took the last step
            *(skipped if report.skipped else []),
            ("next", f"artbyol embed {shlex.quote(str(folder))}"),
        ]
    )


def verdict_lines(found: Verdict | None) -> Facts:
    """The finding, and what follows."""
    from artbyol.report.wording import UNJUDGED, finding, keeping

    return [("verdict", finding(found)), ("kept", keeping(found))] if found else [("verdict", f"none: {UNJUDGED}")]


def neighbours(found: Neighbours) -> None:
    """A table: rank, percentile, file; where they are known, artist and title; where asked for, why."""
    titled = ("title",) if any(one.metadata and one.metadata.caption for one in found.neighbours) else ()
    table = [
        [
            str(one.rank),
            percentile(one.percentile),
            display_path(one.path) + copies(len(one.copies)),
            *([(one.metadata and one.metadata.caption) or ""] if titled else []),
            *([_reasons(one.why)] if one.why else []),
        ]
        for one in found.neighbours
    ]
    why = ("why",) if found.neighbours and found.neighbours[0].why else ()
    rows(table, columns=("rank", "closer than % of pairs", "work", *titled, *why), right=(0, 1))
    asked = {os.path.relpath(query, os.fsencode(found.folder)) for query in found.queries}
    duplicates = [path for path in found.left_out if path not in asked]
    if duplicates:
        remark(f"{counted(len(duplicates), 'duplicate')} of the query left out; --duplicates shows them.")
    if not found.neighbours:
        remark("There is no other work in this collection.")


def _reasons(why: AxisPercentiles) -> str:
    """As in "agree: palette 98, tone 91; differ: composition 23"."""
    said = [
        f"{word}: " + ", ".join(f"{axis} {getattr(why, axis):.0f}" for axis in axes)
        for word, axes in (("agree", why.agree), ("differ", why.differ))
        if axes
    ]
    return "; ".join(said) or "near the middle on every axis"


def percentile(share: float) -> str:
    """For a table."""
    return "–" if math.isnan(share) else f"{share:.1f}"  # a collection of one work has no pairs


def copies(number: int) -> str:
    """What stands behind a work that several files show."""
    return f"  (+{number} {'copy' if number == 1 else 'copies'})" if number else ""


def groups(found: Groups) -> None:
    """A table: group, size, cohesion, what sets it apart, typical works, outliers, its colours."""
    from artbyol.cli.kept import new_works

    facts([("groups", f"{len(found.groups)} among {counted(found.works, 'work')}; {found.criterion}")], err=True)
    named = any(group.name != default_name(group.id) for group in found.groups)
    table: list[list[str | Text]] = [
        [
            str(group.id) if group.name == default_name(group.id) else display_text(group.name),
            str(group.size),
            f"{group.cohesion:.2f}" if group.size else "–",
            ", ".join(group.words) or "–",
            _names(group.typical[:TYPICAL_SHOWN], found.metadata),
            _names(group.outliers[:2], found.metadata),
            swatches(group.colours),
        ]
        for group in found.groups
    ]
    rows(
        table,
        columns=("group", "files", "cohesion", "set apart by", "most typical", "stand apart", "colours"),
        right=(1, 2) if named else (0, 1, 2),
    )
    if found.frozen:
        new_works(found)
    elif found.unassigned:
        remark(f"{counted(len(found.unassigned), 'file')} in no group.")


def descriptions(found: Descriptions) -> None:
    """One work: its words, colours and attributes. Several: a table of words and colours."""
    if len(found.works) > 1:
        table: list[list[str | Text]] = [
            [_shown(found, work), ", ".join(work.words) or "–", swatches(work.colours)] for work in found.works
        ]
        rows(table, columns=("work", "set apart by", "colours"))
        return
    (work,) = found.works
    others = f"as far as {counted(found.compared_with, 'work')} can tell"
    facts(
        [
            ("work", _shown(found, work)),
            *_known(work.metadata),
            ("set apart by", ", ".join(work.words) or f"nothing in particular, {others}"),
            ("colours", swatches(work.colours)),
        ]
    )
    attributes = [
        [one.name, f"{one.value:.1f}", one.unit, f"{one.percentile:.0f}", f"{one.deviation:+.1f}"]
        for one in work.attributes
    ]
    rows(attributes, columns=("attribute", "value", "unit", "higher than % of works", "deviation"), right=(1, 3, 4))


def _known(metadata: Metadata | None) -> Facts:
    """What is known of a work, a line each."""
    if metadata is None:
        return []
    named = [(name, getattr(metadata, name)) for name in ("title", "artist", "date", "label", "description")]
    named += [("tags", ", ".join(metadata.tags)), ("permalink", metadata.permalink), *metadata.other.items()]
    return [(name, value) for name, value in named if value]


def _shown(found: Descriptions, work: WorkDescription) -> str:
    """The path in the collection, or the whole path of a work outside it."""
    inside = os.path.relpath(work.path, os.fsencode(found.folder))
    return display_path(work.path if inside.startswith(b"..") else inside)


def _names(paths: Sequence[bytes], known: Mapping[bytes, Metadata]) -> str:
    """Files, with their titles where these are known."""
    titles = [(display_path(path), known[path].title if path in known else None) for path in paths]
    return ", ".join(f"{path} ({title})" if title else path for path, title in titles)


def exploration(found: Exploration) -> None:
    """Everything `explore` did, ending with what to look at next."""
    folder = shlex.quote(str(found.embedded.folder))
    lines = embedded(found.embedded)
    if found.trained:
        made = found.trained
        how = f"model {made.model_id} on {made.plan.works:,} works in {made.seconds:.0f} s"
        lines = [("trained", how), *verdict_lines(made.verdict), *lines]
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
    if found.groups:
        kept = found.groups
        state = "frozen" if kept.frozen else "not frozen"
        waiting = f"; {counted(kept.waiting, 'work')} in none of them yet" if kept.waiting else ""
        lines.append(("groups", f"{kept.number} kept, {state}, of {counted(kept.works, 'work')}{waiting}"))
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
        *verdict_lines(model.verdict),
    ]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
