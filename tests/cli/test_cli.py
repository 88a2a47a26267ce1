"""The program as people and scripts meet it: help, exit codes, streams, pipes, Ctrl-C."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner, Result

import artbyol
from artbyol.cli import app, main
from tests.conftest import environment, paint, painting, run_cli, run_cli_interrupted, run_python

COMMANDS = sorted(set(artbyol.__all__) - {"ArtbyolError", "Collection", "Embedder", "serve"})
"""The verbs of the library, and no others: the command `open` is the function `serve`."""

HEAVY = (
    "torch torchvision timm faiss sklearn scipy PIL numpy safetensors sqlite3 rich.progress artbyol.storage.catalogue"
)

HELP = """
import contextlib, io, json, sys
from artbyol.cli import main
heavy, *commands = sys.argv[1:]
said = {}
for command in commands:
    sys.argv = ["artbyol", *command.split(), "--help"]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        main()
    said[command] = out.getvalue(), sorted(set(heavy.split()) & set(sys.modules))
print(json.dumps(said))
"""


def cli(*arguments: object) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def helps() -> dict[str, tuple[str, list[str]]]:
    """What each command's --help said, and which heavy modules were loaded by then, all in one interpreter."""
    done = run_python(HELP, HEAVY, "", *COMMANDS)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_there_and_loads_nothing_heavy(command: str, helps: dict[str, tuple[str, list[str]]]) -> None:
    said, heavy = helps[command]
    assert f"Usage: artbyol {command}" in said
    assert heavy == []


def test_every_command_and_option_is_explained() -> None:
    root: Any = typer.main.get_command(app)
    assert sorted(root.commands) == sorted(COMMANDS)
    for name, command in root.commands.items():
        assert command.help and len(command.help) > 20, name
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{name} {parameter.name}"


def test_both_ways_to_start_the_program_say_the_same_version() -> None:
    module = subprocess.run([sys.executable, "-m", "artbyol", "--version"], capture_output=True, timeout=60)
    script = Path(sys.executable).with_name("artbyol")
    assert module.stdout.decode().split()[0] == "artbyol"
    if script.exists():
        done = subprocess.run([script, "--version"], capture_output=True, timeout=60)
        assert done.stdout == module.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["paint"], 2, "paint"),
        (["train"], 2, "FOLDER"),
        (["train", "{folder}", "--recipe", "impasto"], 2, "--recipe must be style or brushwork or classic"),
        (["train", "{folder}", "--weights", "model.pth", "--backbone", "resnet18"], 2, ".safetensors"),
        (["train", "{folder}", "--backbone", "resnet19"], 2, "no backbone called 'resnet19'"),
        (["train", "{folder}", "--precision", "fp8"], 2, "--precision"),
        (["train", "{folder}", "--epochs", "many"], 2, "--epochs"),
        (["cluster", "{folder}", "-k", "some"], 2, "-k must be a number or auto"),
        (["cluster", "{folder}", "-k", "1000"], 2, "1000"),
        (["cluster", "{folder}", "--method", "magic"], 2, "kmeans"),
        (["similar", "{folder}/work00.png", "-k", "0"], 2, "-k"),
        (["similar", "{folder}/[red]none[/].png"], 2, "[red]none[/].png"),
        (["similar", "x" * 300, "--in", "{folder}"], 2, "cannot be read: File name too long"),
        (["similar", "{folder}/work00.png", "--in", "{folder}/.."], 1, "no artbyol store"),
        (["info", "{folder}/work00.png"], 1, "safetensors"),
        (["info", "{folder}/missing"], 1, "no folder"),
        (["cluster", "{folder}/missing"], 1, "no folder"),
        (["cluster", "{folder}", "--seed", str(2**32)], 2, "--seed"),
        (["embed", "{folder}/missing"], 1, "no folder"),
    ],
)
def test_mistakes_have_their_exit_code_and_a_sentence(
    arguments: list[str], code: int, said: str, gallery: Path
) -> None:
    result = cli(*(a.replace("{folder}", str(gallery)) for a in arguments))
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_an_error_ends_with_what_to_do_about_it(tmp_path: Path) -> None:
    folder = paint(tmp_path / "a folder", 2)
    result = cli("cluster", folder)
    assert result.exit_code == 1
    assert f"artbyol embed '{folder}'" in result.stderr.replace("\n", " ")


