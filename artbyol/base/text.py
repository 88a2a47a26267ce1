"""File names as text: safe to look at, or complete; a name that is not valid UTF-8 cannot be both. And text files."""

import codecs
import html
import os
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from artbyol.base.errors import UsageError

MARK: Final = codecs.BOM_UTF8

# Control characters (an escape sequence in a file name could repaint the terminal), line separators, the controls
# that turn the direction of text, and the surrogates that stand for undecodable bytes. Joiners stay: emoji need them.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MARKDOWN = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])")
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


MARKS: Final = (
    *((MARK, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
    *((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
)
"""What files of text may begin with, and the encoding that it stands for."""


def display_path(path: bytes) -> str:
    r"""The path as one safe line for a terminal: controls and undecodable bytes appear as `\n`, `\x1b`, `\xff`."""
    return display_text(path.decode("utf-8", "surrogateescape"))


def display_text(text: str) -> str:
    """Any text, as the name of a group, as one safe line."""
    return _UNPRINTABLE.sub(_escaped, text)


def display_file(path: Path) -> str:
    """The same for a path that is no bytes."""
    return display_path(os.fsencode(path))


def display_name(path: bytes) -> str:
    """A file's own name without folder and ending, as one safe line: what stands under its picture."""
    return display_path(os.path.splitext(os.path.basename(path))[0])


def told_apart(paths: Iterable[bytes]) -> dict[bytes, str]:
    """What stands under pictures that are shown together: `display_name`; of those that share it the ending, too, and
    as many folders as tell them apart."""
    names = {path: display_name(path) for path in paths}
    parts = {path: path.split(b"/") for path in names}
    for length in range(1, max(map(len, parts.values()), default=0) + 1):
        shared = Counter(names.values())
        alike = [path for path, name in names.items() if shared[name] > 1]
        if not alike:
            break
        names |= {path: display_path(b"/".join(parts[path][-length:])) for path in alike}
    return names


def from_here(folder: bytes, path: bytes = b"") -> bytes:
    """A folder, or what lies at a path in it, as one types it from where one stands."""
    inside, name = os.path.split(path)
    prefix = _prefix(folder, inside, os.getcwdb())
    return name if name and prefix == b"." else os.path.join(prefix, name) if name else prefix


@lru_cache(1024)
def _prefix(folder: bytes, inside: bytes, here: bytes) -> bytes:
    """The shortest of the ways to a folder in a folder: up and down again, also where a link leads to it, or from the
    root."""
    ways = [os.path.join(folder, inside)] if inside else [folder]
    with suppress(ValueError):  # another drive
        ways += [os.path.relpath(os.path.join(way, inside), here) for way in (folder, os.path.realpath(folder))]
    return min(ways, key=len)


def markdown_text(text: str) -> str:
    """Any text as one line of Markdown that shows it as it is, also in a table; it cannot become HTML or a link."""
    return _MARKDOWN.sub(r"\\\g<0>", html.escape(display_text(text), quote=False))


def text_path(path: bytes) -> str:
    """The path as a string that keeps every byte (surrogateescape) and goes back with `os.fsencode`.

    It survives `json.dumps`; write it to text files with errors="surrogateescape".
    """
    return os.fsdecode(path)


def read_text(path: Path, errors: str = "strict") -> str:
    """A file's text: UTF-8, or UTF-16 as spreadsheets and databases save it.

    Args:
        errors: what becomes of bytes that are no UTF-8 in a file that is marked as UTF-8.

    Raises:
        UsageError: it cannot be read, or is in an encoding that nothing tells.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    mark, encoding = next(((mark, how) for mark, how in MARKS if data.startswith(mark)), (b"", "utf-8"))
    if not mark and data[:4].count(0) == 2:  # ASCII in UTF-16: of each letter one of the two bytes is 0
        encoding = "utf-16-le" if data[1] == 0 else "utf-16-be"
    try:
        return data[len(mark) :].decode(encoding, errors if mark == MARK else "strict")
    except UnicodeDecodeError as error:
        at = len(mark) + error.start
        line = data.count(b"\n", 0, at) + 1
        raise UsageError(
            f"{path} is not {encoding.upper()} (byte {at + 1}, line {line}).",
            "save it anew as UTF-8; spreadsheets call it CSV UTF-8",
        ) from error


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    short = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return _SHORT_ESCAPES.get(character, short)
