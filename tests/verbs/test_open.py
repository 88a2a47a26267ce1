"""`artbyol.open`: a collection that is opened once and asked again and again, and results as people hold them."""

from __future__ import annotations

import inspect
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import artbyol
from artbyol.base.errors import FolderError, ModelMismatchError, StoreError, StoreMissingError, UsageError
from artbyol.base.events import Notice
from artbyol.encoder import readers
from artbyol.storage.catalogue import Catalogue
from tests.conftest import give_model, paint, painting, vectors


def test_an_open_collection_answers_as_the_functions_do(_gallery: Path) -> None:
    query = _gallery / "work03.png"
    with artbyol.open(_gallery) as collection:
        assert len(collection) == 24 and collection.folder == _gallery
        assert collection.similar(query, 5, why=True).neighbours == artbyol.similar(query, 5, why=True).neighbours
        assert collection.cluster(3).groups == artbyol.cluster(_gallery, 3).groups
        stations = collection.path("work01.png", "work02.png").stations
        apart = artbyol.path(_gallery / "work01.png", _gallery / "work02.png").stations
        assert stations[1:] == apart[1:]  # the first step is no number
        assert collection.outliers(4).outliers == artbyol.outliers(_gallery, 4).outliers
        assert collection.describe("work01.png").works == artbyol.describe(_gallery / "work01.png").works
        between = collection.between("work01.png", "work02.png", 3).intermediates
        assert between == artbyol.between(_gallery / "work01.png", _gallery / "work02.png", 3).intermediates
        assert collection.duplicates().files == 24


