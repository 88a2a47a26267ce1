"""What stands on standard output and error, whatever its encoding, and whatever names and titles look like."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

import artbyol
from artbyol.base.events import Notice, Progress
from artbyol.base.spreadsheet import read_rows
from artbyol.base.text import display_path, display_text, text_path
from artbyol.cli import console, main
from artbyol.cli.output import plain, write_paths
from artbyol.report.csv_rows import table_text
from artbyol.report.progress import drawn, literal_console
from tests.cli.test_console import Terminal

BOAT = "海辺の舟 🎨.png"
QUESTIONS = (
    "similar work05.png -k 24 --why", "describe work00.png", "between work00.png work05.png",
    "path work00.png work05.png", "cluster . -k 3", "timeline .", "outliers .", "groups .", "duplicates .", "info .",
    "tag . --adobe", "evaluate .",
    "export . -o out.csv", "embed .", "tag . --write", "--help", "similar --help", "similar 海.png",
)  # fmt: skip


def output(command: str, encoding: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, bytes, bytes]:
    """Exit code, standard output and standard error of a command, where both have this encoding."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
    monkeypatch.setattr(sys, "argv", ["artbyol", *command.split()])
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    with pytest.raises(SystemExit) as left:
        main()
    for stream in streams:
        stream.flush()
    code = left.value.code
    return int(code or 0), *(stream.buffer.getvalue() for stream in streams)  # type: ignore[attr-defined, return-value]


@pytest.fixture
def odd_names(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number in range(6, 12):
        folder = gallery / "ab"[number % 2]
        folder.mkdir(exist_ok=True)
        (gallery / f"work{number:02d}.png").rename(folder / f"work{number:02d}.png")
    (gallery / "work01.png").rename(gallery / BOAT)
    (gallery / "metadata.csv").write_text(f"file,title,year\n{BOAT},Öl – 海,1889\nwork02.png,x,1920\n", "utf-8")
    artbyol.embed(gallery)
    artbyol.cluster(gallery, 3, keep=True)
    artbyol.groups(gallery, rename=("1", "舟 – Öl"))
    artbyol.groups(gallery, freeze=False)
    monkeypatch.chdir(gallery)
    return gallery


@pytest.mark.slow
def test_every_answer_is_written_to_its_end_in_every_encoding(odd_names: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, question in enumerate(QUESTIONS):
        encoding = ("ascii", "cp1252", "latin-1", "cp437")[number % 4]
        code, out, err = output(question, encoding, monkeypatch)
        assert code == (2 if question == "similar 海.png" else 0), (question, err)
        assert b"Traceback" not in err and out + err, question
        if "help" in question or code or question.startswith(("embed", "export", "tag")):
            continue
        code, out, err = output(f"{question} --json", "ascii", monkeypatch)
        assert code == 0 and json.loads(out), question


def test_data_is_the_same_bytes_in_every_encoding(odd_names: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for asked in ("similar work05.png -k 24 -0", "similar work05.png -k 24 --paths", "cluster . -k 3 --csv -"):
        first, second = (output(asked, encoding, monkeypatch)[1] for encoding in ("utf-8", "ascii"))
        assert first == second and BOAT.encode() in first
    assert b"\\u6d77" in output("similar work05.png -k 24", "cp1252", monkeypatch)[1]


LITERAL = ("1935:B:12 recto.jpg", ":boom:", "[red]none[/red]", "[/]", "a\\[b]", "end\\", "[link=x]y")


@pytest.mark.parametrize("text", LITERAL)
def test_names_are_shown_as_they_are(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stdout", Terminal())
    console.rows([[text]], [text])
    console.facts([(text, text)])
    shown = sys.stdout.getvalue().splitlines()  # type: ignore[attr-defined]
    assert [line.strip() for line in shown] == [text, text, f"{text}  {text}"]
    console.remark(text)
    console.facts([(text, text)], err=True)
    console.show_error(artbyol.ArtbyolError(text, text))
    said = capsys.readouterr().err.splitlines()
    assert said == [f"· {text}", f"{text}  {text}", f"Error: {text}", f"Try:   {text}"]


def test_progress_shows_stages_as_they_are() -> None:
    screen = literal_console()
    screen.file, screen._force_terminal = io.StringIO(), True
    with drawn(screen) as listener:
        listener(Progress(":b: [red]x[/]", 1, 2))
        listener(Notice("[b]:b:"))
        screen.print(listener.__self__.render())  # type: ignore[attr-defined]
    assert ":b: [red]x[/]" in screen.file.getvalue() and "[b]:b:" in screen.file.getvalue()


NAMES = some.binary(min_size=1, max_size=16).map(lambda name: name.replace(b"\0", b"x").replace(b"/", b"_"))


@given(some.lists(NAMES, min_size=1, max_size=4))
def test_hypothesis_every_file_name_goes_through_every_output(names: list[bytes]) -> None:
    assert [os.fsencode(name) for name in json.loads(json.dumps(plain(names)))] == names
    shown = [display_path(name) for name in names]
    assert all(line.isprintable() or not set(line) & set("\n\r\x1b") for line in shown)
    text = table_text((["path"], [[name] for name in names]))
    found = read_rows(text, Path("t.csv"), lambda header: header == ("path",))
    assert found is not None and [os.fsencode(row[0]) for row in found.rows] == names
    assert [len(row) for row in csv.reader(io.StringIO(text, newline=""))] == [1] * (len(names) + 1)
    assert [os.fsencode(text_path(name)) for name in names] == names


@given(some.lists(NAMES, max_size=4))
def test_hypothesis_paths_are_bytes(names: list[bytes]) -> None:
    before, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    try:
        write_paths(Path("/c"), names, b"\0")
        written = sys.stdout.buffer.getvalue()  # type: ignore[attr-defined]
    finally:
        sys.stdout = before
    assert written == b"".join(b"/c/" + name + b"\0" for name in names)


@given(some.text())
def test_hypothesis_any_text_is_one_line_also_with_lone_surrogates(text: str) -> None:
    shown = display_text(text)
    shown.encode("utf-8")
    assert shown.splitlines() in ([], [shown])
