"""Which file a row of a table means, and that no row is passed over in silence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from artbyol.base.events import Event
from artbyol.metadata.metadata import read_metadata, tables_of
from artbyol.metadata.table import FileNames, TableNotice, read_table

FILES = [b"boats.jpg", b"Caf\xc3\xa9.JPG", b"b/quay.jpg", b"b/two words.png", b"c/quay.jpg", b"c/12.5.tif", b"c/plain"]


def meant(name: str, *files: bytes) -> list[str]:
    """The files that a name may mean, of these or of `FILES`."""
    files = files or tuple(FILES)
    found = FileNames(Path("/home/anna/paintings"), [[file] for file in files]).find(name)
    return sorted(os.fsdecode(files[one]) for one in found)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("boats.jpg", ["boats.jpg"]),
        ("BOATS.JPG", ["boats.jpg"]),
        ("./boats.jpg", ["boats.jpg"]),
        (" boats.jpg ", ["boats.jpg"]),
        ("boats", ["boats.jpg"]),
        ("boats.tif", ["boats.jpg"]),
        ("/home/anna/paintings/boats.jpg", ["boats.jpg"]),
        ("C:\\Users\\Anna\\paintings\\boats.jpg", ["boats.jpg"]),
        ("/mnt/old/paintings/b/quay.jpg", ["b/quay.jpg"]),
        ("D:\\paintings\\B\\Quay.JPG", ["b/quay.jpg"]),
        ("file:///mnt/b/two%20words.png", ["b/two words.png"]),
        ("https://example.org/b/two%20words.png?size=full", ["b/two words.png"]),
        ("two%20words.png", ["b/two words.png"]),
        ("Cafe\u0301.jpg", ["Caf\u00e9.JPG"]),
        ("CAF\u00c9", ["Caf\u00e9.JPG"]),
        ("c/12.5", ["c/12.5.tif"]),
        ("c/plain.jpg", ["c/plain"]),
        ("quay.jpg", ["b/quay.jpg", "c/quay.jpg"]),
        ("elsewhere/quay.jpg", ["b/quay.jpg", "c/quay.jpg"]),
        ("12", []),
        ("boats.txt", []),
        ("", []),
        ("lost.jpg", []),
    ],
)
def test_a_name_means_the_file_it_is_the_writing_of(name: str, files: list[str]) -> None:
    assert meant(name) == files


def test_what_is_written_exactly_so_counts_first() -> None:
    assert meant("a.jpg", b"A.jpg", b"a.jpg") == ["a.jpg"]
    assert meant("a.tif", b"a.jpg", b"a.tif") == ["a.tif"]
    assert meant("a%20b", b"a b", b"a%20b") == ["a%20b"]
    assert meant(" a", b"a", b" a") == [" a"]
    assert meant("a\\b", b"a/b", b"a\\b") == ["a\\b"]
    assert meant("A.JPG", b"x/a.jpg", b"y/A.jpg") == ["x/a.jpg", "y/A.jpg"]
    assert meant("X/A.JPG", b"x/a.jpg", b"y/A.JPG") == ["x/a.jpg"]
    assert meant("=a.jpg", b"'=a.jpg") == ["'=a.jpg"]


NAMES = some.binary(min_size=1, max_size=12).map(lambda name: name.replace(b"\0", b"x").replace(b"/", b"_"))


@given(some.sets(NAMES, min_size=1, max_size=6))
def test_hypothesis_every_name_means_its_own_file(names: set[bytes]) -> None:
    files = sorted(names)
    found = FileNames(Path("/c"), [[file] for file in files])
    for number, file in enumerate(files):
        twins = {other for other, one in enumerate(files) if meant(os.fsdecode(file), one)}
        assert number in found.find(os.fsdecode(file)) <= twins


def test_rows_that_mean_nothing_or_several_are_named_as_data_and_in_words(tmp_path: Path) -> None:
    table = tmp_path / "metadata.csv"
    table.write_text("file;title\nboats.JPG;A;\nlost.jpg;B\nquay.jpg;C\nBoats.jpg;D\n;E\nplain;F;g\n")
    said: list[Event] = []
    found = read_metadata(tmp_path, FILES[:1], among=lambda: FILES, listener=said.append)
    assert found[b"boats.jpg"].title == "A"
    (notice,) = said
    assert isinstance(notice, TableNotice) and str(table) in notice.text
    use = notice.use
    assert (use.table, use.rows, use.works) == (table, 6, 2)
    assert (use.unknown, use.ambiguous, use.repeated) == (("lost.jpg", "row 6"), ("quay.jpg",), ("Boats.jpg",))
    assert use.longer == (7,)
    assert use.told() == (
        "2 of 6 rows name no file of this collection ('lost.jpg', 'row 6'); "
        "1 of 6 rows names what several files are called ('quay.jpg'); "
        "1 of 6 rows names a file that an earlier row names, too ('Boats.jpg'); "
        "row 7 has more cells than the header: put text with separators in quotes"
    )
    assert tables_of(tmp_path, FILES) == (use,)


def test_nothing_is_said_of_a_table_that_is_all_right(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("file;title;;\nboats.jpg;A;;\n")
    said: list[Event] = []
    read_metadata(tmp_path, FILES, listener=said.append)
    assert said == [] and tables_of(tmp_path, FILES)[0].told() == ""


def test_a_table_of_filemaker(tmp_path: Path) -> None:
    rows = ["filename\ttags\ttitle", "boats.jpg\toil\vsea\tBoats\vat rest", "plain\toil\x1dsea\tP\u2028Q\x85R"]
    (tmp_path / "metadata.csv").write_bytes("\r".join(rows).encode())
    found = read_metadata(tmp_path, [b"boats.jpg", b"plain"])
    assert {path: (one.title, one.tags) for path, one in found.items()} == {
        b"boats.jpg": ("Boats at rest", ("oil", "sea")),
        b"plain": ("P Q R", ("oil", "sea")),
    }


def test_names_that_are_no_text_are_read_from_a_table_that_is_marked_as_utf_8(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbffile,title\ncaf\xe9.jpg,A\n")
    assert read_table(tmp_path / "t.csv").files == ("caf\udce9.jpg",)
    assert read_metadata(tmp_path, [b"caf\xe9.jpg"], tmp_path / "t.csv")[b"caf\xe9.jpg"].title == "A"
