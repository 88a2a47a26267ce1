"""Scanning real folders: what counts, what is passed over, and names of every kind."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from artbyol.base.errors import DecodeError, FolderError
from artbyol.base.text import display_path, text_path
from artbyol.pictures.decode import decode
from artbyol.pictures.scan import (
    IMAGE_SUFFIXES,
    LINK,
    ORGANIZED_MARKER,
    FileStamp,
    content_hash,
    scan,
)

NOBODY = 65534
MESSY_NAMES = [
    b"two words.jpg",
    b'it\'s "quoted".jpg',
    b"line\nbreak.jpg",
    "日本 🎨 naïve.jpg".encode(),
    b"latin-1 \xe9t\xe9.jpg",
    b"\xff.jpg",
    b"-rf.jpg",
    b"$HOME;`ls`.jpg",
]


def touch(folder: Path, *names: str | bytes) -> None:
    for name in names:
        path = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(os.fsdecode(path)).write_bytes(b"x" * 10)


def names(folder: Path) -> list[bytes]:
    return [stamp.path for stamp in scan(folder).files]


@contextmanager
def without_rights() -> Iterator[Path]:
    """A fresh folder, seen by a user to whom permissions apply (root, who runs this in containers, ignores them)."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        yield folder
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755)
        shutil.rmtree(folder)


def test_image_files_are_found_by_suffix_in_any_case_and_without_suffix(tmp_path: Path) -> None:
    touch(tmp_path, "b.JPG", "a.jpeg", "sub/deep/c.TiFf", "no_suffix", "notes.txt", "clip.mp4", "sub/list.csv")
    touch(tmp_path, *(f"every{suffix}" for suffix in IMAGE_SUFFIXES))
    found = scan(tmp_path)
    assert [stamp.path for stamp in found.files] == sorted(
        [b"b.JPG", b"a.jpeg", b"sub/deep/c.TiFf", b"no_suffix"] + [f"every{s}".encode() for s in IMAGE_SUFFIXES]
    )
    assert (found.other_files, found.other_kinds) == (3, {"txt": 1, "mp4": 1, "csv": 1})
    assert found.unreadable_folders == ()


def test_a_stamp_is_what_stat_says(tmp_path: Path) -> None:
    touch(tmp_path, "a.png")
    os.utime(tmp_path / "a.png", ns=(0, 1_234_567_890_123_456_789))
    assert scan(tmp_path).files == (FileStamp(b"a.png", 10, 1_234_567_890_123_456_789),)


def test_hidden_and_system_files_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "keep.jpg", ".hidden.jpg", "._keep.jpg", ".git/a.jpg", ".artbyol/b.jpg")
    touch(tmp_path, "Thumbs.db", "desktop.ini", "Icon\r", "sub/@eaDir/keep.jpg/SYNOPHOTO_THUMB_M.jpg")
    found = scan(tmp_path)
    assert [stamp.path for stamp in found.files] == [b"keep.jpg"]
    assert found.other_files == 0


def test_folders_made_by_organize_are_passed_over_unless_asked_for(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "groups/1/a.jpg", f"groups/{ORGANIZED_MARKER}")
    assert names(tmp_path) == [b"a.jpg"]
    assert names(tmp_path / "groups") == [b"1/a.jpg"]


@pytest.mark.parametrize("name", MESSY_NAMES)
def test_messy_names_are_found_hashed_and_come_back(tmp_path: Path, name: bytes) -> None:
    touch(tmp_path, b"sub " + name[:3] + b"/" + name)
    (stamp,) = scan(tmp_path).files
    assert stamp.path == b"sub " + name[:3] + b"/" + name
    whole = os.path.join(os.fsencode(tmp_path), stamp.path)
    assert content_hash(whole) == content_hash(tmp_path / text_path(stamp.path))
    assert os.fsencode(json.loads(json.dumps(text_path(stamp.path)))) == stamp.path
    shown = display_path(stamp.path)
    assert "\n" not in shown
    shown.encode("utf-8")


def test_display_escapes_what_could_harm_a_terminal_and_keeps_the_rest() -> None:
    assert display_path(b"a\nb\tc\x1b[31m\x7f\xff.jpg") == r"a\nb\tc\x1b[31m\x7f\xff.jpg"
    assert display_path("txt.\u202egpj\u2028\x9b.png".encode()) == r"txt.\u202egpj\u2028\x9b.png"
    for name in ("Dürer – Häschen.jpg", "日本.png", "👩‍🎨 self.jpg", "back\\slash.jpg"):
        assert display_path(name.encode()) == name


def test_links_to_files_outside_are_followed_links_to_folders_are_reported(tmp_path: Path) -> None:
    touch(tmp_path, "outside/real.jpg", "folder/a.jpg")
    (tmp_path / "folder" / "link.jpg").symlink_to(tmp_path / "outside" / "real.jpg")
    (tmp_path / "folder" / "loop").symlink_to(tmp_path / "folder", target_is_directory=True)
    (tmp_path / "folder" / "broken.jpg").symlink_to("nowhere.jpg")
    found = scan(tmp_path / "folder")
    sizes = {stamp.path: stamp.size for stamp in found.files}
    assert sizes == {b"a.jpg": 10, b"broken.jpg": 0, b"link.jpg": 10}
    assert found.linked_folders == (b"loop",)
    with pytest.raises(DecodeError) as caught:
        decode(tmp_path / "folder" / "broken.jpg", 64)
    assert caught.value.code == "vanished"


