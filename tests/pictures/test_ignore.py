"""What a folder's owner wants left out: files named .artbyolignore, and patterns that were given."""

from __future__ import annotations

from pathlib import Path

import pytest

import artbyol
from artbyol.base.errors import UsageError
from artbyol.pictures.ignore import IGNORE_NAME
from artbyol.pictures.scan import EXCLUDED_FILE, EXCLUDED_FOLDER, scan
from tests.pictures.test_scan import touch

FILES = ("a.jpg", "b.png", "sketches/c.jpg", "sketches/keep.jpg", "deep/sketches/d.jpg", "deep/e.jpg", "notes.txt")


def left(folder: Path, *excluded: str, **more: object) -> list[str]:
    found = scan(folder, excluded=excluded, **more)  # type: ignore[arg-type]
    return [stamp.path.decode() for stamp in found.files]


@pytest.mark.parametrize(
    ("pattern", "gone"),
    [
        ("*.png", {"b.png"}),
        ("sketches/", {"sketches/c.jpg", "sketches/keep.jpg", "deep/sketches/d.jpg"}),
        ("/sketches", {"sketches/c.jpg", "sketches/keep.jpg"}),
        ("deep/*.jpg", {"deep/e.jpg"}),
        ("**/d.jpg\n# a remark\n\n", {"deep/sketches/d.jpg"}),
        ("*.jpg\n!keep.jpg", {"a.jpg", "sketches/c.jpg", "deep/sketches/d.jpg", "deep/e.jpg"}),
        ("*.txt", set()),
    ],
)
def test_patterns_mean_what_they_mean_to_git(pattern: str, gone: set[str], tmp_path: Path) -> None:
    touch(tmp_path, *FILES)
    expected = sorted(set(FILES) - {"notes.txt"} - gone)
    assert left(tmp_path, *pattern.splitlines()) == expected
    (tmp_path / IGNORE_NAME).write_text(pattern)
    assert left(tmp_path) == expected


def test_the_deepest_file_decides_and_what_was_given_before_all(tmp_path: Path) -> None:
    touch(tmp_path, *FILES)
    (tmp_path / IGNORE_NAME).write_text("*.jpg\n")
    (tmp_path / "deep" / IGNORE_NAME).write_text("!e.jpg\n")
    assert left(tmp_path) == ["b.png", "deep/e.jpg"]
    assert left(tmp_path, only={b"deep/e.jpg", b"a.jpg"}) == ["deep/e.jpg"]
    assert left(tmp_path, "deep/", "!a.jpg") == ["a.jpg", "b.png"]
    assert scan(tmp_path, excluded=["deep/"]).passed_over == {EXCLUDED_FILE: 3, EXCLUDED_FOLDER: 1}


def test_a_pattern_that_is_none_names_the_file(tmp_path: Path) -> None:
    (tmp_path / IGNORE_NAME).write_text("[z-a]\n")
    with pytest.raises(UsageError, match=IGNORE_NAME):
        scan(tmp_path)
    (tmp_path / IGNORE_NAME).write_bytes(b"\xff\n")
    with pytest.raises(UsageError, match="UTF-8"):
        scan(tmp_path)


def test_what_is_excluded_leaves_until_others_are_given(gallery: Path) -> None:
    assert artbyol.embed(gallery, exclude=["work0*"]).works == 14
    report = artbyol.embed(gallery)
    assert (report.works, report.passed_over) == (14, {EXCLUDED_FILE: 10})
    assert (artbyol.info(gallery).new, artbyol.info(gallery).passed_over) == (0, {EXCLUDED_FILE: 10})  # type: ignore[union-attr]
    with pytest.raises(UsageError):
        artbyol.embed(gallery, exclude=["!"])
    assert artbyol.embed(gallery, exclude=[]).works == 24
