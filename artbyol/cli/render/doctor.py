"""What a check of the installation and of a store found."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from artbyol.base.text import display_text
from artbyol.cli.console import remark, rows
from artbyol.cli.render.text import counted

if TYPE_CHECKING:
    from artbyol.report.diagnosis import Diagnosis

_MARKS = {"sound": "ok", "noted": "note", "wrong": "WRONG", "unchecked": "-"}


def diagnosis(found: Diagnosis) -> None:
    """A table: a mark, what was looked at, what was found. Then what was mended, and what can be done."""
    rows(
        [[_MARKS[one.state], one.check, display_text(one.said)] for one in found.findings], ("state", "check", "found")
    )
    for sentence in found.mended:
        remark(f"Mended: {sentence}.")
    for one in found.findings:
        if one.mends:
            remark(f"{one.check}, with --fix: {one.mends}.")
        elif one.remedy:
            remark(f"{one.check}, try: {one.remedy}")
    states = Counter(one.state for one in found.findings)
    if found.sound:
        remark(f"Nothing is wrong; {counted(states['sound'], 'check')} of {len(found.findings)} found all sound.")
    else:
        remark(f"{counted(states['wrong'], 'check')} of {len(found.findings)} found something wrong.")
