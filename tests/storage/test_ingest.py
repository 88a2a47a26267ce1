"""Ingest: a vector belongs to the bytes it was made from, whatever happens to files between two looks at them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import artbyol
from artbyol.base.errors import DecodeError
from artbyol.encoder.model_file import MODEL
from artbyol.search import embedding, query
from artbyol.storage import ingest
from artbyol.training import recipes
from tests.conftest import give_model, paint, painting, vectors

Change = Callable[[], object]


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Change], None]:
    """Have something happen once, after the files were hashed and before they are decoded."""

    def arrange(change: Change) -> None:
        pending = [change]

        def update_files(*rest: Any) -> ingest.FolderDiff:
            diff = ingest.update_files(*rest)
            while pending:
                pending.pop()()
            return diff

        monkeypatch.setattr(embedding, "update_files", update_files)
        monkeypatch.setattr(recipes, "update_files", update_files)

    return arrange


def swap(first: Path, second: Path) -> None:
    aside = first.with_name("aside")
    first.rename(aside)
    second.rename(first)
    aside.rename(second)


def skips(folder: Path) -> dict[bytes, str]:
    return {skip.path: skip.code for skip in artbyol.info(folder).skips}


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    folder = paint(tmp_path / "fresh", 6)
    give_model(folder)
    return folder


@pytest.fixture
def truth(tmp_path: Path) -> dict[bytes, np.ndarray[Any, Any]]:
    """The vectors of the same pictures where nothing happened."""
    folder = paint(tmp_path / "truth", 6)
    give_model(folder)
    artbyol.embed(folder)
    return vectors(folder)


def test_two_files_that_swap_names_never_carry_each_others_vectors(
    fresh: Path, truth: dict[bytes, Any], between: Callable[[Change], None]
) -> None:
    between(lambda: swap(fresh / "work01.png", fresh / "work02.png"))
    report = artbyol.embed(fresh)
    assert (report.works, report.decoded) == (4, 4)
    assert skips(fresh) == {b"work01.png": "changed", b"work02.png": "changed"}
    report = artbyol.embed(fresh)  # looks again
    assert (report.works, report.decoded, report.skips) == (6, 2, ())
    found = vectors(fresh)
    np.testing.assert_allclose(found[b"work01.png"], truth[b"work02.png"], atol=1e-6)
    np.testing.assert_allclose(found[b"work02.png"], truth[b"work01.png"], atol=1e-6)
    assert artbyol.embed(fresh).decoded == 0


def test_a_folder_renumbered_meanwhile_is_right_after_the_next_run(
    fresh: Path, truth: dict[bytes, Any], between: Callable[[Change], None]
) -> None:
    def renumber() -> None:
        for number in reversed(range(6)):
            (fresh / f"work{number:02d}.png").rename(fresh / f"work{number + 1:02d}.png")

    between(renumber)
    artbyol.embed(fresh)
    artbyol.embed(fresh)
    found = vectors(fresh)
    assert len(found) == 6
    for number in range(6):
        expected = truth[b"work%02d.png" % number]
        np.testing.assert_allclose(found[b"work%02d.png" % (number + 1)], expected, atol=1e-6)


def test_a_copy_overwritten_meanwhile_does_not_condemn_the_intact_one(
    fresh: Path, truth: dict[bytes, Any], between: Callable[[Change], None]
) -> None:
    first = fresh / "a copy.png"
    shutil.copy(fresh / "work03.png", first)
    between(lambda: first.write_text("a letter"))
    report = artbyol.embed(fresh)
    assert report.works == 6
    assert skips(fresh) == {b"a copy.png": "changed"}
    np.testing.assert_allclose(vectors(fresh)[b"work03.png"], truth[b"work03.png"], atol=1e-6)
    artbyol.embed(fresh)
    assert skips(fresh) == {b"a copy.png": "not-an-image"}
    assert b"work03.png" in vectors(fresh)


@pytest.mark.parametrize("becomes", ["gone", "folder", "closed"])
def test_one_of_two_copies_may_become_anything(
    fresh: Path, between: Callable[[Change], None], becomes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = fresh / "a copy.png"
    shutil.copy(fresh / "work03.png", first)

    def change() -> None:
        if becomes == "closed":
            real = ingest.decode_content

            def refused(path: bytes, *rest: Any) -> Any:
                if path == os.fsencode(first):
                    raise DecodeError("unreadable", "the file cannot be read")
                return real(path, *rest)

            monkeypatch.setattr(ingest, "decode_content", refused)
            return
        first.unlink()
        if becomes == "folder":
            first.mkdir()

    between(change)
    assert artbyol.embed(fresh).works == 6
    assert skips(fresh) == {b"a copy.png": {"gone": "vanished", "folder": "changed", "closed": "unreadable"}[becomes]}


def test_what_is_wrong_with_a_content_is_wrong_with_its_copies(fresh: Path, opened: list[str]) -> None:
    data = (fresh / "work00.png").read_bytes()
    for name in ("x.png", "y.png"):
        (fresh / name).write_bytes(data[: len(data) // 2])
    artbyol.embed(fresh)
    assert skips(fresh) == {b"x.png": "truncated", b"y.png": "truncated"}
    assert len(opened) == 7


@pytest.mark.slow
def test_a_file_changed_behind_its_time_is_noticed_when_it_is_read(gallery: Path) -> None:
    """Same size, same time, other bytes: such a file is not opened; once it is, for another model, it is found out."""
    path = gallery / "work03.png"
    status, data = path.stat(), path.read_bytes()
    other = (gallery / "work04.png").read_bytes()
    path.write_bytes(other[: len(data)].ljust(len(data), b"\0"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert artbyol.embed(gallery).decoded == 0
    give_model(gallery, seed=1)
    artbyol.embed(gallery)
    assert skips(gallery) == {b"work03.png": "changed"}
    artbyol.embed(gallery)
    assert skips(gallery) != {b"work03.png": "changed"}


def test_the_time_written_down_is_that_of_the_bytes_that_were_hashed(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, opened: list[str]
) -> None:
    real = ingest.scan

    def scan(folder: Path, *told: Any) -> Any:
        found = real(folder, *told)
        painting(90).save(fresh / "work02.png")
        os.utime(fresh / "work02.png", (7, 7))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "scan", scan)
        artbyol.embed(fresh)
    opened.clear()
    report = artbyol.embed(fresh)
    assert (report.unchanged, opened) == (6, [])


@pytest.mark.parametrize("recipe", ["style", "classic"])
@pytest.mark.slow
def test_training_leaves_out_what_changed_meanwhile(
    tmp_path: Path, between: Callable[[Change], None], recipe: Any
) -> None:
    folder = paint(tmp_path / "studio", 12)
    between(lambda: swap(folder / "work01.png", folder / "work02.png"))
    small: dict[str, Any] = {"backbone": "conv4", "weights": "none", "image_size": 64} if recipe == "classic" else {}
    report = artbyol.train(folder, effort="quick", recipe=recipe, epochs=1, **small)
    assert skips(folder) == {b"work01.png": "changed", b"work02.png": "changed"}
    assert MODEL.read_header(report.model)["trained_on"]["works"] == 10


def test_a_query_that_changes_while_it_is_read_is_refused(
    gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked.png"
    painting(300).save(asked)
    real, turn = query.content_hash, count(301)

    def content_hash(path: bytes) -> bytes:
        digest = real(path)
        painting(next(turn)).save(asked)
        return digest

    with monkeypatch.context() as patch:
        patch.setattr(query, "content_hash", content_hash)
        with pytest.raises(DecodeError, match="changed while it was read"):
            artbyol.similar(asked, folder=gallery)
    assert artbyol.similar(asked, folder=gallery).neighbours
