"""`doctor`: what is sound is said to be, what is damaged is found, and mended where it can be made again."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import artbyol
from artbyol.base.processes import machine
from artbyol.report.diagnosis import Diagnosis
from artbyol.search.soundness import missed
from artbyol.storage.catalogue import Catalogue
from artbyol.storage.store import locate
from tests.conftest import give_model, painting, run_cli, snapshot, vectors


def states(found: Diagnosis) -> dict[str, str]:
    return {one.check: one.state for one in found.findings}


def wrong(found: Diagnosis) -> set[str]:
    return {check for check, state in states(found).items() if state == "wrong"}


def of_the_store(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in (folder / ".artbyol").rglob("*") if path.is_file())
    files = (path for path in files if not path.name.endswith(("-shm", "-wal")))  # SQLite's own, of readers too
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def swap_vectors(folder: Path) -> None:
    """As it happened to files that changed names while they were embedded."""
    with Catalogue.open(locate(folder).catalogue) as catalogue:
        one, other, *_ = catalogue.works()
        held = catalogue.model_id or ""
        rows = catalogue.vectors_of([other.id, one.id], held)
        catalogue.put_vectors(held, [one.hash, other.hash], rows)


def test_what_is_sound_is_said_to_be_and_nothing_is_written(gallery: Path) -> None:
    artbyol.similar(gallery / "work00.png")
    before = of_the_store(gallery)
    found = artbyol.doctor(gallery, sample="all")
    assert found.sound and not found.mended
    assert set(states(found).values()) <= {"sound", "noted"}
    assert "24 of 24" in next(one.said for one in found.findings if one.check == "vectors")
    assert of_the_store(gallery) == before
    with artbyol.open(gallery) as collection:
        assert collection.doctor(sample=2).sound


def test_vectors_of_other_pictures_are_found_and_replaced(gallery: Path) -> None:
    before, pictures = vectors(gallery), snapshot(gallery)
    swap_vectors(gallery)
    found = artbyol.doctor(gallery, sample="all")
    assert wrong(found) == {"vectors"}
    assert "2 have vectors that differ by up to" in next(one.said for one in found.findings if one.check == "vectors")
    found = artbyol.doctor(gallery, sample="all", fix=True)
    assert found.sound and "the vectors of 2 of 24 pictures" in found.mended[0]
    after = vectors(gallery)
    assert all(np.allclose(after[path], before[path], atol=1e-5) for path in before)
    assert snapshot(gallery) == pictures


def test_a_picture_that_rotted_is_told_from_one_that_was_edited(gallery: Path) -> None:
    rotten, edited = gallery / "work03.png", gallery / "work04.png"
    data, time_ns = bytearray(rotten.read_bytes()), rotten.stat().st_mtime_ns
    data[len(data) // 2] ^= 1
    rotten.write_bytes(data)
    os.utime(rotten, ns=(time_ns, time_ns))
    painting(700).save(edited)
    found = artbyol.doctor(gallery, sample="all")
    assert wrong(found) == {"vectors"} and states(found)["folder"] == "noted"
    assert "1 are damaged files, as work03.png" in next(one.said for one in found.findings if one.check == "vectors")


@pytest.mark.slow
@pytest.mark.parametrize("damages", [("zeros", "noise", "gone", "cut"), ("gone", "cut", "zeros", "none")])
def test_whatever_can_be_made_again_is_mended_and_nothing_else_touched(gallery: Path, damages: tuple[str, ...]) -> None:
    place = locate(gallery)
    artbyol.similar(gallery / "work00.png", by="palette")
    artbyol.cluster(gallery, keep=True)
    shard = place.features / "0123456789ab" / "000000.safetensors"
    shard.parent.mkdir(parents=True)
    for path in (shard, place.controls):
        path.write_bytes(b"neither features nor controls")
    kept, model, pictures = place.groups.read_bytes(), place.model.read_bytes(), snapshot(gallery)
    for path, damage in zip(
        (place.marker, place.index, place.index_of("palette"), place.catalogue), damages, strict=True
    ):
        spoil(path, damage)
    found = artbyol.doctor(gallery, sample=3)
    assert {"store", "caches"} <= wrong(found)
    found = artbyol.doctor(gallery, sample="all", fix=True)
    assert found.sound, [one for one in found.findings if one.state == "wrong"]
    assert artbyol.doctor(gallery, sample="all").sound
    assert len(vectors(gallery)) == 24
    assert (place.groups.read_bytes(), place.model.read_bytes(), snapshot(gallery)) == (kept, model, pictures)


def test_what_cannot_be_made_again_is_told_and_stays(gallery: Path) -> None:
    place = locate(gallery)
    artbyol.cluster(gallery, keep=True)
    spoil(place.groups, "cut")
    spoil(place.model, "noise")
    spoil(place.catalogue, "cut")
    files = (place.groups, place.model, place.catalogue)  # the catalogue: who would make the vectors again?
    before = [path.read_bytes() for path in files]
    found = artbyol.doctor(gallery, fix=True)
    assert {"model", "groups", "catalogue"} == wrong(found)
    assert all(one.remedy and not one.mends for one in found.findings if one.state == "wrong")
    assert [path.read_bytes() for path in files] == before


def spoil(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "none":
        pass
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "zeros":
        path.write_bytes(bytes(len(data)))
    else:
        path.write_bytes(np.random.default_rng(len(data)).bytes(len(data)))


def test_works_without_vectors_are_embedded(gallery: Path) -> None:
    with Catalogue.open(locate(gallery).catalogue) as catalogue:
        catalogue._run("DELETE FROM vectors WHERE content_id = ?", catalogue.works()[0].id)
    assert wrong(artbyol.doctor(gallery, sample=1)) == {"rows", "index"}
    assert artbyol.doctor(gallery, sample=1, fix=True).sound
    assert len(vectors(gallery)) == 24


def test_a_model_trained_since_and_an_embedding_that_was_stopped_are_nothing_wrong(gallery: Path) -> None:
    with Catalogue.open(locate(gallery).catalogue) as catalogue:
        catalogue.set_model(None)
    found = artbyol.doctor(gallery, sample=4)
    assert found.sound and states(found)["rows"] == "noted" and states(found)["vectors"] == "sound"
    artbyol.embed(gallery)
    give_model(gallery, seed=1)
    found = artbyol.doctor(gallery)
    assert found.sound and states(found)["vectors"] == "unchecked"


def test_what_killed_runs_left_is_removed(gallery: Path) -> None:
    left = (
        gallery / ".artbyol" / f".artbyol-01234567-{machine()}-{2**22 + 1}-89abcdef.tmp"
    )  # no process has this number
    left.mkdir()
    (left / "index.safetensors").write_bytes(b"half an index")
    assert states(artbyol.doctor(gallery, sample=0))["temporaries"] == "noted" and left.exists()
    assert states(artbyol.doctor(gallery, sample=0, fix=True))["temporaries"] == "sound" and not left.exists()


def test_without_a_store_the_installation_is_checked(tmp_path: Path) -> None:
    found = artbyol.doctor(tmp_path)
    assert found.sound and [*states(found)][:2] == ["torch", "torchvision"] and "store" not in states(found)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("package", "raises", "first"),
    [
        ("torchvision", "RuntimeError('operator torchvision::nms does not exist')", "torchvision"),
        ("torch", "OSError('libcudart.so.12: cannot open')", "torch"),
    ],
)
def test_builds_that_do_not_fit_are_told_in_a_sentence(
    tmp_path: Path, gallery: Path, monkeypatch: pytest.MonkeyPatch, package: str, raises: str, first: str
) -> None:
    fake = tmp_path / "fake" / package
    fake.mkdir(parents=True)
    (fake / "__init__.py").write_text(f"raise {raises}\n")
    monkeypatch.syspath_prepend(fake.parent)
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    found = artbyol.doctor(gallery)
    assert wrong(found) == {first}
    told = next(one for one in found.findings if one.check == first)
    assert raises.split("'")[1] in told.said and told.remedy == "pip install --force-reinstall torch torchvision"
    assert states(found)["vectors"] == "unchecked" and states(found)["catalogue"] == "sound"


@pytest.mark.slow
def test_the_command_ends_with_1_where_something_is_wrong(gallery: Path) -> None:
    done = run_cli("doctor", gallery, "--sample", "2", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["sound"] is True
    swap_vectors(gallery)
    done = run_cli("doctor", gallery, "--sample", "all")
    assert done.returncode == 1 and b"WRONG\tvectors" in done.stdout and b"with --fix" in done.stderr
    assert len(done.stdout.splitlines()) + len(done.stderr.splitlines()) <= 24
    assert run_cli("doctor", gallery, "--sample", "many").returncode == 2


def test_how_many_must_be_drawn() -> None:
    assert missed(59) < 0.05 < missed(57) and missed(299) < 0.01 < missed(297)
