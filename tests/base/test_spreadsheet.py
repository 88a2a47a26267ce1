"""Tables for spreadsheets and from them: nothing in a cell is lost, whatever it holds, and nothing in it computes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from artbyol.base.errors import UsageError
from artbyol.base.spreadsheet import Figure, as_it_was, harmless, read_rows, rows_text, ungarbled
from artbyol.base.text import MARK, read_text

HERE = Path("t.csv")
FORMULAS = [
    "=1+1",
    "+1",
    "-5",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n-1",
    " =1",
    "'=1",
    "''+1",
    "|calc",
    "%x",
    "＝1",
    "=x.jpg",
]
HARMLESS = ["", "a", "'", "'a", "''a", "a=b", "1-2", "c. 1889", " a", "é", "'90s"]

TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=12) | some.sampled_from(FORMULAS + HARMLESS)
"""Any text, and more often such as begins like a formula."""


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_compute_is_text_in_it(text: str) -> None:
    assert harmless(text) == f"'{text}" and as_it_was(harmless(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_any_other_text_is_written_as_it_is(text: str) -> None:
    assert harmless(text) == text == as_it_was(text)


@given(TEXTS)
def test_hypothesis_every_text_comes_back(text: str) -> None:
    assert as_it_was(harmless(text)) == text


def test_numbers_stay_numbers() -> None:
    assert rows_text([[-1, -0.5, Figure("-0.1250"), "-5", None]]) == "-1,-0.5,-0.1250,'-5,\r\n"


@given(
    some.lists(some.lists(TEXTS, min_size=2, max_size=2), max_size=5),
    some.booleans(),
    some.sampled_from([("utf-8", b""), ("utf-8", MARK), ("utf-16", b"")]),
)
def test_hypothesis_what_is_written_is_read(
    tmp_path: Path, rows: list[list[str]], quoted: bool, encoding: tuple[str, bytes]
) -> None:
    file = tmp_path / "t.csv"
    text = rows_text([["name", "said"], *rows], all_quoted=quoted)
    file.write_bytes(encoding[1] + text.encode(encoding[0]))
    found = read_rows(read_text(file), file, lambda header: "name" in header)
    assert found is not None and found.header == ("name", "said")
    assert [list(row) for row in found.rows] == rows


@given(
    some.lists(some.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=4),
    some.sampled_from(",;\t|"),
    some.sampled_from(["\n", "\r\n", "\r"]),
    some.booleans(),
)
def test_hypothesis_every_dialect_of_spreadsheets_is_read(
    rows: list[list[str]], delimiter: str, end: str, announced: bool
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["name", "said"], *([harmless(cell) for cell in row] for row in rows)])
    written = (f"sep={delimiter}{end}" if announced else "") + text.getvalue()
    found = read_rows(written, HERE, lambda header: "name" in header)
    assert found is not None and [list(row) for row in found.rows] == rows


@pytest.mark.parametrize("inside", ["\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_ends_at_cr_and_lf_and_nowhere_else(inside: str, end: str) -> None:
    found = read_rows(end.join(["name,said", f"a{inside}b,c", "d,e"]), HERE, lambda header: "name" in header)
    assert found is not None and found.rows == ((f"a{inside}b", "c"), ("d", "e"))


def test_cells_may_hold_line_ends_and_be_long_and_rows_are_counted_as_a_spreadsheet_does() -> None:
    text = f'\r\nname,said\r\n"a\nb","{"x" * 300_000}"\r\n\r\nc,d\r\n'
    found = read_rows(text, HERE, lambda header: "name" in header)
    assert found is not None and [(number, row[0]) for number, row in found.numbered()] == [(3, "a\nb"), (5, "c")]


def test_quotation_marks_that_are_text() -> None:
    fits = lambda header: "name" in header  # noqa: E731
    between_tabs = read_rows('name\tsaid\na\t"Boats"?\nb\t"Quay\n', HERE, fits)
    assert between_tabs is not None and between_tabs.rows == (("a", '"Boats"?'), ("b", '"Quay'))
    with pytest.raises(UsageError, match=r"t\.csv, row 3: a quotation mark"):
        read_rows('name,said\nz,y\na,"Quay\nb,c\n', HERE, fits)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_that_can_be_told(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("name\tÖl\n".encode(encoding))
    assert read_text(tmp_path / "t.csv") == "name\tÖl\n"


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
def test_an_encoding_that_nothing_tells_is_refused_with_its_place_and_a_remedy(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("name;said\na;Öl\n".encode(encoding))
    with pytest.raises(UsageError, match=r"not UTF-8 \(byte 13, line 2\)") as caught:
        read_text(tmp_path / "t.csv")
    assert "CSV UTF-8" in (caught.value.hint or "")


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
def test_a_mark_taken_for_text_tells_that_a_table_was_garbled(encoding: str) -> None:
    text = (MARK + "name,said\na,Öl\n".encode()).decode(encoding)
    with pytest.raises(UsageError, match="garbled"):
        read_rows(text, HERE, lambda header: "name" in header)
    assert "Stillleben – Öl" in ungarbled("Stillleben – Öl".encode().decode(encoding))
    assert list(ungarbled("plain")) == []
