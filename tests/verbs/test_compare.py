"""Two collections: kin over there, what is only mine, what of theirs is inside; the other folder is only read."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

import artbyol
from artbyol.base.errors import FolderError
from artbyol.cli import app
from artbyol.search.two_collections import Comparison
from tests.conftest import paint, snapshot


def invoke(*arguments: object) -> Result:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def other(gallery: Path, tmp_path: Path) -> Path:
    """A folder of three pictures of the collection and six that are not in it."""
    folder = paint(tmp_path / "theirs", 30, first=24)
    for name in ("work00.png", "work05.png", "work11.png"):
        shutil.copy(gallery / name, folder / f"copy of {name}")
    return folder


def test_the_same_pictures_are_found_and_shares_come_with_intervals(gallery: Path, other: Path, tmp_path: Path) -> None:
    before = snapshot(other)
    found = artbyol.compare(gallery, other, sheet=tmp_path / "pairs.png", csv=tmp_path / "pairs.csv")
    same = {one.path: one.nearest for one in found.mine if one.same}
    assert same == {name: b"copy of " + name for name in (b"work00.png", b"work05.png", b"work11.png")}
    assert [one.path in same for one in found.mine[:3]] == [True] * 3
    assert all(one.inside for one in found.theirs if one.path.startswith(b"copy"))
    for share, works in (
        (found.with_kin, [one.kin > 0 for one in found.mine]),
        (found.inside, [one.inside for one in found.theirs]),
    ):
        assert share.value == pytest.approx(100 * np.mean(works)) and share.low <= share.value <= share.high
    assert 0 <= found.usual <= 100
    assert {one.path for one in found.only_mine} == {one.path for one in found.mine if not one.kin}
    assert (tmp_path / "pairs.png").exists()
    rows = (tmp_path / "pairs.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 1 + found.works + found.other_works
    assert snapshot(other) == before and not (other / ".artbyol").exists()


def test_what_was_seen_is_kept_until_the_model_is_another(gallery: Path, other: Path, opened: list[str]) -> None:
    def comparing() -> Comparison:
        opened.clear()
        return artbyol.compare(gallery, other)

    first = comparing()
    assert {path.name for path in other.iterdir()} <= set(opened)
    again = comparing()
    assert opened == [] and (again.mine, again.theirs) == (first.mine, first.theirs)
    os.unlink(other / "work24.png")
    assert comparing().other_works == first.other_works - 1


def test_a_collection_beside_itself_is_the_same(gallery: Path) -> None:
    found = artbyol.compare(gallery, gallery)
    assert all(one.same and one.nearest == one.path for one in found.mine)


def test_the_command_lists_what_is_asked_for(gallery: Path, other: Path) -> None:
    told = json.loads(invoke("compare", gallery, other, "--json").stdout_bytes)
    inside = [one["path"] for one in told["theirs"] if one["inside"]]
    lines = invoke("compare", gallery, other, "--show", "inside", "-k", 99).stdout.splitlines()
    assert len(lines) == len(inside) and all(str(other) in line or other.name in line for line in lines)
    only = invoke("compare", gallery, other, "--show", "only-mine", "-k", 2)
    assert len(only.stdout.splitlines()) == min(2, sum(not one["kin"] for one in told["mine"]))
    assert "kin over there" in only.stderr


def test_there_must_be_another_folder_with_pictures(gallery: Path, tmp_path: Path) -> None:
    with pytest.raises(FolderError):
        artbyol.compare(gallery, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FolderError):
        artbyol.compare(gallery, tmp_path / "empty")


def test_what_the_untrained_encoder_holds_to_be_outside_is_outside(gallery: Path, tmp_path: Path) -> None:
    folder = tmp_path / "grounds"
    folder.mkdir()
    for number in range(6):
        Image.new("RGB", (96, 80), (40 * number, 128, 200)).save(folder / f"ground{number}.png")
    shutil.copy(gallery / "work00.png", folder)
    found = artbyol.compare(gallery, folder)
    assert [one.name for one in found.theirs if one.inside] == ["work00.png"]
