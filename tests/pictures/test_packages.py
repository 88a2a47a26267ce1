"""Folders of other programs: what is in them are no works, and nothing is written into them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from artbyol.base.errors import UsageError
from artbyol.pictures.packages import kind_of, levels_to_originals, package_around
from artbyol.pictures.scan import scan
from artbyol.storage.store import create, locate
from tests.conftest import paint
from tests.pictures.test_scan import names, touch

PASSED_OVER = {
    "preview cache": (
        *("Catalog Previews.lrdata/0/A.lrprev.jpg", "Cat.lrcat-data/a/b", "CaptureOne/Cache/Proxies/a.jpg"),
        *("@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg", "iPod Photo Cache/F00/T1.jpg", "appdata_oc1x2y/preview/1/a.png"),
    ),
    "snapshot": (
        *("@Recently-Snapshot/GMT+1/a.jpg", "~snapshot/hourly.0/a.jpg", "#snapshot/a.jpg", "FileHistory/me/a.jpg"),
        *("Backups.backupdb/Mac/Latest/a.jpg", "mac.sparsebundle/bands/0", "@GMT-2020.01.01-00.00.00/a.jpg"),
    ),
    "recycle bin": ("@Recycle/a.jpg", "#recycle/a.jpg", "$RECYCLE.BIN/S-1-5/a.jpg", "files_trashbin/files/a.jpg.d12"),
    "system folder": ("__MACOSX/a.jpg", "System Volume Information/a.jpg", "lost+found/12", "FOUND.000/a.jpg"),
    "package": ("Preview.app/Contents/a.png", "Letter.pages/preview.jpg", "Film.imovielibrary/x/thumb.jpg"),
}
HIDDEN = (".@__thumb/a.jpg", ".snapshot/a/b.jpg", ".zfs/snapshot/a.jpg", ".Trash-1000/files/a.jpg", ".dtrash/a.jpg")
HIDDEN += (".picasaoriginals/a.jpg", ".Trashes/501/a.jpg", ".snapshots/1/snapshot/a.jpg", ".stversions/a.jpg")

ORIGINALS = ("originals/A/1.jpeg", "Masters/2012/01/2.jpg")
DERIVED = ("resources/derivatives/A/1_1_105_c.jpeg", "resources/derivatives/masters/A/1_4_5005_c.jpeg")
DERIVED += ("Thumbnails/2.jpg", "Previews/2.jpg", "database/search/a", "cover.jpg", "resources/originals/3.jpg")


@pytest.mark.parametrize(("kind", "files"), PASSED_OVER.items())
def test_folders_of_other_programs_are_passed_over_and_counted(
    tmp_path: Path, kind: str, files: tuple[str, ...]
) -> None:
    touch(tmp_path, "a.jpg", *files, *(f"deep/er/{name}" for name in files))
    found = scan(tmp_path)
    assert ([stamp.path for stamp in found.files], found.passed_over) == ([b"a.jpg"], {kind: 2 * len(files)})


def test_hidden_ones_are_passed_over_as_all_that_is_hidden(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", *HIDDEN)
    assert names(tmp_path) == [b"a.jpg"]
    assert all(kind_of(os.fsencode(name).rsplit(b"/", 1)[0].split(b"/")[0]) for name in HIDDEN)


@pytest.mark.parametrize(
    "name",
    ["snapshot", "Cache", "CaptureOne", "originals", "photoslibrary", "Goa.photos", "app", "Thumbnails", "trash"],
)
def test_an_artists_folders_are_not_taken_for_those_of_programs(tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"{name}/a.jpg")
    assert names(tmp_path) == [f"{name}/a.jpg".encode()]


@pytest.mark.parametrize("library", ["Fotos.photoslibrary", "My.APLIBRARY", "iPhoto Library", "Work.cocatalog"])
def test_of_a_photo_library_the_originals_are_works(tmp_path: Path, library: str) -> None:
    touch(tmp_path, "a.jpg", *(f"{library}/{name}" for name in (*ORIGINALS, *DERIVED)))
    found = scan(tmp_path)
    originals = [f"{library}/{name}".encode() for name in ORIGINALS]
    assert [stamp.path for stamp in found.files] == sorted([b"a.jpg", *originals])
    assert found.passed_over == {"photo library": 1}
    assert names(tmp_path / library) == sorted(map(os.fsencode, ORIGINALS))  # also where it is named itself
    assert len(names(tmp_path / library / "resources")) == 3  # a folder named explicitly is always scanned


def test_lightrooms_own_library_has_its_originals_one_folder_further_down(tmp_path: Path) -> None:
    library = "Lightroom Library.lrlibrary"
    touch(
        tmp_path,
        f"{library}/0a1b/originals/2019/2019-05-03/a.jpg",
        f"{library}/0a1b/previews/b.jpg",
        f"{library}/c.jpg",
    )
    assert names(tmp_path) == [f"{library}/0a1b/originals/2019/2019-05-03/a.jpg".encode()]
    assert levels_to_originals(b"x/" + library.encode()) == 2


def test_a_place_in_a_package_is_known_by_way_of_a_link_too(tmp_path: Path) -> None:
    inside = tmp_path / "F.photoslibrary" / "originals"
    inside.mkdir(parents=True)
    (tmp_path / "link").symlink_to(inside)
    assert package_around(tmp_path / "link" / "new") == tmp_path.resolve() / "F.photoslibrary"
    assert package_around(tmp_path / "F.photoslibrary") == tmp_path.resolve() / "F.photoslibrary"
    assert package_around(tmp_path) is None


def test_no_store_is_made_in_a_package(tmp_path: Path) -> None:
    inside = paint(tmp_path / "F.photoslibrary" / "originals", 1)
    for folder in (inside, inside.parent):
        with pytest.raises(UsageError, match=r"F\.photoslibrary belongs to another program") as refused:
            create(locate(folder))
        assert "--store DIR" in str(refused.value.hint)
    assert [path.name for path in inside.parent.rglob("*")] == ["originals", "work00.png"]
    create(locate(inside, tmp_path / "store"))
