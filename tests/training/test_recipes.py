"""`train` judges what it made: the verdict in the header and on the card, the stage that is kept, stopped half-way."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import save_file
from typer.testing import CliRunner

import artbyol
from artbyol.base.errors import Interrupted
from artbyol.base.events import Event, Notice, Progress, Step
from artbyol.cli import app
from artbyol.encoder.backbones import bare_network
from artbyol.encoder.current import BEFORE_VERDICT, MODEL
from artbyol.encoder.model_file import load_model
from artbyol.encoder.style_encoder import StyleProjection
from artbyol.report.wording import finding, measures
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from artbyol.training import recipes
from artbyol.training.recipes import MODEL_CARD
from artbyol.training.verdict import Verdict, judge, verdict_from
from tests.conftest import Trained, paint, painting
from tests.verbs.test_train import CLASSIC, STYLE
from tests.verbs.test_train import _narrow as _narrow

pytestmark = pytest.mark.slow

SHORT: dict[str, Any] = {**STYLE, "epochs": 5}
BRUSHWORK: dict[str, Any] = {**SHORT, "recipe": "brushwork"}
OPTIONS = [
    "--backbone",
    "mobilenet_v3_small",
    "--weights",
    "none",
    "--image-size",
    "64",
    "--effort",
    "quick",
    "--epochs",
    "5",
    "--precision",
    "fp32",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return paint(tmp_path / "works", 16)


def test_effort_best_joins_a_second_network_where_its_weights_are_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = paint(tmp_path / "works", 10)
    monkeypatch.setenv("ARTBYOL_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(recipes, "SECOND_NETWORKS", ("timm:test_vit",))
    told: list[Event] = []

    def trained() -> str:
        report = artbyol.train(works, effort="best", image_size=64, epochs=2, fresh=True, listener=told.append)
        return report.plan.backbone

    def notices() -> str:
        return " ".join(event.text for event in told if isinstance(event, Notice))

    assert trained() == "efficientnet_lite0"
    assert "efficientnet_lite0+timm:test_vit fetches them once" in notices()
    (tmp_path / "weights").mkdir(exist_ok=True)  # graphs of networks are kept there
    save_file(bare_network("timm:test_vit").state_dict(), tmp_path / "weights" / "test_vit.safetensors")
    assert trained() == "efficientnet_lite0+timm:test_vit" and "Two networks look" in notices()
    artbyol.embed(works)
    painting(99).save(tmp_path / "new.png")
    assert len(artbyol.similar(tmp_path / "new.png", folder=works).neighbours) == 10


@pytest.fixture(scope="module")
def _before_verdict(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def judging(event: Event) -> bool:
        return isinstance(event, Progress) and event.stage == "judging"

    folder, told = paint(tmp_path_factory.mktemp("judged") / "works", 16), list[Event]()
    with pytest.raises(Interrupted):
        artbyol.train(folder, **SHORT, listener=told.append, stop=lambda: any(judging(event) for event in told))
    return folder


@pytest.fixture
def before_verdict(_before_verdict: Path, tmp_path: Path) -> Path:
    """Sixteen works trained on as in `SHORT`, but for the verdict: `train` goes on there."""
    return Path(shutil.copytree(_before_verdict, tmp_path / "judged"))


@pytest.fixture
def larger(tmp_path: Path) -> Path:
    """Works enough for a fifth to be kept out of a training on pixels."""
    return paint(tmp_path / "works", 42)


def card(folder: Path) -> str:
    return (folder / ".artbyol" / MODEL_CARD).read_text(encoding="utf-8")


@pytest.mark.parametrize("how", [SHORT, BRUSHWORK], ids=["style", "brushwork"])
def test_the_verdict_is_in_the_report_the_header_the_information_and_on_the_card(
    how: dict[str, Any], trained_before: Trained
) -> None:
    report = trained_before(16, how)
    folder, found = report.model.parent.parent, report.verdict
    assert found is not None and found.works == 16
    assert [one.stage for one in found.stages] == ["untrained", "whitened", "trained"]
    assert all(one.greyscale and one.cropped for one in found.stages)
    header = MODEL.read_header(report.model)
    assert verdict_from(header["verdict"]) == found
    for target in (folder, report.model):
        told = artbyol.info(target)
        assert (told if target == report.model else told.model).verdict == found
    text = card(folder)
    assert report.model_id in text and "16 different pictures" in text
    assert finding(found)[1:] in text
    for row in measures(found):
        assert "| " + " | ".join(row) + " |" in text


def test_with_fewer_than_sixteen_works_there_is_no_verdict(tmp_path: Path) -> None:
    folder = paint(tmp_path / "few", 15)
    report = artbyol.train(folder, **SHORT)
    assert report.verdict is None
    assert MODEL.read_header(report.model)["verdict"] is None
    assert "There is no verdict" in card(folder)


def keeping(stage: str) -> Callable[..., Verdict]:
    return lambda folds: replace(judge(folds), kept=stage)  # type: ignore[arg-type]


@pytest.mark.parametrize("kept", ["untrained", "whitened", "trained"])
def test_the_stage_that_is_kept_is_the_model(before_verdict: Path, kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = before_verdict
    monkeypatch.setattr(recipes, "judge", keeping(kept))
    report = artbyol.train(folder, **SHORT)
    encoder, header = load_model(report.model)
    assert header["verdict"]["kept"] == kept and f"the {kept} encoder" in card(folder)
    if kept == "untrained":
        assert encoder.config.dimensions is None
    else:
        assert isinstance(encoder.projection, StyleProjection)
        learnt = bool(encoder.projection.residual.bend[-1].weight.any())
        assert learnt == (kept == "trained")
    embedded = artbyol.embed(folder, precision="fp32")
    assert (embedded.model_id, embedded.decoded) == (report.model_id, 0)
    assert len(artbyol.similar(folder / "work00.png", 5).neighbours) == 5


@pytest.mark.parametrize("kept", ["untrained", "trained"])
def test_the_stage_kept_of_a_training_on_pixels_is_the_model(
    larger: Path, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from artbyol.encoder.weights import load_backbone

    monkeypatch.setattr(recipes, "judge", keeping(kept))
    encoder, _ = load_model(artbyol.train(larger, **CLASSIC).model)
    start = load_backbone("conv4", "none")[0].state_dict()
    same = all(torch.equal(value, start[name]) for name, value in encoder.backbone.state_dict().items())
    assert same == (kept == "untrained")


def test_a_training_on_pixels_keeps_a_fifth_out_and_is_judged_by_these(larger: Path) -> None:
    (larger / "broken.jpg").write_bytes(b"\xff\xd8\xff" + bytes(200))
    report = artbyol.train(larger, **CLASSIC)
    assert (report.plan.works, report.plan.held_out) == (34, 8)
    assert ("works", "34 different pictures, and 8 held out to judge by") in report.plan.explain()
    assert report.verdict is not None and report.verdict.works == 8
    assert [one.stage for one in report.verdict.stages] == ["untrained", "trained"]
    with Catalogue.open(locate(larger).catalogue, read_only=True) as catalogue:
        hashes = sorted(work.hash for work in catalogue.works())
    assert len(hashes) == 42  # those held out are known as well
    digest = hashlib.sha256(b"".join(hashes[:34])).hexdigest()
    assert MODEL.read_header(report.model)["trained_on"] == {"works": 34, "pictures_sha256": digest}
    assert artbyol.train(larger, **CLASSIC, fresh=True).verdict == report.verdict


@pytest.mark.parametrize(
    ("how", "stage", "works"),
    [(SHORT, "judging", 16), (CLASSIC, "judging", 42)],
    ids=["style", "classic"],
)
def test_a_training_stopped_while_judged_ends_with_the_same_model(
    tmp_path: Path, how: dict[str, Any], stage: str, works: int, trained_before: Trained
) -> None:
    folder = paint(tmp_path / "works", works)
    uninterrupted = trained_before(works, how)
    told: list[Event] = []

    def asked() -> bool:
        return any(isinstance(event, Progress) and (event.stage, event.done) == (stage, 3) for event in told)

    with pytest.raises(Interrupted) as stopped:
        artbyol.train(folder, **how, listener=told.append, stop=asked)
    assert stopped.value.message == BEFORE_VERDICT
    assert not (folder / ".artbyol" / "model.safetensors").exists()
    told.clear()
    embedded = artbyol.embed(folder, precision="fp32", listener=told.append)
    assert Notice(f"{BEFORE_VERDICT} Until then pictures are embedded by the untrained encoder.") in told
    assert not embedded.trained
    assert artbyol.info(folder).stale == (BEFORE_VERDICT,)
    told.clear()
    resumed = artbyol.train(folder, **how, listener=told.append)
    assert not [event for event in told if isinstance(event, Step)]
    assert resumed.resumed_at == resumed.steps
    assert (resumed.model_id, resumed.verdict) == (uninterrupted.model_id, uninterrupted.verdict)
    assert not any(BEFORE_VERDICT in text for text in artbyol.info(folder).stale)


@pytest.mark.parametrize("how", [SHORT, CLASSIC], ids=["style", "classic"])
def test_pictures_that_vanish_before_they_are_looked_at_again_are_passed_over(
    larger: Path, how: dict[str, Any]
) -> None:
    def hear(event: Event) -> None:
        looked_at = isinstance(event, Progress) and (event.stage, event.done) == ("looking", 42)
        if looked_at if how is SHORT else isinstance(event, Step) and event.done == 1:
            for picture in larger.glob("*.png"):
                picture.unlink()

    found = artbyol.train(larger, **how, listener=hear).verdict
    if how is CLASSIC:
        assert found is None
    else:
        assert found is not None and found.works == 42
        assert (found.stages[0].greyscale, found.stages[0].across) == (None, None)


def test_versions_of_one_picture_are_trained_on_without_a_verdict(tmp_path: Path) -> None:
    folder = paint(tmp_path / "alike", 1)
    for number in range(20):
        painting(1).save(folder / f"{number}.bmp")
        with (folder / f"{number}.bmp").open("ab") as file:
            file.write(bytes([number]))  # other bytes, the same picture: no more works than before
    assert artbyol.train(folder, **SHORT).verdict is None
    assert "There is no verdict" in card(folder)


def test_the_command_line_shows_the_verdict_and_where_it_can_be_read_again(folder: Path, before_verdict: Path) -> None:
    done = CliRunner().invoke(app, ["train", str(folder), *OPTIONS])
    assert done.exit_code == 0, done.output
    for target in (folder, folder / ".artbyol" / "model.safetensors"):
        assert finding(artbyol.info(folder).model.verdict) in CliRunner().invoke(app, ["info", str(target)]).stdout
    lines = done.stdout.splitlines()
    assert len(lines[0].split("\t")) == 4 and lines[0].startswith("halves of a work agree")
    assert any(line.split() and line.split()[0] == "verdict" for line in lines)
    again = CliRunner().invoke(app, ["train", str(before_verdict), *OPTIONS, "--json"])
    assert json.loads(again.stdout)["verdict"] == json.loads(json.dumps(asdict(artbyol.info(folder).model.verdict)))


def test_a_plan_that_is_made_again_is_told_only_where_it_differs(tmp_path: Path) -> None:
    folder = paint(tmp_path / "works", 12)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff" + bytes(200))
    said = CliRunner().invoke(app, ["train", str(folder), *OPTIONS]).stderr
    assert "13 different pictures" in said
    assert "1 of 13 pictures cannot be used. The plan now: works: 12 different pictures;" in said.replace("\n", " ")
    assert said.count("mobilenet_v3_small") == 1


def test_a_run_that_only_had_to_be_judged_shows_no_loss_of_its_own(before_verdict: Path) -> None:
    done = CliRunner().invoke(app, ["train", str(before_verdict), *OPTIONS])
    assert done.exit_code == 0 and "nan" not in done.stdout and "verdict" in done.stdout
