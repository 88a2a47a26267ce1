"""What vectors and features are kept under: the same ids as ever, and others once files come out with other pixels."""

from __future__ import annotations

from pathlib import Path

import pytest

import artbyol
from artbyol.encoder.current import features_key, untrained_id
from artbyol.encoder.device import Machine
from artbyol.encoder.encoder_config import EncoderConfig
from artbyol.encoder.feature_cache import cache_for
from artbyol.pictures.decode import DECODING_VERSION
from artbyol.storage.store import locate
from artbyol.training.pixel_cache import squares_path
from tests.conftest import paint, painting


def test_ids_say_how_files_were_decoded_but_for_the_first_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert untrained_id() == f"untrained-efficientnet_lite0-2-d{DECODING_VERSION}"
    assert features_key("b", "w", "cpu", "fp32")["decoding"] == DECODING_VERSION
    monkeypatch.setattr("artbyol.encoder.current.DECODING_VERSION", 1)
    assert untrained_id() == "untrained-efficientnet_lite0-2"
    assert features_key("b", "w", "cpu", "fp32") == {
        "backbone": "b",
        "weights": "w",
        "statistics": 2,
        "device": "cpu",
        "precision": "fp32",
    }
    assert cache_for(locate(tmp_path), EncoderConfig(), Machine("cpu", "fp32")).folder.name == "7dfac25b6510"


@pytest.mark.slow
def test_other_pixels_make_stale_what_was_computed_from_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[str]
) -> None:
    folder, store = paint(tmp_path / "works", 3), locate(tmp_path / "works")
    artbyol.embed(folder)
    opened.clear()
    assert artbyol.embed(folder).embedded == 0
    machine = Machine("cpu", "fp32")
    before = cache_for(store, EncoderConfig(), machine).folder
    squares = squares_path(store)
    monkeypatch.setattr("artbyol.encoder.current.DECODING_VERSION", DECODING_VERSION + 1)
    monkeypatch.setattr("artbyol.training.pixel_cache.DECODING_VERSION", DECODING_VERSION + 1)
    assert artbyol.embed(folder).decoded == len(opened) == 3
    assert cache_for(store, EncoderConfig(), machine).folder != before
    assert squares_path(store) != squares


@pytest.mark.slow
def test_other_pixels_make_baselines_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[str]) -> None:
    folder = tmp_path / "works"
    for number in range(6):
        (folder / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        painting(number).save(folder / "ab"[number % 2] / f"{number}.png")
    artbyol.embed(folder)
    artbyol.evaluate(folder)
    opened.clear()
    artbyol.evaluate(folder)
    assert opened == []
    monkeypatch.setattr("artbyol.encoder.current.DECODING_VERSION", DECODING_VERSION + 1)
    artbyol.embed(folder)
    opened.clear()
    artbyol.evaluate(folder)
    assert len(opened) == 6
