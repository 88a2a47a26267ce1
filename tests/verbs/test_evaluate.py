"""`evaluate`: encoders side by side on the same works, controls kept, one's own labels and vectors, mistakes told."""

from __future__ import annotations

import csv
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from typer.testing import CliRunner, Result

import artbyol
from artbyol.base.errors import Interrupted, StoreMissingError, UsageError
from artbyol.base.events import Event, Notice
from artbyol.cli import app
from tests.conftest import paint, painting, snapshot, vectors


@pytest.fixture
def labelled(gallery: Path) -> Path:
    """The gallery with a table that gives its 24 works three labels by eights, each by two hands."""
    rows = [f"work{n:02d}.png,{'abc'[n // 8]},{'uvwxyz'[n // 4]}" for n in range(24)]
    (gallery / "labels.csv").write_text("\n".join(["filename,label,artist", *rows]) + "\n")
    return gallery


def cli(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


@pytest.mark.slow
def test_controls_look_at_what_is_new_and_go_on_where_they_were_stopped(labelled: Path, opened: list[str]) -> None:
    before = snapshot(labelled)
    with pytest.raises(Interrupted, match="16 of 24"):
        artbyol.evaluate(labelled, labelled / "labels.csv", stop=lambda: True)
    assert len(opened) == 24  # decoded ahead
    opened.clear()
    first = artbyol.evaluate(labelled, labelled / "labels.csv")
    assert len(opened) == 8
    assert snapshot(labelled) == before
    painting(500).save(labelled / "new.png")
    with (labelled / "labels.csv").open("a") as table:
        table.write("new.png,a,u\n")
    artbyol.embed(labelled)
    opened.clear()
    second = artbyol.evaluate(labelled, labelled / "labels.csv")
    assert opened == ["new.png"]
    assert (first.works, second.works) == (24, 25)


@pytest.mark.slow
def test_a_damaged_file_of_controls_is_made_again(labelled: Path, opened: list[str]) -> None:
    kept = labelled / ".artbyol" / "controls.safetensors"
    first = artbyol.evaluate(labelled, labelled / "labels.csv")
    kept.write_bytes(kept.read_bytes()[:100])
    opened.clear()
    assert artbyol.evaluate(labelled, labelled / "labels.csv") == first
    assert len(opened) == 24


@pytest.mark.slow
def test_a_work_changed_since_it_was_embedded_is_left_out_for_all(labelled: Path) -> None:
    painting(777).save(labelled / "work03.png")
    (labelled / "work04.png").unlink()
    found = artbyol.evaluate(labelled, labelled / "labels.csv")
    assert found.works == 22 and found.left_out.unseen == 2
    alone = artbyol.evaluate(labelled, labelled / "labels.csv", controls=False)
    assert alone.works == 24 and [one.name for one in alone.encoders] == ["model", "as similar ranks"]


@pytest.mark.slow
def test_where_nothing_can_be_written_it_works_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(os, "geteuid"):
        pytest.skip("file rights work differently here")
    folder, user = Path(tempfile.mkdtemp()), os.geteuid()
    graphs = Path(tempfile.mkdtemp())  # of networks, which are kept for all collections
    monkeypatch.setenv("ARTBYOL_WEIGHTS", str(graphs))
    try:
        paint(folder / "a", 3)
        paint(folder / "b", 3, first=3)
        artbyol.embed(folder)
        for found in folder.rglob("*"):
            found.chmod(0o555 if found.is_dir() else 0o444)
        folder.chmod(0o555)
        for found in (graphs, *graphs.iterdir()):
            found.chmod(0o777)
        if user == 0:
            os.seteuid(65534)
        if not os.access(torch.__file__, os.R_OK, effective_ids=True):
            pytest.skip("the packages lie where only root can read them")
        if os.access(folder / ".artbyol", os.W_OK, effective_ids=True):
            pytest.skip("nothing is read-only here")
        heard: list[Event] = []
        assert len(artbyol.evaluate(folder, listener=heard.append).encoders) == 5
        assert [event for event in heard if isinstance(event, Notice)] == []
        os.seteuid(user)
        assert not (folder / ".artbyol" / "controls.safetensors").exists()
    finally:
        os.seteuid(user)
        for found in (folder, *folder.rglob("*")):
            if found.is_dir():
                found.chmod(0o755)
        shutil.rmtree(folder)
        shutil.rmtree(graphs)


@pytest.mark.slow
def test_folders_are_labels_copies_count_once_and_the_untrained_model_is_shown_once(tmp_path: Path) -> None:
    folder = tmp_path / "collection"
    paint(folder / "a", 4)
    paint(folder / "b" / "deeper", 4, first=4)
    paint(folder, 2, first=8)
    shutil.copy(folder / "a" / "work00.png", folder / "a" / "copy.png")
    shutil.copy(folder / "a" / "work01.png", folder / "b" / "copy.png")
    artbyol.embed(folder)
    found = artbyol.evaluate(folder)
    assert found.labels == ("a", "b") and not found.trained
    assert found.works == 7  # ten works; two at the top, one in both folders
    assert found.left_out.unlabelled == 3 and found.left_out.contested == (b"a/work01.png",)
    names = [one.name for one in found.encoders]
    assert names == ["untrained encoder", "as similar ranks", "last layer", "colour histogram", "shape and size"]


def test_across_hands(labelled: Path) -> None:
    table = labelled / "labels.csv"
    found = artbyol.evaluate(labelled, table, disjoint="artist", k=5, controls=False)
    own = vectors(labelled)
    rows = np.stack([own[f"work{n:02d}.png".encode()] for n in range(24)])
    expected = []
    for query in range(24):
        order = [o for o in np.argsort(-(rows @ rows[query])) if o // 4 != query // 4]
        expected.append(np.mean([o // 8 == query // 8 for o in order[:5]]))
    assert found.encoders[0].overall.precision_at_k.value == pytest.approx(np.mean(expected))
    assert found.queries == 24 and found.disjoint == "artist"
    lines = table.read_text().replace(",v\n", ",u\n")  # label a is now all by one hand
    table.write_text(lines)
    found = artbyol.evaluate(labelled, table, disjoint="artist", controls=False)
    assert (found.works, found.queries, found.left_out.unanswerable) == (24, 16, 8)
    assert [one.label for one in found.encoders[0].by_label] == ["b", "c"]


def test_vectors_of_anybody_are_scored_on_the_same_works(labelled: Path, tmp_path: Path) -> None:
    own = vectors(labelled)
    names = sorted(own)
    rows = 3.0 * np.stack([own[name] for name in names])
    save_file(
        {"vectors": rows.astype(np.float16)},
        tmp_path / "same.safetensors",
        {"filenames": json.dumps([name.decode() for name in names])},
    )
    perfect = np.eye(3)[np.repeat([0, 1, 2], 8)][4:]
    np.save(tmp_path / "perfect.npy", perfect)
    (tmp_path / "perfect.txt").write_text("".join(f"{name.decode()}\n" for name in names[4:]))
    files = [tmp_path / "same.safetensors", tmp_path / "perfect.npy"]
    found = artbyol.evaluate(labelled, labelled / "labels.csv", vectors=files, controls=False)
    assert found.works == 20 and found.left_out.without_vectors == 4
    model, _, same, right = found.encoders
    assert (same.name, right.name) == ("same.safetensors", "perfect.npy")
    assert same.overall.precision_at_k.value == pytest.approx(model.overall.precision_at_k.value, abs=0.01)
    assert right.overall.mean_average_precision.value == right.groups.nmi == 1.0
    assert found.differences[2].by.precision_at_k.high < 0


def test_vectors_of_other_pictures_are_refused_and_lost_names_told(labelled: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.ones((25, 2)))
    (tmp_path / "v.txt").write_text("".join(f"other{n}.png\n" for n in range(25)))
    ask: dict[str, Any] = {"vectors": [tmp_path / "v.npy"], "controls": False}
    with pytest.raises(UsageError, match="None of the 25 names"):
        artbyol.evaluate(labelled, labelled / "labels.csv", **ask)
    (tmp_path / "v.txt").write_text("other.png\n" + "".join(f"work{n:02d}.png\n" for n in range(24)))
    heard: list[Event] = []
    artbyol.evaluate(labelled, labelled / "labels.csv", listener=heard.append, **ask)
    assert any(isinstance(event, Notice) and "other.png" in event.text for event in heard)


@pytest.mark.parametrize(
    ("table", "arguments", "code", "said"),
    [
        (None, [], 2, "No work has a label"),
        ("filename,label\nwork00.png,a\nwork01.png,a\n", [], 2, "the same label, 'a'"),
        ("filename,label\nwork00.png,a\nwork01.png,b\n", [], 2, "No two works share a label"),
        ("filename,label\nnowhere.png,a\n", [], 2, "none of the 1 rows names a picture, as 'nowhere.png'"),
        ("filename,label,h\nwork00.png,a,x\nwork01.png,a,x\nwork02.png,b,y\n", ["--disjoint", "h"], 2, "differ in h"),
        ("filename,label\nwork00.png,a\n", ["--disjoint", "hand"], 2, "no column 'hand'"),
        ("filename,label\nwork00.png,a\nwork01.png,a\nwork02.png,b\n", ["--vectors", "none.npy"], 2, "none.npy cannot"),
        (None, ["--disjoint", "artist"], 2, "--labels FILE.csv --disjoint NAME"),
        (None, ["-k", "0"], 2, "-k"),
    ],
)
def test_mistakes_are_told_before_anything_slow_begins(
    table: str | None, arguments: list[str], code: int, said: str, gallery: Path, opened: list[str]
) -> None:
    if table:
        (gallery / "t.csv").write_text(table)
        arguments = ["--labels", str(gallery / "t.csv"), *arguments]
    result = cli(gallery, *arguments)
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert result.stdout == "" and "Traceback" not in result.output and opened == []


def test_before_anything_is_embedded_the_command_for_it_is_named(tmp_path: Path) -> None:
    folder = paint(tmp_path / "new", 3)
    with pytest.raises(StoreMissingError) as caught:
        artbyol.evaluate(folder)
    assert caught.value.hint == f"artbyol embed {folder}"


@pytest.mark.slow
def test_table_json_and_csv_tell_the_same(labelled: Path, tmp_path: Path) -> None:
    ask = [labelled, "--labels", labelled / "labels.csv", "-k", 5]
    shown = cli(*ask, "--csv", tmp_path / "scores.csv")
    table = {line.split("\t")[0]: line.split("\t")[1:] for line in shown.stdout.splitlines()}
    assert "against colour histogram" in shown.stderr and "3 labels" in shown.stderr
    found = json.loads(cli(*ask, "--json", "--quiet").stdout)
    with (tmp_path / "scores.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [one["name"] for one in found["encoders"]] == list(table)
    for one in found["encoders"]:
        precision = one["overall"]["precision_at_k"]
        assert table[one["name"]][0].split(" ±")[0] == f"{100 * precision['value']:.1f}"
        own = [row for row in rows if row["encoder"] == one["name"] and not row["minus"]]
        (row,) = [row for row in own if row["metric"] == "precision_at_k" and row["label"] == ""]
        assert [float(row[name]) for name in ("value", "low", "high")] == pytest.approx(
            [precision[name] for name in ("value", "low", "high")], abs=1e-5
        )
        assert {row["label"] for row in own} == {"", "*", "a", "b", "c"}
        assert {row["metric"] for row in own} >= {"nmi", "ari", "map_at_k", "recall_at_k", "k_nearest_neighbours"}
    assert {row["minus"] for row in rows} == {"", *(one["name"] for one in found["encoders"][1:])}
    labels = [line.split("\t") for line in cli(*ask, "--by-label").stdout.splitlines()]
    assert [(row[0], row[1], len(row)) for row in labels] == [(name, "8", 2 + len(table)) for name in "abc"]
    assert float(labels[0][2]) == pytest.approx(
        100 * found["encoders"][0]["by_label"][0]["scores"]["precision_at_k"], abs=0.05
    )


def test_the_leak_of_a_column_and_of_the_files(labelled: Path) -> None:
    table = labelled / "labels.csv"
    found = artbyol.evaluate(labelled, table, column="artist", leak=["label", "files"], controls=False)
    assert [one.source for one in found.leaks] == ["label"]  # all files are PNG of one size
    assert found.leaks[0].own_label.share.value == found.leaks[0].own_label.chance == 1
    shown = cli(labelled, "--labels", table, "--column", "artist", "--leak", "label", "--no-controls", "--csv", "-")
    assert "same label of one label,0.00000" in shown.stdout
    shown = cli(labelled, "--labels", table, "--column", "artist", "--leak", "label", "--no-controls")
    assert "100 % of the works of one label share it" in shown.output
    with pytest.raises(UsageError, match="--leak needs a table"):
        artbyol.evaluate(labelled, leak=["artist"])
    with pytest.raises(UsageError, match="no column 'museum'"):
        artbyol.evaluate(labelled, table, leak=["museum"], controls=False)
