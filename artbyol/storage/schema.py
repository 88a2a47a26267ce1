"""SQLite, opened safely: the right file, the right version, read-only media, and errors a user can read."""

import os
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote_from_bytes

from artbyol.base.errors import StoreBusyError, StoreError, StoreFormatError, StoreMissingError
from artbyol.storage.atomic import ELSEWHERE

APPLICATION_ID = 0x4172426C  # "ArBl", in the file's header
SCHEMA_VERSION = 2
_CHECKSUMS_SINCE = 2  # contents.checksum, vectors.checksum

_PAGE = 8192
"""Bytes. A row of a palette (1.4 KB) spills out of SQLite's usual pages of 4 KB, and takes one more of them; in these a
work with all axes takes 7.1 KB and not 11.6, one of the untrained encoder 16.2 and not 23.8 (pages of 16 KB: 6.8 and
25.1), and is read no more slowly. Simulated works, `tests.bench.pipeline`."""

_BUSY_TIMEOUT = 30.0  # seconds; writers take turns already (`store.writing`), readers never wait in WAL mode

# contents.id is AUTOINCREMENT, so an id that was pruned is never given to another content.
# vectors is clustered by content: reading all of them in order of content is one pass, and pruning finds its rows.
_AWAY = """CREATE TABLE IF NOT EXISTS away(
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    hash BLOB NOT NULL,
    content_id INTEGER NOT NULL REFERENCES contents(id) ON DELETE CASCADE
)"""
_SCHEMA = f"""
CREATE TABLE state(id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER NOT NULL, model_id TEXT);
CREATE TABLE contents(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    checksum INTEGER
);
CREATE TABLE files(
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    hash BLOB,
    content_id INTEGER REFERENCES contents(id),
    skip_code TEXT,
    skip_reason TEXT,
    judged_by TEXT,
    CHECK ((content_id IS NULL) = (skip_code IS NOT NULL))
);
CREATE INDEX files_of_content ON files(content_id);
CREATE TABLE models(id INTEGER PRIMARY KEY, model_id TEXT NOT NULL UNIQUE, dimensions INTEGER NOT NULL);
CREATE TABLE vectors(
    content_id INTEGER NOT NULL REFERENCES contents(id) ON DELETE CASCADE,
    model INTEGER NOT NULL REFERENCES models(id),
    vector BLOB NOT NULL,
    checksum INTEGER,
    PRIMARY KEY (content_id, model)
) WITHOUT ROWID;
{_AWAY};
INSERT INTO state VALUES (1, 0, NULL);
"""
_SINCE = (
    # So that vectors can be counted without being read.
    "CREATE INDEX IF NOT EXISTS vectors_of_model ON vectors(model)",
    _AWAY,
    "CREATE INDEX IF NOT EXISTS away_of_content ON away(content_id)",
)
"""What artbyols before this one did not make, and do not mind."""


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open the catalogue's database, making it if it may be written and is not there.

    Raises:
        StoreMissingError. StoreFormatError: newer, or not artbyol's. StoreBusyError. StoreError: damaged, not writable.
    """
    if read_only and not path.is_file():
        raise StoreMissingError(f"Nothing has been embedded yet: {path} does not exist.", _command("embed", path))
    # SQLite removes its log when the last who has a catalogue open closes it. Where one lies, somebody is at work now,
    # or was when the machine stopped.
    left_open = any(_holds_something(path.with_name(path.name + end)) for end in ("-wal", "-journal"))
    with translated(path):
        connection = _connect_for_reading(path) if read_only else _connect_for_writing(path)
        if left_open and (faults := faulty_pages(connection)):
            connection.close()
            raise damaged(path, faults[0])
        return connection


def faulty_pages(connection: sqlite3.Connection, *, thorough: bool = False) -> list[str]:
    """What SQLite finds wrong with the file's pages and rows; `thorough`: with its indexes, too. Reads all of it: 0.1 s
    for 100,000 works."""
    found = connection.execute(f"PRAGMA {'integrity' if thorough else 'quick'}_check(10)").fetchall()
    return [row[0] for row in found if row[0] != "ok"]


def _holds_something(path: Path) -> bool:
    with suppress(OSError):
        return path.stat().st_size > 0
    return False


def _connect_for_writing(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT, isolation_level=None)
    try:
        # Before anything is written: a file that is not ours stays as it is.
        empty = _is_empty(connection)
        version = SCHEMA_VERSION if empty else _checked_version(connection, path)
        if empty:
            connection.execute(f"PRAGMA page_size = {_PAGE}")
        # WAL: readers see the last commit while a writer works. NORMAL: a process killed at any moment loses nothing
        # that was committed; a power cut may lose the last commits but never the database's consistency. FULL would
        # buy those last commits, which a run recomputes, for one disk flush per commit. Where the medium has no
        # shared memory the pragma answers with another mode, which is as safe, only slower.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        if empty:
            _create(connection)
        for statement in _SINCE:
            connection.execute(statement)
        if version < SCHEMA_VERSION:
            _upgrade(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_for_reading(path: Path) -> sqlite3.Connection:
    try:
        connection = _open_uri(path, "mode=ro")
    except sqlite3.OperationalError as error:
        # On a read-only medium WAL cannot make its shared memory; immutable says that nobody can write anyway. It
        # ignores a log left by a killed writer, though, and without that the file may not even be consistent.
        if _code(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
        if _holds_something(path.with_name(path.name + "-wal")):
            hint = "copy the folder to a disk that can be written, and try again"
            raise StoreError(f"{path} was left half-written on a medium that cannot be written.", hint) from error
        connection = _open_uri(path, "mode=ro&immutable=1")
    try:
        if _is_empty(connection):  # a process was killed between making the file and filling it
            raise StoreMissingError(f"Nothing has been embedded yet: {path} is empty.", _command("embed", path))
        _checked_version(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _open_uri(path: Path, options: str) -> sqlite3.Connection:
    name = quote_from_bytes(os.fsencode(path.absolute().as_posix()))
    uri = f"file://{name if name.startswith('/') else '/' + name}?{options}"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the first access is what fails
    except BaseException:
        connection.close()
        raise
    return connection


def _is_empty(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) = 0 FROM sqlite_master").fetchone()[0])


def _create(connection: sqlite3.Connection) -> None:
    """In one transaction, so that a process killed here leaves an empty file, which the next one fills."""
    connection.execute("BEGIN IMMEDIATE")
    if _is_empty(connection):  # another process may have been quicker
        for statement in _SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _upgrade(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for table in ("contents", "vectors"):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def has_checksums(connection: sqlite3.Connection) -> bool:
    """Whether there is a column for them; one that an older artbyol made and only this one reads has none."""
    return bool(connection.execute("PRAGMA user_version").fetchone()[0] >= _CHECKSUMS_SINCE)


def _checked_version(connection: sqlite3.Connection, path: Path) -> int:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION_ID:
        raise StoreFormatError(f"{path} is a database, but not an artbyol catalogue.", ELSEWHERE)
    if version > SCHEMA_VERSION:
        raise StoreFormatError(
            f"{path} was made by a newer artbyol (catalogue version {version}, this one reads {SCHEMA_VERSION}).",
            "pip install --upgrade artbyol",
        )
    return int(version)


def damaged(path: Path, what: str) -> StoreError:
    """The error for a catalogue that cannot be read, or not be believed."""
    # Everything in a catalogue can be computed again from the folder and the model beside it.
    hint = _command("doctor", path) + " --fix"
    return StoreError(f"{path} is damaged ({what}); everything in it can be computed again.", hint)


def _command(verb: str, path: Path) -> str:
    """A command for this catalogue's collection; a store outside its folder cannot say which folder that is."""
    folder = shlex.quote(str(path.parent.parent)) if path.parent.name == ".artbyol" else "FOLDER"
    return f"artbyol {verb} {folder}"


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into artbyol's."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translate(error, path) from error


def _code(error: sqlite3.Error) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF  # the extended code's low byte is the primary one


def _translate(error: sqlite3.Error, path: Path) -> StoreError:
    if isinstance(error, sqlite3.ProgrammingError):  # it is closed, or another thread's: the file is as it was
        hint = "ask while it is open, in the thread that opened it"
        return StoreError(f"{path} cannot be used like this: {str(error).rstrip('.')}.", hint)
    code = _code(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusyError(f"{path} is in use by another process.", "try again when it has finished")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(f"{path} cannot be opened for this: {error}.", ELSEWHERE)
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return StoreError(f"{path} cannot be written or read: {error}.", "is the disk full, or gone?")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, None):
        return damaged(path, str(error))
    return StoreError(f"{path}: {error}.")
