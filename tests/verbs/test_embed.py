"""`embed` opens what is new or changed and nothing else, loses nothing when killed, and never writes to a picture."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

import artbyol
from artbyol.base.errors import FolderError, Interrupted, UsageError
from artbyol.base.events import Event, Notice, Progress
from artbyol.cli import app
from artbyol.cli.render.training import MOST_SKIPS, SHOWN_SKIPS, skipped_files
from artbyol.pictures.measures.axes import MEASURED_IDS
from artbyol.search import embedding
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.path_list import path_inside, read_paths
from artbyol.storage.rows import Skip
from artbyol.storage.store import locate
from tests.conftest import environment, give_model, paint, painting, snapshot, vectors
from tests.processes import start


def test_a_second_run_opens_nothing_and_needs_no_network(gallery: Path, opened: list[str]) -> None:
    report = artbyol.embed(gallery)
    assert (report.files, report.works, report.unchanged) == (24, 24, 24)
    assert (report.embedded, report.decoded, report.moved, report.vanished, report.machine) == (0, 0, 0, 0, None)
    assert opened == []


def test_a_new_picture_is_the_only_one_opened(gallery: Path, opened: list[str]) -> None:
    before = vectors(gallery)
    painting(500).save(gallery / "new.png")
    report = artbyol.embed(gallery)
    assert (report.works, report.embedded, report.decoded, report.unchanged) == (25, 1, 1, 24)
    assert opened == ["new.png"]
    after = vectors(gallery)
    assert after.keys() - before.keys() == {b"new.png"}
    assert all(np.array_equal(after[path], before[path]) for path in before)


def test_a_changed_picture_gets_a_new_vector(gallery: Path, opened: list[str]) -> None:
    before = vectors(gallery)
    painting(501).save(gallery / "work03.png")
    report = artbyol.embed(gallery)
    assert (report.works, report.decoded, report.unchanged) == (24, 1, 23)
    assert opened == ["work03.png"]
    assert not np.allclose(vectors(gallery)[b"work03.png"], before[b"work03.png"], atol=1e-3)


def test_whoever_waits_is_told_of_each_stage_before_it_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = paint(tmp_path / "works", 4)
    for number in range(3):
        paint(folder / "deep" / "er" / f"{number}", 1, 10 + number)
    give_model(folder)
    monkeypatch.setattr("artbyol.pictures.scan._TOLD_EVERY", 2)
    told: list[Event] = []
    artbyol.embed(folder, listener=told.append)
    stages = [(one.stage, one.done, one.total) for one in told if isinstance(one, Progress)]
    listing = [(done, total) for stage, done, total in stages if stage == "listing"]
    assert len(listing) >= 7 and (2, None) in listing and listing[-1] == (7, 7)  # each folder, and inside a large one
    assert list(dict.fromkeys(stage for stage, *_ in stages)) == ["listing", "reading", "embedding", "indexing"]
    assert ("embedding", 0, 7) in stages  # before torch is imported and the network loaded
    with pytest.raises(Interrupted, match="listed"):
        artbyol.embed(folder, stop=lambda: True)


def test_ten_thousand_broken_files_do_not_flood_a_terminal() -> None:
    skips = [Skip(b"%05d.jpg" % number, ("damaged", "empty")[number % 2], "why") for number in range(10_000)]
    for most, where in ((SHOWN_SKIPS, "artbyol info"), (MOST_SKIPS, "--json")):
        (_, counts), *lines = skipped_files(Path("paintings"), skips, most)
        assert counts == "10,000 files: 5000 damaged, 5000 empty"
        assert len(lines) == most + 1 and where in lines[-1][1] and f"{10_000 - most:,} more" in lines[-1][1]


def rename(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "work05.png").rename(folder / "deep" / "another name.png")


def copy(folder: Path) -> None:
    shutil.copy(folder / "work05.png", folder / "copy.png")


def touch(folder: Path) -> None:
    os.utime(folder / "work05.png", (1, 1))


@pytest.mark.parametrize(
    ("change", "place", "files", "gone"),
    [(rename, b"deep/another name.png", 24, 1), (copy, b"copy.png", 25, 0), (touch, b"work05.png", 24, 0)],
)
def test_a_renamed_copied_or_touched_picture_keeps_its_vector_without_being_decoded(
    change: Callable[[Path], None], place: bytes, files: int, gone: int, gallery: Path, opened: list[str]
) -> None:
    before = vectors(gallery)[b"work05.png"]
    change(gallery)
    report = artbyol.embed(gallery)
    assert (report.files, report.works, report.decoded, report.moved, report.vanished) == (files, 24, 0, 1, gone)
    assert opened == []
    assert np.array_equal(vectors(gallery)[place], before)


def test_a_deleted_picture_leaves_the_collection(gallery: Path, opened: list[str]) -> None:
    (gallery / "work07.png").unlink()
    report = artbyol.embed(gallery)
    assert (report.works, report.vanished, report.decoded) == (23, 1, 0)
    assert b"work07.png" not in vectors(gallery)
    assert opened == []
    assert b"work07.png" not in [n.path for n in artbyol.similar(gallery / "work08.png", 50).neighbours]


def test_of_two_copies_one_may_go(gallery: Path, opened: list[str]) -> None:
    copy(gallery)
    artbyol.embed(gallery)
    (gallery / "work05.png").unlink()
    report = artbyol.embed(gallery)
    assert (report.works, report.vanished) == (24, 1)
    assert b"copy.png" in vectors(gallery)
    assert opened == []


@pytest.mark.slow
def test_another_model_embeds_everything_again_and_says_why(gallery: Path, opened: list[str]) -> None:
    before, told = vectors(gallery), list[Event]()
    old = artbyol.info(gallery).model.model_id
    new = give_model(gallery, seed=1)
    report = artbyol.embed(gallery, listener=told.append)
    assert report.model_id == new != old
    assert (report.embedded, report.decoded, report.unchanged) == (24, 24, 24)
    notices = [event.text for event in told if isinstance(event, Notice)]
    assert any(old in text and new in text and "24 pictures" in text for text in notices)
    after = vectors(gallery)
    assert after.keys() == before.keys()
    assert not any(np.allclose(after[path], before[path], atol=1e-3) for path in before)
    with Catalogue.open(locate(gallery).catalogue, read_only=True) as catalogue:
        held = {new, *MEASURED_IDS}
        assert catalogue.counts().vectors == dict.fromkeys(held, 24)  # nothing is kept of the old model


def test_vectors_do_not_depend_on_the_rest_of_the_folder(gallery: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in ("work11.png", "work02.png"):
        shutil.copy(gallery / name, few)
    give_model(few)
    artbyol.embed(few)
    for path, vector in vectors(few).items():
        assert np.allclose(vector, vectors(gallery)[path], atol=1e-5)


@pytest.mark.slow
def test_stopped_in_the_middle_it_keeps_what_is_done_and_goes_on_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[str], gallery: Path
) -> None:
    monkeypatch.setattr(embedding, "BATCH", 5)
    folder = paint(tmp_path / "stopped", 24)
    give_model(folder)
    told: list[Event] = []
    with pytest.raises(Interrupted, match="Stopped with 10 of 24 pictures") as caught:
        artbyol.embed(folder, listener=told.append, stop=lambda: Progress("embedding", 10, 24) in told)
    assert caught.value.exit_code == 130 and caught.value.hint
    opened.clear()
    report = artbyol.embed(folder)
    assert (report.works, report.embedded, report.decoded) == (24, 14, 14)
    assert len(opened) == 14
    whole, resumed = vectors(gallery), vectors(folder)
    assert all(np.allclose(resumed[path], whole[path], atol=1e-5) for path in whole)


def test_stopped_while_files_are_read_it_says_so_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    folder = paint(tmp_path / "reading", 12)
    give_model(folder)
    told: list[Event] = []
    with pytest.raises(Interrupted, match="0 of 12 files read"):
        artbyol.embed(folder, listener=told.append, stop=lambda: Progress("listing", 12, 12) in told)
    assert artbyol.embed(folder).embedded == 12


def is_killed_after_ten(folder: Path) -> None:
    embedding.BATCH = 5

    def hear(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "embedding" and event.done == 10:
            os.kill(os.getpid(), signal.SIGKILL)

    artbyol.embed(folder, listener=hear)


@pytest.mark.slow
def test_killed_in_the_middle_it_is_finished_by_the_next_run(tmp_path: Path, gallery: Path) -> None:
    folder = paint(tmp_path / "killed", 24)
    give_model(folder)
    assert start(is_killed_after_ten, folder, environment=environment()).finish().returncode == -signal.SIGKILL
    report = artbyol.embed(folder)
    assert report.works == 24
    assert report.embedded == 14  # two batches of five were safe
    whole, resumed = vectors(gallery), vectors(folder)
    assert resumed.keys() == whole.keys()
    assert all(np.allclose(resumed[path], whole[path], atol=1e-5) for path in whole)


def test_a_broken_file_is_skipped_with_its_reason_and_not_tried_again_until_it_changes(
    gallery: Path, opened: list[str]
) -> None:
    data = (gallery / "work00.png").read_bytes()
    (gallery / "broken.png").write_bytes(data[: len(data) // 2])
    report = artbyol.embed(gallery)
    assert [(skip.path, skip.code) for skip in report.skips] == [(b"broken.png", "truncated")]
    assert (report.works, report.files, report.decoded) == (24, 25, 0)
    opened.clear()
    again = artbyol.embed(gallery)
    assert opened == [] and len(again.skips) == 1

    painting(502).save(gallery / "broken.png")
    mended = artbyol.embed(gallery)
    assert opened == ["broken.png"]
    assert (mended.works, mended.decoded, mended.skips) == (25, 1, ())


def test_a_link_that_leads_nowhere_is_tried_again_every_time(gallery: Path, tmp_path: Path) -> None:
    (gallery / "away.png").symlink_to(tmp_path / "share" / "there.png")
    assert [skip.code for skip in artbyol.embed(gallery).skips] == ["vanished"]
    assert [skip.code for skip in artbyol.embed(gallery).skips] == ["vanished"]
    (tmp_path / "share").mkdir()
    painting(503).save(tmp_path / "share" / "there.png")
    report = artbyol.embed(gallery)
    assert (report.works, report.skips) == (25, ())


def test_a_picture_too_large_is_taken_once_the_limit_is_raised(gallery: Path) -> None:
    painting(504, 200, 200).save(gallery / "large.png")
    assert [skip.code for skip in artbyol.embed(gallery, max_pixels=20_000).skips] == ["too-large"]
    report = artbyol.embed(gallery, max_pixels=50_000)
    assert (report.works, report.skips) == (25, ())


def test_a_usable_picture_that_is_spoilt_leaves_the_collection(gallery: Path) -> None:
    (gallery / "work04.png").write_bytes(b"no picture any more")
    report = artbyol.embed(gallery)
    assert report.works == 23 and [skip.path for skip in report.skips] == [b"work04.png"]
    assert b"work04.png" not in vectors(gallery)


def test_pictures_are_only_read(tmp_path: Path) -> None:
    folder = paint(tmp_path / "precious", 6)
    (folder / "notes.txt").write_text("do not touch")
    (folder / "bad.jpg").write_bytes(b"\xff\xd8\xff broken")
    give_model(folder)
    before = snapshot(folder)
    report = artbyol.embed(folder)
    artbyol.similar(folder / "work00.png")
    artbyol.cluster(folder)
    assert report.other_files == 1
    assert snapshot(folder) == before


@pytest.mark.slow
def test_a_store_elsewhere_leaves_the_folder_without_a_trace(tmp_path: Path) -> None:
    folder = paint(tmp_path / "read only", 4)
    store = tmp_path / "elsewhere"
    artbyol.embed(folder, store=store)
    assert sorted(os.listdir(folder)) == [f"work{n:02d}.png" for n in range(4)]
    assert len(vectors(folder, store)) == 4
    assert artbyol.similar(folder / "work00.png", store=store).works == 4


@pytest.mark.slow
def test_progress_climbs_to_the_total(tmp_path: Path) -> None:
    folder = paint(tmp_path / "told", 40)
    give_model(folder)
    told: list[Event] = []
    artbyol.embed(folder, listener=told.append)
    steps = [(e.done, e.total) for e in told if isinstance(e, Progress) and e.stage == "embedding"]
    assert steps == [(0, 40), (16, 40), (32, 40), (40, 40)]


def test_an_empty_folder_is_embedded_to_nothing_and_a_missing_one_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    report = artbyol.embed(tmp_path / "empty")
    assert (report.files, report.works, report.embedded) == (0, 0, 0)
    with pytest.raises(FolderError, match="no folder"):
        artbyol.embed(tmp_path / "missing")
    assert not (tmp_path / "missing").exists()


def without_axes(folder: Path) -> None:
    """Make a collection's catalogue as an artbyol without axes left it."""
    import sqlite3

    connection = sqlite3.connect(locate(folder).catalogue)
    marks = ", ".join("?" * len(MEASURED_IDS))
    with connection:
        connection.execute(
            f"DELETE FROM vectors WHERE model IN (SELECT id FROM models WHERE model_id IN ({marks}))", MEASURED_IDS
        )
        connection.execute(f"DELETE FROM models WHERE model_id IN ({marks})", MEASURED_IDS)
    connection.close()


