"""What lies on the disk: duplicates, galleries, exports, sidecars, stores and models."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

from artbyol.base.text import display_text
from artbyol.cli.console import facts, remark, rows
from artbyol.cli.render.text import Facts, counted, megabytes, shown
from artbyol.cli.render.training import MOST_SKIPS, not_entered, skipped_files, sources, verdict_lines, waited_for

if TYPE_CHECKING:
    from artbyol.report.export.exporting import Exported
    from artbyol.report.gallery.site import GalleryReport
    from artbyol.report.inventory import ModelInfo, StoreInfo
    from artbyol.report.tags import Tagged
    from artbyol.search.results import Duplicates, Version


def duplicates(found: Duplicates) -> None:
    """A table: group, pixels, size, how it differs from the first of its group, file."""
    table = [
        [
            *(str(number), f"{one.width} x {one.height}", f"{one.size / 1e6:,.2f}"),
            _version(found, one, first=place == 0),
            shown(found.folder, one.path),
        ]
        for number, group in enumerate(found.groups, start=1)
        for place, one in enumerate(group.versions)
    ]
    files = counted(found.files, "file")
    if found.groups:
        surplus = f"{counted(found.surplus, 'file')} besides the best of each, {megabytes(found.surplus_bytes)}"
        facts([("more than once", f"{counted(len(found.groups), 'picture')} among {files}; {surplus}")], err=True)
    rows(table, ("group", "pixels", "MB", "version", "file"))
    if not found.groups:
        remark(f"None of {files} is there more than once.")


_STAYS = {
    "linked": "stays: links lead to it",
    "link": "a link",
    "changed": "changed or gone since",
    "package": "another program's",
}


def _version(found: Duplicates, one: Version, *, first: bool) -> str:
    """How a version differs from the first of its group, why it stays, where it does, and the file's other names."""
    difference = "" if first else "same file" if one.same_file else f"differs by {one.difference:.1f}"
    also = f"also called {', '.join(shown(found.folder, name) for name in one.names)}" if one.names else ""
    return "; ".join(filter(None, ("best" if one.keep == "best" else "", difference, _STAYS.get(one.keep or ""), also)))


def gallery(made: GalleryReport) -> None:
    """What a gallery consists of, and what to open."""
    years = f"; the year of {made.with_year:,} is known" if made.with_year else ""
    absent = f"; {counted(len(made.absent), 'work')} without" if made.absent else ""
    trust = f"trustworthiness {made.trustworthiness:.3f}, continuity {made.continuity:.3f}"
    facts(
        [
            ("works", f"{made.works:,} in {counted(made.groups, 'group')}{years}"),
            ("pictures", f"{made.copied:,} copied, {made.reused:,} there already{absent}"),
            ("map", "too few works to judge it by" if math.isnan(made.trustworthiness) else trust),
            ("size", megabytes(made.bytes)),
            ("open", str(made.index)),
        ]
    )


def exported(found: Exported) -> None:
    """Where it is, and what is in it."""
    known = f", {found.described:,} with metadata" if found.described else ""
    grouped = "" if found.groups is None else f" in {counted(found.groups, 'group')}"
    lines = [
        ("written", f"{found.target} ({found.format})"),
        ("works", f"{counted(found.works, 'different picture')}{grouped}{known}"),
    ]
    if found.format != "npy":
        lines.append(("map", f"trustworthiness {found.trustworthiness:.3f} of 1"))
    facts(lines)


def tagged(found: Tagged, remove: bool) -> None:
    """A table of the sidecars that changed, or would; and how to do it."""
    changes = [
        [one.action, shown(found.folder, one.sidecar), ", ".join(map(display_text, one.groups))]
        for one in found.changes
    ]
    rows(changes, ("sidecar", "file", "group"))
    done = "changed" if found.written else "to change"
    remark(f"{counted(len(found.changes), 'sidecar')} {done}, {found.unchanged:,} right as they are.")
    if found.elsewhere:
        remark(f"{counted(found.elsewhere, 'work')} in folders of other programs, where nothing is written.")
    for left in found.left:
        remark(f"Skipped {shown(found.folder, left.sidecar)}: {left.reason}")
    if found.left and found.written:
        remark(f"{counted(len(found.left), 'sidecar')} could not be changed; the others are as they should be.")
    if found.changes and not found.written:
        remark("Nothing was written." + ("" if remove else " --write writes; --remove takes it out again."))


def store(found: StoreInfo) -> None:
    """What a store holds, and what is stale."""
    index = found.index + (f", recall@10 {found.recall:.3f}" if found.recall is not None else "")
    lines: Facts = [
        ("collection", str(found.folder)),
        ("store", f"{found.root}, {megabytes(found.bytes)}"),
        ("works", f"{counted(found.works, 'different picture')} in {counted(found.files, 'usable file')}"),
        ("embedded", f"{found.embedded:,} of {found.works:,} by the model in use; index {index}"),
        *(_model(found.model) if found.model else [("model", "the pretrained default, untrained")]),
    ]
    if found.groups:
        kept = found.groups
        state = "frozen" if kept.frozen else "not frozen"
        waiting = f"; {counted(kept.waiting, 'work')} in none of them yet" if kept.waiting else ""
        lines.append(("groups", f"{kept.number} kept, {state}, of {counted(kept.works, 'work')}{waiting}"))
    for table in found.tables:
        rows_met = f"{table.table}: {counted(table.rows, 'row')}, of {counted(table.works, 'file')}"
        lines.append(("table", rows_met + (f"; {table.told()}" if table.told() else "")))
    if found.new or found.changed or found.vanished:
        lines.append(("folder now", f"{found.new:,} new, {found.changed:,} changed, {found.vanished:,} gone"))
    lines += waited_for(found.away)
    lines += sources(found.sources)
    lines += [("stale", sentence) for sentence in found.stale] or [("state", "up to date")]
    facts(
        [
            *lines,
            *not_entered(found.passed_over, found.other_kinds),
            *skipped_files(found.folder, found.skips, MOST_SKIPS if sys.stdout.isatty() else len(found.skips)),
        ]
    )


def model(found: ModelInfo) -> None:
    """What a model is and how it was made."""
    facts(_model(found))


def _model(found: ModelInfo) -> Facts:
    plan, header = found.header["plan"], found.header
    versions = ", ".join(f"{name} {number}" for name, number in header["versions"].items())
    return [
        ("model", f"{found.model_id}, made {header['made']}, {megabytes(found.bytes)}"),
        ("", f"recipe {plan['recipe']}, effort {plan['effort']}, {plan['epochs']} epochs, seed {plan['seed']}"),
        ("", f"backbone {plan['backbone']}, weights {header['encoder']['weights']}"),
        ("", f"trained on {header['trained_on']['works']:,} works; {versions}"),
        *verdict_lines(found.verdict),
    ]
