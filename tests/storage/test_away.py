"""Pictures that are not there now: a drive that is not plugged in costs nothing, and what is deleted is left out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import artbyol
from artbyol.base.errors import FolderError
from artbyol.base.events import Event, Notice
from artbyol.pictures import scan as scanning
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from tests.conftest import give_model, paint, painting, vectors


@pytest.fixture(scope="session")
def _drives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = paint(tmp_path_factory.mktemp("drives") / "works", 3)
    paint(folder / "drive" / "a", 3, first=10)
    paint(folder / "drive" / "b", 2, first=20)
    (folder / "drive" / "b" / "broken.png").write_bytes(b"no picture")
    give_model(folder)
    artbyol.embed(folder)
    return folder


@pytest.fixture
def works(_drives: Path, tmp_path: Path) -> Path:
    """Three pictures, and five and a broken one in a subfolder, embedded."""
    return Path(shutil.copytree(_drives, tmp_path / "works"))


def embed(folder: Path, **how: Any) -> tuple[artbyol.search.embedding.EmbedReport, list[str]]:  # type: ignore[name-defined]
    told: list[Event] = []
    report = artbyol.embed(folder, listener=told.append, **how)
    return report, [event.text for event in told if isinstance(event, Notice)]


def empty_mount_point(folder: Path) -> None:
    folder.mkdir()


@pytest.mark.parametrize("leave", [empty_mount_point, lambda folder: None])
@pytest.mark.parametrize("back_as", ["drive", "another name"])
def test_a_subfolder_on_a_drive_may_go_and_come_back(
    works: Path, opened: list[str], leave: Callable[[Path], None], back_as: str
) -> None:
    before = vectors(works)
    (works / "drive").rename(works.parent / "unplugged")
    leave(works / "drive")
    report, said = embed(works)
    assert (report.works, report.vanished, report.away, report.embedded) == (3, 6, 5, 0)
    assert any("drive has no pictures now and had 5" in text and "embed --forget" in text for text in said)
    info = artbyol.info(works)
    assert (info.works, info.away, info.stale) == (3, 5, ())
    told: list[Event] = []
    found = artbyol.similar(works / "work00.png", listener=told.append)
    assert len(found) == 2 and "drive has no pictures now" in str(told)
    if (works / "drive").exists():
        (works / "drive").rmdir()
    (works.parent / "unplugged").rename(works / back_as)
    opened.clear()
    report, said = embed(works)
    assert (report.works, report.away, report.embedded) == (8, 0, 0) and not said
    assert (report.returned, report.moved) == ((5, 0) if back_as == "drive" else (0, 5))
    assert opened == ["broken.png"]
    after = {path.replace(os.fsencode(back_as), b"drive"): vector for path, vector in vectors(works).items()}
    assert after.keys() == before.keys() and all(np.array_equal(after[path], before[path]) for path in before)
    assert embed(works)[0].unchanged == report.files == 9


def test_the_whole_collection_may_be_away(works: Path, tmp_path: Path, opened: list[str]) -> None:
    store = tmp_path / "store"
    shutil.move(works / ".artbyol", store)
    (store / "store.json").unlink()  # it says that the store lies in the collection it was copied from
    embed(works, store=store)
    works.rename(tmp_path / "unplugged")
    works.mkdir()
    for _ in range(2):
        report, said = embed(works, store=store)
        assert (report.works, report.away) == (0, 8)
        assert any("The folder has no pictures now and had 8" in text for text in said)
    told: list[Event] = []
    with pytest.raises(FolderError, match="no embedded picture"):
        artbyol.similar(tmp_path / "unplugged" / "work00.png", folder=works, store=store, listener=told.append)
    assert "The folder has no pictures now" in str(told)
    works.rmdir()
    (tmp_path / "unplugged").rename(works)
    opened.clear()
    report, _ = embed(works, store=store)
    assert (report.works, report.returned, report.embedded, opened) == (8, 8, 0, ["broken.png"])


def test_a_drive_that_was_unplugged_after_embedding_still_answers_and_this_is_said(works: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    shutil.move(works / ".artbyol", store)
    (store / "store.json").unlink()
    embed(works, store=store)
    works.rename(tmp_path / "unplugged")
    works.mkdir()
    told: list[Event] = []
    query = tmp_path / "unplugged" / "work00.png"
    assert len(artbyol.similar(query, folder=works, store=store, listener=told.append)) == 7
    assert f"{works} is empty now. What is said is what is known of the 9 files that were there." in str(told)
    assert artbyol.duplicates(works, store=store).spare == []
    assert artbyol.info(works, store=store).vanished == 9


def test_what_is_deleted_is_left_out_and_forgotten_when_asked(works: Path, opened: list[str]) -> None:
    (works / "work00.png").rename(works.parent / "kept.png")
    report, said = embed(works)
    assert (report.works, report.vanished, report.away, said) == (7, 1, 1, [])
    (works.parent / "kept.png").rename(works / "back.png")  # out of the bin, under another name
    report, _ = embed(works)
    assert (report.works, report.moved, report.away, opened) == (8, 1, 0, [])
    (works / "back.png").unlink()
    shutil.rmtree(works / "drive")
    assert embed(works)[0].away == 6
    report, said = embed(works, forget=True)
    assert (report.works, report.away, said) == (2, 0, [])
    with Catalogue.open(locate(works).catalogue, read_only=True) as catalogue:
        assert catalogue.away() == {} and catalogue.content_of(catalogue.works()[0].hash)
        assert len(catalogue._rows("SELECT 1 FROM contents")) == 2


def test_a_renamed_folder_and_a_copy_left_are_not_waited_for(works: Path) -> None:
    (works / "drive").rename(works / "disk")
    shutil.copy(works / "work01.png", works / "copy.png")
    embed(works)
    (works / "work01.png").unlink()
    report, said = embed(works)
    assert (report.works, report.away, said) == (8, 0, [])


def test_a_picture_replaced_by_another_of_its_name_is_replaced(works: Path) -> None:
    painting(70).save(works / "work00.png")
    report, _ = embed(works)
    assert (report.works, report.away) == (8, 0)
    with Catalogue.open(locate(works).catalogue, read_only=True) as catalogue:
        assert len(catalogue._rows("SELECT 1 FROM contents")) == 8


def test_what_does_not_count_any_more_is_not_waited_for(works: Path) -> None:
    (works / "drive" / "a" / ".artbyol-gallery").touch()
    report, said = embed(works)
    assert (report.works, report.vanished, report.away, said) == (5, 3, 0, [])


@pytest.mark.parametrize("fault", ["folder", "midway", "stat", "open"])
def test_what_cannot_be_read_for_now_is_not_gone(
    works: Path, monkeypatch: pytest.MonkeyPatch, opened: list[str], fault: str
) -> None:
    """A disk that fails at the listing of a folder, in the midst of it, or at one file."""
    before = vectors(works)
    failing = OSError(5, "Input/output error")
    real_scandir, real_stamp = os.scandir, scanning._stamp

    class Midway:
        def __init__(self, path: bytes) -> None:
            self.listing = real_scandir(path)

        def __enter__(self) -> Midway:
            return self

        def __exit__(self, *_: object) -> None:
            self.listing.close()

        def __iter__(self) -> Any:
            yield next(self.listing)
            raise failing

    def scandir(path: Any) -> Any:
        if isinstance(path, bytes) and path.rstrip(b"/").endswith(b"drive/a"):
            if fault == "midway":
                return Midway(path)
            raise failing
        return real_scandir(path)

    def stamp(entry: Any, path: bytes) -> Any:
        return scanning.FileStamp(path, 0, 0) if path.startswith(b"drive/a/") else real_stamp(entry, path)

    def unreadable(path: Any, *rest: Any) -> Any:
        raise scanning.unusable("unreadable")

    with monkeypatch.context() as patch:
        if fault in ("folder", "midway"):
            patch.setattr(os, "scandir", scandir)
        else:
            patch.setattr(scanning, "_stamp", stamp)
            patch.setattr("artbyol.storage.ingest.open_regular", unreadable)
        report, said = embed(works)
        assert report.vanished == 0
        assert report.works == (8 if fault in ("folder", "midway") else 5)
        assert any("drive/a cannot be opened" in text for text in said) == (fault in ("folder", "midway"))
    opened.clear()
    report, _ = embed(works)
    assert (report.works, report.embedded, report.away) == (8, 0, 0) and "work10.png" not in opened
    after = vectors(works)
    assert after.keys() == before.keys() and all(np.array_equal(after[path], before[path]) for path in before)


def test_a_root_that_fails_changes_nothing(works: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(path: Any) -> Any:
        if path == os.fsencode(works):
            raise OSError(5, "Input/output error")
        return real(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", scandir)
        with pytest.raises(FolderError, match="cannot be read"):
            artbyol.embed(works)
    assert embed(works)[0].unchanged == 9


@pytest.mark.slow
def test_groups_keep_their_works_while_these_are_away(works: Path) -> None:
    artbyol.cluster(works, 2, keep=True)
    before = {one.id: one.works for one in artbyol.groups(works).groups}
    (works / "drive").rename(works.parent / "unplugged")
    embed(works)
    (works.parent / "unplugged").rename(works / "drive")
    embed(works)
    found = artbyol.groups(works)
    assert {one.id: one.works for one in found.groups} == before and not found.gone and not found.waiting
