"""How damage to the rows of a catalogue is noticed: a checksum after every vector, and rules for the other rows.

SQLite has no checksums of its own: numbers that a disk changed are numbers to it.
"""

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

_FILE = (
    "typeof(path) != 'blob' OR length(path) = 0 OR typeof(size) != 'integer' OR typeof(mtime_ns) != 'integer'"
    " OR typeof(hash) NOT IN ('blob', 'null') OR typeof(skip_code) NOT IN ('text', 'null')"
    " OR typeof(skip_reason) NOT IN ('text', 'null')"
)
_CONTENT = (
    "typeof(hash) != 'blob' OR length(hash) != 16 OR typeof(width) != 'integer' OR typeof(height) != 'integer'"
    " OR width < 1 OR height < 1 OR typeof(fingerprint) != 'blob' OR length(fingerprint) = 0"
    " OR {checksum} IS NOT NULL AND {checksum} IS NOT content_checksum(hash, width, height, fingerprint)"
)
_MODEL = "typeof(model_id) != 'text' OR typeof(dimensions) != 'integer' OR dimensions < 1"
_OF_NOTHING = "content_id NOT IN (SELECT id FROM contents) OR model NOT IN (SELECT id FROM models)"
_SHOWS = "content_id IS NOT NULL AND hash IS NOT (SELECT hash FROM contents WHERE contents.id = content_id)"

WRONG = (
    ("files with an impossible name, size or time", "files", _FILE),
    ("contents with an impossible size, hash or fingerprint", "contents", _CONTENT),
    ("models with an impossible name or length", "models", _MODEL),
    ("vectors of no content, or of no model", "vectors", _OF_NOTHING),
    ("files that show another content than they say", "files", _SHOWS),
)
"""Which rows are damaged: in words, the table, and the condition, in which `{checksum}` stands for the column, or NULL
where there is none yet. In this order they can be removed."""


def content_checksum(hash: Any, width: Any, height: Any, fingerprint: Any) -> int:
    """CRC-32 of what is kept of a content. SQLite calls it, also with values of other types."""
    try:
        return zlib.crc32(fingerprint, zlib.crc32(b"%b %d %d" % (hash, width, height)))
    except TypeError:
        return -1


def checksum(vector: bytes, content: int, model: int) -> int:
    """CRC-32 of a vector, begun with whose it is: numbers of another work do not pass."""
    return zlib.crc32(vector, content + (model << 24))


def unsound(rows: Sequence[tuple[int, Any, Any]], model: int, dimensions: int) -> list[int]:
    """Of rows of (content, vector, checksum) of one model, the contents whose vector is damaged."""
    whose, length = model << 24, 4 * dimensions
    try:  # in one line, and the few that fail again: there may be millions
        unsure = [row for row in rows if zlib.crc32(row[1], row[0] + whose) != row[2] or len(row[1]) != length]
    except TypeError:  # something that is no bytes, or no number
        unsure = list(rows)
    return [row[0] for row in unsure if not _passes(*row, model, length)]


def _passes(content: Any, vector: Any, kept: Any, model: int, length: int) -> bool:
    if not isinstance(content, int) or not isinstance(vector, bytes) or len(vector) != length:
        return False
    if kept is None:  # from before there were checksums
        return bool(np.isfinite(np.frombuffer(vector, "<f4")).all())
    return bool(checksum(vector, content, model) == kept)
