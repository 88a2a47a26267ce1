"""What the owner of a collection says of it on the About page of a gallery: a text file beside the pictures."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from artbyol.base.text import display_text, read_text

ABOUT: Final = "about.txt"
"""The file, in the collection's folder."""

_LINE = re.compile(r"(credit|licen[cs]e)\s*:\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class OwnerText:
    """Attributes:
    paragraphs: of the text, one line each.
    credit, licence: lines that begin with "Credit:" and "Licence:" (or "License:"), without that; "": there is none.
    """

    paragraphs: tuple[str, ...] = ()
    credit: str = ""
    licence: str = ""


def owner_text(folder: Path, named: Path | None = None) -> OwnerText:
    """What a file says, if one is named; otherwise `ABOUT` in the folder, where there is one.

    Raises:
        UsageError: it cannot be read, or is in an encoding that nothing tells.
    """
    path = folder / ABOUT if named is None else named
    if named is None and not path.is_file():
        return OwnerText()
    said: dict[str, str] = {}
    lines = []
    for line in map(str.strip, read_text(path, "replace").splitlines()):
        if found := _LINE.fullmatch(line):
            said.setdefault(found[1][0].lower(), display_text(found[2].strip()))
        else:
            lines.append(line)
    paragraphs = (" ".join(part.split()) for part in "\n".join(lines).split("\n\n"))
    return OwnerText(tuple(display_text(one) for one in paragraphs if one), said.get("c", ""), said.get("l", ""))
