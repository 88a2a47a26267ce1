"""What `export` and `tag` wrote, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from artbyol.base.text import display_path, display_text
from artbyol.cli.console import facts, remark, rows
from artbyol.cli.summaries import counted

if TYPE_CHECKING:
    from artbyol.metadata.xmp_edit import Tagged
    from artbyol.report.export.exporting import Exported


def exported(found: Exported) -> None:
    """Where it is, and what is in it."""
    known = f", {found.described:,} with metadata" if found.described else ""
    facts(
        [
            ("written", f"{found.target} ({found.format})"),
            ("works", f"{counted(found.works, 'different picture')} in {counted(found.groups, 'group')}{known}"),
            ("map", f"trustworthiness {found.trustworthiness:.3f} of 1"),
        ]
    )


def tagged(found: Tagged, remove: bool) -> None:
    """A table of the sidecars that changed, or would; and how to do it."""
    rows(
        [[one.action, display_path(one.sidecar), ", ".join(map(display_text, one.groups))] for one in found.changes],
        columns=("sidecar", "file", "group"),
    )
    done = "changed" if found.written else "to change"
    remark(f"{counted(len(found.changes), 'sidecar')} {done}, {found.unchanged:,} right as they are.")
    for left in found.left:
        remark(f"Left as it is: {display_path(left.sidecar)}: {left.reason}")
    if found.changes and not found.written:
        remark("Nothing was written." + ("" if remove else " --write writes; --remove takes it out again."))