def test_a_catalogue_from_before_the_axes_is_measured_once_and_this_is_said(gallery: Path, opened: list[str]) -> None:
    with Catalogue.open(locate(gallery).catalogue, read_only=True) as catalogue:
        before = {name: catalogue.vectors(name)[1] for name in MEASURED_IDS}
    without_axes(gallery)
    assert artbyol.info(gallery).stale == ("Palette, tone and the other axes were not measured yet: run embed.",)
    told: list[Event] = []
    report = artbyol.embed(gallery, listener=told.append)
    assert (report.embedded, report.measured, report.machine) == (0, 24, None)
    assert len(opened) == 24
    assert any(isinstance(event, Notice) and "24 of them" in event.text for event in told)
    with Catalogue.open(locate(gallery).catalogue, read_only=True) as catalogue:
        for name in MEASURED_IDS:
            assert np.array_equal(catalogue.vectors(name)[1], before[name]), name
    assert artbyol.embed(gallery).measured == 0
    assert len(opened) == 24
    assert artbyol.info(gallery).stale == ()


@pytest.mark.slow
def test_training_measures_while_it_looks_so_that_nothing_is_opened_twice(tmp_path: Path, opened: list[str]) -> None:
    folder = paint(tmp_path / "new", 12)
    artbyol.train(folder, effort="quick", epochs=5)
    report = artbyol.embed(folder)
    assert (report.measured, report.decoded) == (0, 0)
    assert len(opened) == 12