@pytest.mark.parametrize("command", ["embed", "cluster", "info"])
@pytest.mark.slow
def test_json_is_all_there_is_on_standard_output_and_quiet_silences_the_rest(command: str, gallery: Path) -> None:
    done = run_cli(command, gallery, "--json", "--quiet")
    assert done.returncode == 0 and done.stderr == b""
    found = json.loads(done.stdout)
    assert found["folder"] == str(gallery) and found["works"] == 24


def test_quiet_keeps_errors(tmp_path: Path) -> None:
    result = cli("info", tmp_path, "--quiet")
    assert result.exit_code == 1 and result.stderr


def test_similar_as_json_a_table_and_paths(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(gallery)
    query = gallery / "work05.png"
    found = json.loads(cli("similar", query, "-k", 3, "--json").stdout)
    names = [one["path"] for one in found["neighbours"]]
    assert len(names) == 3 and all(0 <= one["percentile"] <= 100 for one in found["neighbours"])
    table = [line.split("\t") for line in cli("similar", query, "-k", 3).stdout.splitlines()]
    assert [(row[0], row[2]) for row in table] == [(str(n + 1), name) for n, name in enumerate(names)]
    assert cli("similar", query, "-k", 3, "--paths").stdout.splitlines() == [str(gallery / name) for name in names]
    assert cli("similar", query, "-k", 3, "-0").stdout.split("\0") == [*(str(gallery / name) for name in names), ""]


def test_paths_in_tables_work_where_one_stands(gallery: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (gallery / "old").mkdir()
    for number in range(12):
        (gallery / f"work{number:02d}.png").rename(gallery / "old" / f"work{number:02d}.png")
    shutil.copy(gallery / "work20.png", gallery / "old" / "again.png")
    artbyol.embed(gallery)
    (gallery.parent / "by-link").symlink_to(gallery)
    for place in (gallery / "old", gallery.parent / "by-link"):
        monkeypatch.chdir(place)
        for asked, column in (
            (["similar", gallery / "work20.png", "-k", 30], "work"),
            (["duplicates", gallery], "file"),
        ):
            header, *lines = (line.split("\t") for line in cli(*asked, "--header").stdout.splitlines())
            named = [line[header.index(column)] for line in lines]
            assert named and all(Path(name).is_file() and not name.startswith("/") for name in named), (place, asked)


def test_what_to_do_next_can_be_pasted_with_its_store(
    gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_elsewhere(gallery, tmp_path / "the store")
    gallery.rename(tmp_path / "a folder")
    monkeypatch.chdir(tmp_path)
    said = cli("embed", "a folder", "--store", "the store").stdout.splitlines()[-1].split(maxsplit=1)
    assert said == ["next", "artbyol cluster 'a folder' --store 'the store'"]
    assert cli(*shlex.split(said[1])[1:]).exit_code == 0


def test_unlike_and_duplicates_reach_the_search(gallery: Path) -> None:
    query, disliked = gallery / "work05.png", gallery / "work06.png"
    found = json.loads(cli("similar", query, "--unlike", disliked, "--duplicates", "--json").stdout)
    expected = artbyol.similar(query, unlike=[disliked], duplicates=True)
    assert [one["path"] for one in found["neighbours"]] == [os.fsdecode(one.path) for one in expected.neighbours]
    assert found["unlike"] == [str(disliked)]


def test_a_sheet_is_a_picture_that_opens(gallery: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "neighbours.png"
    result = cli("similar", gallery / "work05.png", "-k", 5, "--sheet", sheet)
    assert result.exit_code == 0, result.output
    with Image.open(sheet) as image:
        assert image.format == "PNG" and min(image.size) > 100
        image.load()
    assert str(sheet) in result.stderr.replace("\n", "")


@pytest.mark.slow
def test_groups_become_folders_of_links_or_copies(gallery: Path, tmp_path: Path) -> None:
    result = cli("cluster", gallery, "-k", 4, "--organize", tmp_path / "linked")
    assert result.exit_code == 0, result.output
    made = list((tmp_path / "linked").rglob("*.png"))
    assert len(made) == 24 and len({path.parent for path in made}) == 4
    assert {path.resolve() for path in made} == {path.resolve() for path in gallery.glob("*.png")}
    assert cli("cluster", gallery, "-k", 4, "--organize", tmp_path / "copied", "--copy").exit_code == 0
    copies = list((tmp_path / "copied").rglob("*.png"))
    assert len(copies) == 24 and not any(path.is_symlink() for path in copies)
    assert sorted(p.read_bytes() for p in copies) == sorted(p.read_bytes() for p in gallery.glob("*.png"))


@pytest.mark.slow
def test_groups_as_csv_on_standard_output_and_in_a_file_are_the_same(gallery: Path, tmp_path: Path) -> None:
    piped = cli("cluster", gallery, "-k", 3, "--csv", "-")
    rows = list(csv.reader(io.StringIO(piped.stdout)))
    columns = ["group", "path", "likeness", "typical", "outlier", "name", "pinned", "new"]
    assert rows[0] == [*columns, "part", "subpart", "sure", "second"]
    assert len(rows) == 25 and {row[0] for row in rows[1:]} == {"1", "2", "3"}
    filed = cli("cluster", gallery, "-k", 3, "--csv", tmp_path / "groups.csv")
    assert (tmp_path / "groups.csv").read_bytes().decode("utf-8-sig") == piped.stdout.replace("\n", "\r\n").replace(
        "\r\r", "\r"
    )
    assert filed.stdout  # the table for people is still there
    refused = cli("cluster", gallery, "--csv", tmp_path / "no" / "such" / "folder.csv")
    assert refused.exit_code == 2 and "cannot be written" in refused.stderr


@pytest.mark.slow
def test_a_table_replaces_a_table_and_no_painting(gallery: Path, tmp_path: Path) -> None:
    table, work = tmp_path / "groups.csv", gallery / "work00.png"
    assert [cli("cluster", gallery, "-k", k, "--csv", table).exit_code for k in (3, 4)] == [0, 0]
    assert {line[:1] for line in table.read_text().splitlines()[1:]} == set("1234")
    before = work.read_bytes()
    refused = cli("cluster", gallery, "--csv", work)
    assert refused.exit_code == 2 and "left as it is" in refused.stderr
    assert work.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.slow
def test_an_answer_that_does_not_fit_on_the_disk_is_no_success(gallery: Path) -> None:
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            [sys.executable, "-m", "artbyol", "info", gallery], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert process.returncode == 1
    assert process.stderr == "Error: No space left on device\n"


def test_no_limit_on_megapixels_is_infinity(gallery: Path) -> None:
    assert cli("similar", gallery / "work00.png", "--max-megapixels", "inf").exit_code == 0


@pytest.mark.parametrize("method", ["leiden", "kmeans", "ward", "hdbscan"])
@pytest.mark.slow
def test_every_method_puts_every_work_somewhere_and_repeats_itself(method: str, gallery: Path) -> None:
    first = cli("cluster", gallery, "--method", method, "--json", "-q")
    assert first.exit_code == 0, first.output
    found = json.loads(first.stdout)
    somewhere = [m["path"] for group in found["groups"] for m in group["members"]] + found["unassigned"]
    assert sorted(somewhere) == [f"work{n:02d}.png" for n in range(24)]
    assert found["method"] == method and found["criterion"]
    assert cli("cluster", gallery, "--method", method, "--json", "-q").stdout == first.stdout


@pytest.mark.parametrize("how", [["cluster", ".", "--csv", "-"], ["similar", "work00.png", "-0"], ["info", "."]])
@pytest.mark.slow
def test_a_reader_that_has_enough_ends_the_program_quietly(how: list[str], gallery: Path) -> None:
    command = [sys.executable, "-m", "artbyol", *how]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=gallery)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()  # before it has written a byte
    talk = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert b"Traceback" not in talk and b"Broken" not in talk and b"Exception" not in talk


def store_elsewhere(folder: Path, elsewhere: Path) -> None:
    """Move the store of a collection out of it."""
    shutil.move(folder / ".artbyol", elsewhere)
    marker = json.loads((elsewhere / "store.json").read_text())
    (elsewhere / "store.json").write_text(json.dumps(marker | {"folder": str(folder)}))


def test_the_store_can_be_named_by_option_or_environment(gallery: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "store"
    store_elsewhere(gallery, elsewhere)
    assert cli("info", gallery).exit_code == 1
    assert json.loads(cli("info", gallery, "--store", elsewhere, "--json").stdout)["works"] == 24
    done = run_cli("similar", gallery / "work00.png", "-k", 2, "--json", ARTBYOL_STORE=str(elsewhere))
    assert len(json.loads(done.stdout)["neighbours"]) == 2
    assert not (gallery / ".artbyol").exists()


def test_a_store_of_a_newer_artbyol_is_refused_politely(gallery: Path) -> None:
    marker = gallery / ".artbyol" / "store.json"
    marker.write_text(json.dumps(json.loads(marker.read_text()) | {"format": 99}))
    result = cli("info", gallery)
    assert result.exit_code == 1
    assert "newer artbyol" in result.stderr and "pip install --upgrade artbyol" in result.stderr


def test_packages_that_do_not_fit_together_are_named_with_the_remedy(
    gallery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    painting(800).save(gallery / "new.png")
    monkeypatch.setitem(sys.modules, "torchvision.ops", None)
    result = cli("embed", gallery, "--precision", "bf16")  # in which only torch computes
    assert result.exit_code == 1
    assert "do not fit together" in result.stderr and "pip install" in result.stderr


TRAIN = ["--backbone", "mobilenet_v3_small", "--weights", "none", "--image-size", "64", "--effort", "quick"]
TRAIN += ["--precision", "fp32", "--epochs"]


@pytest.mark.slow
def test_the_plan_is_told_before_training_and_the_result_after_it(tmp_path: Path) -> None:
    folder = paint(tmp_path / "works", 9)
    result = cli("train", folder, *TRAIN, 3)
    assert result.exit_code == 0, result.output
    for word in ("works", "recipe", "steps", "expect"):
        assert word in result.stderr
    assert "model.safetensors" in result.stdout and "artbyol embed" in result.stdout


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.slow
def test_ctrl_c_saves_and_the_same_command_goes_on_to_the_same_model(tmp_path: Path) -> None:
    folder = paint(tmp_path / "works", 12)
    finished = cli("train", folder, "--store", tmp_path / "other", *TRAIN, 40, "--json")
    uninterrupted = json.loads(finished.stdout)["model_id"]

    stopped = run_cli_interrupted("artbyol.training.trainer.Trainer._step", 20, "train", folder, *TRAIN, 40)
    assert stopped.returncode == 130, stopped.stderr
    assert stopped.stdout == b"" and b"Stopped" in stopped.stderr and b"Traceback" not in stopped.stderr
    assert not (folder / ".artbyol" / "model.safetensors").exists()

    resumed = run_cli("train", folder, *TRAIN, 40, "--json")
    assert resumed.returncode == 0, resumed.stderr
    found = json.loads(resumed.stdout)
    assert found["resumed_at"] == 20 and found["model_id"] == uninterrupted


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.slow
def test_ctrl_c_while_embedding_keeps_what_is_done(gallery: Path) -> None:
    (gallery / ".artbyol" / "catalogue.sqlite").unlink()
    done = run_cli_interrupted("artbyol.storage.ingest.decode_content", 11, "embed", gallery)
    assert done.returncode == 130, done.stderr
    assert b"Stopped with" in done.stderr and b"Run the same command again to resume." in done.stderr
    report = artbyol.embed(gallery)
    assert report.works == 24 and 0 < report.decoded < 24


def test_a_package_that_cannot_be_imported_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(path: Path, **_: object) -> None:
        raise ImportError("libtorch_cpu.so: undefined symbol")

    monkeypatch.setattr("artbyol.verbs.info.info", broken)
    monkeypatch.setattr("sys.argv", ["artbyol", "info", str(tmp_path)])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    told = capfd.readouterr().err
    assert "undefined symbol" in told and "artbyol doctor" in told and "Traceback" not in told


def test_paths_come_on_standard_input(gallery: Path) -> None:
    names = [os.fsencode(gallery / f"work{number:02d}.png") for number in (3, 5)]
    for piped in (b"\n".join(names) + b"\n", b"\0".join(names) + b"\0"):
        done = CliRunner().invoke(app, ["similar", "-", str(gallery / "work07.png"), "--json", "-q"], input=piped)
        assert json.loads(done.stdout)["queries"] == [*map(os.fsdecode, names), str(gallery / "work07.png")]
    assert "No path came" in CliRunner().invoke(app, ["describe", "-"], input=b"\n").stderr


def test_every_verb_names_the_same_remedy(gallery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = gallery / "work00.png"
    asked = (["similar", work], ["describe", work], ["outliers", gallery], ["cluster", gallery])
    said = [cli(*one, "--store", tmp_path / "none").stderr.splitlines()[-2:] for one in asked]
    assert all(lines == said[0] for lines in said)
    assert said[0][1] == f"Try:   artbyol embed {gallery} --store {tmp_path / 'none'}"
    shutil.rmtree(gallery / ".artbyol")
    monkeypatch.chdir(tmp_path)
    remedies = {cli(*one).stderr.splitlines()[-1].split("   #")[0] for one in asked}
    assert remedies == {f"Try:   artbyol embed {gallery}"}
    assert "There is no file" in cli("similar", tmp_path / "nosuch.jpg").stderr
