"""The rows of a catalogue. What there is one of for every file is a named tuple: a frozen dataclass takes four times as
long to make, which is most of what reading a catalogue of 100,000 files takes."""

from dataclasses import dataclass
from typing import NamedTuple


class Work(NamedTuple):
    """One usable file: the id and hash of its content, its path, and its size in pixels."""

    id: int
    path: bytes
    hash: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Skip:
    """One file that cannot be used, and why."""

    path: bytes
    code: str
    reason: str


class FileRecord(NamedTuple):
    """What is known of one file. `skip_code` None: usable; `Skip` says more."""

    path: bytes
    size: int
    mtime_ns: int
    hash: bytes | None
    skip_code: str | None


class StoredFile(NamedTuple):
    """All that is known of one file: either usable, and then it shows `content`, or with the reason why not."""

    path: bytes
    size: int
    mtime_ns: int
    hash: bytes | None
    content: int | None
    skip_code: str | None
    skip_reason: str | None
    judged_by: str | None


@dataclass(frozen=True)
class Counts:
    """files = ok + skipped; `contents`: different contents in use; `vectors`: of those, how many each model has."""

    files: int
    ok: int
    skipped: dict[str, int]
    contents: int
    vectors: dict[str, int]