def test_measuring_can_be_stopped_and_goes_on(gallery: Path, opened: list[str]) -> None:
    without_axes(gallery)
    with pytest.raises(Interrupted, match="16 of 24 pictures measured"):
        artbyol.embed(gallery, stop=lambda: len(opened) >= 16)
    assert artbyol.embed(gallery).measured == 8


@pytest.mark.parametrize("named", ["relative", "absolute", "from where one stands"])
def test_of_a_list_only_its_paths_are_looked_at_and_what_else_is_known_stays(
    named: str, gallery: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(gallery.parent)
    paint(gallery / "new" / "deep", 2, 600)
    for number in (700, 701):
        painting(number).save(gallery / f"other{number}.png")
    (gallery / "work00.png").unlink()  # neither of the two is on the list
    (gallery / "work01.png").unlink()
    where = {"relative": Path(), "absolute": gallery, "from where one stands": Path(gallery.name)}[named]
    only = [
        where / name
        for name in ("new", "./other700.png", "work01.png", "work02.png", ".artbyol/store.json", ".x/y.png")
    ]
    report = artbyol.embed(gallery, only=only)
    assert sorted(opened) == ["other700.png", "work600.png", "work601.png"]
    assert (report.files, report.decoded, report.vanished, report.unchanged) == (27, 3, 0, 23)
    assert [(skip.path, skip.code) for skip in report.skips] == [(b"work01.png", "vanished")]
    assert {b"new/deep/work600.png", b"work00.png"} <= vectors(gallery).keys() >= {b"other700.png"}
    whole = artbyol.embed(gallery)  # what the list left out
    assert (whole.files, whole.decoded, whole.vanished, whole.skips) == (26, 1, 2, ())


def test_a_list_leads_nowhere_else(gallery: Path, tmp_path: Path) -> None:
    painting(1).save(tmp_path / "outside.png")
    for path in ("../outside.png", tmp_path / "outside.png", "work00.png/../../outside.png"):
        with pytest.raises(UsageError, match="does not lie in the collection"):
            artbyol.embed(gallery, only=["work00.png", path])
    (tmp_path / "way").symlink_to(gallery)
    assert path_inside(gallery, tmp_path / "way" / "work00.png") == b"work00.png"


def test_lists_are_lines_or_parquet_and_may_come_through_a_pipe(gallery: Path, tmp_path: Path) -> None:
    names = ["work00.png", "a b/ü.png"]
    table = tmp_path / "list.parquet"
    parquet.write_table(pyarrow.table({"n": [1, 2], "path": names}), table)
    lines = "\r\n".join([*names, "", ""])
    for data in (lines.encode(), lines.encode("utf-16"), "\0".join(names).encode(), table.read_bytes()):
        (tmp_path / "list").write_bytes(data)
        assert read_paths(str(tmp_path / "list")) == [name.encode() for name in names]
    (tmp_path / "list").write_bytes(b"\xff.png\n")  # no text, but a name
    assert read_paths(str(tmp_path / "list")) == [b"\xff.png"]
    parquet.write_table(pyarrow.table({"file": names}), table)
    with pytest.raises(UsageError, match="no column path, but file"):
        read_paths(str(table))
    table.write_bytes(table.read_bytes()[:-20])
    with pytest.raises(UsageError, match="damaged"):
        read_paths(str(table))
    painting(900).save(gallery / "new.png")
    done = CliRunner().invoke(app, ["embed", str(gallery), "--list", "-", "--json"], input="new.png")
    assert json.loads(done.stdout)["decoded"] == 1, done.output


def test_a_model_trained_elsewhere_is_copied_but_replaces_none(gallery: Path, tmp_path: Path) -> None:
    folder = paint(tmp_path / "others", 2)
    report = artbyol.embed(folder, model=gallery)
    assert report.trained and report.model_id == artbyol.info(gallery).model.model_id
    assert np.array_equal(vectors(folder)[b"work01.png"], vectors(gallery)[b"work01.png"])
    give_model(gallery, seed=1)
    with pytest.raises(UsageError, match="has another trained model"):
        artbyol.embed(folder, model=locate(gallery).model)
    with pytest.raises(UsageError, match="has no trained model"):
        locate(gallery).model.unlink()
        artbyol.embed(folder, model=gallery)
