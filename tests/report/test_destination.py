"""Whatever is written: nothing of anybody's is replaced or removed, and no link leads elsewhere."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import artbyol
from artbyol.base.errors import ArtbyolError, UsageError
from artbyol.pictures.scan import GALLERY_MARKER, ORGANIZED_MARKER, SHEETS_MARKER
from artbyol.report.destination import name_below, own_folder, replacing_file, replacing_folder
from artbyol.report.gallery.folder import GalleryFolder
from tests.conftest import snapshot

FILES: dict[str, tuple[str, Callable[[Path, Path], object]]] = {
    "sheet": ("x.png", lambda folder, target: artbyol.similar(folder / "work00.png", 2, sheet=target)),
    "html": ("x.html", lambda folder, target: artbyol.similar(folder / "work00.png", 2, html=target)),
    "csv": ("x.csv", lambda folder, target: artbyol.cluster(folder, 2, csv=target)),
    "export": ("x.jsonl", lambda folder, target: artbyol.export(folder, target, k=2)),
    "vectors": ("x.npy", lambda folder, target: artbyol.export(folder, target, k=2)),
}
FOLDERS: dict[str, tuple[str, Callable[[Path, Path], object]]] = {
    "organize": (ORGANIZED_MARKER, lambda folder, target: artbyol.cluster(folder, 2, organize=target, copy=True)),
    "sheets": (SHEETS_MARKER, lambda folder, target: artbyol.cluster(folder, 2, sheet_dir=target, dpi=50)),
    "projector": (ORGANIZED_MARKER, lambda folder, target: artbyol.export(folder, target, "projector", k=2)),
    "gallery": (GALLERY_MARKER, lambda folder, target: artbyol.gallery(folder, target, k=2, thumbnails=64, large=0)),
}
LONG_AGO = time.time() - 100_000


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.slow
def test_a_file_replaces_its_own_kind_and_nothing_else(kind: str, gallery: Path, tmp_path: Path) -> None:
    name, write = FILES[kind]
    target, letter = tmp_path / name, tmp_path / "letter.txt"
    letter.write_text("mine")
    before = snapshot(gallery)
    write(gallery, target)
    first = target.read_bytes()
    write(gallery, target)  # an earlier one is replaced
    (tmp_path / f".{name}.1-1.tmp").write_bytes(b"half")  # of a run that was killed long ago
    os.utime(tmp_path / f".{name}.1-1.tmp", (LONG_AGO, LONG_AGO))
    target.unlink()
    target.touch()  # nothing is lost
    write(gallery, target)
    assert len(target.read_bytes()) >= 0.9 * len(first) and snapshot(gallery) == before
    target.unlink()
    for link, mine in ((target, letter), (target, gallery / "work01.png"), (target, tmp_path / "nowhere")):
        link.symlink_to(mine)
        with pytest.raises(UsageError, match="left as it is"):
            write(gallery, link)
        link.unlink()
    target.mkdir()
    with pytest.raises(UsageError):
        write(gallery, target)
    with pytest.raises(ArtbyolError, match="no folder"):
        write(gallery, tmp_path / "no" / name)
    assert letter.read_text() == "mine" and snapshot(gallery) == before
    beside = {"x.csv"} if kind == "vectors" else set()
    assert set(os.listdir(tmp_path)) == {"gallery", "letter.txt", name} | beside


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.slow
def test_a_folder_is_taken_only_where_it_is_new_or_ones_own(kind: str, gallery: Path, tmp_path: Path) -> None:
    marker, make = FOLDERS[kind]
    before = snapshot(gallery)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("mine")
    (mine / ".DS_Store").touch()
    for place in (mine, mine / "letter.txt", gallery, gallery.parent):
        with pytest.raises(UsageError):
            make(gallery, place)
    (tmp_path / "way").symlink_to(gallery, target_is_directory=True)
    with pytest.raises(UsageError):
        make(gallery, tmp_path / "way")
    assert sorted(os.listdir(mine)) == [".DS_Store", "letter.txt"] and snapshot(gallery) == before
    make(gallery, tmp_path / "made")
    assert (tmp_path / "made" / marker).is_file()
    make(gallery, tmp_path / "made")
    assert snapshot(gallery) == before and set(os.listdir(tmp_path)) == {"gallery", "mine", "way", "made"}


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.parametrize("name", ["../letter.txt", "{}/letter.txt", "a/../../letter.txt", ".", ""])
def test_a_strangers_marker_removes_nothing_outside(kind: str, name: str, gallery: Path, tmp_path: Path) -> None:
    marker, make = FOLDERS[kind]
    letter, made = tmp_path / "letter.txt", tmp_path / "made"
    letter.write_text("mine")
    made.mkdir()
    name = name.format(tmp_path)
    digest = "e6d72c5a8d0b8cbcd6d8d8b5b1c3ab1d"
    listed = {"files": {name: [digest]}, "folders": [name], "links": [name], "copies": {name: [4, 0]}}
    (made / marker).write_text(json.dumps({"made_by": "artbyol", "format": 1, **listed}))
    if kind == "sheets":  # its marker lists nothing
        make(gallery, made)
    else:
        with pytest.raises(UsageError, match="not made by this artbyol"):
            make(gallery, made)
    assert letter.read_text() == "mine"


def elsewhere(tmp_path: Path, folder: Path) -> Path:
    """Put a link in the place of a folder, with what was in it where it leads, and a letter."""
    other = tmp_path / "elsewhere"
    folder.rename(other)
    (other / "letter.txt").write_text("mine")
    folder.symlink_to(other, target_is_directory=True)
    return other


@pytest.mark.parametrize("level", ["images", "images/small-64", "images/small-64/*", "images/map-24", "pages-*"])
@pytest.mark.slow
def test_a_gallery_writes_and_removes_nothing_through_a_link(level: str, gallery: Path, tmp_path: Path) -> None:
    _, make = FOLDERS["gallery"]
    site = tmp_path / "site"
    make(gallery, site)
    other = elsewhere(tmp_path, next(site.glob(level)))
    before = snapshot(other)
    artbyol.cluster(gallery, 3, keep=True)
    (gallery / "work03.png").unlink()
    artbyol.embed(gallery)
    try:
        artbyol.gallery(gallery, site, thumbnails=64, large=0, title="Another")
    except UsageError as error:
        assert "is a link" in error.message
    assert snapshot(other) == before


@pytest.mark.parametrize("kind", ["organize", "projector", "sheets"])
@pytest.mark.slow
def test_a_link_among_what_was_made_is_not_ones_own(kind: str, gallery: Path, tmp_path: Path) -> None:
    _, make = FOLDERS[kind]
    made = tmp_path / "made"
    make(gallery, made)
    entry = next(path for path in made.iterdir() if not path.name.startswith("."))
    other = tmp_path / "elsewhere"
    entry.rename(other)
    entry.symlink_to(other)
    before = snapshot(tmp_path)
    with pytest.raises(UsageError, match="did not put there"):
        make(gallery, made)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.slow
def test_what_a_killed_run_left_refuses_nothing(kind: str, gallery: Path, tmp_path: Path) -> None:
    marker, make = FOLDERS[kind]
    made = tmp_path / "made"
    made.mkdir()
    (made / f".{marker}.7-7.tmp").write_bytes(b"{")  # killed while it wrote its very first file
    half = tmp_path / f".made.{os.getpid()}.tmp"
    half.mkdir()
    if kind == "organize":
        make(gallery, tmp_path / "other")
        half.rename(tmp_path / f".other.{os.getpid()}.tmp")  # killed before it wrote anything
        make(gallery, tmp_path / "other")
        half.mkdir()
    (half / ORGANIZED_MARKER).write_text(
        '{"made_by": "artbyol", "format": 1, "folders": [], "links": [], "copies": {}}'
    )
    (half / "copy.png").write_bytes(b"half")
    if kind in ("organize", "projector"):
        (made / f".{marker}.7-7.tmp").unlink()  # these are made beside
    else:
        (made / ".overview.pdf.7-7.tmp").write_bytes(b"half")
    make(gallery, made)
    assert (made / marker).is_file()
    if kind in ("organize", "projector"):
        assert not half.exists()
        made.rename(tmp_path / ".made.9.old")  # killed between two renames
        (tmp_path / ".made.9.old" / "mine.txt").write_text("put there meanwhile")
        with pytest.raises(UsageError, match=r"mine\.txt"):
            make(gallery, made)
        assert (made / "mine.txt").exists() and not (tmp_path / ".made.9.old").exists()


def test_names_in_markers() -> None:
    assert [name_below(name) for name in ("a", "a/b.jpg", "..a", "a..b")] == ["a", "a/b.jpg", "..a", "a..b"]
    for name in ("", ".", "..", "../a", "a/../b", "/a", "a\0b"):
        with pytest.raises(ValueError, match="no name below"):
            name_below(name)


@pytest.mark.slow
def test_old_vectors_never_stand_beside_new_names(
    gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "x.npy"
    artbyol.export(gallery, target, k=2)
    real = os.replace

    class Killed(BaseException):
        pass

    for last in (1, 2):
        done = []

        def replace(source: Path, place: Path, done: list[Path] = done, last: int = last) -> None:
            done.append(place)
            if len(done) == last:
                raise Killed
            real(source, place)

        before = target.with_suffix(".csv").read_bytes() if target.exists() else b""
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(os, "replace", replace)
            artbyol.export(gallery, target, k=3)
        assert not target.exists() or target.with_suffix(".csv").read_bytes() == before
    artbyol.export(gallery, target, k=3)
    assert target.is_file()


def test_a_failure_leaves_the_earlier_file_and_no_rubbish(tmp_path: Path) -> None:
    target = tmp_path / "x.txt"
    target.write_text("ours, the first")

    def is_ours(path: Path) -> bool:
        return path.read_text().startswith("ours")

    with pytest.raises(ZeroDivisionError), replacing_file(target, is_ours, "text of ours") as temporary:
        temporary.write_text("ours, half")
        _ = 1 / 0
    with pytest.raises(ArtbyolError, match="cannot be written"), replacing_file(target, is_ours, "text of ours"):
        raise OSError(28, "No space left on device")
    assert target.read_text() == "ours, the first" and os.listdir(tmp_path) == ["x.txt"]
    folder = own_folder(tmp_path / "folder")
    with pytest.raises(ZeroDivisionError), replacing_folder(folder) as parts:
        (parts / "file").touch()
        _ = 1 / 0
    assert os.listdir(tmp_path) == ["x.txt"]


@pytest.mark.skipif(os.name == "nt", reason="no named pipes")
def test_a_table_goes_into_a_pipe(gallery: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()))
    reader.start()
    artbyol.cluster(gallery, 2, csv=tmp_path / "pipe")
    reader.join(60)
    assert len(read[0].splitlines()) == 25 and (tmp_path / "pipe").is_fifo()


def test_a_folder_for_pictures_that_cannot_be_made_is_an_error_that_a_user_can_read(tmp_path: Path) -> None:
    folder = GalleryFolder(tmp_path / "gallery", tmp_path / "paintings")
    (tmp_path / "gallery" / "images").write_text("in the way")
    with pytest.raises(ArtbyolError, match="cannot be made"):
        folder.place("images/small-64/ab/abcdefabcdef.jpg")


def test_what_another_run_is_at_work_on_is_left_however_long_it_takes(tmp_path: Path) -> None:
    folder = own_folder(tmp_path / "made")
    for process, last_file in (("1", time.time()), ("2", LONG_AGO)):
        with replacing_folder(folder) as parts:
            (parts / "pictures").mkdir()
            for path in (*parts.iterdir(), parts):
                os.utime(path, (LONG_AGO, LONG_AGO))
            os.utime(parts / "pictures", (last_file, last_file))
            parts.rename(tmp_path / f".made.{process}.tmp")
            parts.mkdir()
    assert sorted(os.listdir(tmp_path)) == [".made.1.tmp", ".made.2.tmp", "made"]
    with replacing_folder(folder):
        pass
    assert sorted(os.listdir(tmp_path)) == [".made.1.tmp", "made"]


def test_nothing_is_written_into_a_folder_of_another_program(tmp_path: Path) -> None:
    inside = tmp_path / "F.photoslibrary" / "originals"
    inside.mkdir(parents=True)
    (tmp_path / "link").symlink_to(inside)
    for place in (inside, tmp_path / "link", inside.parent):
        with pytest.raises(UsageError, match=r"F\.photoslibrary belongs to another program"):
            own_folder(place / "groups")
        with (
            pytest.raises(UsageError, match="belongs to another program"),
            replacing_file(place / "works.csv", lambda _: True, "a table"),
        ):
            pass
