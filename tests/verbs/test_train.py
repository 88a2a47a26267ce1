"""`train` from folder to model file: stopped, resumed, repeated, refused."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import artbyol
from artbyol.base.errors import FolderError, Interrupted, TooFewImagesError
from artbyol.base.events import Event, Notice, Progress, Step
from artbyol.encoder.current import MODEL, backbone_stayed, frozen_choice
from artbyol.encoder.model_file import arrays_of, content_id
from artbyol.encoder.weights import load_backbone
from artbyol.storage.store import locate
from artbyol.training import run
from artbyol.training.phases import encoder_for
from artbyol.training.plan import Plan, TrainRequest, make_plan
from artbyol.training.run import key_of
from tests.conftest import Trained, narrow_classic_networks, paint, painting, snapshot, vectors

pytestmark = pytest.mark.slow

CLASSIC: dict[str, Any] = {
    "backbone": "conv4",
    "weights": "none",
    "recipe": "classic",
    "image_size": 32,
    "epochs": 3,
    "batch_size": 4,
    "precision": "fp32",
}
STYLE: dict[str, Any] = {
    "backbone": "mobilenet_v3_small",
    "weights": "none",
    "image_size": 64,
    "effort": "quick",
    "epochs": 30,
    "precision": "fp32",
}
RECIPES = pytest.mark.parametrize(
    "how", [CLASSIC, STYLE, {**STYLE, "recipe": "brushwork"}], ids=["classic", "style", "brushwork"]
)


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow_classic_networks(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return paint(tmp_path / "works", 12)


@pytest.fixture
def trained(tmp_path: Path, trained_before: Trained) -> Path:
    """The same with the model that STYLE makes of them; the test may change it."""
    return Path(shutil.copytree(trained_before(12, STYLE).model.parent.parent, tmp_path / "trained"))


def after(steps: int) -> Callable[[Event], None]:
    """A listener that counts steps; `.stop` says when there were enough."""

    def hear(event: Event) -> None:
        hear.seen += isinstance(event, Step)  # type: ignore[attr-defined]

    hear.seen = 0  # type: ignore[attr-defined]
    hear.stop = lambda: hear.seen >= steps  # type: ignore[attr-defined]
    return hear


@RECIPES
def test_a_training_makes_a_model_that_says_what_made_it_and_can_be_used(folder: Path, how: dict[str, Any]) -> None:
    before, told = snapshot(folder), list[Event]()
    report = artbyol.train(folder, **how, listener=told.append)
    header = MODEL.read_header(report.model)
    assert header["model_id"] == report.model_id == artbyol.info(folder).model.model_id
    assert header["plan"]["recipe"] == report.plan.recipe and header["trained_on"]["works"] == 12
    assert header["versions"]["artbyol"] and header["made"]
    assert [event for event in told if isinstance(event, Plan)] == [report.plan]
    steps = [event for event in told if isinstance(event, Step)]
    assert len(steps) == report.steps == report.plan.steps
    assert report.resumed_at == 0 and 0 <= report.loss <= 8 and report.spread > 0
    assert not list((folder / ".artbyol" / "training").glob("*.safetensors"))
    assert artbyol.embed(folder).model_id == report.model_id
    assert len(artbyol.similar(folder / "work00.png", 5).neighbours) == 5
    assert snapshot(folder) == before


@RECIPES
def test_another_seed_gives_another_model(folder: Path, how: dict[str, Any], trained_before: Trained) -> None:
    assert artbyol.train(folder, **how, seed=1).model_id != trained_before(12, how).model_id


@RECIPES
def test_the_same_seed_gives_the_same_model_whatever_files_are_called(
    folder: Path, how: dict[str, Any], trained_before: Trained
) -> None:
    for number in range(12):
        (folder / f"work{number:02d}.png").rename(folder / f"{11 - number:02d} renamed.png")
    (folder / "00 copy.png").write_bytes((folder / "00 renamed.png").read_bytes())
    assert artbyol.train(folder, **how).model_id == trained_before(12, how).model_id


@pytest.mark.parametrize(("how", "steps"), [(CLASSIC, 4), (STYLE, 11)], ids=["classic", "style"])
def test_a_stopped_training_goes_on_to_the_same_model(
    folder: Path, how: dict[str, Any], steps: int, trained_before: Trained
) -> None:
    uninterrupted = trained_before(12, how)
    hear = after(steps)
    with pytest.raises(Interrupted, match="the state is saved") as caught:
        artbyol.train(folder, **how, listener=hear, stop=hear.stop)  # type: ignore[attr-defined]
    assert caught.value.exit_code == 130
    assert not (folder / ".artbyol" / "model.safetensors").exists()
    assert artbyol.info(folder).unfinished

    told: list[Event] = []
    resumed = artbyol.train(folder, **how, listener=told.append)
    assert resumed.model_id == uninterrupted.model_id
    assert resumed.resumed_at > 0
    assert Notice(f"Resumed at step {resumed.resumed_at} of {resumed.steps}.") in told
    assert not artbyol.info(folder).unfinished


def test_a_training_stopped_while_looking_at_pictures_keeps_what_it_saw(
    folder: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "FEATURES_TOGETHER", 5)
    how = {**STYLE, "epochs": 2}
    told: list[Event] = []
    with pytest.raises(Interrupted, match="5 of 12 pictures read"):
        artbyol.train(folder, **how, listener=told.append, stop=lambda: Progress("looking", 5, 12) in told)
    opened.clear()
    looked: list[int] = []  # how many when the last was read

    def hear(event: Event) -> None:
        if event == Progress("looking", 12, 12):
            looked.append(len(opened))

    artbyol.train(folder, **how, listener=hear)
    assert looked == [7]


def test_training_on_pixels_stopped_while_reading_reads_only_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trained_before: Trained
) -> None:
    whole = trained_before(42, CLASSIC)
    monkeypatch.setattr(run, "SQUARES_TOGETHER", 36)
    folder = paint(tmp_path / "many", 42)
    told: list[Event] = []
    (folder / "broken.png").write_bytes(b"no picture")
    with pytest.raises(Interrupted, match="36 of 43 pictures read"):
        artbyol.train(folder, **CLASSIC, listener=told.append, stop=lambda: _reads(told) == [0, 36])
    again: list[Event] = []
    resumed = artbyol.train(folder, **CLASSIC, listener=again.append)
    assert _reads(again)[-1] in (42, 43) and len(_reads(again)) == 2
    assert not list((folder / ".artbyol" / "training").iterdir())
    assert resumed.model_id == whole.model_id


def _reads(told: list[Event]) -> list[int]:
    return [event.done for event in told if isinstance(event, Progress) and event.stage == "looking"]


def test_embedding_after_training_opens_no_picture_again(trained: Path, opened: list[str]) -> None:
    report = artbyol.embed(trained, precision="fp32")
    assert (report.works, report.embedded, report.decoded) == (12, 12, 0)
    assert opened == []
    remembered = vectors(trained)
    (trained / ".artbyol" / "catalogue.sqlite").unlink()
    for features in (trained / ".artbyol" / "features").rglob("*.safetensors"):
        features.unlink()
    assert artbyol.embed(trained, precision="fp32").decoded == 12
    for path, vector in vectors(trained).items():
        assert float(vector @ remembered[path]) > 0.9999  # kept in half precision


@pytest.mark.parametrize("change", ["settings", "pictures", "fresh", "damage"])
def test_a_state_that_does_not_fit_is_not_resumed(folder: Path, change: str, trained_before: Trained) -> None:
    hear = after(3)
    with pytest.raises(Interrupted):
        artbyol.train(folder, **CLASSIC, listener=hear, stop=hear.stop)  # type: ignore[attr-defined]
    how, told = dict(CLASSIC), list[Event]()
    if change == "settings":
        how["epochs"] = 4
    elif change == "pictures":
        painting(300).save(folder / "another.png")
    elif change == "damage":
        state = folder / ".artbyol" / "training" / "classic.safetensors"
        state.write_bytes(state.read_bytes()[:1000])
    report = artbyol.train(folder, **how, fresh=change == "fresh", listener=told.append)
    assert report.resumed_at == 0
    notices = [event.text for event in told if isinstance(event, Notice)]
    assert any("starts again" in text for text in notices) or change == "fresh"
    anew = artbyol.train(folder, **how, fresh=True) if change == "pictures" else trained_before(12, how)
    assert report.model_id == anew.model_id


def test_the_old_model_serves_until_the_new_one_is_whole(folder: Path) -> None:
    first = artbyol.train(folder, **CLASSIC).model_id
    hear = after(2)
    with pytest.raises(Interrupted):
        artbyol.train(folder, **CLASSIC, seed=1, listener=hear, stop=hear.stop)  # type: ignore[attr-defined]
    assert artbyol.info(folder).model.model_id == first


def test_broken_pictures_are_left_out_and_the_plan_made_for_the_rest(folder: Path) -> None:
    for number in range(3):
        (folder / f"broken{number}.jpg").write_bytes(b"\xff\xd8\xff" + bytes([number]) * 200)
    told: list[Event] = []
    report = artbyol.train(folder, **STYLE, listener=told.append)
    assert (report.plan.works, report.skipped) == (12, 3)
    assert [event.works for event in told if isinstance(event, Plan)] == [15]
    (notice,) = [event.text for event in told if isinstance(event, Notice) and "cannot be used" in event.text]
    assert notice.startswith("3 of 15 pictures cannot be used. The plan now: works: 12 different pictures")
    (folder / "broken0.jpg").unlink()
    assert artbyol.train(folder, **STYLE).model_id == report.model_id


def test_a_folder_of_broken_pictures_has_too_few_to_train_on(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    for number in range(10):
        (folder / f"{number}.jpg").write_bytes(b"\xff\xd8\xff" + bytes([number]) * 200)
    for how in (STYLE, CLASSIC):
        with pytest.raises(TooFewImagesError, match="here there are none"):
            artbyol.train(folder, **how)
    assert not (folder / ".artbyol" / "model.safetensors").exists()


def test_pictures_that_all_look_the_same_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "same"
    folder.mkdir()
    for number in range(10):
        painting(1).save(folder / f"{number}.png", compress_level=number)  # other bytes, the same picture
    assert len({path.read_bytes() for path in folder.iterdir()}) > 7
    with pytest.raises(TooFewImagesError, match="look the same"):
        artbyol.train(folder, **STYLE)


def test_a_missing_folder_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="no folder"):
        artbyol.train(tmp_path / "typo", **STYLE)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("plan", "stayed"),
    [
        ({"recipe": "style"}, True),
        ({"recipe": "classic"}, False),
        ({"recipe": "style", "unfrozen": 0}, True),
        ({"recipe": "style", "unfrozen": 2}, False),
        ({"recipe": "classic", "unfrozen": -1}, False),
    ],
)
def test_models_made_when_upper_layers_could_learn_are_used_as_before(
    trained: Path, plan: dict[str, Any], stayed: bool
) -> None:
    model = locate(trained).model
    header, arrays = MODEL.read(model)
    MODEL.write(model, arrays, {**header, "plan": {**header["plan"], **plan}})
    assert artbyol.info(model).model_id == header["model_id"]
    assert backbone_stayed(MODEL.read_header(model)) == frozen_choice(locate(trained)).of_model == stayed
    assert artbyol.embed(trained, precision="fp32").decoded == (0 if stayed else 12)


@pytest.mark.parametrize(
    ("recipe", "effort", "gone"),
    [("classic", "quick", (-1, 0)), ("style", "quick", (0, 2)), ("style", "standard", (0, 5))],
)
def test_states_saved_when_upper_layers_could_learn_have_the_same_key(
    recipe: str, effort: str, gone: tuple[int, int]
) -> None:
    plan = make_plan(
        TrainRequest("conv4" if recipe == "classic" else "resnet18", recipe=recipe, effort=effort), 9, "cpu", "fp32"
    )
    encoder = encoder_for(plan, load_backbone("conv4", "none")[0], "none")
    before = {
        "plan": plan.as_dict() | {"unfrozen": gone[0], "unfrozen_epochs": gone[1]},
        "encoder": content_id(arrays_of(encoder.state_dict()), encoder.config.as_dict()),
        "pictures": hashlib.sha256(b"one").hexdigest(),
        "torch": torch.__version__,
    }
    assert (
        key_of(plan, encoder, [b"one"]) == hashlib.sha256(json.dumps(before, sort_keys=True).encode()).hexdigest()[:16]
    )
