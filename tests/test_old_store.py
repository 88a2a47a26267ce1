"""A collection as the artbyol before the rooms left it: opened, asked, curated and gone on with.

`old_store.tar.xz` holds a folder of small pictures with everything in its store, a picture from outside, and what was
said of them then. It was made by commit 2e7f5b8, in an empty folder, by

    import json
    import os
    import shutil
    from pathlib import Path

    import numpy as np
    import torch
    from PIL import Image, ImageDraw
    from safetensors.torch import save_file

    import artbyol
    from artbyol import checkpoint, embedded_store
    from artbyol.evaluation.baselines import AS_SIMILAR
from artbyol.axes import AXES
    from artbyol.backbones import bare_network
    from artbyol.catalogue import Catalogue

    torch.set_num_threads(1)
    folder = Path("paintings")
    folder.mkdir()

    def paint(number, path):
        rng = np.random.default_rng(number)
        colour = lambda: tuple(int(c) for c in rng.integers(0, 256, 3))
        image = Image.new("RGB", (72, 60), colour())
        pen = ImageDraw.Draw(image)
        for _ in range(4 + number % 7):
            ends = [(int(rng.integers(0, 72)), int(rng.integers(0, 60))) for _ in range(2)]
            pen.line(ends, fill=colour(), width=int(rng.integers(2, 10)))
        image.save(path, optimize=True)

    for number in range(16):
        paint(number, folder / f"work{number:02d}.png")
    paint(99, Path("stranger.png"))
    (folder / "copy.png").write_bytes((folder / "work03.png").read_bytes())
    (folder / "cut.png").write_bytes((folder / "work00.png").read_bytes()[:200])
    rows = [f"work{n:02d}.png,{(n < 6) * 'ab'[n % 2]},Study {n},{1900 + n}" for n in range(16)]
    (folder / "metadata.csv").write_text("\n".join(["filename,label,title,year", *rows]) + "\n")
    for path in [*folder.iterdir(), Path("stranger.png")]:
        os.utime(path, (1_700_000_000, 1_700_000_000))

    # A network whose weights are mostly 0, and the others a power of two; what is learnt keeps one bit: it packs small.
    rng, weights = torch.Generator().manual_seed(0), dict(bare_network("mobilenet_v3_small").state_dict())
    for name, value in weights.items():
        if value.ndim == 4:
            few = min(value[0].numel(), 2)
            chosen = torch.rand(value.shape, generator=rng) < few / value[0].numel()
            signs = torch.randint(0, 2, value.shape, generator=rng) * 2.0 - 1
            weights[name] = chosen * signs * 2.0 ** round(float(np.log2((2 / few) ** 0.5)))
        elif value.ndim == 2:
            weights[name] = torch.zeros_like(value)
    save_file(weights, "weights.safetensors")
    save_model = checkpoint.save_model

    def rounded(path, encoder, header):
        with torch.no_grad():
            for value in encoder.state_dict().values():
                if value.is_floating_point():
                    value.copy_(value.sign() * 4.0 ** (value.abs().clamp(min=2.0**-20).log2() / 2).round())
        return save_model(path, encoder, header)

    checkpoint.save_model = rounded
    embedded_store.FEW = 0

    fixed = dict(device="cpu", precision="fp32")
    plan = dict(backbone="mobilenet_v3_small", weights="weights.safetensors", image_size=64, effort="quick", epochs=5)
    artbyol.train(folder, **plan, **fixed)
    artbyol.embed(folder, **fixed)
    os.remove(folder / ".artbyol/features" / os.listdir(folder / ".artbyol/features")[0] / "000000.safetensors")
    artbyol.cluster(folder, k=3, keep=True)
    artbyol.groups(folder, rename=("1", "Reds"))
    artbyol.groups(folder, [folder / "work05.png"], into="Reds")
    artbyol.groups(folder, note=("2", "seen in spring"))

    expected = told(folder)  # as below
    shutil.copytree(folder, "other")
    shutil.copy2("stranger.png", "other")
    artbyol.embed("other", **fixed)
    expected["vector"] = vectors(Path("other"))[b"stranger.png"].tolist()  # as in tests/conftest.py
    Path("expected.json").write_text(json.dumps(expected))
    for axis in ("brushwork", "composition", "tone"):  # one index of an axis is enough
        (folder / f".artbyol/index-{axis}.safetensors").unlink()

    tar --sort=name --owner=0 --group=0 --numeric-owner -cJf old_store.tar.xz paintings stranger.png expected.json
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import artbyol
from artbyol.evaluation.baselines import AS_SIMILAR
from artbyol.pictures.measures.axes import AXES
from tests.conftest import vectors

FIXED = {"device": "cpu", "precision": "fp32"}


@pytest.fixture(scope="module")
def _unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old")
    shutil.unpack_archive(Path(__file__).with_name("old_store.tar.xz"), folder)
    return folder


@pytest.fixture
def unpacked(_unpacked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(_unpacked, tmp_path / "old"))


@pytest.fixture
def folder(unpacked: Path) -> Path:
    return unpacked / "paintings"


@pytest.fixture(scope="module")
def expected(_unpacked: Path) -> dict[str, Any]:
    wanted = dict(json.loads((_unpacked / "expected.json").read_bytes()))
    # It said how halves agreed as if that were evidence of help; what was measured is the same.
    assert wanted["verdict"] == ["no evidence", "trained"]
    wanted["of a stranger"].sort()  # today's ranking is another one
    wanted["neighbours"]["style"].sort()
    return {**wanted, "verdict": ["no clear change", "trained"]}


def neighbours(query: Path, folder: Path, **how: Any) -> list[list[Any]]:
    found = artbyol.similar(query, 5, folder=folder, **how).neighbours
    listed = [[os.fsdecode(one.path), one.percentile] for one in found]
    return sorted(listed) if how.get("by", "style") == "style" else listed


def told(folder: Path) -> dict[str, Any]:
    """What is said of the collection."""
    kept, found, info = artbyol.groups(folder), artbyol.cluster(folder), artbyol.info(folder)
    scores = artbyol.evaluate(folder, folder / "metadata.csv", k=2, **FIXED)  # type: ignore[arg-type]
    return {
        "neighbours": {axis: neighbours(folder / "work07.png", folder, by=axis) for axis in AXES},
        # In the arithmetic in which the answer was recorded.
        "of a stranger": neighbours(folder.parent / "stranger.png", folder, by="style", precision="bf16"),
        "groups": {one.name: sorted(os.fsdecode(work.path) for work in one.members) for one in found.groups},
        "kept": [*([one.id, one.name, one.note, one.works, one.pinned] for one in kept.groups), kept.earlier],
        "info": [info.files, info.works, info.embedded, info.embedded_by, info.index, info.new, len(info.skips)],
        "verdict": [info.model.verdict.finding, info.model.verdict.kept],
        "scores": {one.name: one.overall.precision_at_k.value for one in scores.encoders if one.name != AS_SIMILAR},
    }


def alike(found: Any, wanted: Any) -> bool:
    """The same words in the same order, and numbers that differ by roundings at most."""
    if isinstance(wanted, dict):
        return list(found) == list(wanted) and all(alike(found[name], wanted[name]) for name in wanted)
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(alike, found, wanted))
    return bool(found == pytest.approx(wanted, abs=0.1) if isinstance(wanted, float) else found == wanted)


@pytest.mark.slow
def test_everything_is_said_as_it_was(folder: Path, expected: dict[str, Any]) -> None:
    found = told(folder)
    for name, value in found.items():
        assert alike(value, expected[name]), (name, value, expected[name])


def test_pictures_are_opened_once_for_their_fingerprints_and_not_embedded_again(
    folder: Path, opened: list[str]
) -> None:
    before = vectors(folder)
    assert [one.exact for one in artbyol.duplicates(folder).groups] == [True]  # no others can be told yet
    report = artbyol.embed(folder, **FIXED)  # type: ignore[arg-type]
    assert (report.works, report.embedded, report.measured, report.decoded) == (16, 0, 16, 0)
    assert report.unchanged == 18 - opened.count("cut.png")  # a newer reader may try that again
    opened.clear()
    assert artbyol.embed(folder, **FIXED).measured == 0  # type: ignore[arg-type]
    assert set(opened) <= {"cut.png"} and artbyol.info(folder).stale == ()
    after = vectors(folder)
    assert after.keys() == before.keys() and all((after[path] == before[path]).all() for path in before)


@pytest.mark.slow
def test_the_model_sees_a_new_picture_as_it_did(unpacked: Path, folder: Path, expected: dict[str, Any]) -> None:
    shutil.copy2(unpacked / "stranger.png", folder)
    assert artbyol.embed(folder, **FIXED).decoded == 1  # type: ignore[arg-type]
    assert vectors(folder)[b"stranger.png"] == pytest.approx(expected["vector"], abs=1e-3)


@pytest.mark.slow
def test_a_lost_catalogue_is_made_again_from_the_model_and_its_features(folder: Path, opened: list[str]) -> None:
    before = vectors(folder)
    (folder / ".artbyol" / "catalogue.sqlite").unlink()
    report = artbyol.embed(folder, **FIXED)  # type: ignore[arg-type]
    assert report.works == report.embedded == 16 and report.model_id == artbyol.info(folder).model.model_id
    for path, vector in vectors(folder).items():
        assert float(vector @ before[path]) > 0.9999  # features are kept in half precision


def test_kept_groups_take_changes_and_give_the_earlier_ones_back(folder: Path, expected: dict[str, Any]) -> None:
    artbyol.groups(folder, rename=("group 3", "Blues"))
    assert [one.name for one in artbyol.groups(folder).groups] == ["Reds", "group 2", "Blues"]
    artbyol.groups(folder, undo=True)
    found = artbyol.groups(folder)
    assert [one.note for one in found.groups] == ["", "seen in spring", ""] and found.earlier == expected["kept"][-1]
    artbyol.groups(folder, undo=True)
    assert [one.note for one in artbyol.groups(folder).groups] == ["", "", ""]


def test_controls_are_looked_at_once_more_at_most(folder: Path, opened: list[str], expected: dict[str, Any]) -> None:
    for _ in range(2):
        opened.clear()
        artbyol.evaluate(folder, folder / "metadata.csv", k=2, **FIXED)  # type: ignore[arg-type]
    assert opened == []


def test_what_is_embedded_in_pictures_is_read_from_the_store_or_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artbyol.metadata.image_metadata.FEW", 0)
    found = artbyol.timeline(folder)
    assert (found.works, found.first, found.last) == (16, 1900, 1915)


@pytest.mark.slow
def test_the_collection_is_trained_on_again(folder: Path) -> None:
    header = artbyol.info(folder).model.header
    assert header["plan"]["backbone"] == "mobilenet_v3_small" and header["trained_on"]["works"] == 16
    how: dict[str, Any] = {"backbone": "mobilenet_v3_small", "weights": "none", "image_size": 64, "effort": "quick"}
    report = artbyol.train(folder, **how, epochs=2, **FIXED)
    assert report.resumed_at == 0 and artbyol.embed(folder, **FIXED).model_id == report.model_id  # type: ignore[arg-type]
    assert len(neighbours(folder / "work07.png", folder)) == 5
