"""Small pictures in the terminal, where standard output is one that can show them; never in a pipe."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artbyol.report.terminal import Protocol
    from artbyol.search.results import Neighbours

NARROWEST = 60
"""Columns of a terminal below which there are no pictures: a table hardly fits."""

MOST_ROWS = 2
"""Rows of pictures, and only one where two would take more than half of the screen: the sheet and the page show all."""

_ACROSS, _GAP = 20, 2  # columns of a picture, and between pictures; a character is about twice as high as wide


def protocol_of(environment: Mapping[str, str], wanted: bool | None = None) -> Protocol | None:
    """How the terminal that this environment describes shows pictures; None: not at all, or colours are not wanted
    (no-color.org, which leaves the last word to options: `wanted`).

    Inside tmux or screen only half blocks come through: they pass pictures on only where they are set up to.
    """
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if term in ("", "dumb") or wanted is False or (environment.get("NO_COLOR") and not wanted):
        return None
    inside = "TMUX" in environment or "STY" in environment or term.startswith(("screen", "tmux"))
    if not inside:
        if "KITTY_WINDOW_ID" in environment or term in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
            return "kitty"
        if program in ("iTerm.app", "WezTerm", "mintty") or environment.get("LC_TERMINAL") == "iTerm2":
            return "iterm"
    return "blocks" if wanted or environment.get("COLORTERM", "").lower() in ("truecolor", "24bit") else None


def show_thumbnails(found: Neighbours, wanted: bool | None = None) -> None:
    """The query and what is closest to it, small, beside each other, with their ranks below."""
    protocol = protocol_of(os.environ, wanted)
    width, height = shutil.get_terminal_size()
    readable = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    wide = width >= NARROWEST or wanted
    if protocol is None or not readable or not wide or not sys.stdout.isatty() or not found.neighbours:
        return
    from artbyol.report.terminal import picture_rows

    folder = os.fsencode(found.folder)
    pictures = [(found.queries[0], "query")] if found.queries else []
    pictures += [(os.path.join(folder, one.path), str(one.rank)) for one in found.neighbours]
    abreast = max(1, (width + _GAP) // (_ACROSS + _GAP))
    rows = min(MOST_ROWS, max(1, height // _ACROSS))  # each is half as high as it is wide
    for row in picture_rows(pictures[: rows * abreast], protocol, abreast=abreast, across=_ACROSS, gap=_GAP):
        sys.stdout.write(row)
    sys.stdout.flush()
