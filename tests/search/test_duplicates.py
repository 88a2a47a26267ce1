"""Duplicates and files of several names: whoever deletes what `duplicates --paths` prints loses no picture."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import artbyol
from artbyol.search.results import Duplicates
from tests.conftest import give_model, paint, painting
from tests.verbs.test_ideas import invoke


@pytest.fixture(scope="session")
def _three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = paint(tmp_path_factory.mktemp("three") / "pictures" / "originals", 3).parent
    give_model(folder)
    artbyol.embed(folder)
    return folder.parent


@pytest.fixture
def pictures(_three: Path, tmp_path: Path) -> Path:
    """Three pictures in a subfolder, embedded, and beside the collection a folder of others."""
    shutil.copytree(_three, tmp_path / "here")
    paint(tmp_path / "here" / "outside", 1, first=9)
    return tmp_path / "here" / "pictures"


def contents(folder: Path) -> dict[str, set[str]]:
    """Every content that can be read in a folder, by whatever name, and the names."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*.*"):
        if path.suffix in (".png", ".jpeg") and ".artbyol" not in path.parts and path.is_file():
            name = str(path.relative_to(folder))
            found.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), set()).add(name)
    return found


def tidied(folder: Path) -> Duplicates:
    """Embed, find duplicates and delete what `duplicates -0` prints, as `xargs -0 rm` does."""
    artbyol.embed(folder)
    found = artbyol.duplicates(folder)
    for path in invoke("duplicates", folder, "-0", "-q").stdout_bytes.split(b"\0")[:-1]:
        os.unlink(path)
    return found


def link_inside(folder: Path) -> None:
    (folder / "favourites").mkdir()
    (folder / "favourites" / "best.png").symlink_to("../originals/work00.png")
    (folder / "favourites" / "again.png").symlink_to("best.png")
    (folder / "first.png").symlink_to(folder / "originals" / "work01.png")


def link_outside(folder: Path) -> None:
    for name in ("a.png", "b.png"):
        (folder / name).symlink_to("../outside/work09.png")


def link_outside_and_copy(folder: Path) -> None:
    link_outside(folder)
    shutil.copy(folder.parent / "outside" / "work09.png", folder / "z.png")


def link_to_a_better_version_outside(folder: Path) -> None:
    large = folder.parent / "outside" / "large.png"
    painting(0).resize((960, 800)).save(large)
    (folder / "large.png").symlink_to(large)


def hard_links(folder: Path) -> None:
    for name in ("zz.png", "aa.png"):
        os.link(folder / "originals" / "work00.png", folder / name)


def hard_links_and_a_copy_of_two_names(folder: Path) -> None:
    hard_links(folder)
    shutil.copy(folder / "originals" / "work00.png", folder / "copy.png")
    os.link(folder / "copy.png", folder / "copy too.png")


def link_to_a_copy(folder: Path) -> None:
    shutil.copy(folder / "originals" / "work00.png", folder / "originals" / "z.png")
    (folder / "best.png").symlink_to("originals/z.png")
    shutil.copy(folder / "originals" / "work01.png", folder / "originals" / "y.png")
    (folder / "large.png").symlink_to("originals/work01.png")
    (folder / "small.png").symlink_to("originals/y.png")


def linked_folder(folder: Path) -> None:
    (folder / "way").symlink_to("originals", target_is_directory=True)
    (folder / "originals" / "up").symlink_to("..", target_is_directory=True)


def links_to_nowhere_and_in_a_circle(folder: Path) -> None:
    (folder / "gone.png").symlink_to("nowhere.png")
    (folder / "round.png").symlink_to("circle.png")
    (folder / "circle.png").symlink_to("round.png")


def copy_in_a_library(folder: Path) -> None:
    for name in ("F.photoslibrary/originals/A", "G.photoslibrary/originals/B"):
        (folder / name).mkdir(parents=True)
        shutil.copy(folder / "originals" / "work00.png", folder / name / "0.png")
    os.unlink(folder / "originals" / "work00.png")
    shutil.copy(folder / "F.photoslibrary" / "originals" / "A" / "0.png", folder / "exported.png")


@pytest.mark.parametrize(
    ("arrange", "deleted"),
    [
        (link_inside, []),
        (link_outside, []),
        (link_outside_and_copy, []),
        (link_to_a_better_version_outside, []),
        (hard_links, []),
        (hard_links_and_a_copy_of_two_names, ["copy too.png", "copy.png"]),
        (link_to_a_copy, ["originals/work00.png"]),
        (linked_folder, []),
        (links_to_nowhere_and_in_a_circle, []),
        (copy_in_a_library, ["exported.png"]),
    ],
)
def test_whoever_deletes_what_is_printed_loses_nothing(
    pictures: Path, arrange: Callable[[Path], None], deleted: list[str]
) -> None:
    arrange(pictures)
    before = contents(pictures)
    leading = {path for path in pictures.rglob("*") if path.is_symlink() and path.exists()}
    outside = contents(pictures.parent / "outside")
    found = tidied(pictures)
    after = contents(pictures)
    assert after.keys() == before.keys() and contents(pictures.parent / "outside") == outside
    assert all(path.exists() for path in leading)
    gone = {name for names in before.values() for name in names} - {name for names in after.values() for name in names}
    assert sorted(gone) == deleted == sorted(map(os.fsdecode, found.spare))
    assert tidied(pictures).spare == []


def test_names_of_one_file_are_told_and_counted_once(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pictures)
    hard_links_and_a_copy_of_two_names(pictures)
    link_inside(pictures)
    artbyol.embed(pictures)
    found = artbyol.duplicates(pictures)
    ((first, second),) = (group.versions for group in found.groups)
    assert (first.path, first.keep, second.path, second.keep) == (b"aa.png", "best", b"copy too.png", None)
    assert first.names == (
        *(b"originals/work00.png", b"zz.png"),
        *(b"favourites/again.png", b"favourites/best.png"),
    )
    assert (found.files, found.surplus, found.surplus_bytes) == (4, 1, second.size)
    said = invoke("duplicates", pictures).stdout
    assert "also called originals/work00.png, zz.png, favourites/again.png" in said


@pytest.mark.parametrize(
    ("change", "spare"),
    [
        (Path.unlink, []),
        (lambda path: painting(77).save(path), []),
        (lambda path: path.chmod(0o600), [b"originals/work00.png"]),
    ],
)
def test_the_last_one_is_not_offered_because_of_one_that_was_there(
    pictures: Path, change: Callable[[Path], object], spare: list[bytes]
) -> None:
    """After it was embedded the better version goes, or becomes another picture."""
    painting(0).resize((960, 800)).save(pictures / "large.png")
    artbyol.embed(pictures)
    change(pictures / "large.png")
    found = artbyol.duplicates(pictures)
    ((first, _),) = (group.versions for group in found.groups)
    assert (first.path, first.keep, found.spare) == (b"large.png", "best" if spare else "changed", spare)