def test_a_link_to_a_listed_picture_is_that_picture(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    touch(tmp_path, "outside.jpg", "folder/z/real.jpg", "folder/.hidden/real.jpg", "folder/notes.txt")
    (folder / "best.jpg").symlink_to("z/real.jpg")
    (folder / "again.jpg").symlink_to("best.jpg")  # by way of another link
    (folder / "z" / "absolute").symlink_to(folder / "z" / "real.jpg")
    (folder / "z" / "round.jpg").symlink_to("circle.jpg")
    (folder / "z" / "circle.jpg").symlink_to("round.jpg")
    (folder / "unlisted.jpg").symlink_to(".hidden/real.jpg")
    (folder / "out.jpg").symlink_to("../outside.jpg")
    (folder / "out again.jpg").symlink_to("../outside.jpg")
    os.link(folder / "z" / "real.jpg", folder / "z" / "hard.jpg")
    (tmp_path / "way").symlink_to(folder)
    expected = ["out again.jpg", "out.jpg", "unlisted.jpg", "z/circle.jpg", "z/hard.jpg", "z/real.jpg", "z/round.jpg"]
    for seen in (folder, tmp_path / "way", tmp_path / "folder" / "z" / ".."):
        found = scan(seen)
        assert [os.fsdecode(stamp.path) for stamp in found.files] == expected
        assert found.passed_over == {LINK: 3}


def test_pipes_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert scan(tmp_path).files == ()
    for read in (content_hash, lambda path: decode(path, 64)):
        with pytest.raises(DecodeError) as caught:
            read(tmp_path / "pipe.jpg")
        assert caught.value.code == "not-an-image"


def test_an_unreadable_subfolder_is_reported_not_fatal() -> None:
    with without_rights() as folder:
        touch(folder, "a.jpg", "closed/b.jpg")
        (folder / "closed").chmod(0)
        found = scan(folder)
        assert [stamp.path for stamp in found.files] == [b"a.jpg"]
        assert found.unreadable_folders == (b"closed",)
        with pytest.raises(FolderError, match="cannot be read") as caught:
            scan(folder / "closed")
        assert caught.value.hint


def test_an_unreadable_file_is_skipped_with_that_reason() -> None:
    with without_rights() as folder:
        touch(folder, "a.jpg")
        (folder / "a.jpg").chmod(0)
        for read in (content_hash, lambda path: decode(path, 64)):
            with pytest.raises(DecodeError) as caught:
                read(folder / "a.jpg")
            assert caught.value.code == "unreadable"


def test_folders_nested_deeper_than_paths_can_be_are_reported(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(25):
            os.mkdir("n" * 200, dir_fd=here)
            below = os.open("n" * 200, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
    finally:
        os.close(here)
    assert len(scan(tmp_path).unreadable_folders) == 1


def test_names_that_differ_only_by_case_or_composition_are_files_of_their_own(tmp_path: Path) -> None:
    twins = ["a.jpg", "A.jpg", "é.jpg", "e\u0301.jpg", "Z/a.jpg", "z/a.jpg", "a" * 251 + ".jpg"]
    touch(tmp_path, *twins)
    if len(list(tmp_path.iterdir())) < 7:
        pytest.skip("this file system takes them for one")
    assert names(tmp_path) == sorted(map(os.fsencode, twins))


def test_folders_nested_deeper_than_python_calls_itself(tmp_path: Path) -> None:
    deep = [os.fsencode(tmp_path) + b"/d" * depth for depth in range(1, 1500)]
    for folder in deep:
        os.mkdir(folder)
    Path(os.fsdecode(deep[-1]), "a.jpg").touch()
    assert names(tmp_path) == [b"d/" * 1499 + b"a.jpg"]
    Path(os.fsdecode(deep[-1]), "a.jpg").unlink()
    for folder in reversed(deep):  # here, as whoever tidies up after the tests calls itself
        os.rmdir(folder)


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_no_folder_is_a_named_error_with_a_hint(tmp_path: Path, kind: str) -> None:
    touch(tmp_path, "file")
    with pytest.raises(FolderError) as caught:
        scan(tmp_path / kind)
    assert kind in caught.value.message
    assert caught.value.hint


def test_an_empty_folder_is_an_empty_scan(tmp_path: Path) -> None:
    assert scan(tmp_path).files == ()


def test_content_hash_is_blake2b_of_the_content(tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "a.jpg").write_bytes(data)
    (tmp_path / "b.jpg").write_bytes(data)
    expected = hashlib.blake2b(data, digest_size=16).digest()
    assert content_hash(tmp_path / "a.jpg") == content_hash(os.fsencode(tmp_path / "b.jpg")) == expected
    with pytest.raises(DecodeError) as caught:
        content_hash(tmp_path / "gone.jpg")
    assert caught.value.code == "vanished"


@pytest.mark.slow
def test_scanning_costs_little_more_than_stat(tmp_path: Path) -> None:
    for folder in range(10):
        (tmp_path / str(folder)).mkdir()
        for name in range(500):
            (tmp_path / str(folder) / f"{name}.jpg").touch()
    start = time.process_time()
    assert len(scan(tmp_path).files) == 5000
    assert time.process_time() - start < 1.0  # measured: 0.03 s
