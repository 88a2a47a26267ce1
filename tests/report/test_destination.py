"""Whatever is written: nothing of anybody's is replaced or removed, and no link leads elsewhere."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import artbyol
from artbyol.base.errors import ArtbyolError, UsageError
from artbyol.base.processes import machine
from artbyol.pictures.scan import GALLERY_MARKER, ORGANIZED_MARKER, SHEETS_MARKER
from artbyol.report.destination import (
    alone_in,
    name_below,
    own_folder,
    remove_below,
    replacing_file,
    replacing_folder,
)
from artbyol.report.gallery.folder import GalleryFolder
from artbyol.storage.atomic import exchange, is_temporary, remove_abandoned, temporary_folder
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
    "gallery": (GALLERY_MARKER, lambda folder, target: artbyol.gallery(folder, target, k=2, thumbnails=64, large=0)),
}
LONG_AGO = time.time() - 100_000
GONE = 2**22 + 1  # no process has this number


def left_by_a_killed_run(target: Path, half: bytes | None = None) -> Path:
    """The temporary folder in which a process that is gone was making `target`."""
    folder = temporary_folder(target)
    folder = folder.with_name(folder.name.replace(f"-{os.getpid()}-", f"-{GONE}-"))
    folder.mkdir()
    if half is not None:
        (folder / f"{target.name}.part").write_bytes(half)
    return folder


def leftovers(folder: Path) -> list[str]:
    """Names of temporaries in a folder and below."""
    return [name for _, folders, _ in os.walk(folder) for name in folders if is_temporary(name)]


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
    left_by_a_killed_run(target, b"half")
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


@pytest.mark.parametrize("kind", ["organize", "sheets", "gallery"])
@pytest.mark.parametrize("name", ["../letter.txt", "{}/letter.txt"])  # other names: `test_names_in_markers`
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


@pytest.mark.parametrize("level", ["images", "images/small-64", "images/small-64/*", "pages-*"])
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


@pytest.mark.parametrize("kind", ["organize", "sheets"])
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


@pytest.mark.parametrize("kind", ["organize", "sheets", "gallery"])
@pytest.mark.slow
def test_what_a_killed_run_left_refuses_nothing(kind: str, gallery: Path, tmp_path: Path) -> None:
    marker, make = FOLDERS[kind]
    made = tmp_path / "made"
    made.mkdir()
    beside = kind == "organize"
    if beside:
        half = left_by_a_killed_run(made, b"half")
        (half / made.name / "group 01").mkdir(parents=True)
        (half / made.name / "group 01" / "copy.png").write_bytes(b"half")
    else:
        left_by_a_killed_run(made / marker, b"{")  # killed while it wrote its very first file
        (made / ".overview.pdf.7-7.tmp").write_bytes(b"half")  # as artbyols before this one called theirs
    make(gallery, made)
    assert (made / marker).is_file() and not any(name.startswith(".artbyol-") for name in leftovers(tmp_path))
    if not beside:
        return
    left = left_by_a_killed_run(made)
    made.rename(left / "made.old")  # killed between two renames
    (left / "made.old" / "mine.txt").write_text("put there meanwhile")
    with pytest.raises(UsageError, match=r"mine\.txt"):
        make(gallery, made)
    assert (made / "mine.txt").exists() and not leftovers(tmp_path)
    made.rename(left_by_a_killed_run(made) / "made")  # killed when it had just been replaced
    (left,) = tmp_path.glob(".artbyol-*")
    before = snapshot(left)
    with pytest.raises(UsageError, match=r"mine\.txt, which artbyol did not put there; nothing was changed"):
        make(gallery, made)
    assert snapshot(left) == before
    (left / "made" / "mine.txt").unlink()
    make(gallery, made)
    assert not leftovers(tmp_path)


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
    with pytest.raises(ArtbyolError, match="cannot be written: Not a directory"):
        folder.place("images/small-64/ab/abcdefabcdef.jpg")


def test_what_another_run_is_at_work_on_is_left_however_long_it_takes(tmp_path: Path) -> None:
    made = own_folder(tmp_path / "made")
    here = temporary_folder(made)
    elsewhere = here.with_name(here.name.replace(machine(), "01234567"))  # on another machine
    abandoned = elsewhere.with_name(elsewhere.name.replace("01234567", "89abcdef"))
    for parts, last_file in ((here, LONG_AGO), (elsewhere, time.time()), (abandoned, LONG_AGO)):
        (parts / "made" / "pictures").mkdir(parents=True)
        for path in (parts / "made" / "pictures", parts / "made", parts):
            os.utime(path, (last_file if path.name == "pictures" else LONG_AGO,) * 2)
    with replacing_folder(made):
        pass
    assert set(leftovers(tmp_path)) == {here.name, elsewhere.name}


def test_only_folders_with_a_name_that_nobody_else_gives_are_taken_for_temporaries(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").touch()
    names = [".artbyol-notes.tmp", ".artbyol-1-2-3-4.tmp", ".artbyol-01234567-89abcdef-77-cafe.tmp", "x.tmp"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "letter.txt").touch()
        os.utime(tmp_path / name, (LONG_AGO, LONG_AGO))
    left = left_by_a_killed_run(tmp_path / "x")
    left.rmdir()
    left.symlink_to(tmp_path / "letters")
    file = left.with_name(left.name.replace(str(GONE), str(GONE + 1)))
    file.touch()
    remove_abandoned(tmp_path, below=True)
    assert len(list(tmp_path.rglob("letter.txt"))) == 5 and left.is_symlink() and file.is_file()


def test_folders_change_places_at_one_moment_or_by_way_of_a_third(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, can in enumerate((True, False)):
        if not can:
            monkeypatch.setattr("artbyol.storage.atomic.exchange", lambda one, other: False)
        with replacing_folder(tmp_path / "made") as parts:
            (parts / f"file {number}").touch()
        assert [path.name for path in (tmp_path / "made").glob("file*")] == [f"file {number}"]
        with pytest.raises(UsageError, match="mine"), replacing_folder(tmp_path / "made"):
            (tmp_path / "made" / "mine").touch()
        (tmp_path / "made" / "mine").unlink()
        assert (tmp_path / "made" / f"file {number}").exists() and os.listdir(tmp_path) == ["made"]


def test_a_run_waits_for_another_to_the_same_place(tmp_path: Path) -> None:
    waited: list[bool] = []

    def waiting() -> None:
        waited.append(True)
        if len(waited) == 2:
            raise ZeroDivisionError

    with alone_in(tmp_path), pytest.raises(ZeroDivisionError), alone_in(tmp_path, waiting):
        pass
    with alone_in(tmp_path, waiting):
        assert len(waited) == 2


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


def test_only_what_is_no_file_is_written_in_place(tmp_path: Path) -> None:
    from artbyol.report.csv_rows import write_table

    table = (("a", "b"), [(1, 2)])
    write_table(Path("/dev/null"), table)
    memory = Path("/dev/shm") if os.path.isdir("/dev/shm") else tmp_path
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        letter = Path(folder, "letter.txt")
        letter.write_text("mine")
        with pytest.raises(UsageError):
            write_table(letter, table)
        assert letter.read_text() == "mine"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no named pipes")
def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(gallery: Path, tmp_path: Path) -> None:
    _, make = FOLDERS["gallery"]
    site = tmp_path / "site"
    make(gallery, site)
    os.mkfifo(gallery / "work03.png.xmp")
    assert [one.sidecar for one in artbyol.tag(gallery, 2, write=True).left] == [b"work03.png.xmp"]
    for name in ("index.html", GALLERY_MARKER):
        (site / name).unlink()
        os.mkfifo(site / name)
        with pytest.raises(UsageError):
            make(gallery, site)
        (site / name).unlink()


def test_a_lock_that_is_a_link_is_not_followed(gallery: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    (gallery / ".artbyol" / "lock").unlink(missing_ok=True)
    (gallery / ".artbyol" / "lock").symlink_to(tmp_path / "letter.txt")
    with pytest.raises(ArtbyolError, match="is a link"):
        artbyol.embed(gallery)
    assert (tmp_path / "letter.txt").read_text() == "mine"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="folders change places at one moment on Linux alone")
def test_a_folder_that_becomes_a_link_at_the_wrong_moment_costs_no_file_where_it_leads(tmp_path: Path) -> None:
    outside, inside, link = tmp_path / "outside", tmp_path / "site" / "pages", tmp_path / "link"
    outside.mkdir()
    inside.mkdir(parents=True)
    (inside / "another.js").touch()
    link.symlink_to(outside)
    done = threading.Event()

    def flip() -> None:
        while not done.is_set() and exchange(inside, link):
            pass

    attacker = threading.Thread(target=flip)
    attacker.start()
    try:
        for _ in range(1000):  # looked at by path and then removed by path, some of these were lost
            (outside / "x.js").write_text("mine")
            remove_below(tmp_path / "site", "pages/x.js")
            assert (outside / "x.js").exists()
    finally:
        done.set()
        attacker.join()
