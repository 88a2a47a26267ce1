"""The catalogue: real SQLite files, real kills, paths that are no UTF-8."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from artbyol.base.errors import ModelError, StoreBusyError, StoreError, StoreFormatError, StoreMissingError
from artbyol.pictures.near_duplicates import LENGTH, SPECTRUM
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.rows import Counts, FileRecord, Skip, Work
from artbyol.storage.schema import _PAGE

PRINT = bytes(range(8))

# Commits batches of ten files with their vectors for ever; says each time how many are committed.
FILL = """
import sys
import numpy as np
from pathlib import Path
from artbyol.storage.catalogue import Catalogue
with Catalogue.open(Path(sys.argv[1])) as catalogue:
    for batch in range(100_000):
        hashes = [b"%016d" % (10 * batch + i) for i in range(10)]
        with catalogue.batch():
            for digest in hashes:
                catalogue.record_ok(b"dir/" + digest, 1, 2, digest, 3, 4, bytes(8))
            catalogue.put_vectors("m", hashes, np.full((10, 4), batch + 1, np.float32))
        print(10 * (batch + 1), flush=True)
"""


def digest(number: int) -> bytes:
    return b"%016d" % number


def add(catalogue: Catalogue, path: bytes, number: int) -> None:
    catalogue.record_ok(path, 10, 20, digest(number), 640, 480, PRINT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.sqlite"


@pytest.fixture
def catalogue(path: Path) -> Iterator[Catalogue]:
    with Catalogue.open(path) as opened:
        yield opened


def test_files_works_and_skips(catalogue: Catalogue) -> None:
    odd = b"a/\xff\xe9.jpg"
    add(catalogue, odd, 1)
    catalogue.record_skip(b"b.jpg", 5, 6, None, "truncated", "ends early", "pillow 12")
    assert catalogue.files() == {
        odd: FileRecord(odd, 10, 20, digest(1), None),
        b"b.jpg": FileRecord(b"b.jpg", 5, 6, None, "truncated"),
    }
    assert catalogue.stamps("pillow 12") - catalogue.stamps("pillow 13") == {(b"b.jpg", 5, 6)}
    (work,) = catalogue.works()
    assert work == Work(work.id, odd, digest(1), 640, 480)
    assert catalogue.content_of(digest(1)) == (640, 480, PRINT)
    assert catalogue.skips() == [Skip(b"b.jpg", "truncated", "ends early")]
    assert catalogue.counts() == Counts(2, 1, {"truncated": 1}, 1, {})


def test_copies_share_a_content(catalogue: Catalogue) -> None:
    for name in (b"c", b"a", b"b"):
        add(catalogue, name, 1)
    add(catalogue, b"d", 2)
    first, second = (catalogue.works()[at].id for at in (0, 3))
    assert catalogue.paths_of([first, second, 999]) == {first: [b"a", b"b", b"c"], second: [b"d"]}
    assert catalogue.counts().contents == 2
    assert catalogue.missing("m") == [(digest(1), b"a"), (digest(2), b"d")]


def test_a_renamed_or_copied_file_keeps_its_vector(catalogue: Catalogue) -> None:
    add(catalogue, b"old", 1)
    vector = np.array([[0.5, -1.25]], np.float32)
    catalogue.put_vectors("m", [digest(1)], vector)
    add(catalogue, b"copy", 1)
    catalogue.forget([b"old", b"copy"])
    assert len(catalogue.vectors("m")[0]) == 0  # no file uses it
    add(catalogue, b"new", 1)
    ids, vectors = catalogue.vectors("m")
    assert ids.tolist() == [catalogue.works()[0].id]
    np.testing.assert_array_equal(vectors, vector)
    assert catalogue.missing("m") == []


def test_vectors_by_model_and_hash(catalogue: Catalogue) -> None:
    for number in range(5):
        add(catalogue, b"%d" % number, number)
    values = np.arange(15, dtype=np.float32).reshape(5, 3)
    order = [3, 0, 4, 1]
    catalogue.put_vectors("m", [digest(number) for number in order], values[order])
    catalogue.put_vectors("other", [digest(2)], np.ones((1, 7)))
    ids, vectors = catalogue.vectors("m")
    assert (ids.dtype.name, vectors.dtype.name) == ("int64", "float32")
    assert (np.diff(ids) > 0).all()
    numbers = {work.id: int(work.path) for work in catalogue.works()}
    np.testing.assert_array_equal(vectors, values[[numbers[number] for number in ids.tolist()]])
    assert catalogue.missing("m") == [(digest(2), b"2")]
    assert catalogue.counts().vectors == {"m": 4, "other": 1}
    found = catalogue.vector_of(digest(4), "m")
    assert found is not None
    np.testing.assert_array_equal(found, values[4])
    assert catalogue.vector_of(digest(2), "m") is None
    catalogue.put_vectors("m", [digest(4), digest(77)], np.full((2, 3), 9.0))  # replaced; unknown: passed over
    assert (catalogue.vector_of(digest(4), "m") == 9).all()  # type: ignore[union-attr]
    assert catalogue.vectors("unknown")[1].shape == (0, 0)


def test_wrong_vectors_are_refused(catalogue: Catalogue) -> None:
    add(catalogue, b"a", 1)
    catalogue.put_vectors("m", [digest(1)], np.ones((1, 3)))
    with pytest.raises(ModelError, match="3"):
        catalogue.put_vectors("m", [digest(1)], np.ones((1, 4)))
    with pytest.raises(ModelError, match="finite"):
        catalogue.put_vectors("m", [digest(1)], np.array([[1.0, np.nan, 0.0]]))
    with pytest.raises(ModelError, match="length 0"):
        catalogue.put_vectors("m", [digest(1)], np.zeros((1, 3)))
    with pytest.raises(ModelError, match="shape"):
        catalogue.put_vectors("m", [digest(1)], np.ones(3))


def test_generation_grows_with_contents_and_vectors_only(catalogue: Catalogue) -> None:
    seen = [catalogue.generation]

    def grew() -> bool:
        seen.append(catalogue.generation)
        return seen[-1] > seen[-2]

    add(catalogue, b"a", 1)
    assert grew()
    add(catalogue, b"a", 1)
    catalogue.record_skip(b"x", 1, 2, None, "empty", "empty", "1")
    catalogue.forget([b"x", b"never seen"])
    assert not grew()
    catalogue.put_vectors("m", [digest(1)], np.ones((1, 3)))
    assert grew()
    catalogue.set_model("m")
    assert grew()
    catalogue.set_model("m")
    assert not grew()
    add(catalogue, b"a", 2)  # the file shows something else now
    assert grew()
    catalogue.record_skip(b"a", 1, 2, digest(2), "empty", "empty", "1")
    assert grew()
    catalogue.prune()
    assert grew()
    catalogue.prune()
    assert not grew()
    assert catalogue.model_id == "m"


def test_prune_drops_the_vanished_and_other_models(catalogue: Catalogue) -> None:
    for number in (1, 2):
        add(catalogue, b"%d" % number, number)
    for model in ("old", "new"):
        catalogue.put_vectors(model, [digest(1), digest(2)], np.ones((2, 3)))
    catalogue.set_model("new")
    catalogue.forget([b"1"])
    assert catalogue.prune() == 1
    assert catalogue.vector_of(digest(1), "new") is None
    assert catalogue.counts().vectors == {"new": 1}
    assert catalogue.prune() == 0
    gone = catalogue.works()[0].id
    catalogue.forget([b"2"])
    catalogue.prune()
    add(catalogue, b"3", 3)
    assert catalogue.works()[0].id > gone  # an id is never given twice


def test_fingerprints_in_the_order_asked(catalogue: Catalogue) -> None:
    for number in range(3):
        catalogue.record_ok(b"%d" % number, 1, 1, digest(number), 1, 1, bytes([number] * 4))
    ids = [work.id for work in catalogue.works()]
    fingerprints = catalogue.fingerprints([ids[2], ids[0], ids[2]])
    assert fingerprints.dtype == np.uint8 and fingerprints.shape == (3, LENGTH)
    assert fingerprints[:, :5].tolist() == [[2] * 4 + [0], [0] * 5, [2] * 4 + [0]]  # shorter ones are older
    assert catalogue.fingerprints([]).shape == (0, LENGTH)
    whole = bytes(number % 251 for number in range(LENGTH))
    catalogue.record_ok(b"3", 3, 3, digest(3), 1, 1, whole)
    assert catalogue.without_fingerprint() == {digest(0), digest(1), digest(2)}
    assert catalogue.spectra([ids[0], catalogue.works()[3].id]).tolist() == [
        [0] * (SPECTRUM.stop - SPECTRUM.start),
        list(whole[SPECTRUM]),
    ]
    with pytest.raises(StoreError, match="12345"):
        catalogue.fingerprints([12345])


def test_a_failed_batch_leaves_nothing(catalogue: Catalogue) -> None:
    add(catalogue, b"a", 1)
    before = catalogue.generation
    with pytest.raises(ZeroDivisionError), catalogue.batch():
        add(catalogue, b"b", 2)
        raise ZeroDivisionError
    assert list(catalogue.files()) == [b"a"]
    assert catalogue.generation == before
    add(catalogue, b"c", 3)  # and the next one works


def test_a_reader_sees_the_last_commit_while_a_writer_works(catalogue: Catalogue, path: Path) -> None:
    add(catalogue, b"a", 1)
    with Catalogue.open(path, read_only=True) as reader, catalogue.batch():
        add(catalogue, b"b", 2)
        assert len(reader.works()) == 1
    with Catalogue.open(path, read_only=True) as reader:
        assert len(reader.works()) == 2
        with pytest.raises(StoreError):
            reader.set_model("a")


@pytest.mark.slow
def test_killed_at_any_moment(path: Path) -> None:
    for batches in (1, 7, 23):
        process = subprocess.Popen([sys.executable, "-c", FILL, str(path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        committed = 0
        for _ in range(batches):
            committed = int(process.stdout.readline())
        process.kill()
        process.communicate()
        for read_only in (True, False):
            with Catalogue.open(path, read_only=read_only) as catalogue:
                ids, vectors = catalogue.vectors("m")
                assert len(ids) == len(catalogue.works()) == len(catalogue.files()) >= committed
                assert len(ids) % 10 == 0  # whole batches
                assert (vectors.reshape(-1, 10, 4) == vectors[::10, None, :]).all()
                assert catalogue.missing("m") == []
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


def test_missing_catalogue_is_not_made_by_reading(path: Path) -> None:
    with pytest.raises(StoreMissingError, match="Nothing has been embedded"):
        Catalogue.open(path, read_only=True)
    assert not path.exists()


@pytest.mark.parametrize("read_only", [True, False])
def test_newer_catalogue_is_refused_and_left_alone(path: Path, read_only: bool) -> None:
    Catalogue.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(StoreFormatError, match=r"newer artbyol \(catalogue version 7, this one reads 2\)") as caught:
        Catalogue.open(path, read_only=read_only)
    assert caught.value.hint == "pip install --upgrade artbyol"


@pytest.mark.parametrize("read_only", [True, False])
def test_other_files_are_refused_and_left_alone(path: Path, read_only: bool) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE diary(entry)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreFormatError, match="not an artbyol catalogue"):
        Catalogue.open(path, read_only=read_only)
    assert path.read_bytes() == before
    path.write_bytes(b"these are no tables, " * 100)
    with pytest.raises(StoreError, match="damaged") as caught:
        Catalogue.open(path, read_only=read_only)
    assert caught.value.hint is not None
    assert "artbyol doctor" in caught.value.hint


def test_damage_inside_is_named(path: Path) -> None:
    with Catalogue.open(path) as catalogue, catalogue.batch():
        for number in range(2000):
            add(catalogue, b"%d" % number, number)
    content = bytearray(path.read_bytes())
    content[2 * _PAGE : -_PAGE] = b"\xaa" * (len(content) - 3 * _PAGE)
    path.write_bytes(content)
    damaged = pytest.raises(StoreError, match=r"catalogue\.sqlite is damaged")
    with damaged, Catalogue.open(path, read_only=True) as catalogue:
        catalogue.files()


def test_locked_database_is_busy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artbyol.storage.schema._BUSY_TIMEOUT", 0.05)
    with Catalogue.open(path) as one, Catalogue.open(path) as two, one.batch(), pytest.raises(StoreBusyError):
        two.set_model("a")


def test_read_only_medium() -> None:
    """Opens where nothing can be written beside the file; a log left by a killed writer there is said, not ignored."""
    if not hasattr(os, "geteuid"):
        pytest.skip("file rights work differently here")
    folder, user = Path(tempfile.mkdtemp()), os.geteuid()
    path = folder / "catalogue.sqlite"
    with Catalogue.open(path) as catalogue:
        add(catalogue, b"a", 1)
    try:
        for found in folder.iterdir():
            found.chmod(0o444)
        folder.chmod(0o555)
        if user == 0:
            os.seteuid(65534)
        if os.access(folder, os.W_OK, effective_ids=True):
            pytest.skip("nothing is read-only here")
        with Catalogue.open(path, read_only=True) as catalogue:
            assert len(catalogue.works()) == 1
        with pytest.raises(StoreError, match="cannot be opened") as caught:
            Catalogue.open(path).set_model("a")
        assert caught.value.hint is not None
        assert "--store" in caught.value.hint
        os.seteuid(user)
        folder.chmod(0o755)
        path.with_name(path.name + "-wal").write_bytes(b"half a log")
        folder.chmod(0o555)
        if user == 0:
            os.seteuid(65534)
        with pytest.raises(StoreError, match="half-written"):
            Catalogue.open(path, read_only=True)
    finally:
        os.seteuid(user)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_odd_folder_names(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/50% of #1?\xff"))
    folder.mkdir()
    with Catalogue.open(folder / "catalogue.sqlite") as catalogue:
        add(catalogue, b"a", 1)
    with Catalogue.open(folder / "catalogue.sqlite", read_only=True) as catalogue:
        assert len(catalogue.works()) == 1


def filled(path: Path, works: int = 3) -> None:
    with Catalogue.open(path) as catalogue:
        for number in range(works):
            add(catalogue, b"%d" % number, number)
        catalogue.put_vectors("m", [digest(number) for number in range(works)], np.ones((works, 3)))


def altered(path: Path, statement: str, *values: object) -> None:
    """Change a catalogue behind its back."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    with connection:
        connection.execute(statement, values)
    connection.close()


