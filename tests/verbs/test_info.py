"""`info` tells what is there and what is stale, and changes nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import artbyol
from artbyol.base.errors import ModelError, StoreFormatError, StoreMissingError
from artbyol.report.inventory import ModelInfo, StoreInfo
from tests.conftest import give_model, painting, run_python


def told(folder: Path) -> StoreInfo:
    found = artbyol.info(folder)
    assert isinstance(found, StoreInfo)
    return found


def test_a_collection_just_embedded_is_up_to_date(gallery: Path) -> None:
    found = told(gallery)
    assert (found.files, found.works, found.embedded) == (24, 24, 24)
    assert (found.new, found.changed, found.vanished, found.stale, found.skips) == (0, 0, 0, (), ())
    assert found.model is not None and found.model.model_id == found.embedded_by
    assert found.index == "exact" and found.recall is None
    assert found.bytes >= sum(path.stat().st_size for path in (gallery / ".artbyol").glob("*.safetensors"))


def test_what_changed_in_the_folder_since_is_counted(gallery: Path) -> None:
    painting(600).save(gallery / "new.png")
    painting(601).save(gallery / "work01.png")
    (gallery / "work02.png").unlink()
    (gallery / "work03.png").rename(gallery / "renamed.png")
    found = told(gallery)
    assert (found.new, found.changed, found.vanished) == (2, 1, 2)
    assert "run embed" in found.stale[0]
    artbyol.embed(gallery)
    assert told(gallery).stale == ()


def test_only_what_artbyol_left_is_an_unfinished_training(gallery: Path) -> None:
    training = gallery / ".artbyol" / "training"
    training.mkdir()
    for name in ("notes.txt", "Thumbs.db", "mine.safetensors", ".classic.safetensors.7-8.tmp"):
        (training / name).write_bytes(b"mine")
    assert (told(gallery).unfinished, told(gallery).stale) == ((), ())
    (training / "projection.safetensors").write_bytes(b"damaged")
    found = told(gallery)
    assert found.unfinished == ("projection",) and "stopped half-way" in found.stale[0]


def test_a_model_newer_than_the_vectors_is_said_so(gallery: Path) -> None:
    give_model(gallery, seed=1)
    found = told(gallery)
    assert found.embedded == 0 and found.works == 24
    assert any("trained since" in sentence for sentence in found.stale)


def test_skipped_files_are_listed_with_their_reasons(gallery: Path) -> None:
    (gallery / "letter.jpg").write_text("dear aunt")
    artbyol.embed(gallery)
    ((path, code, reason),) = [(skip.path, skip.code, skip.reason) for skip in told(gallery).skips]
    assert (path, code) == (b"letter.jpg", "not-an-image") and "no picture" in reason


def test_an_index_left_behind_is_said_so(gallery: Path) -> None:
    index = gallery / ".artbyol" / "index.safetensors"
    index.write_bytes(b"damaged")
    assert told(gallery).index == "behind"
    index.unlink()
    assert told(gallery).index == "none"


def test_a_folder_inside_the_collection_stands_for_it(gallery: Path) -> None:
    (gallery / "a" / "b").mkdir(parents=True)
    assert told(gallery / "a" / "b").folder == gallery


def test_a_model_file_tells_what_made_it(gallery: Path) -> None:
    found = artbyol.info(gallery / ".artbyol" / "model.safetensors")
    assert isinstance(found, ModelInfo)
    assert found.header["encoder"]["backbone"] == "conv4"
    with pytest.raises(ModelError):
        artbyol.info(gallery / "work00.png")


@pytest.mark.slow
def test_looking_changes_nothing_and_needs_no_torch(gallery: Path) -> None:
    def state() -> list[tuple[str, bytes]]:
        kept = sorted(p for p in (gallery / ".artbyol").iterdir() if not p.name.endswith(("-shm", "-wal")))
        return [(p.name, p.read_bytes()) for p in kept]

    before = state()
    code = "import sys, artbyol; print(artbyol.info(sys.argv[1]).works, 'torch' in sys.modules)"
    done = run_python(code, gallery)
    assert done.stdout.split() == ["24", "False"], done.stderr
    assert state() == before


def test_without_a_store_the_way_in_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError) as caught:
        artbyol.info(tmp_path)
    assert "artbyol embed" in str(caught.value.hint)
    assert os.listdir(tmp_path) == []


def test_a_store_of_a_newer_artbyol_is_refused_politely_by_every_verb(gallery: Path) -> None:
    marker = gallery / ".artbyol" / "store.json"
    marker.write_text(marker.read_text().replace('"format": 1', '"format": 2'))
    for verb in (artbyol.info, artbyol.embed, artbyol.train, artbyol.cluster):
        with pytest.raises(StoreFormatError, match="newer artbyol") as caught:
            verb(gallery)
        assert caught.value.hint == "pip install --upgrade artbyol"
    with pytest.raises(StoreFormatError):
        artbyol.similar(gallery / "work00.png")
