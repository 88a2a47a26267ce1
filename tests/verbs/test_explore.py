"""`explore` on the folders people really have: empty, tiny, repetitive, broken, oddly named."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import artbyol
from artbyol.base.events import Notice
from artbyol.base.spreadsheet import as_it_was
from artbyol.cli import app
from artbyol.report.wording import finding
from tests.conftest import give_model, paint, painting, run_cli, snapshot

MESSY = [
    b"plain.png",
    b"two words.png",
    b'it\'s "quoted".png',
    b"line\nbreak.png",
    "日本 🎨 naïve.png".encode(),
    b"latin-1 \xe9t\xe9.png",
    b"-rf.png",
    b"$HOME;`ls`.png",
    b"[bold]markup[/].png",
    b"comma, semicolon; tab\t.png",
    b"deep/er/and deeper.PNG",
    b"no suffix",
]


def explore(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["explore", str(folder), *more])


def empty(folder: Path) -> None:
    folder.mkdir()


def only_other_files(folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.txt").write_text("nothing to see")


@pytest.mark.parametrize("make", [empty, only_other_files])
def test_a_folder_without_pictures_is_answered_in_a_sentence(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "folder")
    result = explore(tmp_path / "folder")
    assert result.exit_code == 1
    assert "no pictures" in result.stderr and "Traceback" not in result.output


def test_one_picture_is_embedded_and_there_is_nothing_to_compare_it_with(tmp_path: Path) -> None:
    folder = paint(tmp_path / "one", 1)
    give_model(folder)
    result = explore(folder)
    assert result.exit_code == 0, result.output
    assert "nothing to compare" in result.stderr
    assert artbyol.explore(folder).groups is None


@pytest.mark.slow
def test_two_pictures_are_each_others_neighbours(tmp_path: Path) -> None:
    folder = paint(tmp_path / "two", 2)
    found = artbyol.explore(folder)
    assert found.trained is None  # too few: the pretrained default, as it is
    assert not found.embedded.trained and found.embedded.works == 2
    assert found.groups is not None and [group.size for group in found.groups.groups] == [2]
    assert found.neighbours is not None and len(found.neighbours.neighbours) == 1


@pytest.mark.slow
def test_a_collection_copied_with_its_store_is_explored_by_itself(tmp_path: Path) -> None:
    artbyol.explore(paint(tmp_path / "two", 2))
    shutil.copytree(tmp_path / "two", tmp_path / "copy")
    shutil.rmtree(tmp_path / "two")
    found = artbyol.explore(tmp_path / "copy")
    assert found.groups is not None and found.groups.folder == tmp_path / "copy"
    assert found.neighbours is not None and found.neighbours.folder == tmp_path / "copy"


@pytest.mark.slow
def test_ten_copies_are_one_picture(tmp_path: Path) -> None:
    folder = paint(tmp_path / "same", 1)
    for number in range(9):
        shutil.copy(folder / "work00.png", folder / f"copy{number}.png")
    result = explore(folder)
    assert result.exit_code == 0, result.output
    assert "there is one" in result.stderr and "nothing to compare" in result.stderr


@pytest.mark.slow
def test_ten_files_of_one_picture_are_grouped_without_training_on_them(tmp_path: Path) -> None:
    folder = tmp_path / "same"
    folder.mkdir()
    for number in range(10):
        painting(1).save(folder / f"{number}.png", compress_level=number)
    result = explore(folder, "--effort", "quick", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["trained"] is None
    assert len(found["groups"]["groups"]) == 1
    assert "look the same" in result.stderr


@pytest.mark.slow
def test_a_folder_of_broken_files_names_each_with_its_reason(tmp_path: Path) -> None:
    folder = paint(tmp_path / "broken", 10)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:150])
    result = explore(folder)
    assert result.exit_code == 1
    assert "None of the 10 files" in result.stderr and "Traceback" not in result.output
    assert "10 truncated" in result.stderr
    embedded = CliRunner().invoke(app, ["embed", str(folder)])
    assert embedded.exit_code == 0 and embedded.output.count("cut off") == 10
    assert not (folder / ".artbyol" / "model.safetensors").exists()


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    """Twelve pictures with the worst of names, copies of them, and everything that is no picture."""
    folder = tmp_path / "it's my [art] folder"
    for number, name in enumerate(MESSY):
        path = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:  # noqa: PTH123 (bytes)
            painting(number).save(file, "PNG")
    shutil.copy(folder / "plain.png", folder / "plain copy.png")
    (folder / "zero.jpg").touch()
    (folder / "letter.jpg").write_text("dear aunt")
    (folder / "cut.png").write_bytes((folder / "plain.png").read_bytes()[:200])
    (folder / "catalogue.pdf").write_bytes(b"%PDF")
    paint(folder / ".hidden", 1, first=50)
    paint(folder / "@eaDir", 1, first=51)
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    give_model(folder)
    return folder


def members(found: dict[str, Any]) -> list[bytes]:
    return [os.fsencode(member["path"]) for group in found["groups"] for member in group["members"]]


@pytest.mark.slow
def test_a_messy_folder_goes_through_the_whole_program_with_every_byte_of_its_names(messy: Path) -> None:
    before = snapshot(messy)
    done = run_cli("explore", messy, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    expected = {*MESSY, b"plain copy.png"}
    assert set(members(found["groups"])) == expected
    assert found["embedded"]["works"] == 12 and found["embedded"]["other_files"] == 1
    assert {(skip["path"], skip["code"]) for skip in found["embedded"]["skips"]} == {
        ("zero.jpg", "empty"),
        ("letter.jpg", "not-an-image"),
        ("cut.png", "truncated"),
        ("gone.png", "vanished"),
    }
    assert b"Traceback" not in done.stderr

    done = run_cli("cluster", messy, "--csv", "-", "-q")
    rows = list(csv.reader(done.stdout.decode("utf-8", "surrogateescape").splitlines(keepends=True)))
    assert {os.fsencode(as_it_was(row[1])) for row in rows[1:]} == expected
    assert rows[0][:2] == ["group", "path"]

    root = os.fsencode(messy)
    for query in (b"line\nbreak.png", b"latin-1 \xe9t\xe9.png", b"-rf.png"):
        done = run_cli("similar", os.path.join(root, query), "-k", "50", "-0")
        assert done.returncode == 0, done.stderr
        paths = done.stdout.split(b"\0")
        assert paths.pop() == b""
        copies = {b"plain.png", b"plain copy.png"}
        assert {os.path.relpath(p, root) for p in paths} | copies == expected - {query} | copies
        assert all(os.path.exists(path) for path in paths)

    done = run_cli("similar", messy / "plain.png", "-k", "50")
    assert done.stdout.count(b"\n") == 11  # one line a work, whatever its name holds
    assert b"line\\nbreak.png" in done.stdout and b"\xe9" not in done.stdout
    assert b"[bold]markup[/].png" in done.stdout
    assert snapshot(messy) == before


@pytest.mark.slow
def test_exploring_again_does_only_what_is_missing(messy: Path, opened: list[str]) -> None:
    artbyol.explore(messy)
    opened.clear()
    painting(90).save(messy / "new.png")
    found = artbyol.explore(messy)
    assert found.trained is None and found.embedded.decoded == 1
    assert "new.png" in opened and "plain.png" not in opened


@pytest.mark.slow
def test_enough_pictures_are_trained_on_grouped_and_searched_in_one_go(tmp_path: Path) -> None:
    folder = paint(tmp_path / "sixteen", 16)
    plain = explore(folder, "--effort", "quick")
    assert plain.exit_code == 0, plain.output
    assert "look next" in plain.stderr and "similar" in plain.stderr
    model = artbyol.info(folder).model
    assert finding(model.verdict) in plain.stderr and "on 16 works" in plain.stderr
    result = explore(folder, "--json")
    found = json.loads(result.stdout)
    assert found["embedded"]["model_id"] == found["groups"]["model_id"] == model.model_id
    assert sum(len(group["members"]) for group in found["groups"]["groups"]) == 16
    assert len(found["neighbours"]["neighbours"]) == 5


def test_it_ends_with_the_address_of_pages_made_anew_only_when_something_changed(gallery: Path) -> None:
    assert explore(gallery).stderr.splitlines()[-1].endswith((gallery / ".artbyol/gallery/index.html").as_uri())
    page = gallery / ".artbyol/gallery/index.html"
    made = page.stat().st_mtime_ns
    assert artbyol.explore(gallery).page == page and page.stat().st_mtime_ns == made
    painting(77).save(gallery / "new.png")
    artbyol.explore(gallery)
    assert page.stat().st_mtime_ns > made


def test_every_part_is_told_of(gallery: Path) -> None:
    said: list[object] = []
    artbyol.explore(gallery, listener=said.append)
    assert any(isinstance(one, Notice) and "Grouping 24 works" in one.text for one in said)
