"""Folders of groups: real links, real copies, and nothing else ever touched."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from artbyol.base.errors import ArtbyolError, UsageError
from artbyol.pictures.scan import ORGANIZED_MARKER, scan
from artbyol.report.organize import organize

LINKS_AND_COPIES = pytest.mark.parametrize("copy", [False, True], ids=["link", "copy"])


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "collection"
    for name in ("a.jpg", "b.jpg", "sub/a.jpg", "sub/A.JPG", "it's \n\udcff 🎨.jpg"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content of " + os.fsencode(name))
        os.utime(path, ns=(10**18, 10**18))
    return folder


def state(folder: Path) -> dict[str, object]:
    """Everything in a folder: kind, content or target, time."""
    return {
        str(path.relative_to(folder)): (
            path.readlink() if path.is_symlink() else path.is_file() and path.read_bytes(),
            path.is_dir() or path.lstat().st_mtime_ns,
        )
        for path in folder.rglob("*")
    }


@LINKS_AND_COPIES
def test_groups_become_folders(collection: Path, tmp_path: Path, copy: bool) -> None:
    before = state(collection)
    odd = collection / "it's \n\udcff 🎨.jpg"
    groups = [("1 dark", [collection / "a.jpg", odd]), ("2 light", [collection / "b.jpg"])]
    made = organize(groups, tmp_path / "new" / "groups", copy=copy)
    assert (made.groups, made.files, made.missing) == (2, 3, 0)
    for group, paths in groups:
        for path in paths:
            entry = made.folder / group / path.name
            assert entry.is_symlink() != copy
            assert entry.read_bytes() == path.read_bytes()
            assert entry.stat().st_mtime_ns == 10**18
    assert json.loads((made.folder / ORGANIZED_MARKER).read_text())["made_by"] == "artbyol"
    assert sorted(entry.name for entry in (tmp_path / "new").iterdir()) == ["groups"]
    assert state(collection) == before


def test_links_are_relative_and_survive_moving_both(collection: Path, tmp_path: Path) -> None:
    organize([("g", [collection / "sub" / "a.jpg"])], collection / "groups")
    assert (collection / "groups" / "g" / "a.jpg").readlink() == Path("../../sub/a.jpg")
    collection.rename(tmp_path / "moved")
    assert (tmp_path / "moved" / "groups" / "g" / "a.jpg").read_bytes() == b"content of sub/a.jpg"
    assert not [stamp for stamp in scan(tmp_path / "moved").files if b"groups" in stamp.path]


@LINKS_AND_COPIES
def test_equal_names_are_told_apart(collection: Path, tmp_path: Path, copy: bool) -> None:
    paths = [collection / "a.jpg", collection / "sub" / "a.jpg", collection / "sub" / "A.JPG"]
    made = organize([("g", paths), ("G", paths[:1])], tmp_path / "out", copy=copy)
    assert sorted(entry.name for entry in (made.folder / "g").iterdir()) == ["A (3).JPG", "a (2).jpg", "a.jpg"]
    assert (made.folder / "g" / "a (2).jpg").read_bytes() == b"content of sub/a.jpg"
    assert (made.folder / "G (2)" / "a.jpg").exists()


def test_group_names_are_made_safe(collection: Path, tmp_path: Path) -> None:
    safe = {"../../up": "_.._up", "a/b\\c": "a_b_c", ".hidden": "hidden", "CON": "_CON"}
    safe |= {"nul.txt": "_nul.txt", "what?*": "what__", "Dürer – 日本": "Dürer – 日本"}
    safe |= {"x" * 300: "x" * 255, "trailing. ": "trailing"}
    made = organize([(name, [collection / "a.jpg"]) for name in safe], tmp_path / "out")
    folders = sorted(entry.name for entry in made.folder.iterdir() if entry.is_dir())
    assert folders == sorted(safe.values())


def test_a_group_without_a_name_lies_in_no_folder_of_its_own(collection: Path, tmp_path: Path) -> None:
    made = organize([("", [collection / "a.jpg"]), ("other", [collection / "a.jpg"])], tmp_path / "out")
    assert (made.folder / "a.jpg").is_file() and (made.folder / "other" / "a.jpg").is_file()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["collection", "out"]


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("second", [False, True])
def test_a_folder_made_earlier_is_replaced(collection: Path, tmp_path: Path, first: bool, second: bool) -> None:
    before = state(collection)
    out = tmp_path / "out"
    organize([("old", [collection / "a.jpg"]), ("both", [collection / "a.jpg"])], out, copy=first)
    (out / "old" / ".DS_Store").write_bytes(b"dropped by a file manager")
    organize([("new", [collection / "b.jpg"]), ("both", [collection / "b.jpg"])], out, copy=second)
    assert sorted(str(path.relative_to(out)) for path in out.rglob("*.jpg")) == ["both/b.jpg", "new/b.jpg"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["collection", "out"]
    assert state(collection) == before


def test_an_empty_folder_is_taken(collection: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert organize([("g", [collection / "a.jpg"])], tmp_path / "out").files == 1


@pytest.mark.parametrize("spoiled_by", ["file", "folder", "edited copy", "foreign link", "no marker", "damaged marker"])
def test_whatever_artbyol_did_not_make_is_left_alone(collection: Path, tmp_path: Path, spoiled_by: str) -> None:
    out = tmp_path / "out"
    groups = [("g", [collection / "a.jpg", collection / "b.jpg"])]
    organize(groups, out, copy=True)
    if spoiled_by == "file":
        (out / "g" / "sketch.jpg").write_bytes(b"the artist's")
    elif spoiled_by == "folder":
        (out / "mine").mkdir()
    elif spoiled_by == "edited copy":
        (out / "g" / "a.jpg").write_bytes(b"retouched")
    elif spoiled_by == "foreign link":
        (out / "link.jpg").symlink_to(collection / "a.jpg")
    elif spoiled_by == "no marker":
        (out / ORGANIZED_MARKER).unlink()
    else:
        (out / ORGANIZED_MARKER).write_text("{")
    before = state(tmp_path)
    with pytest.raises(UsageError) as caught:
        organize(groups, out)
    assert caught.value.hint
    assert state(tmp_path) == before


@pytest.mark.parametrize("inside", [".", "sub", "..", "a.jpg"])
def test_a_destination_that_holds_originals_is_refused(collection: Path, inside: str) -> None:
    before = state(collection)
    paths = [collection / "a.jpg", collection / "sub" / "a.jpg"]
    with pytest.raises(UsageError):
        organize([("g", paths)], collection / inside, copy=True)
    assert state(collection) == before


def test_a_destination_reached_through_a_link_is_refused_too(collection: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(collection, target_is_directory=True)
    with pytest.raises(UsageError, match="original"):
        organize([("g", [collection / "a.jpg"])], tmp_path / "alias")


def test_originals_that_are_gone_are_counted(collection: Path, tmp_path: Path) -> None:
    made = organize([("g", [collection / "a.jpg", collection / "gone.jpg"])], tmp_path / "out")
    assert (made.files, made.missing) == (1, 1)


def test_a_failure_leaves_the_old_folder_and_no_rubbish(collection: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    organize([("g", [collection / "a.jpg"])], out)
    before = state(tmp_path)
    long = collection / ("n" * 250)
    long.write_bytes(b"")
    other = collection / "sub" / ("n" * 250)
    other.write_bytes(b"")
    assert organize([("g", [long, other])], tmp_path / "fits").files == 2  # " (2)" makes 254
    long.unlink()
    other.unlink()
    (tmp_path / "fits").rename(tmp_path / "file")
    with pytest.raises(ArtbyolError):
        organize([("g", [collection / "a.jpg"])], collection / "a.jpg" / "below")
    with pytest.raises(ArtbyolError):
        organize([("g", [collection / "a.jpg"])], tmp_path / ("n" * 256))
    assert {name: value for name, value in state(tmp_path).items() if not name.startswith("file")} == before
