"""Tables on a terminal and in a pipe, and how errors and stops are told."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.text import Text

import artbyol
from artbyol.base.errors import Interrupted, UsageError
from artbyol.cli import console
from artbyol.cli.render.groups import groups
from artbyol.pictures.measures.dominant import DominantColour

COLUMNS = ("rank", "title", "why", "only dashes", "size")
CELLS = [["1", "", "agree", "–", "640 x 480"], ["10", "Пейзаж", "differ", "–", "–"]]


class Terminal(io.StringIO):
    """Standard output of a person."""

    def isatty(self) -> bool:
        return True


def test_figures_stand_right_and_words_of_any_script_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")  # no styles
    monkeypatch.setattr(sys, "stdout", Terminal())
    console.rows(CELLS, COLUMNS)
    assert [line.rstrip() for line in sys.stdout.getvalue().splitlines()] == [  # type: ignore[attr-defined]
        "rank  title   why     only dashes       size",
        "   1          agree   –            640 x 480",
        "  10  Пейзаж  differ  –                    –",
    ]


def test_optional_columns_are_left_out_only_where_they_are_empty(capsys: pytest.CaptureFixture[str]) -> None:
    console.rows(CELLS, COLUMNS, optional=("title",))
    console.rows(CELLS[:1], COLUMNS, optional=("title",))
    console.rows([], COLUMNS, optional=("title",))
    assert [line.count("\t") for line in capsys.readouterr().out.splitlines()] == [4, 4, 3]


def drawn(monkeypatch: pytest.MonkeyPatch, columns: int, **more: str) -> Callable[[], list[str]]:
    """From now on standard output is a terminal so wide; the function gives the lines on it."""
    for name, value in ({"TERM": "xterm", "COLUMNS": str(columns)} | more).items():
        monkeypatch.setenv(name, value)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    return lambda: [re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() for line in screen.getvalue().splitlines()]


WORKS = ("rank", "work", "set apart by", "colours")


@pytest.mark.parametrize("columns", [80, 60, 40])
def test_a_table_of_works_has_a_line_a_row_and_names_are_shortened_in_the_middle(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = drawn(monkeypatch, columns)
    name = console.Name("albums/1907/海辺の舟/scan of the left half 0012.jpg")
    console.rows([[str(n), name, "warmer, more colourful", Text("#112233 40% #445566 20%")] for n in range(3)], WORKS)
    assert len(lines()) == 4 and all(cell_len(line) <= columns for line in lines())
    assert all("…" in line and "0012.jpg"[-4:] in line for line in lines()[1:])


def test_a_column_that_can_be_spared_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = drawn(monkeypatch, 50)
    cells = [["1", console.Name("a" * 20 + ".jpg"), "warmer", "#112233 40% #445566 20%"]]
    console.rows(cells, WORKS, spare=("colours",))
    console.rows([["1", console.Name("a.jpg"), "warmer", "#112233 40%"]], WORKS, spare=("colours",))
    assert lines()[:2] == ["rank  work                      set apart by", f"   1  {'a' * 20}.jpg  warmer"]
    assert lines()[3].endswith("#112233 40%")


def test_titles_are_shown_where_there_is_room_and_files_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        (console.Name(f"album/work{n:02d}.jpg"), f"album/work{n:02d}.jpg (A long title, No. {n})") for n in range(3)
    ]
    for columns, said in ((60, "albu…work00.jpg"), (140, "album/work00.jpg (A long title, No. 0)")):
        lines = drawn(monkeypatch, columns)
        console.cards([("1", [("typical", names)])])
        assert said in lines()[1] and cell_len(lines()[1]) <= columns


@pytest.mark.parametrize(("more", "painted"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "xterm"}, False)])
def test_colours_are_hex_codes_wherever_they_cannot_be_painted(
    more: dict[str, str], painted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLORTERM", raising=False)
    drawn(monkeypatch, 80, **{"TERM": "xterm-256color", **more})
    assert ("#abcdef" not in console.swatches([DominantColour("#abcdef", 0.5, (80.0, 0.0, 0.0))]).plain) is painted


def test_four_groups_fit_on_a_screen(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = artbyol.cluster(gallery, 4)
    lines = drawn(monkeypatch, 80)
    groups(found)
    assert len(lines()) <= 22 and all(cell_len(line) <= 80 for line in lines())
    assert sum(line.startswith("  typical") for line in lines()) == 4


def test_an_error_is_called_so_and_a_stop_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_error(UsageError("There is no such axis.", "artbyol similar --by tone"))
    console.show_error(Interrupted("Stopped at step 3 of 9; the state is saved."))
    assert capsys.readouterr().err.splitlines() == [
        "Error: There is no such axis.",
        "Try:   artbyol similar --by tone",
        "Stopped at step 3 of 9; the state is saved.",
        "Run the same command again to resume.",
    ]
