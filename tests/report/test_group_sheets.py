"""Sheets of groups: what is drawn, and what is never touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

import artbyol
from artbyol.base.errors import UsageError
from artbyol.pictures.scan import SHEETS_MARKER, scan
from artbyol.report.sheets import group_sheets
from tests.conftest import run_cli, snapshot


def test_a_sheet_for_each_group_and_an_overview_made_anew_each_time(gallery: Path, tmp_path: Path) -> None:
    before = snapshot(gallery)
    folder = tmp_path / "sheets"
    found = artbyol.cluster(gallery, 3)
    made = group_sheets(found, folder, suffix=".png", dpi=50)
    assert sorted(path.name for path in folder.iterdir()) == [
        SHEETS_MARKER,
        "group 01.png",
        "group 02.png",
        "group 03.png",
        "overview.png",
    ]
    assert (made.sheets, made.pages) == (4, 4)
    with Image.open(folder / "overview.png") as sheet:
        assert sheet.size == (413, 585)  # A4 at 50 dpi
        assert round(sheet.info["dpi"][0]) == 50
    made = group_sheets(artbyol.cluster(gallery, 2), folder, paper="letter", dpi=50)
    assert sorted(path.name for path in folder.iterdir()) == [
        SHEETS_MARKER,
        "group 01.pdf",
        "group 02.pdf",
        "overview.pdf",
    ]
    assert made.sheets == 3
    assert snapshot(gallery) == before


@pytest.mark.slow
def test_outliers_are_framed_and_all_works_are_there(gallery: Path, tmp_path: Path) -> None:
    found = artbyol.cluster(gallery, 1)
    (group,) = found.groups
    for path in group.members[3].path, group.members[20].path:
        Image.new("RGB", (96, 80), (20, 220, 40)).save(gallery / path.decode())  # green, to be counted
    group_sheets(found, tmp_path / "sheets", suffix=".png", dpi=100)
    greens = 0
    for page in (tmp_path / "sheets").glob("group 01*.png"):
        with Image.open(page) as sheet:
            colours = {colour: count for count, colour in sheet.convert("RGB").getcolors(2**24) or []}
            greens += colours.get((20, 220, 40), 0)
            assert ((196, 72, 44) in colours) == bool(group.outliers)
    assert greens > 2 * 90 * 80


def test_sheets_are_not_taken_for_works(gallery: Path) -> None:
    group_sheets(artbyol.cluster(gallery, 2), gallery / "sheets", suffix=".png", dpi=50)
    assert len(scan(gallery).files) == 24


def test_a_folder_with_anything_else_in_it_is_left_alone(gallery: Path, tmp_path: Path) -> None:
    found = artbyol.cluster(gallery, 2)
    before = snapshot(gallery)
    with pytest.raises(UsageError, match=r"holds .artbyol, which artbyol did not put there"):
        group_sheets(found, gallery)
    assert snapshot(gallery) == before and not (gallery / SHEETS_MARKER).exists()
    folder = tmp_path / "sheets"
    group_sheets(found, folder, suffix=".png", dpi=50)
    (folder / "group 01.png").write_bytes((gallery / "work00.png").read_bytes())  # somebody's own picture
    with pytest.raises(UsageError, match="not a contact sheet"):
        group_sheets(found, folder, suffix=".png", dpi=50)
    assert (folder / "group 01.png").read_bytes() == (gallery / "work00.png").read_bytes()
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is a file"):
        group_sheets(found, tmp_path / "file")


@pytest.mark.slow
def test_cluster_draws_sheets(gallery: Path, tmp_path: Path) -> None:
    done = run_cli("cluster", gallery, "-k", 2, "--sheet-dir", tmp_path / "sheets", "--dpi", 60)
    assert done.returncode == 0, done.stderr
    assert b"3 sheets, 3 pages in all" in done.stderr
    assert (tmp_path / "sheets" / "group 02.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_sheets_are_there_until_the_new_ones_are_drawn(
    gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    group_sheets(artbyol.cluster(gallery, 4), tmp_path / "sheets", dpi=72)
    before = {path.name for path in (tmp_path / "sheets").iterdir()}

    def stopped(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("artbyol.report.sheets.save_pages", stopped)
        group_sheets(artbyol.cluster(gallery, 2), tmp_path / "sheets", dpi=72)
    assert {path.name for path in (tmp_path / "sheets").iterdir()} == before
    group_sheets(artbyol.cluster(gallery, 2), tmp_path / "sheets", dpi=72)
    assert before - {path.name for path in (tmp_path / "sheets").iterdir()} == {"group 03.pdf", "group 04.pdf"}
