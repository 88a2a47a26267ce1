"""A collection of several folders."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import artbyol
from artbyol.base.errors import FolderError, UsageError
from artbyol.pictures.scan import LINK, LINKED_MARKER, scan
from artbyol.storage.linked_folders import add_folders
from tests.conftest import give_model, paint, snapshot


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders of one name, with four pictures each."""
    return paint(tmp_path / "scans" / "works", 4), paint(tmp_path / "phone" / "works", 4, first=4)


def paths(folder: Path) -> list[str]:
    return [os.fsdecode(stamp.path) for stamp in scan(folder).files]


def test_every_folder_is_a_subfolder_and_stays_as_it_is(folders: tuple[Path, Path], tmp_path: Path) -> None:
    both, before = tmp_path / "both", [snapshot(folder) for folder in folders]
    add_folders(both, folders[:1])
    give_model(both)
    assert artbyol.embed(both).works == 4
    (folders[1] / "metadata.csv").write_text("filename,artist\nwork05.png,Anna Berg\n")
    report = artbyol.embed(both, add=folders)  # one is there already
    assert (report.works, report.embedded) == (8, 4)
    inside = both / "phone-works" / "work05.png"
    (known,) = (one.metadata for one in artbyol.describe(inside).works)
    assert known is not None and known.artist == "Anna Berg"
    (folders[1] / "metadata.csv").unlink()
    assert os.readlink(both / "phone-works") == str(folders[1]) and inside.exists()
    assert {one.path.split(b"/")[0] for one in artbyol.similar(inside, across="folders")} == {b"works"}
    assert artbyol.similar(folders[1] / "work05.png", 1, folder=both).left_out == (b"phone-works/work05.png",)
    assert [snapshot(folder) for folder in folders] == before


def test_sidecars_behind_links_are_written_and_taken_back(folders: tuple[Path, Path], tmp_path: Path) -> None:
    add_folders(tmp_path / "both", folders)
    give_model(tmp_path / "both")
    artbyol.embed(tmp_path / "both")
    artbyol.tag(tmp_path / "both", 2, write=True)
    assert len(list(folders[0].glob("*.xmp"))) == len(list(folders[1].glob("*.xmp"))) == 4
    assert len(artbyol.tag(tmp_path / "both", remove=True, write=True).changes) == 8
    assert not any(list(folder.glob("*.xmp")) for folder in folders)


def test_a_folder_that_is_gone_is_waited_for(folders: tuple[Path, Path], tmp_path: Path) -> None:
    both = tmp_path / "both"
    add_folders(both, folders)
    give_model(both)
    artbyol.embed(both)
    folders[1].parent.rename(tmp_path / "unplugged")
    away = artbyol.embed(both)
    assert (away.works, away.away) == (4, 4)
    (tmp_path / "unplugged").rename(folders[1].parent)
    assert artbyol.embed(both).returned == 4
    (both / "phone-works").unlink()
    assert artbyol.embed(both).works == 4 and len(list(folders[1].iterdir())) == 4


def test_only_links_at_the_top_of_such_a_collection_are_entered(folders: tuple[Path, Path], tmp_path: Path) -> None:
    add_folders(tmp_path / "both", folders)
    (folders[0] / "round").symlink_to(tmp_path / "both")
    (folders[0] / "again.png").symlink_to(folders[1] / "work04.png")
    found = scan(tmp_path / "both")
    assert len(found.files) == 8 and found.linked_folders == (b"works/round",)
    assert (found.passed_over, found.links) == ({LINK: 1}, {b"works/again.png": b"phone-works/work04.png"})
    assert len(scan(tmp_path / "both", only={b"phone-works"}).files) == 4
    (tmp_path / "both" / LINKED_MARKER).unlink()
    assert paths(tmp_path / "both") == []


def test_folders_that_cannot_be_one_collection(folders: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="There is no folder"):
        add_folders(tmp_path / "both", [tmp_path / "nowhere"])
    assert not (tmp_path / "both").exists()
    with pytest.raises(UsageError, match="holds other things"):
        add_folders(folders[0], [folders[1]])
    add_folders(tmp_path / "both", folders)
    for inside in (folders[0].parent, tmp_path):
        with pytest.raises(UsageError, match="lie in each other"):
            add_folders(tmp_path / "both", [inside])
    shutil.rmtree(tmp_path / "both")
    assert len(list(folders[0].iterdir())) == 4
