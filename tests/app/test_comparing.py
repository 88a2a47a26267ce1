"""A collection beside another folder, as windows see it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import artbyol
from artbyol.app.comparing import compared
from artbyol.app.works import known_works
from artbyol.base.errors import UsageError
from tests.conftest import paint, snapshot


def test_windows_are_told_what_compare_says(gallery: Path, tmp_path: Path) -> None:
    folder = paint(tmp_path / "theirs", 27, first=24)
    shutil.copy(gallery / "work05.png", folder / "copy.png")
    before = snapshot(folder)
    with artbyol.open(gallery) as collection, collection.question():
        known = known_works(collection, 10)
        told = compared(collection, known, str(folder))
    found = artbyol.compare(gallery, folder)
    said = json.loads(json.dumps(told.said))
    assert [known.by_id[one["mine"]].path for one in said["kin"]] == [one.path for one in found.mine]
    assert [said["names"][one["theirs"]] for one in said["kin"]] == [
        Path(one.nearest.decode()).name for one in found.mine
    ]
    assert [one["mine"] for one in said["kin"] if one["same"]] == [known.id_of[b"work05.png"]]
    assert len(said["only"]) == said["onlyMine"] == len(found.only_mine)
    assert [said["names"][one["theirs"]] for one in said["inside"]] == [one.name for one in found.theirs if one.inside]
    assert {Path(str(one.files[0], "utf-8")) for one in told.theirs} <= set(folder.iterdir())
    assert snapshot(folder) == before


def test_the_other_folder_is_named_by_its_whole_path(gallery: Path) -> None:
    with artbyol.open(gallery) as collection, collection.question(), pytest.raises(UsageError):
        compared(collection, known_works(collection, 10), "theirs")