def test_every_bit_of_a_vector_that_flips_is_noticed_and_the_vector_made_again(path: Path) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    ((whole,),) = connection.execute("SELECT vector FROM vectors WHERE content_id = 2").fetchall()
    connection.close()
    with Catalogue.open(path) as catalogue:
        assert catalogue.check() == [] and catalogue.unchecked() == 0
    for bit in range(8 * len(whole)):
        bent = bytearray(whole)
        bent[bit // 8] ^= 1 << bit % 8
        altered(path, "UPDATE vectors SET vector = ? WHERE content_id = 2", bytes(bent))
        with Catalogue.open(path, read_only=True) as catalogue:
            for read in (
                lambda: catalogue.vectors("m"),
                lambda: catalogue.vector_of(digest(1), "m"),
                lambda: catalogue.vectors_of([2], "m"),
            ):
                with pytest.raises(StoreError, match="not as they were written"):
                    read()
            assert catalogue.vector_of(digest(0), "m") is not None
    with Catalogue.open(path) as catalogue:
        before = catalogue.generation
        assert catalogue.check() == ["vectors that are not as they were written: 1"]
        assert catalogue.mend() == 1 and catalogue.check() == [] and catalogue.generation > before
        assert catalogue.missing("m") == [(digest(1), b"1")]


def test_a_content_that_a_disk_changed_is_noticed(path: Path) -> None:
    filled(path)
    altered(path, "UPDATE contents SET fingerprint = ? WHERE id = 2", PRINT[:-1] + b"\x17")
    altered(path, "UPDATE contents SET width = 641 WHERE id = 3")
    with Catalogue.open(path) as catalogue:
        assert len(catalogue.fingerprints([1])) == 1
        for number in (2, 3):
            with pytest.raises(StoreError, match="not as it was written") as caught:
                catalogue.fingerprints([1, number])
            assert "artbyol doctor" in (caught.value.hint or "")
        assert catalogue.mend() > 0 and catalogue.check() == []
        assert [work.path for work in catalogue.works()] == [b"0"]


def test_a_vector_of_another_work_or_model_is_noticed(path: Path) -> None:
    filled(path)
    altered(path, "UPDATE vectors SET content_id = 9 WHERE content_id = 1")
    altered(path, "UPDATE vectors SET content_id = 1 WHERE content_id = 2")
    altered(path, "INSERT INTO models VALUES (2, 'other', 3)")
    altered(path, "UPDATE vectors SET model = 2 WHERE content_id = 3")
    with Catalogue.open(path) as catalogue:
        for model in ("m", "other"):
            with pytest.raises(StoreError, match="not as they were written"):
                catalogue.vectors(model)
        assert catalogue.mend() == 3
        assert catalogue.check() == [] and len(catalogue.missing("m")) == 3


def test_vectors_from_before_there_were_checksums_are_read_and_get_some(path: Path) -> None:
    filled(path)
    altered(path, "ALTER TABLE vectors DROP COLUMN checksum")
    altered(path, "ALTER TABLE contents DROP COLUMN checksum")
    altered(path, "PRAGMA user_version = 1")
    with Catalogue.open(path, read_only=True) as catalogue:
        assert catalogue.vectors("m")[1].tolist() == [[1, 1, 1]] * 3 and catalogue.unchecked() == 3
        assert catalogue.check() == []
    with Catalogue.open(path) as catalogue:
        generation = catalogue.generation
        catalogue.give_checksums()
        assert catalogue.mend() == 0 and catalogue.unchecked() == 0 and catalogue.generation == generation
        assert catalogue.vectors("m")[1].tolist() == [[1, 1, 1]] * 3
    nan = np.array([1, np.nan, 1], "<f4").tobytes()
    altered(path, "UPDATE vectors SET checksum = NULL, vector = ? WHERE content_id = 2", nan)
    with Catalogue.open(path) as catalogue:
        assert catalogue.mend() == 1 and catalogue.missing("m") == [(digest(1), b"1")]


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE vectors SET vector = ? WHERE content_id = 1", "a text"),
        ("UPDATE vectors SET vector = ? WHERE content_id = 1", b""),
        ("UPDATE vectors SET vector = ? WHERE content_id = 1", 7),
        ("UPDATE files SET path = ? WHERE content_id = 1", "a text"),
        ("UPDATE files SET size = ? WHERE content_id = 1", b"x"),
        ("UPDATE files SET hash = ? WHERE content_id = 1", digest(77)),
        ("UPDATE files SET content_id = ? WHERE content_id = 1", 77),
        ("UPDATE files SET skip_code = ? WHERE content_id = 1", b"x"),
        ("UPDATE contents SET hash = ? WHERE id = 1", b"short"),
        ("UPDATE contents SET width = ? WHERE id = 1", 0),
        ("UPDATE contents SET fingerprint = ? WHERE id = 1", b"x"),
        ("UPDATE models SET dimensions = ?", -3),
        ("UPDATE models SET model_id = ?", b"m"),
        ("DELETE FROM contents WHERE id = ?", 1),
        ("DELETE FROM models WHERE id = ?", 1),
    ],
)
def test_rows_that_cannot_be_are_found_and_go(path: Path, statement: str, value: object) -> None:
    filled(path)
    altered(path, statement, value)
    with Catalogue.open(path) as catalogue:
        assert catalogue.check()
        assert catalogue.mend() > 0
        assert catalogue.check() == []
        works = catalogue.works()
        assert {b"1", b"2"} <= {work.path for work in works}
        ids = catalogue.vectors("m")[0]
        assert len(ids) + len(catalogue.missing("m")) == len(works)


def test_a_catalogue_that_was_not_closed_is_looked_through_when_it_is_opened(path: Path) -> None:
    filled(path, 400)
    data = bytearray(path.read_bytes())
    data[3 * _PAGE : 3 * _PAGE + 64] = bytes(64)  # the header of a page: closed as it was, nobody looks
    path.write_bytes(data)
    Catalogue.open(path, read_only=True).close()
    with Catalogue.open(path, read_only=True) as catalogue:
        assert catalogue.check()
    path.with_name("catalogue.sqlite-journal").write_bytes(b"left")
    for read_only in (True, False):
        with pytest.raises(StoreError, match="damaged") as caught:
            Catalogue.open(path, read_only=read_only)
        assert "artbyol doctor" in (caught.value.hint or "")
