"""Stores of parts, merged, answer as one that embedded everything; no picture is read, and nothing else is written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import artbyol
from artbyol.base.errors import FolderError, Interrupted, ModelMismatchError, StoreMissingError, UsageError
from artbyol.base.events import Notice
from artbyol.cli import app
from artbyol.grouping.kept_file import load
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from tests.conftest import give_model, paint, painting, snapshot, vectors

Parts = list[Path]


@pytest.fixture
def parts(gallery: Path, tmp_path: Path) -> Parts:
    """Two stores of halves of the gallery, made by its model; six works are in both. One file is no picture."""
    (gallery / "work22.png").write_bytes(b"no picture")
    shutil.copy(gallery / "work03.png", gallery / "copy.png")
    (gallery / ".artbyol").rename(tmp_path / "before")
    names = sorted(path.name for path in gallery.iterdir())
    found = []
    for number, some in enumerate((names[:15], names[9:])):
        found.append(tmp_path / f"part{number}")
        artbyol.embed(gallery, store=found[-1], only=some, model=tmp_path / "before")
    return found


def everything(folder: Path, store: Path | None = None) -> dict[str, object]:
    """All that a catalogue knows, whatever ids it gave."""
    with Catalogue.open(locate(folder, store).catalogue, read_only=True) as catalogue:
        files = {file[0]: (*file[:4], *file[5:]) for some in catalogue.all_of_files() for file in some}
        works = {work.hash: (work.width, work.height) for work in catalogue.works()}
        numbers = {}
        for model_id in catalogue.counts().vectors:
            ids, rows = catalogue.vectors(model_id)
            for number, row in zip(ids.tolist(), rows, strict=True):
                digest = next(work.hash for work in catalogue.works() if work.id == number)
                numbers[model_id, digest] = row.tobytes()
                numbers["mark", digest] = catalogue.fingerprints([number]).tobytes()
        return {"files": files, "works": works, "numbers": numbers, "model": catalogue.model_id}


def without_logs(store: Path) -> dict[bytes, tuple[bytes, int]]:
    """A store's files but those that SQLite lays beside a catalogue that is read."""
    return {path: file for path, file in snapshot(store).items() if b"sqlite-" not in path}


def answers(folder: Path, store: Path) -> list[tuple[bytes, float, float]]:
    found = artbyol.similar(folder / "work07.png", 30, store=store)
    return [(one.path, one.cosine, one.percentile) for one in found.neighbours]


def test_parts_merged_are_what_embedding_the_whole_gives(
    gallery: Path, parts: Parts, tmp_path: Path, opened: list[str]
) -> None:
    before, kept = snapshot(gallery), [without_logs(part) for part in parts]
    report = artbyol.merge(parts, gallery)
    assert (report.works, report.added, report.known, report.conflicts) == (23, 23, 6, ())
    assert opened == [] and snapshot(gallery) == before and [without_logs(part) for part in parts] == kept
    whole = tmp_path / "whole"
    artbyol.embed(gallery, store=whole, model=parts[0] / "model.safetensors")
    assert everything(gallery) == everything(gallery, whole)
    assert answers(gallery, gallery / ".artbyol") == answers(gallery, whole)
    opened.clear()
    again = artbyol.merge(parts, gallery)
    assert (again.added, again.known) == (0, 29)
    embedded = artbyol.embed(gallery)  # there is nothing left to do
    assert (embedded.embedded, embedded.moved, embedded.unchanged, opened) == (0, 0, 25, [])


