"""File names as text: safe to look at, or complete; a name that is not valid UTF-8 cannot be both."""

from __future__ import annotations

import os
import re
from pathlib import Path

# Control characters (an escape sequence in a file name could repaint the terminal), line separators, the controls
# that turn the direction of text, and the surrogates that stand for undecodable bytes. Joiners stay: emoji need them.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def display_path(path: bytes) -> str:
    r"""The path as one safe line for a terminal: controls and undecodable bytes appear as `\n`, `\x1b`, `\xff`."""
    return _UNPRINTABLE.sub(_escaped, path.decode("utf-8", "surrogateescape"))


def display_text(text: str) -> str:
    """Any text, as the name of a group, as one safe line."""
    return display_path(text.encode("utf-8", "surrogateescape"))


def display_file(path: Path) -> str:
    """The same for a path that is no bytes."""
    return display_path(os.fsencode(path))


def display_name(path: bytes) -> str:
    """A file's own name without folder and ending, as one safe line: what stands under its picture."""
    return display_path(os.path.splitext(os.path.basename(path))[0])


def text_path(path: bytes) -> str:
    """The path as a string that keeps every byte (surrogateescape) and goes back with `os.fsencode`.

    It survives `json.dumps`; write it to text files with errors="surrogateescape".
    """
    return os.fsdecode(path)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    short = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return _SHORT_ESCAPES.get(character, short)
