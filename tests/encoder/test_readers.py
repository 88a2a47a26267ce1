"""What reads pictures: ONNX Runtime gives torch's numbers, is told so before it is believed, and needs no torch."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

import artbyol
from artbyol.base.events import Event, Notice
from artbyol.base.run import Run
from artbyol.encoder import graph_export, kept_graph
from artbyol.encoder.device import Machine
from artbyol.encoder.engine import Engine
from artbyol.encoder.feature_reader import FeatureReader
from artbyol.encoder.kept_graph import KeptGraph, weights_id
from artbyol.encoder.model_file import arrays_of, untrained_encoder
from artbyol.encoder.readers import reader_of
from artbyol.encoder.style_encoder import StyleEncoder
from artbyol.encoder.torch_network import TorchNetwork
from artbyol.encoder.weights import load_backbone
from tests.conftest import paint, painting, run_python


def encoder(name: str = "conv4", seed: int = 0) -> StyleEncoder:
    return untrained_encoder(name, *load_backbone(name, "none", seed))


def run(said: list[Event] | None = None, precision: str = "fp32") -> Run:
    return Run(listener=(said if said is not None else []).append, device="cpu", precision=precision)


def notices(said: list[Event]) -> list[str]:
    return [event.text for event in said if isinstance(event, Notice)]


def path_of(one: StyleEncoder) -> Path:
    return kept_graph.graph_path(weights_id(arrays_of(one.backbone.state_dict())), one.config)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTBYOL_WEIGHTS", str(tmp_path / "weights"))


@pytest.mark.parametrize("name", ["conv4", "timm:test_efficientnet", "conv4+timm:test_resnet"])
def test_the_graph_gives_what_torch_gives_of_views_of_any_shape(name: str) -> None:
    seen = encoder(name)
    reader = reader_of(seen, run())
    assert isinstance(reader.network, Engine)
    in_torch = FeatureReader(seen.config, seen.fitted(), TorchNetwork(seen, Machine("cpu", "fp32")), reader.machine)
    views = [np.asarray(painting(number, *size)) for number, size in enumerate([(160, 160), (96, 256), (352, 64)])]
    np.testing.assert_allclose(reader.features(views), in_torch.features(views), atol=1e-5)
    sent = pickle.loads(pickle.dumps(reader))
    assert np.array_equal(sent.features(views), reader.features(views))
    sent = pickle.loads(pickle.dumps(in_torch))
    assert np.array_equal(sent.features(views), in_torch.features(views))


def test_a_graph_is_made_once_for_each_networks_weights() -> None:
    said = list[Event]()
    for seed in (0, 0, 1):
        reader_of(encoder(seed=seed), run(said))
    assert len([event for event in said if getattr(event, "stage", "") == "preparing the network"]) == 4
    assert path_of(encoder()) != path_of(encoder(seed=1))
    assert path_of(encoder()).is_file() and notices(said) == []


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_graph_is_not_opened_but_made_anew(damage: str) -> None:
    one = encoder()
    reader_of(one, run())
    path = path_of(one)
    whole = bytearray(path.read_bytes())
    if damage == "changed":
        whole[-100] ^= 1
    path.write_bytes(whole[: len(whole) // 2] if damage == "cut" else whole)
    assert kept_graph.kept_graph(weights_id(arrays_of(one.backbone.state_dict())), one.config) is None
    assert isinstance(reader_of(one, run()).network, Engine)
    assert kept_graph.kept_graph(weights_id(arrays_of(one.backbone.state_dict())), one.config) is not None


def test_a_graph_that_gives_other_numbers_is_refused_and_torch_runs_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said, rightly = list[Event](), Engine.features
    monkeypatch.setattr(Engine, "features", lambda *given: [1.001 * one for one in rightly(*given)])
    for _ in range(2):
        assert isinstance(reader_of(encoder(), run(said)).network, TorchNetwork)
    assert notices(said) == [
        "PyTorch runs the network conv4: its graph gives other numbers, by 0.001 of 1e-04 allowed."
    ]


def test_what_cannot_be_exported_is_run_by_torch_without_a_word_on_the_output(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = list[Event]()
    assert isinstance(reader_of(encoder("timm:test_vit"), run(said)).network, TorchNetwork)
    monkeypatch.setattr(graph_export, "OPSET", 2)
    assert isinstance(reader_of(encoder(), run(said)).network, TorchNetwork)
    assert "any size" in notices(said)[0] and "cannot be made" in notices(said)[1]
    assert capfd.readouterr() == ("", "")


def test_where_graphs_cannot_be_kept_it_is_said_and_they_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ARTBYOL_WEIGHTS", str(tmp_path / "file"))
    said = list[Event]()
    assert isinstance(reader_of(encoder(), run(said)).network, Engine)
    assert "cannot be kept" in notices(said)[0]


def test_old_graphs_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_graph, "MOST_KEPT", 2)
    for number in range(4):
        kept_graph.keep_graph(KeptGraph(b"graph"), str(number), encoder().config, run())
    assert sum(1 for _ in path_of(encoder()).parent.iterdir()) == 2


def test_the_graph_reads_on_a_processor_unless_bf16_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("artbyol.encoder.device.fast_bf16", lambda device: True)
    one = encoder()
    for asked, taken in (("auto", "fp32"), ("fp32", "fp32"), ("bf16", "bf16")):
        assert reader_of(one, run(precision=asked)).machine == Machine("cpu", taken)


ASKING = """
import sys, artbyol
folder, new = sys.argv[1:]
report = artbyol.embed(folder)
found = artbyol.similar(new, 3, folder=folder)
explored = artbyol.explore(folder) if artbyol.info(folder).model else None
print(report.embedded, len(found.neighbours), sorted({"torch", "torchvision", "timm", "onnx"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_a_collection_is_embedded_and_asked_without_torch(gallery: Path, tmp_path: Path) -> None:
    plain = paint(tmp_path / "plain", 3)
    for folder in (gallery, plain):
        artbyol.embed(folder, forget=True)
        painting(50).save(folder / "more.png")
        painting(51).save(tmp_path / "new.png")
        artbyol.similar(tmp_path / "new.png", folder=folder)  # makes the graph where embedding had nothing to do
        done = run_python(ASKING, folder, tmp_path / "new.png", ARTBYOL_WEIGHTS=str(tmp_path / "weights"))
        assert done.stdout.splitlines() == ["1 3 []"], done.stderr