def test_pictures_may_be_named_as_in_the_collection(
    _gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with artbyol.open(_gallery) as collection:
        inside = collection.similar("work03.png", 3)
        assert inside.queries == (os.fsencode(_gallery / "work03.png"),)
        painting(99).save(tmp_path / "work03.png")  # where one stands comes first
        assert collection.similar("work03.png", 3).queries == (os.fsencode(tmp_path / "work03.png"),)
        with pytest.raises(UsageError, match="no file"):
            collection.similar("work99.png")


def test_vectors_and_works_come_with_their_paths(gallery: Path) -> None:
    (gallery / "zz copy.png").write_bytes((gallery / "work05.png").read_bytes())
    (gallery / "metadata.csv").write_text("filename,title,artist,year\nwork05.png,Five,Anna,1888\n")
    artbyol.embed(gallery)
    with artbyol.open(gallery) as collection:
        values, paths = collection.vectors()
        assert values.dtype == np.float32 and len(values) == len(paths) == 24
        expected = vectors(gallery)
        assert all((row == expected[os.fsencode(path)]).all() for row, path in zip(values, paths, strict=True))
        assert len(collection.vectors("palette").values) == 24
        five = next(work for work in collection.works() if work.path == "work05.png")
        assert five.copies == ("zz copy.png",) and (five.width, five.height) == (96, 80)
        assert five.metadata is not None and five.metadata.title == "Five"
        (gallery / "metadata.csv").write_text("filename,title\nzz copy.png,Copied\n")
        (five,) = (work for work in collection.works() if work.path == "work05.png")
        assert five.metadata is not None and five.metadata.title == "Copied"  # as of its copy


def test_a_closed_collection_or_one_of_another_thread_is_not_called_damaged(gallery: Path) -> None:
    with artbyol.open(gallery) as collection, ThreadPoolExecutor(1) as elsewhere:
        with pytest.raises(StoreError, match="thread") as caught:
            elsewhere.submit(collection.similar, "work03.png").result()
        assert "rm " not in (caught.value.hint or "")
    with pytest.raises(StoreError, match="closed") as caught:
        collection.similar("work03.png")
    assert "damaged" not in caught.value.message and "rm " not in (caught.value.hint or "")


def test_the_catalogue_is_opened_once_for_many_questions(_gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    real = Catalogue.open.__func__  # type: ignore[attr-defined]

    def noting(cls: type[Catalogue], path: Path, **how: bool) -> Catalogue:
        opened.append(path)
        found: Catalogue = real(cls, path, **how)
        return found

    monkeypatch.setattr(Catalogue, "open", classmethod(noting))
    with artbyol.open(_gallery) as collection:
        collection.similar("work03.png")
        collection.cluster(3)
        collection.outliers()
    assert len(opened) == 1


def test_what_changed_meanwhile_is_read_again(gallery: Path) -> None:
    with artbyol.open(gallery) as collection:
        assert len(collection.vectors().paths) == 24
        paint(gallery, 1, first=60)
        artbyol.embed(gallery)
        assert "work60.png" in collection.vectors().paths
        assert collection.similar("work60.png", 3).works == 25


@pytest.mark.slow
def test_a_model_trained_meanwhile_is_not_compared_with_the_vectors_of_the_one_before(
    gallery: Path, tmp_path: Path
) -> None:
    painting(99).save(tmp_path / "stranger.png")
    with artbyol.open(gallery) as collection:
        collection.similar("work03.png")
        collection.similar(tmp_path / "stranger.png")
        give_model(gallery, seed=1)
        for query in ("work03.png", tmp_path / "stranger.png"):
            with pytest.raises(ModelMismatchError):
                collection.similar(query)
        artbyol.embed(gallery)
        fresh = artbyol.similar(tmp_path / "stranger.png", folder=gallery)
        assert collection.similar(tmp_path / "stranger.png").neighbours == fresh.neighbours


def test_vectors_may_be_changed_without_changing_answers(gallery: Path) -> None:
    with artbyol.open(gallery) as collection:
        groups = collection.cluster(3).groups
        values, _ = collection.vectors()
        values[:] = 0
        assert collection.vectors().values.any() and collection.cluster(3).groups == groups


@pytest.mark.slow
def test_a_part_of_a_collection_is_said_to_be_one(tmp_path: Path) -> None:
    paint(tmp_path / "all" / "part", 3)
    artbyol.embed(tmp_path / "all")
    said: list[object] = []
    with artbyol.open(tmp_path / "all" / "part", listener=said.append) as collection:
        assert collection.folder == tmp_path / "all"
    assert any(isinstance(one, Notice) and "part of the collection" in one.text for one in said)


def test_what_is_no_collection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError):
        artbyol.open(tmp_path / "missing")
    with pytest.raises(StoreMissingError):
        artbyol.open(tmp_path)


def test_a_question_may_have_its_own_listener(gallery: Path) -> None:
    whole: list[object] = []
    own: list[object] = []
    with artbyol.open(gallery, listener=whole.append) as collection:
        collection.cluster(3)
        assert any(isinstance(one, Notice) for one in whole)
        before = len(whole)
        collection.cluster(4, listener=own.append)
        assert own and len(whole) == before


def test_a_question_may_be_drawn_where_others_are_listened_to(
    gallery: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[object] = []
    with artbyol.open(gallery, listener=told.append) as collection:
        collection.cluster(3, progress=True)
        assert "Grouping 24 works" in capsys.readouterr().err and not told
        collection.cluster(3)
        assert told and capsys.readouterr().err == ""


def test_an_open_collection_is_asked_for_no_other_store(gallery: Path, tmp_path: Path) -> None:
    with artbyol.open(gallery) as collection, pytest.raises(UsageError, match="store already"):
        artbyol.similar("work03.png", folder=collection, store=tmp_path)


def test_progress_is_drawn_on_request(gallery: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artbyol.cluster(gallery, 3)
    assert capsys.readouterr() == ("", "")
    artbyol.cluster(gallery, 3, progress=True)
    out, err = capsys.readouterr()
    assert out == "" and "Grouping 24 works" in err


@pytest.mark.slow
def test_files_are_written_from_python_as_from_the_shell(gallery: Path, tmp_path: Path) -> None:
    with artbyol.open(gallery) as collection:
        collection.similar("work03.png", 3, sheet=tmp_path / "near.png", html=tmp_path / "near.html")
        collection.cluster(3, csv=tmp_path / "groups.csv", organize=tmp_path / "folders", sheet_dir=tmp_path / "sheets")
        collection.path("work01.png", "work02.png", sheet=tmp_path / "walk.png")
        collection.outliers(sheet=tmp_path / "alone.png")
    for name in ("near.png", "near.html", "groups.csv", "folders", "sheets", "walk.png", "alone.png"):
        assert (tmp_path / name).exists(), name
    assert len((tmp_path / "groups.csv").read_text().splitlines()) == 25


def test_results_are_short_and_give_paths_and_rows(gallery: Path) -> None:
    (gallery / "metadata.csv").write_text("filename,title\nwork08.png,Eight\n")
    with artbyol.open(gallery) as collection:
        near = collection.similar("work03.png", 23, why=True)
        groups = collection.cluster(3)
    assert len(near) == 23 and [one.name for one in near] == [os.fsdecode(one.path) for one in near.neighbours]
    assert all(path.is_file() for path in near.paths)
    assert repr(near).startswith("<Neighbours in ") and "23 works" in repr(near) and len(repr(near)) < 300
    row = next(row for row in near.rows() if row["path"] == "work08.png")
    assert row["title"] == "Eight" and isinstance(row["percentile"], float) and isinstance(row["why.tone"], float)
    assert {row["group"] for row in groups.rows()} == {1, 2, 3} and len(groups.rows()) == 24
    assert "group 1" in repr(groups)


def test_results_show_pictures_in_a_notebook_and_become_frames(gallery: Path) -> None:
    pandas = pytest.importorskip("pandas")
    near = artbyol.similar(gallery / "work03.png", 4)
    (gallery / os.fsdecode(near.neighbours[0].path)).unlink()  # a picture that is gone is no reason to show nothing
    shown = near._repr_html_()
    assert shown.count("<tr>") == 5 and shown.count("data:image/jpeg;base64,") == 3
    frame = near.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and list(frame["rank"]) == [1, 2, 3, 4]
    assert list(frame["path"]) == [one.name for one in near]


def test_other_results_are_short_and_tables_too(gallery: Path) -> None:
    for number in range(24):
        folder = gallery / ("Anna" if number < 12 else "Bert")
        folder.mkdir(exist_ok=True)
        (gallery / f"work{number:02d}.png").rename(folder / f"work{number:02d}.png")
    embedded = artbyol.embed(gallery)
    scores = artbyol.evaluate(gallery, controls=False)
    artbyol.cluster(gallery, 3, keep=True)
    groups, state = artbyol.groups(gallery), artbyol.info(gallery)
    for one in (embedded, scores, groups, state):
        assert repr(one).startswith(f"<{type(one).__name__}: ") and len(repr(one)) < 600 and "\n" not in repr(one)
    assert "works 24" in repr(scores) and "2 encoders" in repr(scores)
    assert [row["encoder"] for row in scores.rows()] == ["model", "as similar ranks"]
    assert 0 <= scores.rows()[0]["precision_at_k.value"] <= 1
    assert [row["works"] for row in groups.rows()] == [group.works for group in groups.groups]
    assert "group 1" in groups._repr_html_() and "precision_at_k.low" in scores._repr_html_()


def test_names_are_escaped_in_a_notebook(gallery: Path) -> None:
    (gallery / "work04.png").rename(gallery / "<img src=x onerror=alert(1)>.png")
    artbyol.embed(gallery)
    shown = artbyol.similar(gallery / "work03.png", 23)._repr_html_()
    assert "<img src=x" not in shown and "&lt;img src=x" in shown


def test_methods_show_the_arguments_of_the_functions(_gallery: Path) -> None:
    for name in ("similar", "path", "between", "describe"):
        function, method = (
            inspect.signature(getattr(artbyol, name)),
            inspect.signature(getattr(artbyol.Collection, name)),
        )
        assert [*method.parameters] == ["self", *(one for one in function.parameters if one not in ("folder", "store"))]
    with artbyol.open(_gallery) as collection:
        assert collection and repr(collection.info()) == repr(artbyol.info(_gallery))


def test_a_model_that_changes_while_a_question_is_answered_is_noticed(
    gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painting(77).save(tmp_path / "outside.png")
    real = readers.current_reader
    monkeypatch.setattr(readers, "current_reader", lambda *given, **more: (real(*given, **more)[0], "another"))
    with artbyol.open(gallery) as collection, pytest.raises(ModelMismatchError):
        collection.similar(tmp_path / "outside.png")


def test_the_package_lists_its_verbs() -> None:
    assert {"open", "similar", "cluster", "train", "ArtbyolError"} <= set(dir(artbyol))
    assert all(callable(getattr(artbyol, name)) for name in dir(artbyol))
