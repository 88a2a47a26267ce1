"""Tables on a terminal and in a pipe, and how errors and stops are told."""

from __future__ import annotations

import io
import sys

import pytest

from artbyol.base.errors import Interrupted, UsageError
from artbyol.cli import console

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


def test_an_error_is_called_so_and_a_stop_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    console.show_error(UsageError("There is no such axis.", "artbyol similar --by tone"))
    console.show_error(Interrupted("Stopped at step 3 of 9; the state is saved."))
    assert capsys.readouterr().err.splitlines() == [
        "Error: There is no such axis.",
        "Try:   artbyol similar --by tone",
        "Stopped at step 3 of 9; the state is saved.",
        "Run the same command again to resume.",
    ]
