"""Which files of a folder its owner wants left out: patterns as in a .gitignore."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from artbyol.base.errors import UsageError
from artbyol.base.text import display_file, read_text

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_NAME = ".artbyolignore"
"""A file of this name says of its folder, and of all below, what is no work. Patterns are those of gitignore(5)."""


class Ignored:
    """What is left out of a folder. A pattern counts for paths below the file it stands in; the deepest file that says
    anything of a path decides, and in it the last pattern that fits.

    Args:
        root: the folder. given: patterns that count before those in any file.
    """

    def __init__(self, root: bytes, given: Iterable[str] = ()) -> None:
        self.root = root
        self.given = patterns(given, "--exclude")
        self.below: dict[bytes, GitIgnoreSpec] = {}

    def __bool__(self) -> bool:
        """Whether there is any pattern."""
        return bool(self.given.patterns or self.below)

    def read(self, prefix: bytes) -> None:
        """Heed the file in a folder ("" or ending with "/"). Raises UsageError: it cannot be read."""
        file = Path(os.fsdecode(os.path.join(self.root, prefix + os.fsencode(IGNORE_NAME))))
        self.below[prefix] = patterns(read_text(file).splitlines(), display_file(file))

    def leaves_out(self, path: bytes, *, folder: bool) -> bool:
        """Whether a path in the folder is left out; of a folder everything in it is."""
        inside = path + b"/" if folder else path
        above = [path[: at + 1] for at in range(len(path) - 1, -1, -1) if path[at : at + 1] == b"/"]
        specs = [(b"", self.given), *((prefix, self.below[prefix]) for prefix in [*above, b""] if prefix in self.below)]
        said = (spec.check_file(os.fsdecode(inside[len(prefix) :])).include for prefix, spec in specs)
        return bool(next((one for one in said if one is not None), False))


def patterns(lines: Iterable[str], source: str) -> GitIgnoreSpec:
    """Patterns as they are matched. Raises UsageError: one of them is none."""
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except (ValueError, re.error) as error:
        raise UsageError(f"{source}: {str(error).rstrip('.')}.", "patterns are written as in a .gitignore") from error
