"""Labels from folders and from tables as spreadsheets write them, and files of vectors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from artbyol.base.errors import UsageError
from artbyol.evaluation.foreign_vectors import read_vectors
from artbyol.evaluation.labels import Labelling, read_labels
from artbyol.metadata.table import read_table

PATHS = ((b"a/one.jpg",), (b"a/two.jpg", b"b/copy of two.jpg"), (b"b/three.jpg",), (b"four.jpg",), (b"b/deep/one.jpg",))


def from_table(folder: Path, text: str | bytes, column: str | None = None, disjoint: str | None = None) -> Labelling:
    table = folder / "labels.csv"
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_labels(str(table), column, disjoint, folder, PATHS)


def test_a_folder_is_a_label_and_the_top_is_none(tmp_path: Path) -> None:
    found = read_labels("folders", None, None, tmp_path, PATHS)
    assert found.labels == ("a", None, "b", None, "b")
    assert found.contested == (1,)  # copies of it lie in two


def test_rows_are_found_by_path_and_else_by_a_name_that_only_one_work_has(tmp_path: Path) -> None:
    table = "filename,label\na/one.jpg,x\ntwo.jpg,y\n./b\\three.jpg,x\none.jpg,z\nnowhere.jpg,x\n"
    found = from_table(tmp_path, table + f"{tmp_path}/four.jpg,y\n")
    assert found.labels == ("x", "y", "x", "y", None)
    assert found.ambiguous == ("one.jpg",) and found.unknown == ("nowhere.jpg",)
    assert "label" in found.source and "labels.csv" in found.source


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tables_as_spreadsheets_write_them(tmp_path: Path, mark: bytes, delimiter: str, end: str) -> None:
    lines = ["Filename,Year,LABEL,note".replace(",", delimiter), f'"four.jpg"{delimiter}1901{delimiter} Été ']
    lines += ["", f'three.jpg{delimiter}1902{delimiter}"says ""x{delimiter}y"", he does"{delimiter}and{delimiter}more']
    found = from_table(tmp_path, mark + end.join(lines).encode())
    assert found.labels == (None, None, f'says "x{delimiter}y", he does', "Été", None)


def test_the_column_is_label_else_artist_else_the_one_named(tmp_path: Path) -> None:
    header = "filename,artist,title,year,tags,permalink,label\n"
    assert from_table(tmp_path, header + "four.jpg,Anna,t,1900,,,late\n").labels[3] == "late"
    assert from_table(tmp_path, header + "four.jpg,Anna,t,1900,,,\n").labels[3] == "Anna"
    assert from_table(tmp_path, header + "four.jpg,Anna,t,1900,,,late\n", "Year").labels[3] == "1900"
    with pytest.raises(UsageError, match="no column 'school'") as caught:
        from_table(tmp_path, header + "four.jpg,Anna,t,1900,,,late\n", "school")
    assert "permalink" in str(caught.value.hint)
    with pytest.raises(UsageError, match="says nothing under label or artist"):
        from_table(tmp_path, "filename,who\nfour.jpg,Anna\n")


def test_accents_are_compared_as_they_look(tmp_path: Path) -> None:
    paths = (("e\u0301te\u0301.jpg".encode(),), (b"other.jpg",))
    (tmp_path / "t.csv").write_text("filename,label\n\u00e9t\u00e9.jpg,summer\n", encoding="utf-8")
    assert read_labels(str(tmp_path / "t.csv"), None, None, tmp_path, paths).labels == ("summer", None)


def test_rows_that_contradict_each_other_leave_the_work_without_a_label(tmp_path: Path) -> None:
    found = from_table(tmp_path, "filename,label\na/two.jpg,x\ncopy of two.jpg,y\nfour.jpg,x\nfour.jpg,x\n")
    assert found.labels == (None, None, None, "x", None)
    assert found.contested == (1,)


def test_hands_come_from_a_column_or_from_folders(tmp_path: Path) -> None:
    table = "filename,label,artist\na/one.jpg,x,Anna\nthree.jpg,x,Bert\nfour.jpg,y,\n"
    found = from_table(tmp_path, table, disjoint="artist")
    assert found.exclude_groups == ("Anna", None, "Bert", None, None)
    assert found.labels == ("x", None, "x", None, None)  # of the fourth nobody knows the hand
    found = from_table(tmp_path, table, disjoint="folders")
    assert found.exclude_groups == ("a", None, "b", None, "b") and found.labels[3] is None


@pytest.mark.parametrize("option", ["column", "disjoint"])
def test_folders_have_no_columns(option: str, tmp_path: Path) -> None:
    named = ("artist", None) if option == "column" else (None, "artist")
    with pytest.raises(UsageError, match="needs a table") as caught:
        read_labels("folders", *named, tmp_path, PATHS)
    assert f"--{option} NAME" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("Ä,é".encode("latin-1"), "not UTF-8"),
        ("filename,label\na,b\n".encode("utf-16")[:-1], "not UTF-16-LE"),
        (b"name,label\na.jpg,x\n", "first line is 'name,label'"),
        (b"", "it is empty"),
        (b'filename,label\na.jpg,"x\nb.jpg,y\n', "row 2: a quotation mark begins a cell that nothing closes"),
    ],
)
def test_what_is_no_table_is_said_clearly(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(data)
    with pytest.raises(UsageError, match=said):
        read_table(tmp_path / "t.csv")
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_table(tmp_path / "missing.csv")


VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)


def test_vectors_in_both_kinds_of_file(tmp_path: Path) -> None:
    names = ["a.jpg", "b c.jpg", "é.jpg"]
    save_file({"vectors": VECTORS}, tmp_path / "v.safetensors", {"filenames": json.dumps(names)})
    np.save(tmp_path / "v.npy", VECTORS.astype(np.float64))
    np.save(tmp_path / "w.npy", VECTORS.astype(np.int16))
    (tmp_path / "v.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    (tmp_path / "w.csv").write_text("label,filename\n" + "".join(f"x,{name}\n" for name in names), encoding="utf-8")
    for name in ("v.safetensors", "v.npy", "w.npy"):
        vectors, found = read_vectors(tmp_path / name)
        np.testing.assert_array_equal(vectors, VECTORS)
        assert found == tuple(names) and vectors.dtype == np.float32


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.ones(3), r"shape \(3,\)"),
        (np.ones((3, 2, 2)), "it takes numbers"),
        (np.ones((3, 0)), "it takes numbers"),
        (np.ones((2, 2)), "2 vectors, but there are 3 names"),
        (np.array([[1, 2], [np.nan, 0], [0, 1]]), r"not finite, first in row 2 \(b\)"),
        (np.array([[1, 2], [0, 1], [1e300, 0]]), "not finite, first in row 3"),
        (np.array([["a", "b"]] * 3), "it takes numbers"),
        (np.ones((3, 2), complex), "it takes numbers"),
        (np.array([[{}, 1]] * 3, dtype=object), "not a .npy file of plain numbers"),
    ],
)
def test_arrays_that_are_no_vectors_are_refused(array: np.ndarray, said: str, tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", array)
    (tmp_path / "v.txt").write_text("a\nb\nc\n")
    with pytest.raises(UsageError, match=said):
        read_vectors(tmp_path / "v.npy")


def test_files_that_hold_no_vectors_or_no_names_are_refused_with_the_way_to_write_them(tmp_path: Path) -> None:
    np.save(tmp_path / "nameless.npy", VECTORS)
    (tmp_path / "letter.npy").write_text("dear aunt")
    (tmp_path / "letter.safetensors").write_text("dear aunt")
    save_file({"v": VECTORS}, tmp_path / "other.safetensors")
    save_file({"vectors": VECTORS}, tmp_path / "nameless.safetensors")
    save_file({"vectors": VECTORS}, tmp_path / "odd.safetensors", {"filenames": "[1, 2, 3]"})
    np.savez(tmp_path / "several", VECTORS)
    (tmp_path / "several.npz").rename(tmp_path / "several.npy")
    for name, said in (
        ("nameless.npy", "neither nameless.txt nor nameless.csv"),
        ("letter.npy", "not a .npy file"),
        ("letter.safetensors", "cannot be read as safetensors"),
        ("other.safetensors", "no tensor called vectors"),
        ("nameless.safetensors", "no list of file names"),
        ("odd.safetensors", "no list of file names"),
        ("several.npy", "several arrays"),
        ("missing.npy", "No such file"),
        ("missing.safetensors", "No such file"),
        ("vectors.json", "neither .npy nor .safetensors"),
    ):
        with pytest.raises(UsageError, match=said):
            read_vectors(tmp_path / name)
