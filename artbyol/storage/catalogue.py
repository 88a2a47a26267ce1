"""The catalogue: every file of a collection, its state, and the vectors of what it shows. SQLite, and the truth.

Besides the vectors of the model there are those of the measured axes, each under an id of its own.

Vectors hang on *content* (a 16-byte hash), not on paths: a renamed or copied file keeps its vector, and two copies
share one. Paths are bytes relative to the folder with `/` between the parts, because file names need not be UTF-8.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from artbyol.base.errors import ArtbyolError, ModelError, StoreError
from artbyol.base.large_arrays import let_go, room
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.pictures.near_duplicates import LENGTH, SPECTRUM
from artbyol.pictures.skips import TRANSIENT_CODES
from artbyol.storage.row_checks import WRONG, checksum, content_checksum, unsound
from artbyol.storage.rows import Counts, FileRecord, Skip, StoredFile, Work
from artbyol.storage.schema import connect, damaged, faulty_pages, has_checksums, translated

_TOGETHER = 4096  # rows that are read at a time
_IN_USE = "EXISTS (SELECT 1 FROM files WHERE files.content_id = {})"


class Catalogue:
    """One collection's catalogue; a context manager. Every method may raise StoreError. One thread, one Catalogue.

    Each writing method is one transaction; `with catalogue.batch():` makes one of many calls.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._in_batch = False
        self._changed = False
        with translated(path):
            connection.create_function("content_checksum", 4, content_checksum, deterministic=True)
            self._checksum = "checksum" if has_checksums(connection) else "NULL"
            self._vector = f"content_id, vector, {self._checksum}"

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Catalogue:
        """Open the catalogue, making it unless `read_only`.

        Raises:
            StoreMissingError: `read_only` and not there. StoreFormatError: a newer artbyol's, or not a catalogue.
            StoreError: damaged or not writable.
        """
        return cls(connect(path, read_only=read_only), path)

    def close(self) -> None:
        with translated(self._path):
            self._connection.close()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def question(self) -> Iterator[None]:
        """All that is read within is of one moment, whoever writes meanwhile; questions within are part of the first.

        Raises:
            StoreError: see `explained`.
        """
        # Without a write-ahead log, as on some network drives, who reads for long would keep others from writing.
        alone = self._rows("PRAGMA journal_mode")[0][0] == "wal" and not self._connection.in_transaction
        if alone:
            self._run("BEGIN")
        try:
            with self.explained():
                yield
        finally:
            if alone and self._connection.in_transaction:
                self._run("COMMIT")

    def seen_anew(self) -> None:
        """Within a question: read from here on what is there now."""
        if self._connection.in_transaction:
            self._run("COMMIT")
            self._run("BEGIN")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """An error that only damage to the catalogue explains, or a change while it was read, is said to be that.

        Raises:
            StoreError: instead of any other error within but artbyol's own.
        """
        generation = self.generation
        try:
            yield
        except ArtbyolError:
            raise
        except Exception as error:
            if faults := self.check():
                raise damaged(self._path, "; ".join(faults)) from error
            if self.generation != generation and not self._in_batch:
                message = f"{self._path} was changed by another process while it was read."
                raise StoreError(message, "Run the same command again.") from error
            raise

    @property
    def generation(self) -> int:
        """Grows, in the same transaction, with every change to the contents in use or to the vectors."""
        return self._state()[0]

    @property
    def model_id(self) -> str | None:
        """The model whose vectors the catalogue holds, None before the first."""
        return self._state()[1]

    def _state(self) -> tuple[int, str | None]:
        rows = self._rows("SELECT generation, model_id FROM state")
        match rows:
            case [(int(generation), str() | None as model_id)]:
                return generation, model_id
        raise damaged(self._path, "it does not say whose vectors it holds")

    def set_model(self, model_id: str | None) -> None:
        with self.batch():
            self._changed |= self._run("UPDATE state SET model_id = ?1 WHERE model_id IS NOT ?1", model_id) > 0

    @contextmanager
    def batch(self) -> Iterator[None]:
        """One transaction around several calls: all of them, or after an error or a kill none of them."""
        if self._in_batch:
            yield
            return
        with translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            self._in_batch, self._changed = True, False
            try:
                yield
                if self._changed:
                    # The clock (µs) and not only +1: a catalogue that was deleted and made anew, or restored from a
                    # backup, must not arrive at a generation that an old index file carries.
                    now = time.time_ns() // 1000
                    self._connection.execute("UPDATE state SET generation = max(generation + 1, ?)", (now,))
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._in_batch = False

    def record_ok(
        self, path: bytes, size: int, mtime_ns: int, hash: bytes, width: int, height: int, fingerprint: bytes
    ) -> None:
        """A usable file, new or changed. `fingerprint`: see `artbyol.pictures.near_duplicates`."""
        with self.batch():
            self._run(
                "INSERT INTO contents(hash, width, height, fingerprint, checksum)"
                " VALUES (?1, ?2, ?3, ?4, content_checksum(?1, ?2, ?3, ?4)) ON CONFLICT(hash) DO UPDATE SET"
                " width = excluded.width, height = excluded.height, fingerprint = excluded.fingerprint,"
                " checksum = excluded.checksum",
                *(hash, width, height, bytes(fingerprint)),
            )
            content = self._rows("SELECT id FROM contents WHERE hash = ?", hash)[0][0]
            self._put_file(path, size, mtime_ns, hash, content, None, None, None)
            self._run("DELETE FROM away WHERE path = ?", path)

    def record_skip(
        self, path: bytes, size: int, mtime_ns: int, hash: bytes | None, code: str, reason: str, judged_by: str
    ) -> None:
        """A file that cannot be used; what it showed before, if anything, is no longer its content, but kept where the
        reason lies around the file."""
        with self.batch():
            if code in TRANSIENT_CODES and code != "changed":
                self._run(f"INSERT OR REPLACE INTO away {_USABLE}", path)
            self._put_file(path, size, mtime_ns, hash, None, code, reason, judged_by)

    def _put_file(
        self, path: bytes, size: int, mtime_ns: int, hash: bytes | None, content: int | None, *skip: Any
    ) -> None:
        before = self._rows("SELECT content_id FROM files WHERE path = ?", path)
        self._changed |= (before[0][0] if before else None) != content
        row = (path, size, mtime_ns, hash, content, *skip)
        self._run("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *row)

    def forget(self, paths: Iterable[bytes]) -> None:
        """These files are none of the collection's any more. Their contents stay until `prune`."""
        with self.batch():
            for path in paths:
                self._changed |= bool(self._rows(_WORKS + " WHERE path = ?", path))
                self._run("DELETE FROM files WHERE path = ?", path)

    def set_aside(self, paths: Iterable[bytes]) -> None:
        """These files are not there now. What is known of them is kept until they are back, or `forget_away`; not of
        files whose content lies elsewhere in the collection: they were renamed, or a copy is left."""
        with self.batch():
            for path in paths:
                self._run(f"INSERT OR REPLACE INTO away {_USABLE}", path)
            self.forget(paths)
            self._run(f"DELETE FROM away WHERE {_IN_USE.format('away.content_id')}")

    def bring_back(self, stamps: Iterable[tuple[bytes, int, int]]) -> int:
        """Those of these files are back that were set aside and are as they were; how many."""
        away = set(self._rows("SELECT path, size, mtime_ns FROM away"))
        back = [stamp[0] for stamp in stamps if stamp in away] if away else []
        with self.batch():
            for path in back:
                self._run(
                    "INSERT OR REPLACE INTO files SELECT path, size, mtime_ns, hash, content_id, NULL, NULL, NULL"
                    " FROM away WHERE path = ?",
                    path,
                )
                self._run("DELETE FROM away WHERE path = ?", path)
            self._changed |= bool(back)
        return len(back)

    def away(self) -> dict[bytes, FileRecord]:
        """The files that were set aside, by path."""
        if not self._rows("SELECT 1 FROM sqlite_master WHERE name = 'away'"):  # nobody but an older artbyol wrote it
            return {}
        return {row[0]: FileRecord(*row) for row in self._rows("SELECT path, size, mtime_ns, hash, NULL FROM away")}

    def forget_away(self) -> None:
        """They are not waited for any more; their contents go with the next `prune`."""
        self._run("DELETE FROM away")

    def put_vectors(self, model_id: str, hashes: Sequence[bytes], vectors: ArrayLike) -> None:
        """Store the vectors of these contents, replacing older ones of the same model. Unknown hashes are passed over.

        Args:
            vectors: float32 (n, d), one row per hash.

        Raises:
            ModelError: not finite, or not of the length the model's other vectors have.
        """
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        if rows.ndim != 2 or len(rows) != len(hashes):
            raise ModelError(f"There are {len(hashes)} works, but vectors of shape {rows.shape}.")
        if not np.isfinite(rows).all():
            raise ModelError("The model made vectors that are not finite numbers.")
        if model_id not in MEASURED_IDS and not rows.any(axis=1).all():
            raise ModelError("The model made vectors of length 0, which point nowhere.")
        with self.batch():
            self._run("INSERT OR IGNORE INTO models(model_id, dimensions) VALUES (?, ?)", model_id, rows.shape[1])
            model, dimensions = self._rows("SELECT id, dimensions FROM models WHERE model_id = ?", model_id)[0]
            if dimensions != rows.shape[1]:
                raise ModelError(f"These vectors have {rows.shape[1]} numbers, but this model's have {dimensions}.")
            ids = self.ids_of(hashes)
            self._connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)",
                (
                    (ids[hash], model, row.tobytes(), checksum(row.tobytes(), ids[hash], model))
                    for row, hash in zip(rows, hashes, strict=True)
                    if hash in ids
                ),
            )
            self._changed |= len(hashes) > 0

    def vectors(self, model_id: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Contents in use that have a vector of this model: ids (n,), ascending, and vectors (n, d), which lie on the
        disk where they are many (`artbyol.base.large_arrays`)."""
        model = self._rows("SELECT id, dimensions FROM models WHERE model_id = ?", model_id)
        if not model:
            return np.empty(0, np.int64), np.empty((0, 0), np.float32)
        number, dimensions = model[0]
        ids = self.vector_ids(model_id)
        values = room((len(ids), dimensions))
        query = f"SELECT {self._vector} FROM vectors WHERE model = ?{self._in_use()} ORDER BY content_id"
        done = 0
        for rows in self._some_rows(query, number):
            values[done : done + len(rows)] = self._numbers(rows, number, dimensions)
            done += len(rows)
            let_go(values)
        return ids, values

    def _numbers(self, rows: Sequence[Any], model: int, dimensions: int) -> NDArray[np.float32]:
        """The vectors (n, d) in rows of (content, vector, checksum). Raises StoreError: some are damaged."""
        if bad := unsound(rows, model, dimensions):
            raise damaged(self._path, f"the vectors of {len(bad):,} works or more are not as they were written")
        data = b"".join([row[1] for row in rows])
        return np.frombuffer(data, "<f4").reshape(len(rows), dimensions).astype(np.float32)

    def vector_ids(self, model_id: str) -> NDArray[np.int64]:
        """The ids (n,), ascending, of the contents in use that have a vector of this model."""
        query = (
            "SELECT content_id FROM vectors WHERE model = (SELECT id FROM models WHERE model_id = ?)"
            + self._in_use()
            + " ORDER BY content_id"
        )
        rows = (row for some in self._some_rows(query, model_id) for (row,) in some)
        return np.fromiter(rows, np.int64)

    def _in_use(self) -> str:
        """A condition on vectors that leaves out those of contents which no file shows; none where there are none,
        which is quickly found out and nearly always so."""
        contents, shown = self._rows("SELECT (SELECT count(*) FROM contents), count(DISTINCT content_id) FROM files")[0]
        return f" AND {_IN_USE.format('vectors.content_id')}" if contents > shown else ""

    def vector_of(self, hash: bytes, model_id: str) -> NDArray[np.float32] | None:
        """The vector (d,) of one content, or None."""
        ids = list(self.ids_of([hash]).values())
        found = self.known_vectors(ids, model_id)
        return found[ids[0]] if found else None

    def vectors_of(self, ids: Sequence[int], model_id: str) -> NDArray[np.float32]:
        """The vectors (n, d) of these contents, in their order. Raises StoreError for one that has none."""
        known = self.known_vectors(ids, model_id)
        try:
            return np.stack([known[number] for number in ids])
        except KeyError as error:
            raise StoreError(f"{self._path} has no vector of {model_id} for content {error}.") from error

    def known_vectors(self, ids: Collection[int], model_id: str) -> dict[int, NDArray[np.float32]]:
        """The vectors (d,) of those of these contents that have one."""
        model = self._rows("SELECT id, dimensions FROM models WHERE model_id = ?", model_id)
        query = f"SELECT {self._vector} FROM vectors WHERE model = ? AND content_id IN (SELECT value FROM json_each(?))"
        rows = self._rows(query, model[0][0], _as_json(ids)) if model else []
        return dict(zip([row[0] for row in rows], self._numbers(rows, *model[0]), strict=True)) if rows else {}

    def missing(self, model_id: str) -> list[tuple[bytes, bytes]]:
        """Contents in use without a vector of this model: (hash, the first path that shows it), in order of path."""
        return self._rows(
            "SELECT hash, min(path) FROM files WHERE content_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM vectors"
            " JOIN models ON models.id = model WHERE vectors.content_id = files.content_id AND model_id = ?)"
            " GROUP BY content_id ORDER BY min(path)",
            model_id,
        )

    def files(self) -> dict[bytes, FileRecord]:
        """Every file known, by path."""
        rows = self._rows(_FILES)
        return {row[0]: FileRecord(*row) for row in rows}

    def all_of_files(self) -> Iterator[list[StoredFile]]:
        """Everything known of every file, some at a time; files that show one content together."""
        for rows in self._some_rows("SELECT * FROM files ORDER BY content_id"):
            yield [StoredFile(*row) for row in rows]

    def stamps(self, judged_by: str | None = None, unless: Sequence[str] = ()) -> set[tuple[bytes, int, int]]:
        """(path, size, mtime_ns) of every file known.

        Args:
            judged_by: leave out files that could not be used, if another decoder said so, or for one of the reasons in
                `unless`.
        """
        query, values = "SELECT path, size, mtime_ns FROM files", []
        if judged_by is not None:
            query += " WHERE skip_code IS NULL OR (judged_by = ? AND skip_code NOT IN (SELECT value FROM json_each(?)))"
            values = [judged_by, json.dumps(list(unless))]
        return set(self._rows(query, *values))

    def paths(self) -> list[bytes]:
        """The path of every file known."""
        return [row[0] for row in self._rows("SELECT path FROM files")]

    def file_count(self) -> int:
        """How many files are known."""
        return int(self._rows("SELECT count(*) FROM files")[0][0])

    def works(self) -> list[Work]:
        """Every usable file, in order of path; copies are works of the same id."""
        return [Work(*row) for row in self._rows(_WORKS + " ORDER BY path")]

    def content_of(self, hash: bytes) -> tuple[int, int, bytes] | None:
        """Width, height and fingerprint of a content, whether or not a file shows it now; None for one not known."""
        rows = self._whole_contents("width, height, fingerprint", "hash = ?", hash)
        return rows[0] if rows else None

    def contents_of(self, ids: Iterable[int]) -> dict[int, tuple[int, int, bytes]]:
        """Width, height and fingerprint of these contents, by id. Raises StoreError: some of it is damaged."""
        some = "id IN (SELECT value FROM json_each(?))"
        return {row[0]: row[1:] for row in self._whole_contents("id, width, height, fingerprint", some, _as_json(ids))}

    def _whole_contents(self, columns: str, where: str, *values: Any) -> list[Any]:
        """What is kept of contents. Raises StoreError: some of it is damaged."""
        whole = f"coalesce({self._checksum} = content_checksum(hash, width, height, fingerprint), 1)"
        rows = self._rows(f"SELECT {whole}, {columns} FROM contents WHERE {where}", *values)
        if bad := sum(not row[0] for row in rows):
            raise damaged(self._path, f"what is kept of {bad:,} works or more is not as it was written")
        return [row[1:] for row in rows]

    def file(self, path: bytes) -> FileRecord | None:
        """What is known of one file, or None."""
        rows = self._rows(_FILES + " WHERE path = ?", path)
        return FileRecord(*rows[0]) if rows else None

    def hashes(self) -> list[bytes]:
        """Of all contents, also of those that no file shows now."""
        return [row[0] for row in self._rows("SELECT hash FROM contents")]

    def ids_of(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """The ids of contents by hash; unknown hashes are left out."""
        found: dict[bytes, int] = {}
        for digest in hashes:
            rows = self._rows("SELECT id FROM contents WHERE hash = ?", digest)
            found.update((digest, row[0]) for row in rows)
        return found

    def paths_of(self, content_ids: Iterable[int]) -> dict[int, list[bytes]]:
        """The paths that show each content, sorted; contents that no file shows are left out."""
        found: dict[int, list[bytes]] = {}
        query = "SELECT content_id, path FROM files WHERE content_id IN (SELECT value FROM json_each(?)) ORDER BY path"
        for content, path in self._rows(query, _as_json(content_ids)):
            found.setdefault(content, []).append(path)
        return found

    def skips(self) -> list[Skip]:
        """Every file that cannot be used, in order of path."""
        query = "SELECT path, skip_code, skip_reason FROM files WHERE skip_code IS NOT NULL ORDER BY path"
        return [Skip(*row) for row in self._rows(query)]

    def counts(self) -> Counts:
        skipped = dict(self._rows("SELECT skip_code, count(*) FROM files WHERE skip_code IS NOT NULL GROUP BY 1"))
        ok, contents = self._rows("SELECT count(content_id), count(DISTINCT content_id) FROM files")[0]
        vectors = dict(self._rows("SELECT models.model_id, count(*) FROM vectors JOIN models ON id = model GROUP BY 1"))
        if self._in_use():
            for model_id, unused in self._rows(
                "SELECT models.model_id, count(*) FROM contents JOIN vectors ON content_id = contents.id"
                f" JOIN models ON models.id = model WHERE NOT {_IN_USE.format('contents.id')} GROUP BY 1"
            ):
                vectors[model_id] -= unused
        return Counts(ok + sum(skipped.values()), ok, skipped, contents, vectors)

    def fingerprints(self, ids: Iterable[int]) -> NDArray[np.uint8]:
        """The fingerprints (n, LENGTH) of these contents, in their order; of what an older artbyol catalogued all but
        its beginning is zeros. Raises StoreError for an unknown id."""
        return self._of_contents("fingerprint", LENGTH, ids)

    def spectra(self, ids: Iterable[int]) -> NDArray[np.uint8]:
        """The same of the short part of them that tells which are worth comparing."""
        length = SPECTRUM.stop - SPECTRUM.start
        return self._of_contents(f"substr(fingerprint, {SPECTRUM.start + 1}, {length})", length, ids)

    def _of_contents(self, part: str, length: int, ids: Iterable[int]) -> NDArray[np.uint8]:
        wanted = [int(number) for number in ids]
        some = "id IN (SELECT value FROM json_each(?))"
        found = self._whole_contents(f"id, {part}", some, _as_json(wanted))
        known = {number: data.ljust(length, b"\0")[:length] for number, data in found}
        try:
            rows = [known[number] for number in wanted]
        except KeyError as error:
            raise StoreError(f"{self._path} knows no content {error}.") from error
        return np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), length)

    def without_fingerprint(self) -> set[bytes]:
        """Hashes of the contents in use whose fingerprint is of an older artbyol, and cannot be compared."""
        condition = f"length(fingerprint) != ? AND {_IN_USE.format('contents.id')}"
        return {row[0] for row in self._rows(f"SELECT hash FROM contents WHERE {condition}", LENGTH)}

    def prune(self) -> int:
        """Remove contents that no file shows any longer, nor one that is away; the vectors of all models but
        `model_id`; and what an older artbyol measured.

        Returns:
            How many contents were removed.
        """
        with self.batch():
            others = (
                "SELECT id FROM models WHERE model_id IS NOT (SELECT model_id FROM state)"
                " AND model_id NOT IN (SELECT value FROM json_each(?))"
            )
            kept = json.dumps(MEASURED_IDS)
            self._changed |= self._run(f"DELETE FROM vectors WHERE model IN ({others})", kept) > 0
            self._run(f"DELETE FROM models WHERE id IN ({others})", kept)
            unused = f"NOT {_IN_USE.format('contents.id')} AND id NOT IN (SELECT content_id FROM away)"
            removed = self._run(f"DELETE FROM contents WHERE {unused}")
            self._changed |= removed > 0
        return removed

    def check(self) -> list[str]:
        """What is wrong with the catalogue, a few words each: pages, rows, vectors; nothing where all is sound. Reads
        all of it."""
        try:
            faults = faulty_pages(self._connection, thorough=True)
            for what, table, wrong in WRONG:
                where = wrong.format(checksum=self._checksum)
                if count := self._rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]:
                    faults.append(f"{what}: {count:,}")
            self._state()
            if count := len(self._unsound_vectors()):
                faults.append(f"vectors that are not as they were written: {count:,}")
        except (StoreError, sqlite3.Error) as error:  # the pages are past reading
            return [str(error)]
        return faults

    def unchecked(self) -> int:
        """How many vectors were kept by an artbyol that wrote no checksums; `mend` gives them some."""
        return int(self._rows(f"SELECT count(*) FROM vectors WHERE {self._checksum} IS NULL")[0][0])

    def mend(self) -> int:
        """Remove the rows and vectors that are damaged, so that the next embedding makes them again.

        Returns:
            How many were removed.
        """
        with self.batch():
            self._run("REINDEX")
            if self._rows("SELECT count(*) FROM state WHERE typeof(generation) = 'integer'")[0][0] != 1:
                self._run("DELETE FROM state")
                self._run("INSERT INTO state VALUES (1, 0, NULL)")
            self._run("UPDATE state SET model_id = NULL WHERE typeof(model_id) != 'text'")
            self._run("PRAGMA defer_foreign_keys = ON")  # contents go before the files that show them
            wrong = [(table, where.format(checksum="checksum")) for _, table, where in WRONG]
            removed = sum(self._run(f"DELETE FROM {table} WHERE {where}") for table, where in wrong)
            self._changed |= removed > 0
            return removed + self._mend_vectors()

    def give_checksums(self) -> None:
        """Where an older artbyol made the catalogue: give what is sound a checksum, and remove what is not. Whether one
        did is seen in the first vector: to look at all of them takes seconds."""
        if self._rows("SELECT checksum IS NULL FROM vectors LIMIT 1") == [(1,)]:
            self._mend_vectors()

    def _mend_vectors(self) -> int:
        """Remove the vectors that are damaged, and give the others checksums; how many were removed."""
        bad = self._unsound_vectors()
        with self.batch():
            self._connection.executemany("DELETE FROM vectors WHERE content_id = ? AND model = ?", bad)
            self._changed |= len(bad) > 0
            rows = self._rows("SELECT content_id, model, vector FROM vectors WHERE checksum IS NULL")
            new = ((checksum(vector, content, model), content, model) for content, model, vector in rows)
            self._connection.executemany("UPDATE vectors SET checksum = ? WHERE content_id = ? AND model = ?", new)
            sums = "UPDATE contents SET checksum = content_checksum(hash, width, height, fingerprint)"
            self._run(f"{sums} WHERE checksum IS NULL")
        return len(bad)

    def _unsound_vectors(self) -> list[tuple[int, int]]:
        """(content, model) of the vectors that are damaged. Reads all of them."""
        bad = []
        for model, dimensions in self._rows("SELECT id, dimensions FROM models"):
            for rows in self._some_rows(f"SELECT {self._vector} FROM vectors WHERE model = ?", model):
                bad += [(content, model) for content in unsound(rows, model, dimensions)]
        return bad

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with translated(self._path):
            return self._connection.execute(query, values).fetchall()

    def _some_rows(self, query: str, *values: Any) -> Iterator[list[Any]]:
        """The same, some at a time."""
        with translated(self._path):
            cursor = self._connection.execute(query, values)
            while rows := cursor.fetchmany(_TOGETHER):
                yield rows

    def _run(self, statement: str, *values: Any) -> int:
        with translated(self._path):
            return self._connection.execute(statement, values).rowcount


_USABLE = "SELECT path, size, mtime_ns, hash, content_id FROM files WHERE path = ? AND content_id IS NOT NULL"
_FILES = "SELECT path, size, mtime_ns, hash, skip_code FROM files"
_WORKS = "SELECT id, path, contents.hash, width, height FROM files JOIN contents ON contents.id = content_id"


def _as_json(ids: Iterable[int]) -> str:
    """One parameter for any number of ids: SQLite limits how many parameters a statement takes."""
    return json.dumps([int(number) for number in ids])