def test_a_merging_that_was_stopped_goes_on(gallery: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artbyol.search.merging._TOGETHER", 4)
    asked = iter([False, False, False, True])
    with pytest.raises(Interrupted, match="of 31 files merged"):
        artbyol.merge(parts, gallery, stop=lambda: next(asked))
    report = artbyol.merge(parts, gallery)
    assert report.works == 23 and 0 < report.added < 23
    assert artbyol.embed(gallery).embedded == 0


def test_folders_become_one_collection_with_the_groups_of_one_of_them(gallery: Path, tmp_path: Path) -> None:
    museum = tmp_path / "museum"
    for name in ("prints", "drawings"):
        shutil.copytree(gallery, museum / name)
    (museum / "drawings" / "work00.png").unlink()
    painting(800).save(museum / "drawings" / "own.png")
    artbyol.embed(museum / "drawings")
    artbyol.cluster(museum / "prints", k=3, method="kmeans", keep=True)
    told: list[object] = []
    report = artbyol.merge([museum / "prints", museum / "drawings" / ".artbyol"], museum, listener=told.append)
    assert (report.files, report.works) == (48, 25)
    found = vectors(museum)
    assert np.array_equal(found[b"prints/work01.png"], vectors(gallery)[b"work01.png"]) and b"drawings/own.png" in found
    kept = load(locate(museum))
    assert kept and {one.path for group in kept.groups for one in group.works} <= found.keys()
    assert not [one for one in told if isinstance(one, Notice) and "groups" in one.text]
    shutil.copy(museum / "prints" / ".artbyol" / "groups.toml", museum / "drawings" / ".artbyol")
    artbyol.merge(museum / "drawings", museum, listener=told.append)
    assert [one for one in told if isinstance(one, Notice) and "not taken" in one.text]
    assert artbyol.embed(museum).embedded == 0


def test_of_two_contents_of_a_file_the_one_in_the_folder_counts(
    gallery: Path, tmp_path: Path, opened: list[str]
) -> None:
    shutil.copytree(gallery, tmp_path / "elsewhere")
    painting(900).save(gallery / "work05.png")
    artbyol.merge(tmp_path / "elsewhere", gallery)
    old = vectors(gallery)[b"work05.png"]
    (tmp_path / "store").mkdir()
    shutil.copytree(gallery, tmp_path / "newer", symlinks=True)
    artbyol.embed(tmp_path / "newer")
    report = artbyol.merge(tmp_path / "newer", gallery)
    assert [(one.path, one.taken) for one in report.conflicts] == [(b"work05.png", True)]
    assert not np.array_equal(vectors(gallery)[b"work05.png"], old)
    report = artbyol.merge(tmp_path / "elsewhere", gallery)
    assert [(one.path, one.taken) for one in report.conflicts] == [(b"work05.png", False)]
    opened.clear()
    assert artbyol.embed(gallery).unchanged == 24 and opened == []


def other_model(gallery: Path, tmp_path: Path) -> Path:
    shutil.copytree(gallery, tmp_path / "other")
    give_model(tmp_path / "other", seed=1)
    artbyol.embed(tmp_path / "other")
    return tmp_path / "other"


def other_pictures(gallery: Path, tmp_path: Path) -> Path:
    paint(tmp_path / "other", 3, 50)
    shutil.copytree(gallery / ".artbyol", tmp_path / "other" / ".artbyol")
    for number in range(50, 53):
        painting(number, 70, 50).save(tmp_path / "other" / f"work{number}.png")
    artbyol.embed(tmp_path / "other")
    return tmp_path / "other"


def no_store(gallery: Path, tmp_path: Path) -> Path:
    return paint(tmp_path / "other", 1)


def itself(gallery: Path, tmp_path: Path) -> Path:
    return gallery


@pytest.mark.parametrize(
    ("other", "error", "said"),
    [
        (other_model, ModelMismatchError, "their vectors cannot be compared"),
        (other_pictures, FolderError, "are not in"),
        (no_store, StoreMissingError, "is no artbyol store"),
        (itself, UsageError, "merged into"),
    ],
)
def test_what_does_not_belong_together_is_refused_and_nothing_is_changed(
    other: Callable[[Path, Path], Path], error: type[Exception], said: str, gallery: Path, tmp_path: Path
) -> None:
    named, before = other(gallery, tmp_path), everything(gallery)
    with pytest.raises(error, match=said) as refused:
        artbyol.merge([named], gallery)
    assert everything(gallery) == before
    assert getattr(refused.value, "hint", None)


def test_the_command_says_what_came_and_what_to_do_next(gallery: Path, parts: Parts) -> None:
    done = CliRunner().invoke(app, ["merge", *map(str, parts), "--into", str(gallery)])
    assert "23 pictures" in done.stdout and "6 were known already" in done.stdout, done.output
    assert f"artbyol embed {gallery}" in done.stdout
